"""One prediction, layer by layer: the numbers of one row on their way through the model."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Step:
    """One layer: its name, the numbers that leave it, and a sentence about them."""

    title: str
    formula: str
    values: tuple[float, ...]
    remark: str


@dataclass(frozen=True)
class Prediction:
    steps: tuple[Step, ...]
    decision: str

    def __repr__(self):
        from lessonlib.trace import text

        return text.prediction(self)

    def _repr_html_(self):
        from lessonlib.trace import html

        return html.prediction(self)


def prediction(model, row, class_names=None, truth=None) -> Prediction:
    """Send one row through the model and write down what leaves every layer.

    Args:
        model: a built model.
        row: its features, shape (features,).
        class_names: names of the classes, in the order of their numbers.
        truth: the row's true class number, if it is known.

    Raises:
        ValueError: the model is not built, the row is not one row of its features, or a class has no name.
    """
    if not model.built:
        raise ValueError("The model has no weights yet: give it an Input, or train it first.")
    features, classes = model.input_shape[-1], max(2, model.output_shape[-1])
    if np.shape(row) not in ((features,), (1, features)):
        raise ValueError(f"`row` must be one row of {features} features, as x[0] is. Received: shape {np.shape(row)}")
    if class_names is not None and len(class_names) != classes:
        raise ValueError(f"The model tells {classes} classes apart. Received: class_names={tuple(class_names)!r}")
    if truth is not None and truth not in range(classes):
        raise ValueError(f"`truth` must be a class number from 0 to {classes - 1}. Received: truth={truth!r}")
    a = np.asarray(row, "float32").reshape(1, -1)
    entering = f"{a.shape[1]} numbers enter, from {a.min():.2f} to {a.max():.2f}."
    steps = [Step("Input", "x", tuple(a[0].tolist()), entering)]
    for layer in model.layers:
        x, a = a, np.array(layer.forward(a))
        z, name, formula = a, "", f"a = {type(layer).__name__}(x)"
        if hasattr(layer, "kernel"):
            z = x @ layer.kernel + (layer.bias if layer.use_bias else 0)
            name = layer.activation.__name__
            formula = "a = x·kernel + bias" if name == "linear" else f"a = {name}(x·kernel + bias)"
        title = f"{layer.name}: {x.shape[1]} → {a.shape[1]}"
        steps.append(Step(title, formula, tuple(a[0].tolist()), remark(name, z[0], a[0])))
    return Prediction(tuple(steps), decide(a[0], class_names, truth))


def remark(activation: str, z, a) -> str:
    """What the activation did to this row's weighted sums.

    >>> remark("relu", np.array([-1.0, 2.0, 3.0]), np.array([0.0, 2.0, 3.0]))
    '2 of 3 units answer; relu has set the other 1 to zero.'
    """
    if activation == "relu":
        on = int(np.count_nonzero(a))
        return f"{on} of {len(a)} units answer; relu has set the other {len(a) - on} to zero."
    if activation == "softmax":
        return f"softmax turns the scores {listed(z)} into probabilities that add up to {a.sum():.2f}."
    if activation == "sigmoid":
        return f"sigmoid turns the score {listed(z)} into a probability."
    return f"{len(a)} numbers leave, from {a.min():.2f} to {a.max():.2f}."


def decide(outputs, class_names, truth) -> str:
    """The class that the outputs name, and whether it is the true one.

    >>> decide(np.array([0.2, 0.8]), ("benign", "malignant"), 1)
    'Prediction: malignant, with probability 0.80. The truth: malignant. Right.'
    """
    if len(outputs) == 1:
        chosen, probability = int(outputs[0] > 0.5), max(float(outputs[0]), 1 - float(outputs[0]))
    else:
        chosen, probability = int(np.argmax(outputs)), float(np.max(outputs))
    name = (lambda number: class_names[number]) if class_names else (lambda number: f"class {number}")
    text = f"Prediction: {name(chosen)}, with probability {probability:.2f}."
    if truth is None:
        return text
    return f"{text} The truth: {name(int(truth))}. {'Right.' if chosen == truth else 'Wrong.'}"


def listed(values) -> str:
    return ", ".join(f"{value:.2f}" for value in values)
