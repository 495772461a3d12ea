"""The checks of this lesson: cases to try, and the mistakes that people make, as edits of the solution."""

import numpy as np

from lessonlib.checks import Exercise, Goal, Mistake, Run, Use


def stairs(rng):
    """The first and the last epoch on a step, after 0 to 4 steps down, of stairs of several lengths and heights."""
    cases = [(0, 0.1, 0.5, 2)]
    for down, last in ((0, True), (1, False), (1, True), (2, True), (2, False), (3, False), (4, True)):
        every = int(rng.integers(2, 11))
        epoch = (down + 1) * every - 1 if last else down * every
        cases.append((epoch, round(rng.uniform(0.01, 1), 3), round(rng.uniform(0.2, 0.9), 2), every))
    return cases


step_decay = Exercise(
    points=2,
    cases=stairs,
    tolerance=1e-9,
    mistakes=[
        Mistake(
            "epoch // every",
            "(epoch + 1) // every",
            says="Your first step down comes one epoch early. The first epoch is number 0.",
            catches="first-epoch-is-one",
        ),
        Mistake(
            "epoch // every",
            "(epoch - 1) // every",
            says="Your steps down come one epoch late. The first epoch is number 0.",
            catches="first-epoch-is-one",
        ),
        Mistake(
            "epoch // every",
            "epoch / every",
            says="Your rate falls a little in every epoch. A staircase stays level between its steps: round down.",
        ),
        Mistake(
            "epoch // every",
            "epoch",
            says="Your rate falls in every epoch. It should fall once in `every` epochs.",
        ),
        Mistake(
            "factor ** (epoch // every)",
            "factor * (epoch // every)",
            says="The factor is multiplied once for each step down. Repeated multiplication is a power: `**`.",
        ),
        Mistake(
            "initial * factor ** (epoch // every)",
            "initial / factor ** (epoch // every)",
            says="Your rate grows. A factor below 1 is multiplied, not divided by.",
        ),
        Mistake(
            "factor ** (epoch // every)",
            "(factor if epoch >= every else 1)",
            says="Your rate falls once and then stays. It falls again after every further `every` epochs.",
        ),
        Mistake(
            "epoch // every",
            "epoch % every",
            says="`%` is the rest of a division. You need how many times `every` fits into the epoch: `//`.",
        ),
        Mistake("initial * factor", "factor", says="The initial rate is missing."),
    ],
    hints=[
        "How often has the rate been multiplied by `factor` when this epoch begins?",
        "`epoch // every` is how often `every` fits into `epoch`.",
        "The initial rate times `factor` to the power of that number.",
    ],
    also_right=[
        "def step_decay(epoch, initial, factor, every):\n"
        "    rate = initial\n"
        "    for number in range(1, epoch + 1):\n"
        "        if number % every == 0:\n"
        "            rate = rate * factor\n"
        "    return rate",
        "def step_decay(epoch, initial, factor, every):\n"
        "    return initial * math.pow(factor, math.floor(epoch / every))",
    ],
)


def moments(rng):
    """Moments before, in, at the end of and after the two parts of a schedule; of another one; of one without a warm-up."""
    cases = [(0, 0.1, 10, 110)]
    for shares in ((-0.5, 0, 0.25, 0.6, 1, 1.4), (-0.2, 0.3)):
        peak, warmup = round(rng.uniform(0.05, 0.9), 2), int(rng.integers(5, 40))
        down = int(rng.integers(60, 400))
        for share in shares:  # of the way down; below 0, of the way up that is still to go
            step = warmup + int(share * (down if share > 0 else warmup))
            cases.append((step, peak, warmup, warmup + down))
    peak, total = round(rng.uniform(0.05, 0.9), 2), int(rng.integers(50, 90))
    return [*cases, (0, peak, 0, total), (total - 1, peak, 0, total)]


cosine_with_warmup = Exercise(
    points=3,
    cases=moments,
    tolerance=1e-8,
    mistakes=[
        Mistake(
            "peak * step / warmup",
            "peak * (step + 1) / warmup",
            says="The first update has the number 0, and the rate 0. Yours is one step ahead in the warm-up.",
        ),
        Mistake(
            "share = (step - warmup) / (total - warmup)",
            "share = step / total",
            says="The wave begins at step `warmup`, not at step 0. So there is a jump after the warm-up.",
        ),
        Mistake(
            "share = (step - warmup) / (total - warmup)",
            "share = (step - warmup) / total",
            says="The wave has only `total - warmup` steps. Yours does not get down to 0 at step `total`.",
        ),
        Mistake(
            "    if step > total:\n        return 0.0\n    share = (step - warmup) / (total - warmup)",
            "    share = step / total",
            says="The wave begins at step `warmup`, not at step 0. And after `total` it climbs again.",
        ),
        Mistake(
            "step > total",
            "step > 10 * total",
            says="After `total` the cosine climbs again. The rate should stay at 0.",
        ),
        Mistake(
            "return peak * (1 + math.cos(math.pi * share)) / 2",
            "return peak * (1 + math.cos(math.pi * share))",
            says="1 + cos goes from 2 down to 0. Half of it goes from 1 to 0.",
        ),
        Mistake(
            "return peak * (1 + math.cos(math.pi * share)) / 2",
            "return peak * math.cos(math.pi * share / 2)",
            says="This is a quarter of a wave. It starts level and ends steep; half a wave is level at both ends.",
        ),
        Mistake(
            "return peak * (1 + math.cos(math.pi * share)) / 2",
            "return peak * (1 - share)",
            says="This is a straight line down. Where is the cosine?",
        ),
        Mistake(
            "return peak * (1 + math.cos(math.pi * share)) / 2",
            "return peak * (1 + math.cos(180 * share)) / 2",
            says="`math.cos` counts in radians: half a turn is π, not 180.",
        ),
        Mistake(
            "return peak * (1 + math.cos(math.pi * share)) / 2",
            "return peak * (1 - math.cos(math.pi * share)) / 2",
            says="Your wave goes up. With a plus it goes down.",
        ),
        Mistake(
            "return peak * (1 + math.cos(math.pi * share)) / 2",
            "return (1 + math.cos(math.pi * share)) / 2",
            says="Your wave starts at 1. It should start at `peak`.",
        ),
        Mistake(
            "if step < warmup:",
            "if step < 0:",
            says="The warm-up is missing: the first `warmup` steps are a straight line up.",
        ),
        Mistake(
            "if step < warmup:",
            "if step <= warmup:",
            says="With a `warmup` of 0 your first step divides by 0. Step `warmup` is the first of the wave: use `<`.",
        ),
    ],
    hints=[
        "There are three parts, so three `return`s: before `warmup`, after `total`, and between them.",
        "In the warm-up the share of the way is `step / warmup`. Take that share of `peak`.",
        "Between them the way has `total - warmup` steps, and `step - warmup` of them are done. Then the formula above.",
    ],
    also_right=[
        "def cosine_with_warmup(step, peak, warmup, total):\n"
        "    if step < warmup:\n"
        "        return step * (peak / warmup)\n"
        "    return peak * math.cos(math.pi / 2 * min(1.0, (step - warmup) / (total - warmup))) ** 2",
        "def cosine_with_warmup(step, peak, warmup, total):\n"
        "    schedules = keras.optimizers.schedules\n"
        "    return schedules.CosineDecay(0.0, total - warmup, warmup_target=peak, warmup_steps=warmup)(step)",
    ],
)


def floors(rng):
    """Floors from near zero to above one, where the rate comes near 2."""
    spans = ((0.02, 0.2), (0.2, 0.4), (0.4, 0.6), (0.6, 0.95), (2, 4))
    return [(0.01,), (1.0,), *((round(rng.uniform(*span), 3),) for span in spans)]


rate_for_floor = Exercise(
    points=1,
    cases=floors,
    tolerance=1e-9,
    mistakes=[
        Mistake(
            "2 * floor / (1 + floor)",
            "floor / (2 - floor)",
            says="This is the floor of a rate. Here the floor is given, and the rate is wanted.",
        ),
        Mistake(
            "2 * floor / (1 + floor)",
            "2 * floor",
            says="That is nearly right for small floors only. Keep the η in the denominator when you solve.",
        ),
        Mistake(
            "2 * floor / (1 + floor)",
            "2 * floor / (1 - floor)",
            says="Check the sign: V (2 − η) = η becomes 2 V = η + V η.",
        ),
        Mistake("2 * floor / (1 + floor)", "floor / (1 + floor)", says="A factor of 2 is lost: V (2 − η) = 2 V − V η."),
        Mistake(
            "2 * floor / (1 + floor)",
            "2 / (1 + floor)",
            says="For a floor near 0 the rate must be near 0. Yours is near 2.",
        ),
        Mistake("2 * floor / (1 + floor)", "floor", says="The floor is not the rate, except where both are 1."),
        Mistake(
            "2 * floor / (1 + floor)",
            "(2 - floor) / floor",
            says="This turns the fraction of the formula upside down. Solve V = η / (2 − η) for η.",
        ),
    ],
    hints=[
        "Multiply both sides of V = η / (2 − η) by 2 − η.",
        "Bring all η to one side: 2 V = η + V η.",
        "η (1 + V) = 2 V. Divide by 1 + V.",
    ],
    also_right=[
        "def rate_for_floor(floor):\n    return 2 / (1 + 1 / floor)",
        "def rate_for_floor(floor):\n"
        "    low, high = 0.0, 2.0\n"
        "    for _ in range(80):\n"
        "        middle = (low + high) / 2\n"
        "        low, high = (middle, high) if middle / (2 - middle) < floor else (low, middle)\n"
        "    return low",
    ],
)


def watched(rng):
    """Losses that fall, stand still, rise and fall again, for several patiences; one random walk each time."""

    def use(patience, losses, rate=0.1, factor=0.5):
        higher = rng.integers(1, 90) / 100
        return Use((rate, factor, patience), [("step", round(float(loss + higher), 3)) for loss in losses])

    walk = (0.5 - 0.01 * np.arange(14) + rng.normal(0, 0.03, 14)).round(3)
    return [
        use(2, [0.5, 0.5, 0.6, 0.6, 0.6, 0.6]),
        use(2, [0.7, 0.6, 0.65, 0.55, 0.56, 0.57, 0.5]),
        use(1, [0.7, 0.6, 0.65, 0.64, 0.63], rate=0.4, factor=0.1),
        use(3, [0.5, 0.6, 0.55, 0.58, 0.52, 0.51, 0.49, 0.5, 0.5, 0.5, 0.5]),
        use(2, [0.9, 0.8, 0.7, 0.6, 0.5], factor=0.2),
        use(2, walk),
    ]


ReducePlateau = Exercise(
    points=3,
    cases=watched,
    tolerance=1e-9,
    mistakes=[
        Mistake(
            "self.waited >= self.patience",
            "self.waited > self.patience",
            says="Your rate falls one epoch late, as PyTorch's does. With patience 2 it should fall after 2 epochs without improvement.",
        ),
        Mistake(
            "            self.rate *= self.factor\n            self.waited = 0",
            "            self.rate *= self.factor",
            says="After a reduction the waiting begins anew. Yours goes on, so the rate falls again in the next bad epoch.",
        ),
        Mistake(
            "self.best, self.waited = loss, 0",
            "self.best = loss",
            says="An improvement ends the waiting. You count bad epochs that are not in a row.",
        ),
        Mistake(
            "            self.waited += 1",
            "            self.waited += 1\n            self.best = loss",
            says="You compare with the epoch before. Compare with the best loss so far.",
        ),
        Mistake(
            "if loss < self.best:",
            "if loss <= self.best:",
            says="A loss that is only as good as the best is no improvement.",
        ),
        Mistake(
            "self.rate *= self.factor",
            "self.rate = self.factor",
            says="The factor becomes the rate itself. Multiply the rate by it.",
        ),
        Mistake(
            "self.rate *= self.factor",
            "self.rate -= self.factor",
            says="The factor is subtracted. Multiply by it.",
        ),
        Mistake(
            "        return self.rate",
            "        return self.best",
            says="`step` returns the rate, not the best loss.",
        ),
        Mistake(
            "            self.waited = 0\n        return self.rate",
            "            self.waited = 0\n            return self.rate",
            says="`step` returns a rate after every epoch, also when nothing was changed.",
        ),
        Mistake(
            "self.best, self.waited = math.inf, 0",
            "self.best, self.waited = 0.0, 0",
            says="Nothing ever counts as an improvement. Better is lower than the best; and before any loss, the best is infinitely bad.",
        ),
    ],
    hints=[
        "The object has to remember the best loss so far, and how many epochs in a row were no better.",
        "At the start the best loss is `math.inf`, so that any first loss is an improvement.",
        "Two questions, one after the other: is the loss better than the best? And has it waited long enough?",
    ],
    also_right=[
        "class ReducePlateau:\n"
        "    def __init__(self, rate, factor, patience):\n"
        "        self.rate, self.factor, self.patience = rate, factor, patience\n"
        "        self.losses, self.last_event = [], -1\n\n"
        "    def step(self, loss):\n"
        "        if not self.losses or loss < min(self.losses):\n"
        "            self.last_event = len(self.losses)\n"
        "        self.losses.append(loss)\n"
        "        now = len(self.losses) - 1\n"
        "        if now - self.last_event >= self.patience:\n"
        "            self.rate = self.rate * self.factor\n"
        "            self.last_event = now\n"
        "        return self.rate",
        "class ReducePlateau:\n"
        "    def __init__(self, rate, factor, patience):\n"
        "        self.start, self.factor, self.patience = rate, factor, patience\n"
        "        self.best, self.left, self.times = None, patience, 0\n\n"
        "    def step(self, loss):\n"
        "        if self.best is None or loss < self.best:\n"
        "            self.best, self.left = loss, self.patience\n"
        "        else:\n"
        "            self.left -= 1\n"
        "            if self.left == 0:\n"
        "                self.left, self.times = self.patience, self.times + 1\n"
        "        return self.start * self.factor**self.times",
    ],
)

THE_LINE = "0.2 * 0.5 ** (epoch // 2)"

_WITH_FIT = """def repaired(x, y, seed):
    keras.utils.set_random_seed(seed)
    layers = [keras.Input((64,)), keras.layers.Dense(32, "relu", name="a"), keras.layers.Dense(10, "softmax", name="b")]
    reader = keras.Sequential(layers)
    reader.compile(keras.optimizers.SGD(0.2, momentum=0.9), "sparse_categorical_crossentropy")
    {compile}
    reader.fit(x, y, batch_size=32, epochs=8, verbose=0{callbacks})
    return reader"""

repaired = Exercise(
    points=3,
    cases=[Run("load_digits", seed=seed) for seed in (0, 1, 2)],
    goals=[Goal("accuracy", at_least=0.9)],
    mistakes=[
        Mistake(
            THE_LINE,
            "0.2 * 0.5 ** (count // 2)",
            says="`count` counts updates. So the rate is halved every two updates, and is gone before the first epoch is over.",
            catches="schedules-count-epochs",
        ),
        Mistake(THE_LINE, "0.2", says="Now the rate never falls. With 0.2 and momentum the network never settles."),
        Mistake(THE_LINE, "0.2 * 2 ** (epoch // 2)", says="Your rate doubles every two epochs."),
        Mistake(
            THE_LINE,
            "0.2 * 0.5 * (epoch // 2)",
            says="Halving again and again is a power, `**`. Your rate is 0 at first, and grows then.",
        ),
        Mistake(
            THE_LINE,
            "float(optimizer.learning_rate) * 0.5 ** (epoch // 2)",
            says="You multiply the *present* rate, at every update. Start from 0.2 each time, or lower it only once in two epochs.",
        ),
        Mistake(
            THE_LINE,
            "0.2 * 0.5 ** (first // 2)",
            says="`first` is the number of a row, from 0 to 1436 in every epoch.",
        ),
        Mistake("for epoch in range(8):", "for epoch in range(0):", says="This network was never trained: it guesses."),
    ],
    hints=[
        "Print the rate once an epoch. Is it what the text says?",
        "`count` grows by 1 at every update. What else grows, once an epoch?",
        "Use `epoch // 2` in place of `count // 2`.",
    ],
    also_right=[
        _WITH_FIT.format(
            compile="reader.optimizer.learning_rate = 0.2",
            callbacks=", callbacks=[keras.callbacks.LearningRateScheduler(lambda epoch: 0.2 * 0.5 ** (epoch // 2))]",
        ),
        _WITH_FIT.format(
            compile="rate = keras.optimizers.schedules.ExponentialDecay(0.2, 2 * math.ceil(len(x) / 32), 0.5, True)\n"
            '    reader.compile(keras.optimizers.SGD(rate, momentum=0.9), "sparse_categorical_crossentropy")',
            callbacks="",
        ),
    ],
)
