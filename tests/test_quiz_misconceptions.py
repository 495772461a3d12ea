"""The catalogue of misconceptions: what is refused, and that questions, mistakes and lessons fit to it."""

import shutil
from pathlib import Path

import pytest

from lessonlib.authoring import lesson as lessons
from lessonlib.authoring.errors import BuildError
from lessonlib.quiz import misconceptions
from lessonlib.quiz.bank import QuizError

ROOT = Path(__file__).resolve().parents[1]
CATALOGUE = ROOT / "solutions" / "misconceptions.yaml"
GOOD = """\
first-one:
  belief: More is **better**.
  truth: "Less may be: look."
  taught: 02-model-fit

second-one:
  belief: Less is better.
  truth: More may be.
  taught: [01-training-process, 02-model-fit]
"""


@pytest.fixture
def write(tmp_path):
    """Write a catalogue: the good one, with some text replaced by another."""

    def write(old="", new=""):
        assert old in GOOD
        path = tmp_path / "misconceptions.yaml"
        path.write_text(GOOD.replace(old, new, 1))
        return path

    return write


def test_it_is_read(write):
    found = misconceptions.read(write())
    assert list(found) == ["first-one", "second-one"]
    assert found["first-one"].truth == "Less may be: look."
    assert found["second-one"].taught == ("01-training-process", "02-model-fit")


@pytest.mark.parametrize(
    ("old", "new", "line", "words"),
    [
        ("first-one", "First one", 1, "the name is 'First one', expected words joined by -"),
        ("first-one", "third-one", 6, "second-one stands below third-one; keep the alphabetical order"),
        ("second-one:", "first-one:", 6, "the key 'first-one' stands here twice"),
        ("  belief: More is **better**.\n", "", 2, "'first-one': belief is missing; add 'belief:'"),
        ("**better**", "**better", 2, "'first-one': in belief, ** is opened and not closed"),
        ("  taught: 02-model-fit", "  taught: model-fit", 4, "taught is 'model-fit', expected the folder of a lesson"),
        (
            "  taught: 02-model-fit",
            "  shown: 02-model-fit",
            4,
            "unknown key 'shown'; the keys allowed here are belief,",
        ),
        ('truth: "Less may be: look."', "truth: [a]", 3, "truth is a list, expected what is true instead"),
        ("second-one:\n", "second-one: [\n", 8, "not valid YAML"),
    ],
)
def test_errors_name_file_and_line(write, old, new, line, words):
    path = write(old, new)
    with pytest.raises(QuizError) as error:
        misconceptions.read(path)
    assert words in str(error.value)
    assert str(error.value).startswith(f"{path}, line {line}"), error.value


def test_an_entry_that_is_no_group_of_keys(write):
    with pytest.raises(QuizError, match="line 1: first-one is 'wrong', expected lines with belief, truth and taught"):
        misconceptions.read(write(GOOD.split("\n\n")[0], "first-one: wrong"))


# ------------------------------------------------------------------------------------------------ the course


def test_every_entry_is_taught_in_a_lesson_there_is_and_looked_for_somewhere():
    catalogue = misconceptions.read(CATALOGUE)
    folders = {folder.name: folder for folder in lessons.find(ROOT)}
    text = "".join(
        path.read_text("utf-8")
        for folder in folders.values()
        for path in (folder / "quiz.yaml", folder / "exercises.py")
        if path.exists()
    )
    for name, entry in catalogue.items():
        assert set(entry.taught) <= set(folders), name
        assert name in text, f"{name} is caught by no question and no known mistake"


def test_the_build_refuses_a_name_that_is_not_in_it(tmp_path):
    """With the file, the line and the question or exercise; and with the name that may have been meant."""
    folder = tmp_path / "02-model-fit"
    shutil.copytree(
        ROOT / "solutions" / "02-model-fit", folder, ignore=shutil.ignore_patterns("*.ipynb", "__pycache__")
    )
    text = CATALOGUE.read_text("utf-8")
    (tmp_path / "misconceptions.yaml").write_text(text.replace("epoch-is-one-update:", "epoch-is-one-step:"), "utf-8")
    line = next(i for i, row in enumerate((folder / "quiz.yaml").read_text().splitlines(), 1) if "one-update" in row)
    with pytest.raises(BuildError) as error:
        lessons.load(folder)
    assert f"quiz.yaml, line {line}, question 'the_loop': catches is 'epoch-is-one-update', which is not" in str(
        error.value
    )
    assert "write epoch-is-one-step, or add epoch-is-one-update to misconceptions.yaml" in str(error.value)

    (tmp_path / "misconceptions.yaml").write_text(text, "utf-8")
    exercises = (folder / "exercises.py").read_text("utf-8")
    edited = exercises.replace("says=", 'catches="no-such-belief", says=', 1)
    (folder / "exercises.py").write_text(edited, "utf-8")
    line = next(i for i, row in enumerate(edited.splitlines(), 1) if "no-such-belief" in row)
    with pytest.raises(
        BuildError, match=f"exercises.py, line {line}: .* catches 'no-such-belief', which is not in the"
    ):
        lessons.load(folder)
