"""A slice through the loss surface: the loss when the weights move from where they are in two directions."""

from dataclasses import dataclass

import numpy as np

from lessonlib.diagnosis.model import loss, prepared, trained, unchanged


@dataclass(frozen=True)
class Surface:
    """losses[i, j] is the loss at w + along[i]·first + across[j]·second; w, the present weights, is at 0, 0."""

    along: np.ndarray
    across: np.ndarray
    losses: np.ndarray

    def plot(self):
        """Contours, with a mark where the model stands."""
        import matplotlib.pyplot as plt

        figure, axes = plt.subplots()
        lines = axes.contourf(self.along, self.across, self.losses.T, 20)
        figure.colorbar(lines, label="loss")
        axes.plot(0, 0, "w+", markersize=12)
        axes.set(xlabel="first direction", ylabel="second direction", title="Loss around the present weights")
        return figure


def loss_surface(model, x, y, directions=None, radius=1.0, points=21, seed=0) -> Surface:
    """Measure the loss on a grid of weights.

    Args:
        model: a compiled model.
        directions: two vectors as long as `model.parameters`, for instance the difference to where another training
            ended; by default two random ones, in which every weight array moves in proportion to its own size.
        radius: how far the grid goes in each direction.

    Source: Li et al., Visualizing the Loss Landscape of Neural Nets (2018).
    """
    x_BF, t_BK = prepared(model, x, y)
    first, second = directions or random_directions(model, np.random.default_rng(seed))
    grid = np.linspace(-radius, radius, points)
    losses = np.empty((points, points))
    with unchanged(model):
        start = model.parameters.copy()
        for i, a in enumerate(grid):
            for j, b in enumerate(grid):
                model.parameters[...] = start + a * np.asarray(first) + b * np.asarray(second)
                losses[i, j] = loss(model, x_BF, t_BK)
    return Surface(grid, grid, losses)


def random_directions(model, generator):
    """Two random vectors, each weight array's part as long as the array itself."""
    for _ in range(2):
        parts = []
        for *_, weight in trained(model):
            part = generator.normal(size=weight.size)
            parts.append(part * np.linalg.norm(weight) / np.linalg.norm(part))
        yield np.concatenate(parts)
