"""The checks of this lesson: cases to try, and the mistakes that people make, as edits of the solution."""

from lessonlib.checks import Exercise, Goal, Mistake, Run, Use

BORDER = "2 * (1 + momentum) / max(curvatures)"


def bowls(rng):
    """Bowls of one to four directions, the steepest of them at a place of its own; with and without momentum."""
    cases = [([1.0, 25.0], 0.0)]
    for others, place, momentum in ((2, 0, 0.0), (1, 0, 0.0), (3, 1, 0.9), (1, 1, 0.5), (0, 0, 0.99)):
        curvatures = rng.uniform(0.1, 10, others).round(1).tolist()
        curvatures.insert(place, round(rng.uniform(11, 50), 1))
        cases.append((curvatures, momentum))
    return cases


largest_stable_rate = Exercise(
    points=2,
    cases=bowls,
    mistakes=[
        Mistake(
            BORDER, "2 * (1 + momentum) / min(curvatures)",
            says="You took the flattest direction. The path flies out in the steepest one first.",
        ),
        Mistake(
            BORDER, "2 * (1 + momentum) / curvatures[-1]",
            says="You took the last direction. The steepest may stand anywhere in the list.",
        ),
        Mistake(
            BORDER, "2 * (1 + momentum) / curvatures[0]",
            says="You took the first direction. The steepest may stand anywhere in the list.",
        ),
        Mistake(
            BORDER, "2 * (1 + momentum) / np.mean(curvatures)",
            says="You took the mean curvature. One steep direction is enough to fly out, however flat the others are.",
        ),
        Mistake(
            BORDER, "2 * (1 + momentum) / sum(curvatures)",
            says="You added the curvatures up. The directions do not disturb each other: the steepest one decides alone.",
        ),
        Mistake(
            BORDER, "(1 + momentum) / max(curvatures)",
            says="This is half of the border: the rate may be twice as large before the path flies out.",
        ),
        Mistake(
            BORDER, "2 / max(curvatures)",
            says="This is the border without momentum. Where does the momentum come in?",
        ),
        Mistake(
            BORDER, "2 / max(curvatures) + momentum",
            says="You added the momentum. It moves the border out by a factor: multiply by 1 + momentum.",
        ),
        Mistake(
            BORDER, "2 / (1 + momentum) / max(curvatures)",
            says="You divided by 1 + momentum. Momentum moves the border out, not in.",
        ),
        Mistake(
            BORDER, "2 * (1 - momentum) / max(curvatures)",
            says="1 − momentum makes the border smaller. Momentum moves it out.",
        ),
        Mistake(
            BORDER, "max(curvatures) / 2 * (1 + momentum)",
            says="You have turned the fraction upside down. A steeper bowl allows a smaller rate.",
        ),
    ],
    hints=[
        "Which of the directions is the first in which the steps get longer and longer?",
        "The border without momentum is 2/L, where L is the largest curvature: `max(curvatures)`.",
        "Multiply that by `1 + momentum`.",
    ],
    also_right=[
        "def largest_stable_rate(curvatures, momentum):\n"
        "    return min(2 * (1 + momentum) / curvature for curvature in curvatures)",
        "def largest_stable_rate(curvatures, momentum):\n"
        "    return float((2 + 2 * momentum) / np.sort(curvatures)[-1])",
    ],
)  # fmt: skip


def uses_of_momentum(rng):
    """Four varied steps each, of two parameters; one of the optimizers has no momentum."""
    p = rng.normal(size=2).round(2)
    return [
        Use(settings, [("step", p, rng.normal(size=2).round(2)) for _ in range(4)])
        for settings in ((0.1, 0.9), (0.5, 0.5), (0.2, 0.0), (0.01, 0.99))
    ]


NEW_M = "self.momentum * self.m - self.learning_rate * g"

MyMomentum = Exercise(
    points=2,
    cases=uses_of_momentum,
    mistakes=[
        Mistake(
            NEW_M, "self.momentum * self.m + self.learning_rate * g",
            says="Your steps go uphill. m holds *minus* the gradient, times the learning rate; and m is added to p.",
        ),
        Mistake(
            NEW_M, "self.m - self.learning_rate * g",
            says="The old step is kept whole. Only the share `momentum` of it may stay.",
        ),
        Mistake(
            NEW_M, "-self.learning_rate * g",
            says="This is plain SGD. The new m must keep the share `momentum` of the old one, and the move is the whole m.",
        ),
        Mistake(
            NEW_M, "self.momentum * self.m - (1 - self.momentum) * self.learning_rate * g",
            says="The new gradient is made smaller by 1 − momentum. Adam's m is built like that. Here the gradient counts in full.",
        ),
        Mistake(
            NEW_M, "self.momentum * (self.m - self.learning_rate * g)",
            says="Momentum multiplies the old step only, not the new gradient.",
        ),
        Mistake(NEW_M, "self.momentum * self.m - g", says="The learning rate is missing."),
        Mistake(
            "return p + self.m", "return p + self.learning_rate * self.m",
            says="The learning rate is used twice. It stands inside `m` already.",
        ),
        Mistake(
            "return p + self.m", "return self.m",
            says="This is only the move. Return the new parameters: the old ones plus the move.",
        ),
        Mistake(
            "return p + self.m", "p += self.m\n        return p",
            says="`p += …` changes the array of whoever calls `step`. Make a new one: `p + …`.",
        ),
        Mistake(
            f"self.m = {NEW_M}\n        return p + self.m", f"old, self.m = self.m, {NEW_M}\n        return p + old",
            says="p is moved by the old m. First find the new m, then move p by it.",
        ),
    ],
    hints=[
        "There are two lines: one for `self.m`, and one for the result.",
        "The new `self.m` is the old one times `self.momentum`, minus the gradient times the learning rate.",
        "The result is `p` plus the new `self.m`.",
    ],
    also_right=[
        "class MyMomentum:\n"
        "    def __init__(self, learning_rate, momentum):\n"
        "        self.rate, self.share, self.last = learning_rate, momentum, None\n"
        "    def step(self, p, g):\n"
        "        if self.last is None:\n"
        "            self.last = np.zeros_like(p)\n"
        "        self.last = np.add(self.share * self.last, np.multiply(-self.rate, g))\n"
        "        return np.add(p, self.last)",
        "class MyMomentum:\n"
        "    def __init__(self, learning_rate, momentum):\n"
        "        self.learning_rate, self.momentum = learning_rate, momentum\n"
        "        self.downhill = 0.0\n"
        "    def step(self, p, g):\n"
        "        self.downhill = self.learning_rate * g + self.momentum * self.downhill\n"
        "        return p - self.downhill",
    ],
)  # fmt: skip


def uses_of_adam(rng):
    """Four steps with two parameters, whose gradients change in sign and size; epsilon large enough to be seen."""
    p = rng.normal(size=2).round(2)
    return [
        Use(settings, [("step", p, (rng.normal(size=2) * [1.0, 0.2]).round(3)) for _ in range(4)])
        for settings in ((0.1, 0.9, 0.999, 0.01), (0.01, 0.8, 0.99, 0.1), (0.5, 0.5, 0.9, 0.05), (0.2, 0.9, 0.95, 0.2))
    ]


M = "self.m = self.beta_1 * self.m + (1 - self.beta_1) * g\n"
V = "self.v = self.beta_2 * self.v + (1 - self.beta_2) * g**2"
M_HAT, V_HAT = "m_hat = self.m / (1 - self.beta_1**self.t)", "v_hat = self.v / (1 - self.beta_2**self.t)"
BOTH, BOTH_HATS = f"{M}        {V}", f"{M_HAT}\n        {V_HAT}"
ROOT = "np.sqrt(v_hat) + self.epsilon"

MyAdam = Exercise(
    points=4,
    cases=uses_of_adam,
    mistakes=[
        Mistake(
            BOTH_HATS, "m_hat, v_hat = self.m, self.v",
            says="The correction is missing. m and v start at zero; divide each by the share that it has collected so far.",
        ),
        Mistake(V_HAT, "v_hat = self.v", says="m is corrected, and v is not. Both have started at zero."),
        Mistake(M_HAT, "m_hat = self.m", says="v is corrected, and m is not. Both have started at zero."),
        Mistake(
            BOTH_HATS, "m_hat, v_hat = self.m / (1 - self.beta_1), self.v / (1 - self.beta_2)",
            says="The correction must fade from step to step. Either the power is missing, beta to the power t, or t is never raised.",
        ),
        Mistake(
            BOTH_HATS, "m_hat, v_hat = self.m / (1 - self.beta_1 * self.t), self.v / (1 - self.beta_2 * self.t)",
            says="beta times t is not beta to the power t. A power is written `**`.",
        ),
        Mistake(
            BOTH_HATS,
            "m_hat = self.m = self.m / (1 - self.beta_1**self.t)\n"
            "        v_hat = self.v = self.v / (1 - self.beta_2**self.t)",
            says="The corrected values have replaced m and v themselves. Keep them apart: the next step needs the uncorrected ones.",
        ),
        Mistake(
            "self.t += 1", "self.t += 2",
            says="The steps are not counted 1, 2, 3, … Raise t by 1, once in every step.",
        ),
        Mistake(
            "self.t += 1", "self.t += 0",
            says="t stays 0. Then the correction divides by 1 − 1, which is zero. Raise t first, at the top of the step.",
        ),
        Mistake(
            ROOT, "np.sqrt(v_hat + self.epsilon)",
            says="epsilon stands under the root. In Adam it is added after the root.",
        ),
        Mistake(
            ROOT, "np.sqrt(v_hat) + self.epsilon / np.sqrt(1 - self.beta_2**self.t)",
            says="This is the form of Keras and of our engine: epsilon before the correction. It works as well, but the equations of part 5 add epsilon to the root of the corrected v.",
        ),
        Mistake(
            ROOT, "np.sqrt(v_hat)",
            says="epsilon is missing. A parameter whose gradients are all zero would divide by zero.",
        ),
        Mistake(ROOT, "v_hat + self.epsilon", says="The root is missing. v holds squares, so its root has the size of a gradient."),
        Mistake(V, V.replace("g**2", "g"), says="v is the running mean of the *squared* gradients. Yours are not squared."),
        Mistake(V, V.replace("g**2", "self.m**2"), says="v collects the squares of m. It must collect the squares of the gradient."),
        Mistake(
            V, V.replace("g**2", "np.mean(g**2)"),
            says="All parameters share one v. Each needs its own: that is the whole point of Adam.",
        ),
        Mistake(
            V, "self.v = self.beta_2 * self.v + g**2",
            says="The new square counts in full. In a running mean it counts with the share 1 − beta_2.",
        ),
        Mistake(
            M, "self.m = self.beta_1 * self.m + g\n",
            says="The new gradient counts in full. In a running mean it counts with the share 1 − beta_1.",
        ),
        Mistake(
            M, "self.m = (1 - self.beta_1) * self.m + self.beta_1 * g\n",
            says="The shares of m are swapped: the old mean keeps beta_1, the new gradient gets the rest.",
        ),
        Mistake(
            BOTH, BOTH.replace("beta_1", "beta_0").replace("beta_2", "beta_1").replace("beta_0", "beta_2"),
            says="beta_1 and beta_2 are swapped in m and v: beta_1 belongs to m, beta_2 to v.",
        ),
        Mistake(
            BOTH, "self.m = (1 - self.beta_1) * g\n        self.v = (1 - self.beta_2) * g**2",
            says="m and v forget the steps before. Each must keep its share of the old value.",
        ),
        Mistake(
            "m_hat / (", "g / (",
            says="You move along the last gradient. That is RMSprop's direction. Adam moves along the corrected m.",
        ),
        Mistake("return p - ", "return p + ", says="Your steps go uphill. Check the signs in the last line."),
        Mistake("self.learning_rate * m_hat", "m_hat", says="The learning rate is missing."),
        Mistake("return p - ", "return -", says="This is only the move. Return the new parameters: p minus the step."),
        Mistake(
            "return p - self.learning_rate * m_hat / (np.sqrt(v_hat) + self.epsilon)",
            "p -= self.learning_rate * m_hat / (np.sqrt(v_hat) + self.epsilon)\n        return p",
            says="`p -= …` changes the array of whoever calls `step`. Make a new one: `p - …`.",
        ),
    ],
    hints=[
        "A step has six lines: raise t, then m, v, the corrected m, the corrected v, and the result.",
        "`self.m` and `self.v` must be kept for the next step. The corrected ones get names of their own.",
        "The corrected v is `self.v / (1 - self.beta_2**self.t)`. The last line divides the corrected m by `np.sqrt(v_hat) + self.epsilon`.",
    ],
    also_right=[
        "class MyAdam:\n"
        "    def __init__(self, learning_rate, beta_1, beta_2, epsilon):\n"
        "        self.settings, self.m, self.v, self.t = (learning_rate, beta_1, beta_2, epsilon), None, None, 1\n"
        "    def step(self, p, g):\n"
        "        rate, b1, b2, epsilon = self.settings\n"
        "        if self.m is None:\n"
        "            self.m, self.v = np.zeros_like(p), np.zeros_like(p)\n"
        "        self.m += (1 - b1) * (g - self.m)\n"
        "        self.v += (1 - b2) * (g * g - self.v)\n"
        "        move = rate * (self.m / (1 - b1**self.t)) / ((self.v / (1 - b2**self.t)) ** 0.5 + epsilon)\n"
        "        self.t += 1\n"
        "        return p - move",
        "class MyAdam:\n"
        "    def __init__(self, learning_rate, beta_1, beta_2, epsilon):\n"
        "        self.rate, self.b1, self.b2, self.epsilon, self.seen = learning_rate, beta_1, beta_2, epsilon, []\n"
        "    def step(self, p, g):\n"
        "        self.seen.insert(0, np.array(g))\n"
        "        t = len(self.seen)\n"
        "        m = sum((1 - self.b1) * self.b1**age * old for age, old in enumerate(self.seen)) / (1 - self.b1**t)\n"
        "        v = sum((1 - self.b2) * self.b2**age * old**2 for age, old in enumerate(self.seen)) / (1 - self.b2**t)\n"
        "        return p - self.rate * m / (np.sqrt(v) + self.epsilon)",
    ],
)  # fmt: skip

TRAINED_ON = "network.fit((x - mean) / deviation, y"
PREDICTED = "network.predict((rows - mean) / deviation"

rescue = Exercise(
    points=4,
    cases=[Run("load_breast_cancer", seed=seed, scaled=False) for seed in (0, 1, 2)],
    goals=[Goal("accuracy", at_least=0.9), Goal("loss", at_most=0.2)],
    mistakes=[
        Mistake(
            "x.mean(axis=0), x.std(axis=0)", "0.0, 1.0",
            says="The features are still as they were measured: some are near 0.01, some near 1000. With such large numbers the network is certain from the start, its gradients are zero, and no rate can help.",
        ),
        Mistake(
            "x.mean(axis=0), x.std(axis=0)", "x.min(axis=0), x.max(axis=0) - x.min(axis=0)",
            says="The range from 0 to 1 is a good scale, but ten epochs are not enough with it. Take forty, or standardise.",
        ),
        Mistake(
            PREDICTED, "network.predict(rows",
            says="The network was trained on standardised rows, and now gets rows as they were measured. Treat them alike.",
        ),
        Mistake(
            TRAINED_ON, "network.fit(x, y",
            says="The rows to predict are standardised, but not the rows that the network is trained on. Treat them alike.",
        ),
        Mistake(
            "learning_rate=0.1", "learning_rate=0.001",
            says="The features may be right now, but the steps are too small to get anywhere in ten epochs.",
        ),
        Mistake(
            "learning_rate=0.1", "learning_rate=1000.0",
            says="The steps are far too long: the very first ones throw the weights out of reach.",
        ),
        Mistake(
            "x.mean(axis=0), x.std(axis=0)", "x.mean(), x.std()",
            says="This is one mean and one deviation for all columns together. Each column needs its own: `axis=0`.",
        ),
        Mistake(
            "        return network.predict((rows - mean) / deviation, verbose=0)",
            "        return 1 - network.predict((rows - mean) / deviation, verbose=0)",
            says="Your predictions are turned round: 1 must stand for malignant.",
        ),
    ],
    hints=[
        "Print `x.mean(axis=0)` for the cells. What do you notice about the columns?",
        "Find the mean and the standard deviation of each column of `x`, once. Use the same two for training and for predicting.",
        "Define a function `predict(rows)` inside `rescue`, which standardises the rows with the two of `x`, and return it. Then try rates of 0.03, 0.1 and 0.3.",
    ],
    also_right=[
        "def rescue(x, y, seed):\n"
        "    keras.utils.set_random_seed(seed)\n"
        "    network = small_network(x.shape[1])\n"
        "    low, width = x.mean(0), x.std(0)\n"
        "    network.compile(SGD(0.2), 'binary_crossentropy')\n"
        "    network.fit((x - low) / width, y, batch_size=16, epochs=10, verbose=0)\n"
        "    return lambda rows: network.predict((rows - low) / width, verbose=0)",
        "def rescue(x, y, seed):\n"
        "    keras.utils.set_random_seed(seed)\n"
        "    scale = keras.layers.Rescaling(1 / x.std(axis=0), -x.mean(axis=0) / x.std(axis=0))\n"
        "    parts = [keras.Input((x.shape[1],)), scale, keras.layers.Dense(16, 'relu'), keras.layers.Dense(1, 'sigmoid')]\n"
        "    network = keras.Sequential(parts)\n"
        "    network.compile(SGD(0.1), 'binary_crossentropy')\n"
        "    network.fit(x, y, epochs=10, verbose=0)\n"
        "    return network",
    ],
)  # fmt: skip
