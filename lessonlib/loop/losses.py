"""PyTorch's losses: called with the outputs first, they return a number that can be sent back."""

import numpy as np

from lessonlib import losses, utils
from lessonlib.activations import sigmoid
from lessonlib.config import floatx, quiet


class LossValue(float):
    """A loss: a number that knows which batch it came from, so that `backward()` can send it back."""

    _send = None  # the function that does it

    @classmethod
    def of(cls, value, send):
        made = cls(value)
        made._send = send
        return made

    def item(self) -> float:
        return float(self)

    def numpy(self):
        return np.float32(self)

    def cpu(self):
        return self

    def detach(self):
        return LossValue(self)

    def __mul__(self, factor):
        send = self._send
        return LossValue.of(float(self) * factor, send and (lambda scale: send(scale * factor)))

    __rmul__ = __mul__

    def __truediv__(self, divisor):
        return self * (1 / divisor)

    def __add__(self, other):
        """The sum of two losses of the same outputs, or with a number, can be sent back, too."""
        sends = [loss._send for loss in (self, other) if isinstance(loss, LossValue)]
        return LossValue.of(float(self) + other, None if None in sends else lambda scale: [s(scale) for s in sends])

    __radd__ = __add__

    def __repr__(self):
        return f"tensor({float(self):.4f})"

    def backward(self) -> None:
        """Add the gradient of this loss to `grad` of all parameters.

        Raises:
            RuntimeError: there is no way back: it was made under `no_grad`, has been sent back already, or the
                model has been called again since.
        """
        if self._send is None:
            raise RuntimeError(
                "This loss has no way back to the model. It was made under no_grad(), of changed outputs, or it has "
                "been sent back already, it or a part of it."
            )
        self._send(1.0)
        self._send = None


class LossFunction:
    """Called as `loss_fn(outputs, targets)`: PyTorch's order. The mean over the batch, plus the model's regularizers.

    Args:
        loss: one of `lessonlib.losses`, or its name.
        number_by_number: targets have the shape of the outputs; False for classes.
        reduction: "mean", or "sum": over all numbers, or over all rows where targets are classes.
        factor: what the loss is multiplied with; like the reduction, not a matter of the regularizers.

    Differs from PyTorch: there is no reduction "none".
    """

    def __init__(self, loss, number_by_number=True, reduction="mean", factor=1.0):
        utils.check_choice("reduction", reduction, ("mean", "sum"))
        self.loss, self.number_by_number = losses.get(loss), number_by_number
        self.reduction, self.factor = reduction, factor

    def __call__(self, outputs, targets) -> LossValue:
        loss, t = self.loss, np.asarray(targets)
        if self.number_by_number and t.shape != outputs.shape:
            raise ValueError(
                f"Using a target size {t.shape} that is different to the input size {outputs.shape}. Please ensure "
                "they have the same size: y.unsqueeze(1) makes (rows,) into (rows, 1)."
            )
        p_BK = np.asarray(outputs).reshape(len(outputs), -1)
        t_BK = loss.targets(t, p_BK.shape[1])
        with quiet():
            value = loss.reduced(loss.per_row(t_BK, p_BK))
        terms = outputs.size if self.number_by_number else len(outputs)
        factor = self.factor * (terms if self.reduction == "sum" else 1)
        value *= factor
        module, call, returned, with_grad = getattr(outputs, "source", None) or (None, 0, None, False)
        if module is None:
            return LossValue(value)
        whole = place(outputs) == place(returned) and len(outputs) == len(returned)  # or a part, or the result of a sum

        def send(scale):
            if module.calls != call:
                raise RuntimeError(
                    "The model has been called again since it made these outputs, and the engine remembers the last "
                    "batch only. Call loss.backward() before the next model(x)."
                )
            module.send_back(loss, t_BK, returned, scale, np.full(len(t_BK), factor, returned.dtype))

        return LossValue.of(value + module.penalty(), send if with_grad and whole else None)


def place(array) -> tuple:
    """Where in memory an array lies, and whether in one piece: a reshaped array lies where it lay."""
    return array.__array_interface__["data"][0], array.size, array.flags.c_contiguous


def MSELoss(reduction="mean") -> LossFunction:
    return LossFunction("mse", reduction=reduction)


def L1Loss(reduction="mean") -> LossFunction:
    return LossFunction("mae", reduction=reduction)


def HuberLoss(reduction="mean", delta=1.0) -> LossFunction:
    return LossFunction(losses.Huber(delta), reduction=reduction)


def SmoothL1Loss(reduction="mean", beta=1.0) -> LossFunction:
    """Huber's loss with delta = beta, divided by beta."""
    return LossFunction(losses.Huber(beta), reduction=reduction, factor=1 / beta)


def BCELoss(reduction="mean") -> LossFunction:
    """For probabilities. They are kept 1e-7 from 0 and 1; PyTorch keeps their logarithms above −100."""
    return LossFunction("binary_crossentropy", reduction=reduction)


def BCEWithLogitsLoss(reduction="mean", pos_weight=None) -> LossFunction:
    """For scores z; what is wrong about a target of 1 counts `pos_weight` times."""
    return LossFunction(Logits(1.0 if pos_weight is None else pos_weight), reduction=reduction)


class Logits(losses.Loss):
    """loss = w·t·log(1 + e^(−z)) + (1 − t)·log(1 + e^z);  dloss/dz = (1 − t)·sigmoid(z) − w·t·sigmoid(−z)."""

    def __init__(self, weight):
        super().__init__()
        self.weight = np.asarray(weight, floatx())

    def per_row(self, t_BK, p_BK):
        return utils.row_means(
            self.weight * t_BK * np.logaddexp(0, -p_BK) + (1 - t_BK) * np.logaddexp(0, p_BK),
        )

    def slope(self, t_BK, p_BK):
        return ((1 - t_BK) * sigmoid(p_BK) - self.weight * t_BK * sigmoid(-p_BK)) / p_BK.shape[1]


class CrossEntropyLoss(LossFunction):
    """For scores, without a softmax in the model; targets are class numbers, or a probability for each class.

    Args:
        weight: one for each class; the mean is then divided by the weights of the targets.
        reduction, label_smoothing: as above, and as in `losses.CategoricalCrossentropy`.
    """

    def __init__(self, weight=None, reduction="mean", label_smoothing=0.0):
        self.weight, self.label_smoothing = weight, label_smoothing
        super().__init__(losses.CategoricalCrossentropy(from_logits=True), False, reduction)

    def __call__(self, outputs, targets):
        t, units = np.asarray(targets), np.shape(outputs)[-1]
        numbers = t.ndim < np.ndim(outputs)
        t_BK = losses.SparseCategoricalCrossentropy().targets(t, units) if numbers else t
        smooth_BK = t_BK * (1 - self.label_smoothing) + self.label_smoothing / units
        if self.weight is not None:
            w = np.asarray(self.weight, floatx())
            mean = (t_BK * w).sum() / len(t_BK) if numbers and self.reduction == "mean" else 1
            smooth_BK = smooth_BK * w / mean
        return super().__call__(outputs, smooth_BK)


class NLLLoss(LossFunction):
    """For the logarithms of probabilities, with log_softmax in the model, and class numbers: loss = −log p[class]."""

    def __init__(self, reduction="mean"):
        super().__init__(NegativeLogLikelihood(), False, reduction)


class NegativeLogLikelihood(losses.SparseCategoricalCrossentropy):
    combines_with = None

    def per_row(self, t_BK, p_BK):
        return -(t_BK * p_BK).sum(axis=1)

    def slope(self, t_BK, p_BK):
        return -t_BK
