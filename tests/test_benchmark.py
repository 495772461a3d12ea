"""The benchmark: its programs train, it runs with what is installed, and its numbers are times."""

import numpy as np
import pytest

from lessonlib.course import benchmark, grading_benchmark, rivals

DATA = benchmark.small_data()


@pytest.mark.parametrize("name", rivals.RIVALS)
@pytest.mark.parametrize("outputs", [1, 2])
def test_every_program_that_can_run_here_runs(name, outputs):
    ready = benchmark.programs(DATA, rivals.Job(4, outputs, "adam", 100, 1), [name])
    for run in ready.values():
        run()
    assert ready or name not in ("lessonlib", "textbook")


def test_what_cannot_be_imported_is_left_out(monkeypatch):
    monkeypatch.setitem(rivals.RIVALS, "PyTorch", lambda *data: __import__("no_such_module"))
    assert list(benchmark.programs(DATA, benchmark.SMALL["sigmoid sgd"], ["textbook", "PyTorch"])) == ["textbook"]


def test_the_textbook_loop_learns_what_the_engine_learns():
    import lessonlib as keras

    keras.utils.set_random_seed(0)
    history = rivals.lessonlib(*DATA, rivals.Job(16, 1, "adam", 32, 10))().history
    assert history["loss"][-1] < history["loss"][0] and len(history["val_loss"]) == 10


def test_it_prints_ratios(capsys, monkeypatch):
    monkeypatch.setattr(benchmark, "SMALL", {"small": rivals.Job(4, 1, "sgd", 200, 1)})
    monkeypatch.setattr(benchmark, "cold", lambda names, repeats: None)
    benchmark.main(["--repeats", "2", "--only", "textbook"])
    out = capsys.readouterr().out
    assert "lessonlib" in out and "textbook takes" in out and "times as long" in out


def test_growth_measures_each_size_and_draws_it(monkeypatch, tmp_path):
    monkeypatch.setattr(benchmark, "in_turns", lambda runs, repeats: {"ours": 1.0})
    found = benchmark.growth()
    assert list(found) == ["rows", "features", "epochs", "batch size", "hidden units"]
    assert all(len(times) >= 3 and np.isfinite(list(times.values())).all() for times in found.values())
    benchmark.draw_growth(found, tmp_path / "growth.png")
    assert (tmp_path / "growth.png").read_bytes().startswith(b"\x89PNG")


def test_the_class_that_is_graded_is_a_varied_one(tmp_path):
    grading_benchmark.hand_in(tmp_path, range(8))
    handed_in = sorted((tmp_path / "grading" / "submitted").glob("*/*"))
    assert len(handed_in) == 8
    assert len({(place / "02-model-fit.ipynb").read_bytes() for place in handed_in}) == 6  # 2 solved, 2 blank
    assert len({(place / "answers.json").read_bytes() for place in handed_in}) == 8
