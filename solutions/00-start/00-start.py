# ---
# jupyter:
#   lessonlib:
#     title: Start here
#     minutes: 5
#     about: How the course works, and where you are in it.
# ---

# %% [markdown]
# # How neural networks are trained
#
# Welcome. In this course you train small neural networks and watch every number on its way. You take the
# training apart until nothing in it is a mystery.
#
# You need some Python. You do not need any mathematics beyond school (the parts called *Deep dive* use a
# little more, and can be skipped). You need no graphics card: every network here trains in seconds.
#
# This page is a notebook, like every lesson: text and code, in cells. **To run a cell, click into it and
# press Shift+Enter.** Its output appears below it. To add a cell of your own, click to the left of a cell and press B.

# %% [markdown]
# ## Does everything work?
#
# Run the next cell. It looks at the installation, and says what to do if something is missing.

# %% tags=["nbval-ignore-output"]
from lessonlib import start

start.check()

# %% [markdown]
# ## The lessons
#
# Run the next cell to see the lessons and how far you are. Click a title to open the lesson. Come back
# and run the cell again whenever you like: it counts what you have saved. (A part counts as read when you have run one of its
# cells and saved the notebook.)

# %% tags=["nbval-ignore-output"]
start.lessons()

# %% [markdown]
# ## How your work is kept
#
# - **Quizzes** save each answer the moment you click it. Your answers are still there tomorrow. (An answer
#   that you type into a cell is kept when you save the notebook.)
# - **Exercises** are cells in which you replace `...` with your code. The cell below each one checks it at
#   once, as often as you like. Save the notebook with Ctrl+S (on a Mac Cmd+S) to keep your code.
# - Everything is in the folder `work`, and it is yours: no update of the course ever writes over your
#   notebooks and answers. When there is a newer version of a lesson, the window where you start the course
#   says so. To get it, or to begin a lesson anew, move the lesson's folder out of `work` and start again.
#   Your old notebook and answers stay in the folder that you moved; the new lesson starts empty.
#
# ## When something goes wrong
#
# - **A cell shows an error.** Read its last line first. Cells build on each other, so run the notebook from
#   the top: *Run > Run All Cells*.
# - **Nothing happens any more.** Choose *Kernel > Restart Kernel and Run All Cells*. This loses no
#   text, no code and no quiz answer; it only computes everything again.
# - **JupyterLab does not answer.** Close it with Ctrl-C in the window where it was started, and start it
#   again with `python -m lessonlib`.
# - **Still stuck?** Ask your instructor, and bring the last line of the error with you.
