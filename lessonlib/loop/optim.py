"""PyTorch's optimizers, with PyTorch's rules; and those of `fit` in a loop.

Letters: p parameters, g gradient, lr learning rate, t the number of the step (1, 2, 3, …).
"""

import copy

import numpy as np

from lessonlib.loop import lr_scheduler  # noqa: F401
from lessonlib.loop.module import Parameter


class Optimizer:
    """What PyTorch's optimizers share. `param_groups[0]` holds the settings, and a scheduler may change them there."""

    def __init__(self, params, **settings):
        params = list(params)
        if not params or not isinstance(params[0], Parameter):
            raise ValueError("An optimizer takes the parameters of a Module: SGD(model.parameters(), lr=0.1).")
        if not settings["lr"] >= 0:
            raise ValueError(f"Invalid learning rate: {settings['lr']}")
        self.module, self.steps, self.memory = params[0].module, 0, {}
        self.param_groups = [{"params": params} | settings]

    def zero_grad(self, set_to_none=True) -> None:
        """Forget the gradients. Without it, those of the next batch are added to them."""
        self.module.zero_grad()

    def step(self) -> None:
        """Change the parameters by one step against their gradients; without gradients, nothing happens."""
        p, g, group = self.module.model.parameters, self.module.gradient, self.param_groups[0]
        if g is None:
            return
        self.steps += 1
        decay = group.get("weight_decay", 0)
        if decay and self.decoupled:
            p *= 1 - group["lr"] * decay
        self.update(p, g + decay * p if decay and not self.decoupled else g, self.steps, group)

    def state_dict(self) -> dict:
        """What it takes to go on: the settings of each group, and copies of all that is remembered."""
        groups = [{name: value for name, value in group.items() if name != "params"} for group in self.param_groups]
        return {"state": {"steps": self.steps} | copy.deepcopy(self.memory), "param_groups": groups}

    def load_state_dict(self, state: dict) -> None:
        """Take up what `state_dict` has returned."""
        memory = copy.deepcopy(state["state"])
        self.steps, self.memory = memory.pop("steps"), memory
        for group, settings in zip(self.param_groups, state["param_groups"], strict=True):
            group.update(settings)

    decoupled = False  # whether weight decay shortens the parameters, or is added to the gradient

    def update(self, p, g, t: int, group: dict) -> None:
        raise NotImplementedError

    def remembered(self, name: str, p) -> np.ndarray:
        """A vector that the optimizer keeps from step to step; zeros at first."""
        return self.memory.setdefault(name, np.zeros_like(p))


class SGD(Optimizer):
    """m = momentum·m + (1 − dampening)·g;  p = p − lr·m;  nesterov: p = p − lr·(g + momentum·m). At first m = g.

    Differs from Keras: the rate stands outside m, so that a cut of the rate also cuts the steps already under way.
    """

    def __init__(self, params, lr=1e-3, momentum=0.0, dampening=0.0, weight_decay=0.0, nesterov=False):
        if nesterov and (momentum <= 0 or dampening != 0):
            raise ValueError("Nesterov momentum requires a momentum and zero dampening")
        super().__init__(params, lr=lr, momentum=momentum, dampening=dampening, weight_decay=weight_decay,
                         nesterov=nesterov)  # fmt: skip

    def update(self, p, g, t, group):
        if momentum := group["momentum"]:
            m = self.remembered("m", p)
            m *= momentum
            m += g if t == 1 else (1 - group["dampening"]) * g
            g = g + momentum * m if group["nesterov"] else m
        p -= group["lr"] * g


class Adam(Optimizer):
    """Adam as in its paper: m and v corrected first, then p = p − lr·m / (√v + eps).

    weight_decay adds weight_decay·p to g; in AdamW it shortens p before the step.
    """

    def __init__(self, params, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.0, amsgrad=False):
        super().__init__(params, lr=lr, betas=betas, eps=eps, weight_decay=weight_decay, amsgrad=amsgrad)

    def update(self, p, g, t, group):
        m, v, (beta_1, beta_2) = self.remembered("m", p), self.remembered("v", p), group["betas"]
        m += (1 - beta_1) * (g - m)
        v += (1 - beta_2) * (g * g - v)
        if group["amsgrad"]:
            v = np.maximum(self.remembered("h", p), v, out=self.memory["h"])
        p -= group["lr"] / (1 - beta_1**t) * m / (np.sqrt(v) / (1 - beta_2**t) ** 0.5 + group["eps"])


class AdamW(Adam):
    """Adam with decoupled weight decay: p = p − lr·weight_decay·p before every step."""

    decoupled = True

    def __init__(self, params, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=1e-2, amsgrad=False):
        super().__init__(params, lr, betas, eps, weight_decay, amsgrad)


class Adagrad(Optimizer):
    """v = v + g²;  p = p − lr / (1 + (t − 1)·lr_decay)·g / (√v + eps). At first v = initial_accumulator_value."""

    def __init__(self, params, lr=1e-2, lr_decay=0.0, weight_decay=0.0, initial_accumulator_value=0.0, eps=1e-10):
        super().__init__(params, lr=lr, lr_decay=lr_decay, weight_decay=weight_decay,
                         initial_accumulator_value=initial_accumulator_value, eps=eps)  # fmt: skip

    def update(self, p, g, t, group):
        v = self.remembered("v", p)
        v += g * g + (group["initial_accumulator_value"] if t == 1 else 0)
        p -= group["lr"] / (1 + (t - 1) * group["lr_decay"]) * g / (np.sqrt(v) + group["eps"])


class RMSprop(Optimizer):
    """v = alpha·v + (1 − alpha)·g²;  p = p − lr·g / (√v + eps); with momentum m = momentum·m + that quotient."""

    def __init__(self, params, lr=1e-2, alpha=0.99, eps=1e-8, weight_decay=0.0, momentum=0.0, centered=False):
        super().__init__(params, lr=lr, alpha=alpha, eps=eps, weight_decay=weight_decay, momentum=momentum,
                         centered=centered)  # fmt: skip

    def update(self, p, g, t, group):
        v = self.remembered("v", p)
        v += (1 - group["alpha"]) * (g * g - v)
        if group["centered"]:
            a = self.remembered("a", p)
            a += (1 - group["alpha"]) * (g - a)
            v = v - a * a
        g = g / (np.sqrt(v) + group["eps"])
        if group["momentum"]:
            m = self.remembered("m", p)
            m *= group["momentum"]
            m += g
            g = m
        p -= group["lr"] * g


class FitOptimizer(Optimizer):
    """One of `lessonlib.optimizers` in a loop: the numbers of `fit`.

    optimizer = FitOptimizer(model.parameters(), keras.optimizers.Adam())

    Its own schedule goes on, and `param_groups` follows it; whoever sets the rate there sets it in the optimizer.
    """

    def __init__(self, params, optimizer):
        super().__init__(params, lr=float(optimizer.learning_rate))
        self.optimizer, group = optimizer, self.param_groups[0]
        optimizer.prepare(self.module.model.parameters, self.module.model.trained_shapes)
        self.memory["rate"] = group["lr"]  # where `group` has another at the next step, somebody has set it

    def update(self, p, g, t, group):
        if group["lr"] != self.memory["rate"]:
            self.optimizer.learning_rate = group["lr"]
        self.optimizer.step(p, g)
        group["lr"] = self.memory["rate"] = float(self.optimizer.learning_rate)

    def state_dict(self):
        self.optimizer.save_own_variables(self.memory)
        return super().state_dict()

    def load_state_dict(self, state):
        super().load_state_dict(state)
        self.optimizer.load_own_variables(self.memory)
