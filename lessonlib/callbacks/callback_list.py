"""The list that calls the callbacks of one `fit`, `evaluate` or `predict`."""

from lessonlib import utils
from lessonlib.callbacks.callback import Callback, History
from lessonlib.callbacks.progress import ProgbarLogger


class CallbackList:
    """The callbacks of one `fit`, in the order of their calls: the caller's, then History, then the progress output.

    It has every hook of `Callback`, and passes it on to those who have something to do there. For `logs` it also
    takes a function, which is called only if somebody listens.

    Args:
        callbacks: a callback or a list of them.
        model, params: given to each; `params` may also be given one by one (verbose=…, epochs=…, steps=…).
        add_history, add_progbar: whether to add these two where they are missing; the second if verbose is not 0.

    Raises:
        TypeError: an entry is not a `Callback`.
        ValueError: verbose is none of "auto", 0, 1, 2.
    """

    def __init__(self, callbacks=None, model=None, params=None, add_history=True, add_progbar=None, **more):
        callbacks = list(callbacks or []) if isinstance(callbacks, (list, tuple, type(None))) else [callbacks]
        for callback in callbacks:
            if not isinstance(callback, Callback):
                raise TypeError(f"`callbacks` takes a list of Callback objects. Received: {callback!r}.")
        params = {"verbose": 0, "epochs": 1, "steps": None} | (params or {}) | more
        utils.check_choice("verbose", params["verbose"], ("auto", 0, 1, 2))
        if params["verbose"] == "auto":
            params["verbose"] = 1
        for kind, wanted in ((History, add_history), (ProgbarLogger, params["verbose"] and add_progbar is not False)):
            if wanted and not any(isinstance(callback, kind) for callback in callbacks):
                callbacks.append(kind())
        self.history = next((callback for callback in callbacks if isinstance(callback, History)), None)
        for callback in callbacks:
            callback.set_model(model)
            callback.set_params(params)
        self.callbacks, self.params, self.model = callbacks, params, model
        self.listening = {}  # hook of a batch -> who listens to it

    def listen(self, kind: str) -> bool:
        """Find out who has something to do at the batches of "train_batch", "test_batch" or "predict_batch"."""
        for hook in (f"on_{kind}_begin", f"on_{kind}_end"):
            older = hook.replace("on_train_batch", "on_batch")
            self.listening[hook] = [one for one in self.callbacks if overrides(one, hook) or overrides(one, older)]
        return any(self.listening[f"on_{kind}_{at}"] for at in ("begin", "end"))


def overrides(callback: Callback, hook: str) -> bool:
    """Whether `callback` has its own version of the hook."""
    return getattr(type(callback), hook) is not getattr(Callback, hook) or hook in vars(callback)


def passed_on(hook: str):
    """The hook of `CallbackList`: a function that calls those of the callbacks."""

    def call(self, *arguments):
        *number, logs = arguments if len(arguments) > ("batch" in hook or "epoch" in hook) else (*arguments, {})
        listening = self.listening.get(hook, self.callbacks)
        logs = logs() if callable(logs) and listening else logs
        for callback in listening:
            getattr(callback, hook)(*number, {} if logs is None else logs)

    return call


for _hook in [name for name in vars(Callback) if name.startswith("on_") and "on_batch" not in name]:
    setattr(CallbackList, _hook, passed_on(_hook))
