"""Learning-rate schedules: pure functions from the step (0, 1, 2, …, one for each batch) to the learning rate.

Letters: s the step, lr the initial learning rate. `optimizer.iterations` is the step of the next update.
Differs from PyTorch: its schedulers change the optimizer when they are stepped, mostly once an epoch; they are
in `lessonlib.loop.lr_scheduler`.
"""

import math

from lessonlib import utils


class LearningRateSchedule(utils.Configurable):
    """What an optimizer takes as `learning_rate`. Write a subclass with a `__call__`, or pass any function of the step.

    >>> class Halving(LearningRateSchedule):
    ...     def __call__(self, step):
    ...         return 0.1 / 2**step
    >>> Halving()(3)
    0.0125
    """

    def __call__(self, step) -> float:
        raise NotImplementedError(f"A schedule must override `__call__(self, step)`; {type(self).__name__} does not.")


class ExponentialDecay(LearningRateSchedule):
    """lr·decay_rate^(s / decay_steps); with `staircase` the exponent is rounded down: a step every decay_steps.

    Differs from PyTorch: StepLR is this with staircase, ExponentialLR without; both count what you step, mostly epochs.

    >>> halving = ExponentialDecay(0.1, decay_steps=50, decay_rate=0.5, staircase=True)
    >>> halving(0), halving(49), halving(50)
    (0.1, 0.1, 0.05)
    """

    def __init__(self, initial_learning_rate, decay_steps, decay_rate, staircase=False, name="ExponentialDecay"):
        self.initial_learning_rate, self.decay_steps = initial_learning_rate, positive(decay_steps, "decay_steps")
        self.decay_rate, self.staircase, self.name = decay_rate, staircase, name

    def __call__(self, step):
        exponent = step / self.decay_steps
        return self.initial_learning_rate * self.decay_rate ** (math.floor(exponent) if self.staircase else exponent)


class PiecewiseConstantDecay(LearningRateSchedule):
    """values[0] while s ≤ boundaries[0], then values[1] while s ≤ boundaries[1], and so on.

    A boundary still belongs to the rate before it: with 25 batches an epoch, the third epoch begins at step 50, and
    [49] is the boundary that changes the rate there.
    Differs from PyTorch: MultiStepLR changes the rate at its milestone, so one step earlier.

    >>> rate = PiecewiseConstantDecay([49], [0.1, 0.01])
    >>> rate(49), rate(50)
    (0.1, 0.01)
    """

    def __init__(self, boundaries, values, name="PiecewiseConstant"):
        if len(boundaries) != len(values) - 1:
            raise ValueError(
                "The length of boundaries should be 1 less than the length of values: one value before each boundary, "
                f"and one after the last. Received: boundaries={boundaries} of length {len(boundaries)}, and "
                f"values={values} of length {len(values)}."
            )
        self.boundaries, self.values, self.name = boundaries, values, name

    def __call__(self, step):
        return self.values[sum(step > boundary for boundary in self.boundaries)]


class PolynomialDecay(LearningRateSchedule):
    """(lr − end)·(1 − s / decay_steps)^power + end, and end after decay_steps.

    With `cycle` the decay starts again, towards the next multiple of decay_steps.
    Differs from PyTorch: there end is 0; here `end_learning_rate` is 0.0001 unless you say otherwise.

    >>> PolynomialDecay(0.1, decay_steps=100, end_learning_rate=0.0)(25)
    0.07500000000000001
    """

    def __init__(self, initial_learning_rate, decay_steps, end_learning_rate=0.0001, power=1.0, cycle=False,
                 name="PolynomialDecay"):  # fmt: skip
        self.initial_learning_rate, self.decay_steps = initial_learning_rate, positive(decay_steps, "decay_steps")
        self.end_learning_rate, self.power, self.cycle, self.name = end_learning_rate, power, cycle, name

    def __call__(self, step):
        steps = self.decay_steps * (max(1, math.ceil(step / self.decay_steps)) if self.cycle else 1)
        left = 1 - min(step, steps) / steps
        return (self.initial_learning_rate - self.end_learning_rate) * left**self.power + self.end_learning_rate


class InverseTimeDecay(LearningRateSchedule):
    """lr / (1 + decay_rate·s / decay_steps); with `staircase` the quotient is rounded down.

    >>> InverseTimeDecay(0.1, decay_steps=10, decay_rate=1.0)(10)
    0.05
    """

    def __init__(self, initial_learning_rate, decay_steps, decay_rate, staircase=False, name="InverseTimeDecay"):
        self.initial_learning_rate, self.decay_steps = initial_learning_rate, positive(decay_steps, "decay_steps")
        self.decay_rate, self.staircase, self.name = decay_rate, staircase, name

    def __call__(self, step):
        time = step / self.decay_steps
        return self.initial_learning_rate / (1 + self.decay_rate * (math.floor(time) if self.staircase else time))


class CosineDecay(LearningRateSchedule):
    """lr·((1 − alpha)·(1 + cos(π·s / decay_steps)) / 2 + alpha): half a wave from lr down to alpha·lr, and then level.

    With `warmup_target`, first a straight line from lr to that target in `warmup_steps`; then the wave goes down from
    the target, and its decay_steps count from there. The very first step has the rate lr, 0 if you say so.
    Differs from PyTorch: CosineAnnealingLR climbs again after T_max, and its eta_min is a rate, not a fraction.

    >>> rate = CosineDecay(0.0, decay_steps=100, warmup_target=0.1, warmup_steps=10)
    >>> rate(0), rate(5), rate(10), round(rate(60), 4), rate(110)
    (0.0, 0.05, 0.1, 0.05, 0.0)
    """

    def __init__(self, initial_learning_rate, decay_steps, alpha=0.0, name="CosineDecay", warmup_target=None,
                 warmup_steps=0):  # fmt: skip
        self.initial_learning_rate, self.decay_steps = initial_learning_rate, positive(decay_steps, "decay_steps")
        self.alpha, self.name, self.warmup_target, self.warmup_steps = alpha, name, warmup_target, warmup_steps

    def __call__(self, step):
        top, start = self.initial_learning_rate, 0
        if self.warmup_target is not None:
            top, start = self.warmup_target, self.warmup_steps
        if step < start:
            return self.initial_learning_rate + (top - self.initial_learning_rate) * step / start
        wave = half_wave(min((step - start) / self.decay_steps, 1))
        return top * ((1 - self.alpha) * wave + self.alpha)


class CosineDecayRestarts(LearningRateSchedule):
    """Cosine waves one after the other: each `t_mul` times as long and `m_mul` times as high as the one before.

    Differs from PyTorch: in CosineAnnealingWarmRestarts every wave is as long as the first unless you say otherwise.

    >>> rate = CosineDecayRestarts(0.1, first_decay_steps=10)
    >>> round(rate(5), 3), rate(10), round(rate(20), 3), rate(30)
    (0.05, 0.1, 0.05, 0.1)
    """

    def __init__(self, initial_learning_rate, first_decay_steps, t_mul=2.0, m_mul=1.0, alpha=0.0, name="SGDRDecay"):
        self.initial_learning_rate, self.t_mul, self.m_mul = initial_learning_rate, t_mul, m_mul
        self.first_decay_steps = positive(first_decay_steps, "first_decay_steps")
        if t_mul < 1:
            raise ValueError(f"Waves that become ever shorter come to an end: take t_mul ≥ 1. Received: {t_mul=}")
        self.alpha, self.name = alpha, name

    def __call__(self, step):
        begun, length, height = 0, self.first_decay_steps, 1.0
        while step >= begun + length:
            begun, length, height = begun + length, length * self.t_mul, height * self.m_mul
        wave = height * half_wave((step - begun) / length)
        return self.initial_learning_rate * ((1 - self.alpha) * wave + self.alpha)


class OneCycle(LearningRateSchedule):
    """Up from max / div_factor to max in the first `pct_start` of the steps, then down to start / final_div_factor.

    Keras has no such schedule; this is PyTorch's OneCycleLR as a function of the step. After `total_steps` it stays
    at its last value.

    Args:
        max_learning_rate, total_steps: the top, and the number of steps in all.
        pct_start: the share of the steps that go up.
        div_factor, final_div_factor: how far below the top the start is, and how far below the start the end.
        anneal_strategy: "cos", half a wave each way, or "linear".

    Source: Smith and Topin, Super-Convergence (2018).

    >>> rate = OneCycle(0.1, total_steps=100)
    >>> round(rate(0), 6), rate(29), round(rate(99), 9)
    (0.004, 0.1, 4e-07)
    """

    def __init__(self, max_learning_rate, total_steps, pct_start=0.3, div_factor=25.0, final_div_factor=1e4,
                 anneal_strategy="cos", name="OneCycle"):  # fmt: skip
        if anneal_strategy not in ("cos", "linear"):
            raise ValueError(f"`anneal_strategy` must be 'cos' or 'linear'. Received: {anneal_strategy!r}")
        if not 0 <= pct_start <= 1:
            raise ValueError(f"`pct_start` is a share of the steps, from 0 to 1. Received: pct_start={pct_start!r}")
        self.max_learning_rate, self.total_steps = max_learning_rate, positive(total_steps, "total_steps")
        self.pct_start, self.div_factor, self.final_div_factor = pct_start, div_factor, final_div_factor
        self.anneal_strategy, self.name = anneal_strategy, name

    def __call__(self, step):
        start = self.max_learning_rate / self.div_factor
        step = min(step, self.total_steps - 1)
        return self.between(step, start, self.max_learning_rate, start / self.final_div_factor)

    def between(self, step, start, top, end):
        """The same curve between three other values; PyTorch moves the momentum along it."""
        peak, last = self.pct_start * self.total_steps - 1, self.total_steps - 1
        rising = peak > 0 and step <= peak
        a, b, share = (start, top, step / peak) if rising else (top, end, (step - peak) / (last - peak))
        return b + (a - b) * (half_wave(share) if self.anneal_strategy == "cos" else 1 - share)


def half_wave(share: float) -> float:
    """Half a cosine wave, from 1 at share = 0 to 0 at share = 1."""
    return (1 + math.cos(math.pi * share)) / 2


def positive(value, name: str):
    if value <= 0:
        raise ValueError(f"Argument `{name}` must be > 0. Received: {name}={value}")
    return value


_KNOWN = {cls.__name__.lower(): cls for cls in LearningRateSchedule.__subclasses__()}


def serialize(learning_rate_schedule) -> dict:
    """A schedule as a dictionary of plain values."""
    return learning_rate_schedule.written()


def deserialize(config: dict) -> LearningRateSchedule:
    """The schedule that `serialize` made the dictionary of.

    >>> deserialize(serialize(ExponentialDecay(0.1, 50, 0.5)))(50)
    0.05
    """
    return utils.look_up("learning rate schedule", config["class_name"], _KNOWN).from_config(config["config"])
