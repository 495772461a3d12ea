"""The hooks, those who keep and print what a training shows, and the list that calls them all."""

from lessonlib import utils
from lessonlib.progress import Progbar


class Callback:
    """Write a subclass and override the hooks you need; `self.model` is the model in training.

    `logs` holds the running means so far (`loss`, `accuracy`, …) and, at the end of an epoch, also the
    `val_` values. All callbacks share it. Setting `self.model.stop_training = True` ends the training
    after the running batch. The order of a training of one epoch:

        train_begin, epoch_begin, (train_batch_begin, train_batch_end)…,
        test_begin, (test_batch_begin, test_batch_end)…, test_end, epoch_end, train_end
    """

    model = None
    params = None  # {"verbose": …, "epochs": …, "steps": …}

    def set_model(self, model):
        self.model = model

    def set_params(self, params):
        self.params = params

    def on_train_begin(self, logs=None): ...
    def on_train_end(self, logs=None): ...
    def on_epoch_begin(self, epoch, logs=None): ...
    def on_epoch_end(self, epoch, logs=None): ...
    def on_batch_begin(self, batch, logs=None): ...  # older names of on_train_batch_begin and …_end
    def on_batch_end(self, batch, logs=None): ...

    def on_train_batch_begin(self, batch, logs=None):
        self.on_batch_begin(batch, logs)

    def on_train_batch_end(self, batch, logs=None):
        self.on_batch_end(batch, logs)

    def on_test_begin(self, logs=None): ...
    def on_test_end(self, logs=None): ...
    def on_test_batch_begin(self, batch, logs=None): ...
    def on_test_batch_end(self, batch, logs=None): ...
    def on_predict_begin(self, logs=None): ...
    def on_predict_end(self, logs=None): ...
    def on_predict_batch_begin(self, batch, logs=None): ...
    def on_predict_batch_end(self, batch, logs=None): ...


class History(Callback):
    """What `fit` returns: `history.history["loss"]` has one number for each epoch, and so for every metric."""

    def __init__(self):
        self.history = {}

    def on_train_begin(self, logs=None):
        self.epoch = []

    def on_epoch_end(self, epoch, logs=None):
        self.epoch.append(epoch)
        for name, value in (logs or {}).items():
            self.history.setdefault(name, []).append(value)
        self.model.history = self


class ProgbarLogger(Callback):
    """Keras's progress output. verbose=1: a bar that is redrawn in place; verbose=2: one line an epoch."""

    in_fit = False  # then the evaluations are its validations, and have no line of their own

    def set_params(self, params):
        super().set_params(params)
        if params["verbose"] == 1:  # else there is nothing to do at a batch, and its logs need not be computed
            self.on_train_batch_end = self.on_predict_batch_end = self.draw

    def draw(self, batch, logs=None):
        self.bar.update(batch + 1, logs)

    def start(self):
        self.bar = Progbar(self.params["steps"], self.params["verbose"])

    def on_train_begin(self, logs=None):
        self.in_fit = True

    def on_epoch_begin(self, epoch, logs=None):
        if self.params["verbose"] and self.params["epochs"] > 1:
            print(f"Epoch {epoch + 1}/{self.params['epochs']}")
        self.start()

    def on_epoch_end(self, epoch, logs=None):
        self.bar.finish(logs)

    def on_test_begin(self, logs=None):
        if not self.in_fit:
            self.start()
            if self.params["verbose"] == 1:
                self.on_test_batch_end = self.draw

    def on_test_end(self, logs=None):
        if not self.in_fit:
            self.bar.finish(logs)

    def on_predict_begin(self, logs=None):
        self.start()

    def on_predict_end(self, logs=None):
        self.bar.finish()


class LambdaCallback(Callback):
    """A callback from functions: `LambdaCallback(on_epoch_end=lambda epoch, logs: print(epoch, logs["loss"]))`."""

    def __init__(self, **hooks):
        vars(self).update({hook: function for hook, function in hooks.items() if function is not None})


class CallbackList:
    """The callbacks of one `fit`, in the order of their calls: the caller's, then History, then the progress output.

    It has every hook of `Callback`, and passes it on to those who have something to do there. For `logs` it also
    takes a function, which is called only if somebody listens.

    Args:
        callbacks: a callback or a list of them.
        model, params: given to each; `params` may also be given one by one (verbose=…, epochs=…, steps=…).
        add_history, add_progbar: whether to add these two where they are missing; the second if verbose is not 0.

    Raises:
        ValueError: an entry is not a `Callback`, or verbose is none of "auto", 0, 1, 2.
    """

    def __init__(self, callbacks=None, model=None, params=None, add_history=True, add_progbar=None, **more):
        callbacks = list(callbacks or []) if isinstance(callbacks, (list, tuple, type(None))) else [callbacks]
        for callback in callbacks:
            if not isinstance(callback, Callback):
                raise ValueError(f"`callbacks` takes a list of Callback objects. Received: {callback!r}.")
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
