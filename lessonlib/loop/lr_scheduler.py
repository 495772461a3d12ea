"""PyTorch's learning-rate schedulers, for the loop written out: each changes the rate of an optimizer of `loop`.

    scheduler = StepLR(optimizer, step_size=2, gamma=0.5)
    for epoch in range(5):
        …                        # the batches, with optimizer.step()
        scheduler.step()         # after them, once an epoch (OneCycleLR: once a batch)

Differs from `optimizers.schedules`, which are functions of the number of batches: these count their own steps, and
most of them multiply the rate that they find. So two of them can work on one optimizer.
"""

import math

from lessonlib.optimizers.schedules import OneCycle


class LRScheduler:
    """Subclasses say in `get_lr` what follows from the present rate `lr`; `last_epoch` counts the steps."""

    def __init__(self, optimizer):
        self.group, self.last_epoch = optimizer.param_groups[0], 0
        self.base_lr = self.group.setdefault("initial_lr", self.group["lr"])
        self._last_lr = [self.group["lr"]]

    def step(self) -> None:
        """Go on by one, and set the rate."""
        self.last_epoch += 1
        self.group["lr"] = self.get_lr(self.group["lr"])
        self._last_lr = [self.group["lr"]]

    def get_lr(self, lr: float) -> float:
        raise NotImplementedError

    def get_last_lr(self) -> list[float]:
        """The present rate, in a list, as there may be several in PyTorch."""
        return self._last_lr


class StepLR(LRScheduler):
    """lr·gamma after every `step_size` steps."""

    def __init__(self, optimizer, step_size, gamma=0.1):
        self.step_size, self.gamma = step_size, gamma
        super().__init__(optimizer)

    def get_lr(self, lr):
        return lr * self.gamma if self.last_epoch % self.step_size == 0 else lr


class MultiStepLR(LRScheduler):
    """lr·gamma at every milestone. Keras's PiecewiseConstantDecay changes one step after its boundary."""

    def __init__(self, optimizer, milestones, gamma=0.1):
        self.milestones, self.gamma = list(milestones), gamma
        super().__init__(optimizer)

    def get_lr(self, lr):
        return lr * self.gamma ** self.milestones.count(self.last_epoch)


class ExponentialLR(LRScheduler):
    """lr·gamma after every step."""

    def __init__(self, optimizer, gamma):
        self.gamma = gamma
        super().__init__(optimizer)

    def get_lr(self, lr):
        return lr * self.gamma


class CosineAnnealingLR(LRScheduler):
    """Half a cosine wave from lr down to eta_min in T_max steps, then up again in as many, and so on.

    What lies above eta_min is multiplied, at each step, by how the wave 1 + cos(π·s / T_max) changes there.
    """

    def __init__(self, optimizer, T_max, eta_min=0.0):
        self.T_max, self.eta_min = T_max, eta_min
        super().__init__(optimizer)

    def wave(self, step: int) -> float:
        return 1 + math.cos(math.pi * step / self.T_max)

    def get_lr(self, lr):
        if (self.last_epoch - 1 - self.T_max) % (2 * self.T_max) == 0:  # at the bottom there is nothing to multiply
            return lr + (self.base_lr - self.eta_min) * (2 - self.wave(1)) / 2
        change = self.wave(self.last_epoch) / self.wave(self.last_epoch - 1)
        return self.eta_min + (lr - self.eta_min) * change


class OneCycleLR(LRScheduler):
    """Up to max_lr and far down again in `total_steps` steps, one for each batch; see `schedules.OneCycle`.

    With `cycle_momentum` the momentum (in Adam the first beta) goes the other way: from max_momentum to base_momentum
    and back.
    """

    def __init__(self, optimizer, max_lr, total_steps=None, epochs=None, steps_per_epoch=None, pct_start=0.3,
                 anneal_strategy="cos", cycle_momentum=True, base_momentum=0.85, max_momentum=0.95, div_factor=25.0,
                 final_div_factor=1e4):  # fmt: skip
        if total_steps is None and (epochs is None or steps_per_epoch is None):
            raise ValueError("You must define either total_steps OR (epochs AND steps_per_epoch)")
        total = total_steps or epochs * steps_per_epoch
        self.cycle = OneCycle(max_lr, total, pct_start, div_factor, final_div_factor, anneal_strategy)
        self.momenta = (max_momentum, base_momentum) if cycle_momentum else None
        super().__init__(optimizer)
        if cycle_momentum and not {"momentum", "betas"} & set(self.group):
            raise ValueError("optimizer must support momentum or beta1 with `cycle_momentum` option enabled")
        self.group["lr"] = self.get_lr(None)
        self._last_lr = [self.group["lr"]]

    def get_lr(self, lr):
        if self.last_epoch > self.cycle.total_steps:
            raise ValueError(
                f"Tried to step {self.last_epoch} times. The specified number of total steps is "
                f"{self.cycle.total_steps}: epochs times batches of one epoch."
            )
        if self.momenta:
            high, low = self.momenta
            momentum = self.cycle.between(self.last_epoch, high, low, high)
            if "betas" in self.group:
                self.group["betas"] = (momentum, *self.group["betas"][1:])
            else:
                self.group["momentum"] = momentum
        top, start = self.cycle.max_learning_rate, self.cycle.max_learning_rate / self.cycle.div_factor
        return self.cycle.between(self.last_epoch, start, top, start / self.cycle.final_div_factor)


class ReduceLROnPlateau:
    """lr·factor when a number has not improved for more than `patience` calls of `step(number)`.

    Args:
        mode: "min" or "max": which way better is.
        threshold, threshold_mode: an improvement must be larger than this share ("rel") or amount ("abs").
        cooldown: after a reduction, so many calls are not counted.
        min_lr, eps: the rate never falls below the first, nor by less than the second.

    Differs from Keras's callback: for the same patience the rate falls one epoch later, and threshold is a share.
    """

    def __init__(self, optimizer, mode="min", factor=0.1, patience=10, threshold=1e-4, threshold_mode="rel",
                 cooldown=0, min_lr=0.0, eps=1e-8):  # fmt: skip
        if factor >= 1.0:
            raise ValueError(f"Factor should be < 1.0. Received: factor={factor}")
        if mode not in ("min", "max") or threshold_mode not in ("rel", "abs"):
            raise ValueError(f"mode is 'min' or 'max', threshold_mode 'rel' or 'abs'; not {mode!r}, {threshold_mode!r}")
        self.group, self.mode, self.factor, self.patience = optimizer.param_groups[0], mode, factor, patience
        self.threshold, self.threshold_mode, self.cooldown = threshold, threshold_mode, cooldown
        self.min_lr, self.eps, self._last_lr = min_lr, eps, [self.group["lr"]]
        self.best = math.inf if mode == "min" else -math.inf
        self.num_bad_epochs = self.cooldown_counter = 0

    def is_better(self, value: float) -> bool:
        sign = 1 if self.mode == "max" else -1
        if self.threshold_mode == "rel":
            return sign * value > sign * self.best * (1 + sign * self.threshold)
        return sign * value > sign * self.best + self.threshold

    def step(self, metrics) -> None:
        """Look at the number of this epoch, and reduce the rate if it is time."""
        value = float(metrics)
        if self.is_better(value):
            self.best, self.num_bad_epochs = value, 0
        else:
            self.num_bad_epochs += 1
        if self.cooldown_counter > 0:
            self.cooldown_counter -= 1
            self.num_bad_epochs = 0
        if self.num_bad_epochs > self.patience:
            lr = self.group["lr"]
            reduced = max(lr * self.factor, self.min_lr)
            self.group["lr"] = reduced if lr - reduced > self.eps else lr
            self.num_bad_epochs, self.cooldown_counter = 0, self.cooldown
        self._last_lr = [self.group["lr"]]

    def get_last_lr(self) -> list[float]:
        return self._last_lr
