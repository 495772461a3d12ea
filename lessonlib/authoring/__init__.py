"""From what an author writes in solutions/ to what students get in notebooks/. lessonlib/course/build.py leads the way.

source.py    the percent source -> notebook cells
lesson.py    a lesson folder: source, quiz.yaml and exercises.py, and whether they fit together
quizcells.py the cells that belong to the quiz
tables.py    exercises and solution cells -> the tables of checks.json; twins.py makes data like the real ones
run.py       the solution notebook, executed in a scratch folder; exam.py marks what no student has the key of
outputs.py   outputs made the same on every run
student.py   the student copy, made by nbgrader
leaks.py     what must never reach a student
"""
