"""Made-up data, for lessons in which one must know how hard the task is."""

import numpy as np


def make_two_classes(rows=1000, features=10, separation=1.57, flipped=0.02, seed=2):
    """Two classes that overlap: round clouds of points whose centres lie 2·separation standard deviations apart.

    Every feature is then moved and stretched to a range of its own, as raw measurements are, so that the data
    want scaling before training. `flipped` is the share of rows with the wrong label: no model can learn those.

    Args:
        rows, features: the shape of x.
        separation: how easy the task is; at 1.57 a perfect model gets about 94 of 100 rows right.
        flipped: from 0 to 1.
        seed: the same seed makes the same data.

    Returns:
        x, float32 of shape (rows, features), and y, int64 of shape (rows,), each 0 or 1.

    Raises:
        ValueError: `rows` or `features` is not a positive whole number, or `flipped` not a share.

    >>> x, y = make_two_classes()
    >>> x.shape, y.shape
    ((1000, 10), (1000,))
    """
    whole = all(isinstance(number, int) for number in (rows, features, seed))
    if not whole or rows < 1 or features < 1 or seed < 0 or not 0 <= flipped <= 1:
        raise ValueError(
            f"Expected whole numbers of rows and features from 1 on and of seed from 0 on, and flipped from 0 to 1. "
            f"Received: rows={rows!r}, features={features!r}, flipped={flipped!r}, seed={seed!r}"
        )
    rng = np.random.default_rng(seed)
    y = rng.integers(0, 2, rows)
    direction = rng.standard_normal(features)
    direction /= np.linalg.norm(direction)
    x = rng.standard_normal((rows, features)) + separation * np.outer(2 * y - 1, direction)
    x = x * rng.uniform(0.5, 2.0, features) + rng.uniform(5.0, 10.0, features)
    y = np.where(rng.random(rows) < flipped, 1 - y, y)
    return x.astype("float32"), y
