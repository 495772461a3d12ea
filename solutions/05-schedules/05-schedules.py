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
#     title: "Learning-rate schedules"
#     minutes: 70
#     about: Large steps first, small steps later. Why that works, how to do it, and how it goes wrong.
# ---

# %% [markdown]
# # Learning-rate schedules
#
# The learning rate says how large the steps of a training are. In this lesson it changes while the training runs. You
# will see why that helps, build the usual schedules yourself, and repair one that is broken.
#
# | route | parts | what you take away |
# |---|---|---|
# | **20 minutes** | 1 to 3, then 9 | what a schedule is, and the quiz |
# | **70 minutes** | 1 to 4, 6, 7, 9 | what it does to the loss, and five exercises |
# | **everything**, about 110 minutes | 1 to 9 | the mathematics, the source, and real data |
#
# You need `compile` and `fit`, and you should know what a loss, a batch, an epoch and a learning rate are.
#
# Run each code cell with **Shift+Enter**, from the top.

# %%
import math

import matplotlib.pyplot as plt
import numpy as np

import lessonlib as keras
from lessonlib import diagnosis, explore, loop, quiz, style, trace
from lessonlib.checks import check

style.use()

# %% [markdown]
# ## 1 Why
#
# You must choose one learning rate, before you know anything. Here are two candidates for the same task, 0.1 and 0.01.
# Each trains ten networks, from ten different starts. The line is their mean. The band reaches from the lowest to the
# highest of the ten.
#
# Guess before you run the cell: which one is better after 20 epochs?

# %%
epochs = np.arange(1, 21)
figure, axes = plt.subplots()
for rate in (0.01, 0.1):
    runs = [explore.schedules.train("constant", rate, seed=seed) for seed in range(10)]
    style.figures.band(axes, epochs, [run.losses for run in runs], f"rate {rate}")
axes.set(title="Two constant rates, ten trainings each", xlabel="epoch", ylabel="training loss")
axes.legend()
plt.show()

# %% [markdown]
# The small rate is calm, and slow. After five epochs it is still far up, and after 20 it is still behind, in all ten
# trainings.
#
# The large rate is fast. But after ten epochs it hardly gets any further. Think of a valley, with the lowest loss at its
# bottom: the *minimum*. The large steps jump across it from one side to the other, and every batch pushes the weights
# somewhere else. The ten trainings end at different heights.
#
# You want both: the large steps of the one at the beginning, the calm of the other at the end. So do not choose one
# number. Choose a **schedule**: a rule that gives every update a learning rate of its own.
#
# ## 2 Learn
#
# ### The data and the model
#
# The data are made up, as in the lesson about `fit`, but harder: the two classes lie closer together. (That is the
# `separation`; there it was 1.57.) They are scaled with the range of the first 800 rows, and the last 200 are kept aside.

# %%
x_raw, y = keras.datasets.make_two_classes(rows=1000, features=10, separation=1.28)
low, high = x_raw[:800].min(axis=0), x_raw[:800].max(axis=0)
x = (x_raw - low) / (high - low)


def fresh_model(optimizer, seed=15):
    keras.utils.set_random_seed(seed)
    model = keras.Sequential(
        [
            keras.Input((10,)),
            keras.layers.Dense(32, activation="relu"),
            keras.layers.Dense(1, activation="sigmoid"),
        ]
    )
    model.compile(optimizer, loss="binary_crossentropy", metrics=["accuracy"])
    return model


# %% [markdown]
# ### The first schedule: a staircase
#
# A schedule is a function. It takes the number of the epoch, and returns the rate. Programs count epochs from 0:


# %%
def staircase(epoch):
    return 0.1 * 0.5 ** (epoch // 2)


for epoch in range(6):
    print("epoch", epoch, " rate", staircase(epoch))

# %% [markdown]
# `//` divides and rounds down. So the rate is halved every two epochs: 0.1, 0.1, 0.05, 0.05, 0.025, 0.025.
#
# It is a *pure* function: the same epoch gives the same rate, whenever you call it and however often. That makes it easy
# to draw, to test, and to go on with after a break.
#
# **Do:** change the 2 to a 3, run the cell, and change it back.
#
# ### Into the training
#
# A **callback** is an object that `fit` calls at certain moments. `LearningRateScheduler` is one: at the beginning of
# every epoch it asks your function for the rate, and gives that to the optimizer.

# %%
scheduler = keras.callbacks.LearningRateScheduler(staircase)
model = fresh_model(keras.optimizers.SGD(learning_rate=0.1, momentum=0.9))
settings = {"validation_split": 0.2, "batch_size": 32, "epochs": 6, "verbose": 0}
history = model.fit(x, y, callbacks=[scheduler], **settings)
for name in ("learning_rate", "loss", "val_loss"):
    print(f"{name:13s}", np.round(history.history[name], 3))

# %% [markdown]
# The callback writes the rate into the history, as `learning_rate`.
#
# A trap: what `fit` prints as `Epoch 1/6` is epoch 0 for your function. A schedule that is one epoch early or late is a
# common mistake, and nothing warns you.
#
# ### A rate for every update
#
# An epoch is 25 updates here (800 rows, 32 at a time). Why should all 25 have the same rate? Put a **schedule object**
# into the optimizer, and it is asked before every single update:

# %%
shapes = keras.optimizers.schedules
by_update = shapes.ExponentialDecay(0.1, decay_steps=50, decay_rate=0.5, staircase=True)
print([by_update(step) for step in (0, 49, 50, 99, 100)])
same = fresh_model(keras.optimizers.SGD(by_update, momentum=0.9))
again = same.fit(x, y, **settings)
print("callback:       ", np.round(history.history["loss"], 4))
print("schedule object:", np.round(again.history["loss"], 4))

# %% [markdown]
# This is the same staircase, told in updates: two epochs are 50 of them. The losses are the same.
#
# **The two count in different units.** The callback's function gets the number of the *epoch*. The schedule object gets
# the number of the *update*, which Keras calls the step. Remember it: part 6 shows what happens when somebody mixes them up.
#
# ## 3 Visualize
#
# ### Five stages
#
# The way of the data, with the shapes and numbers of the run above. The schedule acts in the fourth stage only. **Do:**
# check the number of updates there by hand.

# %%
trace.data_flow(x_raw, x, (x[:800], y[:800]), (x[800:], y[800:]), model, history)

# %% [markdown]
# ### Six epochs
#
# The training, epoch by epoch. Each observation is derived from the numbers beside it.

# %%
trace.training(history)

# %% [markdown]
# ### The rate and the loss, side by side
#
# The same run once more, with the rate in view. The **sum of rates** adds up the rates of all updates so far. It is how
# far the steps can have carried the weights, in a way, and part 5 needs it.

# %%
trace.rates(history)

# %% [markdown]
# Look at the sum: the first two epochs have made more than half of it. Would the loss be higher in the end if the rate
# had stayed at 0.1? One run cannot tell. The picture further down asks ten.
#
# ### One row, layer by layer
#
# A schedule changes the way to the weights. When training is over, it is gone. The finished model predicts as any
# other:

# %%
row = 800
trace.prediction(model, x[row], class_names=("no", "yes"), truth=y[row])

# %% [markdown]
# **Do:** set `row` to other numbers from 800 to 999. Can you find one that the model gets wrong?
#
# ### Six shapes
#
# Here are the usual schedules, for 20 epochs of 25 updates. You know the staircase. The next four go smoothly:
#
# - **Exponential** falls a little at every update, each time by the same factor.
# - **Cosine** falls along half a cosine wave: slowly at first, then faster, and at the end slowly again, down to 0.
# - **Warm-up, cosine** rises for 50 updates before the wave begins.
# - **One-cycle** rises for three tenths of the updates, and then falls, nearly to 0.
#
# Each of the five is a pure function of the step. The last one is not: the **plateau** waits to see the loss, and lowers
# the rate when the loss has stopped falling.

# %%
steps = 20 * 25
schedules = {
    "staircase": shapes.ExponentialDecay(0.1, decay_steps=125, decay_rate=0.5, staircase=True),
    "exponential": shapes.ExponentialDecay(0.1, decay_steps=125, decay_rate=0.5),
    "cosine": shapes.CosineDecay(0.1, decay_steps=steps),
    "warm-up, cosine": shapes.CosineDecay(0.004, 450, warmup_target=0.1, warmup_steps=50),
    "one-cycle": shapes.OneCycle(0.1, total_steps=steps),
}
for name, schedule in schedules.items():
    print(f"{name:16s}", [round(schedule(step), 4) for step in (0, 50, 125, 250, 499)])

# %% [markdown]
# Guess before you run the next cell: which of them ends lowest? Above each loss stands the rate that made it. The blue
# line and band are ten trainings; the grey ones are what the constant rate 0.1 did.


# %%
def ten(learning_rate, epochs=20, **options):
    """Ten trainings of the lesson's model, from ten starts."""

    def one(seed):
        optimizer = keras.optimizers.SGD(learning_rate, momentum=0.9)
        return explore.schedules.fit(optimizer, epochs, seed, **options)

    return [one(seed) for seed in range(10)]


wait = keras.callbacks.ReduceLROnPlateau(factor=0.5, patience=2)
constant = ten(0.1)
runs = {name: ten(schedule) for name, schedule in schedules.items()}
runs["plateau"] = ten(0.1, callbacks=[wait])
explore.schedules.draw_shapes(runs, constant)
plt.show()

print("training loss in epoch 20   mean    lowest  highest")
for name, some in {"constant": constant, **runs}.items():
    last = [run.losses[-1] for run in some]
    print(f"{name:26s}  {np.mean(last):.3f}   {min(last):.3f}   {max(last):.3f}")

# %% [markdown]
# The constant rate ends highest, and its ten trainings lie far apart. All that end with small steps end lower, and close
# together. Between cosine, warm-up and one-cycle there is hardly a difference on this task. Often, *that* you decay
# matters more than *how*.
#
# The plateau has a different staircase in every training (three are drawn), for it waits for its own loss.
#
# ## 4 Try
#
# Every move of a control trains a fresh network. `learning_rate` is the highest rate of the schedule. `pace` is, in
# epochs: how often staircase and exponential halve, how long the warm-up lasts, how long plateau waits.
#
# Your mission stands above the picture. It begins with too many epochs, and yet too high a loss. (By keyboard: Tab goes
# to the next control, the arrow keys move it.)

# %%
explore.schedule_explorer()

# %% [markdown]
# While you try: set `schedule` to *staircase* and `pace` to 1. When does the loss stop falling, and why?
#
# <details><summary>Hint for the mission</summary>
#
# Decay lets you afford a larger rate at the start than a constant one could. Double it, and let it fall to (nearly) 0 at
# the end of the few epochs that you have.
#
# </details>
#
# ## 5 Deep dive
#
# ### The noise floor
#
# Why does a constant rate stop getting better? Take the smallest training there is. One weight $w$, with its minimum at
# 0. Its true gradient is $w$ itself. But a batch is a sample, so the gradient that we see has noise $\epsilon$ in it,
# with mean 0 and variance 1:
#
# $$w \leftarrow w - \eta\,(w + \epsilon) = (1-\eta)\,w - \eta\,\epsilon$$
#
# How far from 0 is $w$ in the long run? Let $V$ be the mean of $w^2$. An update multiplies $w$ by $1-\eta$, so $V$ by
# $(1-\eta)^2$, and adds noise with variance $\eta^2$. When nothing changes any more, $V = (1-\eta)^2\,V + \eta^2$. Solve
# for $V$:
#
# $$V = \frac{\eta^2}{1-(1-\eta)^2} = \frac{\eta}{2-\eta}$$
#
# This is the **noise floor**. It is not 0. For small rates it is about half of the rate: halve the rate, and you halve
# the floor. Do not believe it. Measure it, with 2000 such weights at once:


# %%
def noise_floor(rate, updates=400, weights=2000):
    rng = np.random.default_rng(0)
    w, squares = np.zeros(weights), []
    for update in range(updates):
        w = w - rate * (w + rng.standard_normal(weights))
        squares.append(np.mean(w**2))
    return np.mean(squares[updates // 2 :])


rates = [0.05, 0.1, 0.25, 0.5, 0.75, 1.0]
measured = [noise_floor(rate) for rate in rates]
for rate, value in zip(rates, measured):
    print(f"rate {rate:4}   measured {value:.4f}   formula {rate / (2 - rate):.4f}")

line = np.linspace(0.01, 1, 100)
figure, axes = plt.subplots()
axes.plot(line, line / (2 - line), label="formula")
axes.plot(rates, measured, "o", label="measured")
axes.set(title="The noise floor of a constant rate", xlabel="learning rate", ylabel="mean of w²")
axes.legend()
plt.show()

# %% [markdown]
# **Do:** what does the formula say for a rate of 1.5? Of 2? Try `noise_floor(1.9)`.
#
# (A real network has many weights and a bent loss, so there is no such formula for it. But the pictures above show that
# it has a floor, too.)
#
# ### How fast may the rate fall?
#
# If small rates have a low floor, why not start small, or fall quickly? Because $w$ must also *get* there. Halve the rate
# in every epoch, begin with 0.1, and add up all rates, forever:
#
# $$25\cdot(0.1 + 0.05 + 0.025 + \dots) = 25 \cdot 0.2 = 5$$
#
# The sum is finite. A step is the rate times the gradient. So, as long as the gradients do not grow, the road is finite
# too, however long you train. If the minimum is further away, you never arrive. Halve every *second* epoch, and the
# road can be twice as long.
#
# Watch it with our one weight, without noise. It starts at 1, and should get to 0.


# %%
def distance_left(first_rate, halve_every, epochs, updates_per_epoch=25):
    w = 1.0
    for epoch in range(epochs):
        rate = first_rate * 0.5 ** (epoch // halve_every)
        w = w * (1 - rate) ** updates_per_epoch
    return w


print("epochs   halve every epoch   every 2 epochs   every 5 epochs")
for n in (1, 2, 5, 10, 20, 100):
    left = [distance_left(0.03, every, n) for every in (1, 2, 5)]
    print(f"{n:6d}   {left[0]:17.4f}   {left[1]:14.4f}   {left[2]:14.4f}")

# %% [markdown]
# From epoch 10 to epoch 100 the first column hardly moves any more. More epochs cannot help: the steps have become too
# small. **Do:** which first rate gets the first column below 0.01? Try some.
#
# The same happens to our network. Here are ten trainings each, all with the first rate 0.03:

# %%
figure, axes = plt.subplots()
colors = style.figures.ORANGE, style.figures.PURPLE, style.figures.BLUE
for every, color in zip((1, 2, 5), colors):
    decay = shapes.ExponentialDecay(0.03, 25 * every, 0.5, staircase=True)
    label = "halved every epoch" if every == 1 else f"halved every {every} epochs"
    style.figures.band(axes, epochs, [run.losses for run in ten(decay)], label, color)
axes.set(title="Decay too fast freezes the training", xlabel="epoch", ylabel="training loss")
axes.legend()
plt.show()

# %% [markdown]
# The orange line has *stopped*, but it has not *arrived*. From the loss alone you could not tell. Look at the rate
# before you say that a training has converged.
#
# The classical theory for noisy gradients (Robbins and Monro, 1951) asks for two things. The rates add up to infinity, so
# the weights can get everywhere. The squares of the rates do not, so the noise dies out. In practice a training ends
# after a known number of epochs, and one lets the rate arrive near 0 just there.
#
# ### Our source
#
# This is the whole cosine schedule, with its warm-up:

# %%
import inspect

print(inspect.getsource(shapes.CosineDecay.__call__))
print(inspect.getsource(shapes.half_wave))

# %% [markdown]
# All schedules stand in the file `lessonlib/optimizers/schedules.py`, the callbacks in `lessonlib/callbacks/watching.py`.
#
# Why a **warm-up**? At the first step the weights are random, and the gradients can be large and point anywhere. Small
# first steps do less harm. Large networks often need it; our small one hardly does.
#
# ### How large may the first rate be?
#
# Ask the data. Train for a moment with a rate that grows at every update, from far too small to far too large, and watch
# the loss. Then take a rate from where the loss falls fast, and well before it rises. This is the **learning-rate
# finder**.

# %%
untrained = fresh_model(keras.optimizers.SGD(0.1, momentum=0.9))
search = diagnosis.find_learning_rate(untrained, x[:800], y[:800], lowest=1e-3, steps=200)
search.plot()
plt.show()
print(f"steepest at {search.steepest:.2f}")

# %% [markdown]
# The grey points are the losses of single batches, the line is their running mean. Do not trust the digits: another start
# gives another curve. But it tells you the order of magnitude, in a second. (The weights are put back afterwards.)
#
# ### The same in other words
#
# In **PyTorch** a scheduler is not a function. It is an object that holds the optimizer, and changes the rate when you
# call its `step()`. It does not know what an epoch is: it counts your calls. Here is the staircase in PyTorch's words.
# (`loop` has them over our engine. With `torch.nn` and `torch.optim` the lines are the same.)

# %%
keras.utils.set_random_seed(15)
layers = [keras.Input((10,)), keras.layers.Dense(32, "relu"), keras.layers.Dense(1)]
net = loop.Module(keras.Sequential(layers))  # without a sigmoid: the loss below has it
optimizer = loop.SGD(net.parameters(), lr=0.1, momentum=0.9)
halving = loop.lr_scheduler.StepLR(optimizer, step_size=2, gamma=0.5)
loss_function = loop.BCEWithLogitsLoss()
dataset = loop.TensorDataset(x[:800], y[:800, None].astype("float32"))
loader = loop.DataLoader(dataset, batch_size=32, shuffle=True)

for epoch in range(6):
    total, rate = 0.0, halving.get_last_lr()[0]
    for x_batch, y_batch in loader:
        optimizer.zero_grad()
        loss = loss_function(net(x_batch), y_batch)
        loss.backward()
        optimizer.step()
        total += loss.item() * len(x_batch)
    halving.step()  # once an epoch, after the updates
    print(f"epoch {epoch}   rate {rate:<5}   loss {total / 800:.3f}")

# %% [markdown]
# The rates are those of the staircase. The losses differ a little: the first weights and the order of the rows are other
# ones.
#
# **Do:** move `halving.step()` four spaces to the right, and it is called 25 times an epoch. Run the cell, look at the
# rates, and move it back. Nothing warns you.
#
# Three differences are worth knowing:
#
# | | Keras | PyTorch |
# |---|---|---|
# | who counts | the optimizer, every update; the callback, every epoch | you, by calling `step()` |
# | plateau with patience 2 | the rate falls after 2 epochs without improvement | after 3 |
# | SGD with momentum, when the rate is cut | the memory keeps the size of the old steps | the memory is cut with it |
#
# The last line is the one that surprises people. In Keras the rate is multiplied *into* the memory ($m \leftarrow \mu m - \eta g$), in PyTorch
# it stands outside ($w \leftarrow w - \eta m$). Cut the rate to a tenth, and in Keras the memory of the large old steps
# rolls on for some updates, while the new gradients are too weak to stop it. So just after a sudden cut the loss can
# even rise for a moment. A smooth schedule has no such moment.
#
# In **Keras** the names are the same as in part 2:
#
# <details><summary>In Keras</summary>
#
# ```python
# import keras
#
# scheduler = keras.callbacks.LearningRateScheduler(staircase)  # counts epochs
# model.compile(keras.optimizers.SGD(0.1, momentum=0.9), loss="binary_crossentropy")
# model.fit(x, y, epochs=6, callbacks=[scheduler])
#
# cosine = keras.optimizers.schedules.CosineDecay(0.1, decay_steps=500)  # counts updates
# model.compile(keras.optimizers.SGD(cosine, momentum=0.9), loss="binary_crossentropy")
#
# plateau = keras.callbacks.ReduceLROnPlateau(monitor="val_loss", factor=0.5, patience=2)
# ```
#
# Names, defaults and the meaning of every number are the same; the random numbers differ. Only `OneCycle` is ours: in
# Keras you write it as a subclass of `LearningRateSchedule`.
#
# </details>
#
# ## 6 Metrics
#
# ### What a drop does, and what it does not
#
# In many published pictures the loss falls at once when the rate is cut to a tenth. So does learning become faster there?
#
# Here is the experiment. Twenty networks train with plain SGD, rate 0.3 and small batches of 8. After twelve epochs
# there is a cut for one copy of each, and none for the other.

# %%
quiz.show("cut_count")


# %%
def twenty(learning_rate):
    def one(seed):
        optimizer = keras.optimizers.SGD(learning_rate)
        return explore.schedules.fit(optimizer, epochs=20, seed=seed, batch_size=8)

    return [one(seed) for seed in range(20)]


last = 12  # the last epoch with the large rate; an epoch has 100 updates here
cut = shapes.PiecewiseConstantDecay([100 * last - 1], [0.3, 0.03])
with_cut = np.array([run.losses for run in twenty(cut)])
without = np.array([run.losses for run in twenty(0.3)])

figure, axes = plt.subplots()
style.figures.band(axes, epochs, without, "rate 0.3", style.figures.MUTED)
style.figures.band(axes, epochs, with_cut, "then 0.03", style.figures.BLUE)
axes.axvline(last + 0.5, color=style.figures.PURPLE, linestyle="--", linewidth=1)
axes.set(title=f"A cut to a tenth after epoch {last}", xlabel="epoch", ylabel="training loss")
axes.set_ylim(0.28, 0.45)
axes.legend()
plt.show()

before, after = with_cut[:, last - 1], with_cut[:, last]  # the first epoch is number 0
fell, lower = np.sum(after < before), np.sum(after < without[:, last])
print(f"epoch {last + 1}: lower than epoch {last} in {fell} of 20 trainings,")
print(f"          lower than without the cut in {lower} of 20")
print(f"mean fall from epoch {last} to {last + 1}: {np.mean(before - after):.3f}")
print(f"mean fall from epoch {last + 1} to 20: {np.mean(after - with_cut[:, -1]):.3f}")
print(f"mean of epoch 20: {with_cut[:, -1].mean():.3f} with the cut, {without[:, -1].mean():.3f} without")

# %%
quiz.measured("cut_count", int(fell))

# %% [markdown]
# At once, and in all of them. But look at what comes after: with the small rate, the curve falls only slowly.
#
# The cut did not make learning faster. It took the noise away. The weights had been jumping around a good place all the
# time, and now they could settle into it. **Decay lowers the noise floor; it does not speed up learning.**
#
# **Do:** write down where the blue band ends; the last line has the mean. Then cut after epoch 2 instead of 12, in the
# line that begins with `last`. It is still below the grey one, but is it as low as before? So do not cut while the loss
# still falls well: that throws the large steps away.
#
# ### The best for training is not the best for validation
#
# Now let the training last 100 epochs, and compare two schedules. One halves every five epochs, so it makes hardly a
# step after epoch 40. The other is a cosine over all 100. Which will be ahead on the training rows, and which on the
# validation rows?


# %%
halved = shapes.ExponentialDecay(0.1, decay_steps=5 * 25, decay_rate=0.5, staircase=True)
early = ten(halved, epochs=100)
late = ten(shapes.CosineDecay(0.1, decay_steps=100 * 25), epochs=100)

figure, (left, right) = plt.subplots(1, 2, sharey=True)
for some, name in ((early, "halved every 5 epochs"), (late, "cosine over 100")):
    style.figures.band(left, np.arange(1, 101), [run.losses for run in some], name)
    style.figures.band(right, np.arange(1, 101), [run.val_losses for run in some], name)
left.set(title="Training", xlabel="epoch", ylabel="loss", ylim=(0.25, 0.4))
right.set(title="Validation", xlabel="epoch")
left.legend()
plt.show()

train_wins = sum(b.losses[-1] < a.losses[-1] for a, b in zip(early, late))
val_wins = sum(b.val_losses[-1] < a.val_losses[-1] for a, b in zip(early, late))
print(f"the cosine ends lower on the training rows in {train_wins} of 10 trainings")
print(f"                   and on the validation rows in {val_wins} of 10")

# %% [markdown]
# On the training rows the cosine wins. On the validation rows it loses: it goes on fitting the training rows for longer,
# and part of what it fits is the luck of just these 800 rows. The early decay stops in time, by freezing. (To train for
# fewer epochs is the simpler way to stop in time.)
#
# **Choose a schedule by the validation loss.** The training loss rewards the one that trains hardest.
#
# ### Updates taken for epochs
#
# The staircase is to halve every 2 epochs. Somebody writes `decay_steps=2`. But a schedule object counts updates:

# %%
wrong = shapes.ExponentialDecay(0.1, decay_steps=2, decay_rate=0.5, staircase=True)
slow = fresh_model(keras.optimizers.SGD(wrong, momentum=0.9))
stuck = slow.fit(x, y, **settings)
print("as meant:  ", np.round(history.history["loss"], 3))
print("25x fast:  ", np.round(stuck.history["loss"], 3))
print(f"rate at the end of epoch 1: {wrong(24):.6f}, of epoch 2: {wrong(49):.9f}")

# %% [markdown]
# No error, no warning: just a network that learns for a moment, and then no more. The rate falls 25 times too fast, and
# after one epoch it is less than a thousandth of what it was. The loss looks as if the rate had been too small from the start. It was not;
# it became so.
#
# **What to watch:** plot or print the learning rate itself, beside the loss. Always. It is the quickest check there is.
#
# ### Adam needs no schedule?
#
# Adam gives every weight a step size of its own. But its steps do not vanish by themselves: with noise in the gradients,
# it has a noise floor too. Ten trainings each, with Adam's rate 0.03:


# %%
def ten_adams(learning_rate):
    def one(seed):
        return explore.schedules.fit(keras.optimizers.Adam(learning_rate), epochs=20, seed=seed)

    return [one(seed) for seed in range(10)]


highest = 0.03
adams = {
    "constant": ten_adams(highest),
    "cosine": ten_adams(shapes.CosineDecay(highest, decay_steps=500)),
}
print("Adam       train: mean, lowest, highest   validation: mean, lowest, highest")
for name, some in adams.items():
    columns = [[run.losses[-1] for run in some], [run.val_losses[-1] for run in some]]
    text = [f"{np.mean(last):.3f}  {min(last):.3f}  {max(last):.3f}" for last in columns]
    print(f"{name:8s}   {text[0]:30s} {text[1]}")

# %% [markdown]
# The cosine ends lower on average, and its ten trainings lie much closer together. Adam profits as well, here.
#
# With a *smaller* rate, it need not: a rate of 0.003 is still far from its floor after 20 epochs, and then decay only
# makes it slower. **Do:** set `highest` to 0.003 and see.
#
# ## 7 Challenge
#
# Replace the dots with your own lines. Each check may be run as often as you like.
#
# ### The staircase
#
# Write `step_decay`: the rate in an epoch, counted from 0. The rate is multiplied by `factor` every `every` epochs.


# %% exercise="step_decay"
def step_decay(epoch, initial, factor, every):
    """The learning rate of this epoch (0, 1, 2, …)."""
    ### BEGIN SOLUTION
    return initial * factor ** (epoch // every)
    ### END SOLUTION


# %% check="step_decay"
check("step_decay", step_decay)

# %% [markdown]
# ### Warm-up, then cosine
#
# Write `cosine_with_warmup`: the rate of an update, counted from 0.
#
# - In the first `warmup` steps, a straight line: 0 at step 0, `peak` at step `warmup`. If `warmup` is 0,
#   there is no such line, and step 0 has the rate `peak`.
# - From there half a cosine wave, $\text{peak} \cdot (1 + \cos(\pi \cdot \text{share}))/2$, where *share* grows from 0
#   at step `warmup` to 1 at step `total`.
# - After `total`, 0.


# %% exercise="cosine_with_warmup"
def cosine_with_warmup(step, peak, warmup, total):
    """The learning rate of this update (0, 1, 2, …)."""
    ### BEGIN SOLUTION
    if step < warmup:
        return peak * step / warmup
    if step > total:
        return 0.0
    share = (step - warmup) / (total - warmup)
    return peak * (1 + math.cos(math.pi * share)) / 2
    ### END SOLUTION


# %% check="cosine_with_warmup"
check("cosine_with_warmup", cosine_with_warmup)

# %% [markdown]
# ### Which rate for which floor?
#
# Part 5 found the noise floor $V = \eta / (2 - \eta)$. Now the other way round. Write `rate_for_floor`: the largest
# rate whose floor is not above `floor`. Solve the equation for $\eta$ on paper first.


# %% exercise="rate_for_floor"
def rate_for_floor(floor):
    """The learning rate whose noise floor is `floor`."""
    ### BEGIN SOLUTION
    return 2 * floor / (1 + floor)
    ### END SOLUTION


# %% check="rate_for_floor"
check("rate_for_floor", rate_for_floor)

# %% [markdown]
# ### The plateau, as a class
#
# A rule that waits must remember. Write the class `ReducePlateau`:
#
# - `step(loss)` is called after every epoch with its loss. It returns the rate for the next epoch.
# - A loss below all losses so far is an improvement.
# - After `patience` epochs in a row without improvement, the rate is multiplied by `factor`, and the waiting begins anew.
#
# With patience 2, the losses 0.5, 0.5, 0.6 lower the rate once, at the third call.


# %% exercise="ReducePlateau"
class ReducePlateau:
    """Lowers a rate when a loss has stopped improving."""

    def __init__(self, rate, factor, patience):
        ### BEGIN SOLUTION
        self.rate, self.factor, self.patience = rate, factor, patience
        self.best, self.waited = math.inf, 0
        ### END SOLUTION

    def step(self, loss):
        """Look at the loss of an epoch, and return the rate for the next one."""
        ### BEGIN SOLUTION
        if loss < self.best:
            self.best, self.waited = loss, 0
        else:
            self.waited += 1
        if self.waited >= self.patience:
            self.rate *= self.factor
            self.waited = 0
        return self.rate
        ### END SOLUTION


# %% check="ReducePlateau"
check("ReducePlateau", ReducePlateau)

# %% [markdown]
# ### Repair this training
#
# The program below should learn to read handwritten digits (part 8 tells more about them). Its rate is meant to be halved
# every two **epochs**. It runs, and it is bad. Try it:


# %%
def broken(x, y, seed):
    keras.utils.set_random_seed(seed)
    hidden = keras.layers.Dense(32, activation="relu", name="hidden")
    output = keras.layers.Dense(10, activation="softmax", name="output")
    reader = keras.Sequential([keras.Input((64,)), hidden, output])
    optimizer = keras.optimizers.SGD(0.2, momentum=0.9)
    reader.compile(optimizer, "sparse_categorical_crossentropy", metrics=["accuracy"])
    rng, count = np.random.default_rng(seed), 0
    for epoch in range(8):
        order = rng.permutation(len(x))
        for first in range(0, len(x), 32):
            optimizer.learning_rate = 0.2 * 0.5 ** (count // 2)
            rows = order[first : first + 32]
            reader.train_on_batch(x[rows], y[rows])
            count += 1
    return reader


digits = keras.datasets.load_digits()
reader = broken(digits.x / 16, digits.y, seed=0)
accuracy = reader.evaluate(digits.x / 16, digits.y, verbose=0)[1]
print(f"share of the digits that it reads: {accuracy:.2f}")

# %% [markdown]
# Only one line is wrong. Which one, and how do you find it without reading it ten times? Look at what the program
# *does*: print the rate once an epoch.
#
# Then copy the lines from `rng, count = …` to `return reader` in place of the dots below, and repair the one. The check
# trains your network on 1437 digits, three times, and shows it 360 others. Each time it should read at least 90 of 100.
# (The check scales the pixels in another way. So the broken one gets further there than above, but not far enough.)


# %% exercise="repaired"
def repaired(x, y, seed):
    """Train with a rate that starts at 0.2 and is halved every 2 epochs; return the model."""
    keras.utils.set_random_seed(seed)
    hidden = keras.layers.Dense(32, activation="relu", name="hidden")
    output = keras.layers.Dense(10, activation="softmax", name="output")
    reader = keras.Sequential([keras.Input((64,)), hidden, output])
    optimizer = keras.optimizers.SGD(0.2, momentum=0.9)
    reader.compile(optimizer, "sparse_categorical_crossentropy", metrics=["accuracy"])
    ### BEGIN SOLUTION
    rng, count = np.random.default_rng(seed), 0
    for epoch in range(8):
        order = rng.permutation(len(x))
        for first in range(0, len(x), 32):
            optimizer.learning_rate = 0.2 * 0.5 ** (epoch // 2)
            rows = order[first : first + 32]
            reader.train_on_batch(x[rows], y[rows])
            count += 1
    return reader
    ### END SOLUTION


# %% check="repaired"
check("repaired", repaired)

# %% [markdown]
# **Think:** your `step_decay` and your `cosine_with_warmup` are pure functions of the epoch and the step. Your
# `ReducePlateau` cannot be one. What would such a function need as its arguments? And what becomes of each of the three
# when a training is interrupted, and goes on tomorrow?
#
# ## 8 Experiment
#
# Now real data: 1797 handwritten digits, each scanned to 8 · 8 pixels. A pixel is a number from 0 to 16, and the label
# says which digit it is. We keep **validation** rows aside for choosing a schedule, and **test** rows for the end.

# %%
data = keras.datasets.load_digits()
order = np.random.default_rng(0).permutation(len(data.x))
train, validation, test = order[:1097], order[1097:1447], order[1447:]
pixels = data.x / 16

figure, panels = plt.subplots(1, 8, figsize=(7.2, 1.2))
for axes, row in zip(panels, train[10:]):
    axes.imshow(data.x[row].reshape(8, 8), cmap="Greys")
    axes.set(title=f"{data.y[row]}")
    axes.axis("off")
plt.show()

# %% [markdown]
# You have **8 epochs**, no more. There are 35 updates in each, so 280 in all.
#
# **Your goal:** a validation loss of at most 0.105, as the mean of five trainings. (One training can be lucky.) The constant
# rate below misses it. So does every other constant rate that we tried, from 0.01 to 0.5. Change the line that begins
# with `learning_rate`, and nothing else.

# %%
learning_rate = 0.05


def read_digits(seed):
    keras.utils.set_random_seed(seed)
    reader = keras.Sequential(
        [
            keras.Input((64,)),
            keras.layers.Dense(32, activation="relu", name="hidden"),
            keras.layers.Dense(10, activation="softmax", name="output"),
        ]
    )
    optimizer = keras.optimizers.SGD(learning_rate, momentum=0.9)
    reader.compile(optimizer, "sparse_categorical_crossentropy", metrics=["accuracy"])
    report = reader.fit(
        pixels[train],
        data.y[train],
        validation_data=(pixels[validation], data.y[validation]),
        batch_size=32,
        epochs=8,
        verbose=0,
    )
    return reader, report


five = [read_digits(seed) for seed in range(5)]
last = [report.history["val_loss"][-1] for _, report in five]
print("validation loss:", np.round(last, 3), "  mean", round(float(np.mean(last)), 3))
trace.training(five[0][1]).plot()
plt.show()

# %% [markdown]
# <details><summary>Where to begin?</summary>
#
# Use the learning-rate finder, or double the rate until the loss gets worse. Then a schedule from `shapes` that ends
# near 0 after 280 steps.
#
# </details>
#
# %% [markdown]
# When you have reached the goal, and only then, open the test rows: set `finished` to `True`, and run this **once**.

# %%
finished = False

if finished:
    scores = [reader.evaluate(pixels[test], data.y[test], verbose=0) for reader, _ in five]
    print("test loss and accuracy of the five:", np.round(scores, 3).tolist())

# %% [markdown]
# **Write down:** your schedule with its numbers, how many you tried, the mean validation loss, and the five test
# accuracies. Is the test loss higher than the validation loss? What has your choosing to do with it?
#
# ## 9 Review
#
# ### Flash cards
#
# Say the answer aloud before you turn a card.

# %%
quiz.flashcards()

# %% [markdown]
# Some questions of earlier lessons, if any went wrong there:

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
    cut_count="",
    why_decay="",
    rate_in_epoch="",
    floor="",
    decay_steps="",
    frozen="",
    after_the_cut="",
    torch_loop="",
    which_true="",
)

# %% quiz="score"
quiz.score()

# %% [markdown]
# ### Key insight
#
# > A large learning rate gets far and cannot settle. A small one settles and gets nowhere. A schedule takes the large
# > steps first and the small ones last. Lowering the rate does not make learning faster: it takes the noise away. Do it
# > too early, and the training freezes on its way. So look at the rate beside the loss, know whether your schedule counts
# > updates or epochs, and let the validation rows decide.
