"""The model: a stack of layers whose weights lie side by side in one vector."""

import copy

import numpy as np

from lessonlib import saving, utils
from lessonlib.config import floatx
from lessonlib.layer import InputLayer, Layer, copy_weights
from lessonlib.layers import CLASSES as LAYERS
from lessonlib.trainer import Trainer


class Sequential(Trainer):
    """Layers one after the other: the outputs of each are the inputs of the next.

    Args:
        layers: a list of layers, the first of which may be `Input((features,))`. Without it the model is
            built when it sees its first data.
        name: `sequential`, `sequential_1`, … when none is given.

    All parameters are one vector, `model.parameters`, and their gradients another, `model.gradients`; each
    layer works on views into them. What is not trained lies in a third, `model.states`.

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
        self.input_shape = None  # (None, features), once it is known; None stands for any number of rows
        self.generator = utils.new_generator()
        if not isinstance(layers, (list, tuple, type(None))):
            raise ValueError(f"Sequential takes a list of layers: Sequential([…]). Received: {layers!r}")
        for layer in layers or []:
            self._append(layer)
        self._build_if_possible()

    def __deepcopy__(self, memo):
        """A copy with weights of its own. Copied one by one, views would no longer be parts of the vector."""
        twin = object.__new__(type(self))
        memo[id(self)] = twin
        vars(twin).update(copy.deepcopy(vars(self), memo))
        if twin.built:
            twin._lay_out()
            if twin.optimizer is not None and twin.optimizer.parameters is not None:
                twin.optimizer.parameters = twin.parameters
        return twin

    def add(self, layer) -> None:
        """Put one more layer on top; the layers below keep their weights."""
        self._append(layer)
        self._build_if_possible()

    def pop(self):
        """Take the last layer away, and return it."""
        if not self.layers:
            raise IndexError("There are no layers in the model.")
        layer = self.layers.pop()
        self.built = False
        self._build_if_possible()
        return layer

    def _append(self, layer) -> None:
        if isinstance(layer, InputLayer):
            if self.layers or self.input_shape:
                raise ValueError("`Input` must be the first entry of the model, and there can be only one.")
            self.input_shape = (None, *layer.shape)
            return
        if not isinstance(layer, Layer):
            raise ValueError(
                f"Only layers can be added to a Sequential model. Received: {layer!r} (of type {type(layer).__name__})"
            )
        if any(layer.name == other.name for other in self.layers):
            raise ValueError(f"All layers of a model need names of their own; {layer.name!r} is there already.")
        if layer.given_shape and not (self.layers or self.input_shape):
            self.input_shape = (None, *InputLayer(layer.given_shape).shape)
        self.layers.append(layer)
        self.built = False

    def _build_if_possible(self) -> None:
        if self.input_shape and self.layers:
            self.build(self.input_shape)

    def build(self, input_shape) -> None:
        """Make all weights, for rows of shape `input_shape[1:]`; a layer that fits keeps its weights."""
        if not self.layers:
            raise ValueError("The model has no layers yet. Add at least one: Sequential([Input((10,)), Dense(1)]).")
        self.input_shape = (None, *input_shape[1:])
        shape = self.input_shape
        for layer in self.layers:
            if not layer.built or layer.input_shape != shape[1:]:
                layer.build(shape, self.generator)
            shape = (None, *layer.output_shape)
        self.output_shape, self.units = shape, shape[-1]
        self._lay_out()
        self.built = True

    def _lay_out(self) -> None:
        """Move the weights of all layers into one vector: `parameters` what is trained, `states` what is not."""
        *self._hidden, self._last = self.layers
        self._first = self.layers[0]
        self._trainable = [layer.trainable for layer in self.layers]
        trained = [(layer, name) for layer in self.layers if layer.trainable for name in layer.trainable_shapes()]
        others = [(layer, name) for layer in self.layers for name in layer.weight_shapes()]
        others = [pair for pair in others if pair not in trained]
        self.parameters = one_vector(trained)
        self.gradients = one_vector([(layer, name + "_gradient") for layer, name in trained])
        self.states = one_vector(others)
        self.penalized = [(layer, *pair) for layer in self.layers for pair in layer.penalized()]

    def forward(self, x_BF, out_BK=None, training=False):
        """The outputs for a batch, written into `out_BK` where one is given. The layers remember what they saw."""
        for layer in self._hidden:
            x_BF = layer.forward(x_BF, None, training)
        return self._last.forward(x_BF, out_BK, training)

    def backward(self, t_BK, p_BK, w_B=None) -> None:
        """The gradient of the loss for every parameter, into `gradients`, from the last layer to the first."""
        last, d = self._last, np.empty_like(p_BK)
        combined = last.activation is self.loss.combines_with is not None
        if combined:
            self.loss.combined_gradient(t_BK, p_BK, d, w_B)
        else:
            self.loss.gradient(t_BK, p_BK, d, w_B)
        d = last.backward(d, not combined, last is not self._first)
        for layer in self._hidden[::-1]:
            d = layer.backward(d, True, layer is not self._first)
        for layer, name, regularizer in self.penalized:
            regularizer.add_gradient(getattr(layer, name), getattr(layer, name + "_gradient"))

    def penalty(self) -> float:
        """What the regularizers add to the loss."""
        return sum(regularizer(getattr(layer, name)) for layer, name, regularizer in self.penalized)

    def __call__(self, x, training=False) -> np.ndarray:
        """The outputs for rows of features, like `predict` without its progress line.

        With training=True, Dropout and BatchNormalization do what they do in training.
        """
        x_BF = self._features(x)
        return np.array(self.forward(x_BF, training=True)) if training else self._predict(x_BF)

    @property
    def weights(self) -> list[np.ndarray]:
        return [weight for layer in self.layers for weight in layer.weights]

    @property
    def trainable_weights(self) -> list[np.ndarray]:
        return [weight for layer in self.layers for weight in layer.trainable_weights]

    @property
    def non_trainable_weights(self) -> list[np.ndarray]:
        return [weight for layer in self.layers for weight in layer.non_trainable_weights]

    @property
    def trainable(self) -> bool:
        return all(layer.trainable for layer in self.layers)

    @trainable.setter
    def trainable(self, value: bool) -> None:
        for layer in self.layers:
            layer.trainable = value

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
        """The number of all weights' numbers, the trained and the others."""
        if not self.built:
            raise ValueError(f"{self.name!r} has no weights yet. Begin the layers with Input((features,)).")
        return sum(layer.count_params() for layer in self.layers)

    def get_layer(self, name: str | None = None, index: int | None = None):
        """The layer of that name, or at that index.

        Raises:
            ValueError: there is none, or neither or both are given.
        """
        if (name is None) == (index is None):
            raise ValueError("Provide either a layer name or a layer index to `get_layer`.")
        if index is not None and index < len(self.layers):
            return self.layers[index]
        for layer in self.layers:
            if layer.name == name:
                return layer
        names = [layer.name for layer in self.layers]
        raise ValueError(f"No such layer: {name if index is None else index!r}. Existing layers are: {names}.")

    def get_config(self) -> dict:
        """What it takes to build the same model, without its weights, as things that JSON can hold."""
        layers = [utils.written(layer) for layer in self.layers]
        return {"name": self.name, "input_shape": list(self.input_shape or ()) or None, "layers": layers}

    @classmethod
    def from_config(cls, config: dict, custom_objects: dict | None = None):
        """A new model, with new weights, from what `get_config` has returned.

        Raises:
            ValueError: it names a class of layers that is neither of this package nor among `custom_objects`.
        """
        classes = LAYERS | (custom_objects or {})
        unknown = [entry["class_name"] for entry in config["layers"] if entry["class_name"] not in classes]
        if unknown:
            raise ValueError(
                f"There is no layer called {unknown[0]!r}. If it is your own, give custom_objects={{{unknown[0]!r}: "
                "the class}."
            )
        first = [InputLayer(config["input_shape"][1:])] if config["input_shape"] else []
        layers = [classes[entry["class_name"]].from_config(entry["config"]) for entry in config["layers"]]
        return cls(first + layers, config["name"])

    def save(self, filepath, overwrite=True) -> None:
        """Write model, weights, compilation and the optimizer's state into one `.npz` file, see `saving`."""
        saving.save_model(self, filepath, overwrite)

    def save_weights(self, filepath, overwrite=True) -> None:
        """Write the weights into a `.npz` file."""
        saving.save_weights(self, filepath, overwrite)

    def load_weights(self, filepath) -> None:
        """Read the weights of a file that `save_weights` or `save` has written.

        Raises:
            ValueError: the file's weights are not of this model's number and shapes; nothing is changed then.
        """
        saving.load_weights(self, filepath)

    def summary(self, print_fn=print) -> None:
        """Print the layers with the shapes of their outputs and the numbers of their parameters."""
        rows = [
            (
                (layer.name, f"({type(layer).__name__})"),
                str((None, *layer.output_shape)) if layer.built else "?",
                f"{layer.count_params():,}" if layer.built else "0 (unbuilt)",
            )
            for layer in self.layers
        ]
        widths = 31, 22, 13
        lines = [f'Model: "{self.name}"', _rule("┏┳┓", "━", widths)]
        lines += [_line("┃", ("Layer (type)", "Output Shape", "Param #"), widths), _rule("┡╇┩", "━", widths)]
        for number, (title, *cells) in enumerate(rows):
            name, kind = title if len(" ".join(title)) > widths[0] else (" ".join(title), None)
            name = name if len(name) <= widths[0] else name[: widths[0] - 1] + "…"
            lines += ([_rule("├┼┤", "─", widths)] if number else []) + [_line("│", (name, *cells), widths)]
            lines += [_line("│", (kind, "", ""), widths)] if kind else []
        lines.append(_rule("└┴┘", "─", widths))
        trained, others = (sum(w.size for w in ws) for ws in (self.trainable_weights, self.non_trainable_weights))
        remembered = optimizer_size(self.optimizer)
        counts = {"Total": trained + others + remembered, "Trainable": trained, "Non-trainable": others}
        counts |= {"Optimizer": remembered} if remembered else {}
        lines += [f" {kind} params: {count:,} ({_bytes(count * 4)})" for kind, count in counts.items()]
        print_fn("\n".join(lines))


def optimizer_size(optimizer) -> int:
    """How many numbers the optimizer keeps: vectors as long as the parameters, the steps made, a settable rate."""
    if optimizer is None or optimizer.parameters is None:
        return 0
    return len(optimizer.slots) * optimizer.parameters.size + 1 + (optimizer._schedule is None)


def one_vector(places) -> np.ndarray:
    """Put the arrays at (layer, name) side by side into one vector, and views into it in their places."""
    arrays = [getattr(layer, name) for layer, name in places]
    vector = np.concatenate([array.reshape(-1) for array in arrays]) if arrays else np.zeros(0, floatx())
    start = 0
    for (layer, name), array in zip(places, arrays, strict=True):
        setattr(layer, name, vector[start : start + array.size].reshape(array.shape))
        start += array.size
    return vector


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


def load_model(filepath, custom_objects=None, compile=True, safe_mode=True) -> Sequential:
    """The model that `model.save` has written, ready to go on training.

    Args:
        filepath: the file, `.npz`.
        custom_objects: {class name: class} of layers of your own.
        compile: False leaves out loss, metrics and optimizer.
        safe_mode: accepted for Keras's sake; loading is always safe.

    Raises:
        ValueError: there is no such file, or it is not one of a model.
    """
    head, arrays = saving.read_model(filepath)
    model = Sequential.from_config(head["model"], custom_objects)
    saving.restore(model, head, arrays, compile)
    return model
