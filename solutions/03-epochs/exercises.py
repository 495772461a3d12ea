"""The checks of this lesson: cases to try, and the mistakes that people make, as edits of the solution."""

from lessonlib.checks import Exercise, Mistake, Use


def tables_and_orders(rng):
    """Tables of several heights, batches that fit and batches that do not, each with a shuffled order."""
    cases = []
    for shape, batch_size in (((5,), 2), ((6,), 3), ((4,), 4), ((3,), 8), ((5, 2), 1), ((23, 2), 8)):
        x, rows = rng.integers(10, 99, shape), shape[0]
        cases.append((x, rng.integers(0, 2, rows), batch_size, rng.permutation(rows)))
    return cases


iterate_minibatches = Exercise(
    points=2,
    cases=tables_and_orders,
    tolerance=1e-9,
    mistakes=[
        Mistake(
            "rows = order[first : first + batch_size]",
            "rows = np.arange(len(order))[first : first + batch_size]",
            says="The rows come in the order of the table. Take them in the order that `order` gives.",
        ),
        Mistake(
            "range(0, len(order), batch_size)",
            "range(0, len(order) - batch_size + 1, batch_size)",
            says="The last, smaller batch is missing. Its rows are lost for this epoch.",
        ),
        Mistake(
            "range(0, len(order), batch_size)",
            "range(0, len(order) - batch_size, batch_size)",
            says="The last batch is missing, even where it would be full. Let `range` go up to `len(order)`.",
        ),
        Mistake(
            "range(0, len(order), batch_size)",
            "range(0, len(order) + 1, batch_size)",
            says="When the rows fill the batches exactly, there is an empty batch at the end.",
        ),
        Mistake(
            "range(0, len(order), batch_size)",
            "range(len(order))",
            says="A new batch begins at every row, so most rows come several times. Go on by `batch_size`.",
        ),
        Mistake(
            "(x[rows], y[rows])",
            "(x[rows], y[first : first + batch_size])",
            says="The answers do not belong to their rows any more. Take `x` and `y` by the same numbers.",
        ),
        Mistake(
            "(x[rows], y[rows])",
            "(y[rows], x[rows])",
            says="The two parts of a batch are in the wrong order: features first.",
        ),
        Mistake(
            "batches.append((x[rows], y[rows]))",
            "batches.append(x[rows])",
            says="The answers are missing. A batch is a pair: (x_batch, y_batch).",
        ),
        Mistake(
            "first : first + batch_size",
            "first : first + batch_size - 1",
            says="Each batch is one row short. The end of a slice is left out already.",
        ),
        Mistake(
            "first : first + batch_size",
            "first:batch_size",
            says="A slice goes from its first place to its last place, not to its length. Only the first batch has rows.",
        ),
        Mistake(
            "        batches.append((x[rows], y[rows]))\n    return batches",
            "        batches.append((x[rows], y[rows]))\n        return batches",
            says="Only the first batch comes back. The `return` stands inside the loop.",
        ),
    ],
    hints=[
        "Where do the batches begin? At 0, at `batch_size`, at twice `batch_size`, and so on.",
        "`range(0, len(order), batch_size)` has these places. `order[first : first + batch_size]` are the rows of a batch.",
        "`x[rows]` and `y[rows]` take the rows with these numbers. Append the pair to a list, and return the list.",
    ],
    also_right=[
        "def iterate_minibatches(x, y, batch_size, order):\n"
        "    starts = range(0, len(x), batch_size)\n"
        "    return [(x[order][i : i + batch_size], y[order][i : i + batch_size]) for i in starts]",
        "def iterate_minibatches(x, y, batch_size, order):\n"
        "    parts = np.split(order, np.arange(batch_size, len(order), batch_size))\n"
        "    return [(x[part], y[part]) for part in parts]",
    ],
)


def weights_and_batches(rng):
    """Batches of unequal sizes, and one case whose batches are all alike."""
    cases = []
    for sizes in ((4, 4), (5, 5, 1), (8, 3), (2, 2, 2, 1), (7,), (6, 2)):
        batches = [(rng.normal(size=(n, 2)).round(2), rng.integers(0, 2, n).astype(float)) for n in sizes]
        cases.append((rng.normal(size=2).round(2), round(rng.normal(), 2), batches))
    return cases


evaluate_batches = Exercise(
    points=2,
    cases=weights_and_batches,
    tolerance=1e-6,
    mistakes=[
        Mistake(
            "np.sum(loss_of_rows(p, y_batch))",
            "np.mean(loss_of_rows(p, y_batch))",
            says="You add up means, and divide by rows. Add up the losses of the rows.",
        ),
        Mistake(
            "return total / rows, right / rows",
            "return total / len(batches), right / rows",
            says="The loss is divided by the number of batches. Divide by the number of rows.",
        ),
        Mistake(
            "        total += np.sum(loss_of_rows(p, y_batch))\n        right += np.sum((p > 0.5) == (y_batch == 1))\n"
            "        rows += len(y_batch)\n    return total / rows, right / rows",
            "        total += np.mean(loss_of_rows(p, y_batch))\n        right += np.mean((p > 0.5) == (y_batch == 1))\n"
            "    return total / len(batches), right / len(batches)",
            says="This is the mean of the means of the batches. A last batch of one row counts too much there.",
            catches="mean-of-batch-means-is-the-mean",
        ),
        Mistake(
            "p > 0.5",
            "p > 0",
            says="A probability is always above 0. A *yes* begins at one half.",
        ),
        Mistake(
            "return total / rows, right / rows",
            "return total / rows, right",
            says="You return how many rows are right. The accuracy is their share.",
        ),
        Mistake(
            "return total / rows, right / rows",
            "return right / rows, total / rows",
            says="The two numbers are in the wrong order: the loss comes first.",
        ),
        Mistake(
            "p = sigmoid(x_batch @ weight + bias)",
            "p = sigmoid(x_batch @ weight)",
            says="The bias is missing in the predictions.",
        ),
        Mistake(
            "        rows += len(y_batch)",
            "        weight -= 0.1 * x_batch.T @ (p - y_batch) / len(y_batch)\n        rows += len(y_batch)",
            says="The weights change while you measure. An evaluation has no update.",
            catches="evaluation-updates-weights",
        ),
        Mistake(
            "        rows += len(y_batch)\n    return total / rows, right / rows",
            "        rows += len(y_batch)\n        return total / rows, right / rows",
            says="Only the first batch is measured. The `return` stands inside the loop.",
        ),
        Mistake(
            "np.sum((p > 0.5) == (y_batch == 1))",
            "np.sum((p > 0.5) != (y_batch == 1))",
            says="You count the wrong rows. The accuracy is the share of the right ones.",
        ),
    ],
    hints=[
        "Keep three sums over all batches: of the losses, of the right answers, of the rows. Divide at the end.",
        "The predictions of a batch are `sigmoid(x_batch @ weight + bias)`; `np.sum(loss_of_rows(p, y_batch))` is its loss.",
        "A row is right when `(p > 0.5) == (y_batch == 1)`. `np.sum` counts how often that is true.",
    ],
    also_right=[
        "def evaluate_batches(weight, bias, batches):\n"
        "    x = np.concatenate([x_batch for x_batch, _ in batches])\n"
        "    y = np.concatenate([y_batch for _, y_batch in batches])\n"
        "    p = sigmoid(x @ weight + bias)\n"
        "    return loss_of_rows(p, y).mean(), ((p > 0.5) == y).mean()",
        "def evaluate_batches(weight, bias, batches):\n"
        "    losses, hits, sizes = [], [], []\n"
        "    for x_batch, y_batch in batches:\n"
        "        p = sigmoid(x_batch @ weight + bias)\n"
        "        losses.append(np.mean(loss_of_rows(p, y_batch)))\n"
        "        hits.append(np.mean(np.round(p) == y_batch))\n"
        "        sizes.append(len(y_batch))\n"
        "    return np.average(losses, weights=sizes), np.average(hits, weights=sizes)",
    ],
)


def small_trainings(rng):
    """Rows of two overlapping classes; the validation rows do not fill the batches."""
    cases = []
    for rows, val_rows, epochs in ((16, 7, 2), (10, 5, 3), (20, 6, 2), (9, 9, 1)):
        y = rng.integers(0, 2, (rows + val_rows, 1)).astype(float)
        x = (rng.normal(size=(rows + val_rows, 2)) + 1.5 * y).round(2)
        cases.append((x[:rows], y[:rows], x[rows:], y[rows:], epochs))
    return cases


TRAINED_ON_VALIDATION = """\
            val_loss = loss_fn(model(x_batch), y_batch)
            val_loss.backward()
            optimizer.step()
"""

repaired_training = Exercise(
    points=3,
    cases=small_trainings,
    tolerance=1e-3,
    mistakes=[
        Mistake(
            "            optimizer.zero_grad()\n",
            "",
            says="The gradients of all batches pile up. Forget the old one before each `backward`.",
            catches="forgotten-zero-grad-is-an-error",
        ),
        Mistake(
            "            val_loss = loss_fn(model(x_batch), y_batch)\n",
            TRAINED_ON_VALIDATION,
            says="The evaluation still moves the weights: it trains on the validation rows.",
            catches="evaluation-updates-weights",
        ),
        Mistake(
            "            val_loss = loss_fn(model(x_batch), y_batch)\n",
            "            optimizer.zero_grad()\n" + TRAINED_ON_VALIDATION,
            says="The evaluation still trains on the validation rows, with fresh gradients now. It needs no step at all.",
        ),
        Mistake(
            "        val_losses.append(total / len(x_val))",
            "        val_losses.append(total / len(val_loader) / 4)",
            says="Not every batch has four rows. Divide by the number of validation rows.",
        ),
        Mistake(
            "            total += val_loss.item() * len(x_batch)\n        val_losses.append(total / len(x_val))",
            "            total += val_loss.item()\n        val_losses.append(total / len(val_loader))",
            says="This is still the mean of the batch means. The smaller last batch counts too much.",
            catches="mean-of-batch-means-is-the-mean",
        ),
        Mistake(
            "batch_size=4, shuffle=True, generator=network.generator)",
            "batch_size=4)",
            says="The training rows come in the same order in every epoch. Let the loader shuffle them.",
        ),
        Mistake(
            "            optimizer.zero_grad()\n            loss = loss_fn(model(x_batch), y_batch)\n            loss.backward()\n",
            "            loss = loss_fn(model(x_batch), y_batch)\n            loss.backward()\n            optimizer.zero_grad()\n",
            says="The gradient is forgotten between `backward` and `step`, so no step is ever made.",
        ),
        Mistake(
            "            loss.backward()\n            optimizer.step()\n",
            "            loss.backward()\n        optimizer.step()\n",
            says="There is only one step in each epoch. It belongs inside the inner loop.",
        ),
        Mistake(
            "    for _ in range(epochs):\n        for x_batch, y_batch in loader:\n            optimizer.zero_grad()\n",
            "    for _ in range(epochs):\n        optimizer.zero_grad()\n        for x_batch, y_batch in loader:\n",
            says="The gradients are forgotten once in an epoch. They must go before every batch.",
        ),
        Mistake(
            "        val_losses.append(total / len(x_val))\n    return val_losses",
            "        val_losses.append(total / len(x_val))\n    return val_losses[-1]",
            says="Only the last number comes back. Return the list, one number for each epoch.",
        ),
    ],
    hints=[
        "Go through the four wishes above, one by one. Each of them is broken by one or two lines.",
        "In the inner loop one line is missing. In the evaluation two lines are too many.",
        "Multiply `loss.item()` by `len(x_batch)`, and divide by `len(x_val)` at the end.",
    ],
    also_right=[
        "def repaired_training(x, y, x_val, y_val, epochs):\n"
        "    keras.utils.set_random_seed(1)\n"
        "    network = keras.Sequential([keras.Input(x.shape[1:]), keras.layers.Dense(1, 'sigmoid')])\n"
        "    model, loss_fn = Module(network), BCELoss()\n"
        "    optimizer = SGD(model.parameters(), lr=0.5)\n"
        "    loader = DataLoader(TensorDataset(x, y), batch_size=4, shuffle=True, generator=network.generator)\n"
        "    val_losses = []\n"
        "    for _ in range(epochs):\n"
        "        for x_batch, y_batch in loader:\n"
        "            loss = loss_fn(model(x_batch), y_batch)\n"
        "            loss.backward()\n"
        "            optimizer.step()\n"
        "            optimizer.zero_grad()\n"
        "        val_losses.append(loss_fn(model(x_val), y_val).item())\n"
        "    return val_losses",
        "def repaired_training(x, y, x_val, y_val, epochs):\n"
        "    keras.utils.set_random_seed(1)\n"
        "    network = keras.Sequential([keras.Input(x.shape[1:]), keras.layers.Dense(1, 'sigmoid')])\n"
        "    network.compile(keras.optimizers.SGD(0.5), 'binary_crossentropy')\n"
        "    fitted = network.fit(x, y, batch_size=4, epochs=epochs, validation_data=(x_val, y_val), verbose=0)\n"
        "    return fitted.history['val_loss']",
    ],
)


def stopped_trainings(rng):
    """Trainings with bumps, equal losses, a best epoch that is not the last, and several patiences.

    Nobody asks again after the stop, so `wait == patience` is as right as `wait >= patience`.
    """
    cases = []
    for patience, val_losses in (
        (1, [0.7, 0.6, 0.65]),
        (2, [0.7, 0.6, 0.65, 0.5, 0.55, 0.6]),
        (3, [0.9, 0.8, 0.8, 0.85, 0.7, 0.7, 0.7, 0.75]),
        (2, [0.4, 0.5, 0.45]),
        (5, [0.6, 0.5, 0.4, 0.3]),
    ):
        weights = rng.normal(size=3).round(2)
        calls = []
        for val_loss in val_losses:
            calls += [("train", weights, rng.normal(size=3).round(2)), ("should_stop", val_loss, weights)]
        calls += [("restore", rng.normal(size=3).round(2)), ("restore", weights)]
        cases.append(Use((patience,), calls, attributes=["best", "wait"], ready=["train"]))
    return cases


CLASS_HEAD = """\
class EarlyStopping:
    def __init__(self, patience):
        self.patience, self.best, self.wait, self.best_weights = patience, math.inf, 0, None
    def train(self, weights, change):
        weights += change
"""

EarlyStopping = Exercise(
    points=3,
    cases=stopped_trainings,
    tolerance=1e-6,
    mistakes=[
        Mistake(
            "weights.copy()",
            "weights",
            says="What you restore are the last weights. Either you keep the array itself, which the training goes on changing, or "
            "you keep it in every epoch. Keep a copy, and only of the best.",
        ),
        Mistake(
            "            self.wait = 0\n        else:",
            "        else:",
            says="`wait` counts epochs *in a row*. After an improvement it begins again at 0.",
        ),
        Mistake(
            "val_loss < self.best",
            "val_loss <= self.best",
            says="An equal loss is no improvement. Only a lower one is.",
        ),
        Mistake(
            "self.wait >= self.patience",
            "self.wait > self.patience",
            says="You wait one epoch too long. Stop when `wait` has *reached* the patience.",
        ),
        Mistake(
            "val_loss < self.best",
            "val_loss > self.best",
            says="You keep the highest loss. A loss is better when it is lower.",
        ),
        Mistake(
            "            self.best = val_loss\n",
            "",
            says="`best` is never brought up to date, so every epoch looks like an improvement.",
        ),
        Mistake(
            "weights[:] = self.best_weights",
            "weights = self.best_weights",
            says="This gives a name to another array, and the training's own array stays as it is. Write *into* it.",
        ),
        Mistake(
            "return self.wait >= self.patience",
            "return self.wait",
            says="`should_stop` says yes or no: True or False.",
        ),
        Mistake(
            "        else:\n            self.wait += 1\n        return",
            "        self.wait += 1\n        return",
            says="`wait` goes up in every epoch, also in those that improve. Count only the others.",
        ),
    ],
    hints=[
        "There are two kinds of epochs: those with a lower loss than `best`, and the others. Use `if` and `else`.",
        "In the first kind, three things change: `best`, `best_weights` and `wait`. In the second kind, only `wait`.",
        "`weights.copy()` makes a copy. `weights[:] = ...` writes into the array that is there.",
    ],
    also_right=[
        CLASS_HEAD
        + "    def should_stop(self, val_loss, weights):\n"
        + "        self.wait += 1\n"
        + "        if val_loss < self.best:\n"
        + "            self.best, self.best_weights, self.wait = val_loss, np.array(weights), 0\n"
        + "        return self.wait >= self.patience\n"
        + "    def restore(self, weights):\n"
        + "        weights[...] = self.best_weights",
        CLASS_HEAD
        + "    def should_stop(self, val_loss, weights):\n"
        + "        better = val_loss < self.best\n"
        + "        self.wait = 0 if better else self.wait + 1\n"
        + "        if better:\n"
        + "            self.best = val_loss\n"
        + "            self.best_weights = list(weights)\n"
        + "        return self.wait == self.patience\n"
        + "    def restore(self, weights):\n"
        + "        np.copyto(weights, self.best_weights)",
    ],
)
