"""Callbacks: what happens beside the training, at the start and end of the whole, of epochs and of batches."""

from lessonlib.callbacks.callback import Callback, History, LambdaCallback
from lessonlib.callbacks.callback_list import CallbackList
from lessonlib.callbacks.files import BackupAndRestore, CSVLogger, ModelCheckpoint
from lessonlib.callbacks.live_plot import LivePlot
from lessonlib.callbacks.progress import ProgbarLogger
from lessonlib.callbacks.watching import EarlyStopping, LearningRateScheduler, ReduceLROnPlateau, TerminateOnNaN

__all__ = [
    "BackupAndRestore", "CSVLogger", "Callback", "CallbackList", "EarlyStopping", "History", "LambdaCallback",
    "LearningRateScheduler", "LivePlot", "ModelCheckpoint", "ProgbarLogger", "ReduceLROnPlateau", "TerminateOnNaN",
]  # fmt: skip
