"""The model: a stack of layers whose weights lie side by side in one vector."""

import numpy as np

from lessonlib import utils
from lessonlib.config import floatx
from lessonlib.layers import InputLayer, Layer, copy_weights
from lessonlib.trainer import Trainer


class Sequential(Trainer):
    """Layers one after the other: the outputs of each are the inputs of the next.

    Args:
        layers: a list of layers, the first of which may be `Input((features,))`. Without it the model is
            built when it sees its first data.
        name: `sequential`, `sequential_1`, … when none is given.

    All parameters are one vector, `model.parameters`, and their gradients another, `model.gradients`; each
    layer works on views into them.

    Raises:
        ValueError: an entry is not a layer, or `Input` stands anywhere but first.

    >>> from lessonlib.layers import Dense, Input
    >>> model = Sequential([Input((10,)), Dense(16, "relu"), Dense(1, "sigmoid")])
    >>> model.count_params()
    193
    >>> [weight.shape for weight in model.weights]
    [(10, 16), (16,), (16, 1), (1,)]
    """

    def __init__(self, layers=None, name=None):
        self.name = name or utils.unique_name("sequential")
        self.layers = []
        self.built = False
        self.inputs = None
        self.generator = utils.new_generator()
        for layer in layers or []:
            self._append(layer)
        self._build_if_possible()

    def add(self, layer) -> None:
        """Put one more layer on top; the layers below keep their weights."""
        self._append(layer)
        self._build_if_possible()

    def _append(self, layer) -> None:
        if isinstance(layer, InputLayer):
            if self.layers or self.inputs:
                raise ValueError("`Input` must be the first entry of the model, and there can be only one.")
            self.inputs = layer.shape[0]
            return
        if not isinstance(layer, Layer):
            raise ValueError(
                f"Only layers can be added to a Sequential model. Received: {layer!r} (of type {type(layer).__name__})"
            )
        if any(layer.name == other.name for other in self.layers):
            raise ValueError(f"All layers of a model need names of their own; {layer.name!r} is there already.")
        self.layers.append(layer)
        self.built = False

    def _build_if_possible(self) -> None:
        if self.inputs and self.layers:
            self.build((None, self.inputs))

    def build(self, input_shape) -> None:
        """Make all weights, for rows of `input_shape[-1]` features; weights that fit are kept."""
        if not self.layers:
            raise ValueError("The model has no layers yet. Add at least one: Sequential([Input((10,)), Dense(1)]).")
        self.inputs = int(input_shape[-1])
        kept = {layer: layer.get_weights() for layer in self.layers if layer.built}
        features = self.inputs
        for layer in self.layers:
            layer.build(features)
            features = layer.units
        self.units = features

        shapes = [(layer, name, shape) for layer in self.layers for name, shape in layer.weight_shapes().items()]
        size = sum(int(np.prod(shape)) for _, _, shape in shapes)
        self.parameters, self.gradients = np.zeros(size, floatx()), np.zeros(size, floatx())
        start = 0
        for layer, name, shape in shapes:
            end = start + int(np.prod(shape))
            setattr(layer, name, self.parameters[start:end].reshape(shape))
            setattr(layer, name + "_gradient", self.gradients[start:end].reshape(shape))
            if layer not in kept:
                getattr(layer, name)[...] = getattr(layer, name + "_initializer")(shape, self.generator)
            start = end
        for layer, weights in kept.items():
            layer.set_weights(weights)
        self.built = True

    def forward(self, x_BF, out_BK=None):
        """The outputs for a batch, written into `out_BK` where one is given. The layers remember what they saw."""
        *hidden, last = self.layers
        for layer in hidden:
            x_BF = layer.forward(x_BF)
        return last.forward(x_BF, out_BK)

    def backward(self, t_BK, p_BK) -> None:
        """The gradient of the loss for every parameter, into `gradients`, from the last layer to the first."""
        first, last = self.layers[0], self.layers[-1]
        d = last.space.d_BK
        combined = last.activation is self.loss.combines_with
        if combined:
            self.loss.combined_gradient(t_BK, p_BK, d)
        else:
            self.loss.gradient(t_BK, p_BK, d)
        for layer in reversed(self.layers):
            d = layer.backward(d, from_activation=not (combined and layer is last), to_inputs=layer is not first)

    def __call__(self, x) -> np.ndarray:
        """The outputs for rows of features, like `predict` without its progress line."""
        return self.predict(x, verbose=0)

    @property
    def weights(self) -> list[np.ndarray]:
        return [weight for layer in self.layers for weight in layer.weights]

    def get_weights(self) -> list[np.ndarray]:
        """Copies of all weights, layer after layer."""
        return [weight.copy() for weight in self.weights]

    def set_weights(self, weights) -> None:
        """Copy `weights`, as `get_weights` returns them, into the model.

        Raises:
            ValueError: the number of arrays, or a shape, is not the model's.
        """
        copy_weights(weights, self.weights, self.name)

    def count_params(self) -> int:
        return sum(layer.count_params() for layer in self.layers)

    @property
    def input_shape(self) -> tuple:
        return (None, self.inputs)

    @property
    def output_shape(self) -> tuple:
        return (None, self.layers[-1].units)

    def summary(self) -> None:
        """Print the layers with the shapes of their outputs and the numbers of their parameters."""
        rows = [
            (
                f"{layer.name} ({type(layer).__name__})",
                f"(None, {layer.units})" if layer.built else "?",
                f"{layer.count_params():,}" if layer.built else "0 (unbuilt)",
            )
            for layer in self.layers
        ]
        widths = [max(31, *(len(row[0]) for row in rows)) if rows else 31, 22, 13]
        head = ("Layer (type)", "Output Shape", "Param #")
        print(f'Model: "{self.name}"')
        print(_rule("┏┳┓", "━", widths))
        print(_line("┃", head, widths))
        print(_rule("┡╇┩", "━", widths))
        for number, row in enumerate(rows):
            if number:
                print(_rule("├┼┤", "─", widths))
            print(_line("│", row, widths))
        print(_rule("└┴┘", "─", widths))
        count = f"{self.count_params():,} ({_bytes(self.count_params() * 4)})"
        print(f" Total params: {count}\n Trainable params: {count}\n Non-trainable params: 0 (0.00 B)")


def _rule(corners: str, stroke: str, widths) -> str:
    return corners[0] + corners[1].join(stroke * (width + 2) for width in widths) + corners[2]


def _line(edge: str, cells, widths) -> str:
    name, shape, count = cells
    return f"{edge} {name:<{widths[0]}} {edge} {shape:<{widths[1]}} {edge} {count:>{widths[2]}} {edge}"


def _bytes(count: int) -> str:
    """A size in memory, as Keras writes it.

    >>> _bytes(772), _bytes(407080)
    ('772.00 B', '397.54 KB')
    """
    unit = 0
    while count >= 1024 and unit < 3:
        count, unit = count / 1024, unit + 1
    return f"{count:.2f} {('B', 'KB', 'MB', 'GB')[unit]}"
