"""Optimizers, in order of complexity: each is a few in-place lines on the vector p of all parameters.

Letters: p parameters, g gradient, lr learning rate, u scratch; m, v what the optimizer remembers.
"""

import numpy as np

from lessonlib import utils
from lessonlib.config import constant


class Optimizer:
    """What all optimizers share: the learning rate, the step count, the remembered vectors.

    `learning_rate` is a number, or a function from the step (0, 1, 2, …) to a number; it may be changed
    between steps. `iterations` counts the steps made.
    """

    slots = ()  # the names of the vectors that the optimizer remembers from step to step

    def __init__(self, learning_rate, **unknown):
        if unknown:
            hint = " It is called `learning_rate` here." if "lr" in unknown else ""
            raise ValueError(f"Argument(s) not recognized: {unknown}.{hint}")
        number = isinstance(learning_rate, (int, float, np.number)) and not isinstance(learning_rate, bool)
        if not callable(learning_rate) and not (number and 0 <= learning_rate < np.inf):
            raise ValueError(
                "Argument `learning_rate` should be a number of at least 0, or a function from the step to one. "
                f"Received instead: learning_rate={learning_rate!r}"
            )
        self.learning_rate = learning_rate
        self.iterations = 0
        self.parameters = None  # the vector whose past it remembers

    def prepare(self, p) -> None:
        """Get ready for the parameters p; what is remembered of them starts at zero.

        Raises:
            ValueError: the optimizer remembers the past of another model.
        """
        if self.parameters is p:
            return
        if self.parameters is not None:
            raise ValueError(
                f"This {type(self).__name__} has been training another model and remembers that one's gradients. "
                f"Make a new one for each model: optimizer={type(self).__name__}(...)."
            )
        self.parameters, self.u = p, np.empty_like(p)
        for name in self.slots:
            setattr(self, name, np.zeros_like(p))

    def step(self, p, g) -> None:
        """Change the parameters p, in place, by one step against the gradient g."""
        rate = self.learning_rate
        self.update(p, g, rate(self.iterations) if callable(rate) else rate)
        self.iterations += 1

    def update(self, p, g, lr: float) -> None:
        raise NotImplementedError


class SGD(Optimizer):
    """Step against the gradient of the batch; with momentum, keep part of the last step.

        plain      p = p − lr·g
        momentum   m = momentum·m − lr·g;  p = p + m
        nesterov   m = momentum·m − lr·g;  p = p + momentum·m − lr·g

    Args:
        learning_rate: 0.01 by default.
        momentum: from 0 to 1.
        nesterov: look ahead along the momentum.

    Source: Sutskever et al., On the importance of initialization and momentum in deep learning (2013).
    Differs from PyTorch: the learning rate stands inside m, so after a cut of the rate the old steps
    coast on at their old size.

    >>> p, g = np.array([1.0], "float32"), np.array([0.5], "float32")
    >>> sgd = SGD(learning_rate=0.1)
    >>> sgd.prepare(p); sgd.step(p, g); round(float(p[0]), 4)
    0.95
    """

    def __init__(self, learning_rate=0.01, momentum=0.0, nesterov=False, **unknown):
        super().__init__(learning_rate, **unknown)
        if not isinstance(momentum, (int, float)) or not 0 <= momentum <= 1:
            raise ValueError(f"`momentum` must be a number from 0 to 1. Received: momentum={momentum!r}")
        self.momentum, self.nesterov = momentum, nesterov
        self.slots = ("m",) if momentum else ()
        self._momentum = constant(momentum)

    def update(self, p, g, lr):
        u = np.multiply(g, constant(-lr), out=self.u)
        if self.momentum:
            self.m *= self._momentum
            self.m += u
            if self.nesterov:
                p += u
                u = np.multiply(self.m, self._momentum, out=u)
            else:
                u = self.m
        p += u


class RMSprop(Optimizer):
    """Divide the step of every parameter by the recent size of its own gradient.

        v = rho·v + (1 − rho)·g²
        p = p − lr·g / √(v + epsilon)

    Source: Hinton, Neural Networks for Machine Learning, lecture 6e (2012).
    Differs from PyTorch: epsilon stands inside the root, and the defaults are others.

    >>> p, g = np.array([1.0], "float32"), np.array([0.5], "float32")
    >>> rmsprop = RMSprop(learning_rate=0.1)
    >>> rmsprop.prepare(p); rmsprop.step(p, g); round(float(p[0]), 4)
    0.6838
    """

    slots = ("v",)

    def __init__(self, learning_rate=0.001, rho=0.9, epsilon=1e-7, **unknown):
        super().__init__(learning_rate, **unknown)
        self.rho, self.epsilon = rho, epsilon
        self._rest, self._epsilon = constant(1 - rho), constant(epsilon)

    def update(self, p, g, lr):
        u, v = self.u, self.v
        np.multiply(g, g, out=u)
        u -= v
        u *= self._rest
        v += u
        np.add(v, self._epsilon, out=u)
        np.sqrt(u, out=u)
        np.divide(g, u, out=u)
        u *= constant(lr)
        p -= u


class Adam(Optimizer):
    """RMSprop's step size with momentum's direction, both corrected for having started at zero.

        m = beta_1·m + (1 − beta_1)·g
        v = beta_2·v + (1 − beta_2)·g²
        p = p − lr·√(1 − beta_2ᵗ)/(1 − beta_1ᵗ) · m / (√v + epsilon)          t = 1, 2, 3, …

    The first step is lr in every parameter, whatever the size of its gradient.

    Source: Kingma and Ba, Adam: A Method for Stochastic Optimization (2015), the form before its section 2.1.
    Differs from PyTorch: there epsilon (1e-8) is added after the correction of v, here (1e-7) before.

    >>> p, g = np.array([1.0], "float32"), np.array([0.5], "float32")
    >>> adam = Adam(learning_rate=0.1)
    >>> adam.prepare(p); adam.step(p, g); round(float(p[0]), 4)
    0.9
    """

    slots = ("m", "v")

    def __init__(self, learning_rate=0.001, beta_1=0.9, beta_2=0.999, epsilon=1e-7, **unknown):
        super().__init__(learning_rate, **unknown)
        self.beta_1, self.beta_2, self.epsilon = beta_1, beta_2, epsilon
        self._rest_1, self._rest_2, self._epsilon = constant(1 - beta_1), constant(1 - beta_2), constant(epsilon)

    def update(self, p, g, lr):
        u, m, v, t = self.u, self.m, self.v, self.iterations + 1
        np.subtract(g, m, out=u)
        u *= self._rest_1
        m += u
        np.multiply(g, g, out=u)
        u -= v
        u *= self._rest_2
        v += u
        np.sqrt(v, out=u)
        u += self._epsilon
        np.divide(m, u, out=u)
        u *= constant(lr * (1 - self.beta_2**t) ** 0.5 / (1 - self.beta_1**t))
        p -= u


_KNOWN = {"sgd": SGD, "rmsprop": RMSprop, "adam": Adam}


def get(identifier) -> Optimizer:
    """The optimizer named by a string such as "adam", with its default settings; an optimizer is itself.

    Raises:
        ValueError: there is no optimizer of that name.
    """
    if isinstance(identifier, Optimizer):
        return identifier
    return utils.look_up("optimizer", identifier, _KNOWN)()
