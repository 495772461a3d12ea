"""Two more rules, which courses name and few people use now; the letters are those of `rules`."""

import numpy as np

from lessonlib.optimizers.optimizer import Optimizer
from lessonlib.optimizers.rules import divided_by_root, toward
from lessonlib.utils import check_numbers


class Adadelta(Optimizer):
    """RMSprop whose steps have the size of the recent steps, so that it would need no rate.

        v = rho·v + (1 − rho)·g²
        s = g·√(w + epsilon) / √(v + epsilon)
        w = rho·w + (1 − rho)·s²
        p = p − lr·s

    Source: Zeiler, ADADELTA: An Adaptive Learning Rate Method (2012), where lr is 1; with 0.001, the default, it
    hardly moves. Differs from PyTorch: there lr is 1, rho 0.9 and epsilon 1e-6.

    >>> p, g = np.array([1.0], "float32"), np.array([0.5], "float32")
    >>> adadelta = Adadelta(learning_rate=1.0, epsilon=1e-3)
    >>> adadelta.prepare(p); adadelta.step(p, g); round(float(p[0]), 4)
    0.8639
    """

    slots = {"v": 0, "w": 0}

    def __init__(self, learning_rate=0.001, rho=0.95, epsilon=1e-7, **options):
        super().__init__(learning_rate, **options)
        check_numbers(0, below=1, rho=rho)
        check_numbers(0, epsilon=epsilon)
        self.rho, self.epsilon = rho, epsilon

    def update(self, p, g, lr):
        toward(self.v, g * g, 1 - self.rho, self.u)
        divided_by_root(g, self.v, self.epsilon, out=self.u)
        s = self.u * np.sqrt(self.w + self.epsilon)
        toward(self.w, s * s, 1 - self.rho, self.u)
        p -= lr * s


class Adamax(Optimizer):
    """Adam with the largest recent gradient in the place of √v.

        m = beta_1·m + (1 − beta_1)·g
        v = max(beta_2·v, |g|)
        p = p − lr / (1 − beta_1ᵗ) · m / (v + epsilon)

    Source: Kingma and Ba, Adam: A Method for Stochastic Optimization (2015), section 7.
    Differs from PyTorch: there lr is 0.002, epsilon 1e-8, and added to |g|.

    >>> p, g = np.array([1.0], "float32"), np.array([0.5], "float32")
    >>> adamax = Adamax(learning_rate=0.1)
    >>> adamax.prepare(p); adamax.step(p, g); round(float(p[0]), 4)
    0.9
    """

    slots = {"m": 0, "v": 0}

    def __init__(self, learning_rate=0.001, beta_1=0.9, beta_2=0.999, epsilon=1e-7, **options):
        super().__init__(learning_rate, **options)
        check_numbers(0, below=1, beta_1=beta_1, beta_2=beta_2)
        check_numbers(0, epsilon=epsilon)
        self.beta_1, self.beta_2, self.epsilon = beta_1, beta_2, epsilon

    def update(self, p, g, lr):
        toward(self.m, g, 1 - self.beta_1, self.u)
        np.maximum(self.beta_2 * self.v, np.abs(g), out=self.v)
        p -= lr / (1 - self.beta_1 ** (self.iterations + 1)) * self.m / (self.v + self.epsilon)
