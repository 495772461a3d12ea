"""Grading the notebooks of strangers: read with care, run in a sandbox, judged outside of it.

A submission goes through the files in this order:

    collect.py      what was sent as files, for whom it comes from; exchange.py the same for nbgrader's exchange
    submission.py   the folder that was handed in, read without following or trusting anything in it
    released.py     the lesson as it was handed out, and what counts how much
    structure.py    the cells of the one recognised in the other, repaired, with a remark for each repair
    fresh.py        the hidden cases of the exercises, drawn anew, with the right values
    pool.py         handed over to a fork server in the sandbox (sandbox.py, limits.py), and back come bytes
      inside/       what runs in there: server.py forks for each submission, namespaces.py and seccomp.py shut it
                    away, notebook.py runs its cells, witness.py its functions on the hidden cases, waited.py knows
                    how long it had to wait for a processor
    outcome.py      these bytes, read strictly (strict.py, harmless.py), and what is to be said about them
    marking.py      points: outcomes compared with the hidden cases, answers read from answers.json
    plans.py        plans of trainings, carried out in a process with limits
    notebook.py     the graded notebook, as nbgrader's formgrader and feedback want it; samples.py writes sample
                    answers beside prose for the person who marks it, and takes them out of the feedback again
    gradebook.py    nbgrader's gradebook, open in this process alone
    late.py         what nbgrader's plugin takes off for lateness
    record.py       what became of it, as plain data

`grade.py` leads a class through this; local.py runs it on this machine, cluster.py on others; progress.py shows
how far it is. `nbgrader autograde` and the formgrader's button take the same way (lessonlib/course).
Nothing that a submission sends is ever unpickled, imported or evaluated outside of the sandbox.
"""

import sys

# jsonschema, which nbformat and nbgrader import, can check addresses with it, and needs half a second to get it
# ready. No notebook holds any.
sys.modules.setdefault("rfc3987_syntax", None)
