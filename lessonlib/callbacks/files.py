"""Callbacks that write files: checkpoints, a backup to go on from, a table of the epochs."""

import csv
import warnings
from pathlib import Path

from lessonlib import saving
from lessonlib.callbacks.callback import Callback
from lessonlib.callbacks.watching import MonitorCallback


class EveryNBatches:
    """Whether another `save_freq` batches have been seen; "epoch" is never."""

    def __init__(self, save_freq):
        if save_freq != "epoch" and not isinstance(save_freq, int):
            raise ValueError(
                f"Unrecognized save_freq: {save_freq!r}. Expected save_freq are 'epoch' or integer values: batches."
            )
        self.save_freq, self.seen = save_freq, 0

    def due(self) -> bool:
        self.seen += 1
        if self.save_freq == "epoch" or self.seen < self.save_freq:
            return False
        self.seen = 0
        return True


class ModelCheckpoint(MonitorCallback):
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
        saving.path_of(
            filepath, ".weights.h5" if save_weights_only else ".keras"
        )  # a wrong ending is told here, not after the first epoch
        self.filepath, self.verbose, self.best = str(filepath), verbose, initial_value_threshold
        self.save_best_only, self.save_weights_only = save_best_only, save_weights_only
        self.save_freq, self.batches = save_freq, EveryNBatches(save_freq)

    def on_epoch_begin(self, epoch, logs=None):
        self.epoch = epoch

    def on_train_batch_end(self, batch, logs=None):
        if self.batches.due():
            self.save({"epoch": self.epoch + 1, "batch": batch + 1}, logs or {})

    def on_epoch_end(self, epoch, logs=None):
        self.direction()
        if self.save_freq == "epoch":
            self.save({"epoch": epoch + 1}, logs or {})

    def save(self, numbers: dict, logs: dict) -> None:
        try:
            path = self.filepath.format(**numbers | logs)
        except KeyError as missing:
            raise KeyError(
                f"Failed to format this callback filepath: {self.filepath!r}. Reason: {missing} is none of "
                f"{', '.join(numbers | logs)}."
            ) from None
        if not self.wanted(logs, path):
            return
        Path(path).parent.mkdir(parents=True, exist_ok=True)
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


class BackupAndRestore(Callback):
    """Go on where an interrupted `fit` stopped: call the same `fit` again, with the same folder.

    At the end of every epoch (or every `save_freq` batches) the weights, the optimizer's memory, the state of the
    random numbers and the number of the epoch are written to a file in `backup_dir`. A finished training removes it,
    unless `delete_checkpoint` is False. The file is replaced in one piece, so that `double_checkpoint` needs nothing.
    """

    def __init__(self, backup_dir, save_freq="epoch", double_checkpoint=False, delete_checkpoint=True):
        if not backup_dir:
            raise ValueError("Empty `backup_dir` argument passed; it is the folder where the backup is kept.")
        self.file, self.delete_checkpoint = Path(backup_dir, "backup.npz"), delete_checkpoint
        self.save_freq, self.batches = save_freq, EveryNBatches(save_freq)

    def on_train_begin(self, logs=None):
        self.epoch = 0
        if not self.file.exists():
            return
        head, arrays = saving.read(self.file)
        saving.restore_state(self.model, head, arrays)
        self.epoch = self.model._initial_epoch = head["epoch"]

    def on_epoch_begin(self, epoch, logs=None):
        self.epoch = epoch

    def on_train_batch_end(self, batch, logs=None):
        if self.batches.due():
            self.save()

    def on_epoch_end(self, epoch, logs=None):
        self.epoch = epoch + 1
        if self.save_freq == "epoch":
            self.save()

    def save(self) -> None:
        self.file.parent.mkdir(parents=True, exist_ok=True)
        head, arrays = saving.training_state(self.model)
        saving.write(self.file, head | {"epoch": self.epoch}, arrays)

    def on_train_end(self, logs=None):
        if self.delete_checkpoint and self.file.exists():
            self.file.unlink()
            if not any(self.file.parent.iterdir()):
                self.file.parent.rmdir()


class CSVLogger(Callback):
    """Write a row for every epoch to a CSV file: the epoch, then the logs in alphabetical order."""

    def __init__(self, filename, separator=",", append=False):
        self.filename, self.separator, self.append = Path(filename), separator, append

    def on_train_begin(self, logs=None):
        self.header = not (self.append and self.filename.exists() and self.filename.stat().st_size)
        self.file = open(self.filename, "a" if self.append else "w", newline="", encoding="utf-8")
        self.keys = None

    def on_epoch_end(self, epoch, logs=None):
        logs = logs or {}
        if self.keys is None:
            self.keys = sorted(logs)
            if not any(key.startswith("val_") for key in self.keys):  # perhaps a later epoch is validated
                self.keys += [f"val_{key}" for key in self.keys]
            self.writer = csv.writer(self.file, delimiter=self.separator)
            if self.header:
                self.writer.writerow(["epoch", *self.keys])
        self.writer.writerow([epoch, *(logs.get(key, "NA") for key in self.keys)])
        self.file.flush()

    def on_train_end(self, logs=None):
        self.file.close()
