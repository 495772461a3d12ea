"""The model that is a list of layers."""

from lessonlib import utils
from lessonlib.layers.inputs import Input, InputLayer
from lessonlib.layers.layer import Chain, Layer
from lessonlib.models.model import Model, layers_of


class Sequential(Model):
    """Layers one after the other, in a list to which more can be added.

    Args:
        layers: a list of layers, the first of which may be `Input((features,))`. Without it the model is
            built when it sees its first data.
        name: `sequential`, `sequential_1`, … when none is given.

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
        self._begin(name or utils.unique_name("sequential"))
        if not isinstance(layers, (list, tuple, type(None))):
            raise ValueError(f"Sequential takes a list of layers: Sequential([…]). Received: {layers!r}")
        for layer in layers or []:
            self._append(layer)
        self._build_if_possible()

    @classmethod
    def from_config(cls, config, custom_objects=None):
        first = [Input(config["input_shape"][1:])] if config["input_shape"] else []
        return cls(first + layers_of(config, custom_objects), config["name"])

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
        if isinstance(layer, (Chain, InputLayer)):
            if self.layers or self.input_shape:
                raise ValueError("`Input` must be the first entry of the model, and there can be only one.")
            self.input_shape = (None, *utils.row_of(layer.shape))
            return
        if not isinstance(layer, (Layer, Model)):
            raise ValueError(
                f"Only layers can be added to a Sequential model. Received: {layer!r} (of type {type(layer).__name__})"
            )
        given = layer.input_shape if isinstance(layer, Model) else layer.given_shape
        if given and not (self.layers or self.input_shape):
            self.input_shape = Input(utils.row_of(given)).shape
        self._take(layer)

    def _build_if_possible(self) -> None:
        if self.input_shape and self.layers:
            self.build(self.input_shape)
