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
#     title: "The training process, in nine steps"
#     minutes: 45
#     about: Train a network by hand, number by number. Then break each of the nine steps, and learn how to notice.
# ---

# %% [markdown]
# # The training process, in nine steps
#
# A network begins with random numbers, and ends with numbers that give good answers. What happens in between is
# called *training*. In this lesson you do it yourself, a few lines of code for each step. Then you break every step
# once, on purpose, and learn how one notices.
#
# | route | parts | what you take away |
# |---|---|---|
# | **15 minutes** | 1 and 3 (run the cells of 2 unread) | what the nine steps are, in one run |
# | **45 minutes** | 1, 2 and 4 | a training loop of your own, and the sabotage lab |
# | **everything**, two sittings of 70 minutes | 1 to 4; then 5 to 9 | the mathematics, five exercises, real data, the quiz |
#
# You need a little Python. You need not know anything about networks.
#
# Run each code cell with **Shift+Enter**, from the top.

# %%
import matplotlib.pyplot as plt
import numpy as np

import lessonlib as keras
from lessonlib import diagnosis, explore, quiz, style, trace
from lessonlib.checks import check

style.use()

# %% [markdown]
# `lessonlib` is the engine of this course. Its names are those of Keras, a library that many people use.
#
# ## 1 Why
#
# Some rules are easy to write down: *if the temperature is above 30, switch on the fan.* Others nobody can write down.
# Is this lump in the picture dangerous? Is this mail spam? For such questions there are only examples: thousands of
# cases, each with the right answer.
#
# A **network** is a function with many adjustable numbers, called **weights**. **Training** turns the weights until
# the function answers the examples well, and, we hope, new cases too.
#
# Be the trainer once. Here is the smallest network there is, with a single weight `w`. There are six examples: each is
# a number `x`, and the answer 0 (*no*) or 1 (*yes*). For each the network gives the probability of *yes*. The **loss**
# says how bad the six answers are together: the smaller, the better. (Part 2 explains the formulas. Here you only turn
# `w`.)

# %%
w = 0.0

x_few = np.array([-2.0, -1.0, -0.5, 0.5, 1.0, 2.0])
y_few = np.array([0, 0, 1, 0, 1, 1])
p_few = 1 / (1 + np.exp(-w * x_few))
right = np.where(y_few == 1, p_few, 1 - p_few)
print("probability of yes:", p_few.round(2))
print("right answers:     ", y_few)
print("loss:", -np.mean(np.log(right)).round(4))

# %% [markdown]
# **Do:** set `w` to 1, and run the cell again. Then try 3. Then find the `w` with the smallest loss, as well as you
# can. How many tries did you need?
#
# <details><summary>The best one</summary>
#
# About 1.35, with a loss of 0.4607. With a smaller `w` the network is too unsure. With a larger one it is too sure of
# the two examples that it gets wrong.
#
# </details>
#
# You looked at the loss, moved the weight, and looked again. That is training. But the network of this lesson has 193
# weights, and real ones have millions. Nobody can turn them by hand. It needs a method, and the method has nine
# steps:
#
# | | step | the question it answers |
# |---|---|---|
# | 1 | **Initialization** | Where do we begin? |
# | 2 | **Forward pass** | What does the network say now? |
# | 3 | **Loss calculation** | How wrong is that? |
# | 4 | **Backpropagation** | Which way should each weight move? |
# | 5 | **Parameter update** | How far do we move it? (A little.) |
# | 6 | **Iteration** | What now? (2 to 5 again, with other rows.) |
# | 7 | **Validation** | Does it also work on rows it does not train on? |
# | 8 | **Convergence** | Shall we stop? |
# | 9 | **Evaluation** | How good is it really? |
#
# ## 2 Learn
#
# ### The data
#
# We use data made up for this course, so that we know how hard the task is. There are 1000 rows. Each holds ten
# measurements, the *features*, and an answer, the *label*: 0 for *no*, 1 for *yes*.
#
# We cut them into three parts at once. Each part has one job, and no row has two:
#
# - **training** rows: the weights are turned to answer these well;
# - **validation** rows: they tell during training how it goes;
# - **test** rows: they stay closed until everything is decided.

# %%
x_raw, y = keras.datasets.make_two_classes(rows=1000, features=10)
y = y.reshape(-1, 1)  # a column, with the shape that predictions will have

mean, deviation = x_raw[:640].mean(axis=0), x_raw[:640].std(axis=0)
x = (x_raw - mean) / deviation

x_train, y_train = x[:640], y[:640]
x_val, y_val = x[640:800], y[640:800]
x_test, y_test = x[800:], y[800:]
print("raw:   ", x_raw[0].round(1))
print("scaled:", x[0].round(1), "answer:", y[0])

# %% [markdown]
# The raw features differ in size. We subtract each feature's mean and divide by its standard deviation, so that all
# are numbers around 0. Mean and deviation come from the training rows only: the other rows must stay unknown.
#
# ### Step 1: Initialization
#
# Our network has two layers. In the **hidden layer** are 16 **units**; each looks at all ten features. The **output
# layer** has one unit; it looks at the 16 numbers of the hidden layer.
#
# A unit has one weight for every number it looks at, and one number more, its **bias**. Weights begin as small random
# numbers, biases at 0. How small? The limits below are a rule by Glorot and Bengio: the more numbers go into a layer
# and come out of it, the smaller its weights.


# %%
def first_weights(seed):
    rng = np.random.default_rng(seed)
    hidden, output = np.sqrt(6 / (10 + 16)), np.sqrt(6 / (16 + 1))
    w1, b1 = rng.uniform(-hidden, hidden, (10, 16)), np.zeros(16)
    w2, b2 = rng.uniform(-output, output, (16, 1)), np.zeros(1)
    return [w1, b1, w2, b2]


weights = first_weights(seed=0)
print([w.shape for w in weights], "together", sum(w.size for w in weights))

# %% [markdown]
# **Guess:** why not begin with zeros? Part 4 will show it.
#
# ### Step 2: Forward pass
#
# A **batch** is a handful of rows that go through the network together, here 32. Each hidden unit multiplies the ten
# features by its ten weights, adds everything up, and adds its bias. In numpy, `x @ w1` does this for all rows and all
# units at once.
#
# Then comes the **activation**, a bend:
#
# - **relu** in the hidden layer: negative numbers become 0, the others stay. Without it, two layers could do no more
#   than one.
# - **sigmoid** at the output: it squeezes any number, the *score*, between 0 and 1, and we read that as the
#   probability of *yes*.


# %%
def forward(x, weights):
    w1, b1, w2, b2 = weights
    z = x @ w1 + b1
    h = np.maximum(z, 0)  # relu
    score = h @ w2 + b2
    p = 1 / (1 + np.exp(-score))  # sigmoid
    return z, h, p


x_batch, y_batch = x_train[:32], y_train[:32]
z, h, p = forward(x_batch, weights)
print("shapes:", x_batch.shape, "->", h.shape, "->", p.shape)
print("row 0, hidden:", h[0].round(2))
print("row 0, probability of yes:", p[0].round(3), "  right answer:", y_batch[0])

# %% [markdown]
# **Count:** how many of the 16 hidden units answer with 0? Those are the units that relu has switched off for this
# row. Then add a line that lets numpy count: `print((h[0] == 0).sum())`.
#
# ### Step 3: Loss calculation
#
# How wrong are these 32 predictions? For each row take the probability that the network gave to the *right* answer.
# Its cost is minus the (natural) logarithm of that. Sure and right costs nothing: $-\log 1 = 0$. The smaller the
# probability of the right answer, the higher the cost. The loss is the mean over the rows. It is called **binary
# cross-entropy**.


# %%
def loss_of(y, p):
    right = np.where(y == 1, p, 1 - p)
    return -np.mean(np.log(right))


print("loss of the batch:      ", loss_of(y_batch, p).round(4))
print("loss of guessing halves:", -np.log(0.5).round(4))

# %% [markdown]
# Remember the second number, $\ln 2 = 0.693$. It is the loss of somebody who always says "fifty-fifty". An untrained
# network should be near it, and a trained one well below.

# %%
quiz.show("first_loss")

# %% [markdown]
# ### Step 4: Backpropagation
#
# Which way should each weight move? Try it: nudge one weight up a little, and look at the loss.

# %%
nudged = [w.copy() for w in weights]
nudged[2][4, 0] += 0.001
before = loss_of(y_batch, forward(x_batch, weights)[2])
after = loss_of(y_batch, forward(x_batch, nudged)[2])
print(f"loss {before:.6f} -> {after:.6f}: slope {(after - before) / 0.001:.4f}")

# %% [markdown]
# That is the **slope** of the loss for this weight. If the slope is positive, the weight should go down; if it is
# negative, up. All 193 slopes together are called the **gradient**.
#
# To nudge all 193 weights, one after the other, takes 193 more forward passes, for a single small step.
# **Backpropagation** finds all slopes in one go, from the output back to the input. At each station it asks: *if this
# number grew a little, how would the loss change?* The answers have names that begin with `d_`. Read the lines from top
# to bottom; part 5 says why each is right.


# %%
def gradients_of(x, y, z, h, p, weights):
    w2 = weights[2]
    d_score = (p - y) / len(y)  # at the score: prediction minus truth
    d_w2 = h.T @ d_score  # at the output weights
    d_b2 = d_score.sum(axis=0)
    d_h = d_score @ w2.T  # at the hidden layer
    d_z = d_h * (z > 0)  # relu lets nothing back where it let nothing through
    d_w1 = x.T @ d_z  # at the hidden weights
    d_b1 = d_z.sum(axis=0)
    return [d_w1, d_b1, d_w2, d_b2]


z, h, p = forward(x_batch, weights)
gradients = gradients_of(x_batch, y_batch, z, h, p, weights)
print("the same slope by backpropagation:", gradients[2][4, 0].round(4))

# %% [markdown]
# The same slope, up to the roughness of the nudge. Comparing the two is called a **gradient check**. It is the best
# friend of everybody who writes backpropagation by hand.
#
# Notice: backpropagation has *computed* something. It has not changed a single weight.
#
# **Do:** choose another weight, `[0][3, 7]` for instance, in both cells, and compare again.
#
# ### Step 5: Parameter update
#
# Now every weight takes a small step *against* its slope. The **learning rate** says how long the step is. Such a
# move of all weights is one **update**. This simplest of all rules is **gradient descent**.

# %%
learning_rate = 0.1

z, h, p = forward(x_batch, weights)
gradients = gradients_of(x_batch, y_batch, z, h, p, weights)
weights = [w - learning_rate * g for w, g in zip(weights, gradients, strict=True)]

print("before the update:", loss_of(y_batch, p).round(4))
print("after the update: ", loss_of(y_batch, forward(x_batch, weights)[2]).round(4))

# %% [markdown]
# The network now answers these 32 rows a little better.
#
# **Do:** run this cell again, ten times or so. Each time the network takes one more step. Then set the learning rate
# to 10, and run it ten times more. What happens now?
#
# <details><summary>What happens</summary>
#
# The steps are too long: they jump over the valley, and the loss goes up and down. It may even be `inf`, infinite,
# with a warning from numpy: the network was perfectly sure, and wrong. Nothing is damaged. Step 6 begins again with
# fresh weights.
#
# And if it landed low, even lower than before? That counts for these 32 rows only. On other rows such a network is
# just as sure, also where it is wrong: on the validation rows its loss is huge.
#
# </details>

# %%
quiz.show("backpropagation")

# %% [markdown]
# ### Step 6: Iteration
#
# Do the same with the next 32 rows, and the next. When all 640 training rows have had their turn, one **epoch** is
# over: 20 batches, so 20 updates. In every epoch the rows come in a new random order.


# %%
def train_one_epoch(weights, rng):
    order, total = rng.permutation(len(x_train)), 0.0
    for first in range(0, len(x_train), 32):
        rows = order[first : first + 32]
        xb, yb = x_train[rows], y_train[rows]
        z, h, p = forward(xb, weights)
        total += loss_of(yb, p) * len(rows)
        gradients = gradients_of(xb, yb, z, h, p, weights)
        weights = [w - 0.1 * g for w, g in zip(weights, gradients, strict=True)]
    return weights, total / len(x_train)


trained, rng = first_weights(seed=0), np.random.default_rng(1)
for epoch in range(1, 4):
    trained, loss = train_one_epoch(trained, rng)
    print(f"epoch {epoch}: mean loss {loss:.4f}")

# %% [markdown]
# Three epochs, 60 updates, and the loss is far below 0.693.
#
# ### Step 7: Validation
#
# Are these answers learned, or only remembered? Measure on the validation rows. No weight changes here: only steps 2
# and 3 are done. The **accuracy** is the share of rows whose answer is right when we say *yes* above 0.5.


# %%
def measure(x, y, weights):
    p = forward(x, weights)[2]
    return loss_of(y, p), np.mean((p > 0.5) == y)


val_loss, val_accuracy = measure(x_val, y_val, trained)
print(f"validation: loss {val_loss:.4f}, accuracy {val_accuracy:.3f}")

# %% [markdown]
# ### Step 8: Convergence
#
# When is it enough? Nothing in the mathematics rings a bell. It is *our* decision, and a common rule is: stop when
# the validation loss has not got better for some epochs (the **patience**), or when a largest number of epochs is
# reached. And take the best weights, not the last ones.


# %%
def train(epochs, patience, seed=0):
    weights, rng = first_weights(seed), np.random.default_rng(1)
    history = {"loss": [], "val_loss": []}
    best, best_weights, waited = np.inf, weights, 0
    for _ in range(epochs):
        weights, loss = train_one_epoch(weights, rng)
        val_loss, _ = measure(x_val, y_val, weights)
        history["loss"].append(loss)
        history["val_loss"].append(val_loss)
        if val_loss < best:
            best, best_weights, waited = val_loss, weights, 0
        else:
            waited += 1
        if waited == patience:
            break
    return best_weights, history


best_weights, history_by_hand = train(epochs=200, patience=3)
losses = history_by_hand["val_loss"]
print(f"stopped after {len(losses)} epochs")
print(f"the best was epoch {np.argmin(losses) + 1}, with val_loss {min(losses):.4f}")

# %% [markdown]
# **Do:** set `patience` to 10, then to 1. When does it stop now? Does the best `val_loss` change much?
#
# ### Step 9: Evaluation
#
# We have chosen *when to stop* by the validation rows. So they are not quite unknown any more. The honest number
# comes from the test rows, which nothing and nobody has used. Open them **once**.

# %%
test_loss, test_accuracy = measure(x_test, y_test, best_weights)
print(f"test: loss {test_loss:.4f}, accuracy {test_accuracy:.3f}")

# %% [markdown]
# That is the whole of training. Everything else in this course makes one of these nine steps better.
#
# ### The same with fit
#
# In practice one writes much less. The steps 2 to 7 are one call, `fit`. (For step 8 it gets a largest number of epochs.
# Part 5 adds a patience.) Two settings stand before it:
#
# - **batch_size**: how many rows make one update. With smaller batches an epoch makes more updates: it takes longer,
#   and it gets further. (So *small batches are slow* is half the truth. Lesson 2 compares fairly.)
# - **epochs**: how many times all the training rows are gone through.
#
# `validation_split=0.2` keeps the last fifth of the rows aside for validation. We give it the first 800 rows, so
# these are our rows 640 to 799.
#
# To compare number by number, we give the model our own first weights, and the same random order of the rows.

# %%
batch_size = 32
epochs = 15

model = keras.Sequential(
    [
        keras.Input((10,)),
        keras.layers.Dense(16, activation="relu", name="hidden"),
        keras.layers.Dense(1, activation="sigmoid", name="output"),
    ]
)
model.compile(
    optimizer=keras.optimizers.SGD(learning_rate=0.1),
    loss="binary_crossentropy",
    metrics=["accuracy"],
)
model.set_weights(first_weights(seed=0))
model.generator = np.random.default_rng(1)

history = model.fit(
    x[:800],
    y[:800],
    validation_split=0.2,
    batch_size=batch_size,
    epochs=epochs,
    verbose=0,  # print nothing
)

_, by_hand = train(epochs=15, patience=15)
for name in ("loss", "val_loss"):
    print(f"{name:8s} by hand:", np.round(by_hand[name][:6], 4), "...")
    print(f"{name:8s} by fit: ", np.round(history.history[name][:6], 4), "...")

# %% [markdown]
# The same numbers, in all fifteen epochs. `fit` is no magic: it is the loop that you have just written.
#
# What `fit` returns is called a **History**. `history.history` is a dictionary with a list for each quantity, one
# number for each epoch. Plot it:

# %%
figure, (left, right) = plt.subplots(1, 2)
numbers = np.arange(1, epochs + 1)
left.plot(numbers, history.history["loss"], marker="o", label="train")
left.plot(numbers, history.history["val_loss"], marker="s", label="validation")
left.set(title="Loss", xlabel="epoch", ylabel="loss", ylim=(0, None))
left.legend()
right.plot(numbers, history.history["accuracy"], marker="o", label="train")
right.plot(numbers, history.history["val_accuracy"], marker="s", label="validation")
right.set(title="Accuracy", xlabel="epoch", ylabel="share of rows right", ylim=(0.4, 1))
right.legend()
plt.show()

# %% [markdown]
# Both losses fall steeply at first, and then hardly at all. (Why is the validation loss *below* the training loss at
# the beginning? Lesson 2 solves this riddle.)
#
# Two warnings, because you will meet both mistakes in programs on the internet:
#
# - The second curve is often labelled *test*. It is not: these are the **validation** rows.
# - `history.history["accuracy"]` is there only because `compile` was told `metrics=["accuracy"]`. For a model that
#   was never told so, the line ends with a `KeyError`.
#
# ## 3 Visualize
#
# ### One run, in nine steps
#
# The first batch goes through the steps 1 to 5, and one row of it you can follow number by number. The steps 6 to 9
# show the whole training. Every number is from this run. And each step ends with a **check**: how one sees whether it
# went wrong.
#
# One new word: the weights of a layer, without its biases, are called its **kernel**. So `kernel_initializer` says
# how they begin, and `"glorot_uniform"` is the rule of step 1.


# %%
def fresh_model(first="glorot_uniform", learning_rate=0.1, seed=0, features=10):
    keras.utils.set_random_seed(seed)
    fresh = keras.Sequential(
        [
            keras.Input((features,)),
            keras.layers.Dense(16, "relu", kernel_initializer=first, name="hidden"),
            keras.layers.Dense(1, "sigmoid", kernel_initializer=first, name="output"),
        ]
    )
    optimizer = keras.optimizers.SGD(learning_rate)
    fresh.compile(optimizer, "binary_crossentropy", metrics=["accuracy"])
    return fresh


trace.steps(
    fresh_model(),
    train=(x_train, y_train),
    validation=(x_val, y_val),
    test=(x_test, y_test),
    epochs=15,
    row=0,
)

# %% [markdown]
# **Do:** follow row 5 instead: set `row=5`. Then break something, one thing at a time, and see which check speaks:
#
# - `fresh_model(first="zeros")`
# - `fresh_model(learning_rate=20.0)`
# - `epochs=150`
# - `validation=(x_train[:160], y_train[:160])`
#
# ### The data on its way
#
# Now the run of part 2 again, seen from the data: what came in, what was done to it, and what came out.

# %%
trace.data_flow(x_raw, x, (x_train, y_train), (x_val, y_val), model, history)

# %% [markdown]
# ### Epoch by epoch
#
# Each observation is derived from the numbers beside it.

# %%
trace.training(history)

# %% [markdown]
# ### One prediction
#
# After training, only step 2 is left. Row 800 is the first of the test rows.

# %%
row = 800
trace.prediction(model, x[row], class_names=("no", "yes"), truth=y[row, 0])

# %% [markdown]
# ## 4 Try: the sabotage lab
#
# Somebody has broken nine trainings, the runs A to I. In each, **one** of the nine steps is wrong. Beside it you see a
# healthy training that began with the same random numbers.
#
# 1. Look at the curves of a run. What is strange?
# 2. If nothing is, switch on the **instruments**: five readings that few people take.
# 3. Choose a diagnosis. A wrong one tells you what *that* fault would look like.
#
# Before you start, guess:

# %%
quiz.show("loud_faults")

# %%
explore.sabotage_explorer()

# %% [markdown]
# <details><summary>Hint</summary>
#
# For a run whose curves look healthy, find the reading of the instruments that differs from the healthy run. The
# names of the diagnoses tell which step each reading belongs to.
#
# </details>
#
# ## 5 Deep dive
#
# Is this your second sitting? Then click here, and choose *Run > Run All Above Selected Cell* first.
#
# ### The chain rule, in four lines
#
# Why is each line of `gradients_of` right? Write $s$ for the score, $p$ for the probability, $\ell$ for the loss of a
# row with the answer $y$:
#
# $$s = h\, w_2 + b_2 \qquad p = \frac{1}{1 + e^{-s}} \qquad \ell = -y \log p - (1 - y) \log(1 - p)$$
#
# The chain rule multiplies slopes along the way. Two of them meet and simplify:
#
# $$\frac{\partial \ell}{\partial s} = \frac{\partial \ell}{\partial p} \cdot \frac{\partial p}{\partial s}
# = \frac{p - y}{p\,(1 - p)} \cdot p\,(1 - p) = p - y$$
#
# *Prediction minus truth*: that is the whole error signal. The loss is the mean over $n$ rows, so each row counts
# $1/n$. From there it goes back ($\odot$ multiplies number by number):
#
# $$\frac{\partial \ell}{\partial w_2} = h^\top \frac{p - y}{n} \qquad
# \frac{\partial \ell}{\partial z} = \Big(\frac{p - y}{n}\, w_2^\top\Big) \odot [z > 0] \qquad
# \frac{\partial \ell}{\partial w_1} = x^\top \frac{\partial \ell}{\partial z}$$
#
# The pattern is always the same. The slope of a weight is *what came in* times *the error that comes back*.
#
# ### Gradient check
#
# Is the engine's backpropagation right? `check_gradients` nudges fifty weights up and down and compares. Right slopes
# lie on the diagonal.

# %%
checked = diagnosis.check_gradients(fresh_model(), x_train[:32], y_train[:32], step=2e-3)
checked.plot()
plt.show()
print(f"largest difference: {checked.error:.1%} of the largest slope")

# %% [markdown]
# Why is the difference not 0? The engine computes with seven digits, and a nudge is a step, not a point. With sixteen
# digits (our own code above) and a tiny nudge, the two agree to a millionth.
#
# ### Our source
#
# This is step 4 in the engine, for one layer. It does the same as your lines.

# %%
import inspect

print(inspect.getsource(keras.layers.Dense.backward))

# %% [markdown]
# `d_BK` is the error that comes back; B stands for the rows of the batch, F for the features that came in, K for the
# outputs. The loop around it is the method `fit` in `lessonlib/trainer.py`. Lesson 2 looks at it closely.
#
# ### The same in other words
#
# <details><summary>In Keras</summary>
#
# ```python
# import keras
#
# model = keras.Sequential(                                                # 1 initialization
#     [
#         keras.Input((10,)),
#         keras.layers.Dense(16, activation="relu"),
#         keras.layers.Dense(1, activation="sigmoid"),
#     ]
# )
# model.compile(optimizer=keras.optimizers.SGD(0.1), loss="binary_crossentropy", metrics=["accuracy"])
# stop = keras.callbacks.EarlyStopping(patience=3, restore_best_weights=True)  # 8 convergence
# history = model.fit(                                                     # 2 to 7
#     x[:800], y[:800], validation_split=0.2, batch_size=32, epochs=200, callbacks=[stop]
# )
# model.evaluate(x_test, y_test)                                           # 9 evaluation
# ```
#
# With `import lessonlib as keras` the same program runs here.
#
# </details>
#
# <details><summary>In PyTorch</summary>
#
# The steps stand in the open (with `x_train` and the others as tensors of floats):
#
# ```python
# model = nn.Sequential(nn.Linear(10, 16), nn.ReLU(), nn.Linear(16, 1))    # 1 (with another rule for "small")
# loss_function = nn.BCEWithLogitsLoss()                                   # sigmoid and loss in one
# optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
# for epoch in range(15):                                                  # 6 iteration
#     for x_batch, y_batch in loader:
#         optimizer.zero_grad()                                            # or the gradients pile up!
#         loss = loss_function(model(x_batch), y_batch)                    # 2 and 3
#         loss.backward()                                                  # 4 backpropagation
#         optimizer.step()                                                 # 5 update
#     with torch.no_grad():                                                # 7 validation
#         val_loss = loss_function(model(x_val), y_val)
# ```
#
# PyTorch *adds* every new gradient to the old one. Whoever forgets `zero_grad` has built the fault of step 6 in our
# lab.
#
# </details>
#
# ## 6 Metrics
#
# ### Loud and silent faults
#
# Here are the nine faults again, each trained ten times with ten different starts. A dot is the validation loss at
# the end of one training. The grey band is where the ten healthy trainings ended.

# %%
from lessonlib.explore.loudness import loudness

nine_faults = loudness(starts=10)
nine_faults

# %%
quiz.measured("loud_faults", nine_faults.loud)

# %% [markdown]
# Five faults are **loud** (red dots): the loss is stuck, explodes, swings, or turns up again. Four are **silent**
# (blue squares): they end in the healthy band, or near it. Which faults we call loud is our judgement of their curves.
# The numbers are measured.
#
# Step 8 ends near the band too. There it is not the end that is loud, it is the way: the validation loss rises for
# many epochs, while the training loss goes on falling. So always look at the whole curve, and at both.
#
# Look at step 7. There the validation loss is *better* than healthy, because the network has seen those rows. **A
# number that is better than it should be is a symptom too.**
#
# And step 2: without relu the network can only draw a straight border. On this data that is enough, so nothing is
# lost, and nothing is noticed. On data that need a bend it would be worse, and you would not know why.
#
# ### How to fool yourself with a test set
#
# The fault of step 9 looks harmless in the lab. Here it is in pure form: we replace all answers by coin tosses.
# Nothing can be learned from that. We train forty networks, measure all of them on the same 100 test rows, and report
# the best. To be sure, we repeat the whole game ten times.


# %%
def best_of_forty(game):
    coins = np.random.default_rng(100 + game).integers(0, 2, (1000, 1))
    reported, honest = [], []
    for seed in range(40):
        gambler = fresh_model(seed=seed)
        gambler.fit(x[:640], coins[:640], verbose=0)
        reported.append(gambler.evaluate(x[800:900], coins[800:900], verbose=0)[1])
        honest.append(gambler.evaluate(x[900:], coins[900:], verbose=0)[1])
    best = int(np.argmax(reported))
    return reported[best], honest[best]


games = np.array([best_of_forty(game) for game in range(10)])
print(f"accuracy of the best of forty, on the test rows: {games[:, 0].mean():.3f}")
print(f"the same networks, on 100 other rows:            {games[:, 1].mean():.3f}")

# %% [markdown]
# The best of forty coin-tossers looks as if it knew something. It does not: on other rows it is at one half.
# **Whatever you use for choosing, you cannot use for reporting.** Choose by the validation rows, and open the test
# rows once.
#
# ### What to watch
#
# | you watch | it tells | it hides |
# |---|---|---|
# | training loss | whether training gets anywhere | silent faults; what it is like on other rows |
# | validation loss | whether it works on other rows | a validation part that is not really apart |
# | accuracy | how many answers are right | how sure they are; and that one class may be rare |
# | gradient check | whether backpropagation is right | everything else |
# | test accuracy | how good it really is, if opened once | that another 200 rows would give a slightly different number |
#
# ## 7 Challenge
#
# Each exercise has a check below it, which you may run as often as you like. When a case is wrong, it shows what your
# function was called with, what came back, and what was expected. The number under it is your points for this
# exercise.
#
# Replace the dots with your own lines.
#
# ### A loss that cannot break
#
# Our `loss_of` has a weakness. If the network is perfectly sure and wrong, `p` is exactly 0 or 1, and the logarithm
# of 0 is minus infinity. Real engines keep `p` a tiny bit away from 0 and 1.
#
# Write `binary_crossentropy`, the mean over all rows of $-y \log p - (1 - y) \log(1 - p)$. First bring `p` into the
# range from `1e-7` to `1 - 1e-7`: `np.clip(p, smallest, largest)` does that.


# %% exercise="binary_crossentropy"
def binary_crossentropy(y, p):
    """The mean loss of the predictions p (probabilities of yes) for the answers y (0 or 1)."""
    ### BEGIN SOLUTION
    p = np.clip(p, 1e-7, 1 - 1e-7)
    costs = -y * np.log(p) - (1 - y) * np.log(1 - p)
    return np.mean(costs)
    ### END SOLUTION


# %% check="binary_crossentropy"
check("binary_crossentropy", binary_crossentropy)

# %% [markdown]
# ### Forward, one layer
#
# Write `layer`: what leaves a layer, for a whole batch. `activation` is one of `"relu"`, `"sigmoid"` and `"linear"`;
# a linear layer has no bend at all.


# %% exercise="layer"
def layer(x, kernel, bias, activation):
    """The outputs of a layer.

    x: the batch, shape (rows, features).
    kernel: the weights, shape (features, units).
    bias: shape (units,).
    """
    ### BEGIN SOLUTION
    z = x @ kernel + bias
    if activation == "relu":
        return np.maximum(z, 0)
    if activation == "sigmoid":
        return 1 / (1 + np.exp(-z))
    return z
    ### END SOLUTION


# %% check="layer"
check("layer", layer)

# %% [markdown]
# ### Backward, with another loss
#
# Suppose the loss were the **mean squared error**, the mean over the rows of $(p - y)^2$, behind the same sigmoid.
# Then the two slopes no longer simplify. With $n$ rows, one output, and `h` the hidden layer's numbers:
#
# $$\frac{\partial \ell}{\partial p} = \frac{2\,(p - y)}{n} \qquad \frac{\partial p}{\partial s} = p\,(1 - p)
# \qquad \frac{\partial s}{\partial w_2} = h$$
#
# Write `output_gradient`: the slopes of this loss for `w2` and for `b2`. The expected values come from nudging
# each weight.


# %% exercise="output_gradient"
def output_gradient(h, y, p):
    """The slopes of the mean squared error, as a tuple.

    Returns: for w2, shape (units, 1), and for b2, shape (1,).
    h: what left the hidden layer, shape (rows, units).
    y, p: answers and predictions, shape (rows, 1).
    """
    ### BEGIN SOLUTION
    d_p = 2 * (p - y) / len(y)
    d_score = d_p * p * (1 - p)
    return h.T @ d_score, d_score.sum(axis=0)
    ### END SOLUTION


# %% check="output_gradient"
check("output_gradient", output_gradient)

# %% [markdown]
# ### A stopping rule
#
# Write `update`, the heart of a stopping rule. It is called once after every epoch, with the new validation loss, and
# says whether to stop.
#
# - An epoch is *better* if its loss is smaller than `best` by more than `min_delta`. Then remember its loss and its
#   number, and begin to wait anew.
# - Otherwise one more epoch has been `waited`.
# - Stop when `patience` epochs in a row were not better.


# %% exercise="StoppingRule"
class StoppingRule:
    """When to stop.

    best: the lowest loss so far; best_epoch: its epoch, counted from 1.
    epochs: how many there have been; waited: how many since the best.
    """

    def __init__(self, patience, min_delta=0.0):
        self.patience, self.min_delta = patience, min_delta
        self.best, self.best_epoch, self.epochs, self.waited = np.inf, 0, 0, 0

    def update(self, val_loss):
        """Take note of an epoch's validation loss; True if training should stop now."""
        ### BEGIN SOLUTION
        self.epochs += 1
        if val_loss < self.best - self.min_delta:
            self.best, self.best_epoch = val_loss, self.epochs
            self.waited = 0
        else:
            self.waited += 1
        return self.waited >= self.patience
        ### END SOLUTION


# %% check="StoppingRule"
check("StoppingRule", StoppingRule)

# %% [markdown]
# ### Repair a sabotaged training
#
# A colleague has written this training by hand. It runs without an error, and it learns nothing. There are **four**
# faults in it, in four different steps. One of the four would be silent if the others were mended.


# %%
def colleagues_training(X, T, X_val, T_val, seed):
    dice = np.random.default_rng(seed)
    W1, B1 = 1 // np.sqrt(X.shape[1]) * dice.normal(size=(X.shape[1], 8)), np.zeros(8)  # small weights
    W2, B2 = 1 // np.sqrt(8) * dice.normal(size=(8, 1)), np.zeros(1)

    def predict(X):
        return 1 / (1 + np.exp(-(np.maximum(X @ W1 + B1, 0) @ W2 + B2)))

    for epoch in range(30):
        order = dice.permutation(len(X))
        for start in range(0, len(X), 32):
            X_b, T_b = X[order[start : start + 32]], T[order[start : start + 32]]
            Z = X_b @ W1 + B1
            H = np.maximum(Z, 0)
            P = 1 / (1 + np.exp(-(H @ W2 + B2)))
            D = (P - T_b).mean(axis=1, keepdims=True) / len(T_b)  # prediction minus truth
            D_Z = (D @ W2.T) * (Z > 0)
            W2 += 0.1 * H.T @ D
            B2 += 0.1 * D.sum(axis=0)
            W1 += 0.1 * X_b.T @ D_Z
            B1 += 0.1 * D_Z.sum(axis=0)

    held_back = predict(X)[:, 0]
    val_loss = -np.mean(np.log(np.where(T == 1, held_back, 1 - held_back)))
    return predict, {"val_loss": val_loss}


cells = keras.datasets.load_breast_cancer()
scaled = (cells.x - cells.x[:300].mean(axis=0)) / cells.x[:300].std(axis=0)
_, told = colleagues_training(scaled[:300], cells.y[:300], scaled[300:], cells.y[300:], seed=0)
print(f"val_loss {told['val_loss']:.3f}; guessing costs 0.693")

# %% [markdown]
# Write a repaired training. You may copy the lines from above and correct them, or write your own. It must return the
# same two things: a function that predicts, and the validation loss.
#
# The check lets it train three times. On rows that it has not seen, each training must reach an accuracy of at least
# 0.9 and a loss of at most 0.35. And the validation loss that it returns must be that of the validation rows.
#
# Look at shapes too: what are the shapes of `P` and of `T_b`, and what does numpy make of their difference?


# %% exercise="repaired_training"
def repaired_training(X, T, X_val, T_val, seed):
    """Train on X and T (answers 0 or 1, shape (rows,)); return predict and {"val_loss": ...}."""
    ### BEGIN SOLUTION
    generator = np.random.default_rng(seed)
    weights = [generator.normal(0, 0.3, (X.shape[1], 8)), np.zeros(8)]
    weights += [generator.normal(0, 0.3, (8, 1)), np.zeros(1)]
    answers = T.reshape(-1, 1)

    def hidden_and_output(x):
        hidden = np.maximum(x @ weights[0] + weights[1], 0)
        return hidden, 1 / (1 + np.exp(-(hidden @ weights[2] + weights[3])))

    for _ in range(30):
        for rows in np.array_split(generator.permutation(len(X)), len(X) // 32):
            hidden, p = hidden_and_output(X[rows])
            error = (p - answers[rows]) / len(rows)
            back = (error @ weights[2].T) * (hidden > 0)
            slopes = [X[rows].T @ back, back.sum(axis=0), hidden.T @ error, error.sum(axis=0)]
            weights = [w - 0.1 * slope for w, slope in zip(weights, slopes, strict=True)]

    p = np.clip(hidden_and_output(X_val)[1][:, 0], 1e-7, 1 - 1e-7)
    cost = -np.mean(np.log(np.where(T_val == 1, p, 1 - p)))
    return lambda x: hidden_and_output(x)[1], {"val_loss": cost}
    ### END SOLUTION


# %% check="repaired_training"
check("repaired_training", repaired_training)

# %% [markdown]
# ## 8 Experiment
#
# Now real data: 342 penguins from the islands near Palmer Station in Antarctica. Of each, four things were measured:
# length and depth of the bill, length of the flipper, and weight. The task: **is it a Chinstrap?**

# %%
penguins = keras.datasets.load_penguins()
chinstrap = penguins.class_names.index("Chinstrap")
is_chinstrap = (penguins.y == chinstrap).astype(int).reshape(-1, 1)
print(penguins)
print("features:", ", ".join(penguins.feature_names))
print(f"Chinstraps: {is_chinstrap.sum()} of {len(is_chinstrap)}")

# %% [markdown]
# The rows are sorted by species, so we shuffle them first, and then cut three parts. Somebody who always says *no*
# would be right for 80 % of the penguins. So accuracy alone can flatter; keep that number in mind.

# %%
order = np.random.default_rng(0).permutation(len(penguins.x))
train_rows, val_rows, test_rows = order[:205], order[205:273], order[273:]
birds = (penguins.x - penguins.x[train_rows].mean(axis=0)) / penguins.x[train_rows].std(axis=0)
print(len(train_rows), len(val_rows), len(test_rows))

# %% [markdown]
# **Your goal:** a validation accuracy of at least 0.97, by changing the settings. The start below does not reach it.
# What do its curves tell you?

# %%
settings = {"learning_rate": 0.01, "batch_size": 32, "epochs": 15}

keeper = fresh_model(learning_rate=settings["learning_rate"], seed=1, features=4)
real = keeper.fit(
    birds[train_rows],
    is_chinstrap[train_rows],
    validation_data=(birds[val_rows], is_chinstrap[val_rows]),
    batch_size=settings["batch_size"],
    epochs=settings["epochs"],
    verbose=0,
)
trace.training(real).plot()
plt.show()
print(f"validation accuracy {real.history['val_accuracy'][-1]:.3f}")

# %% [markdown]
# When you have reached the goal, and only then, open the test rows: set `finished` to `True`, and run this **once**.

# %%
finished = False

if finished:
    closed = birds[test_rows], is_chinstrap[test_rows]
    test_loss, test_accuracy = keeper.evaluate(*closed, verbose=0)
    print(f"test accuracy {test_accuracy:.3f}, test loss {test_loss:.3f}")

# %% [markdown]
# **Write down:** your settings, the validation accuracy, the test accuracy, and the two or three settings that you
# tried and dropped. Did more epochs help, or a larger learning rate, or both?
#
# ## 9 Review
#
# ### Flash cards
#
# Say the answer aloud before you turn a card. What you knew comes back later, what you did not know sooner.

# %%
quiz.flashcards()

# %% [markdown]
# ### Quiz

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
    first_loss="",
    backpropagation="",
    loud_faults="",
    order_of_steps="",
    updates="",
    convergence="",
    three_parts="",
    silent="",
    metrics_asked="",
)

# %% quiz="score"
quiz.score()

# %% [markdown]
# ### Key insight
#
# > Training is nine plain steps: begin small and random, answer, measure, find the slopes, step downhill, repeat, look
# > at other rows, decide to stop, and report once. Every step can be broken. Some faults shout, and some are silent:
# > those you find only if you check for them. So do not ask *does the curve look good?* Ask *what would I see if this
# > step were wrong?*
