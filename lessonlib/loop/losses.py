"""PyTorch's losses: called with the outputs first, they return a number that can be sent back."""

import numpy as np

from lessonlib import losses
from lessonlib.config import quiet


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

    def detach(self):
        return LossValue(self)

    def __mul__(self, factor):
        send = self._send
        return LossValue.of(float(self) * factor, send and (lambda scale: send(scale * factor)))

    __rmul__ = __mul__

    def __truediv__(self, divisor):
        return self * (1 / divisor)

    def __repr__(self):
        return f"tensor({float(self):.4f})"

    def backward(self) -> None:
        """Add the gradient of this loss to `grad` of all parameters.

        Raises:
            RuntimeError: there is no way back: it was made under `no_grad`, is the sum of others, has been sent
                back already, or the model has been called again since.
        """
        if self._send is None:
            raise RuntimeError(
                "This loss has no way back to the model. It was made under no_grad(), it has been sent back already, "
                "or it is a sum: call backward() on each part, the gradients add up."
            )
        self._send(1.0)
        self._send = None


class LossFunction:
    """Called as `loss_fn(outputs, targets)`: PyTorch's order. The mean over the batch, plus the model's regularizers.

    Args:
        loss: one of `lessonlib.losses`, or its name.
        number_by_number: targets have the shape of the outputs; False for class numbers.
    """

    def __init__(self, loss, number_by_number=True):
        self.loss, self.number_by_number = losses.get(loss), number_by_number

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
            module.send_back(loss, t_BK, returned, scale)

        return LossValue.of(value + module.penalty(), send if with_grad and whole else None)


def place(array) -> tuple:
    """Where in memory an array lies, and whether in one piece: a reshaped array lies where it lay."""
    return array.__array_interface__["data"][0], array.size, array.flags.c_contiguous


def MSELoss() -> LossFunction:
    return LossFunction("mse")


def L1Loss() -> LossFunction:
    return LossFunction("mae")


def HuberLoss(delta=1.0) -> LossFunction:
    return LossFunction(losses.Huber(delta))


def BCELoss() -> LossFunction:
    """For probabilities. They are kept 1e-7 from 0 and 1; PyTorch keeps their logarithms above −100."""
    return LossFunction("binary_crossentropy")


def BCEWithLogitsLoss() -> LossFunction:
    return LossFunction(losses.BinaryCrossentropy(from_logits=True))


def CrossEntropyLoss() -> LossFunction:
    """For scores, without a softmax in the model, and class numbers."""
    return LossFunction(losses.SparseCategoricalCrossentropy(from_logits=True), number_by_number=False)
