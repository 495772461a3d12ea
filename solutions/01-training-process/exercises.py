"""The checks of this lesson: cases to try, and the mistakes that people make, as edits of the solution."""

import numpy as np

from lessonlib.checks import Exercise, Goal, Mistake, Run, Use

# Parts of the solutions in which several mistakes are made.
COSTS, CLIP = "-y * np.log(p) - (1 - y) * np.log(1 - p)", "np.clip(p, 1e-7, 1 - 1e-7)"
SUMS, RELU, STOP = "x @ kernel + bias", "np.maximum(z, 0)", "self.waited >= self.patience"


def answers_and_predictions(rng):
    """Columns of answers and probabilities; some predictions are perfectly sure, and one of those is wrong."""
    third, second = rng.uniform(0.2, 0.6, 2).round(2)
    cases = [
        (np.array([[1.0], [0.0]]), np.array([[0.9], [0.2]])),
        (np.array([[1.0], [0.0], [1.0]]), np.array([[0.5], [0.5], [0.5]])),
        (np.array([[1.0], [0.0], [0.0]]), np.array([[1.0], [0.0], [third]])),
        (np.array([[1.0], [0.0]]), np.array([[0.0], [second]])),
        (np.array([[1.0], [0.0]]), np.array([[0.001], [round(rng.uniform(0.999, 0.9999), 5)]])),
    ]
    for rows in (3, 8, 20):
        y = rng.integers(0, 2, (rows, 1)).astype(float)
        cases.append((y, rng.uniform(0.05, 0.95, (rows, 1)).round(3)))
    return cases


binary_crossentropy = Exercise(
    points=2,
    cases=answers_and_predictions,
    tolerance=1e-6,
    mistakes=[
        Mistake(
            "    p = np.clip(p, 1e-7, 1 - 1e-7)\n",
            "",
            says="Where p is exactly 0 or 1, the logarithm is infinite. Bring p into the allowed range first.",
        ),
        Mistake(
            CLIP,
            "np.clip(p, 1e-7, 1)",
            says="Only one side is cut off. The other logarithm takes 1 - p, so p must not be 1 either.",
        ),
        Mistake(
            COSTS,
            "y * np.log(p) + (1 - y) * np.log(1 - p)",
            says="The sign is wrong. A logarithm of a probability is negative, and a cost must be positive.",
        ),
        Mistake(COSTS, "-y * np.log(p)", says="Rows with the answer 0 cost nothing here. What is the second part for?"),
        Mistake(
            COSTS,
            "-y * np.log(p) + (1 - y) * np.log(1 - p)",
            says="Look at the sign of the second part: both parts are subtracted.",
        ),
        Mistake(
            COSTS,
            "-y * np.log(1 - p) - (1 - y) * np.log(p)",
            says="The two probabilities are swapped. Where the answer is 1, the right probability is p.",
        ),
        Mistake("np.mean(costs)", "np.sum(costs)", says="This is the sum over the rows. The loss is their mean."),
        Mistake(
            "np.mean(costs)", "costs", says="You return one cost for each row. Make one number of them: their mean."
        ),
        Mistake(COSTS, "(y - p) ** 2", says="This is the squared error, another loss. Cross-entropy uses logarithms."),
    ],
    hints=[
        "There are three lines: cut p to the range, compute a cost for each row, take the mean.",
        "The first one uses `np.clip(p, smallest, largest)`, and keeps its result under the name p.",
        "Where y is 1, the second part of the formula is 0, and where y is 0, the first. So both can be written for all rows at once.",
    ],
    also_right=[
        "def binary_crossentropy(y, p):\n"
        "    p = np.minimum(np.maximum(p, 1e-7), 1 - 1e-7)\n"
        "    return -np.mean(np.log(np.where(y == 1, p, 1 - p)))",
        "def binary_crossentropy(y, p):\n"
        "    total = 0.0\n"
        "    for answer, q in zip(y[:, 0], p[:, 0]):\n"
        "        q = min(max(q, 1e-7), 1 - 1e-7)\n"
        "        total -= answer * np.log(q) + (1 - answer) * np.log(1 - q)\n"
        "    return total / len(y)",
    ],
)


def batches_and_layers(rng):
    """Layers of several sizes with each activation; scores of both signs."""
    sizes = [(1, 2, 1, "linear"), (3, 2, 4, "relu"), (2, 4, 1, "sigmoid"), (5, 10, 16, "relu"), (4, 3, 3, "linear"),
             (6, 4, 2, "sigmoid"), (2, 2, 2, "linear")]  # fmt: skip
    return [
        (
            rng.normal(size=(rows, features)).round(2),
            rng.normal(size=(features, units)).round(2),
            rng.normal(size=units).round(2),
            activation,
        )
        for rows, features, units, activation in sizes
    ]


layer = Exercise(
    points=2,
    cases=batches_and_layers,
    tolerance=1e-6,
    mistakes=[
        Mistake(SUMS, "x @ kernel", says="The bias is missing. Each unit adds its own."),
        Mistake(SUMS, "x @ kernel - bias", says="The bias is added, not subtracted."),
        Mistake(SUMS, "x * kernel + bias", says="`*` multiplies number by number. Multiplying and adding up is `@`."),
        Mistake(
            SUMS,
            "kernel @ x + bias",
            says="The order matters: rows and features of the batch stand first, `x @ kernel`.",
        ),
        Mistake(RELU, "np.minimum(z, 0)", says="This keeps the negative numbers. relu keeps the positive ones."),
        Mistake(RELU, "np.abs(z)", says="This turns negative numbers positive. relu makes them 0."),
        Mistake(
            RELU,
            "np.max(z, 0)",
            says="`np.max(z, 0)` finds the largest number of each column. relu acts on each number: `np.maximum`.",
        ),
        Mistake(
            "np.exp(-z)",
            "np.exp(z)",
            says="The sign in the exponent is wrong: large scores must give probabilities near 1.",
        ),
        Mistake(
            "    return z\n",
            "    return np.maximum(z, 0)\n",
            says="A linear layer has no bend: what it computes goes out as it is.",
        ),
    ],
    hints=[
        "First the sum of each unit, the same for all activations. Then the bend.",
        "The sums of all rows and units are `x @ kernel`; the bias is added to every row by itself.",
        "Then ask for the activation: relu is `np.maximum` of the sums and 0, sigmoid is `1 / (1 + np.exp(...))`, and a linear "
        "layer returns the sums themselves.",
    ],
    also_right=[
        "def layer(x, kernel, bias, activation):\n"
        "    z = np.dot(x, kernel) + bias\n"
        "    bends = {'relu': lambda z: z * (z > 0), 'sigmoid': lambda z: np.exp(z) / (1 + np.exp(z)), 'linear': lambda z: z}\n"
        "    return bends[activation](z)",
        "def layer(x, kernel, bias, activation):\n"
        "    out = np.zeros((len(x), len(bias)))\n"
        "    for row in range(len(x)):\n"
        "        for unit in range(len(bias)):\n"
        "            z = sum(x[row] * kernel[:, unit]) + bias[unit]\n"
        "            if activation == 'relu':\n"
        "                z = max(z, 0)\n"
        "            elif activation == 'sigmoid':\n"
        "                z = 1 / (1 + np.exp(-z))\n"
        "            out[row, unit] = z\n"
        "    return out",
    ],
)


def output_layers(rng):
    """Hidden numbers, answers and predictions for several batches."""
    cases = []
    for rows, units in ((1, 2), (2, 1), (3, 4), (8, 3), (32, 16)):
        h = np.maximum(rng.normal(size=(rows, units)), 0).round(2)
        y = rng.integers(0, 2, (rows, 1)).astype(float)
        cases.append((h, y, rng.uniform(0.05, 0.95, (rows, 1)).round(3)))
    return cases


output_gradient = Exercise(
    points=3,
    cases=output_layers,
    tolerance=1e-7,
    mistakes=[
        Mistake(
            "d_score = d_p * p * (1 - p)",
            "d_score = d_p",
            says="The slope of the sigmoid is missing: p(1 - p). With cross-entropy it cancels, with this loss it does not.",
        ),
        Mistake(
            "d_p = 2 * (p - y) / len(y)\n    d_score = d_p * p * (1 - p)",
            "d_score = (p - y) / len(y)",
            says="These are the slopes for binary cross-entropy. Here the loss is another one.",
            catches="error-signal-is-p-minus-y",
        ),
        Mistake("2 * (p - y)", "(p - y)", says="The slope of a square has a factor 2."),
        Mistake(
            "2 * (p - y)",
            "2 * (y - p)",
            says="The sign is turned round. It is prediction minus truth, times p(1 - p), which is positive.",
        ),
        Mistake(
            " / len(y)",
            "",
            says="This is the slope of the sum over the rows. The loss is their mean: divide by the number of rows.",
        ),
        Mistake(
            "d_score.sum(axis=0)",
            "d_score.mean(axis=0)",
            says="For b2 you divide by the number of rows a second time. Add the rows up.",
        ),
        Mistake(
            "d_score.sum(axis=0)",
            "d_score.sum()",
            says="The slope for b2 has the shape of b2, (1,). Add up over the rows only.",
        ),
        Mistake(
            "d_score.sum(axis=0)", "d_score", says="b2 is the same for all rows, so its slope is the sum over the rows."
        ),
        Mistake(
            "h.T @ d_score, d_score.sum(axis=0)",
            "d_score.sum(axis=0), h.T @ d_score",
            says="The two slopes are in the wrong order: w2 comes first.",
        ),
        Mistake(
            "h.T @ d_score",
            "h * d_score",
            says="Each weight is used by every row: multiply and add up over the rows, with `h.T @ ...`.",
        ),
        Mistake("d_p * p * (1 - p)", "d_p * p", says="The slope of the sigmoid has two factors: p and 1 - p."),
    ],
    hints=[
        "Go backward, one station after the other: from the loss to p, from p to the score, from the score to w2 and b2.",
        "At the score: `2 * (p - y) / len(y) * p * (1 - p)`, shape (rows, 1).",
        "From the score to w2: what came in, times the error that comes back: `h.T @ d_score`. For b2, 1 came in from every row.",
    ],
    also_right=[
        "def output_gradient(h, y, p):\n"
        "    d_score = np.mean(2 * (p - y) * p * (1 - p) * np.hstack([h, np.ones((len(h), 1))]), axis=0)\n"
        "    return d_score[:-1, None], d_score[-1:]",
        "def output_gradient(h, y, p):\n"
        "    w, b = np.zeros((h.shape[1], 1)), np.zeros(1)\n"
        "    for row in range(len(h)):\n"
        "        d = 2 * (p[row, 0] - y[row, 0]) * p[row, 0] * (1 - p[row, 0]) / len(h)\n"
        "        w[:, 0] += d * h[row]\n"
        "        b += d\n"
        "    return w, b",
    ],
)


def epochs_after(patience, min_delta, val_losses, higher=0.0):
    """The use of a rule for one training; what it remembers is read at the end. All losses are `higher` by that."""
    calls = [("update", round(loss + higher, 3)) for loss in val_losses]
    return Use((patience, min_delta), calls, attributes=["best", "best_epoch", "epochs", "waited"])


def until_the_stop(patience, min_delta, val_losses):
    """The losses of a training that stops by the rule: nobody asks again after the stop."""
    best, waited = val_losses[0], 0
    for epoch, loss in enumerate(val_losses[1:], start=2):
        best, waited = (loss, 0) if loss < best - min_delta else (best, waited + 1)
        if waited == patience:
            return val_losses[:epoch]
    return val_losses


def trainings(rng):
    """Trainings that show each rule of the rule, and some that fall and swing by chance.

    Each ends with its stop at the latest, so `waited == patience` is as right as `waited >= patience`.
    """
    shown = [
        (2, 0.0, [0.6, 0.5, 0.4, 0.41, 0.42]),
        (2, 0.0, [0.6, 0.7, 0.5, 0.55, 0.45, 0.5, 0.5]),
        (1, 0.0, [0.5, 0.5]),
        (3, 0.01, [0.5, 0.495, 0.485, 0.48, 0.478, 0.476]),
        (2, 0.1, [0.9, 0.95, 0.75, 0.7, 0.66]),
        (3, 0.0, [0.5, 0.6, 0.55, 0.52]),
        (2, 0.1, [0.9, 0.95, 0.97]),
    ]
    cases = [epochs_after(*one, higher=rng.integers(1, 90) / 100) for one in shown]
    for patience, min_delta in ((1, 0.0), (2, 0.0205), (4, 0.0105)):  # no loss is exactly min_delta better
        losses = 0.2 + 0.5 * np.exp(-0.4 * np.arange(9)) + rng.normal(0, 0.04, 9)
        cases.append(epochs_after(patience, min_delta, until_the_stop(patience, min_delta, losses.round(3).tolist())))
    return cases


StoppingRule = Exercise(
    points=3,
    cases=trainings,
    tolerance=1e-9,
    mistakes=[
        Mistake(
            "            self.waited = 0\n",
            "            pass\n",
            says="After a better epoch the waiting begins anew: `waited` must go back to 0.",
        ),
        Mistake(STOP, "self.waited > self.patience", says="One epoch too late. Stop when `waited` reaches `patience`."),
        Mistake(
            "self.best - self.min_delta",
            "self.best",
            says="`min_delta` is not used. An epoch is better only if it is smaller by more than that.",
        ),
        Mistake(
            "self.best - self.min_delta",
            "self.best + self.min_delta",
            says="`min_delta` makes it harder to be better, not easier. Which sign must it have?",
        ),
        Mistake(
            "            self.waited += 1\n",
            "            self.waited += 1\n            self.best = val_loss\n",
            says="You compare with the epoch before. Compare with the best of all epochs so far.",
        ),
        Mistake("val_loss < self", "val_loss <= self", says="An equal loss is not a better one."),
        Mistake(
            ", self.best_epoch = val_loss, self.epochs",
            " = val_loss",
            says="A better epoch has a number too: remember it in `best_epoch`.",
        ),
        Mistake("        self.epochs += 1\n", "", says="Nobody counts the epochs. Every call of `update` is one more."),
        Mistake(STOP, "self.waited", says="You return how long it has waited. The answer is True or False."),
        Mistake(STOP, "self.epochs >= self.patience", says="Not all epochs count, only those that were not better."),
    ],
    hints=[
        "Every call: count the epoch, then decide whether it is better than `self.best`.",
        "If it is better, three things must be remembered: the loss, the number of the epoch, and that nobody has waited.",
        "At the end, return the comparison of `self.waited` with `self.patience`.",
    ],
    also_right=[
        "class StoppingRule:\n"
        "    def __init__(self, patience, min_delta=0.0):\n"
        "        self.patience, self.min_delta = patience, min_delta\n"
        "        self.best, self.best_epoch, self.epochs, self.waited = np.inf, 0, 0, 0\n"
        "    def update(self, val_loss):\n"
        "        self.epochs = self.epochs + 1\n"
        "        better = self.best - val_loss > self.min_delta\n"
        "        if better:\n"
        "            self.best = val_loss\n"
        "            self.best_epoch = self.epochs\n"
        "        self.waited = 0 if better else self.waited + 1\n"
        "        return self.waited == self.patience",
        "class StoppingRule:\n"
        "    def __init__(self, patience, min_delta=0.0):\n"
        "        self.patience, self.min_delta, self.seen = patience, min_delta, []\n"
        "        self.best, self.best_epoch = float('inf'), 0\n"
        "    def update(self, val_loss):\n"
        "        self.seen.append(val_loss)\n"
        "        if val_loss + self.min_delta < self.best:\n"
        "            self.best, self.best_epoch = val_loss, len(self.seen)\n"
        "        self.epochs = len(self.seen)\n"
        "        self.waited = self.epochs - self.best_epoch\n"
        "        return self.waited >= self.patience",
    ],
)

MENDED = """\
def repaired_training(X, T, X_val, T_val, seed):
    dice = np.random.default_rng(seed)
    W1, B1 = 1 / np.sqrt(X.shape[1]) * dice.normal(size=(X.shape[1], 8)), np.zeros(8)
    W2, B2 = 1 / np.sqrt(8) * dice.normal(size=(8, 1)), np.zeros(1)
    def predict(X):
        return 1 / (1 + np.exp(-(np.maximum(X @ W1 + B1, 0) @ W2 + B2)))
    for epoch in range(30):
        order = dice.permutation(len(X))
        for start in range(0, len(X), 32):
            X_b, T_b = X[order[start : start + 32]], T[order[start : start + 32]]
            Z = X_b @ W1 + B1
            H = np.maximum(Z, 0)
            P = 1 / (1 + np.exp(-(H @ W2 + B2)))
            D = (P - T_b[:, None]) / len(T_b)
            D_Z = (D @ W2.T) * (Z > 0)
            W2 -= 0.1 * H.T @ D
            B2 -= 0.1 * D.sum(axis=0)
            W1 -= 0.1 * X_b.T @ D_Z
            B1 -= 0.1 * D_Z.sum(axis=0)
    held_back = predict(X_val)[:, 0]
    return predict, {"val_loss": -np.mean(np.log(np.where(T_val == 1, held_back, 1 - held_back)))}
"""

repaired_training = Exercise(
    points=4,
    cases=[Run("load_breast_cancer", seed=seed, parts=(0.6, 0.2, 0.2)) for seed in (1, 2, 3)],
    goals=[Goal("accuracy", at_least=0.9), Goal("loss", at_most=0.35), Goal("loss", told="val_loss", within=0.005)],
    mistakes=[
        Mistake(
            "generator.normal(0, 0.3, (X.shape[1], 8)), np.zeros(8)]\n    weights += [generator.normal(0, 0.3, (8, 1))",
            "np.zeros((X.shape[1], 8)), np.zeros(8)]\n    weights += [np.zeros((8, 1))",
            says="The weights still begin at 0, and units that begin alike stay alike. Look at step 1.",
            catches="zeros-are-a-fair-start",
        ),
        Mistake(
            "(p - answers[rows])",
            "(p - T[rows]).mean(axis=1, keepdims=True)",
            says="Look at the shapes in `P - T_b`: a column minus a row makes a whole table. Bring the answers into a column.",
        ),
        Mistake(
            "w - 0.1 * slope",
            "w + 0.1 * slope",
            says="The update goes uphill. The slope says where the loss grows; go against it.",
        ),
        Mistake(
            "hidden_and_output(X_val)[1][:, 0], 1e-7, 1 - 1e-7)\n    cost = -np.mean(np.log(np.where(T_val == 1",
            "hidden_and_output(X)[1][:, 0], 1e-7, 1 - 1e-7)\n    cost = -np.mean(np.log(np.where(T == 1",
            says="It trains well now. But what is called val_loss is measured on the training rows.",
            catches="faults-show-in-the-curves",
        ),
        Mistake(
            '{"val_loss": cost}',
            '{"val_loss": np.mean((p > 0.5) == T_val)}',
            says="It trains well now. But what is called val_loss is an accuracy.",
        ),
        Mistake("range(30)", "range(1)", says="One epoch is not enough: go through the rows thirty times."),
        Mistake(
            "w - 0.1 * slope",
            "w - 0.0001 * slope",
            says="The steps are so small that nothing is reached. Keep the learning rate of 0.1.",
        ),
    ],
    hints=[
        "Print the shapes of `P`, `T_b` and `D` for one batch. And print `W1` before and after the training.",
        "The four faults are in the steps 1 (the first weights: what is `1 // 5.5`?), 4 (the error at the score), 5 (the "
        "update) and 7 (which rows are measured).",
        "`T.reshape(-1, 1)` makes a column of the answers. Then the error needs no mean over its columns any more.",
    ],
    also_right=[
        MENDED,
        MENDED.replace("1 / np.sqrt(X.shape[1]) * ", "").replace("1 / np.sqrt(8) * ", ""),
        "def repaired_training(X, T, X_val, T_val, seed):\n"
        "    keras.utils.set_random_seed(seed)\n"
        "    layers = [keras.Input((X.shape[1],)), keras.layers.Dense(8, 'relu'), keras.layers.Dense(1, 'sigmoid')]\n"
        "    model = keras.Sequential(layers)\n"
        "    model.compile(keras.optimizers.SGD(0.1), 'binary_crossentropy')\n"
        "    model.fit(X, T, epochs=30, verbose=0)\n"
        '    return model, {"val_loss": model.evaluate(X_val, T_val, verbose=0)}',
    ],
)
