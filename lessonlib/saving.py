"""Models and weights in files: numpy's `.npz`, with one entry, `head`, that is JSON and says what the others are.

Reading such a file executes nothing: no pickle, and only classes of this package, or those you name, are made.
"""

import json
import os
from pathlib import Path

import numpy as np

from lessonlib import metrics, optimizers, utils

FORMAT = 1


def save_model(model, filepath, overwrite=True) -> None:
    """Write all that `models.load_model` needs: layers, weights, and, if compiled, loss, metrics and optimizer."""
    head = {"model": model.get_config(), "weights": len(model.weights)}
    arrays = named_weights(model)
    if model.compiled:
        asked = [[utils.written(metric) for metric in part] for part in model._metrics_asked]
        loss = "crossentropy" if model._loss_by_shape else utils.written(model.loss)
        head["compile"] = {"optimizer": utils.written(model.optimizer), "loss": loss, "metrics": asked}
        if model.optimizer.parameters is model.parameters:
            memory = {}
            model.optimizer.save_own_variables(memory)
            arrays |= {"optimizer/" + name: value for name, value in memory.items()}
            head["generator"] = model.generator.bit_generator.state  # shuffling goes on where it was
    write(path_of(filepath), head, arrays, overwrite)


def read_model(filepath) -> tuple[dict, dict]:
    """The head and the arrays of a file that `save_model` has written.

    Raises:
        ValueError: there is no such file, or it is not one of a model.
    """
    path = path_of(filepath)
    if not path.is_file():
        raise ValueError(f"File not found: filepath={str(filepath)!r}. Give the name that model.save(...) was given.")
    head, arrays = read(path)
    if "model" not in head:
        raise ValueError(f"{str(path)!r} holds weights only. Build the model, then model.load_weights({str(path)!r}).")
    return head, arrays


def restore(model, head: dict, arrays: dict, compile: bool) -> None:
    """Give a model of the file's configuration its weights and, if asked, its compilation and optimizer."""
    model.set_weights([arrays[name] for name in weight_names(arrays)])
    settings = head.get("compile") if compile else None
    if settings:
        plain, weighted = (
            [entry if isinstance(entry, str) else metrics.get(entry) for entry in part] for part in settings["metrics"]
        )
        optimizer = optimizers.get(settings["optimizer"])
        model.compile(optimizer, settings["loss"], metrics=plain, weighted_metrics=weighted)
        memory = {name.removeprefix("optimizer/"): a for name, a in arrays.items() if name.startswith("optimizer/")}
        if memory:
            optimizer.prepare(model.parameters, [weight.shape for weight in model.trainable_weights])
            optimizer.load_own_variables(memory)
            model.generator.bit_generator.state = head["generator"]


def save_weights(model, filepath, overwrite=True) -> None:
    if not model.built:
        raise ValueError(f"{model.name!r} has no weights yet. Begin the layers with Input((features,)).")
    write(path_of(filepath), {"weights": len(model.weights)}, named_weights(model), overwrite)


def load_weights(model, filepath) -> None:
    if not model.built:
        raise ValueError(f"{model.name!r} has no weights yet. Begin the layers with Input((features,)).")
    _, arrays = read(path_of(filepath))
    model.set_weights([arrays[name] for name in weight_names(arrays)])


def path_of(filepath) -> Path:
    """The path, or a ValueError if its name is not one of a `.npz` file."""
    path = Path(filepath)
    if path.suffix != ".npz":
        raise ValueError(
            f"Files here end with .npz: {str(filepath)!r} is of another format, which needs Keras to be read or "
            f"written. Write {str(path).removesuffix(path.suffix) + '.npz'!r} instead."
        )
    return path


def named_weights(model) -> dict[str, np.ndarray]:
    """The weights under names that keep their order: `weight/000/dense/kernel`, …"""
    places = [(layer, name) for layer in model.layers if layer.built for name in layer.weight_shapes()]
    return {f"weight/{i:03}/{layer.name}/{name}": getattr(layer, name) for i, (layer, name) in enumerate(places)}


def weight_names(arrays) -> list[str]:
    return sorted(name for name in arrays if name.startswith("weight/"))


def write(path: Path, head: dict, arrays: dict, overwrite: bool) -> None:
    """Write a file that is, at every moment, the old one or the new one, never half of it."""
    if path.exists() and not overwrite:
        raise FileExistsError(f"{str(path)!r} is there already. Give another name, or overwrite=True.")
    text = np.array(json.dumps({"format": FORMAT} | head))
    temporary = path.with_name(f".{path.stem}-{os.getpid()}.npz")
    try:
        with open(temporary, "wb") as file:
            np.savez(file, head=text, **arrays)
        os.replace(temporary, path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def read(path: Path) -> tuple[dict, dict]:
    """The head and the arrays of a file, or a ValueError if it is none of ours."""
    from zipfile import BadZipFile  # not above: it costs ten milliseconds of every first import

    try:
        with np.load(path, allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
        head = json.loads(str(arrays.pop("head")))
    except FileNotFoundError:
        raise
    except (OSError, ValueError, KeyError, EOFError, BadZipFile) as problem:
        raise ValueError(f"{str(path)!r} is not a file that this package has saved ({problem}).") from None
    if head.get("format") != FORMAT:
        raise ValueError(f"{str(path)!r} is of format {head.get('format')}; this version reads format {FORMAT}.")
    return head, arrays
