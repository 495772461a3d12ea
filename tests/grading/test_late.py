"""Points taken off for lateness are those that nbgrader's own step takes off, for every plugin."""

import datetime

import pytest
from nbformat.v4 import new_notebook
from nbgrader.api import Gradebook
from nbgrader.preprocessors import AssignLatePenalties
from traitlets.config import Config, PyFileConfigLoader

from lessonlib.course import feedback, report
from lessonlib.grading import gradebook, late
from tests.grading.course import LESSON, Course

pytestmark = pytest.mark.filterwarnings("ignore")
DUE = datetime.datetime(2030, 1, 10, 12)
HOURS = {"intime": 0, "minute": 1 / 60, "hours": 3.5, "days": 50, "extended": 50}
PLUGIN = '''
from nbgrader.plugins import BasePlugin


class Hourly(BasePlugin):
    """Half a point an hour: after days, more than there are."""

    def late_submission_penalty(self, student_id, score, total_seconds_late):
        if total_seconds_late < 100:
            return -1.0
        return 0.5 * (total_seconds_late // 3600)
'''
SETTINGS = {
    "none": "",
    "zero": 'c.LateSubmissionPlugin.penalty_method = "zero"',
    "custom": 'c.AssignLatePenalties.plugin_class = "hourly.Hourly"',
}
TAKEN_OFF = {
    "none": dict.fromkeys(HOURS, 0.0),
    "zero": {"intime": 0.0, "minute": 4.0, "hours": 6.0, "days": 4.0, "extended": 0.0},
    "custom": {"intime": 0.0, "minute": 0.0, "hours": 1.5, "days": 4.0, "extended": 0.0},
}


def set_up(course):
    """Students who hand in at different times, and a due date with one extension."""
    (course.folder / "hourly.py").write_text(PLUGIN)
    for number, (student, hours) in enumerate(HOURS.items()):
        solved = () if number % 2 == 0 else ("split_rows", "epoch_loss")
        place = course.hand_in(student, course.solved(*solved))
        when = DUE + datetime.timedelta(hours=hours)
        (place / "timestamp.txt").write_text(f"{when:%Y-%m-%d %H:%M:%S.%f} UTC")
    (course.folder / "grading").mkdir(exist_ok=True)
    with book(course) as opened:
        opened.update_or_create_assignment(LESSON, duedate=DUE)
        opened.add_student("extended")
        opened.add_submission(LESSON, "extended", extension=datetime.timedelta(days=3))


def book(course):
    with gradebook._with_alembic():
        return Gradebook(f"sqlite:///{course.folder}/grading/gradebook.db", "training")


def penalties(course):
    """{student: late penalty} in the gradebook."""
    with book(course) as opened:
        found = {name: opened.find_submission_notebook(LESSON, LESSON, name) for name in HOURS}
        return {name: notebook.late_submission_penalty for name, notebook in found.items()}


def by_nbgrader(course):
    """The same after nbgrader's own step was at it."""
    config = PyFileConfigLoader("nbgrader_config.py", path=str(course.folder)).load_config()
    step = AssignLatePenalties(config=config)
    for student in HOURS:
        about = {"notebook": LESSON, "assignment": LESSON, "student": student}
        about["db_url"] = f"sqlite:///{course.folder}/grading/gradebook.db"
        step.preprocess(new_notebook(), {"nbgrader": about})
    return penalties(course)


def test_penalties_are_those_of_nbgrader_and_follow_settings_points_and_due_date(tmp_path):
    course = Course(tmp_path)
    set_up(course)
    config = (course.folder / "nbgrader_config.py").read_text("utf-8")
    for method, line in SETTINGS.items():
        (course.folder / "nbgrader_config.py").write_text(f"{config}\n{line}\n", "utf-8")
        code, said = course.grade()
        assert code == 0, said
        assert ("5 of them run now" in said) == (method == "none")  # only what is taken off has changed
        ours = penalties(course)
        assert {student: penalty or 0.0 for student, penalty in ours.items()} == TAKEN_OFF[method]
        assert by_nbgrader(course) == ours
        assert {name: course.record(name).penalty for name in HOURS} == TAKEN_OFF[method]

    assert course.record("hours").score == 4.5
    (table,) = [file for file in report.write(course.folder, LESSON) if file.suffix == ".csv"]
    assert "hours,graded,4.5," in table.read_text("utf-8") and ",1.5,\n" in table.read_text("utf-8")

    with book(course) as opened:  # a person gives less, and then two days more
        opened.find_grade("check_split_rows", LESSON, LESSON, "days").manual_score = 0.5
        opened.db.commit()
    assert course.grade()[0] == 0
    assert penalties(course)["days"] == 2.5 == by_nbgrader(course)["days"]
    with book(course) as opened:
        opened.find_submission(LESSON, "hours").extension = datetime.timedelta(days=2)
        opened.db.commit()
    assert course.grade()[0] == 0
    assert penalties(course)["hours"] is None is by_nbgrader(course)["hours"]
    assert course.record("hours").score == 6.0


def test_plugin_that_is_not_there_or_fails_stops_with_a_sentence(tmp_path):
    course = Course(tmp_path)
    set_up(course)
    for name, line, words in (
        ("gone", 'c.AssignLatePenalties.plugin_class = "gone.Gone"', "the plugin for late submissions"),
        ("broken", 'c.AssignLatePenalties.plugin_class = "broken.Broken"', "ZeroDivisionError"),
    ):
        (course.folder / "broken.py").write_text(PLUGIN.replace("Hourly", "Broken").replace("// 3600", "// 0"))
        with open(course.folder / "nbgrader_config.py", "a", encoding="utf-8") as file:
            file.write(f"\n{line}\n")
        code, said = course.grade()
        assert (code, words in said, "Traceback" in said) == (1, True, False), (name, said)


@pytest.mark.parametrize("penalty, taken", [(None, None), (-1, 0.0), (3, 3.0), (9, 8.0), (float("inf"), 8.0)])
def test_penalty_lies_between_nothing_and_all(penalty, taken):
    found = late.Penalties("/", Config())
    found.plugin = type("Plugin", (), {"late_submission_penalty": lambda *_: penalty})()
    assert found.of("ann", 8.0, 60.0) == taken
    assert found.of("ann", 8.0, 0.0) is None


@pytest.mark.parametrize("penalty", [float("nan"), "much"])
def test_penalty_that_is_no_number_is_told(penalty):
    found = late.Penalties("/", Config())
    found.plugin = type("Plugin", (), {"late_submission_penalty": lambda *_: penalty})()
    with pytest.raises(late.NoPenalty, match="gave no penalty for 'ann' with 8 points, 60 s late"):
        found.of("ann", 8.0, 60.0)


def test_feedback_says_what_was_taken_off():
    assert "1.5 points are taken off" in feedback.summary("t", 4.5, 9.0, [], None, {}, 1.5)
    assert "taken off" not in feedback.summary("t", 6.0, 9.0, [], None, {})


@pytest.mark.parametrize(
    "text",
    [
        "-23:599999999999999999999999999999999\0tz",
        "2030-01-10 12:00:00 ../../etc/passwd",
        "2030-01-10 12:00:00 /etc/localtime",
        "9999-12-31 23:59:59 -2359",
        "2030-99-99 12:00:00 UTC",
        "\u0662030-01-10 12:00:00 UTC",
        "1" * 1000,
    ],
)
def test_time_of_nonsense_is_none_and_opens_no_file(text, recwarn):
    assert late.when(text) is None
    assert not recwarn.list
