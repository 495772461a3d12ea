"""Seeds, labels and look-ups that several parts of the engine need."""

import inspect
import math
import random
import re
from collections import Counter
from contextlib import contextmanager

import numpy as np

_generator, _seeded = np.random.default_rng(), False
_names_given = Counter()


def set_random_seed(seed: int) -> None:
    """Make everything that follows reproducible: new weights, shuffling, Python's and numpy's own randomness.

    Large models then train on one thread, because more change the last digits; see `threads`.

    Args:
        seed: a whole number of at least 0.

    >>> set_random_seed(1); first = new_generator().random()
    >>> set_random_seed(1); first == new_generator().random()
    True
    """
    global _generator, _seeded
    seed = check_whole_number(seed, "seed", least=0)
    random.seed(seed)
    np.random.seed(seed % 2**32)
    _generator, _seeded = np.random.default_rng(seed), True


def is_seeded() -> bool:
    """Whether a seed has been set: then nothing may change the numbers of a run, not even in their last digits."""
    return _seeded


def new_generator() -> np.random.Generator:
    """A random number generator of its own (one for each model), derived from the seed set last."""
    return np.random.default_rng(_generator.integers(2**63))


def to_categorical(x, num_classes: int | None = None) -> np.ndarray:
    """Turn class numbers into one-hot rows.

    >>> to_categorical([0, 2, 1]).tolist()
    [[1.0, 0.0, 0.0], [0.0, 0.0, 1.0], [0.0, 1.0, 0.0]]
    """
    given = np.asarray(x)
    labels = given.astype("int64")
    too_large = bool(num_classes) and labels.max(initial=0) >= num_classes
    if too_large or (labels != given).any() or labels.min(initial=0) < 0:
        limit = f"below num_classes={num_classes}" if num_classes else "from 0 on"
        error = IndexError if too_large else ValueError
        raise error(f"`to_categorical` takes class numbers, whole and {limit}. Received: {x!r}")
    if labels.ndim > 1 and labels.shape[-1] == 1:
        labels = labels[..., 0]
    return np.eye(num_classes or int(labels.max(initial=-1)) + 1, dtype="float32")[labels]


def normalize(x, axis: int = -1, order: float = 2) -> np.ndarray:
    """Divide along `axis` by the length of the vector there (for `order` 1, by the sum of the sizes).

    >>> normalize(np.array([[3.0, 4.0]])).tolist()
    [[0.6, 0.8]]
    """
    length = np.atleast_1d(np.linalg.norm(x, order, axis))
    length[length == 0] = 1
    return x / np.expand_dims(length, axis)


def confusion_matrix(y_true, y_pred, num_classes: int | None = None) -> np.ndarray:
    """How often each true class (row) was predicted as each class (column).

    Args:
        y_true: class numbers, or one-hot rows.
        y_pred: class numbers; or outputs of a model, of which the largest counts (a single one from above 0.5).

    >>> confusion_matrix([0, 1, 1], [[0.2], [0.9], [0.4]]).tolist()
    [[1, 0], [1, 1]]
    """
    true, predicted = classes(y_true), classes(y_pred)
    if len(true) != len(predicted):
        raise ValueError(f"confusion_matrix compares row by row. Received: {len(true)} and {len(predicted)} rows.")
    widths = [np.shape(values)[-1] for values in (y_true, y_pred) if np.ndim(values) > 1]
    k = num_classes or max(*widths, 0, int(true.max(initial=-1)) + 1, int(predicted.max(initial=-1)) + 1)
    return np.bincount(true * k + predicted, minlength=k * k).reshape(k, k)


def classes(values) -> np.ndarray:
    """Class numbers from class numbers, from one-hot rows or from a model's outputs."""
    values = np.asarray(values)
    if values.ndim > 1 and values.shape[-1] > 1:
        return values.argmax(axis=-1)
    values = values.reshape(-1)
    return (values > 0.5 if values.dtype.kind == "f" and values.max(initial=0) <= 1 else values).astype("int64")


def row_means(values: np.ndarray) -> np.ndarray:
    """The mean of every row of a table. (`np.mean(values, axis=1)` says the same and takes three times as long.)

    >>> row_means(np.array([[1.0, 2.0], [3.0, 5.0]])).tolist()
    [1.5, 4.0]
    """
    return values[:, 0] if values.shape[1] == 1 else np.add.reduce(values, axis=1) / values.shape[1]


def only(given):
    """What stands alone in a list or dictionary: Keras takes those where a model has several inputs or outputs.

    >>> only({"score": "mse"}), only(["mse"]), only("mse")
    ('mse', 'mse', 'mse')
    """
    entries = list(given.values()) if isinstance(given, dict) else given
    return entries[0] if isinstance(entries, (list, tuple)) and len(entries) == 1 else given


def row_of(shape: tuple) -> tuple:
    """The shape of one row, whether it stands after None for the rows, as models write it, or alone.

    >>> row_of((None, 10)), row_of((10,))
    ((10,), (10,))
    """
    return tuple(n for n in shape if n is not None)


def snake_case(name: str) -> str:
    """
    >>> snake_case("BatchNormalization"), snake_case("LeakyReLU")
    ('batch_normalization', 'leaky_re_lu')
    """
    name = re.sub("(.)([A-Z][a-z]+)", r"\1_\2", name)
    return re.sub("([a-z])([A-Z])", r"\1_\2", name).lower()


def unique_name(kind: str) -> str:
    """`dense`, then `dense_1`, `dense_2`, …: the name of a layer or model that was given none."""
    _names_given[kind] += 1
    number = _names_given[kind] - 1
    return f"{kind}_{number}" if number else kind


def clear_session() -> None:
    """Start the numbering of names anew: the next layer is called `dense` again."""
    _names_given.clear()


registered = {}  # name -> class or function of your own that configurations and files may name


def register_keras_serializable(package: str = "Custom", name: str | None = None):
    """Above a class or function of your own: files that name it can be loaded without `custom_objects`.

    >>> @register_keras_serializable()
    ... def cubic(y_true, y_pred):
    ...     return abs(y_true - y_pred) ** 3
    >>> registered.pop("cubic") is cubic
    True
    """

    def register(own):
        registered[name or own.__name__] = own
        return own

    return register


def get_custom_objects() -> dict:
    """What is registered, as a dictionary to which more can be added."""
    return registered


@contextmanager
def custom_object_scope(custom_objects: dict):
    """Inside of a `with`, these are registered, too."""
    before = dict(registered)
    registered.update(custom_objects)
    try:
        yield
    finally:
        registered.clear()
        registered.update(before)


def own(identifier):
    """What a name stands for that is registered; anything else is itself."""
    return registered.get(identifier, identifier) if isinstance(identifier, str) else identifier


class Configurable:
    """An object that can be written down: its constructor's arguments, each kept under its own name."""

    def get_config(self) -> dict:
        """The constructor's arguments, as things that JSON can hold; `from_config` makes an equal object."""
        config = {}
        for kind in [kind for kind in type(self).__mro__ if "__init__" in vars(kind)]:
            parameters = list(inspect.signature(kind.__init__).parameters.values())[1:]
            named = [one.name for one in parameters if one.kind is one.POSITIONAL_OR_KEYWORD]
            config = {name: written(getattr(self, name)) for name in named if hasattr(self, name)} | config
            if len(named) == len(parameters):  # else **options are passed on to the next class
                return config
        return config

    @classmethod
    def from_config(cls, config: dict):
        return cls(**config)

    def written(self):
        """How this object stands in the configuration of another."""
        return {"class_name": type(self).__name__, "config": self.get_config()}


def written(value):
    """A value of a configuration as JSON can hold it: objects as {"class_name": …, "config": …}."""
    if isinstance(value, type):  # stands for an object with default settings
        return {"class_name": value.__name__, "config": {}}
    if hasattr(value, "written"):
        return value.written()
    if callable(value) and hasattr(value, "__name__"):  # a function can only be named
        return value.__name__
    if isinstance(value, (np.ndarray, np.number)):
        return value.tolist()
    if isinstance(value, (list, tuple)):
        return [written(entry) for entry in value]
    if value is None or isinstance(value, (str, int, float, bool)):
        return value
    raise ValueError(f"{value!r} cannot be written down in a configuration: it is a {type(value).__name__}.")


def names_of(kinds) -> dict:
    """All lower-case names of some classes: `HeNormal` is "henormal" and "he_normal"."""
    return {name: kind for kind in kinds for name in (kind.__name__.lower(), snake_case(kind.__name__))}


def from_identifier(what: str, identifier, known: dict, base: type):
    """A new object from a name, a class, or a saved {"class_name": …, "config": …}; an object is itself."""
    if isinstance(identifier, base):
        return identifier
    if isinstance(identifier, dict) and "class_name" in identifier:
        return look_up(what, identifier["class_name"], known).from_config(identifier.get("config", {}))
    if isinstance(identifier, type) and issubclass(identifier, base):
        return identifier()
    return look_up(what, identifier, known)()


def look_up(what: str, identifier, known: dict):
    """Find what a string such as "adam" or "MSE" names, in any case of letters.

    Args:
        what: what is looked for, for the error message: "optimizer", "loss", …
        known: a dictionary from lower-case names to what they name.

    Raises:
        ValueError: nothing has that name; the message suggests the nearest.

    >>> look_up("optimizer", "adm", {"adam": 1, "sgd": 2})
    Traceback (most recent call last):
    ValueError: Could not interpret optimizer identifier: 'adm'. Did you mean 'adam'? Known names: adam, sgd. ...
    """
    if isinstance(identifier, str) and identifier in registered:
        return registered[identifier]
    if isinstance(identifier, str) and identifier.lower() in known:
        return known[identifier.lower()]
    import difflib  # here: every import of the package would wait for it

    near = difflib.get_close_matches(str(identifier).lower(), known, n=1)
    hint = f" Did you mean {near[0]!r}?" if near else ""
    hint += f" Known names: {', '.join(sorted(known))}." if known else ""
    raise ValueError(
        f"Could not interpret {what} identifier: {identifier!r}.{hint} If it is your own, name it in custom_objects."
    )


def check_numbers(low: float, high: float = math.inf, below: float = math.inf, **numbers) -> None:
    """Raise an error unless every one is a number, finite, from `low` to `high`, and below `below`.

    >>> check_numbers(0, below=1, beta_1=1)
    Traceback (most recent call last):
    ValueError: `beta_1` must be a number of at least 0 and below 1. Received: beta_1=1
    """
    for name, value in numbers.items():
        is_number = isinstance(value, (int, float, np.number)) and not isinstance(value, bool)
        if not is_number or not low <= value <= high or not value < below:
            limits = "" if high == math.inf else f" and at most {high}"
            limits += "" if below == math.inf else f" and below {below}"
            kind = ValueError if is_number or isinstance(value, bool) else TypeError
            raise kind(f"`{name}` must be a number of at least {low}{limits}. Received: {name}={value!r}")


def check_whole_number(value, name: str, least: int = 1, wrong_type=ValueError) -> int:
    """`value` as an int; a ValueError if it is less than `least`, an error `wrong_type` if it is no whole number."""
    is_whole = isinstance(value, (int, np.integer)) and not isinstance(value, bool)
    if not is_whole or value < least:
        error = ValueError if is_whole else wrong_type
        raise error(f"`{name}` must be a whole number of at least {least}. Received: {name}={value!r}")
    return int(value)


def check_choice(name: str, value, choices) -> None:
    """Raise a ValueError unless `value` is one of `choices`."""
    if value not in choices:
        raise ValueError(f"`{name}` must be one of {', '.join(map(repr, choices))}. Received: {name}={value!r}")
