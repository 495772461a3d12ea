"""The checks of this lesson: cases to try, and the mistakes that people make, as edits of the solution."""

from lessonlib.checks import Exercise, Mistake


def rows_and_batches(rng):
    """Batches that divide the rows evenly, but for a part of a row; one batch for all; single rows; rows left over."""
    even = 4 * int(rng.integers(1, 9))
    cases = [
        (1000, 0.2, 32),
        (5 * even * int(rng.integers(2, 20)) // 4 + 1, 0.2, even),
        (int(rng.integers(20, 60)), 0.1, 64),
        (int(rng.integers(100, 500)), 0.5, 1),
    ]
    for validation_split, last in ((0.0, 0.3), (0.25, 0.7), (0.2, 0.8), (0.15, 0.2)):
        batch_size = int(rng.integers(10, 100))
        training_rows = batch_size * (int(rng.integers(3, 20)) + last)
        cases.append((round(training_rows / (1 - validation_split)), validation_split, batch_size))
    return cases


steps_per_epoch = Exercise(
    points=2,
    cases=rows_and_batches,
    tolerance=0,
    mistakes=[
        Mistake(
            "math.ceil(training_rows / batch_size)",
            "training_rows // batch_size",
            says="You round down. The last, smaller batch is missing, and its rows would be left out of that epoch.",
        ),
        Mistake(
            "math.ceil(training_rows / batch_size)",
            "math.ceil(rows * (1 - validation_split) / batch_size)",
            says="Round the number of training rows down first, as `int(...)` does. There is no such thing as 0.8 of a row.",
        ),
        Mistake(
            "int(rows * (1 - validation_split))",
            "rows",
            says="All rows take part here. Leave out the share that is kept for validation.",
        ),
        Mistake(
            "int(rows * (1 - validation_split))",
            "int(rows * validation_split)",
            says="These are the rows that are kept aside. Training uses the others.",
        ),
        Mistake(
            "math.ceil(training_rows / batch_size)",
            "training_rows // batch_size + 1",
            says="Adding 1 is right only when a smaller batch is left over. When the rows divide evenly it is one too many.",
        ),
        Mistake(
            "math.ceil(training_rows / batch_size)",
            "round(training_rows / batch_size)",
            says="Rounding to the nearest loses a small last batch. Even a single row left over makes an update.",
        ),
        Mistake(
            "math.ceil(training_rows / batch_size)",
            "training_rows",
            says="This counts rows. There is one update for each batch.",
        ),
        Mistake(
            "math.ceil(training_rows / batch_size)",
            "training_rows / batch_size",
            says="A number of updates is whole. What happens to the rows that do not fill a batch?",
        ),
    ],
    hints=[
        "There are two steps: how many rows are left for training, and how many batches do they fill?",
        "The rows for training are `int(rows * (1 - validation_split))`.",
        "A division that rounds up: `math.ceil(a / b)`.",
    ],
    also_right=[
        "def steps_per_epoch(rows, validation_split, batch_size):\n"
        "    return -(-int(rows * (1 - validation_split)) // batch_size)",
        "def steps_per_epoch(rows, validation_split, batch_size):\n"
        "    return len(range(0, int(rows * (1 - validation_split)), batch_size))",
    ],
)


def epochs_of_batches(rng):
    """Full batches and a smaller last one, of several sizes; and one epoch whose batches are all alike."""
    cases = [([0.5, 0.7, 0.6], [10, 10, 10])]
    for batches in (2, 3, 5, 8, 25):
        losses = rng.uniform(0.2, 0.9, batches).round(3).tolist()
        rows = [32] * (batches - 1) + [int(rng.integers(1, 12))]
        cases.append((losses, rows))
    return cases


epoch_loss = Exercise(
    points=2,
    cases=epochs_of_batches,
    tolerance=1e-6,
    mistakes=[
        Mistake(
            "np.array(batch_losses), np.array(batch_rows)",
            "batch_losses, batch_rows",
            says="Both arguments are lists, and one cannot calculate with a list as with a number. Use `np.array(...)`, or loop.",
        ),
        Mistake(
            "np.sum(losses * rows) / np.sum(rows)",
            "losses * rows / np.sum(rows)",
            says="You return one number for each batch. Add them up.",
        ),
        Mistake(
            "np.sum(losses * rows) / np.sum(rows)",
            "np.sum(losses * rows) / (rows[0] * len(rows))",
            says="Not every batch has as many rows as the first. Divide by the number of rows there are.",
        ),
        Mistake(
            "np.sum(losses * rows) / np.sum(rows)",
            "np.mean(losses)",
            says="This is the mean over batches. A last batch of 3 rows would count as much as one of 32. Weight each by its rows.",
            catches="mean-of-batch-means-is-the-mean",
        ),
        Mistake(
            "np.sum(losses * rows) / np.sum(rows)",
            "losses[-1]",
            says="This is the loss of the last batch alone. The report is about the whole epoch.",
        ),
        Mistake(
            "np.sum(losses * rows) / np.sum(rows)",
            "np.sum(losses * rows)",
            says="This is the sum over all rows. Divide it by how many there are.",
        ),
        Mistake(
            "np.sum(losses * rows) / np.sum(rows)",
            "np.sum(losses * rows) / len(rows)",
            says="You divide by the number of batches. Divide by the number of rows.",
        ),
        Mistake(
            "np.sum(losses * rows) / np.sum(rows)",
            "np.sum(losses) / np.sum(rows)",
            says="Each batch's loss is a mean already. Multiply it by its rows before you add.",
        ),
        Mistake(
            "np.sum(losses * rows) / np.sum(rows)",
            "np.median(losses)",
            says="This is the median. What fit reports is a mean.",
        ),
        Mistake(
            "np.sum(losses * rows) / np.sum(rows)",
            "np.sum(losses[:-1] * rows[:-1]) / np.sum(rows[:-1])",
            says="The last batch is left out. It is smaller, but its rows count too.",
        ),
    ],
    hints=[
        "What is the sum of the losses of all rows in one batch, if you know their mean and their number?",
        "Add these sums for all batches, then divide by the number of all rows.",
        "With arrays: multiply losses and rows, `np.sum` the products, divide by `np.sum` of the rows.",
    ],
    also_right=[
        "def epoch_loss(batch_losses, batch_rows):\n    return np.average(batch_losses, weights=batch_rows)",
        "def epoch_loss(batch_losses, batch_rows):\n"
        "    total = 0.0\n"
        "    for loss, rows in zip(batch_losses, batch_rows):\n"
        "        total += loss * rows\n"
        "    return total / sum(batch_rows)",
    ],
)


def tables(rng):
    """Tables of several heights, and several shares to keep aside."""
    return [
        (rng.normal(size=(rows, 2)).round(2), share)
        for rows, share in ((10, 0.2), (11, 0.2), (20, 0.5), (7, 0.3), (5, 0.25), (100, 0.1))
    ]


split_rows = Exercise(
    points=2,
    cases=tables,
    tolerance=1e-9,
    mistakes=[
        Mistake(
            "return x[:training_rows], x[training_rows:]",
            "return x[training_rows:], x[:training_rows]",
            says="The two parts are in the wrong order: training comes first.",
        ),
        Mistake(
            "int(len(x) * (1 - validation_split))",
            "int(len(x) * validation_split)",
            says="`validation_split` is the share for validation. Training gets the rest.",
        ),
        Mistake(
            "return x[:training_rows], x[training_rows:]",
            "return x[len(x) - training_rows :], x[: len(x) - training_rows]",
            says="You keep the first rows aside. `validation_split` keeps the last ones.",
        ),
        Mistake(
            "return x[:training_rows], x[training_rows:]",
            "kept = int(len(x) * validation_split)\n    return x[kept:], x[:kept]",
            says="You keep the first rows aside, and round their number. Keep the last ones, and round the number for training.",
        ),
        Mistake(
            "return x[:training_rows], x[training_rows:]",
            "return x[:training_rows], x[training_rows + 1 :]",
            says="One row is lost between the two parts.",
        ),
        Mistake(
            "return x[:training_rows], x[training_rows:]",
            "return x[:training_rows], x",
            says="The rows for validation still include the rows for training.",
        ),
        Mistake(
            "return x[:training_rows], x[training_rows:]",
            "return x[::-1][:training_rows], x[::-1][training_rows:]",
            says="The rows have been turned round. Keep their order.",
        ),
        Mistake(
            "int(len(x) * (1 - validation_split))",
            "math.ceil(len(x) * (1 - validation_split))",
            says="Round the number of *training* rows down: `int(rows * (1 - validation_split))`.",
        ),
        Mistake(
            "int(len(x) * (1 - validation_split))",
            "len(x) * (1 - validation_split)",
            says="Python met a value of the wrong kind. A cut needs one whole number: made from `len(x)`, and rounded down with `int(...)`.",
        ),
        Mistake(
            "return x[:training_rows], x[training_rows:]",
            "return x[:training_rows], x[training_rows:-1]",
            says="`-1` leaves out the last row. Everything from row n on is `x[n:]`.",
        ),
        Mistake(
            "return x[:training_rows], x[training_rows:]",
            "return x[:training_rows]",
            says="This is one part only. Return both, with a comma between them.",
        ),
    ],
    hints=[
        "First find how many rows training gets. Then cut the table once, at that row.",
        "`x[:n]` are the first n rows, `x[n:]` all the others.",
        "n is `int(len(x) * (1 - validation_split))`. Return both parts with a comma between them.",
    ],
    also_right=[
        "def split_rows(x, validation_split):\n    return np.split(x, [int(len(x) * (1 - validation_split))])",
        "def split_rows(x, validation_split):\n"
        "    kept = len(x) - int(len(x) * (1 - validation_split))\n"
        "    return [x[:-kept], x[-kept:]]",
    ],
)
