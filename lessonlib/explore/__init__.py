"""Live explorers: each really trains at every move of a slider. The training is a pure function, the widget is thin."""

from lessonlib.explore.bowl import bowl_explorer
from lessonlib.explore.budget import budget_explorer
from lessonlib.explore.fit import fit_explorer
from lessonlib.explore.optimizers import optimizer_explorer
from lessonlib.explore.sabotage import sabotage_explorer
from lessonlib.explore.schedules import schedule_explorer
from lessonlib.explore.stepper import stepper
from lessonlib.explore.stopping import stopping_explorer

__all__ = [
    "bowl_explorer",
    "budget_explorer",
    "fit_explorer",
    "optimizer_explorer",
    "sabotage_explorer",
    "schedule_explorer",
    "stepper",
    "stopping_explorer",
]
