"""Rows and batches: how the rows of a `fit` are shuffled, and cut into batches.

Letters: x features, t targets for the loss, y targets for the metrics, w weights, p predictions.
"""

import warnings

import numpy as np

from lessonlib import utils


class Rows:
    """Prepared data: features x, targets t for the loss and y for the metrics (often the same), weights w or None."""

    def __init__(self, x, t, y, w=None):
        self.x, self.t, self.y, self.w = x, t, y, w


class Batches:
    """The rows of one `fit`, cut into batches once: `views` are windows on the shuffled copy, and stay valid.

    `rows` are all rows in their present order, and `p` (the array p_BK) is where the predictions of an epoch are
    collected. Of many features there is no shuffled copy: `epoch` fetches each batch's rows when it is its turn.

    An epoch takes `steps` batches: all, unless `steps_per_epoch` asks for fewer. Then the next epoch goes on where it
    ended, until all rows were seen and are shuffled anew.
    """

    MOST_BYTES_COPIED = 2**25

    def __init__(self, rows: Rows, p_BK, batch_size: int | None, shuffle: bool, steps_per_epoch: int | None = None):
        batch_size = rows_of_a_batch(len(rows.t), batch_size, steps_per_epoch, "steps_per_epoch")
        self.sources, self.rows, self.order, self.p = rows, rows, None, p_BK
        self.shuffles, self.batch_size, self.next = shuffle, batch_size, 0  # the number of the next batch
        self.fetches = shuffle and rows.x.nbytes > self.MOST_BYTES_COPIED
        if shuffle:  # the caller's arrays keep their order; the shuffled ones are ours
            t = np.empty_like(rows.t)
            y = t if rows.y is rows.t else np.empty_like(rows.y)
            x = rows.x if self.fetches else np.empty_like(rows.x)
            self.rows = Rows(x, t, y, None if rows.w is None else np.empty_like(rows.w))
        parts = [slice(start, start + batch_size) for start in range(0, len(self.p), batch_size)]
        arrays = self.rows.x, self.rows.t, self.rows.w, self.p
        self.views = [tuple(None if a is None else a[part] for a in arrays) for part in parts]
        self.steps = steps_per_epoch or len(parts)

    def shuffle(self, generator: np.random.Generator) -> None:
        """Bring all rows into a new random order."""
        self.order = generator.permutation(len(self.p))
        for name in ("x", "t", "w") if self.rows.y is self.rows.t else ("x", "t", "y", "w"):
            source, target = getattr(self.sources, name), getattr(self.rows, name)
            if target is not None and target is not source:
                source.take(self.order, axis=0, out=target, mode="clip")  # "clip" checks nothing, and copies directly

    def epoch(self, generator: np.random.Generator):
        """(x, t, w, p) of one batch of the epoch after the other; `first_row` is where the first one begins."""
        if self.shuffles and not self.next:
            self.shuffle(generator)
        views = self.views[self.next : self.next + self.steps]
        if len(views) < self.steps:
            warn_of_end("steps_per_epoch", self.steps)
        self.first_row, self.next = self.next * self.batch_size, (self.next + len(views)) % len(self.views)
        return self.fetched(views) if self.fetches else views

    def fetched(self, views):
        buffer, start = np.empty_like(self.views[0][0]), self.first_row
        for x, *others in views:
            x = self.sources.x.take(self.order[start : start + len(x)], axis=0, out=buffer[: len(x)], mode="clip")
            start += len(x)
            yield x, *others


def due(validation_freq):
    """A function from the epoch (0, 1, …) to whether it is followed by validation.

    >>> [due(2)(epoch) for epoch in range(4)], due([1, 4])(3)
    ([False, True, False, True], True)
    """
    if isinstance(validation_freq, (list, tuple)):
        return lambda epoch: epoch + 1 in validation_freq
    every = utils.check_whole_number(validation_freq, "validation_freq")
    return lambda epoch: (epoch + 1) % every == 0


def rows_of_a_batch(rows: int, batch_size: int | None, steps: int | None, name: str) -> int:
    """As many as asked for; or else as many as cut the rows into `steps` batches; or else 32.

    >>> rows_of_a_batch(100, None, None, "steps"), rows_of_a_batch(100, None, 3, "steps")
    (32, 34)
    """
    usual = 32 if steps is None else -(-rows // utils.check_whole_number(steps, name, wrong_type=TypeError))
    return utils.check_whole_number(usual if batch_size is None else batch_size, "batch_size", wrong_type=TypeError)


def first_batches(rows: int, batch_size: int | None, steps: int | None, name: str = "steps") -> tuple[int, int]:
    """The size of a batch, and the number of rows in the first `steps` of them; all, where nothing is said.

    >>> first_batches(70, 32, None), first_batches(70, 32, 2)
    ((32, 70), (32, 64))
    """
    batch_size = rows_of_a_batch(rows, batch_size, steps, name)
    if steps is None:
        return batch_size, rows
    if steps * batch_size >= rows + batch_size:
        warn_of_end(name, steps)
    return batch_size, min(steps * batch_size, rows)


def warn_of_end(name: str, steps: int) -> None:
    warnings.warn(f"Your input ran out of data: fewer than {name}={steps} batches were left.", stacklevel=4)
