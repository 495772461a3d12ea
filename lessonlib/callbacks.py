"""Callbacks: what happens beside the training, at the start and end of the whole, of epochs and of batches."""

from lessonlib.progress import Progbar


class Callback:
    """Write a subclass and override the hooks you need; `self.model` is the model in training.

    `logs` holds the running means so far (`loss`, `accuracy`, …) and, at the end of an epoch, also the
    `val_` values. All callbacks share it. Setting `self.model.stop_training = True` ends the training
    after the running epoch.
    """

    model = None
    params = None  # {"verbose": …, "epochs": …, "steps": …}

    def on_train_begin(self, logs=None): ...

    def on_train_end(self, logs=None): ...

    def on_epoch_begin(self, epoch, logs=None): ...

    def on_epoch_end(self, epoch, logs=None): ...

    def on_train_batch_begin(self, batch, logs=None): ...

    def on_train_batch_end(self, batch, logs=None): ...


class History(Callback):
    """What `fit` returns: `history.history["loss"]` has one number for each epoch, and so for every metric."""

    def on_train_begin(self, logs=None):
        self.epoch = []
        self.history = {}

    def on_epoch_end(self, epoch, logs=None):
        self.epoch.append(epoch)
        for name, value in (logs or {}).items():
            self.history.setdefault(name, []).append(value)


class ProgbarLogger(Callback):
    """Keras's progress output. verbose=1: a bar that is redrawn in place; verbose=2: one line an epoch."""

    def on_epoch_begin(self, epoch, logs=None):
        if self.params["epochs"] > 1:
            print(f"Epoch {epoch + 1}/{self.params['epochs']}")
        self.bar = Progbar(self.params["steps"], self.params["verbose"])

    def on_train_batch_end(self, batch, logs=None):
        self.bar.update(batch + 1, logs)

    def on_epoch_end(self, epoch, logs=None):
        self.bar.finish(logs)


class CallbackList:
    """The callbacks of one `fit`, in the order of their calls: the caller's, then History, then the progress output.

    Raises:
        ValueError: an entry is not a `Callback`.
    """

    def __init__(self, callbacks, model, params: dict):
        callbacks = [callbacks] if isinstance(callbacks, Callback) else list(callbacks or [])
        for callback in callbacks:
            if not isinstance(callback, Callback):
                raise ValueError(
                    f"`callbacks` takes a list of Callback objects. Received: {callback!r} of type "
                    f"{type(callback).__name__}."
                )
        histories = [callback for callback in callbacks if isinstance(callback, History)]
        self.history = histories[0] if histories else History()
        if not histories:
            callbacks.append(self.history)
        if params["verbose"] and not any(isinstance(callback, ProgbarLogger) for callback in callbacks):
            callbacks.append(ProgbarLogger())
        for callback in callbacks:
            callback.model, callback.params = model, params
        self.callbacks = callbacks
        # Most callbacks have nothing to do at a batch, and logs for nobody are not worth computing.
        self.at_batch_begin = [c for c in callbacks if overrides(c, "on_train_batch_begin")]
        self.at_batch_end = [c for c in callbacks if overrides(c, "on_train_batch_end")]

    def on_train_begin(self):
        for callback in self.callbacks:
            callback.on_train_begin({})

    def on_train_end(self, logs):
        for callback in self.callbacks:
            callback.on_train_end(logs)

    def on_epoch_begin(self, epoch):
        for callback in self.callbacks:
            callback.on_epoch_begin(epoch, {})

    def on_epoch_end(self, epoch, logs):
        for callback in self.callbacks:
            callback.on_epoch_end(epoch, logs)

    def on_train_batch_begin(self, batch):
        for callback in self.at_batch_begin:
            callback.on_train_batch_begin(batch, {})

    def on_train_batch_end(self, batch, logs):
        for callback in self.at_batch_end:
            callback.on_train_batch_end(batch, logs)


def overrides(callback: Callback, hook: str) -> bool:
    """Whether `callback` has its own version of the hook."""
    return getattr(type(callback), hook) is not getattr(Callback, hook) or hook in vars(callback)
