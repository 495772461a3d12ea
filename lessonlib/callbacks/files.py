"""Callbacks that write files: checkpoints, a backup to go on from, a table of the epochs."""

import os
import warnings

import numpy as np

from lessonlib import model_file, utils
from lessonlib.callbacks.callback import Callback
from lessonlib.callbacks.watching import MonitorCallback


class SavingCallback(Callback):
    """What those have in common that `save(epochs, batch, logs)`: after every epoch, or every `save_freq` batches."""

    def set_frequency(self, save_freq):
        if save_freq != "epoch":
            utils.check_whole_number(save_freq, "save_freq")
            self.on_train_batch_end = self.after_batch
        self.save_freq, self.seen = save_freq, 0

    def on_epoch_begin(self, epoch, logs=None):
        self.epoch = epoch

    def after_batch(self, batch, logs=None):
        self.seen += 1
        if self.seen % self.save_freq == 0:
            self.save(self.epoch, batch, logs or {})

    def on_epoch_end(self, epoch, logs=None):
        if self.save_freq == "epoch":
            self.save(epoch + 1, None, logs or {})


class ModelCheckpoint(SavingCallback, MonitorCallback):
    """Save the model, or its weights, at the end of every epoch.

    Args:
        filepath: the file; `{epoch}` and names of the logs are filled in: "at-{epoch:02d}-{val_loss:.2f}.keras".
        monitor, mode: which number `save_best_only` compares, and which way.
        verbose: 1 says so.
        save_best_only: only after an improvement.
        save_weights_only: `model.save_weights` instead of `model.save`.
        save_freq: "epoch", or a number of batches (then `{batch}` can be filled in, too).
        initial_value_threshold: what the first value must be better than.
    """

    def __init__(self, filepath, monitor="val_loss", verbose=0, save_best_only=False, save_weights_only=False,
                 mode="auto", save_freq="epoch", initial_value_threshold=None):  # fmt: skip
        super().__init__(monitor, mode)
        # A wrong ending is told here, not after the first epoch.
        model_file.path_of(filepath, ".weights.h5" if save_weights_only else ".keras")
        self.filepath, self.verbose, self.best = str(filepath), verbose, initial_value_threshold
        self.save_best_only, self.save_weights_only = save_best_only, save_weights_only
        self.set_frequency(save_freq)

    def save(self, epochs, batch, logs: dict) -> None:
        self.direction()
        numbers = {"epoch": self.epoch + 1} | ({} if batch is None else {"batch": batch + 1})
        try:
            path = self.filepath.format(**numbers | logs)
        except KeyError as missing:
            raise KeyError(
                f"Failed to format this callback filepath: {self.filepath!r}. Reason: {missing} is none of "
                f"{', '.join(numbers | logs)}."
            ) from None
        if not self.wanted(logs, path):
            return
        make_folder(path)
        (self.model.save_weights if self.save_weights_only else self.model.save)(path)
        self.say(f"finished saving model to {path}")

    def wanted(self, logs: dict, path: str) -> bool:
        if not self.save_best_only:
            self.say(f"saving model to {path}")
            return True
        value, best = logs.get(self.monitor), self.best
        if value is None:
            warnings.warn(f"Can save best model only with {self.monitor} available.", stacklevel=4)
            return True
        if np.ndim(value):
            warnings.warn(f"Can save best model only when {self.monitor} is one number. It is {value}.", stacklevel=4)
            return True
        from_best = f"from {'None' if best is None else f'{best:.5f}'}"
        if not self.better(value, best):
            self.say(f"{self.monitor} did not improve {from_best}")
            return False
        self.say(f"{self.monitor} improved {from_best} to {value:.5f}, saving model to {path}")
        self.best = value
        return True

    def say(self, text: str) -> None:
        if self.verbose > 0:
            print(f"\nEpoch {self.epoch + 1}: {text}")


class BackupAndRestore(SavingCallback):
    """Go on where an interrupted `fit` stopped: call the same `fit` again, with the same folder.

    At the end of every epoch (or every `save_freq` batches) the weights, the optimizer's memory, the state of the
    random numbers and the number of the epoch are written to a file in `backup_dir`. A finished training removes it,
    unless `delete_checkpoint` is False. The file is replaced in one piece, so that `double_checkpoint` needs nothing.
    """

    def __init__(self, backup_dir, save_freq="epoch", double_checkpoint=False, delete_checkpoint=True):
        if not backup_dir:
            raise ValueError("Empty `backup_dir` argument passed; it is the folder where the backup is kept.")
        self.file, self.delete_checkpoint = os.path.join(backup_dir, "backup.npz"), delete_checkpoint
        self.set_frequency(save_freq)

    def on_train_begin(self, logs=None):
        if os.path.exists(self.file):
            head, arrays = model_file.read(self.file)
            model_file.restore_state(self.model, head, arrays)
            self.model._initial_epoch = head["epoch"]

    def save(self, epochs, batch, logs) -> None:
        make_folder(self.file)
        head, arrays = model_file.training_state(self.model)
        model_file.write(self.file, head | {"epoch": epochs}, arrays)

    def on_train_end(self, logs=None):
        if self.delete_checkpoint and os.path.exists(self.file):
            os.remove(self.file)
            if not os.listdir(os.path.dirname(self.file)):
                os.rmdir(os.path.dirname(self.file))


def make_folder(file) -> None:
    os.makedirs(os.path.dirname(os.path.abspath(file)), exist_ok=True)


class CSVLogger(Callback):
    """Write a row for every epoch to a CSV file: the epoch, then the logs in alphabetical order."""

    def __init__(self, filename, separator=",", append=False):
        self.filename, self.separator, self.append = filename, separator, append

    def on_train_begin(self, logs=None):
        self.header = not (self.append and os.path.exists(self.filename) and os.path.getsize(self.filename))
        self.file = open(self.filename, "a" if self.append else "w", newline="", encoding="utf-8")
        self.keys = None

    def on_epoch_end(self, epoch, logs=None):
        logs = logs or {}
        if self.keys is None:
            self.keys = sorted(logs)
            if not any(key.startswith("val_") for key in self.keys):  # perhaps a later epoch is validated
                self.keys += [f"val_{key}" for key in self.keys]
            import csv  # here: every import of the package would wait for it

            self.writer = csv.writer(self.file, delimiter=self.separator)
            if self.header:
                self.writer.writerow(["epoch", *self.keys])
        values = (logs.get(key, "NA") for key in self.keys)
        self.writer.writerow([epoch, *(f'"{value.tolist()}"' if np.ndim(value) else value for value in values)])
        self.file.flush()

    def on_train_end(self, logs=None):
        self.file.close()
