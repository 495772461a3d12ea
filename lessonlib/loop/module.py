"""A model in PyTorch's words, and the arrays that it returns."""

import contextlib
import copy

import numpy as np

from lessonlib.config import floatx, quiet


class Tensor(np.ndarray):
    """A numpy array with the few words in which PyTorch's arrays differ from numpy's."""

    source = None  # (module, number of its call, the array it returned, whether backward() is wanted) of a model's

    def __array_finalize__(self, other):
        self.source = getattr(other, "source", None)

    def argmax(self, dim=None, keepdim=False, **named):
        return super().argmax(**{"axis": dim, "keepdims": keepdim} | named)

    def sum(self, dim=None, keepdim=False, **named):
        return super().sum(**{"axis": dim, "keepdims": keepdim} | named)

    def mean(self, dim=None, keepdim=False, **named):
        return super().mean(**{"axis": dim, "keepdims": keepdim} | named)

    def std(self, dim=None, keepdim=False, **named):
        """Divided by n − 1, where numpy's own divides by n; the variance, too."""
        return super().std(**{"axis": dim, "keepdims": keepdim, "ddof": 1} | named)

    def var(self, dim=None, keepdim=False, **named):
        return super().var(**{"axis": dim, "keepdims": keepdim, "ddof": 1} | named)

    def max(self, dim=None, **named):
        """The largest number; with `dim`, a pair: the largest along it, and where they stand."""
        return super().max(**named) if dim is None else (super().max(axis=dim), self.argmax(dim))

    def view(self, *shape):
        """For whole numbers a `reshape`, for a type numpy's own `view`."""
        return self.reshape(shape) if isinstance(shape[0], (int, tuple)) else super().view(*shape)

    def flatten(self):
        return self.reshape(-1)

    eq, pow, abs = np.ndarray.__eq__, np.ndarray.__pow__, np.ndarray.__abs__

    def norm(self):
        return tensor(np.linalg.norm(self))

    @property
    def data(self):
        return self

    @data.setter
    def data(self, values):
        self[...] = values

    def unsqueeze(self, dim):
        return np.expand_dims(self, dim)

    def float(self):
        return self.astype("float32")

    def long(self):
        return self.astype("int64")

    def type(self, dtype):
        return self.astype(dtype)

    def to(self, device):
        """On the one device there is; or of a type, as `to(float32)`."""
        return self if isinstance(device, str) else self.astype(device)

    def cpu(self):
        return self

    def detach(self):
        return tensor(self)

    clone = detach

    def numpy(self):
        return np.asarray(self)


def tensor(data, dtype=None) -> Tensor:
    """A new tensor of these numbers; floats become float32.

    >>> tensor([[0.2, 0.8], [0.9, 0.1]]).argmax(dim=1).numpy().tolist()
    [1, 0]
    """
    made = np.array(data, dtype).view(Tensor)
    made.source = None
    return made.float() if dtype is None and made.dtype.kind == "f" else made


class Parameter(Tensor):
    """The weights of a layer, where the layer has them; `grad` is what backward() has added up for them, or None."""

    module = part = None

    @property
    def requires_grad(self) -> bool:
        return True

    @requires_grad.setter
    def requires_grad(self, value) -> None:
        if not value:
            raise RuntimeError(
                "Single parameters are not frozen here, but whole layers, before the loop begins: "
                "model.layers[0].trainable = False; model = Module(model)."
            )

    @property
    def grad(self):
        gradient = self.module.gradient
        return None if gradient is None else gradient[self.part].reshape(self.shape).view(Tensor)

    def numel(self) -> int:
        return self.size


class Module:
    """A model in PyTorch's words. The weights stay where they are: `fit` and a loop may take turns.

    Other attributes (`summary`, `layers`, `get_weights`, …) are the model's own.
    """

    def __init__(self, model):
        if not model.built:
            raise ValueError("The model has no weights yet. Begin its layers with Input((features,)).")
        self.model, self.training, self.calls = model, True, 0
        if model.freezes_anew():  # and no `compile` has seen it
            model._lay_out_again()
        self.gradient = None  # the sum of all backward() since zero_grad(); None is PyTorch's word for none at all

    def __getattr__(self, name):
        if "model" not in vars(self):  # somebody is copying the module
            raise AttributeError(name)
        return getattr(self.model, name)

    def __deepcopy__(self, memo):
        """A copy with weights of its own, and without gradients."""
        return Module(copy.deepcopy(self.model, memo)).train(self.training)

    def __call__(self, x) -> Tensor:
        """The outputs for a batch."""
        model = self.model
        x_BF = model._features(np.asarray(x))
        p_BK = np.empty((len(x_BF), *model.output_shape[1:]), floatx())
        with quiet():
            model.forward(x_BF, p_BK, self.training)
        self.calls += 1
        outputs = p_BK.view(Tensor)
        outputs.source = (self, self.calls, p_BK, no_grad.depth == 0)
        return outputs

    def send_back(self, loss, t_BK, p_BK, scale: float, w_B=None) -> None:
        """Add `scale` times the gradient of this loss of the last batch to `gradient`."""
        model = self.model
        kept, model.loss = model.loss, loss
        try:
            with quiet():
                model.backward(t_BK, p_BK, w_B)
        finally:
            model.loss = kept
        new = model.gradients * np.asarray(scale, model.gradients.dtype)
        self.gradient = new if self.gradient is None else self.gradient + new

    def train(self, mode=True):
        """From now on Dropout and BatchNormalization do what they do in training."""
        self.training = mode
        return self

    def eval(self):
        """From now on they do what they do in prediction. Gradients are a matter of `no_grad`."""
        return self.train(False)

    def parameters(self) -> list[Parameter]:
        """All trainable weights, as views: whoever changes them changes the model."""
        start, found = 0, []
        for layer, name in self.model._trained:
            parameter = getattr(layer, name).view(Parameter)
            parameter.module, parameter.part = self, slice(start, start := start + parameter.size)
            found.append(parameter)
        return found

    def named_parameters(self) -> list[tuple[str, Parameter]]:
        """(name, parameter), for the trainable weights."""
        names = [path for path, *place in self._named() if tuple(place) in self.model._trained]
        return list(zip(names, self.parameters(), strict=True))

    def to(self, device) -> "Module":
        """There is one device, the processor."""
        return self

    def zero_grad(self) -> None:
        self.gradient = None

    def state_dict(self) -> dict:
        """Copies of all weights, by name."""
        return {path: np.array(getattr(layer, name)) for path, layer, name in self._named()}

    def load_state_dict(self, state: dict) -> None:
        """Take up what the `state_dict` of a model of these layers, whatever their names, has returned.

        Raises:
            RuntimeError: its weights are others, in number or shape; nothing is changed then.
        """
        weights = [getattr(layer, name) for _, layer, name in self._named()]
        given, own = [np.shape(weight) for weight in state.values()], [weight.shape for weight in weights]
        if given != own:
            raise RuntimeError(f"Error(s) in loading state_dict: its weights have the shapes {given}, not {own}.")
        for source, weight in zip(state.values(), weights, strict=True):
            weight[...] = source

    def _named(self):
        """(path, layer, name) of every weight, as ("dense.kernel", the layer, "kernel")."""
        return [(f"{path}.{name}", leaf, name) for path, leaf in paths(self.model) for name in leaf.weight_shapes()]


def paths(model, before=""):
    """(path, layer) of every layer: of one in a model that is a layer itself, "inner.dense"."""
    for layer in model.layers:
        path = before + layer.name
        yield from paths(layer, path + ".") if hasattr(layer, "layers") else [(path, layer)]


class no_grad(contextlib.ContextDecorator):
    """Inside, a model only predicts: what it returns cannot be sent back."""

    depth = 0

    def __enter__(self):
        no_grad.depth += 1

    def __exit__(self, *error):
        no_grad.depth -= 1


inference_mode = no_grad


def clip_grad_value_(parameters, clip_value: float) -> None:
    """Keep every number of the gradient within ± `clip_value`; to be called between backward() and step()."""
    g = list(parameters)[0].module.gradient
    if g is not None:
        np.clip(g, -clip_value, clip_value, out=g)


def clip_grad_norm_(parameters, max_norm: float, norm_type=2.0) -> Tensor:
    """Shorten the gradient of all parameters together to at most `max_norm`; returns how long it was.

        g = g·min(1, max_norm / (|g| + 1e-6))

    To be called between backward() and step(), with `model.parameters()`.
    """
    g = list(parameters)[0].module.gradient
    if g is None:  # no backward() yet
        return tensor(0.0)
    length = np.linalg.norm(g, norm_type)
    g *= min(1.0, max_norm / (length + 1e-6))
    return tensor(length)
