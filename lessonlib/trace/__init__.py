"""The trace of a model's pipeline: what happens to the data, to the loss and to one row, in this very run.

`data_flow`, `lines`, `optimizer`, `prediction`, `rates`, `steps` and `training` return plain data.
Shown in a notebook they are pictures, printed they are text, and `training(...).plot()` is a figure.
"""

from lessonlib.trace.flow import data_flow
from lessonlib.trace.lines import lines
from lessonlib.trace.optimizer import optimizer
from lessonlib.trace.prediction import prediction
from lessonlib.trace.rates import rates
from lessonlib.trace.steps import steps
from lessonlib.trace.training import training

__all__ = ["data_flow", "lines", "optimizer", "prediction", "rates", "steps", "training"]
