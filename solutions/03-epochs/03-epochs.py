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
#     title: "Epochs: the loop, written out"
#     minutes: 45
#     about: Write the training loop yourself, watch each line at work, break it, and stop it at the right epoch.
# ---

# %% [markdown]
# # Epochs: the loop, written out
#
# In lesson 2 one call trained the network. Here you write what is inside: two loops and four lines. You watch every
# line at work, you break the loop in two places, and you learn when to stop.
#
# | route | parts | what you take away |
# |---|---|---|
# | **15 minutes** | 1, 2, and the first section of 3 | what each line of the loop does |
# | **45 minutes** | 1 to 4, 6, 9, and one exercise of 7 | overfitting, early stopping, and the quiz |
# | **everything**, about 100 minutes | 1 to 9 | the source, two ways to break the loop, and real data |
#
# Run each code cell with **Shift+Enter**, from the top.

# %%
import inspect
import math

import matplotlib.pyplot as plt
import numpy as np

import lessonlib as keras
from lessonlib import explore, quiz, style, trace
from lessonlib.checks import check
from lessonlib.loop import SGD, BCELoss, DataLoader, Module, TensorDataset, no_grad

style.use()

# %% [markdown]
# The last import is new. **PyTorch** is the other great library for neural networks, beside Keras. It has no `fit`: who
# works with it writes the loop. `lessonlib.loop` has PyTorch's words for it.
#
# ## 1 Why
#
# `fit` is comfortable. Sooner or later you want something that it does not offer: two networks that train each other, a
# loss of your own, a look at one strange batch. Then you need the loop itself.
#
# The loop is short, and each of its lines can be forgotten. Most of the time nothing complains. The program runs to its
# end, and the network is simply bad. So it is worth knowing what each line does, and what its absence looks like.
#
# Three words, to remind you:
#
# - a **batch** is the rows that the network sees before its weights move once,
# - an **update** is that move,
# - an **epoch** is one pass over all the training rows.
#
# A guess to begin with. The run in part 2 will count.

# %%
quiz.show("guess_updates")

# %% [markdown]
# ## 2 Learn
#
# ### Data and model
#
# The same made-up task as in lesson 2: ten measurements, yes or no, 800 rows to train on and 200 for validation. The
# range of each column comes from the 800 rows alone.
#
# One thing is different. The network has **one** output, the probability of *yes*. Its activation is **sigmoid**, which
# squeezes any score into the range from 0 to 1. So the answers become a table with one column, of the same shape as the
# outputs.

# %%
x_raw, y = keras.datasets.make_two_classes(rows=1000, features=10)
low, high = x_raw[:800].min(axis=0), x_raw[:800].max(axis=0)
x = ((x_raw - low) / (high - low)).astype("float32")
answers = y.reshape(-1, 1).astype("float32")

train_set = TensorDataset(x[:800], answers[:800])
val_set = TensorDataset(x[800:], answers[800:])
print(len(train_set), "rows to train on,", len(val_set), "rows for validation")
print("one row:", train_set[0][0].round(2), "answer:", train_set[0][1])

# %% [markdown]
# A `TensorDataset` keeps features and answers together, row by row. *Tensor* is PyTorch's word for an array.


# %%
def fresh_network(seed=0):
    keras.utils.set_random_seed(seed)
    return keras.Sequential(
        [
            keras.Input((10,)),
            keras.layers.Dense(16, activation="relu", name="hidden"),
            keras.layers.Dense(1, activation="sigmoid", name="output"),
        ]
    )


fresh_network().summary()

# %% [markdown]
# ### The loop
#
# Here it is. Read it slowly, then run it.

# %%
network = fresh_network()
model = Module(network)
loader = DataLoader(train_set, batch_size=32, shuffle=True, generator=network.generator)
optimizer = SGD(model.parameters(), lr=0.05, momentum=0.9)
loss_fn = BCELoss()

updates = 0
for epoch in range(5):
    total = 0.0
    for x_batch, y_batch in loader:
        optimizer.zero_grad()
        loss = loss_fn(model(x_batch), y_batch)
        loss.backward()
        optimizer.step()
        total += loss.item() * len(x_batch)
        updates += 1
    print(f"epoch {epoch + 1}: loss {total / len(train_set):.4f}")
print(updates, "updates")
quiz.measured("guess_updates", updates)

# %% [markdown]
# The loss falls, epoch after epoch. These are the parts:
#
# | line | what it does |
# |---|---|
# | `for epoch in range(5)` | five passes over the training rows |
# | `for x_batch, y_batch in loader` | the **loader** hands out batch after batch, in a new order in every epoch |
# | `optimizer.zero_grad()` | forget the gradients of the batch before |
# | `loss = loss_fn(model(x_batch), y_batch)` | predict, and measure how wrong that was |
# | `loss.backward()` | find the gradient: for each weight, how the loss would change if it grew a little |
# | `optimizer.step()` | move every weight a little against its gradient: the update |
#
# Five things are made before the loop. The network is a fresh one, so that this cell does the same when you run it
# again. `Module(network)` gives it PyTorch's words. The loader gets the training rows, and is told how many make a
# batch. The optimizer is the one you know from lesson 2, and so is the loss: `BCELoss` is its form for a single
# probability (*binary cross-entropy*).
#
# The other lines of the inner loop only count. `loss.item()` is the loss as a plain number.
#
# **Do:** which of these lines changes the weights? Say it before you go on. Part 3 shows it.
#
# ### The same in Keras's words
#
# Keras has one call for the four lines in the middle: `train_on_batch`. The loops stay. (`generator=` lets the loader
# draw its orders from the network's own random numbers, as `fit` does. So all three programs see the same batches.)

# %%
network = fresh_network()
optimizer = keras.optimizers.SGD(0.05, momentum=0.9)
network.compile(optimizer, "binary_crossentropy", metrics=["accuracy"])
loader = DataLoader(train_set, batch_size=32, shuffle=True, generator=network.generator)

for epoch in range(5):
    total = 0.0
    for x_batch, y_batch in loader:
        loss, accuracy = network.train_on_batch(x_batch, y_batch)
        total += loss * len(x_batch)
    print(f"epoch {epoch + 1}: loss {total / len(train_set):.4f}")

# %% [markdown]
# And one call for everything: `fit`.

# %%
network = fresh_network()
optimizer = keras.optimizers.SGD(0.05, momentum=0.9)
network.compile(optimizer, "binary_crossentropy", metrics=["accuracy"])
history = network.fit(
    x[:800],
    answers[:800],
    validation_data=(x[800:], answers[800:]),
    batch_size=32,
    epochs=5,
    verbose=0,
)
for epoch, loss in enumerate(history.history["loss"]):
    print(f"epoch {epoch + 1}: loss {loss:.4f}")

# %% [markdown]
# Three programs, the same numbers. `fit` is not magic. It is this loop, written once and for all.
#
# ### Measure without training
#
# After an epoch you want to know how well the network does on the validation rows. That is an **evaluation**: predict
# and measure, and change nothing.
#
# - `model.eval()` tells the layers that this is no training. (Some layers behave differently then; ours do not.)
# - `with no_grad():` says that no gradient will be wanted.
# - there is no `backward` and no `step`.


# %%
def evaluate(model, loader, loss_fn):
    """Mean loss and accuracy over all rows of a loader."""
    model.eval()
    total = right = rows = 0
    with no_grad():
        for x_batch, y_batch in loader:
            p_batch = model(x_batch)
            total += loss_fn(p_batch, y_batch).item() * len(x_batch)
            right += np.sum((p_batch > 0.5) == (y_batch == 1))
            rows += len(x_batch)
    model.train()
    return total / rows, float(right / rows)


before = model.state_dict()
val_loss, val_accuracy = evaluate(model, DataLoader(val_set, batch_size=64), loss_fn)
after = model.state_dict()
print(f"validation loss {val_loss:.4f}, accuracy {val_accuracy:.3f}")
print("weights as before:", all(np.array_equal(before[name], after[name]) for name in before))

# %% [markdown]
# **Do:** run the cell above a second time. The numbers stay the same to the last digit. If an evaluation gives another
# result the second time, something is wrong: perhaps it has trained.
#
# ### The last batch
#
# 200 rows in batches of 64: what is left over? Look at the batches.

# %%
model.eval()
with no_grad():
    sizes, losses = [], []
    for x_batch, y_batch in DataLoader(val_set, batch_size=64):
        sizes.append(len(x_batch))
        losses.append(loss_fn(model(x_batch), y_batch).item())
model.train()
print("rows:  ", sizes)
print("losses:", np.round(losses, 3))
print("mean of these losses:        ", np.mean(losses).round(4))
print("mean over the 200 rows:      ", (np.dot(losses, sizes) / 200).round(4))
whole = evaluate(model, DataLoader(val_set, batch_size=200), loss_fn)[0]
print("all rows in one single batch:", round(whole, 4))

# %% [markdown]
# The last batch has 8 rows. The plain mean of the four losses lets each of these 8 count as much as eight others. So it
# is wrong. Weight each batch by its rows, as `evaluate` does, and the batch size no longer matters.
#
# A loader can also leave such a batch out, with `drop_last=True`. In training that does little harm when the rows are
# shuffled, because other rows are left out in every epoch. In an evaluation it is an error: some rows are never
# measured.
#
# **Do:** change `batch_size=64` to 50 in the last cell, and run it again. Why are all three means the same now?
#
# ## 3 Visualize
#
# ### One line at a time
#
# Now a network so small that you can see all of it: two weights and a bias, and a sigmoid. Five penguins, each with two
# measurements (the depth of its bill, and its weight, both scaled). Is it an Adélie (0) or a Gentoo (1)?
#
# This is the loop that will run. `trace.lines` runs it, and writes down what every single line has changed.


# %%
def one_epoch(model, loader, loss_fn, optimizer):
    weight, bias = model.parameters()
    for x_batch, y_batch in loader:
        optimizer.zero_grad()
        p_batch = model(x_batch)
        loss = loss_fn(p_batch, y_batch)
        loss.backward()
        optimizer.step()


penguins = keras.datasets.load_penguins()
scaled = (penguins.x - penguins.x.mean(axis=0)) / penguins.x.std(axis=0)
few = [0, 220, 260, 30, 120]
gentoo = (penguins.y[few] == 2).reshape(-1, 1).astype("float32")
five = TensorDataset(scaled[few][:, [1, 3]].round(1), gentoo)

keras.utils.set_random_seed(3)
tiny = Module(keras.Sequential([keras.Input((2,)), keras.layers.Dense(1, activation="sigmoid")]))
loader = DataLoader(five, batch_size=2)
optimizer = SGD(tiny.parameters(), lr=0.5)
names = "x_batch y_batch p_batch loss weight.grad bias.grad weight bias".split()
record = trace.lines(one_epoch, tiny, loader, loss_fn, optimizer, watch=names)
explore.stepper(record)

# %% [markdown]
# Press **Next line**, again and again, and say before each press what will change. The arrow keys work too, when the
# slider has the focus. **Same line again** jumps to the same line with the next batch.
#
# Look for these:
#
# 1. Step 1 only gives names to what is there: two weights and a bias. There is no gradient yet, which Python calls
#    `None`.
# 2. There is exactly one line that moves `weight` and `bias`. Which one?
# 3. `loss.backward()` writes into `weight.grad` and `bias.grad`, and into nothing else that is watched.
# 4. The third batch has one row. It makes an update all the same.
# 5. The last step is the `for` line, and it changes nothing: no batch is left, the epoch is over.
#
# Step 7 can be checked by hand. Each weight moves by learning rate times gradient, *against* the gradient. (There is no
# momentum here, to keep it simple.)

# %%
step = record.steps[6]
print(record.code(step))
for name in ("weight", "bias"):
    numbers = step.before[name], step.before[name + ".grad"], step.after[name]
    old, gradient, new = (np.ravel(array).round(3) for array in numbers)
    print(f"{name}: {old} - 0.5 * {gradient} = {new}")

# %% [markdown]
# **Do:** in the cell with `one_epoch`, put a `#` before `optimizer.zero_grad()`, run it again, and step to the second
# batch. What happens to `weight.grad` at `loss.backward()`? (Then take the `#` away.)
#
# ### Five stages
#
# Back to the 800 rows. This is the way of the data in the run of part 2.

# %%
trace.data_flow(x_raw, x, (x[:800], y[:800]), (x[800:], y[800:]), network, history)

# %% [markdown]
# ### Five epochs
#
# The same run, epoch by epoch. The observations are derived from the numbers beside them.

# %%
trace.training(history)

# %% [markdown]
# ### One row, layer by layer
#
# Row 800, which no update has used. The last step is a decision: a probability above one half is a *yes*.

# %%
trace.prediction(network, x[800], class_names=("no", "yes"), truth=y[800])

# %% [markdown]
# ## 4 Try
#
# How many epochs are enough? Too few, and the network has not learned what it could. Too many, and it **overfits**: it
# learns its training rows by heart, with all their accidents, and gets worse on others.
#
# **Early stopping** is the common answer. After each epoch, look at the validation loss. When it has not improved for
# some epochs, stop. How many epochs you wait is the **patience**. At the end the weights are those of the last epoch,
# which are not the best ones. So keep a copy of the best weights, and put them back: `restore_best_weights`.
#
# Here is a task made for overfitting: few rows, a network that is large for them, and 8 of 100 answers wrong on
# purpose. The pale lines show what would have come after the stop.

# %%
explore.stopping_explorer()

# %% [markdown]
# **Do**, after the mission:
#
# 1. Set `rows` to 800. What does more data do to the gap between the two losses?
# 2. Set `units` to 2. Can so small a network overfit?
# 3. Look at the accuracy on the right, while the validation loss on the left climbs. Part 6 comes back to this.
#
# <details><summary>Hint for the mission</summary>
#
# A patience of 1 gives up at the first bump. A very large one trains on for a long time. And the tick box matters.
#
# </details>
#
# ## 5 Deep dive
#
# ### Why zero_grad?
#
# `backward` does not *set* the gradient. It **adds** to what is there:
#
# $$\text{grad} \leftarrow \text{grad} + \nabla_w\, \ell(w;\, B)$$
#
# $B$ is the batch, $\ell$ the loss, $w$ the weights. This is useful when a batch is too large for the memory: cut it
# into two halves, call `backward` for half the loss of each, then make one step. But in the usual loop the old gradient
# must go first. Here is our own source. You need only its last line: it adds.

# %%
print(inspect.getsource(Module.send_back))

# %% [markdown]
# What happens when `zero_grad` is forgotten? The same network, the same batches, ten different starts. Guess before you
# run it: will it learn faster, slower, or not at all?


# %%
def run_loop(seed, rows, zero_grad=True, shuffle=True):
    """Five epochs; the training losses, and the validation loss and accuracy at the end."""
    network = fresh_network(seed)
    model = Module(network)
    loader = DataLoader(rows, batch_size=32, shuffle=shuffle, generator=network.generator)
    optimizer = SGD(model.parameters(), lr=0.05, momentum=0.9)
    losses = []
    for _ in range(5):
        total = 0.0
        for x_batch, y_batch in loader:
            if zero_grad:
                optimizer.zero_grad()
            loss = loss_fn(model(x_batch), y_batch)
            loss.backward()
            optimizer.step()
            total += loss.item() * len(x_batch)
        losses.append(total / len(rows))
    return losses, *evaluate(model, DataLoader(val_set, batch_size=200), loss_fn)


healthy = [run_loop(seed, train_set) for seed in range(10)]
forgotten = [run_loop(seed, train_set, zero_grad=False) for seed in range(10)]
for name, runs in (("healthy", healthy), ("zero_grad forgotten", forgotten)):
    losses, val_losses, accuracies = zip(*runs, strict=True)
    print(name)
    print("   training loss, mean of ten: ", np.mean(losses, axis=0).round(2))
    print("   validation accuracy at last:", *np.round(accuracies, 2))

# %% [markdown]
# Not slower: not at all. All ten end at half of the rows right, which is guessing. And no line has complained.
#
# ### Why shuffle?
#
# Suppose that the rows come sorted: first all the *no*, then all the *yes*. That is common in files. Again ten starts,
# with shuffling and without:

# %%
order = np.argsort(y[:800], kind="stable")
sorted_set = TensorDataset(x[:800][order], answers[:800][order])

mixed = [run_loop(seed, sorted_set) for seed in range(10)]
in_order = [run_loop(seed, sorted_set, shuffle=False) for seed in range(10)]
for name, runs in (("sorted, shuffled", mixed), ("sorted, in order", in_order)):
    losses, val_losses, accuracies = zip(*runs, strict=True)
    print(f"{name}: validation accuracy", *np.round(accuracies, 2))

# %% [markdown]
# Without shuffling, the last batches of every epoch hold nothing but *yes*. The network learns to say *yes* to
# everything, and forgets the rest. At the end of every epoch it stands there again.
#
# **Do:** would `shuffle=False` also hurt when the rows come in a random order? In a new cell, call
# `run_loop(0, train_set, shuffle=False)`. Its last number is the validation accuracy.
#
# ### The same in other words
#
# <details><summary>In the real Keras</summary>
#
# ```python
# import keras
#
# network = keras.Sequential(
#     [
#         keras.Input((10,)),
#         keras.layers.Dense(16, activation="relu"),
#         keras.layers.Dense(1, activation="sigmoid"),
#     ]
# )
# network.compile(keras.optimizers.SGD(0.05, momentum=0.9), "binary_crossentropy", metrics=["accuracy"])
# stop = keras.callbacks.EarlyStopping(monitor="val_loss", patience=5, restore_best_weights=True)
# network.fit(x, answers, validation_data=(x_val, answers_val), batch_size=32, epochs=100, callbacks=[stop])
# ```
#
# </details>
#
# <details><summary>In the real PyTorch</summary>
#
# ```python
# import torch
# from torch import nn
# from torch.utils.data import DataLoader, TensorDataset
#
# model = nn.Sequential(nn.Linear(10, 16), nn.ReLU(), nn.Linear(16, 1), nn.Sigmoid())
# loader = DataLoader(TensorDataset(torch.tensor(x), torch.tensor(answers)), batch_size=32, shuffle=True)
# optimizer = torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.9)
# loss_fn = nn.BCELoss()
#
# for epoch in range(5):
#     for x_batch, y_batch in loader:
#         optimizer.zero_grad()
#         loss = loss_fn(model(x_batch), y_batch)
#         loss.backward()
#         optimizer.step()
# ```
#
# The loop is the same, line for line. The layers are PyTorch's own.
#
# </details>
#
# Where the two differ:
#
# | | Keras | PyTorch |
# |---|---|---|
# | the loop | `fit` has it | you write it |
# | gradients | new for every batch | added up until `zero_grad` |
# | training or not | `fit` trains, `evaluate` and `predict` do not | `model.train()`, `model.eval()`, `no_grad()` |
# | validation, mean loss, early stopping | arguments and callbacks of `fit` | you write them |
# | first weights | Glorot's rule, biases 0 | a rule of its own, biases random |
#
# ## 6 Metrics
#
# ### Loss and accuracy disagree
#
# The task of part 4 again: 200 rows, 64 units. Ten networks with different starts, 100 epochs each, no stopping. The
# band reaches from the lowest to the highest of the ten, the line is their mean.
#
# Guess before you run it: there will be four lines, loss and accuracy for training and validation. Which of them will
# turn round on the way?

# %%
runs = [explore.stopping.curves(rows=200, units=64, seed=seed) for seed in range(10)]

figure, (left, right) = plt.subplots(1, 2)
epochs = np.arange(1, 101)
panels = (left, ("losses", "val_losses")), (right, ("accuracies", "val_accuracies"))
for axes, names in panels:
    for name, label in zip(names, ("train", "validation"), strict=True):
        style.figures.band(axes, epochs, [getattr(run, name) for run in runs], label)
left.set(title="Loss", xlabel="epoch", ylabel="loss", ylim=(0, 1))
right.set(title="Accuracy", xlabel="epoch", ylabel="share of rows right", ylim=(0.4, 1))
left.legend()
plt.show()

# %%
best = [run.best_epoch for run in runs]
print("epoch with the lowest validation loss:", best)
print("                  there    after 100 epochs")
for name in ("losses", "val_losses", "val_accuracies"):
    there = np.mean([getattr(run, name)[run.best_epoch - 1] for run in runs])
    at_end = np.mean([getattr(run, name)[-1] for run in runs])
    print(f"{name:15s}   {there:.3f}    {at_end:.3f}")

# %% [markdown]
# Three things happen at once. The training loss goes on falling. The validation loss turns after about ten epochs, and
# climbs. The validation accuracy hardly moves.
#
# How can the loss get so much worse, and the accuracy stay? Accuracy asks only on which side of one half the
# probability lies. The loss asks *how sure* the network was. An overfitted network is wrong on about as many rows as
# before, but now it is sure of itself. Look at its wrong answers:


# %%
def wrong_and_sure(epochs):
    """How many validation rows are wrong, and how many are wrong and more than 90 % sure."""
    (x_few, y_few), (x_val, y_val) = explore.stopping.data(rows=200)
    keras.utils.set_random_seed(5)
    network = keras.Sequential(
        [
            keras.Input((10,)),
            keras.layers.Dense(64, activation="relu"),
            keras.layers.Dense(1, activation="sigmoid"),
        ]
    )
    network.compile(keras.optimizers.Adam(0.002), "binary_crossentropy")
    network.fit(x_few, y_few, epochs=epochs, verbose=0)
    p = network.predict(x_val, verbose=0)[:, 0]
    wrong = (p > 0.5) != (y_val == 1)
    return np.sum(wrong), np.sum(wrong & (np.abs(p - 0.5) > 0.4))


for epochs in (14, 100):
    wrong, sure = wrong_and_sure(epochs)
    print(f"after {epochs:3d} epochs: {wrong} of 200 wrong, {sure} of them more than 90 % sure")

# %% [markdown]
# **Do:** try other numbers of epochs in the last cell. When does the network become so sure?
#
# **So watch both.** If you only need the decision, the accuracy tells you what you get. If somebody will act on the
# probability, a doctor for example, the loss tells you about it.
#
# ### What the stopping hides
#
# Early stopping *chooses* an epoch by the validation rows, and the lowest of many numbers is partly luck. So the
# validation loss of the chosen epoch is no honest report any more. For that keep test rows aside, which had no part
# in any choice. Part 8 does so.
#
# How much too good is it? Less than you may fear, as long as you choose nothing but the epoch. We have repeated the
# experiment of part 8 twenty times, with other rows kept aside each time. The test loss was larger than the
# validation loss about as often as it was smaller. With every further choice (settings, sizes, tries) the luck adds
# up.
#
# ### What an evaluation costs
#
# Some programs evaluate after *every batch*, inside the inner loop. What do they get for it, and what does it cost?
# Count the rows.

# %%
network = fresh_network()
model = Module(network)
loader = DataLoader(train_set, batch_size=32, shuffle=True, generator=network.generator)
val_loader = DataLoader(val_set, batch_size=200)
optimizer = SGD(model.parameters(), lr=0.05, momentum=0.9)

trained_on, evaluated, val_losses = 0, 0, []
for epoch in range(5):
    for x_batch, y_batch in loader:
        optimizer.zero_grad()
        loss_fn(model(x_batch), y_batch).backward()
        optimizer.step()
        trained_on += len(x_batch)
        val_losses.append(evaluate(model, val_loader, loss_fn)[0])
        evaluated += len(val_set)

figure, axes = plt.subplots()
ends = np.arange(25, 126, 25)
axes.plot(np.arange(1, 126), val_losses, linewidth=1.2, label="after every batch")
axes.plot(ends, np.array(val_losses)[ends - 1], "o", label="after every epoch")
axes.set(title="Validation loss", xlabel="updates", ylabel="loss")
axes.legend()
plt.show()
print("rows trained on:", trained_on)
print("rows evaluated: ", evaluated)

# %% [markdown]
# 25 000 rows, to watch a training on 4000. After each epoch it would have been 1000. A row costs less in an evaluation,
# because nothing is sent back. Still, the watching has become most of the work. What it buys is a look at the noise:
# each update can throw the loss up or down a little. Evaluate after the epoch; if an epoch takes hours, a few times
# in it.
#
# ## 7 Challenge
#
# Four exercises. Each has a check below it. Run it as often as you like.
#
# ### Cut the rows into batches
#
# Write `iterate_minibatches`, the heart of a loader. `order` is an array with the number of every row, shuffled
# already. The first batch has the first `batch_size` rows of that order, and so on. The last batch may be smaller. No
# row comes twice, and none is lost.


# %% exercise="iterate_minibatches"
def iterate_minibatches(x, y, batch_size, order):
    """A list of (x_batch, y_batch), the rows taken in this order."""
    ### BEGIN SOLUTION
    batches = []
    for first in range(0, len(order), batch_size):
        rows = order[first : first + batch_size]
        batches.append((x[rows], y[rows]))
    return batches
    ### END SOLUTION


# %% check="iterate_minibatches"
check("iterate_minibatches", iterate_minibatches)

# %% [markdown]
# ### Evaluate
#
# Write `evaluate_batches` for the smallest network: one sigmoid unit. It gets a list of batches such as your
# first function makes, and returns mean loss and accuracy **over all rows**, as a tuple. The weights stay as they are.
#
# `loss_of_rows` gives the loss of each row. A probability above 0.5 is a *yes* (1).


# %%
def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def loss_of_rows(p, y):
    return -(y * np.log(p) + (1 - y) * np.log(1 - p))


# %% exercise="evaluate_batches"
def evaluate_batches(weight, bias, batches):
    """Mean loss and accuracy of sigmoid(x @ weight + bias) over all rows of all batches."""
    ### BEGIN SOLUTION
    total = right = rows = 0
    for x_batch, y_batch in batches:
        p = sigmoid(x_batch @ weight + bias)
        total += np.sum(loss_of_rows(p, y_batch))
        right += np.sum((p > 0.5) == (y_batch == 1))
        rows += len(y_batch)
    return total / rows, right / rows
    ### END SOLUTION


# %% check="evaluate_batches"
check("evaluate_batches", evaluate_batches)

# %% [markdown]
# ### Repair a training
#
# Somebody has written this. It runs to its end, and no line complains. But there are **four faults** in it.


# %%
def broken_training(x, y, x_val, y_val, epochs):
    keras.utils.set_random_seed(1)
    network = keras.Sequential([keras.Input(x.shape[1:]), keras.layers.Dense(1, "sigmoid")])
    model, loss_fn = Module(network), BCELoss()
    optimizer = SGD(model.parameters(), lr=0.5)
    loader = DataLoader(TensorDataset(x, y), batch_size=4)
    val_loader = DataLoader(TensorDataset(x_val, y_val), batch_size=4)
    val_losses = []
    for _ in range(epochs):
        for x_batch, y_batch in loader:
            loss = loss_fn(model(x_batch), y_batch)
            loss.backward()
            optimizer.step()
        total = 0.0
        for x_batch, y_batch in val_loader:
            loss = loss_fn(model(x_batch), y_batch)
            loss.backward()
            optimizer.step()
            total += loss.item()
        val_losses.append(total / len(val_loader))
    return val_losses


print(np.round(broken_training(x[:100], answers[:100], x[800:], answers[800:], epochs=4), 1))

# %% [markdown]
# Write it again without the faults. It returns the validation loss after each epoch.
#
# - The loader draws a new order in every epoch from `network.generator`: give it `shuffle=True` and
#   `generator=network.generator`.
# - Every update uses the gradient of its own batch only.
# - The evaluation changes nothing.
# - Every validation row counts the same.
#
# Keep the other lines as they are: the check compares your numbers with those of a healthy run. You can copy the whole
# function, and change its name.


# %% exercise="repaired_training"
def repaired_training(x, y, x_val, y_val, epochs):
    """The validation loss after each epoch, in a list."""
    ### BEGIN SOLUTION
    keras.utils.set_random_seed(1)
    network = keras.Sequential([keras.Input(x.shape[1:]), keras.layers.Dense(1, "sigmoid")])
    model, loss_fn = Module(network), BCELoss()
    optimizer = SGD(model.parameters(), lr=0.5)
    loader = DataLoader(TensorDataset(x, y), batch_size=4, shuffle=True, generator=network.generator)
    val_loader = DataLoader(TensorDataset(x_val, y_val), batch_size=4)
    val_losses = []
    for _ in range(epochs):
        for x_batch, y_batch in loader:
            optimizer.zero_grad()
            loss = loss_fn(model(x_batch), y_batch)
            loss.backward()
            optimizer.step()
        total = 0.0
        for x_batch, y_batch in val_loader:
            val_loss = loss_fn(model(x_batch), y_batch)
            total += val_loss.item() * len(x_batch)
        val_losses.append(total / len(x_val))
    return val_losses
    ### END SOLUTION


# %% check="repaired_training"
check("repaired_training", repaired_training)

# %% [markdown]
# ### Early stopping, as a class
#
# Write the heart of `EarlyStopping`. An object of it is asked after every epoch. It keeps three things:
#
# - `best`: the lowest validation loss so far,
# - `wait`: how many epochs in a row have **not** been lower than `best`,
# - `best_weights`: a copy of the weights of the best epoch.
#
# `should_stop` brings them up to date, and says whether `wait` has reached the patience. `restore` writes the best
# weights back into the array that it is given.
#
# One warning. A training changes its weights *in place*: it is always the same array. If you keep the array instead of
# a copy of it, you keep nothing. (`train` is ready. It stands for an epoch of training, and the check calls it.)


# %% exercise="EarlyStopping"
class EarlyStopping:
    """Remember the best epoch, and say when to stop."""

    def __init__(self, patience):
        self.patience = patience
        self.best = math.inf
        self.wait = 0
        self.best_weights = None

    def train(self, weights, change):
        weights += change

    def should_stop(self, val_loss, weights):
        """Called after every epoch. Is it time to stop?"""
        ### BEGIN SOLUTION
        if val_loss < self.best:
            self.best = val_loss
            self.best_weights = weights.copy()
            self.wait = 0
        else:
            self.wait += 1
        return self.wait >= self.patience
        ### END SOLUTION

    def restore(self, weights):
        """Write the best weights into the array `weights`."""
        ### BEGIN SOLUTION
        weights[:] = self.best_weights
        ### END SOLUTION


# %% check="EarlyStopping"
check("EarlyStopping", EarlyStopping)

# %% [markdown]
# ## 8 Experiment
#
# Real data: 1797 digits, written by hand, each a picture of 8 times 8 grey values. We pretend to be poor: only 300 of
# them are for training. 300 more are for validation, and the rest are the test rows.

# %%
digits = keras.datasets.load_digits()
order = np.random.default_rng(0).permutation(len(digits.x))
train, validation, test = order[:300], order[300:600], order[600:]
pictures = digits.x / 16
print(len(train), "rows to train on,", len(validation), "for validation,", len(test), "for the test")

ten = [train[digits.y[train] == digit][0] for digit in range(10)]
figure, axes = plt.subplots(figsize=(7.2, 1.05))
axes.imshow(np.hstack(pictures[ten].reshape(10, 8, 8)), cmap="gray_r")
axes.set_title("Ten of the training digits: " + " ".join(map(str, digits.y[ten])))
axes.axis("off")
plt.show()

# %% [markdown]
# **Your goal:** a validation loss of at most 0.25, kept by early stopping, within 30 epochs of training. Change the
# settings. The start below reaches neither.

# %%
settings = {"learning_rate": 0.001, "batch_size": 64, "units": 16, "patience": 1}

keras.utils.set_random_seed(1)
reader = keras.Sequential(
    [
        keras.Input((64,)),
        keras.layers.Dense(settings["units"], activation="relu", name="hidden"),
        keras.layers.Dense(10, activation="softmax", name="output"),
    ]
)
optimizer = keras.optimizers.Adam(settings["learning_rate"])
reader.compile(optimizer, "sparse_categorical_crossentropy", metrics=["accuracy"])
stop = keras.callbacks.EarlyStopping(patience=settings["patience"], restore_best_weights=True)
real = reader.fit(
    pictures[train],
    digits.y[train],
    validation_data=(pictures[validation], digits.y[validation]),
    batch_size=settings["batch_size"],
    epochs=60,
    callbacks=[stop],
    verbose=0,
)
trace.training(real).plot()
plt.show()
kept = reader.evaluate(pictures[validation], digits.y[validation], verbose=0)
print(f"{len(real.epoch)} epochs")
print(f"the weights that were kept: validation loss {kept[0]:.3f}, accuracy {kept[1]:.3f}")

# %% [markdown]
# One digit that the network has not trained on, layer by layer:

# %%
row = validation[8]
trace.prediction(reader, pictures[row], digits.class_names, digits.y[row])

# %% [markdown]
# When you have reached the goal, and only then, open the test rows: set `finished` to `True`, and run this **once**.

# %%
finished = False

if finished:
    loss, accuracy = reader.evaluate(pictures[test], digits.y[test], verbose=0)
    print(f"test loss {loss:.3f}, test accuracy {accuracy:.3f}")

# %% [markdown]
# **Write down:** your settings, the number of epochs, the validation loss, the test loss. If you tried many settings
# before: which of the two losses would you report, and why?
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
# One question is about part 5. If you have not read it yet, leave it open and come back.

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
    guess_updates="",
    loss_over_epochs="",
    which_line="",
    the_loop="",
    forgotten_zero_grad="",
    mean_of_means="",
    evaluation="",
    kept_weights="",
    disagree="",
)

# %% quiz="score"
quiz.score()

# %% [markdown]
# ### Key insight
#
# > An epoch is one pass over the training rows, and training is the same few lines again and again: take a batch,
# > forget the old gradient, predict, measure, find the gradient, step. The rows that were kept aside are measured
# > without a step. They tell you when to stop: not when the training loss is lowest, but when *their* loss is.
