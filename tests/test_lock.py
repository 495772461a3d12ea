"""The requirements files are what pyproject.toml asks for, and fit every system."""

import re
import tomllib
from importlib import metadata
from pathlib import Path

import pytest
from packaging.markers import default_environment
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from lessonlib.course import lock

ROOT = Path(__file__).resolve().parents[1]
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
FILES = ["requirements.txt", "tests/requirements.txt"]
SYSTEMS = [
    {"sys_platform": "linux", "os_name": "posix", "platform_system": "Linux"},
    {"sys_platform": "darwin", "os_name": "posix", "platform_system": "Darwin"},
    {"sys_platform": "win32", "os_name": "nt", "platform_system": "Windows"},
]
PYTHONS = ["3.11", "3.12", "3.13", "3.14"]


def asked(file):
    """What pyproject.toml asks for in `file`."""
    project = PYPROJECT["project"]
    extra = project["optional-dependencies"]["dev"] if file.startswith("tests/") else []
    return [Requirement(text) for text in project["dependencies"] + extra]


def pinned(file):
    """The lines of a requirements file, by the package's name."""
    lines = (ROOT / file).read_text("utf-8").splitlines()
    pins = [Requirement(line) for line in lines if line and not line.startswith("#")]
    by_name = {canonicalize_name(pin.name): pin for pin in pins}
    assert len(by_name) == len(pins), f"{file} names a package twice"
    return by_name


def version(pin):
    (specifier,) = pin.specifier
    assert specifier.operator == "=="
    return specifier.version


@pytest.mark.parametrize("file", FILES)
def test_every_wish_of_pyproject_is_met(file):
    pins = pinned(file)
    for wish in asked(file):
        name = canonicalize_name(wish.name)
        assert name in pins, f"{wish} is missing in {file}: run `python -m lessonlib lock`"
        assert wish.specifier.contains(version(pins[name])), f"{pins[name]} in {file} is not {wish}: run lock"


@pytest.mark.parametrize("file", FILES)
def test_constraints_are_kept(file):
    pins = pinned(file)
    for constraint in map(Requirement, PYPROJECT["tool"]["uv"]["constraint-dependencies"]):
        name = canonicalize_name(constraint.name)
        assert name not in pins or constraint.specifier.contains(version(pins[name])), f"{pins[name]}: {constraint}"


@pytest.mark.parametrize("file", FILES)
@pytest.mark.parametrize("system", SYSTEMS, ids=lambda system: system["sys_platform"])
@pytest.mark.parametrize("python", PYTHONS)
def test_what_the_packages_need_is_pinned_too_and_nothing_else(file, system, python):
    """Follow the requirements that the installed packages state, as if on that system and Python."""
    pins = pinned(file)
    here = {**default_environment(), **system, "python_version": python, "python_full_version": f"{python}.0"}
    todo, reached = list(asked(file)), set()
    while todo:
        wish = todo.pop()
        name = canonicalize_name(wish.name)
        assert name in pins, f"{file} lacks {wish}: run `python -m lessonlib lock`"
        pin = pins[name]
        assert pin.marker is None or pin.marker.evaluate(here), f"{file} leaves out {name} on {system} {python}"
        assert wish.specifier.contains(version(pin), prereleases=True), f"{pin} in {file} is not {wish}"
        if (name, frozenset(wish.extras)) in reached:
            continue
        reached.add((name, frozenset(wish.extras)))
        try:
            needs = metadata.requires(name) or []
        except metadata.PackageNotFoundError:  # a package for another system
            assert pin.marker is not None and not pin.marker.evaluate(), f"{name} is not installed"
            continue
        for need in map(Requirement, needs):
            if any(need.marker is None or need.marker.evaluate({**here, "extra": e}) for e in wish.extras | {""}):
                todo.append(need)
    names = {name for name, _ in reached}
    unneeded = {name for name, pin in pins.items() if pin.marker is None} - names
    assert not unneeded, f"{file} pins what nothing needs: {sorted(unneeded)}"


def test_both_files_agree():
    """On versions: a package may be needed on more systems by those who test."""
    student, maintainer = map(pinned, FILES)
    assert {name: str(pin.specifier) for name, pin in student.items()}.items() <= {
        name: str(pin.specifier) for name, pin in maintainer.items()
    }.items()


@pytest.mark.parametrize("file", FILES)
def test_no_hosts_and_no_hashes(file):
    text = (ROOT / file).read_text("utf-8")
    assert not re.search(r"https?:|file:|--|@", text)
    assert "python -m lessonlib lock" in text.splitlines()[1]


@pytest.mark.parametrize("file", FILES)
def test_the_environment_is_what_the_file_says(file):
    """The tests run with the pinned versions, so a green run speaks for what students get."""
    for name, pin in pinned(file).items():
        if pin.marker is None or pin.marker.evaluate():
            assert metadata.version(name) == version(pin), f"{name}: `python -m lessonlib test` brings {pin}"


@pytest.mark.parametrize("arguments, code", [(["--help"], 0), (["--output-file=x"], 2), (["numpy"], 2)])
def test_lock_runs_nothing_for_what_it_does_not_know(monkeypatch, capsys, arguments, code):
    monkeypatch.setattr(lock, "_compile", lambda *arguments: pytest.fail("uv was started"))
    with pytest.raises(SystemExit) as stopped:
        lock.main(arguments)
    assert stopped.value.code == code
    said = capsys.readouterr()
    assert "usage: python -m lessonlib lock [-h] [--upgrade]" in said.out + said.err


@pytest.mark.parametrize("arguments, passed", [([], []), (["--upgrade"], ["--upgrade"])])
def test_lock_passes_its_option_to_uv(monkeypatch, arguments, passed):
    calls = []
    monkeypatch.setattr(lock, "_compile", lambda target, what, options: calls.append(options))
    lock.main(arguments)
    assert calls[0] == ["--extra", "dev", *passed]
