"""What flows through the layers: the spread of activations on the way forward, and of gradients on the way back."""

from dataclasses import dataclass

import numpy as np

from lessonlib.diagnosis.model import gradient, prepared, trained, unchanged


@dataclass(frozen=True)
class LayerStatistics:
    """One layer: its outputs over the batch, and the gradients of its trained weights."""

    name: str
    mean: float
    std: float
    zeros: float  # the share of outputs that are exactly 0
    dead: float  # the share of units that are 0 for every row
    gradient_norm: float | None  # √Σg²; None where the layer has no trained weights
    weight_norm: float | None
    outputs: np.ndarray

    @property
    def update_share(self) -> float | None:
        """The gradient's size as a share of the weights': plain SGD changes them by this times its rate."""
        return self.gradient_norm / self.weight_norm if self.weight_norm else None


@dataclass(frozen=True)
class Statistics:
    layers: tuple[LayerStatistics, ...]

    def plot(self):
        """Histograms of every layer's outputs, and bars of the gradients' sizes."""
        import matplotlib.pyplot as plt

        figure, (left, right) = plt.subplots(1, 2, figsize=(9, 0.5 * len(self.layers) + 3), layout="constrained")
        for layer in self.layers:
            counts, edges = np.histogram(layer.outputs, 40)
            left.stairs(counts / counts.max(), edges, label=layer.name)
        left.set(xlabel="output", ylabel="share of the most frequent", title="Activations")
        left.legend()
        trained = [layer for layer in self.layers if layer.gradient_norm is not None]
        right.barh([layer.name for layer in trained], [layer.gradient_norm for layer in trained])
        right.invert_yaxis()
        right.set(xscale="log", xlabel="size of the gradient", title="Gradients")
        return figure


def layer_statistics(model, x, y, training=False) -> Statistics:
    """Send rows through the model and back, and say what every layer met.

    Args:
        model: a compiled model.
        x, y: some rows.
        training: whether Dropout and BatchNormalization do what they do in training.

    >>> from lessonlib.layers import Dense, Input
    >>> from lessonlib.models import Sequential
    >>> model = Sequential([Input((3,)), Dense(4, "relu"), Dense(1)]); model.compile("sgd", "mse")
    >>> [round(layer.dead, 2) <= 1 for layer in layer_statistics(model, np.eye(3), np.ones(3)).layers]
    [True, True]
    """
    x_BF, t_BK = prepared(model, x, y)
    with unchanged(model):
        gradient(model, x_BF, t_BK, training)
    with unchanged(model):
        found, a = [], x_BF
        for layer in model.leaves:
            a = np.array(layer.forward(a, None, training))
            found.append(statistics(layer, a, [name for other, name, _ in trained(model) if other is layer]))
    return Statistics(tuple(found))


def statistics(layer, a_BK, names: list[str]) -> LayerStatistics:
    """What there is to say of a layer with these outputs and these trained weights."""

    def norm(ending: str) -> float:
        return sum(float(np.sum(getattr(layer, name + ending) ** 2.0)) for name in names) ** 0.5

    return LayerStatistics(
        name=layer.name,
        mean=float(a_BK.mean()),
        std=float(a_BK.std()),
        zeros=float(np.mean(a_BK == 0)),
        dead=float(np.mean((a_BK == 0).all(axis=0))),
        gradient_norm=norm("_gradient") if names else None,
        weight_norm=norm("") if names else None,
        outputs=a_BK,
    )
