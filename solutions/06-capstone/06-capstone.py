# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
#   lessonlib:
#     title: "Capstone: forty updates"
#     minutes: 60
#     about: Real handwriting, forty updates, and all you have learned. Train the best classifier you can.
# ---

# %% [markdown]
# # Capstone: forty updates
#
# You get real data and a budget: the weights may move forty times, and no more. Spend it well. Then say honestly what
# you reached.
#
# | route | parts | what you take away |
# |---|---|---|
# | **15 minutes** | 1, 2, 4, 9 | what a budget is, the mission, and the quiz |
# | **60 minutes** | 1 to 4, 6 to 9 | your own plan, its score, and a report |
# | **everything**, about 90 minutes | 1 to 9 | the noise of a batch, and the luck in the best of many tries |
#
# You need the five lessons before this one, or to have passed their quizzes. Run each code cell with **Shift+Enter**, from the top.

# %%
import matplotlib.pyplot as plt
import numpy as np

import lessonlib as keras
from lessonlib import explore, quiz, style, trace
from lessonlib.checks import check

style.use()

# %% [markdown]
# ## 1 Why
#
# Training costs. Every update takes time and power, and somebody pays. A large model may be trained only once: nobody
# can afford to try every setting on it.
#
# So people who train networks think in budgets. *This many updates, this much time. What is the best we can do?*
#
# Your budget is **40 updates**. Here that takes an instant, so you can try as many plans as you like. Each
# plan has its forty updates, and then it must stand.
#
# ## 2 Learn
#
# ### The data
#
# People wrote digits by hand. Each image was cut down to 8 by 8 grey values from 0 to 16: 64 features. The answer is one
# of ten classes.

# %%
data = keras.datasets.load_digits()
data

# %% [markdown]
# Here are eight of them. **Do:** read them, and write your answers down. Then look at the truth: run the cell once
# more, with `data.y[500:508]` as a new last line.

# %%
figure, panels = plt.subplots(1, 8, figsize=(7.2, 1.2))
for axes, pixels in zip(panels, data.x[500:508]):
    axes.imshow(pixels.reshape(8, 8), cmap="gray_r")
    axes.axis("off")
plt.show()

# %% [markdown]
# We cut the rows once, and keep three parts apart, as always. The model learns from **training** rows. You compare plans
# on **validation** rows. The **test** rows stay closed until part 8.

# %%
order = np.random.default_rng(0).permutation(len(data.x))
training, validation, test = order[:1200], order[1200:1500], order[1500:]
mean, deviation = data.x[training].mean(axis=0), data.x[training].std(axis=0)
x = (data.x - mean) / np.where(deviation == 0, 1, deviation)
y = data.y
print(len(training), "training,", len(validation), "validation,", len(test), "test rows")
print(np.sum(deviation == 0), "pixels are empty in every training image")

# %% [markdown]
# A pixel that never changes has deviation 0, and nothing can be divided by that. `np.where` puts a 1 in its place.
#
# ### The budget
#
# `fit` counts epochs, not updates. This callback counts updates, and ends the training after the fortieth.


# %%
class FortyUpdates(keras.callbacks.Callback):
    def on_train_begin(self, logs=None):
        self.updates = 0

    def on_train_batch_end(self, batch, logs=None):
        self.updates += 1
        if self.updates == 40:
            self.model.stop_training = True


def spend(plan, seed=0):
    """Train the plan's model for forty updates. Returns the model and its history."""
    keras.utils.set_random_seed(seed)
    model, batch_size = plan()
    history = model.fit(
        x[training],
        y[training],
        validation_data=(x[validation], y[validation]),
        batch_size=batch_size,
        epochs=40,
        callbacks=[FortyUpdates()],
        verbose=0,
    )
    return model, history


# %% [markdown]
# ### A first plan
#
# A plan is a function. It returns a compiled model and a batch size. This one has settings that a beginner might take:
# a small hidden layer, plain SGD with a learning rate of 0.01, batches of 32.
#
# Guess first.

# %%
quiz.show("first_guess")

# %% [markdown]
# Now run it.


# %%
def first_plan():
    model = keras.Sequential(
        [
            keras.Input((64,)),
            keras.layers.Dense(32, activation="relu", name="hidden"),
            keras.layers.Dense(10, activation="softmax", name="output"),
        ]
    )
    optimizer = keras.optimizers.SGD(0.01)
    model.compile(optimizer, "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model, 32


first_model, first_history = spend(first_plan)
print("validation accuracy", round(first_history.history["val_accuracy"][-1], 2))

quiz.measured("first_guess", first_history.history["val_accuracy"][-1])

# %% [markdown]
# Guessing would be right in one case of ten. So this model has learned something, and not much. You will do far better,
# with the same forty updates.
#
# ## 3 Visualize
#
# ### What the model sees
#
# Sixteen validation rows, as pictures. Above each stands the true digit, and what the first plan made of it.

# %%
rows = validation[:16]
guesses = first_model.predict(x[rows], verbose=0).argmax(axis=1)

figure, panels = plt.subplots(2, 8, figsize=(7.2, 2.2))
for axes, row, guess in zip(panels.flat, rows, guesses):
    colour = style.figures.GREEN if guess == y[row] else style.figures.RED
    axes.imshow(data.x[row].reshape(8, 8), cmap="gray_r")
    axes.set_title(f"{y[row]}, said {guess}", fontsize="small", color=colour)
    axes.axis("off")
plt.show()

# %% [markdown]
# ### Where forty updates lead
#
# 1200 rows make 38 batches of 32. So forty updates are one epoch and two batches more.

# %%
trace.training(first_history)

# %% [markdown]
# The second line is cut short. Its `loss` is the mean of two batches only, so it is partly luck. But `val_loss` is always
# measured on the same 300 rows. It has hardly moved. Not knowing costs $\ln 10$ with ten classes, which is 2.30, and this
# model is not better than that yet. (It is right twice as often as by guessing, and its loss is higher all the same:
# where it is wrong, it is too sure of the wrong digit.)
#
# So the plan did not learn something wrong. It ran out of updates.
#
# ### Steps ten times as long
#
# One number is changed, the learning rate. What do you expect?


# %%
def second_plan():
    model, batch_size = first_plan()
    optimizer = keras.optimizers.SGD(0.1)
    model.compile(optimizer, "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model, batch_size


second_model, second_history = spend(second_plan)
trace.training(second_history)

# %% [markdown]
# The same network, the same rows, the same number of updates. Most digits are read now.
#
# ### One digit, layer by layer

# %%
row = validation[0]
trace.prediction(second_model, x[row], class_names=data.class_names, truth=y[row])

# %% [markdown]
# **Do:** set `row` to other entries of `validation`. Look at the ten probabilities. How sure is this model, even where
# it is right?
#
# ## 4 Try
#
# Every move trains three models, from three random starts, for forty updates each.

# %%
explore.budget_explorer()

# %% [markdown]
# <details><summary>Hint</summary>
#
# There are two ways to get more out of one update: a larger step, and a better direction. Which settings change the
# step? Which change the direction? Move both.
#
# </details>
#
# ## 5 Deep dive
#
# ### What one update can buy
#
# An update goes against the gradient of a batch. That gradient is a sample: the mean over $B$ rows, where the mean over
# all rows is meant. As for every mean of a sample, its noise falls with the root of the number of rows:
#
# $$\text{noise of } g_B \;\approx\; \frac{\sigma}{\sqrt{B}}$$
#
# Four times the rows, half the noise. Let us measure it. We take one model, and the gradients of many batches of each
# size. ($\sigma$ is the noise of a single row.)

# %%
keras.utils.set_random_seed(0)
untrained, _ = first_plan()
rng = np.random.default_rng(0)


def gradient(rows):
    """The gradient of all weights on these rows, as one long vector."""
    before = np.concatenate([w.ravel() for w in untrained.get_weights()])
    probe = keras.models.Sequential.from_config(untrained.get_config())
    probe.set_weights(untrained.get_weights())
    probe.compile(keras.optimizers.SGD(1.0), "sparse_categorical_crossentropy")
    probe.train_on_batch(x[rows], y[rows])
    return before - np.concatenate([w.ravel() for w in probe.get_weights()])


full = gradient(training)
for size in (8, 32, 128, 512):
    batches = [rng.choice(training, size) for _ in range(50)]
    noise = np.mean([np.linalg.norm(gradient(rows) - full) for rows in batches])
    print(f"batch of {size:3d}: noise {noise:.2f}, gradient {np.linalg.norm(full):.2f}")

# %% [markdown]
# (With plain SGD and a learning rate of 1, the step *is* the gradient. So we read the gradient off the step.)
#
# **Do:** add a batch of 2048 rows to the list. Guess its noise before you run the cell.
#
# Each line has four times the rows of the line before, and about half its noise. In batches of 8 and of 32 the noise is
# larger than the gradient itself: such a step goes mostly somewhere else.
#
# When *rows* are scarce, small batches pay: they make more updates of the same rows. Here *updates* are scarce. So large
# batches pay, and a cleaner direction allows a larger step. (A larger batch costs more arithmetic. A fair budget in
# seconds would lie in between.)
#
# ### The best of many
#
# You make many tries and keep the best. Is it as good as it looks? Take the second plan, the one with the longer steps.
# We train it from twenty random starts, and keep the one that is best on 150 validation rows. Then we look at how it does
# on the other 150. The whole thing is done ten times.
#
# Guess: the best of twenty is ahead of the mean on the rows that chose it. How much of that lead is left on the others?

# %%
scores = []
for seed in range(200):
    model, _ = spend(second_plan, seed)
    right = model.predict(x[validation], verbose=0).argmax(axis=1) == y[validation]
    scores.append([right[:150].mean(), right[150:].mean()])
scores = np.reshape(scores, (10, 20, 2))
best = scores[np.arange(10), scores[:, :, 0].argmax(axis=1)]
lead = (best - scores.mean(axis=1)).mean(axis=0)
print(f"lead of the best on the rows that chose it: {lead[0]:.3f}")
print(f"lead of the best on the other rows:         {lead[1]:.3f}")

# %% [markdown]
# On the rows that chose it, the best one is far ahead of the mean. On the other rows, most of that lead is
# gone. It was luck with these rows, and luck is drawn again for new ones.
#
# So do not report the best of many tries. Report the test rows, which no choice has used.
#
# ### In other words
#
# <details><summary>In Keras</summary>
#
# The plan, the callback and the call of `fit` run as they are, after `import keras`.
#
# </details>
#
# <details><summary>In PyTorch</summary>
#
# ```python
# updates = 0
# while updates < 40:
#     for x_batch, y_batch in loader:
#         optimizer.zero_grad()
#         loss_function(model(x_batch), y_batch).backward()
#         optimizer.step()
#         updates += 1
#         if updates == 40:
#             break
# ```
#
# You write the loop, so you count for yourself.
#
# </details>
#
# ## 6 Metrics
#
# ### How sure is an accuracy?
#
# Your plan gets 0.96 on 300 rows, and another plan 0.95. Is yours better?
#
# An accuracy is a share. When the true share is $p$, the share among $n$ rows is off by about
#
# $$\text{standard error} = \sqrt{\frac{p\,(1-p)}{n}}$$
#
# For $p = 0.96$ and $n = 300$ this is 0.011. So these two plans are not told apart.
#
# **Find out:** how many rows would it take to bring the error down to 0.005? Solve the equation for $n$ on paper.
#
# <details><summary>Compare</summary>
#
# $n = p\,(1-p) / 0.005^2$, which is 1536: about five times as many rows, for less than half the error. Our 300 rows are
# few. That is why you compare means over several starts, and do not believe the third digit.
#
# </details>
#
# The luck of the random start comes on top. So compare plans by their *mean* over several starts.
#
# ### What is confused with what?
#
# Accuracy is one number for ten classes. The **confusion matrix** tells more: a row for each true digit, a column for
# each answer. What stands beside the diagonal is confused.

# %%
answers = second_model.predict(x[validation], verbose=0).argmax(axis=1)

matrix = np.zeros((10, 10), int)
np.add.at(matrix, (y[validation], answers), 1)

figure, axes = plt.subplots(figsize=(4.6, 4.0))
axes.imshow(np.sqrt(matrix), cmap="Blues")  # the root, so that single confusions show
for (true, said), count in np.ndenumerate(matrix):
    if count:
        colour = "white" if count > 12 else "black"
        axes.text(said, true, count, ha="center", va="center", color=colour)
axes.set(title="Validation rows", xlabel="answer of the model", ylabel="true digit")
axes.set(xticks=range(10), yticks=range(10))
axes.grid(False)
plt.show()

# %% [markdown]
# **Do:** find the largest number beside the diagonal. (`print(matrix)` shows it without colours.) Put its row and its
# column into the next cell, and look at these digits. Would you confuse them too?

# %%
true, said = 8, 3

these = validation[(y[validation] == true) & (answers == said)][:8]
figure, panels = plt.subplots(1, 8, figsize=(7.2, 1.2))
for axes in panels:
    axes.axis("off")
for axes, row in zip(panels, these):
    axes.imshow(data.x[row].reshape(8, 8), cmap="gray_r")
    axes.set_title(f"{true}, said {said}", fontsize="small")
plt.show()

# %% [markdown]
# What accuracy hides here: how sure the model was, which digits suffer, and how much of the result was luck.
#
# ## 7 Challenge
#
# ### The standard error
#
# Write the standard error of an accuracy, as in part 6: `accuracy` is the share of rows that were right, `rows` is how many there
# were.


# %% exercise="standard_error"
def standard_error(accuracy, rows):
    """How far the accuracy on this many rows is typically off."""
    ### BEGIN SOLUTION
    return (accuracy * (1 - accuracy) / rows) ** 0.5
    ### END SOLUTION


# %% check="standard_error"
check("standard_error", standard_error)

# %% [markdown]
# ### Which digit suffers?
#
# Of all rows that truly are an 8, what share was found, and answered with 8? That share is the **recall** of the 8.
# Each class has one, and all can be read off the confusion matrix.
#
# Write `recalls`. It gets a confusion matrix as in part 6, of any size. It returns an array with the recall of each
# class. A class that has no rows at all gets a 0.


# %% exercise="recalls"
def recalls(matrix):
    """The recall of each class, an array with one number for each row of the confusion matrix."""
    ### BEGIN SOLUTION
    rows = matrix.sum(axis=1)
    return np.diagonal(matrix) / np.maximum(rows, 1)
    ### END SOLUTION


# %% check="recalls"
check("recalls", recalls)

# %% [markdown]
# **Do:** print `recalls(matrix)` for the matrix of part 6. Which digit suffers most? Could you have seen it from the
# accuracy?

# %% [markdown]
# ### Your plan
#
# Now spend the budget. Your plan is a function like `first_plan`: it returns a compiled model, and a batch size.
#
# The check builds your model anew and trains it itself, for forty updates, on three other cuts of these data. Then it
# measures rows that the training never saw. Each cut pays for an accuracy of 0.6, of 0.8, of 0.9 and of 0.93. Grading
# does the same with cuts that you have not seen. The model may have up to 200,000 parameters.
#
# Test your plan with `spend(my_plan)` as often as you like, before you check it.


# %% exercise="my_plan"
def my_plan():
    """A compiled model, and the batch size to train it with."""
    ### BEGIN SOLUTION
    hidden = keras.layers.Dense(128, "relu")
    mine = keras.Sequential([keras.Input((64,)), hidden, keras.layers.Dense(10, "softmax")])
    optimizer = keras.optimizers.Adam(learning_rate=0.01)
    mine.compile(optimizer, loss="sparse_categorical_crossentropy")
    return mine, 256
    ### END SOLUTION


# %% check="my_plan"
check("my_plan", my_plan)

# %% [markdown]
# **Gold:** a mean of 0.97 over ten starts on the validation rows, with the forty updates. It can be done. (Nobody
# marks this.)
#
# ## 8 Experiment
#
# ### Open the test rows
#
# When your plan is final, and only then, set `finished` to `True`, and run this cell **once**. It trains your plan from
# ten starts and measures the test rows.

# %%
finished = False

if finished:
    test_scores = []
    for seed in range(10):
        mine, _ = spend(my_plan, seed)
        right = mine.predict(x[test], verbose=0).argmax(axis=1) == y[test]
        test_scores.append(right.mean())
    print(f"test accuracy {np.mean(test_scores):.3f} on average")
    print(f"from {np.min(test_scores):.3f} to {np.max(test_scores):.3f}")

# %% [markdown]
# ### Report
#
# Write a report of about 150 words, so that somebody else could repeat your work and would believe it. Say
#
# - what your plan is, with every setting that matters;
# - why you chose it: what you compared, on which rows, from how many starts;
# - the test accuracy, with how far it varies;
# - one thing that did not work, and why you think so;
# - what your number does not tell.

# %% [markdown] exercise="report"
# My plan is one hidden layer of 128 relu units and a softmax output, trained by Adam with a learning rate of 0.01 and
# batches of 256, for forty updates.
#
# I compared plans on the validation rows, each by its mean over ten starts. Plain SGD with 0.01 reached about 0.3,
# because its steps are far too small for forty updates. Longer steps mattered most, the batch size came next: with the
# same Adam, batches of 8 reached about 0.9, batches of 256 about 0.97, since a larger batch gives a cleaner direction, and
# only updates are counted here.
#
# On the test rows the plan has an accuracy of about 0.975. Ten starts lie within 0.015 of each other, and the
# standard error of 297 rows is 0.009, so a plan with 0.965 could be as good.
#
# Letting the learning rate fall to zero made a small network worse: forty updates are too few to give any away.
#
# The number says nothing about other people's handwriting or other scanners, nor about a budget in seconds, in which
# large batches would cost more.

# %% [markdown]
# ## 9 Review
#
# ### Flash cards
#
# Say the answer aloud before you turn a card. What you knew comes back later, what you did not know sooner.

# %%
quiz.flashcards()

# %% [markdown]
# ### From earlier lessons
#
# Questions of earlier lessons that did not go well come back here. They are for practice, and count nothing.

# %%
quiz.revisit()

# %% [markdown]
# ### Quiz
#
# Some questions are about parts 5 and 6. If you have not read these yet, leave them open and come back.

# %% quiz="show"
quiz.show()

# %% [markdown]
# <details><summary>You cannot use the card?</summary>
#
# Type your answers between the quotes instead, and run the cell: a letter, several letters in their order, a number, or
# the missing code. If no card appears, the questions are listed as text above.
#
# </details>

# %% quiz="typed"
quiz.typed(
    first_guess="",
    count_updates="",
    honest_order="",
    scarce_updates="",
    rows_seen="",
    half_the_noise="",
    told_apart="",
    best_of_many="",
    first_plan_failed="",
    diagonal="",
)

# %% quiz="score"
quiz.score()

# %% [markdown]
# ### Key insight
#
# > Training is spending. When updates are scarce, make each one count: a clean direction from a large batch, and a step as
# > large as that direction allows. Compare plans by their mean over several starts, on rows kept for comparing. Report
# > the rows that no choice has touched, and how much of your number is luck.
