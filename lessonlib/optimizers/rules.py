"""The rules of the optimizers, in order of complexity: each is a few in-place lines on the vector p of all parameters.

Letters: p parameters, g gradient, lr learning rate, t the number of the step (1, 2, 3, …), u scratch; m, v and others
what the optimizer remembers from step to step.
"""

import numpy as np

from lessonlib.optimizers.optimizer import Optimizer
from lessonlib.utils import check_numbers


def toward(mean, value, rest, u) -> None:
    """mean = (1 − rest)·mean + rest·value: a running mean, moved towards the new value by the share `rest`."""
    np.subtract(value, mean, out=u)
    np.multiply(u, rest, out=u)
    mean += u


def divided_by_root(g, v, epsilon, out) -> None:
    """g / √(v + epsilon)"""
    np.add(v, epsilon, out=out)
    np.sqrt(out, out=out)
    np.divide(g, out, out=out)


class SGD(Optimizer):
    """Step against the gradient of the batch; with momentum, keep part of the last step.

        plain      p = p − lr·g
        momentum   m = momentum·m − lr·g;  p = p + m
        nesterov   m = momentum·m − lr·g;  p = p + momentum·m − lr·g

    Args:
        learning_rate: 0.01 by default.
        momentum: a float from 0 to 1.
        nesterov: look ahead along the momentum.
        options: as for every `Optimizer`.

    Source: Sutskever et al., On the importance of initialization and momentum in deep learning (2013).
    Differs from PyTorch: the learning rate stands inside m, so after a cut of the rate the old steps
    coast on at their old size.

    >>> p, g = np.array([1.0], "float32"), np.array([0.5], "float32")
    >>> sgd = SGD(learning_rate=0.1)
    >>> sgd.prepare(p); sgd.step(p, g); round(float(p[0]), 4)
    0.95
    """

    def __init__(self, learning_rate=0.01, momentum=0.0, nesterov=False, **options):
        super().__init__(learning_rate, **options)
        if not isinstance(momentum, float) or not 0 <= momentum <= 1:
            hint = f" Write momentum={momentum}.0." if type(momentum) is int and 0 <= momentum <= 1 else ""
            raise ValueError(f"`momentum` must be a float from 0 to 1. Received: momentum={momentum!r}.{hint}")
        self.momentum, self.nesterov = momentum, nesterov
        self.slots = {"m": 0} if momentum else {}

    def fix_numbers(self, fixed):
        self._momentum = fixed(self.momentum)

    def update(self, p, g, lr):
        u = self.scaled(g, -lr)
        if self.momentum:
            np.multiply(self.m, self._momentum, out=self.m)
            self.m += u
            if self.nesterov:
                p += u
                u = np.multiply(self.m, self._momentum, out=u)
            else:
                u = self.m
        p += u


class Adagrad(Optimizer):
    """Divide the step of every parameter by the size of all its gradients so far, so that it ever shrinks.

        v = v + g²                                   v starts at initial_accumulator_value
        p = p − lr·g / √(v + epsilon)

    Source: Duchi et al., Adaptive Subgradient Methods for Online Learning and Stochastic Optimization (2011).
    Differs from PyTorch: there lr is 0.01, v starts at 0, and epsilon stands outside the root.

    >>> p, g = np.array([1.0], "float32"), np.array([0.5], "float32")
    >>> adagrad = Adagrad(learning_rate=0.1)
    >>> adagrad.prepare(p); adagrad.step(p, g); round(float(p[0]), 4)
    0.9155
    """

    def __init__(self, learning_rate=0.001, initial_accumulator_value=0.1, epsilon=1e-7, **options):
        super().__init__(learning_rate, **options)
        check_numbers(0, initial_accumulator_value=initial_accumulator_value, epsilon=epsilon)
        self.initial_accumulator_value, self.epsilon = initial_accumulator_value, epsilon
        self.slots = {"v": initial_accumulator_value}

    def fix_numbers(self, fixed):
        self._epsilon = fixed(self.epsilon)

    def update(self, p, g, lr):
        u, v = self.u, self.v
        np.multiply(g, g, out=u)
        v += u
        divided_by_root(g, v, self._epsilon, out=u)
        p -= self.scaled(u, lr)


class RMSprop(Optimizer):
    """Divide the step of every parameter by the recent size of its own gradient.

        v = rho·v + (1 − rho)·g²
        p = p − lr·g / √(v + epsilon)
        centered   a = rho·a + (1 − rho)·g;  v − a² takes the place of v under the root
        momentum   m = momentum·m + lr·g / √(v + epsilon);  p = p − m

    Source: Hinton, Neural Networks for Machine Learning, lecture 6e (2012).
    Differs from PyTorch: epsilon stands inside the root, the rate inside m, and the defaults are others.

    >>> p, g = np.array([1.0], "float32"), np.array([0.5], "float32")
    >>> rmsprop = RMSprop(learning_rate=0.1)
    >>> rmsprop.prepare(p); rmsprop.step(p, g); round(float(p[0]), 4)
    0.6838
    """

    def __init__(self, learning_rate=0.001, rho=0.9, momentum=0.0, epsilon=1e-7, centered=False, **options):
        super().__init__(learning_rate, **options)
        check_numbers(0, below=1, rho=rho, momentum=momentum)
        check_numbers(0, epsilon=epsilon)
        self.rho, self.momentum, self.epsilon, self.centered = rho, momentum, epsilon, centered
        self.slots = {"v": 0} | ({"a": 0} if centered else {}) | ({"m": 0} if momentum else {})

    def fix_numbers(self, fixed):
        self._rest, self._epsilon = fixed(1 - self.rho), fixed(self.epsilon)

    def update(self, p, g, lr):
        u, v = self.u, self.v
        np.multiply(g, g, out=u)
        toward(v, u, self._rest, u)
        if self.centered:
            toward(self.a, g, self._rest, u)
            v = v - self.a**2
        divided_by_root(g, v, self._epsilon, out=u)
        u = self.scaled(u, lr)
        if self.momentum:
            self.m *= self.momentum
            u = np.add(self.m, u, out=self.m)
        p -= u


class Adam(Optimizer):
    """RMSprop's step size with momentum's direction, both corrected for having started at zero.

        m = beta_1·m + (1 − beta_1)·g
        v = beta_2·v + (1 − beta_2)·g²
        p = p − lr·√(1 − beta_2ᵗ)/(1 − beta_1ᵗ) · m / (√v + epsilon)
        amsgrad    h = max(h, v) takes the place of v in the last line

    The first step is lr in every parameter, whatever the size of its gradient.

    Source: Kingma and Ba, Adam: A Method for Stochastic Optimization (2015), the form before its section 2.1;
    amsgrad: Reddi et al., On the Convergence of Adam and Beyond (2018).
    Differs from PyTorch: there epsilon (1e-8) is added after the correction of v, here (1e-7) before.

    >>> p, g = np.array([1.0], "float32"), np.array([0.5], "float32")
    >>> adam = Adam(learning_rate=0.1)
    >>> adam.prepare(p); adam.step(p, g); round(float(p[0]), 4)
    0.9
    """

    def __init__(self, learning_rate=0.001, beta_1=0.9, beta_2=0.999, epsilon=1e-7, amsgrad=False, **options):
        super().__init__(learning_rate, **options)
        check_numbers(0, below=1, beta_1=beta_1, beta_2=beta_2)
        check_numbers(0, epsilon=epsilon)
        self.beta_1, self.beta_2, self.epsilon, self.amsgrad = beta_1, beta_2, epsilon, amsgrad
        self.slots = {"m": 0, "v": 0} | ({"h": 0} if amsgrad else {})

    def fix_numbers(self, fixed):
        self._rest_1, self._rest_2 = fixed(1 - self.beta_1), fixed(1 - self.beta_2)
        self._epsilon = fixed(self.epsilon)

    def update(self, p, g, lr):
        u, m, v, t = self.u, self.m, self.v, self.iterations + 1
        toward(m, g, self._rest_1, u)
        np.multiply(g, g, out=u)
        toward(v, u, self._rest_2, u)
        if self.amsgrad:
            v = np.maximum(self.h, v, out=self.h)
        np.sqrt(v, out=u)
        np.add(u, self._epsilon, out=u)
        np.divide(m, u, out=u)
        p -= self.scaled(u, lr * (1 - self.beta_2**t) ** 0.5 / (1 - self.beta_1**t))


class AdamW(Adam):
    """Adam with weight decay: p = p − p·weight_decay·lr before every step, whatever the gradient says.

    Source: Loshchilov and Hutter, Decoupled Weight Decay Regularization (2019).
    Differs from PyTorch: there weight_decay is 0.01 by default, here 0.004.

    >>> p, g = np.array([1.0], "float32"), np.array([0.5], "float32")
    >>> adamw = AdamW(learning_rate=0.1, weight_decay=0.1)
    >>> adamw.prepare(p); adamw.step(p, g); round(float(p[0]), 4)
    0.89
    """

    def __init__(self, learning_rate=0.001, weight_decay=0.004, beta_1=0.9, beta_2=0.999, epsilon=1e-7, amsgrad=False,
                 **options):  # fmt: skip
        if weight_decay is None:
            raise ValueError("Argument `weight_decay` must be a float; Adam is AdamW without it. Received: None")
        super().__init__(learning_rate, beta_1, beta_2, epsilon, amsgrad, weight_decay=weight_decay, **options)


class Nadam(Optimizer):
    """Adam that looks ahead along its momentum, as nesterov does, with a momentum that grows from step to step.

        mu(t) = beta_1·(1 − ½·0.96ᵗ),  U = mu(1)·mu(2)·…·mu(t);  m and v as in Adam
        p = p − lr·(mu(t+1)·m / (1 − U·mu(t+1)) + (1 − mu(t))·g / (1 − U)) / (√(v / (1 − beta_2ᵗ)) + epsilon)

    Source: Dozat, Incorporating Nesterov Momentum into Adam (2016).
    Differs from PyTorch: there the exponent of 0.96 is 0.004·t, and lr 0.002.

    >>> p, g = np.array([1.0], "float32"), np.array([0.5], "float32")
    >>> nadam = Nadam(learning_rate=0.1)
    >>> nadam.prepare(p); nadam.step(p, g); round(float(p[0]), 4)
    0.8937
    """

    slots = {"m": 0, "v": 0, "U": 1}

    def __init__(self, learning_rate=0.001, beta_1=0.9, beta_2=0.999, epsilon=1e-7, **options):
        super().__init__(learning_rate, **options)
        check_numbers(0, below=1, beta_1=beta_1, beta_2=beta_2)
        check_numbers(0, epsilon=epsilon)
        self.beta_1, self.beta_2, self.epsilon = beta_1, beta_2, epsilon

    def mu(self, t: int) -> float:
        return self.beta_1 * (1 - 0.5 * 0.96**t)

    def update(self, p, g, lr):
        u, m, v, t = self.u, self.m, self.v, self.iterations + 1
        toward(m, g, 1 - self.beta_1, u)
        np.multiply(g, g, out=u)
        toward(v, u, 1 - self.beta_2, u)
        self.U *= self.mu(t)  # the same number for every parameter
        ahead = self.mu(t + 1) * m / (1 - self.U * self.mu(t + 1)) + (1 - self.mu(t)) * g / (1 - self.U)
        p -= lr * ahead / (np.sqrt(v / (1 - self.beta_2**t)) + self.epsilon)


class Lion(Optimizer):
    """A step of the same size lr in every parameter: only the sign of the momentum counts.

        p = p − lr·sign(beta_1·m + (1 − beta_1)·g)
        m = beta_2·m + (1 − beta_2)·g

    Source: Chen et al., Symbolic Discovery of Optimization Algorithms (2023). It wants a smaller lr than Adam.

    >>> p, g = np.array([1.0], "float32"), np.array([0.5], "float32")
    >>> lion = Lion(learning_rate=0.1)
    >>> lion.prepare(p); lion.step(p, g); round(float(p[0]), 4)
    0.9
    """

    slots = {"m": 0}

    def __init__(self, learning_rate=0.001, beta_1=0.9, beta_2=0.99, **options):
        super().__init__(learning_rate, **options)
        check_numbers(0, below=1, beta_1=beta_1, beta_2=beta_2)
        self.beta_1, self.beta_2 = beta_1, beta_2

    def update(self, p, g, lr):
        p -= lr * np.sign(self.beta_1 * self.m + (1 - self.beta_1) * g)
        toward(self.m, g, 1 - self.beta_2, self.u)
