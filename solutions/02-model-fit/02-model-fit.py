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
#     title: "model.fit(): the training loop"
#     minutes: 45
#     about: One call trains a network. See what it does with your data, and learn to read what it tells you.
# ---

# %% [markdown]
# # model.fit(): the training loop
#
# In lesson 1 you trained a network by hand, in nine steps. In practice one call does most of that. Here you watch that call
# from the inside, and you learn to read what it reports.
#
# | route | parts | what you take away |
# |---|---|---|
# | **15 minutes** | 1 to 3, then 9 | what `fit` does, and the quiz |
# | **45 minutes** | 1 to 4, 6, 7, 9 | the numbers, and three exercises |
# | **everything**, about 75 minutes | 1 to 9 | the mathematics, the source, and real data |
#
# You need a little Python, and the idea of lesson 1: a network is a function with many adjustable numbers (its
# *weights*), and training moves them, step by step, so that its answers get better.
#
# Run each code cell with **Shift+Enter**, from the top.

# %%
import matplotlib.pyplot as plt
import numpy as np

import lessonlib as keras
from lessonlib import explore, quiz, style, trace
from lessonlib.checks import check
from lessonlib.explore import guessing

style.use()

# %% [markdown]
# `lessonlib` is the engine of this course: training in plain numpy, with the names of Keras. The model, `compile` and
# `fit` are written exactly as in Keras. The data and the pictures are the course's own.
#
# ## 1 Why
#
# You have a thousand rows. Each holds ten measurements, and an answer: yes or no. You want a function that finds the
# answer for rows it has never seen.
#
# You could try weights at random, and keep the best network so far. But no try learns anything from the one before.
#
# Training takes one network, and moves its weights a little, again and again. Here are both, from ten starts each: the
# line is the mean, the band goes from the lowest to the highest. (The axis below is stretched at its left end: every
# tick is about three times the one before.)
#
# Guess before you run it: how many moves make one network better than the best of a thousand?

# %%
guessing.draw()

# %% [markdown]
# The best of a thousand random networks gets about eight rows of ten right. **Read off:** where does the blue line rise
# above that? It began near one half, and about thirty moves were enough.
#
# Each move goes like this:
#
# 1. Show the model some rows.
# 2. Measure how wrong its answers are.
# 3. Move every weight a little in the direction that makes them less wrong.
# 4. Repeat.
#
# That is the heart of `model.fit()`. The art is to see whether training goes well.
#
# ## 2 Learn
#
# ### The data
#
# We start with the made-up data of lesson 1. Real data come in part 8.
#
# To remind you: each column is a *feature*, each answer a *label*, here 0 for *no* and 1 for *yes*. Rows with the same
# label form a *class*.

# %%
x_raw, y = keras.datasets.make_two_classes(rows=1000, features=10)
print(x_raw.shape, y.shape)
print(x_raw[:2].round(2))

# %% [markdown]
# Every column has a range of its own. A network learns faster when they are alike. Lesson 1 used the mean and the
# deviation; this time we bring each column to the range from 0 to 1, another common way.
#
# One detail matters. The smallest and the largest value come from the **first 800 rows only**. The other 200 will
# play the part of rows that nobody has seen yet, and nothing may be learned from those, not even their range.

# %%
low, high = x_raw[:800].min(axis=0), x_raw[:800].max(axis=0)
x = (x_raw - low) / (high - low)
print(x[:2].round(2))
print("first 800 rows: from", x[:800].min().round(2), "to", x[:800].max().round(2))
print("last 200 rows:  from", x[800:].min().round(2), "to", x[800:].max().round(2))

# %% [markdown]
# The last rows may leave the range a little. That is right: their range was not used.
#
# ### The model
#
# Ten numbers go in. A hidden layer of 16 units works on them. This time two numbers come out: the probability of *no*,
# and the probability of *yes*.
#
# Each unit multiplies its inputs by its weights (together they are the layer's *kernel*), adds them up, and adds its
# *bias*. Then comes the *activation*:
#
# - **relu**, as in lesson 1, keeps positive numbers and turns negative ones into 0.
# - **softmax** turns the two scores at the end into probabilities that add up to 1. It is what sigmoid was for one score,
#   and it works for any number of classes.

# %%
keras.utils.set_random_seed(10)
model = keras.Sequential(
    [
        keras.Input((10,)),
        keras.layers.Dense(16, activation="relu"),
        keras.layers.Dense(2, activation="softmax"),
    ]
)
model.summary()

# %% [markdown]
# 10 · 16 weights and 16 biases are 176. 16 · 2 and 2 are 34. Weights and biases together are the *parameters*: 210.
# *None* stands for any number of rows.
#
# ### The call
#
# `compile` says how to train:
#
# - the **loss** is the number that training makes small. This one is small when the model gave a high probability to
#   the right answer. Guessing half and half costs 0.69, which is $\ln 2$.
# - the **optimizer** moves the weights. SGD takes small steps downhill on the loss. The **learning rate** says how
#   large they are. **Momentum** lets each step keep 0.9 of the one before, as a rolling ball keeps its speed.
# - **metrics** are reported, and change nothing.
#
# `fit` trains:
#
# - **batch_size** is how many rows the model sees before it moves its weights once. Such a move is an *update*.
# - **epochs** is how many times it sees all the training rows.
# - `validation_split=0.2` keeps the last fifth of the rows aside, before anything else. The model is measured on them
#   after each epoch, and never trained on them. The other rows get a new order in every epoch (`shuffle=True`).
# - `verbose=2` prints one line for each epoch. Without it you also see a bar that grows, batch by batch.
#
# Before you run the cell: 800 rows, 32 at a time. How many batches is that?

# %%
model.compile(
    optimizer=keras.optimizers.SGD(learning_rate=0.05, momentum=0.9),
    loss="sparse_categorical_crossentropy",
    metrics=["accuracy"],
)
history = model.fit(x, y, validation_split=0.2, batch_size=32, epochs=5, verbose=2)

# %% [markdown]
# `25/25`: twenty-five batches, so twenty-five moves of the weights in each epoch.
#
# Every batch holds other rows, and has a loss of its own. The line shows their mean. Part 6 looks at the single
# batches.
#
# ### What fit returns
#
# `history.history` is a dictionary. Each entry is a list with one number for each epoch.

# %%
for name, values in history.history.items():
    print(f"{name:13s}", np.round(values, 3))

# %% [markdown]
# Plot them. This is the picture that people who train networks look at all day.

# %%
figure, (left, right) = plt.subplots(1, 2)
epochs = np.arange(1, 6)
left.plot(epochs, history.history["loss"], marker="o", label="train")
left.plot(epochs, history.history["val_loss"], marker="s", label="validation")
left.set(title="Loss", xlabel="epoch", ylabel="loss")
left.legend()
right.plot(epochs, history.history["accuracy"], marker="o", label="train")
right.plot(epochs, history.history["val_accuracy"], marker="s", label="validation")
right.set(title="Accuracy", xlabel="epoch", ylabel="share of rows right")
right.legend()
plt.show()

# %% [markdown]
# The loss falls, the accuracy rises. And one thing looks wrong: in every epoch the validation loss is *below* the
# training loss. How can the model do better on rows it has never trained on?
#
# There are two reasons. The main one, in the first epochs: the training loss is a mean over the whole epoch. It
# includes the early batches, when the model was still bad. Part 6 shows both.
#
# ### A second call
#
# We shall need fresh copies of this model. Here is a function that makes one, always with the same first weights. Call
# `fit` twice on such a copy, and see where the second call begins. (Without `batch_size`, `fit` takes 32; without
# `epochs`, one. `verbose=0` keeps it silent.)


# %%
def fresh_model(momentum=0.9):
    keras.utils.set_random_seed(10)
    fresh = keras.Sequential(
        [
            keras.Input((10,)),
            keras.layers.Dense(16, activation="relu"),
            keras.layers.Dense(2, activation="softmax"),
        ]
    )
    fresh.compile(
        optimizer=keras.optimizers.SGD(learning_rate=0.05, momentum=momentum),
        loss="sparse_categorical_crossentropy",
        metrics=["accuracy"],
    )
    return fresh


twin = fresh_model()
first_call = twin.fit(x, y, validation_split=0.2, epochs=2, verbose=0)
second_call = twin.fit(x, y, validation_split=0.2, epochs=3, verbose=0)
print("first call: ", np.round(first_call.history["loss"], 3))
print("second call:", np.round(second_call.history["loss"], 3))

# %% [markdown]
# Together they are the five numbers of the first run. The second call goes on from the weights that the first one left.
# To begin again, make a new model.
#
# One warning for later: rows by which you *choose* your settings are no longer a fair test. For an honest report keep one
# more part aside, the **test** rows, which no choice has used. Part 8 does so.
#
# ## 3 Visualize
#
# ### Five stages
#
# Your data went through five stages. Here they are, with the shapes and the numbers of the run above.

# %%
trace.data_flow(x_raw, x, (x[:800], y[:800]), (x[800:], y[800:]), model, history)

# %% [markdown]
# ### Five epochs
#
# The same history as a table. Each observation is derived from the numbers beside it. Train again, and it may say
# something else.
#
# One word to know: a model **overfits** when it learns its training rows by heart and gets worse on others. The
# training loss goes on falling then, while the validation loss rises.

# %%
trace.training(history)

# %% [markdown]
# ### One row, layer by layer
#
# Row 800 is the first that the model never trained on. Watch ten numbers become two.

# %%
row = 800
trace.prediction(model, x[row], class_names=("no", "yes"), truth=y[row])

# %% [markdown]
# **Do:** set `row` to other numbers from 800 to 999, and run the cell again. Can you find one that the model gets
# wrong? About one in ten is.
#
# ## 4 Try
#
# Every move of a slider trains a fresh model from the same starting weights. The thin grey line is the loss of every
# single batch.
#
# Your mission stands in the picture. It begins with too many updates and too high a loss.

# %%
explore.fit_explorer()

# %% [markdown]
# <details><summary>Hint</summary>
#
# Larger batches make fewer updates in each epoch, and each update points in a better direction. So you can afford a
# larger learning rate.
#
# </details>
#
# ## 5 Deep dive
#
# ### The equation
#
# The **gradient** says, for each weight, how the loss would change if that weight grew a little. For a batch $B$ of
# rows, weights $w$ and loss $\ell$ it is the mean over the rows ($\nabla_w$ reads "the gradient for the weights"):
#
# $$g = \frac{1}{|B|} \sum_{i \in B} \nabla_w\, \ell(w;\, x_i, y_i)$$
#
# An update goes against it, with the learning rate $\eta$. Plain SGD makes the step $w \leftarrow w - \eta\, g$. With
# momentum $\mu$, the step $m$ also keeps a part of the step before:
#
# $$m \leftarrow \mu\, m - \eta\, g \qquad\qquad w \leftarrow w + m$$
#
# How much does the memory matter? Train with it and without it:

# %%
for momentum in (0.9, 0.0):
    report = fresh_model(momentum).fit(x, y, validation_split=0.2, epochs=5, verbose=0)
    print(f"momentum {momentum}: ", np.round(report.history["loss"], 2))

# %% [markdown]
# With the memory, the loss is less than half as large after five epochs. (Without it the first epoch's mean is even
# above 0.69: the first weights were a little worse than guessing.)
#
# ### The loop
#
# At the heart of `fit` are two loops, one inside the other. `train_on_batch` makes one update and returns the loss and
# the accuracy of the batch. Can you put the lines in order, before you read on?

# %%
quiz.show("the_loop")

# %% [markdown]
# Here it is in full, for 800 rows and two epochs:

# %%
by_hand = fresh_model()
for epoch in range(2):
    total = 0.0
    for first in range(0, 800, 32):
        rows = slice(first, min(first + 32, 800))
        loss, accuracy = by_hand.train_on_batch(x[rows], y[rows])
        total += loss * len(y[rows])
    print("by hand:", round(total / 800, 5))

# %% [markdown]
# And `fit`, from the same first weights, in the same order of rows:

# %%
by_fit = fresh_model()
again = by_fit.fit(x, y, validation_split=0.2, epochs=2, shuffle=False, verbose=0)
print("by fit: ", np.round(again.history["loss"], 5))

# %% [markdown]
# The same numbers. Around this heart, `fit` does three things more. It gives the training rows a new order in each
# epoch; that was switched off here, with `shuffle=False`. It measures the validation rows. And it reports.
#
# ### Our source
#
# This is the update as the engine has it. The letters at the end of a name tell its shape: B rows of the batch, F
# features, K outputs. So `x_BF` are the features of the batch, `t_BK` its targets, `p_BK` the place for the predictions.
# `w_B` and the penalty serve what this lesson does not use: rows that count more than others, and a price on large
# weights.

# %%
import inspect

print(inspect.getsource(keras.models.Sequential.train_step))

# %% [markdown]
# The whole loop is the method `fit` in the file `lessonlib/trainer.py`. Open it: it is meant to be read.
#
# ### The same in other words
#
# <details><summary>In Keras</summary>
#
# ```python
# import keras
#
# model = keras.Sequential(
#     [
#         keras.Input((10,)),
#         keras.layers.Dense(16, activation="relu"),
#         keras.layers.Dense(2, activation="softmax"),
#     ]
# )
# model.compile(
#     optimizer=keras.optimizers.SGD(learning_rate=0.05, momentum=0.9),
#     loss="sparse_categorical_crossentropy",
#     metrics=["accuracy"],
# )
# history = model.fit(x, y, validation_split=0.2, batch_size=32, epochs=5)
# ```
#
# Names, defaults and the meaning of every number are the same. The random numbers differ, so the digits differ too.
#
# </details>
#
# <details><summary>In PyTorch</summary>
#
# There is no `fit`. You write the two loops yourself (with `x` and `y` as tensors):
#
# ```python
# loader = DataLoader(TensorDataset(x[:800], y[:800]), batch_size=32, shuffle=True)
# optimizer = torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.9)
# loss_function = torch.nn.CrossEntropyLoss()  # takes scores, so the model ends without a softmax
# for epoch in range(5):
#     for x_batch, y_batch in loader:
#         optimizer.zero_grad()
#         loss = loss_function(model(x_batch), y_batch)
#         loss.backward()
#         optimizer.step()
# ```
#
# Nothing is reported unless you sum it up, and nothing is validated unless you do it. Forget `zero_grad`, and the
# gradients of all batches pile up.
#
# </details>
#
# ## 6 Metrics
#
# ### A batch is a sample
#
# Every batch holds other rows. So its loss is partly luck. How much does that matter? Guess, before you see a picture.

# %%
quiz.show("rising_batches")

# %% [markdown]
# Now keep the loss of each batch, and draw it behind the mean of the epoch.

# %%
run = explore.fit.train(batch_size=32, epochs=5, learning_rate=0.05, seed=10)

figure, axes = plt.subplots()
grey, blue = style.figures.MUTED, style.figures.BLUE
axes.plot(np.arange(1, 126), run.batch_losses, linewidth=1, color=grey, label="each batch")
axes.plot(np.arange(25, 126, 25), run.losses, marker="o", color=blue, label="epoch mean")
axes.set(title="One training, two ways to look", xlabel="updates", ylabel="loss")
axes.legend()
plt.show()

# %% [markdown]
# How often does the loss rise from one batch to the next? Count it, in ten trainings with ten different starts.

# %%
runs = [explore.fit.train(32, epochs=5, learning_rate=0.05, seed=seed) for seed in range(10)]
rises = [np.mean(np.diff(run.batch_losses) > 0) for run in runs]
falls = [np.mean(np.diff(run.losses) < 0) for run in runs]
print(f"from batch to batch the loss rose in {np.mean(rises):.0%} of the steps")
print(f"from epoch to epoch the mean fell in {np.mean(falls):.0%} of the steps")

quiz.measured("rising_batches", 100 * np.mean(rises))

# %% [markdown]
# **So "the loss decreases steadily" is true of epoch means, most of the time. It is false of batches.** If you see
# a single batch go up, nothing is wrong.
#
# ### The reported loss is late
#
# Now the riddle of part 2: why was the validation loss *below* the training loss?
#
# The `loss` of an epoch is the mean over its batches. The first batches were measured when the model was still bad.
# `val_loss` is measured when the epoch is over. To be fair, measure the training rows again at the end of each epoch:

# %%
slow_motion = fresh_model()
print("epoch   loss as reported   training rows again   val_loss")
for epoch in range(1, 6):
    report = slow_motion.fit(x, y, validation_split=0.2, verbose=0).history
    again = slow_motion.evaluate(x[:800], y[:800], verbose=0)[0]
    print(f"{epoch:5d}   {report['loss'][0]:16.3f}   {again:19.3f}   {report['val_loss'][0]:8.3f}")

# %% [markdown]
# In the first two epochs the gap is nearly all a matter of *when*. Later the model hardly changes within an epoch; in the
# fifth the second measurement is even a little higher. The gap that remains is another one: these 200 rows happen to be
# a little easier than the others. With other rows kept aside it could fall the other way.
#
# ### Epochs are not updates
#
# A last trap. Here are four batch sizes with the same learning rate, each trained for 10 epochs, each with ten
# different starts.


# %%
def compare(plans):
    print("batch size   epochs   updates   val_loss (mean of 10 trainings)")
    for batch_size, epochs in plans:
        some = [explore.fit.train(batch_size, epochs, 0.05, seed) for seed in range(10)]
        mean = np.mean([run.val_losses[-1] for run in some])
        print(f"{batch_size:10d}   {epochs:6d}   {some[0].updates:7d}   {mean:.3f}")


compare([(8, 10), (32, 10), (128, 10), (800, 10)])

# %% [markdown]
# It looks as if the largest batch were hopeless. But with 800 rows in a batch there were only ten updates in all. Give
# each batch size 250 updates, or a few more:

# %%
compare([(8, 3), (32, 10), (128, 36), (800, 250)])

# %% [markdown]
# Now the large batches are ahead. The largest had gone through the training rows 250 times, of course, the smallest
# three times.
#
# **When you compare, say what you hold equal: epochs, updates, or seconds.**
#
# ## 7 Challenge
#
# Three exercises. Each has a check below it, which you may run as often as you like. When a case is wrong, it shows what
# your function was called with, what came back, and what was expected. The number under it is your points for this
# exercise.
#
# Replace the dots with your own lines.
#
# ### How many updates?
#
# Write `steps_per_epoch`: the number that stands behind the slash in `25/25`.
#
# - `fit` keeps `int(rows * (1 - validation_split))` rows for training.
# - The last batch may be smaller than the others. It counts as an update all the same.

# %%
import math


# %% exercise="steps_per_epoch"
def steps_per_epoch(rows, validation_split, batch_size):
    """How many updates `fit` makes in one epoch."""
    ### BEGIN SOLUTION
    training_rows = int(rows * (1 - validation_split))
    return math.ceil(training_rows / batch_size)
    ### END SOLUTION


# %% check="steps_per_epoch"
check("steps_per_epoch", steps_per_epoch)

# %% [markdown]
# ### The loss of an epoch
#
# Write `epoch_loss`: the number that `fit` reports, from the losses of the batches.
#
# The batches may have different numbers of rows. Every *row* counts the same.


# %% exercise="epoch_loss"
def epoch_loss(batch_losses, batch_rows):
    """The mean loss over all rows of an epoch.

    batch_losses: a list with the mean loss of each batch.
    batch_rows: a list with the number of rows in each batch.
    """
    ### BEGIN SOLUTION
    losses, rows = np.array(batch_losses), np.array(batch_rows)
    return np.sum(losses * rows) / np.sum(rows)
    ### END SOLUTION


# %% check="epoch_loss"
check("epoch_loss", epoch_loss)

# %% [markdown]
# ### Keep some rows aside
#
# Write `split_rows`: what `validation_split` does. It cuts off the **last** rows, and it shuffles nothing. As before,
# training keeps `int(rows * (1 - validation_split))` rows.


# %% exercise="split_rows"
def split_rows(x, validation_split):
    """The rows for training and the rows for validation, as a tuple of two arrays."""
    ### BEGIN SOLUTION
    training_rows = int(len(x) * (1 - validation_split))
    return x[:training_rows], x[training_rows:]
    ### END SOLUTION


# %% check="split_rows"
check("split_rows", split_rows)

# %% [markdown]
# **Think:** what happens when the rows are sorted, first all the *no*, then all the *yes*? Which rows are kept aside
# then? Guess before you run the cell.

# %%
order = np.argsort(y)
spoilt = fresh_model().fit(x[order], y[order], validation_split=0.2, epochs=5, verbose=0)
print("val_accuracy, sorted:  ", np.round(spoilt.history["val_accuracy"], 2))
print("val_accuracy, as given:", np.round(history.history["val_accuracy"], 2))

# %% [markdown]
# <details><summary>Why is this number worthless?</summary>
#
# All 200 rows that were kept aside are *yes*. A model that always says *yes* would score 1.00 here, and one that always
# says *no* would score 0. So the number measures one class only. It starts near 0, because the model first leans to
# *no*. It ends above the honest number, and says nothing about the *no* rows. Shuffle your rows before you use
# `validation_split`.
#
# </details>
#
# ## 8 Experiment
#
# Now real data. Doctors took cells from 569 breast masses with a fine needle, and measured them under a microscope:
# 30 numbers for each. For every mass it is known whether it was benign (0) or malignant (1).

# %%
data = keras.datasets.load_breast_cancer()
data

# %% [markdown]
# This time there are three parts. The model learns from **training** rows. You choose settings by looking at
# **validation** rows. The **test** rows stay closed until you are done: a number that you have used for choosing
# is no longer an honest report.

# %%
order = np.random.default_rng(0).permutation(len(data.x))
train, validation, test = order[:341], order[341:455], order[455:]
mean, deviation = data.x[train].mean(axis=0), data.x[train].std(axis=0)
cells = (data.x - mean) / deviation  # again, from the training rows only
print(len(train), len(validation), len(test))

# %% [markdown]
# Four things differ from part 2:
#
# - The features are brought to mean 0 and standard deviation 1, as in lesson 1.
# - There is one output instead of two, the probability of *malignant*, with **sigmoid** and `binary_crossentropy`, as in
#   lesson 1. It is the same loss, for one probability.
# - **Adam** is an optimizer that finds a step size of its own for every weight.
# - `validation_data` names the rows to measure on, instead of a share of them.
#
# **Your goal:** a validation accuracy of at least 0.97, by changing the three settings. The start below does not
# reach it.

# %%
settings = {"learning_rate": 0.001, "batch_size": 32, "epochs": 5}

keras.utils.set_random_seed(1)
doctor = keras.Sequential(
    [
        keras.Input((30,)),
        keras.layers.Dense(16, activation="relu", name="hidden"),
        keras.layers.Dense(1, activation="sigmoid", name="output"),
    ]
)
doctor.compile(
    optimizer=keras.optimizers.Adam(settings["learning_rate"]),
    loss="binary_crossentropy",
    metrics=["accuracy"],
)
real = doctor.fit(
    cells[train],
    data.y[train],
    validation_data=(cells[validation], data.y[validation]),
    batch_size=settings["batch_size"],
    epochs=settings["epochs"],
    verbose=0,
)
trace.training(real).plot()
plt.show()
print(f"validation accuracy {real.history['val_accuracy'][-1]:.3f}")

# %% [markdown]
# One mass that the model has never seen, layer by layer:

# %%
trace.prediction(doctor, cells[validation[0]], data.class_names, data.y[validation[0]])

# %% [markdown]
# When you have reached the goal, and only then, open the test rows: set `finished` to `True`, and run this **once**.

# %%
finished = False

if finished:
    loss, accuracy = doctor.evaluate(cells[test], data.y[test], verbose=0)
    called_benign = doctor.predict(cells[test], verbose=0)[:, 0] < 0.5
    missed = np.sum(called_benign & (data.y[test] == 1))
    print(f"test accuracy {accuracy:.3f}; malignant masses taken for benign: {missed}")

# %% [markdown]
# **Write down:** your settings, the validation accuracy, the test accuracy, and how many malignant masses were
# missed. Is accuracy the number that a patient would care about most?
#
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
# Type your answers between the quotes instead: a letter, several letters, or a number. Then run the cell. If no card
# appears, the questions are listed as text above.
#
# </details>

# %% quiz="typed"
quiz.typed(
    the_loop="",
    rising_batches="",
    updates="",
    activations="",
    lower_val_loss="",
    which_rows="",
    second_fit="",
    leakage="",
)

# %% quiz="score"
quiz.score()

# %% [markdown]
# ### Key insight
#
# > `fit` shows the model the training rows, again and again, a batch at a time. After each batch it moves the weights, so
# > that they answer that batch a little better. relu lets the network bend; softmax makes its answer readable as
# > probabilities. A single batch tells little. The mean of an epoch tells more. The rows that were kept aside tell what
# > you wanted to know.
