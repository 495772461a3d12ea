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
#     title: "Optimizers: SGD, momentum, RMSprop, Adam"
#     minutes: 45
#     about: Four ways to use the same gradient. Watch them walk, compare them fairly, and write them yourself.
# ---

# %% [markdown]
# # Optimizers: SGD, momentum, RMSprop, Adam
#
# The gradient says in which direction the loss falls. The optimizer decides what to do with it. In this lesson you
# watch four optimizers at work, find out what each is good for, and write two of them yourself.
#
# | route | parts | what you take away |
# |---|---|---|
# | **15 minutes** | 1, 2, and the first two pictures of 3 | what the four rules do |
# | **45 minutes** | 1 to 4, 6, 9 | a fair comparison, and the quiz |
# | **everything**, about 110 minutes | 1 to 9 | the mathematics, four exercises, and real data |
#
# You need what the earlier lessons explain: batch, epoch, loss, gradient, learning rate.
#
# Run each code cell with **Shift+Enter**, from the top.

# %%
import inspect

import numpy as np

import lessonlib as keras
from lessonlib import explore, quiz, style, trace
from lessonlib.checks import check
from lessonlib.explore import comparison
from lessonlib.explore.bowl import descend
from lessonlib.optimizers import SGD, Adam, RMSprop

style.use()

# %% [markdown]
# ## 1 Why
#
# Here are 1000 made-up rows of ten features, brought to the range from 0 to 1, and a small network. It is trained four
# times for five epochs, from the same first weights, on the same batches. Only the optimizer changes. The learning
# rate is 0.01 each time.
#
# Before you run it: what difference do you expect?

# %%
quiz.show("factor")

# %%
after = {}
for name, (kind, momentum) in explore.optimizers.NAMED.items():
    after[name] = explore.optimizers.train(kind, 0.01, momentum, features="0 to 1").loss
    print(f"{name:9s} training loss after five epochs: {after[name]:.2f}")

# %%
quiz.measured("factor", after["SGD"] / after["Adam"])

# %% [markdown]
# Guessing would cost 0.69. SGD has hardly begun, and Adam is nearly done. Many people see such numbers once, and use
# Adam for the rest of their lives.
#
# **Do:** change `0.01` to `0.3` in the cell that trains, and run it again. Is SGD still the last? Who is lost now?
#
# So the table answers a question that nobody should ask. By the end of this lesson you will ask a better one.
#
# ## 2 Learn
#
# ### A loss that one can see
#
# A network has hundreds of parameters, and nobody can see its loss as a landscape. So we begin with a loss of only two
# parameters: a bowl. It is steep in one direction, and a twenty-fifth as curved in the other. The bottom is at (0, 0).

# %%
curvature = np.array([1.0, 25.0])


def loss(p):
    return 0.5 * np.sum(curvature * p**2)


def gradient(p):
    return curvature * p


start = np.array([-4.0, 1.0])
print("loss at the start:", loss(start))
print("gradient at the start:", gradient(start))

# %% [markdown]
# Look at the gradient. The first parameter has 4 units to go, and its gradient is 4 in size. The second has only
# 1 unit to go, and its gradient is 25. **A large gradient does not mean a long way.** It means a steep slope. All the
# trouble in this lesson comes from that.
#
# ### SGD
#
# Plain **SGD** (stochastic gradient descent) moves every parameter against its gradient, by the gradient times the
# learning rate. That is one line. (*Stochastic* means: by chance. In a network, chance chooses the rows of each batch.
# On this bowl there is no chance.)

# %%
for learning_rate in (0.01, 0.04, 0.075, 0.085):
    p = start
    for _ in range(40):
        p = p - learning_rate * gradient(p)
    print(f"rate {learning_rate:5g}: loss {loss(p):10.2f} after 40 steps, at ({p[0]:.2f}, {p[1]:.2f})")

# %% [markdown]
# A larger rate helps, until it kills. Read the positions at the right:
#
# - At 0.01 the second parameter has arrived, and the first is still far away.
# - At 0.085 the second parameter jumps over the bottom, and further out each time.
#
# The steep direction forbids a larger rate. The flat direction needs one. SGD has one rate for both.
#
# **Do:** try 0.079, 0.080 and 0.081. Part 5 says why the border lies exactly there.
#
# ### Three ideas against it
#
# **Momentum** keeps a part of the last step and adds the new one to it, as a rolling ball keeps its speed. Where the
# gradient changes its sign at every step, the steps cancel out. Where it always points the same way, they add up.
#
# **RMSprop** keeps, for each parameter, a running mean of its *squared* gradients, called $v$. It divides every step by
# $\sqrt v$. A parameter with large gradients is slowed down, one with small gradients is sped up. People call this an
# *adaptive* step size.
#
# **Adam** does both. It keeps a running mean of the gradients, called $m$, and one of the squared gradients, $v$. It
# moves along $m$, divided by $\sqrt v$. And it corrects both means for one thing: they start at zero.
#
# *RMS* is short for *root of the mean of the squares*; *Adam* comes from *adaptive moments*.
#
# | | what it remembers for each parameter | what sets the size of a step |
# |---|---|---|
# | SGD | nothing | the gradient |
# | momentum | its last step | the gradients that agree with each other |
# | RMSprop | $v$, the mean square of its gradients | the gradient, compared with its usual size |
# | Adam | $m$ and $v$ | how well its gradients agree, whatever their size |
#
# ### The call
#
# In a program, the optimizer is one argument of `compile`. Here is Adam, on the rows of part 1:

# %%
made_up = {"rows": 1000, "features": 10, "separation": 1.85, "flipped": 0.0, "seed": 3}
x_raw, y = keras.datasets.make_two_classes(**made_up)
low = x_raw[:800].min(axis=0)  # from the training rows only
high = x_raw[:800].max(axis=0)
x = (x_raw - low) / (high - low)


def fresh_model(optimizer, seed=0):
    keras.utils.set_random_seed(seed)
    fresh = keras.Sequential(
        [
            keras.Input((10,)),
            keras.layers.Dense(16, activation="relu"),
            keras.layers.Dense(2, activation="softmax"),
        ]
    )
    fresh.compile(optimizer, loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    return fresh


model = fresh_model(keras.optimizers.Adam(learning_rate=0.008))
history = model.fit(x, y, validation_split=0.2, batch_size=32, epochs=5, verbose=2)

# %% [markdown]
# `25/25`: the weights move after every *batch*, 25 times in each epoch. Whatever the optimizer, that does not change.
#
# **Do:** replace the optimizer by `keras.optimizers.SGD(learning_rate=0.2)`, run the cell, look, and put Adam back.
#
# ## 3 Visualize
#
# ### Four walks on one bowl
#
# The same bowl, seen from the top. Each grey line joins points of equal loss. The orange dot is the start, the
# green star the bottom. Every blue dot is one step. Each optimizer has a rate that shows well how it walks.
#
# Before you run it: which of the four will go straight to the star?

# %%
walks = {
    "SGD, rate 0.075": lambda: SGD(0.075),
    "momentum 0.9, rate 0.01": lambda: SGD(0.01, momentum=0.9),
    "RMSprop, rate 0.15": lambda: RMSprop(0.15),
    "Adam, rate 0.3": lambda: Adam(0.3),
}

explore.bowl.draw_walks(walks)

# %% [markdown]
# Take a minute for each:
#
# - **SGD** zigzags across the valley. Its way along the valley is slow.
# - **Momentum** swings instead, gathers speed along the valley, and runs past the bottom before it comes back.
# - **RMSprop** starts at an angle of 45 degrees: both parameters move equally far, although one gradient is six times
#   the other. Then it runs straight along the valley.
# - **Adam** starts in the same way, and swings past the bottom, as momentum does.
#
# The losses after 40 steps stand in the titles. Is the last one the smallest?
#
# **Do:** change Adam's rate to 0.03, and run the cell again. It adapts its step sizes. Does it find the right rate by
# itself? Then put 0.3 back, and let them walk on: make the last line `explore.bowl.draw_walks(walks, steps=100)`. Which
# one has *not* come to rest? (It divides by the size of its gradients. When they get small, its steps do not.)
#
# ### The same bowl, turned
#
# Now we turn the bowl, with the start, by 30 degrees. It is the same bowl. A ball would not notice.

# %%
explore.bowl.draw_walks(walks, turn=30)

# %% [markdown]
# SGD and momentum walk the same paths as before, only turned, and end with the same losses. RMSprop and Adam walk other
# paths. RMSprop creeps along the valley now: it has not arrived, and its loss is two hundred times what it was.
#
# These two have a step size for each *parameter*. But now the steep direction is no parameter. It lies between the
# two, and no choice of two step sizes fits it. (Adam does not suffer here: its other half, the momentum, carries it. In
# a longer valley it suffers too; part 5 measures that.)
#
# **This is what adaptivity buys, and what it does not.** It repairs parameters of different scale. It does not repair a
# valley that runs across the parameters.
#
# ### One parameter, five steps
#
# Back to the network. We pick one weight, and note its gradient in the first five batches. (With a rate of 0 the
# weights stay where they are, so that all optimizers below get the same five numbers.)

# %%
probe = fresh_model(SGD(0.0))
gradients = []
for first in range(0, 160, 32):
    probe.train_on_batch(x[first : first + 32], y[first : first + 32])
    gradients.append(float(probe.gradients[5]))
print(np.round(gradients, 4))

# %% [markdown]
# What does each optimizer make of them? `move` is how far the parameter goes in this step. With momentum it
# is called `m`, too: 0.9 of the step before, plus the step of SGD. Check one line of the first table with a pocket
# calculator, and one of the second. (The other two you can check when you have read part 5.)

# %%
trace.optimizer(SGD(0.01), gradients)

# %%
trace.optimizer(SGD(0.01, momentum=0.9), gradients)

# %%
trace.optimizer(RMSprop(0.01), gradients)

# %%
trace.optimizer(Adam(0.01), gradients)

# %% [markdown]
# **See:** Adam's first move is 0.01, its learning rate. RMSprop's first move is about three times that. SGD's moves are
# all shorter than 0.001. The learning rate is the same, and the steps are of quite different lengths.
#
# The gradient changes its sign in the third step. Who turns round at once, and who goes on?
#
# **Do:** multiply all gradients by 1000 (`[1000 * g for g in gradients]`), in two of the cells above. Which moves
# change?
#
# ### Five stages
#
# And what did Adam do in part 2? Five stages, with the shapes and the numbers of that run:

# %%
trace.data_flow(x_raw, x, (x[:800], y[:800]), (x[800:], y[800:]), model, history)

# %% [markdown]
# **Find out:** the scaled numbers of stage 2 go a little below 0 and a little above 1. That is no mistake. Which rows
# are they from? (Look at the first lines of the cell in part 2.)
#
# ### Five epochs
#
# Cover the column `observation` with your hand. What would *you* write in each line?

# %%
trace.training(history)

# %% [markdown]
# ### Is this the curve of Adam?
#
# Not of Adam alone. Each of the four can draw it, if each gets a rate of its own. Here are the means of ten trainings
# with ten different starts:


# %%
def losses_by_epoch(optimizer, seed):
    trained = fresh_model(optimizer, seed).fit(x, y, validation_split=0.2, epochs=5, verbose=0)
    return trained.history["loss"]


print("epoch                       1     2     3     4     5")
for name, make in {
    "SGD, rate 0.2": lambda: SGD(0.2),
    "momentum, rate 0.025": lambda: SGD(0.025, momentum=0.9),
    "RMSprop, rate 0.006": lambda: RMSprop(0.006),
    "Adam, rate 0.008": lambda: Adam(0.008),
}.items():
    losses = [losses_by_epoch(make(), seed) for seed in range(10)]
    print(f"{name:24s}", " ".join(f"{value:.2f} " for value in np.mean(losses, axis=0)))

# %% [markdown]
# Four optimizers, nearly one curve. The rates lie as far apart as 0.006 and 0.2. **So a loss curve alone never tells
# which optimizer is better; you always see an optimizer *and* its rate.**
#
# ### One row, layer by layer
#
# The optimizer is at work only while training. Prediction does not know it: the same layers, the same arithmetic,
# whoever has found the weights.

# %%
trace.prediction(model, x[800], class_names=("no", "yes"), truth=y[800])

# %% [markdown]
# ## 4 Try
#
# ### On the bowl
#
# Every move of a slider walks down the bowl again. In Adam, `momentum` is the share that is called `beta_1`. Tick
# *turned* to turn the bowl by 30 degrees. The mission is done when the blue curve at the right crosses the level green
# line, to the left of the upright one, and stays below.

# %%
explore.bowl_explorer()

# %% [markdown]
# When you have reached the goal with SGD, reach it with Adam as well. Then tick *turned*. Which of the two still does
# it?
#
# <details><summary>Hint</summary>
#
# Without momentum it cannot be done: SGD needs more than 40 steps at its best. Too much momentum is no help either, the
# ball rolls past the bottom too often. Try 0.5.
#
# </details>
#
# ### On the network
#
# Now the real network. Its ten features have been written down in **mixed units**: the first is about 0.1 wide, the
# last about 10. Think of a table that mixes metres and millimetres. The orange line is Adam, with a rate of 0.01.
#
# At the start, SGD ends with twice Adam's loss. Your mission: make it match Adam.

# %%
explore.optimizer_explorer()

# %% [markdown]
# <details><summary>Hint</summary>
#
# No rate is enough, with or without momentum. What makes one rate for all weights a bad idea here? Remove the reason.
# Then look for a rate again: it may be much larger now.
#
# </details>
#
# ## 5 Deep dive
#
# ### Four equations
#
# $g$ is the gradient of one parameter $p$, $\eta$ the learning rate, $t = 1, 2, 3, \dots$ the number of the step.
#
# $$\begin{aligned}
# \text{SGD} \quad & p \leftarrow p - \eta\, g \\[6pt]
# \text{momentum} \quad & m \leftarrow \mu\, m - \eta\, g && p \leftarrow p + m \\[6pt]
# \text{RMSprop} \quad & v \leftarrow \rho\, v + (1-\rho)\, g^2
# && p \leftarrow p - \eta\, \frac{g}{\sqrt{v + \epsilon}} \\[6pt]
# \text{Adam} \quad & m \leftarrow \beta_1 m + (1-\beta_1)\, g && \hat m = \frac{m}{1-\beta_1^t} \\
# & v \leftarrow \beta_2 v + (1-\beta_2)\, g^2 && \hat v = \frac{v}{1-\beta_2^t}
# \qquad p \leftarrow p - \eta\, \frac{\hat m}{\sqrt{\hat v} + \epsilon}
# \end{aligned}$$
#
# Usual values: $\mu = 0.9$, $\rho = 0.9$, $\beta_1 = 0.9$, $\beta_2 = 0.999$, and a tiny $\epsilon$.
#
# ### Our source
#
# The rule of Adam, as the engine has it. It works in place, on one vector `p` that holds all parameters; `u` is a
# scratch vector. `toward(m, g, share, u)` moves $m$ by that share of its way towards $g$, and `_rest_1` is
# $1 - \beta_1$. `scaled(u, number)` is $u$ times that number. (`amsgrad` is a variant that divides by the largest $v$ so
# far. It is off unless you ask for it.) Find the lines of $m$ and $v$. Are they those of the equations? Check it on
# paper: $m + (1-\beta_1)(g - m) = \;?$

# %%
print(inspect.getsource(Adam.update))

# %% [markdown]
# You will find no $\hat m$ and no $\hat v$. The two corrections are put together in one factor, in front of everything.
# The result is the same, but for one detail: $\epsilon$ is added before $v$ is corrected. Keras does it so, and the
# engine follows Keras. The paper names both forms.
#
# The other rules stand in the same file, `lessonlib/optimizers/rules.py`, from the simplest to the most complicated.
# (Some that are rarely used stand beside it, in `more_rules.py`.)
#
# ### The first step of Adam
#
# At $t = 1$ we have $\hat m = g$ and $\hat v = g^2$. So the first step is $\eta\, g / |g|$: **the learning rate, with
# the sign of the gradient**, however large or small that is. (With a very small one a trace of $\epsilon$ shows.)


# %%
def first_move(optimizer, gradient):
    return trace.optimizer(optimizer, [gradient]).steps[0].move


print("gradient        SGD   RMSprop      Adam")
for g in (0.001, 1.0, 1000.0):
    moves = [first_move(optimizer(0.01), g) for optimizer in (SGD, RMSprop, Adam)]
    print(f"{g:8g} ", "".join(f"{move:10.5f}" for move in moves))

# %% [markdown]
# RMSprop has no correction. After one step its $v$ is a tenth of $g^2$, so its first step is $1/\sqrt{0.1} = 3.16$
# times its rate. The first line shows less. There $v$ is $10^{-7}$, and $\epsilon$ is just as large: the root is taken
# of twice as much.
#
# ### What if you forget Adam's correction?
#
# Answer before you read on:

# %%
quiz.show("no_correction")

# %% [markdown]
# Many people guess: $m$ and $v$ start at zero, so without the correction the first steps are too *small*. Let us
# calculate. Without it, the first step is
#
# $$\eta\, \frac{(1-\beta_1)\, g}{\sqrt{(1-\beta_2)\, g^2}} = \eta\, \frac{0.1}{\sqrt{0.001}} = 3.16\, \eta$$
#
# up to the sign. It is **larger**. Both means are too small, but $v$ is too small by more. For a gradient that stays
# the same, this is how many times too long the steps are:

# %%
t = np.array([1, 2, 5, 12, 20, 50, 100, 500, 1000, 5000])
times = (1 - 0.9**t) / np.sqrt(1 - 0.999**t)
for step, factor in zip(t, times, strict=True):
    print(f"step {step:5d}: {factor:.2f} times")

# %% [markdown]
# At its worst, around step 12, the step is six and a half times too long. It takes thousands of steps until the
# difference is gone.
#
# Does it hurt? Here is one epoch with and without the correction, ten trainings for each rate:


# %%
class Uncorrected(Adam):
    """Adam whose correction is taken back."""

    def update(self, p, g, lr):
        t = self.iterations + 1
        super().update(p, g, lr * (1 - self.beta_1**t) / (1 - self.beta_2**t) ** 0.5)


x_standard, _ = explore.optimizers.data("standardised")


def loss_after_an_epoch(optimizer, seed):
    trained = fresh_model(optimizer, seed)
    trained.fit(x_standard, y, validation_split=0.2, verbose=0)
    return trained.evaluate(x_standard[:800], y[:800], verbose=0)[0]


print("rate     with    without")
for rate in (0.001, 0.01, 0.03, 0.1):
    right = np.mean([loss_after_an_epoch(Adam(rate), seed) for seed in range(10)])
    without = np.mean([loss_after_an_epoch(Uncorrected(rate), seed) for seed in range(10)])
    print(f"{rate:5g}   {right:.3f}    {without:.3f}")

# %% [markdown]
# Where the rate was too small, the longer steps even help. Where it was right or large, they do harm. **The correction
# does not make Adam faster. It makes the learning rate mean the same from the first step on.**
#
# ### The size of epsilon
#
# $\epsilon$ keeps us from dividing by zero. It looks harmless. But a parameter whose gradients are much smaller than
# $\epsilon$ is hardly moved at all. So a large $\epsilon$ takes Adam's adaptivity away. Read line by line: how many
# times as far does the largest gradient move its parameter as the smallest?

# %%
print("first moves    gradient 0.001   gradient 0.1    gradient 10")
for epsilon in (1e-7, 1e-3, 1e-1, 1.0):
    moves = [first_move(Adam(0.01, epsilon=epsilon), g) for g in (0.001, 0.1, 10.0)]
    print(f"epsilon {epsilon:5g}", "".join(f"{move:15.7f}" for move in moves))

# %% [markdown]
# With the usual $10^{-7}$ all three are alike. With 1 they differ nearly as their gradients do, as in SGD.
#
# ### The largest rate of SGD
#
# In each direction of a bowl, the gradient is $L p$, where $L$ is the curvature in this direction. So one step of SGD
# is
#
# $$p \leftarrow p - \eta L p = (1 - \eta L)\, p$$
#
# Every step multiplies $p$ by the same number. It shrinks only if that number lies between −1 and 1, and that means
# $0 < \eta < 2/L$. In our bowl the steep direction has $L = 25$, so the border is $2/25 = 0.08$. It is exact:

# %%
for rate in (0.079, 0.080, 0.081):
    walked = descend(SGD(rate), curvatures=(1, 25), steps=200)
    print(f"rate {rate:.3f}: second parameter after 200 steps: {walked.points[-1, 1]:10.4f}")

# %% [markdown]
# With momentum $\mu$ the border moves out, to $2(1+\mu)/L$. You will need that in part 7. First without momentum:

# %%
quiz.show("stable_rate")

# %% [markdown]
# How slow is it then, in the flat direction? That depends on how much longer one axis of the bowl is. Here is the
# number of steps until the loss stays below 0.01, each optimizer at the best of 24 rates:


# %%
def fewest_steps(make, ratio, turn):
    rates = np.geomspace(0.001, 3.0, 24)
    arrivals = [descend(make(rate), (1, ratio), turn, steps=400).arrival for rate in rates]
    return min((steps for steps in arrivals if steps is not None), default="over 400")


def momentum(rate):
    return SGD(rate, momentum=0.9)


contestants = {"SGD": SGD, "momentum": momentum, "RMSprop": RMSprop, "Adam": Adam}
print(f"{'curvatures':20s}" + "".join(f"{name:>10s}" for name in contestants))
for ratio, turn in ((1, 0), (25, 0), (1000, 0), (1000, 30)):
    row = "".join(f"{fewest_steps(make, ratio, turn):>10}" for make in contestants.values())
    print(f"{f'1 and {ratio}' + (', turned' if turn else ''):20s}{row}")

# %% [markdown]
# Read it column by column. On a round bowl SGD is there at once; in a long valley it is lost. RMSprop is lost too: a
# rate that is small enough for the steep direction, where it does not come to rest, is too small for the long way.
# Momentum and Adam get through: in the long valley they need about twice as many steps as on the round bowl. But turn
# the valley, and Adam needs more than twice as many again, while momentum does not notice.
#
# **Do:** add a valley of your own to the list: `(100, 45)`. Guess Adam's number first.
#
# ### The same in other words
#
# <details><summary>In Keras</summary>
#
# ```python
# import keras
#
# keras.optimizers.SGD(learning_rate=0.01, momentum=0.9)
# keras.optimizers.RMSprop(learning_rate=0.001, rho=0.9, epsilon=1e-7)
# keras.optimizers.Adam(learning_rate=0.001, beta_1=0.9, beta_2=0.999, epsilon=1e-7)
#
# model.compile(optimizer="adam", loss="sparse_categorical_crossentropy")  # the name means: all defaults
# ```
#
# Names, defaults and steps are the same as here.
#
# </details>
#
# <details><summary>In PyTorch</summary>
#
# ```python
# torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9)
# torch.optim.RMSprop(model.parameters(), lr=0.001, alpha=0.9, eps=1e-7)
# torch.optim.Adam(model.parameters(), lr=0.001, betas=(0.9, 0.999), eps=1e-7)
#
# for x_batch, y_batch in loader:
#     optimizer.zero_grad()
#     loss = loss_function(model(x_batch), y_batch)
#     loss.backward()
#     optimizer.step()
# ```
#
# Three things differ:
#
# - **Momentum.** PyTorch keeps $b \leftarrow \mu\, b + g$ and moves by $-\eta\, b$. As long as the rate stays the same,
#   the moves are the same. After a cut of the rate, Keras rolls on with the old, larger steps for a while.
# - **RMSprop.** PyTorch adds epsilon after the root: $g / (\sqrt v + \epsilon)$. Its defaults are others too: rate
#   0.01, `alpha` (our `rho`) 0.99, epsilon $10^{-8}$.
# - **Adam.** PyTorch writes it as in the equations above, with $\epsilon = 10^{-8}$.
#
# </details>

# %% [markdown]
# Does the place of epsilon matter? For tiny gradients it does. One step of RMSprop, rate 0.01, epsilon $10^{-7}$:

# %%
for g in (1.0, 0.01, 0.0001):
    v = 0.1 * g**2
    in_keras, in_pytorch = 0.01 * g / np.sqrt(v + 1e-7), 0.01 * g / (np.sqrt(v) + 1e-7)
    print(f"gradient {g:6g}: Keras {in_keras:.5f}   PyTorch {in_pytorch:.5f}")

# %% [markdown]
# ## 6 Metrics
#
# ### A fair comparison
#
# Back to the question of part 1. Which optimizer is best? We now know that each has a rate of its own. So let us try
# ten rates for each, with ten different starts for each rate: 400 trainings. The features are *standardised* this
# time: mean 0, standard deviation 1. A line is the mean of the ten starts; the band around it goes from the best start
# to the worst.
#
# Before you run it: whose curve will have the lowest point?


# %%
standardised = comparison.compare("standardised")
comparison.draw(standardised, "Standardised features: mean of ten starts, best to worst")


# %%
def print_best(results):
    for name, (rate, losses) in comparison.best(results).items():
        spread = f"{losses.min():.3f} to {losses.max():.3f}"
        print(f"{name:9s} best at {rate:4g}: {losses.mean():.3f}  ({spread})")


print_best(standardised)

# %% [markdown]
# Draw an upright line at 0.01 with your finger. There SGD is far above the three others. Now look at the lowest point
# of each curve. **They are practically the same.** On these data the whole difference was the rate.
#
# Two more things to see. Each curve has its own place: SGD's best rate is a hundred times Adam's. And every curve rises
# steeply in the end. Adam adapts its step sizes, but **it does not find its learning rate for you**.
#
# ### When adaptivity pays
#
# Now the same rows in mixed units, with scales from 0.1 to 10:

# %%
mixed = comparison.compare("mixed units")
comparison.draw(mixed, "Features in mixed units: mean of ten starts, best to worst")

# %%
print_best(mixed)

# %% [markdown]
# Here RMSprop and Adam win, each at its best rate: in ten starts of ten. This is the true advantage. But compare with
# the numbers above: standardising the features helps every optimizer, and more than the choice of the optimizer does.
#
# ### Who moves how far?
#
# Why does it pay? Train one epoch on the mixed units. Then look at one single update: how far do the 16 weights of each
# feature move?

# %%
moves = {
    "SGD, rate 0.1": comparison.moves_by_feature(SGD(0.1)),
    "Adam, rate 0.01": comparison.moves_by_feature(Adam(0.01)),
}
comparison.draw_moves(moves)

# %% [markdown]
# With SGD, the weights of large features move further, dozens of times as far as those of small ones: a weight's
# gradient has the value of its feature as a factor. But a weight of a *small* feature would have to move *further*, to
# have the same effect. With Adam, no feature's weights move more than a few times as far as another's.
#
# ### What the training loss hides
#
# An optimizer makes the training loss small. That is its whole job. Whether it is good for rows that it has never seen,
# is another question:

# %%
print("rate of SGD   training loss   validation loss")
for rate in (0.03, 0.1, 0.3, 1.0, 3.0):
    trained = [explore.optimizers.train("SGD", rate, 0.0, "standardised", n) for n in range(10)]
    mean, val_mean = np.mean([(run.loss, run.val_loss) for run in trained], axis=0)
    print(f"{rate:11g}   {mean:13.3f}   {val_mean:15.3f}")

# %% [markdown]
# The rate with the best training loss is not the one with the best validation loss. When you choose a rate, choose it
# by the validation rows.
#
# ### What it costs
#
# An optimizer has to store what it remembers: one number for each parameter and each of its memories.

# %%
four = {"SGD": SGD(), "momentum": SGD(momentum=0.9), "RMSprop": RMSprop(), "Adam": Adam()}
for name, optimizer in four.items():
    memories = len(optimizer.slots)
    extra = memories * model.count_params()
    print(f"{name:9s} {memories} for each of {model.count_params()} parameters: {extra}")

# %% [markdown]
# For 210 parameters this is nothing. For a network with a billion, at four bytes each, Adam needs eight gigabytes more
# than SGD.
#
# ## 7 Challenge
#
# Four exercises. Each has a check below it, which you may run as often as you like. Replace the dots with your own
# lines.
#
# ### How fast may it go?
#
# Write `largest_stable_rate`: the border from part 5, for a bowl with any number of directions.
#
# - `curvatures` is a list with the curvature of each direction. All are positive.
# - `momentum` moves the border out, by the factor $1 + \mu$.


# %% exercise="largest_stable_rate"
def largest_stable_rate(curvatures, momentum):
    """The learning rate above which SGD with this momentum flies out of the bowl."""
    ### BEGIN SOLUTION
    return 2 * (1 + momentum) / max(curvatures)
    ### END SOLUTION


# %% check="largest_stable_rate"
check("largest_stable_rate", largest_stable_rate)

# %% [markdown]
# ### Momentum
#
# Now an optimizer of your own. It is a class, because it has to remember something between its steps. `step` gets the
# parameters `p` and their gradient `g`, and returns the new parameters. `self.m` is its memory.
#
# Use the form of part 5, in which the learning rate stands inside $m$. Make a new array for the result: do not change
# `p` itself.


# %% exercise="MyMomentum"
class MyMomentum:
    """SGD with momentum."""

    def __init__(self, learning_rate, momentum):
        self.learning_rate, self.momentum = learning_rate, momentum
        self.m = 0.0

    def step(self, p, g):
        """The parameters after one step."""
        ### BEGIN SOLUTION
        self.m = self.momentum * self.m - self.learning_rate * g
        return p + self.m
        ### END SOLUTION


# %% check="MyMomentum"
check("MyMomentum", MyMomentum)

# %% [markdown]
# ### Adam
#
# The same for Adam. Follow the equations of part 5, not the engine's source: there $\epsilon$ stands at another place.
#
# - `self.t` counts the steps. The first step is number 1.
# - `p` and `g` are arrays with two numbers: two parameters at once. Each needs a memory of its own.


# %% exercise="MyAdam"
class MyAdam:
    """Adam, as in the paper."""

    def __init__(self, learning_rate, beta_1, beta_2, epsilon):
        self.learning_rate, self.epsilon = learning_rate, epsilon
        self.beta_1, self.beta_2 = beta_1, beta_2
        self.m, self.v, self.t = 0.0, 0.0, 0

    def step(self, p, g):
        """The parameters after one step."""
        ### BEGIN SOLUTION
        self.t += 1
        self.m = self.beta_1 * self.m + (1 - self.beta_1) * g
        self.v = self.beta_2 * self.v + (1 - self.beta_2) * g**2
        m_hat = self.m / (1 - self.beta_1**self.t)
        v_hat = self.v / (1 - self.beta_2**self.t)
        return p - self.learning_rate * m_hat / (np.sqrt(v_hat) + self.epsilon)
        ### END SOLUTION


# %% check="MyAdam"
check("MyAdam", MyAdam)

# %% [markdown]
# **Think:** your Adam and the engine's put epsilon at two different places. Would you see it in a training? Guess how
# many digits agree after five steps, then compare. Which epsilon do you have to choose until you see it at once?

# %%
mine, p = MyAdam(0.01, 0.9, 0.999, 1e-7), 0.0
for step in trace.optimizer(Adam(0.01), gradients).steps:
    p = mine.step(p, step.gradient)
    print("yours:", p, "  ours:", step.parameter)

# %% [markdown]
# ### A broken training
#
# Somebody has trained a network on the cells of part 8 of the lesson on `fit`: 30 measurements of breast masses, as
# they came. It is a mess:


# %%
def small_network(features):
    return keras.Sequential(
        [
            keras.Input((features,)),
            keras.layers.Dense(16, activation="relu", name="hidden"),
            keras.layers.Dense(1, activation="sigmoid", name="output"),
        ]
    )


def broken(x, y, seed):
    keras.utils.set_random_seed(seed)
    network = small_network(x.shape[1])
    network.compile(SGD(learning_rate=0.01), "binary_crossentropy", metrics=["accuracy"])
    network.fit(x, y, epochs=10, verbose=0)
    return network


cells = keras.datasets.load_breast_cancer()
for seed in range(3):
    result = broken(cells.x, cells.y, seed).evaluate(cells.x, cells.y, verbose=0)
    print(f"loss {result[0]:5.2f}, accuracy {result[1]:.2f}")

# %% [markdown]
# **Look first:** change the rate of `broken` to 0.0001, then to 1.0. What changes? And what does that tell you?
#
# Repair it, **with plain SGD**. Write `rescue`. It gets the rows as they were measured, and returns a *function* that
# predicts, for other rows as they were measured. Two things are wrong in `broken`; you see the second when the first is
# mended. (Ten epochs are enough when each column has mean 0 and standard deviation 1. With the range from 0 to 1,
# take forty.)
#
# The check trains on three cuts of the data. In each, it wants an accuracy of at least 0.9, and a loss of at most 0.2,
# on rows that `rescue` has not seen.


# %% exercise="rescue"
def rescue(x, y, seed):
    """Train on x and y; return a function that predicts, for rows as they were measured."""
    keras.utils.set_random_seed(seed)
    network = small_network(x.shape[1])
    ### BEGIN SOLUTION
    mean, deviation = x.mean(axis=0), x.std(axis=0)
    network.compile(SGD(learning_rate=0.1), "binary_crossentropy", metrics=["accuracy"])
    network.fit((x - mean) / deviation, y, epochs=10, verbose=0)

    def predict(rows):
        return network.predict((rows - mean) / deviation, verbose=0)

    return predict
    ### END SOLUTION


# %% check="rescue"
check("rescue", rescue)

# %% [markdown]
# ## 8 Experiment
#
# Real data: 342 penguins of three species. Four measurements each, three in millimetres, and one in grams.

# %%
penguins = keras.datasets.load_penguins()
print(penguins)
for name, column in zip(penguins.feature_names, penguins.x.T, strict=True):
    print(f"{name:18s} mean {column.mean():7.1f}   standard deviation {column.std():6.1f}")

# %% [markdown]
# Three parts, as always. You train on **training** rows, choose by **validation** rows, and open the **test** rows
# once, at the end.

# %%
order = np.random.default_rng(0).permutation(len(penguins.x))
train, validation, test = order[:206], order[206:274], order[274:]
measured = penguins.x
print(len(train), len(validation), len(test))

# %% [markdown]
# **Your goal:** a validation accuracy of at least 0.97 after 20 epochs, in all of five starts, **with plain SGD**: no
# momentum, no adaptivity. The start below does not reach it. You may change the rate. And you may change `features`,
# as long as nothing is learned from the validation and test rows.

# %%
features = measured
learning_rate = 0.01


def train_penguins(optimizer, seed):
    keras.utils.set_random_seed(seed)
    made = keras.Sequential(
        [
            keras.Input((4,)),
            keras.layers.Dense(16, activation="relu", name="hidden"),
            keras.layers.Dense(3, activation="softmax", name="output"),
        ]
    )
    made.compile(optimizer, "sparse_categorical_crossentropy", metrics=["accuracy"])
    rows, kept = [(features[part], penguins.y[part]) for part in (train, validation)]
    return made, made.fit(*rows, validation_data=kept, epochs=20, verbose=0)


for seed in range(5):
    birds, report = train_penguins(SGD(learning_rate), seed)
    print(f"start {seed}: validation accuracy {report.history['val_accuracy'][-1]:.3f}")

# %% [markdown]
# **Before you repair it:** replace SGD by Adam in the cell above, and try two or three rates. Can an adaptive optimizer
# save you the work? Compare the five numbers with those above. Then look at the gradients of the last batch:

# %%
print("largest gradient:", np.abs(birds.gradients).max())

# %% [markdown]
# <details><summary>What has happened?</summary>
#
# Nothing at all. Whatever the optimizer and its rate, the five numbers stay the same, because no weight has moved. No
# penguin weighs 0 grams. From numbers like 4000 the untrained network makes scores hundreds apart, and is absolutely
# certain of its guesses. Probabilities that near to 0 and 1 are cut off before the loss is taken. Where it is cut off,
# the loss is flat: the gradient is zero. Adam adapts to the size of a gradient, but zero stays zero.
#
# **An optimizer can only use the gradient that it gets.**
#
# </details>
#
# <details><summary>Hint for the features</summary>
#
# Take the mean of each column away, and divide by its standard deviation: both from `measured[train]`, with `axis=0`.
# Then look for the rate again.
#
# </details>

# %% [markdown]
# When you have reached the goal, and only then, set `finished` to `True` and run this **once**:

# %%
finished = False

if finished:
    result = birds.evaluate(features[test], penguins.y[test], verbose=0)
    print(f"test accuracy: {result[1]:.3f}")

# %% [markdown]
# **Write down:** what you did to the features, your rate, the five validation accuracies, the test accuracy. Then the
# same for Adam, at a rate that you have chosen just as carefully. Is there a difference that you would defend in
# front of somebody?
#
# ## 9 Review
#
# ### Flash cards
#
# Say the meaning aloud before you turn a card over.

# %%
quiz.flashcards()

# %% [markdown]
# ### Quiz
#
# Some questions are about part 5. If you have not read it yet, leave them open and come back.

# %% quiz="show"
quiz.show()

# %% [markdown]
# <details><summary>You cannot use the card?</summary>
#
# Type your answers between the quotes instead, and run the cell: a letter, several letters in their order, or a number.
# If no card appears, the questions are listed as text above.
#
# </details>

# %% quiz="typed"
quiz.typed(
    factor="",
    no_correction="",
    stable_rate="",
    which_adapt="",
    first_step="",
    same_rate="",
    lines_of_adam="",
    not_repaired="",
    memory="",
    report="",
)

# %% quiz="score"
quiz.score()

# %% [markdown]
# What went wrong in earlier lessons comes back here, as practice without points.

# %%
quiz.revisit()

# %% [markdown]
# ### Key insight
#
# > An optimizer is a rule for using the gradient. SGD takes it as it is. Momentum adds up the steps that agree.
# > RMSprop and Adam give each parameter a step size of its own, which evens out different scales. None of them finds
# > its learning rate by itself. Scale your features, give each optimizer the rate that suits it, and the differences
# > get small.
