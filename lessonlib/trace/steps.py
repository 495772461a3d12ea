"""The nine steps of training with the numbers of one run: shapes, a formula, a look, and a check for each step."""

import copy
import math
from dataclasses import dataclass

import numpy as np

from lessonlib.diagnosis import check_gradients
from lessonlib.diagnosis.model import prepared
from lessonlib.layers import Dense
from lessonlib.trace.flow import shape
from lessonlib.trace.prediction import decide
from lessonlib.trace.training import guessing

SHOWN = 32  # of all parameters; more would not fit into a line
PATIENCE = 3  # as many epochs without a better val_loss are worth a word


@dataclass(frozen=True)
class Step:
    """One step: what it does, the numbers it made in this run, and the check that tells whether it went wrong."""

    title: str
    shapes: str
    formula: str
    numbers: tuple[tuple[str, tuple[float, ...]], ...]  # (name, values)
    remark: str
    check: str
    passed: bool


@dataclass(frozen=True)
class Steps:
    """The nine steps, in their order."""

    steps: tuple[Step, ...]

    def __repr__(self):
        from lessonlib.trace import text

        return text.steps(self)

    def _repr_html_(self):
        from lessonlib.trace import html

        return html.steps(self)


def steps(model, train, validation, test, batch_size=32, epochs=15, row=0) -> Steps:
    """Train a copy of the model, and write down what each of the nine steps does.

    The first batch is followed through the steps 1 to 5, one of its rows number by number; then `fit` trains the
    copy, from the same first weights, for the steps 6 to 9. The model itself is left as it is.

    Args:
        model: a compiled model of Dense layers with its first weights.
        train, validation, test: (x, y) each. The first batch are the first rows of `train`.
        row: which row of the first batch is followed.

    Raises:
        ValueError: the model has no weights, is not compiled, or has layers other than Dense; or the batch has
            no such row.
    """
    if not model.built or not all(isinstance(layer, Dense) for layer in model.layers):
        raise ValueError("The nine steps are traced for a model of Dense layers that begins with Input((features,)).")
    model._require_compiled()
    x, y = train[0][:batch_size], train[1][:batch_size]
    if row not in range(len(x)):
        raise ValueError(f"`row` must be a row of the first batch, from 0 to {len(x) - 1}. Received: row={row!r}")
    twin = copy.deepcopy(model)
    prepared(twin, x, y)  # the first rows tell which loss "crossentropy" means
    one_batch = [initialization(twin), forward(twin, x, y, row), loss(twin, x, y, row)]
    one_batch += [backpropagation(twin, x, y), update(twin, x, y)]
    twin = copy.deepcopy(model)
    fitted = twin.fit(*train, batch_size=batch_size, epochs=epochs, validation_data=validation, verbose=0)
    whole_run = [
        iteration(fitted, train, batch_size),
        validating(fitted, train, validation),
        convergence(fitted),
        evaluation(twin, fitted, train, validation, test),
    ]
    return Steps((*one_batch, *whole_run))


def initialization(model) -> Step:
    kernel = model.layers[0].kernel
    units = kernel.shape[1]
    different = len(np.unique(kernel, axis=1).T)
    shapes = ", ".join(f"{layer.input_shape[-1]} x {layer.units}" for layer in model.layers)
    return Step(
        "Initialization",
        f"kernels: {shapes}; with the biases {model.count_params()} parameters",
        f"kernel = {type(model.layers[0].kernel_initializer).__name__}(), bias = 0",
        (("weights of the first unit", values(kernel[:, 0])),),
        f"Numbers from {kernel.min():.2f} to {kernel.max():.2f}. They know nothing yet; they need only differ.",
        f"{different} of {units} units of the first layer differ. Units that begin alike stay alike.",
        different == units,
    )


def forward(model, x, y, row) -> Step:
    made, a = [], np.asarray(x, "float32")
    for layer in model.layers:
        a = np.array(layer.forward(a))
        made.append((f"out of {layer.name}", values(a[row])))
    way = " → ".join(["x", *(f"{layer.activation.__name__}(· kernel + bias)" for layer in model.layers)])
    shapes = " → ".join(f"{len(x)} x {units}" for units in (x.shape[1], *(layer.units for layer in model.layers)))
    fine = bool(np.isfinite(a).all() and np.ptp(a) > 0)
    return Step(
        "Forward pass",
        shapes,
        way,
        (("row in", values(x[row])), *made),
        f"{decide(a[row], None, int(np.ravel(y[row])[0]))} Before training that is luck.",
        f"The {len(x)} predictions are numbers from {a.min():.2f} to {a.max():.2f}, and not all the same."
        if fine
        else "The predictions are all the same, or not numbers.",
        fine,
    )


def loss(model, x, y, row) -> Step:
    p = model.predict(x, verbose=0)
    rows = model.loss.per_row(model.loss.targets(y, model.units), p)
    mean, chance = float(np.mean(rows)), guessing(model)
    crossentropy = chance is not None
    right = math.exp(-float(rows[row]))
    return Step(
        "Loss calculation",
        f"{len(x)} predictions, {len(x)} answers → 1 number",
        "loss = mean of −log(probability of the right answer)" if crossentropy else f"loss = {model.loss.name}(y, p)",
        (("loss of each row of the batch", values(rows)),),
        f"Row {row} gave its right answer the probability {right:.4f}. It costs −log {right:.4f} = {rows[row]:.3f}. "
        f"The mean over the batch is {mean:.3f}."
        if crossentropy
        else f"Row {row} costs {rows[row]:.2f}. The mean over the batch is {mean:.3f}.",
        f"Guessing costs {chance:.3f}. A first loss many times larger would be suspicious; this is {mean:.3f}."
        if crossentropy
        else f"The first loss is {mean:.3f}, a number.",
        math.isfinite(mean) and (not crossentropy or mean < 3 * chance),
    )


def backpropagation(model, x, y) -> Step:
    checked = check_gradients(model, x, y, samples=SHOWN, step=2e-3)
    widest = int(np.argmax(np.abs(checked.measured)))
    shapes = ", ".join(f"{weight.shape[0]} x {weight.shape[1]}" for weight in model.weights if weight.ndim == 2)
    return Step(
        "Backpropagation",
        f"loss → one slope for each of {model.count_params()} parameters; the kernels' have shapes {shapes}",
        "gradient = ∂loss / ∂w",
        (
            ("by backpropagation", values(checked.computed)),
            ("by nudging each weight", values(checked.measured)),
        ),
        f"Nothing has moved yet. Steepest of these {len(checked.names)}: {checked.names[widest]}, "
        f"{checked.computed[widest]:+.4f}.",
        f"Nudged a little, that weight changes the loss with slope {checked.measured[widest]:+.4f}. "
        f"The largest difference is {checked.error:.1%} of the largest slope.".replace("%", " %"),
        checked.error < 0.03,
    )


def update(model, x, y) -> Step:
    """Makes the update, on the model that it is given."""
    name, rate = type(model.optimizer).__name__, float(model.optimizer.learning_rate)
    plain = name == "SGD" and not model.optimizer.momentum
    before, old = model.test_on_batch(x, y, return_dict=True)["loss"], model.parameters.copy()
    model.train_on_batch(x, y)
    after = model.test_on_batch(x, y, return_dict=True)["loss"]
    moved = int(np.argmax(np.abs(model.parameters - old)))
    slope = float(model.gradients[moved])
    return Step(
        "Parameter update",
        f"{old.size} parameters, {old.size} slopes → {old.size} parameters",
        "w ← w − learning_rate · gradient" if plain else f"w ← {name}(w, gradient)",
        ((f"change of the first {SHOWN}", values(model.parameters - old)[:SHOWN]),),
        (f"The largest move: {old[moved]:.4f} − {rate:g} · ({slope:.4f}) = " if plain else "The largest move: to ")
        + f"{model.parameters[moved]:.4f}.",
        f"The loss of the same batch goes from {before:.4f} to {after:.4f}.",
        after < before,
    )


def iteration(history, train, batch_size) -> Step:
    losses = history.history["loss"]
    updates, rows = history.params["steps"], len(train[0])
    last = rows - (updates - 1) * batch_size
    left_over = "" if last == batch_size else f" (the last has {last})"
    return Step(
        "Iteration",
        f"{rows} rows = {updates} batches of {batch_size}{left_over}; {updates} x {len(losses)} epochs "
        f"= {updates * len(losses)} updates",
        "for each epoch: for each batch: steps 2 to 5",
        (("loss of each epoch", values(losses)),),
        "The same four steps, again and again, each time with other rows.",
        f"The mean loss of an epoch goes from {losses[0]:.3f} to {losses[-1]:.3f}.",
        losses[-1] < 0.99 * losses[0] or len(losses) == 1,  # less than a hundredth is standing still
    )


def validating(history, train, validation) -> Step:
    val_losses, both = history.history["val_loss"], common(train, validation)
    accuracy = history.history.get("val_accuracy")
    return Step(
        "Validation",
        f"{shape(validation[0])}, after each epoch",
        "steps 2 and 3 only: measure, and change nothing",
        (("val_loss of each epoch", values(val_losses)),),
        f"Rows that training must not use. At the end val_loss is {val_losses[-1]:.3f}"
        + (f" and val_accuracy {accuracy[-1]:.3f}." if accuracy else "."),
        f"{both} validation rows are among the training rows." if both else "No validation row is a training row.",
        not both,
    )


def convergence(history) -> Step:
    val_losses = history.history["val_loss"]
    best, epochs = int(np.argmin(val_losses)), len(val_losses)
    since = epochs - 1 - best
    return Step(
        "Convergence",
        f"{epochs} numbers → one decision",
        f"stop when val_loss has not got better for {PATIENCE} epochs, or after {epochs} epochs",
        (("val_loss above its lowest", values(np.subtract(val_losses, min(val_losses)))),),
        f"The lowest val_loss, {val_losses[best]:.3f}, came in epoch {best + 1} of {epochs}.",
        f"That was {since} epoch{'' if since == 1 else 's'} before the end.",
        since <= PATIENCE,
    )


def evaluation(model, history, train, validation, test) -> Step:
    measured = model.evaluate(*test, verbose=0, return_dict=True)
    used = common(train, test) + common(validation, test)
    said = " and ".join(f"test {name} {value:.3f}" for name, value in sorted(measured.items(), reverse=True))
    return Step(
        "Evaluation",
        f"{shape(test[0])}, once",
        "steps 2 and 3, on rows that nobody has used",
        (("predictions for the first test rows", values(model.predict(test[0][:24], verbose=0)[:, -1])),),
        f"The number to report: {said}.",
        f"{used} test rows were used before." if used else "No test row was used before, and this is the first look.",
        not used,
    )


def common(some, others) -> int:
    """How many rows of `others` are among the rows of `some`.

    >>> common((np.eye(3), None), (np.eye(3)[:2], None))
    2
    """
    known = {row.tobytes() for row in np.asarray(some[0], "float32")}
    return sum(row.tobytes() in known for row in np.asarray(others[0], "float32"))


def values(array) -> tuple[float, ...]:
    return tuple(float(value) for value in np.ravel(array))
