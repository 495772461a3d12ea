"""Callbacks that watch the numbers of the training and act on them: stop it, or change the learning rate."""

import math
import warnings

import numpy as np

from lessonlib.callbacks.callback import Callback


class TerminateOnNaN(Callback):
    """Stop as soon as the loss is not a finite number; with `raise_error`, by a RuntimeError."""

    def __init__(self, raise_error=False):
        self.raise_error = raise_error

    def on_batch_end(self, batch, logs=None):
        loss = (logs or {}).get("loss")
        if loss is None or math.isfinite(loss):
            return
        if self.raise_error:
            raise RuntimeError(
                f"NaN or Inf loss encountered at batch {batch}. Loss value: {loss}. Terminating training immediately. "
                "A smaller learning rate is the usual remedy."
            )
        print(f"Batch {batch}: Invalid loss, terminating training")
        self.model.stop_training = True


class LearningRateScheduler(Callback):
    """Set the learning rate at the beginning of every epoch, and put it into the history as `learning_rate`.

    Args:
        schedule: a function of the epoch (0, 1, …) and the present rate, or of the epoch alone; it returns a float.
        verbose: 1 says so in every epoch.
    """

    def __init__(self, schedule, verbose=0):
        self.schedule, self.verbose = schedule, verbose

    def on_epoch_begin(self, epoch, logs=None):
        try:
            rate = self.schedule(epoch, float(self.model.optimizer.learning_rate))
        except TypeError:  # it takes the epoch only
            rate = self.schedule(epoch)
        if not isinstance(rate, (float, np.floating)):
            raise ValueError(f"The output of the `schedule` function should be a float. Got: {rate!r}")
        self.model.optimizer.learning_rate = rate
        if self.verbose > 0:
            print(f"\nEpoch {epoch + 1}: LearningRateScheduler setting learning rate to {rate}.")

    def on_epoch_end(self, epoch, logs=None):
        if logs is not None:
            logs["learning_rate"] = float(self.model.optimizer.learning_rate)


class MonitorCallback(Callback):
    """What those have in common that watch one number of the logs: is it better than the best so far?"""

    def __init__(self, monitor, mode, min_delta=0):
        if mode not in ("auto", "min", "max"):
            warnings.warn(f"{type(self).__name__} mode {mode!r} is unknown, fallback to auto mode.", stacklevel=3)
            mode = "auto"
        self.monitor, self.mode, self.min_delta = monitor, mode, abs(min_delta)

    def monitored(self, logs: dict, warning: str):
        """The number that is watched, or None and a warning where the logs lack it."""
        self.direction()
        if self.monitor not in logs:
            warnings.warn(
                f"{warning} conditioned on metric `{self.monitor}` which is not available. "
                f"Available metrics are: {','.join(logs)}" + "." * warning.endswith("is"),
                stacklevel=3,
            )
        value = logs.get(self.monitor)
        if np.ndim(value):
            raise ValueError(
                f"{type(self).__name__} compares one number with another, but {self.monitor} is an array: {value}. "
                "Watch a metric that says one number, such as F1Score(average='macro')."
            )
        return value

    def better(self, value, than) -> bool:
        """Whether `value` is an improvement by more than min_delta."""
        if than is None:
            return True
        return value - self.min_delta > than if self.direction() == "up" else value + self.min_delta < than

    def direction(self) -> str:
        """Where better is: "up" for an accuracy, "down" for a loss."""
        name = self.monitor.removeprefix("val_")
        if self.mode == "auto" and name != "loss":
            for metric in self.model.metrics or ():
                if metric.name == name and hasattr(metric, "_direction"):
                    return metric._direction
            raise ValueError(
                f"{type(self).__name__} callback received monitor={self.monitor}, and it is not known whether that "
                "metric should be maximized or minimized. Pass mode='max' if more is better, or mode='min'."
            )
        return "up" if self.mode == "max" else "down"


class EarlyStopping(MonitorCallback):
    """Stop when the monitored number has not improved for `patience` epochs.

    Args:
        monitor: the name of a number of the logs.
        min_delta: an improvement by less counts as none.
        patience: how many epochs in a row may fail to improve; 0 and 1 both stop at the first one.
        verbose: 1 says when and why.
        mode: "min", "max", or "auto": by the metric.
        baseline: the number must be better than this, too.
        restore_best_weights: at the end, go back to the weights of the best epoch (also if it never stopped).
        start_from_epoch: the first epochs are not watched.
    """

    def __init__(self, monitor="val_loss", min_delta=0, patience=0, verbose=0, mode="auto", baseline=None,
                 restore_best_weights=False, start_from_epoch=0):  # fmt: skip
        super().__init__(monitor, mode, min_delta)
        self.patience, self.verbose, self.baseline = patience, verbose, baseline
        self.restore_best_weights, self.start_from_epoch = restore_best_weights, start_from_epoch

    def on_train_begin(self, logs=None):
        self.wait = self.stopped_epoch = self.best_epoch = 0
        self.best = self.best_weights = None

    def on_epoch_end(self, epoch, logs=None):
        value = self.monitored(logs or {}, "Early stopping")
        if value is None or epoch < self.start_from_epoch:
            return
        self.wait += 1
        improved = self.better(value, self.best)
        if improved or (self.restore_best_weights and self.best_weights is None):
            self.best_epoch = epoch
            self.best_weights = self.model.get_weights() if self.restore_best_weights else None
        if improved:
            self.best = value
            if self.baseline is None or self.better(value, self.baseline):
                self.wait = 0
        elif self.wait >= self.patience:
            self.stopped_epoch = epoch
            self.model.stop_training = True

    def on_train_end(self, logs=None):
        if self.stopped_epoch > 0 and self.verbose > 0:
            print(f"Epoch {self.stopped_epoch + 1}: early stopping")
        if self.best_weights is not None:
            if self.verbose > 0:
                print(f"Restoring model weights from the end of the best epoch: {self.best_epoch + 1}.")
            self.model.set_weights(self.best_weights)


class ReduceLROnPlateau(MonitorCallback):
    """Multiply the learning rate by `factor` when the monitored number has not improved for `patience` epochs.

    After a reduction, `cooldown` epochs are not counted; the rate never falls below `min_lr`. The rate stands in the
    history as `learning_rate`.
    Differs from PyTorch: there the rate falls one epoch later for the same patience, and min_delta is a share.
    """

    def __init__(self, monitor="val_loss", factor=0.1, patience=10, verbose=0, mode="auto", min_delta=1e-4, cooldown=0,
                 min_lr=0.0):  # fmt: skip
        super().__init__(monitor, mode, min_delta)
        if factor >= 1.0:
            raise ValueError(f"ReduceLROnPlateau does not support a factor >= 1.0. Received factor={factor}")
        self.factor, self.patience, self.verbose = factor, patience, verbose
        self.cooldown, self.min_lr = cooldown, min_lr

    def on_train_begin(self, logs=None):
        self.best, self.wait, self.cooldown_counter = None, 0, 0

    def on_epoch_end(self, epoch, logs=None):
        logs = {} if logs is None else logs
        rate = logs["learning_rate"] = float(self.model.optimizer.learning_rate)
        value = self.monitored(logs, "Learning rate reduction is")
        if value is None:
            return
        if self.cooldown_counter > 0:
            self.cooldown_counter -= 1
        if self.better(value, self.best):
            self.best, self.wait = value, 0
        elif self.cooldown_counter == 0:
            self.wait += 1
            if self.wait >= self.patience and rate > np.float32(self.min_lr):
                reduced = max(rate * self.factor, self.min_lr)
                self.model.optimizer.learning_rate = reduced
                if self.verbose > 0:
                    print(f"\nEpoch {epoch + 1}: ReduceLROnPlateau reducing learning rate to {reduced}.")
                self.wait, self.cooldown_counter = 0, self.cooldown
