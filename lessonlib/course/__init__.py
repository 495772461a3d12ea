"""The commands: `python -m lessonlib NAME` calls `main` of NAME.py in here. No notebook imports this room.

    open.py       the course in JupyterLab; copies.py makes a student's own copies
    submit.py     what a student hands in; doctor.py says what is wrong with the files, rehearsal.py runs a copy as
                  it will be graded
    test.py       all tests; chromium.py and packages.py provide the programs that they need
    build.py      the notebooks, by way of lessonlib/authoring
    collect.py    what students sent, taken for whom it comes from
    grade.py      scores and records, by way of lessonlib/grading
    report.py     what the class made of a lesson, by way of lessonlib/report
    benchmark.py  speed; rivals.py has the other frameworks' programs, grading_benchmark.py grades a class
    lock.py       the requirements files

For nbgrader_config.py, nbgrader_commands.py leads nbgrader's own commands the same way, and feedback.py makes the page
that a student gets back.
"""
