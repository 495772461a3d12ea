"""Callbacks: what happens beside the training, at the start and end of the whole, of epochs and of batches."""

from lessonlib.lazy import names

_HOMES = {
    "BackupAndRestore": "files", "CSVLogger": "files", "Callback": "callback", "CallbackList": "callback_list",
    "EarlyStopping": "watching", "History": "callback", "LambdaCallback": "callback",
    "LearningRateScheduler": "watching", "LivePlot": "live_plot", "ModelCheckpoint": "files",
    "ProgbarLogger": "progress", "ReduceLROnPlateau": "watching", "TerminateOnNaN": "watching",
}  # fmt: skip
__all__ = sorted(_HOMES)
__getattr__, __dir__ = names(__name__, _HOMES)
