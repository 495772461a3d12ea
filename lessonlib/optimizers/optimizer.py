"""What all optimizers share: the learning rate, clipping, weight decay, and the vectors they remember.

Letters: p parameters, g gradient, lr learning rate, u scratch.
"""

import warnings

import numpy as np

from lessonlib import utils
from lessonlib.config import floatx
from lessonlib.optimizers import schedules
from lessonlib.optimizers.learning_rate import LearningRate, by_step, from_written

CLIPPINGS = "clipnorm", "clipvalue", "global_clipnorm"


class Optimizer(utils.Configurable):
    """What all optimizers share.

    Before the rule of the optimizer itself, a step shortens g and p, if you ask for it:

        clipvalue         every number of g is kept within ± clipvalue
        clipnorm          the g of every weight array is shortened to at most this length, each by itself
        global_clipnorm   the whole g is shortened to at most this length
        weight_decay      p = p − p·weight_decay·lr

    Args:
        learning_rate: a float, a schedule (see `schedules`), or a function: of the step, or of nothing.
        weight_decay, clipnorm, clipvalue, global_clipnorm: as above; only one of the three clippings.
        use_ema: keep a running mean of p, average = ema_momentum·average + (1 − ema_momentum)·p; at the end of `fit`,
            and every `ema_overwrite_frequency` steps, it takes the place of p.
        gradient_accumulation_steps: make one step for so many batches, with the mean of their g.
        name: the class's, as `adam_w`, when none is given.

    `iterations` counts the steps made; `learning_rate` is the current value, and may be changed between steps. A
    schedule goes by `batches`, the gradients seen, which are more where they are accumulated.

    Differs from PyTorch: there only AdamW decays like this, and `weight_decay` elsewhere adds weight_decay·p to g;
    clipping is a function that you call.

    Raises:
        ValueError: an argument is unknown, or not of its kind.
    """

    slots = {}  # what the optimizer remembers for every parameter: name -> first value

    def __init__(self, learning_rate, weight_decay=None, clipnorm=None, clipvalue=None, global_clipnorm=None,
                 use_ema=False, ema_momentum=0.99, ema_overwrite_frequency=None, gradient_accumulation_steps=None,
                 name=None, **unknown):  # fmt: skip
        if unknown.pop("decay", None) is not None:
            warnings.warn("Argument `decay` is no longer supported and will be ignored: pass a schedule.", stacklevel=3)
        if unknown:
            hint = " It is called `learning_rate` here." if "lr" in unknown else ""
            raise ValueError(f"Argument(s) not recognized: {unknown}.{hint}")
        given = dict(zip(CLIPPINGS, (clipnorm, clipvalue, global_clipnorm), strict=True))
        if sum(limit is not None for limit in given.values()) > 1:
            raise ValueError(f"Only one of `clipnorm`, `clipvalue` and `global_clipnorm` can be set. Received: {given}")
        if not callable(learning_rate) and not isinstance(learning_rate, (float, np.floating)):
            hint = f" Write learning_rate={learning_rate}.0." if type(learning_rate) is int else ""
            raise ValueError(
                "Argument `learning_rate` should be float, or an instance of LearningRateSchedule, or a function from "
                f"the step to a float. Received instead: learning_rate={learning_rate!r}.{hint}"
            )
        self.name = name or utils.unique_name(utils.snake_case(type(self).__name__))
        self.weight_decay = weight_decay
        self.clipnorm, self.clipvalue, self.global_clipnorm = clipnorm, clipvalue, global_clipnorm
        utils.check_numbers(0, 1, ema_momentum=ema_momentum)
        self.use_ema, self.ema_momentum, self.ema_overwrite_frequency = use_ema, ema_momentum, ema_overwrite_frequency
        if gradient_accumulation_steps is not None:
            utils.check_whole_number(gradient_accumulation_steps, "gradient_accumulation_steps", least=2)
        self.gradient_accumulation_steps = gradient_accumulation_steps
        self._adjusts = weight_decay is not None or any(given.values())
        self._schedule, self.batches = None, 0
        self.learning_rate = learning_rate
        self.parameters = None  # the vector whose past it remembers

    @property
    def iterations(self) -> int:
        return self.batches // (self.gradient_accumulation_steps or 1)

    @property
    def learning_rate(self) -> float:
        rate = LearningRate(self._number if self._schedule is None else self._schedule(self.batches))
        rate.optimizer = self
        return rate

    @learning_rate.setter
    def learning_rate(self, value):
        if callable(value):
            self._schedule, self._given = by_step(value), value
            return
        if isinstance(self._schedule, schedules.LearningRateSchedule):
            raise TypeError(
                "This optimizer was created with a `LearningRateSchedule` object as its `learning_rate`, hence its "
                "learning rate is not settable. Give it a float if a callback or your own code is to change it."
            )
        utils.check_numbers(0, below=np.inf, learning_rate=value)
        self._schedule = None
        self._number = float(np.asarray(value, floatx()))  # 0.1 becomes 0.10000000149…, as in Keras

    def prepare(self, p, shapes=None) -> None:
        """Get ready for the parameters p; what is remembered of them starts anew.

        Args:
            p: the vector of all parameters.
            shapes: the shapes of the weight arrays that lie in it one after the other; clipnorm needs them.

        Raises:
            ValueError: the optimizer remembers the past of another model.
        """
        if self.parameters is p:
            return
        if self.parameters is not None:
            raise ValueError(
                f"This {type(self).__name__} has been training other weights (another model, or this one before its "
                f"layers changed) and remembers their gradients. Make a new one for each model, and compile again: "
                f"optimizer={type(self).__name__}(...)."
            )
        self.parameters, self.u = p, np.empty_like(p)
        self.shapes = [tuple(shape) for shape in shapes or [p.shape]]
        ends = np.cumsum([int(np.prod(shape)) for shape in self.shapes]).tolist()
        self.parts = [slice(start, end) for start, end in zip([0, *ends], ends, strict=False)]
        extra = {"average": self.use_ema, "waiting": self.gradient_accumulation_steps}
        self.slots = self.slots | {name: 0 for name, wanted in extra.items() if wanted}
        for name, first in self.slots.items():
            setattr(self, name, np.full_like(p, first))
        self._clipped = np.empty_like(p) if self._adjusts else None
        # numpy's in-place arithmetic takes an array without axes in half the time that it needs for a Python float,
        # and a step consists of little else.
        self._factor = np.empty((), p.dtype)
        self.fix_numbers(lambda number: np.array(number, p.dtype))

    def fix_numbers(self, fixed) -> None:
        """Keep the numbers of the rule that never change as such arrays, which `fixed` makes."""

    def scaled(self, vector, number: float):
        """number·vector, in u; for numbers that change from step to step."""
        self._factor[()] = number
        return np.multiply(vector, self._factor, out=self.u)

    def step(self, p, g) -> None:
        """Change the parameters p, in place, by one step against the gradient g."""
        if self.gradient_accumulation_steps:
            self.waiting += g
            g = None  # until there are enough of them
            if (self.batches + 1) % self.gradient_accumulation_steps == 0:
                g = self.waiting / self.gradient_accumulation_steps
                self.waiting[...] = 0
        if g is not None:
            lr = self._number if self._schedule is None else self._schedule(self.batches)
            if self._adjusts:
                g = self.clip(g)
                if self.weight_decay is not None:
                    np.multiply(p, self.weight_decay * lr, out=self.u)
                    p -= self.u
            self.update(p, g, lr)
        if self.use_ema:  # after every batch, also where gradients are accumulated
            self.average += (1 - self.ema_momentum if self.iterations else 1) * (p - self.average)
            if self.ema_overwrite_frequency and (self.iterations + 1) % self.ema_overwrite_frequency == 0:
                p[...] = self.average
        self.batches += 1

    def finish(self, p) -> None:
        """The end of `fit`: with `use_ema`, the parameters become their running mean."""
        if self.use_ema and self.batches:
            p[...] = self.average

    def update(self, p, g, lr: float) -> None:
        """The rule itself: change p."""
        raise NotImplementedError

    def clip(self, g):
        """g within its limits: in a vector of its own, for the model's gradient stays what it is."""
        if self.clipvalue:
            return np.clip(g, -self.clipvalue, self.clipvalue, out=self._clipped)
        limit = self.clipnorm or self.global_clipnorm
        if not limit:
            return g
        for part in self.parts if self.clipnorm else [slice(None)]:
            np.multiply(g[part], limit / max(np.linalg.norm(g[part]), limit), out=self._clipped[part])
        return self._clipped

    def apply(self, grads, trainable_variables=None) -> None:
        """One step for a list of weight arrays, each changed in place by the gradient at the same place of `grads`.

        Raises:
            ValueError: the arrays are not those of the first call, or a gradient is missing.

        >>> from lessonlib.optimizers import SGD
        >>> weights = [np.array([[1.0, 2.0]], "float32"), np.array([3.0], "float32")]
        >>> SGD(0.1).apply([[[1.0, 0.0]], [10.0]], weights); weights
        [array([[0.9, 2. ]], dtype=float32), array([2.], dtype=float32)]
        """
        variables = self._variables if trainable_variables is None else list(trainable_variables)
        if any(gradient is None for gradient in grads) or len(grads) != len(variables):
            raise ValueError(
                f"Every variable needs a gradient: {len(variables)} variables, "
                f"{sum(gradient is not None for gradient in grads)} gradients."
            )
        shapes = [variable.shape for variable in variables]
        if self.parameters is None:
            self.prepare(np.concatenate([np.ravel(variable) for variable in variables]), shapes)
        if shapes != self.shapes:
            raise ValueError(
                f"Unknown variables, of shapes {shapes}. This optimizer can only be called for the variables it was "
                f"first called with, of shapes {self.shapes}. Make a new optimizer for other ones."
            )
        self._variables, p = variables, self.parameters
        for variable, part in zip(variables, self.parts, strict=True):
            p[part] = np.ravel(variable)
        self.step(p, np.concatenate([np.ravel(gradient) for gradient in grads]).astype(p.dtype))
        for variable, part in zip(variables, self.parts, strict=True):
            variable[...] = p[part].reshape(variable.shape)

    _variables = ()  # those of the last `apply`

    def apply_gradients(self, grads_and_vars) -> int:
        """`apply` for pairs (gradient, variable). Returns the number of steps made."""
        self.apply(*map(list, zip(*grads_and_vars, strict=True)))
        return self.iterations

    def size(self) -> int:
        """How many numbers it keeps: vectors as long as the parameters, the steps made, a rate that can be set."""
        return 0 if self.parameters is None else len(self.slots) * self.parameters.size + 1 + (self._schedule is None)

    def save_own_variables(self, store: dict) -> None:
        """Put all that a training needs to go on into `store`, as arrays."""
        for name in ("batches", "learning_rate", *self.slots):
            store[name] = np.asarray(getattr(self, name)).copy()

    def load_own_variables(self, store) -> None:
        """Take up what `save_own_variables` put into `store`; call `prepare` before."""
        self.batches = int(store["batches"])
        if self._schedule is None:
            self._number = float(store["learning_rate"])
        for name in self.slots:
            getattr(self, name)[...] = store[name]

    def get_config(self) -> dict:
        """The arguments that make such an optimizer again, without its memory.

        >>> from lessonlib.optimizers import Adam
        >>> Adam.from_config(Adam(0.5, beta_1=0.8, name="mine").get_config()).beta_1
        0.8
        """
        rate = self._number if self._schedule is None else utils.written(self._given)
        return super().get_config() | {"learning_rate": rate}

    @classmethod
    def from_config(cls, config):
        given = {"learning_rate": from_written(config["learning_rate"])} if "learning_rate" in config else {}
        return cls(**config | given)
