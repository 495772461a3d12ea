"""The model: a stack of layers whose weights lie side by side in one vector."""

import numpy as np

from lessonlib import layers, model_file, utils
from lessonlib.config import floatx
from lessonlib.layers.inputs import Input, InputLayer
from lessonlib.layers.layer import Chain, Layer, Weighted
from lessonlib.models.summary import summary
from lessonlib.trainer import Trainer


class Model(Weighted, Trainer, utils.Configurable):
    """The layers that lead from `inputs` to `outputs`: the outputs of each are the inputs of the next.

    Args:
        inputs: an `Input`.
        outputs: what the last layer returned when it was called, on what the layer before had returned, and so on;
            or a list of what several layers of such a chain returned, for a model that predicts a list.
        name: `functional`, `functional_1`, … when none is given.

    All parameters are one vector, `model.parameters`, and their gradients another, `model.gradients`; each
    layer works on views into them. What is not trained lies in a third, `model.states`.

    Differs from Keras: every layer has one input, so there are no branches.

    Raises:
        ValueError: `outputs` does not come from `inputs`, or in branches.

    >>> from lessonlib.layers import Dense, Input
    >>> inputs = Input((10,))
    >>> Model(inputs, Dense(1)(Dense(16, "relu")(inputs))).count_params()
    193
    """

    def __init__(self, inputs, outputs, name=None):
        self._begin(name or utils.unique_name("functional"))
        inputs, *others = inputs if isinstance(inputs, (list, tuple)) else [inputs]
        ends = list(outputs) if isinstance(outputs, (list, tuple)) else [outputs]
        chains = [end.layers if isinstance(end, Chain) else [end] for end in ends]
        longest = max(chains, key=len)
        joined = isinstance(inputs, Chain) and not others and longest[0] is inputs.layers[-1]
        if not joined or any(chain != longest[: len(chain)] for chain in chains):
            raise ValueError(
                "`outputs` must come from `inputs`, an Input, by calling layers one after the other: "
                f"x = Input((10,)); Model(x, Dense(1)(x)). Received: inputs={inputs!r}, outputs={outputs!r}"
            )
        self.inputs = [inputs]
        for layer in longest:
            self._take(layer)
        self.build(inputs.shape)
        self.outputs = ends

    def _begin(self, name: str) -> None:
        self.name, self.layers, self.inputs, self.outputs, self.built = name, [], [], [], False
        # Once they are known they are as (None, features); None stands for any number of rows.
        self.input_shape = self.output_shape = None
        self._asked_to_train = True
        self.generator = utils.new_generator()

    def _take(self, layer) -> None:
        if any(layer.name == other.name for other in self.layers):
            raise ValueError(f"All layers of a model need names of their own; {layer.name!r} is there already.")
        self.layers.append(layer)
        self.built = False

    def __setstate__(self, state):
        """Of a copy, also a pickled one: copied one by one, views are no longer parts of the vector."""
        vars(self).update(state)
        if self.built:
            self._lay_out_again()

    @property
    def leaves(self) -> list[Layer]:
        """All layers: of models that are layers of this one, theirs."""
        return [leaf for layer in self.layers for leaf in getattr(layer, "leaves", [layer])]

    def build(self, input_shape, generator=None) -> None:
        """Make all weights, for rows of shape `input_shape[1:]`; a layer that fits keeps its weights."""
        working = [layer for layer in self.layers if not isinstance(layer, InputLayer)]
        if not working:
            raise ValueError("The model has no layers yet. Add at least one: Sequential([Input((10,)), Dense(1)]).")
        self.input_shape = (None, *input_shape[1:])
        if not self.inputs or self.inputs[0].shape != self.input_shape:
            self.inputs = [Input(self.input_shape[1:])]
        chain, fresh = self.inputs[0], False
        for layer in working:
            if not layer.built or utils.row_of(layer.input_shape) != chain.shape[1:]:
                layer.build(chain.shape, self.generator)
                fresh = True
            before, chain = chain, Chain([*chain.layers, layer])
            if not isinstance(layer, Model) and (fresh or not hasattr(layer, "output")):
                layer.input, layer.output = before, chain  # of a layer in two models, those in the first
        self.outputs, self.output_shape, self.units = [chain], chain.shape, chain.shape[-1]
        self._working = [layer for layer in self.leaves if not isinstance(layer, InputLayer)]
        self._lay_out()
        self.built = True

    input = property(lambda self: self.inputs[0])
    output = property(lambda self: self.outputs[0] if len(self.outputs) == 1 else self.outputs)

    def each_output(self, x) -> list[np.ndarray]:
        """What every one of `outputs` says of rows of features."""
        found, values = {}, self._features(x)
        for layer in self.layers:
            values = found[layer] = layer(values)
        return [found[end.layers[-1]] for end in self.outputs]

    def _lay_out(self) -> None:
        """Move the weights of all layers into one vector: `parameters` what is trained, `states` what is not."""
        *self._hidden, self._last = self._working
        self._first = self._working[0]
        self._trainable = [layer.trainable for layer in self._working]
        trained = [(layer, name) for layer in self._working if layer.trainable for name in layer.trainable_shapes()]
        self._trained, self.trained_shapes = trained, [getattr(layer, name).shape for layer, name in trained]
        others = [(layer, name) for layer in self._working for name in layer.weight_shapes()]
        others = [pair for pair in others if pair not in trained]
        self.parameters = one_vector(trained)
        self.gradients = one_vector([(layer, name + "_gradient") for layer, name in trained])
        self.states = one_vector(others)
        self.penalized = [(layer, *pair) for layer in self._working for pair in layer.penalized()]

    def _lay_out_again(self) -> None:
        """The same with an optimizer that goes on."""
        before, optimizer = self.parameters, self.optimizer
        self._lay_out()
        if optimizer and optimizer.parameters is not None and len(before) == len(self.parameters):
            optimizer.parameters = self.parameters

    def freezes_anew(self) -> bool:
        """Whether layers have been frozen or set free since the weights were laid out."""
        return self.built and self._trainable != [layer.trainable for layer in self._working]

    def take_home(self) -> None:
        """Take back the weights of layers that are shared with another model, which has moved them into its vector."""
        if any(getattr(layer, name).base.base is not self.parameters for layer, name in self._trained):
            self._lay_out_again()

    def forward(self, x_BF, out_BK=None, training=False):
        """The outputs for a batch, written into `out_BK` where one is given. The layers remember what they saw."""
        for layer in self._hidden:
            x_BF = layer.forward(x_BF, None, training)
        return self._last.forward(x_BF, out_BK, training)

    def backward(self, t_BK, p_BK, w_B=None) -> None:
        """The gradient of the loss for every parameter, into `gradients`, from the last layer to the first."""
        last = self._last
        combined = self.loss.combines_with is not None and last.activation is self.loss.combines_with
        gradient = self.loss.combined_gradient if combined else self.loss.gradient
        d = last.backward(gradient(t_BK, p_BK, w_B), not combined, last is not self._first)
        for layer in self._hidden[::-1]:
            d = layer.backward(d, True, layer is not self._first)
        for layer, name, regularizer in self.penalized:
            regularizer.add_gradient(getattr(layer, name), getattr(layer, name + "_gradient"))

    losses = property(lambda self: [price(getattr(layer, name)) for layer, name, price in self.penalized])

    def penalty(self) -> float:
        """What the regularizers add to the loss."""
        return sum(self.losses)

    def __call__(self, x, training=False) -> np.ndarray:
        """The outputs for rows of features, like `predict` without its progress line; a model may also be a layer.

        With training=True, Dropout and BatchNormalization do what they do in training.
        """
        if isinstance(x, Chain):
            if not self.built:
                self.build(x.shape)
            return Chain([*x.layers, self])
        if training:
            return np.array(self.forward(self._features(x), training=True))
        return self.predict_on_batch(x)

    weights = property(lambda self: [weight for layer in self.layers for weight in layer.weights])
    trainable_weights = property(lambda self: [weight for layer in self.layers for weight in layer.trainable_weights])
    non_trainable_weights = property(lambda self: [w for layer in self.layers for w in layer.non_trainable_weights])

    def _freeze(self, value: bool) -> None:
        self._asked_to_train = value
        for layer in self.layers:
            layer.trainable = value

    trainable = property(lambda self: self._asked_to_train, _freeze)

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
        layers, ends = [utils.written(layer) for layer in self.layers], [end.layers[-1].name for end in self.outputs]
        config = {"name": self.name, "input_shape": list(self.input_shape or ()) or None, "layers": layers}
        return config | ({"outputs": ends} if len(ends) > 1 else {})

    @classmethod
    def from_config(cls, config: dict, custom_objects: dict | None = None):
        """A new model, with new weights, from what `get_config` has returned.

        Raises:
            ValueError: it names a class of layers that is neither of this package nor among `custom_objects`.
        """
        first, *others = layers_of(config, custom_objects)
        inputs = chain = Chain([first])
        ends = {first.name: chain}
        for layer in others:
            chain = ends[layer.name] = layer(chain)
        return cls(inputs, [ends[name] for name in config.get("outputs", ())] or chain, config["name"])

    def to_json(self) -> str:
        """The configuration as text, for `model_from_json`."""
        import json  # here, for the same reason

        return json.dumps(self.written())

    summary = summary
    save, save_weights, load_weights = model_file.save_model, model_file.save_weights, model_file.load_weights


def one_vector(places) -> np.ndarray:
    """Put the arrays at (layer, name) side by side into one vector, and views into it in their places."""
    arrays = [getattr(layer, name) for layer, name in places]
    vector = np.concatenate([np.asarray(array).reshape(-1) for array in arrays]) if arrays else np.zeros(0, floatx())
    start = 0
    for (layer, name), array in zip(places, arrays, strict=True):
        setattr(layer, name, vector[start : start + array.size].reshape(array.shape).view(type(array)))
        start += array.size
    return vector


def layers_of(config: dict, custom_objects: dict | None) -> list[Layer]:
    """The layers that a model's configuration describes, with new weights."""
    models = {kind.__name__: kind for kind in (Model, *Model.__subclasses__())}
    with utils.custom_object_scope(custom_objects or {}):
        return [layers.deserialize(entry, models) for entry in config["layers"]]
