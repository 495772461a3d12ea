"""What importing the package costs, and which way imports point in the house."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]

# The room -> what of lessonlib it may import besides itself. "" is the training core, with these packages.
CORE_PACKAGES = ("activations", "layers", "losses", "metrics", "models", "optimizers", "callbacks", "loop")
MAY_IMPORT = {
    "": {"", "style"},
    "datasets": set(),
    "style": set(),
    "trace": {"", "diagnosis", "style"},
    "explore": {"", "datasets", "quiz", "trace", "style"},
    "diagnosis": {"", "style"},
    "quiz": {"style"},
    "checks": {"", "datasets", "style"},
    "start": {"quiz", "style"},
    "authoring": {"", "checks", "quiz"},
    "grading": {"", "authoring", "checks", "quiz"},
    "report": {"grading", "quiz", "style"},
}


def room(module: str) -> str:
    """lessonlib.quiz.card -> quiz; lessonlib.layers -> "" (the core)."""
    parts = module.split(".")[1:]
    core = not parts or parts[0] in CORE_PACKAGES or not (ROOT / "lessonlib" / parts[0]).is_dir()
    return "" if core else parts[0]


def run(code: str) -> str:
    return subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True).stdout


@pytest.mark.parametrize("package", ["lessonlib", "lessonlib.quiz", "lessonlib.__main__"])
def test_importing_it_loads_no_numpy(package):
    assert run(f"import sys, {package}; print('numpy' in sys.modules)") == "False\n"


def test_the_core_needs_numpy_and_nothing_else():
    loaded = run(
        "import sys, lessonlib as k; k.Sequential([k.Input((2,)), k.layers.Dense(1)]); k.callbacks\n"
        "heavy = {'matplotlib', 'IPython', 'ipywidgets', 'anywidget', 'nbgrader'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    assert loaded == "[]\n"


def test_keras_names_are_there():
    names = "Sequential Input layers activations initializers losses metrics optimizers callbacks utils".split()
    assert run(f"import lessonlib as k; print([hasattr(k, n) for n in {names}].count(True))") == f"{len(names)}\n"


@pytest.mark.parametrize(
    "name", ["losses.Hinge", "metrics.AUC", "models.Sequential", "layers.Dense", "optimizers.Adam"]
)
def test_help_shows_what_a_package_has(name):
    package, name = name.split(".")
    assert f"class {name}(" in run(f"import pydoc; print(pydoc.plain(pydoc.render_doc('lessonlib.{package}')))")


@pytest.mark.parametrize("name", ["losses.huber", "metrics.binary_accuracy", "activations.relu", "activations.gelu"])
def test_functions_travel_by_name(name):
    assert run(f"import lessonlib as k, pickle; print(pickle.loads(pickle.dumps(k.{name})) is k.{name})") == "True\n"


@pytest.mark.parametrize("name", MAY_IMPORT)
def test_imports_point_one_way(name):
    folder = ROOT / "lessonlib" / name
    core = [*folder.glob("[!_]*.py"), *(f for package in CORE_PACKAGES for f in folder.glob(f"{package}/*.py"))]
    files = folder.rglob("*.py") if name else core
    setting_up = {"environment", "installer"}  # they run before there is anything to import
    for file in files:
        if file.stem in setting_up:
            continue
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            modules = []
            if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] == "lessonlib":
                base = node.module
                modules = [f"{base}.{alias.name}" for alias in node.names] if base == "lessonlib" else [base]
            elif isinstance(node, ast.Import):
                modules = [alias.name for alias in node.names if alias.name.startswith("lessonlib.")]
            for module in modules:
                assert room(module) in MAY_IMPORT[name] | {name}, f"{file.name} imports {module}"
