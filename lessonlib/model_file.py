"""Models and weights in files: numpy's `.npz`, with one entry, `head`, that is JSON and says what the others are.

The file may be called `.npz`, or as Keras wants it, `.keras` (`.weights.h5` for weights alone). Inside it is not
Keras's own format either way: Keras cannot read it, and files that Keras has written cannot be read here.
Reading executes nothing: no pickle, and only classes of this package, or those you name, are made.

json and zipfile are imported where they are needed: every import of the package would wait for them.
"""

import os

import numpy as np

from lessonlib import metrics, utils

FORMAT = 1


def save_model(model, filepath, overwrite=True) -> None:
    """Write all that `models.load_model` needs into one file, `.keras` or `.npz`: layers, weights, and, if compiled,
    loss, metrics and optimizer with its state.

    Whatever its name, its format is this package's own.
    """
    head, arrays = training_state(model)
    head |= {"kind": type(model).__name__, "model": model.get_config()}
    if model.compiled:
        asked = [[written_metric(metric) for metric in part] for part in model._metrics_asked]
        loss = utils.written(loss_asked(model))
        head["compile"] = {"optimizer": utils.written(model.optimizer), "loss": loss, "metrics": asked}
    write(path_of(filepath), head, arrays, overwrite)


def written_metric(metric):
    """How a metric of `compile` stands in a file: a function as the metric made of it, for names are those of Keras."""
    is_function = callable(metric) and not isinstance(metric, type) and not hasattr(metric, "written")
    return utils.written(metrics.get(metric) if is_function else metric)


def loss_asked(model):
    """The loss that a model was compiled with: the name "crossentropy" until its first data tell which one is meant."""
    return "crossentropy" if model._loss_by_shape else model.loss


def read_model(filepath) -> tuple[dict, dict]:
    """The head and the arrays of a file that `save_model` has written.

    Raises:
        ValueError: there is no such file, or it is not one of a model.
    """
    path = path_of(filepath)
    if not os.path.isfile(path):
        raise ValueError(f"File not found: filepath={path!r}. Give the name that model.save(...) was given.")
    head, arrays = read(path)
    if "model" not in head:
        raise ValueError(f"{path!r} holds weights only. Build the model, then model.load_weights({path!r}).")
    return head, arrays


def restore(model, head: dict, arrays: dict, compile: bool, custom_objects: dict) -> None:
    """Give a model of the file's configuration its weights and, if asked, its compilation and optimizer."""
    settings = head.get("compile") if compile else None
    with utils.custom_object_scope(custom_objects):
        if settings:
            plain, weighted = ([read_metric(entry) for entry in part] for part in settings["metrics"])
            model.compile(settings["optimizer"], settings["loss"], metrics=plain, weighted_metrics=weighted)
    restore_state(model, head, arrays)


def read_metric(entry):
    """The metric that was given to `compile`; a name stays one, since the data tell what "accuracy" means."""
    return metrics.get(entry) if isinstance(entry, dict) else utils.own(entry)


def training_state(model) -> tuple[dict, dict]:
    """Head and arrays with which a training can go on: weights, the optimizer's memory, the random numbers."""
    places = [(layer, name) for layer in model.leaves if layer.built for name in layer.weight_shapes()]
    arrays = {f"weight/{i:03}/{layer.name}/{name}": getattr(layer, name) for i, (layer, name) in enumerate(places)}
    memory = {}
    if model.compiled and model.optimizer.parameters is model.parameters:
        model.optimizer.save_own_variables(memory)
    random = [generator.bit_generator.state for generator in generators(model)]
    return {"generators": random}, arrays | {"optimizer/" + name: value for name, value in memory.items()}


def restore_state(model, head: dict, arrays: dict) -> None:
    """Take up what `training_state` has said of a model of the same layers, compiled in the same way."""
    model.set_weights(of_kind("weight/", arrays))
    memory = {name.removeprefix("optimizer/"): a for name, a in arrays.items() if name.startswith("optimizer/")}
    if memory and model.compiled:
        model.optimizer.prepare(model.parameters, model.trained_shapes)
        model.optimizer.load_own_variables(memory)
        for generator, state in zip(generators(model), head.get("generators") or [head["generator"]], strict=False):
            generator.bit_generator.state = state


def generators(model) -> list:
    """The random numbers of a model: its own, then those of layers that have a seed."""
    return [model.generator, *(leaf.generator for leaf in model.leaves if getattr(leaf, "generator", None))]


def save_weights(model, filepath, overwrite=True) -> None:
    """Write the weights into a file, `.weights.h5` or `.npz`, of this package's own format."""
    model.require_weights()
    weights = {name: a for name, a in training_state(model)[1].items() if name.startswith("weight/")}
    write(path_of(filepath, ".weights.h5"), {}, weights, overwrite)


def load_weights(model, filepath) -> None:
    """Read the weights of a file that `save_weights` or `save` has written.

    Raises:
        ValueError: the file's weights are not of this model's number and shapes; nothing is changed then.
    """
    model.require_weights()
    model.set_weights(of_kind("weight/", read(path_of(filepath, ".weights.h5", ".keras"))[1]))


def of_kind(prefix: str, arrays: dict) -> list:
    return [array for name, array in arrays.items() if name.startswith(prefix)]  # in the order they were written


def path_of(filepath, *endings) -> str:
    """The path, or a ValueError if its name does not end as it should."""
    path, endings = os.fspath(filepath), (*(endings or (".keras",)), ".npz")
    if not path.endswith(endings):
        raise ValueError(
            f"The name of the file must end with {' or '.join(endings)}. Received: {path!r}. Whatever its "
            "name, the file is one of this package; Keras's own formats need Keras."
        )
    return path


def write(path: str, head: dict, arrays: dict, overwrite=True) -> None:
    """Write a file that is, at every moment, the old one or the new one, never half of it."""
    import json

    if os.path.exists(path) and not overwrite:
        raise FileExistsError(f"{path!r} is there already. Give another name, or overwrite=True.")
    text = np.array(json.dumps({"format": FORMAT} | head))
    temporary = f"{path}-{os.getpid()}"
    try:
        with open(temporary, "wb") as file:
            np.savez(file, head=text, **arrays)
        os.replace(temporary, path)
    except BaseException:
        if os.path.exists(temporary):
            os.remove(temporary)
        raise


def read(path: str) -> tuple[dict, dict]:
    """The head and the arrays of a file, or a ValueError if it is none of ours."""
    import json
    from zipfile import BadZipFile

    try:
        with np.load(path, allow_pickle=False) as file:
            if "config.json" in file.files:
                raise ValueError("it is one of Keras itself: load it there, and bring the arrays of get_weights() here")
            arrays = {name: file[name] for name in file.files}
        head = json.loads(str(arrays.pop("head")))
    except FileNotFoundError:
        raise
    except (OSError, ValueError, KeyError, EOFError, BadZipFile) as problem:
        raise ValueError(f"{path!r} is not a file that this package has saved ({problem}).") from None
    if head.get("format") != FORMAT:
        raise ValueError(f"{path!r} is of format {head.get('format')}; this version reads format {FORMAT}.")
    return head, arrays
