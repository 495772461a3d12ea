"""Looking into a training: are the gradients right, what flows through the layers, which learning rate, which surface.

Each function leaves the model as it was, and returns plain data, which has a `plot()`.
"""

from lessonlib.diagnosis.gradients import GradientCheck, check_gradients
from lessonlib.diagnosis.rate import RateSearch, find_learning_rate
from lessonlib.diagnosis.statistics import LayerStatistics, Statistics, layer_statistics
from lessonlib.diagnosis.surface import Surface, loss_surface

__all__ = [
    "GradientCheck", "LayerStatistics", "RateSearch", "Statistics", "Surface", "check_gradients",
    "find_learning_rate", "layer_statistics", "loss_surface",
]  # fmt: skip
