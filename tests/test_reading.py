"""The reading list of the README: short enough for an evening, and complete."""

import ast
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
# What the files of the list may use besides each other and their packages' lists of names: small things that explain
# themselves by their names where they are used.
SMALL = {
    "config",
    "utils",
    "threads",
    "data_adapter",
    "initializers",
    "regularizers",
    "model_file",
    "metrics",
    "variable",
}
SMALL |= {
    "layers.inputs",
    "losses.measured",
    "models.summary",
    "callbacks.callback_list",
    "optimizers.learning_rate",
    "optimizers.schedules",
}


def reading_list():
    text = (ROOT / "README.md").read_text("utf-8").split("**To read the engine in an evening,**")[1].split("\n\n**")[0]
    return text, re.findall(r"`([a-z_]+(?:/[a-z_]+)?\.py)`", text)


def test_it_is_as_short_as_it_says():
    text, files = reading_list()
    lines = sum(len((ROOT / "lessonlib" / file).read_text("utf-8").splitlines()) for file in files)
    assert f"{len(files)} files" in text
    said = int(re.search(r"about ([\d,]+) lines", text)[1].replace(",", ""))
    assert said <= 2000 and abs(lines - said) <= 50, lines


def test_no_file_of_the_engine_is_longer_than_400_lines():
    engine = [*(ROOT / "lessonlib").glob("*.py")]
    for package in ("activations", "layers", "losses", "metrics", "models", "optimizers", "callbacks", "loop"):
        engine += (ROOT / "lessonlib" / package).glob("*.py")
    assert {file.name: n for file in engine if (n := len(file.read_text("utf-8").splitlines())) > 400} == {}


def test_nothing_that_a_training_runs_through_is_missing_from_it():
    """The files import each other, their packages, and small things; nothing else of the house."""
    _, files = reading_list()
    read = {file.removesuffix(".py").replace("/", ".") for file in files}
    packages = {name.split(".")[0] for name in read if "." in name}
    for file in files:
        for node in ast.walk(ast.parse((ROOT / "lessonlib" / file).read_text("utf-8"))):
            if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "lessonlib":
                inside = node.module.removeprefix("lessonlib").strip(".")
                used = {inside} if inside else {alias.name for alias in node.names}
                assert used <= read | packages | SMALL, f"{file} uses {used}"
