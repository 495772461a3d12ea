"""PyTorch's way to cut rows into batches."""

import numpy as np

from lessonlib.loop.module import tensor


class TensorDataset:
    """Tables with the same number of rows: `dataset[i]` is row i of each.

    >>> len(TensorDataset([[1.0], [2.0]], [0, 1]))
    2
    """

    def __init__(self, *tensors):
        self.tensors = tuple(tensor(data) for data in tensors)
        if len({len(data) for data in self.tensors}) != 1:
            raise ValueError(f"Size mismatch between tensors: {[len(data) for data in self.tensors]} rows.")

    def __len__(self):
        return len(self.tensors[0])

    def __getitem__(self, rows):
        return tuple(data[rows] for data in self.tensors)


class Subset:
    """Some rows of a dataset, by their numbers."""

    def __init__(self, dataset, indices):
        self.dataset, self.indices = dataset, np.asarray(indices)

    def __len__(self):
        return len(self.indices)

    def __getitem__(self, rows):
        return self.dataset[self.indices[rows]]


def random_split(dataset, lengths, generator=None) -> list[Subset]:
    """Cut a dataset into random parts, of these numbers of rows, or of these shares that sum up to 1.

    >>> [len(part) for part in random_split(TensorDataset(np.zeros((11, 2))), [0.8, 0.2])]
    [9, 2]
    """
    if np.isclose(sum(lengths), 1) and sum(lengths) <= 1.001 and not all(isinstance(n, int) for n in lengths):
        lengths = [int(len(dataset) * share) for share in lengths]
        for number in range(len(dataset) - sum(lengths)):  # what rounding has left over, one each
            lengths[number % len(lengths)] += 1
    if sum(lengths) != len(dataset):
        raise ValueError(
            f"Sum of input lengths does not equal the length of the input dataset: {sum(lengths)} and {len(dataset)}."
        )
    order = (generator or np.random).permutation(len(dataset))
    return [Subset(dataset, part) for part in np.split(order, np.cumsum(lengths)[:-1])]


class DataLoader:
    """The batches of a dataset; with `shuffle` in a new order in every epoch.

    Args:
        dataset: a TensorDataset or a part of one.
        batch_size: rows in a batch, 1 unless you say otherwise.
        shuffle: whether every epoch has its own order.
        drop_last: leave out a last batch that is smaller.
        generator: a `numpy.random.Generator` of its own. With model.generator the orders are those of `fit`.
        num_workers, pin_memory: PyTorch's, without a meaning here.

    >>> loader = DataLoader(TensorDataset(np.arange(5)), batch_size=2)
    >>> len(loader), [batch.tolist() for batch, in loader]
    (3, [[0, 1], [2, 3], [4]])
    """

    def __init__(self, dataset, batch_size=1, shuffle=False, drop_last=False, generator=None, num_workers=0,
                 pin_memory=False):  # fmt: skip
        if not isinstance(batch_size, (int, np.integer)) or batch_size < 1:
            raise ValueError(f"batch_size should be a positive integer value, but got batch_size={batch_size!r}")
        self.dataset, self.batch_size, self.shuffle = dataset, batch_size, shuffle
        self.drop_last, self.generator = drop_last, generator

    def __len__(self):
        rows = len(self.dataset)
        return rows // self.batch_size if self.drop_last else -(-rows // self.batch_size)

    def __iter__(self):
        rows = len(self.dataset)
        order = (self.generator or np.random).permutation(rows) if self.shuffle else np.arange(rows)
        for number in range(len(self)):
            yield list(self.dataset[order[number * self.batch_size : (number + 1) * self.batch_size]])
