"""Live explorers: each really trains at every move of a slider. The training is a pure function, the widget is thin."""

from lessonlib.explore.fit import fit_explorer
from lessonlib.explore.sabotage import sabotage_explorer

__all__ = ["fit_explorer", "sabotage_explorer"]
