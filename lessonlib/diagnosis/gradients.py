"""Is backpropagation right? Compare it with the slope that the loss has when one weight is moved a little."""

from dataclasses import dataclass

import numpy as np

from lessonlib.diagnosis.model import gradient, loss, prepared, trained, unchanged


@dataclass(frozen=True)
class GradientCheck:
    """For some parameters: what backpropagation says, and what the finite difference says."""

    names: tuple[str, ...]
    computed: np.ndarray
    measured: np.ndarray

    @property
    def error(self) -> float:
        """The largest difference, as a share of the largest gradient. In float32 up to some 0.01 is rounding."""
        return float(np.abs(self.computed - self.measured).max() / max(np.abs(self.measured).max(), 1e-12))

    def plot(self):
        """Computed over measured gradients: right ones lie on the diagonal."""
        import matplotlib.pyplot as plt

        figure, axes = plt.subplots()
        axes.axline((0, 0), slope=1, color="0.8", zorder=0)
        axes.plot(self.measured, self.computed, ".")
        axes.set(xlabel="measured by finite difference", ylabel="computed by backpropagation", title="Gradients")
        return figure


def check_gradients(model, x, y, samples=50, step=None, seed=0) -> GradientCheck:
    """Check the gradients of `samples` parameters, chosen at random:  (loss(w + step) − loss(w − step)) / 2·step.

    Args:
        model: a compiled model. Build it under `config.set_floatx("float64")` for agreement to seven digits.
        x, y: some rows; few are enough.
        step: how far each weight is moved; by default 1e-2 in float32, 1e-6 in float64.

    >>> from lessonlib.layers import Dense, Input
    >>> from lessonlib.models import Sequential
    >>> model = Sequential([Input((3,)), Dense(4, "tanh"), Dense(1)]); model.compile("sgd", "mse")
    >>> check_gradients(model, np.eye(3), np.ones(3)).error < 0.01
    True
    """
    x_BF, t_BK = prepared(model, x, y)
    step = step or (1e-2 if model.parameters.dtype == np.float32 else 1e-6)
    chosen = np.random.default_rng(seed).permutation(model.parameters.size)[:samples]
    measured = []
    with unchanged(model):
        computed = gradient(model, x_BF, t_BK)[chosen]
        for place in chosen:
            before, values = model.parameters[place], []
            for sign in (1, -1):
                model.parameters[place] = before + sign * step
                values.append(loss(model, x_BF, t_BK))
            model.parameters[place] = before
            measured.append((values[0] - values[1]) / (2 * step))
    return GradientCheck(tuple(names(model)[place] for place in chosen), computed, np.array(measured))


def names(model) -> list[str]:
    """The name of every parameter, in the order of the vector: `dense/kernel[0, 1]`, …"""
    return [
        f"{layer.name}/{name}{list(place)}"
        for layer, name, weight in trained(model)
        for place in np.ndindex(weight.shape)
    ]
