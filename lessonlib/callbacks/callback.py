"""The hooks, and the two simplest callbacks."""


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

    batches = 0  # of the last epoch: fewer than params["steps"] where `stop_training` has cut it short

    def __init__(self):
        self.history = {}

    def on_train_begin(self, logs=None):
        self.epoch = []

    def on_epoch_end(self, epoch, logs=None):
        self.epoch.append(epoch)
        for name, value in (logs or {}).items():
            self.history.setdefault(name, []).append(value)
        self.model.history = self


class LambdaCallback(Callback):
    """A callback from functions: `LambdaCallback(on_epoch_end=lambda epoch, logs: print(epoch, logs["loss"]))`."""

    def __init__(self, **hooks):
        vars(self).update({hook: function for hook, function in hooks.items() if function is not None})
