"""What only authors, instructors and maintainers use. No notebook imports this room.

The build of a lesson, in the order in which it happens (build.py calls the others):

    source.py    the percent source -> notebook cells
    lesson.py    a lesson folder: source, quiz.yaml and exercises.py, and whether they fit together
    quizcells.py the cells that belong to the quiz
    tables.py    exercises and solution cells -> the tables of checks.json
    run.py       the solution notebook, executed in a scratch folder
    outputs.py   outputs made the same on every run
    student.py   the student copy, made by nbgrader
    leaks.py     what must never reach a student
    files.py     files written only when their bytes change

What students hand in: submit.py is their command, doctor.py says what is wrong with the files, rehearsal.py runs
a copy as it will be graded. The instructor's commands are collect.py, grade.py and report.py.

samples.py writes sample answers beside prose for the person who marks it. nbgrader takes them out of the feedback
again, and stack traces with them, by what nbgrader_config.py loads from samples.py and feedback.py. exam.py marks
the questions whose key no student has in a build; in grading, lessonlib/grading does.
"""
