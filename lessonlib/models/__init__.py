"""Models, and models from files and configurations."""

from lessonlib import model_file
from lessonlib.model_file import save_model
from lessonlib.models.model import Model
from lessonlib.models.sequential import Sequential

__all__ = ["Model", "Sequential", "clone_model", "load_model", "model_from_json", "save_model"]

KINDS = {"Model": Model, "Sequential": Sequential}


def load_model(filepath, custom_objects=None, compile=True, safe_mode=True) -> Model:
    """The model that `model.save` has written, ready to go on training.

    Args:
        filepath: the file, `.keras` or `.npz`; one of this package, for Keras's own format is another.
        custom_objects: {name: class or function} of all that is your own: layers, losses, metrics, activations, ….
        compile: False leaves out loss, metrics and optimizer.
        safe_mode: accepted for Keras's sake; loading is always safe.

    Raises:
        ValueError: there is no such file, or it is not one of a model.
    """
    head, arrays = model_file.read_model(filepath)
    model = KINDS[head.get("kind", "Sequential")].from_config(head["model"], custom_objects)
    model_file.restore(model, head, arrays, compile, custom_objects or {})
    return model


def clone_model(model) -> Model:
    """A model of the same layers, with new weights; where the model is compiled, it is compiled in the same way."""
    import copy

    clone = type(model).from_config(model.get_config(), {type(layer).__name__: type(layer) for layer in model.leaves})
    if model.compiled:
        settings = model.optimizer.get_config()
        if not isinstance(settings.get("learning_rate", 0.0), float):  # a function of one's own has but a name there
            settings["learning_rate"] = copy.deepcopy(model.optimizer._given)
        optimizer = type(model.optimizer).from_config(settings)
        loss = copy.deepcopy(model_file.loss_asked(model))
        metrics, weighted = copy.deepcopy(model._metrics_asked)
        clone.compile(optimizer, loss, metrics=metrics, weighted_metrics=weighted)
    return clone


def model_from_json(json_string: str, custom_objects=None) -> Model:
    """A model of the layers that `to_json` described, with new weights.

    >>> from lessonlib.layers import Dense, Input
    >>> model_from_json(Sequential([Input((3,)), Dense(2)]).to_json()).count_params()
    8
    """
    import json

    written = json.loads(json_string)
    return KINDS[written["class_name"]].from_config(written["config"], custom_objects)
