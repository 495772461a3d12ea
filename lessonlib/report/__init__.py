"""What a whole class made of a lesson: one page for the instructor, one table for the learning platform.

    python -m lessonlib report 02-model-fit      # grading/report/02-model-fit.html and .csv

Everything is computed from the records that grading leaves, and from the graded notebooks:

    numbers.py      scores, difficulty and discrimination of each item, misconceptions, who needs attention
    similarity.py   whose code is alike, by fingerprints: a list to look at, never a verdict
    plots.py        the pictures
    page.py         the page, self-contained
    table.py        the table
"""
