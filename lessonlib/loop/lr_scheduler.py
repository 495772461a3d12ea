"""PyTorch's learning-rate schedulers, for the loop written out: each changes the rate of an optimizer of `loop`.

    scheduler = StepLR(optimizer, step_size=2, gamma=0.5)
    for epoch in range(5):
        …                        # the batches, with optimizer.step()
        scheduler.step()         # after them, once an epoch (OneCycleLR: once a batch)

Differs from `optimizers.schedules`, which are functions of the number of batches: these count their own steps, and
most of them multiply the rate that they find. So two of them can work on one optimizer.
"""

import math
from bisect import bisect_right

from lessonlib.optimizers.schedules import OneCycle


class LRScheduler:
    """Subclasses say in `get_lr` what follows from the present rate `lr`; `last_epoch` counts the steps."""

    def __init__(self, optimizer):
        self.group, self.last_epoch = optimizer.param_groups[0], 0
        self.base_lr = self.group.setdefault("initial_lr", self.group["lr"])
        self.base_lrs = [self.base_lr]
        self.begin(self.group["lr"])

    def begin(self, lr: float) -> None:
        """Start counting, at the rate that follows from lr before the first step."""
        self.last_epoch, self.group["lr"] = 0, self.first(lr)
        self._last_lr = [self.group["lr"]]

    def first(self, lr: float) -> float:
        return lr

    def state_dict(self) -> dict:
        """Everything but the optimizer, whose own `state_dict` has the rate."""
        return {name: value for name, value in vars(self).items() if name != "group"}

    def load_state_dict(self, state: dict) -> None:
        vars(self).update(state)

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


class CosineAnnealingWarmRestarts(LRScheduler):
    """Half a cosine wave from the initial lr down to eta_min, again and again; each is T_mult times as long."""

    def __init__(self, optimizer, T_0, T_mult=1, eta_min=0.0):
        self.T_0, self.T_mult, self.eta_min = T_0, T_mult, eta_min
        super().__init__(optimizer)

    def get_lr(self, lr):
        step, length = self.last_epoch, self.T_0
        while step >= length:
            step, length = step - length, length * self.T_mult
        return self.eta_min + (self.base_lr - self.eta_min) * (1 + math.cos(math.pi * step / length)) / 2


class LambdaLR(LRScheduler):
    """The initial lr times what your function `lr_lambda(step)` says."""

    def __init__(self, optimizer, lr_lambda):
        self.lr_lambda = lr_lambda[0] if isinstance(lr_lambda, (list, tuple)) else lr_lambda
        super().__init__(optimizer)

    def first(self, lr):
        return self.base_lr * self.lr_lambda(self.last_epoch)

    get_lr = first


class LinearLR(LRScheduler):
    """A straight line from start_factor·lr to end_factor·lr in `total_iters` steps: a warm-up."""

    def __init__(self, optimizer, start_factor=1 / 3, end_factor=1.0, total_iters=5):
        self.start_factor, self.end_factor, self.total_iters = start_factor, end_factor, total_iters
        super().__init__(optimizer)

    def factor(self, step: int) -> float:
        share = min(step, self.total_iters) / self.total_iters
        return self.start_factor + (self.end_factor - self.start_factor) * share

    def first(self, lr):
        return lr * self.start_factor

    def get_lr(self, lr):
        return lr * self.factor(self.last_epoch) / self.factor(self.last_epoch - 1)


class ConstantLR(LinearLR):
    """factor·lr for `total_iters` steps, and then lr."""

    def __init__(self, optimizer, factor=1 / 3, total_iters=5):
        super().__init__(optimizer, factor, total_iters=total_iters)

    def factor(self, step):
        return self.start_factor if step < self.total_iters else 1.0


class SequentialLR(LRScheduler):
    """One scheduler after the other: from each of the `milestones` on, the next; it begins at the initial lr."""

    def __init__(self, optimizer, schedulers, milestones):
        if len(milestones) != len(schedulers) - 1:
            raise ValueError(
                "Sequential Schedulers expects number of schedulers provided to be one more than the number of "
                f"milestones. Received: {len(schedulers)} schedulers and the milestones {milestones}."
            )
        self.schedulers, self.milestones = schedulers, milestones
        super().__init__(optimizer)

    def first(self, lr):
        self.schedulers[0].begin(self.base_lr)
        return self.group["lr"]

    def get_lr(self, lr):
        scheduler = self.schedulers[bisect_right(self.milestones, self.last_epoch)]
        if self.last_epoch in self.milestones:
            scheduler.begin(self.base_lr)
        else:
            scheduler.step()
        return self.group["lr"]


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
