"""Points taken off for lateness, by nbgrader's own plugins and its own settings in nbgrader_config.py.

    c.LateSubmissionPlugin.penalty_method = "zero"            # or "none", which is the default
    c.AssignLatePenalties.plugin_class = "hourly.Hourly"      # or a plugin of one's own, in the file hourly.py

Due dates and the extensions of single students stand in the gradebook.
"""

import functools
import math
import re
import sys

WRITTEN = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[ T][0-9:.]{5,20} ?([+-][0-9:]{2,5}|[A-Za-z_]{1,40}(/[A-Za-z0-9_+-]{1,40})*)?"
)


class NoPenalty(Exception):
    """What is to be taken off cannot be told; the message says why."""


def when(text):
    """The time in a timestamp.txt of nbgrader's exchange, in UTC; None when it holds none.

    >>> when("2030-01-10 12:00:00.000000 UTC"), when("noon")
    (datetime.datetime(2030, 1, 10, 12, 0), None)
    """
    from nbgrader.utils import parse_utc

    if not WRITTEN.fullmatch(text):  # what names a time zone is else looked up as a file, wherever it leads
        return None
    try:
        return parse_utc(text)
    except Exception:  # ValueError, OverflowError, decimal.InvalidOperation and what else dateutil comes upon
        return None


class Penalties:
    """The plugin that nbgrader_config.py of the course at `root` names, or `config` where that is read already.

    It is loaded when the first submission is late, because it costs as much time as grading many.
    """

    def __init__(self, root, config=None):
        self.root = root
        self.config = config

    @functools.cached_property
    def plugin(self):
        """nbgrader's object that knows how much. Raises NoPenalty when it cannot be made."""
        from nbgrader.preprocessors import AssignLatePenalties
        from traitlets.config import PyFileConfigLoader

        if str(self.root) not in sys.path:
            sys.path.append(str(self.root))  # where nbgrader finds a plugin of one's own, too
        try:
            if self.config is None:
                self.config = PyFileConfigLoader("nbgrader_config.py", path=str(self.root)).load_config()
            step = AssignLatePenalties(config=self.config)
            step.init_plugin()
            return step.plugin_inst
        except Exception as error:
            raise NoPenalty(f"nbgrader_config.py, the plugin for late submissions: {error}") from error

    def of(self, student, score, seconds):
        """The points to be taken off `score`, from 0 to all, or None. Raises NoPenalty when the plugin fails."""
        if seconds <= 0:
            return None
        try:
            penalty = self.plugin.late_submission_penalty(student, score, seconds)
            if penalty is not None and math.isnan(penalty):
                raise ValueError("nan")
        except NoPenalty:
            raise
        except Exception as error:
            raise NoPenalty(
                f"the plugin {type(self.plugin).__name__} gave no penalty for {student!r} with {score:g} points, "
                f"{seconds:.0f} s late: {type(error).__name__}: {error}"
            ) from error
        return None if penalty is None else min(max(float(penalty), 0.0), float(score))
