"""The explorer: a pure function below, a thin widget above."""

import numpy as np
import pytest

import lessonlib as keras
from lessonlib.explore import explorer, fit
from lessonlib.quiz.store import AnswerFile


def test_training_is_a_pure_function():
    assert fit.train(64, 2, 0.1) == fit.train(64, 2, 0.1)


def test_batch_losses_add_up_to_the_epochs_mean():
    run = fit.train(batch_size=100, epochs=3, learning_rate=0.1)
    assert run.updates == 24
    assert np.mean(np.reshape(run.batch_losses, (3, 8)), axis=1) == pytest.approx(run.losses, abs=1e-6)


def test_batch_losses_are_those_of_train_on_batch_also_for_a_smaller_last_batch():
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(70, 3)), rng.integers(0, 2, 70)

    def model():
        keras.utils.set_random_seed(0)
        made = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1, "sigmoid")])
        made.compile("sgd", "binary_crossentropy", metrics=["accuracy"])
        return made

    batches = fit.BatchLosses(rows=70, batch_size=32)
    model().fit(x, y, batch_size=32, shuffle=False, callbacks=[batches], verbose=0)
    by_hand = model()
    single = [by_hand.train_on_batch(x[i : i + 32], y[i : i + 32])[0] for i in (0, 32, 64)]
    assert batches.losses == pytest.approx(single, abs=1e-5)


def test_moving_a_slider_trains_again_and_says_so(monkeypatch):
    shown = []
    monkeypatch.setattr("IPython.display.display", lambda bundle, raw: shown.append(bundle))
    import ipywidgets

    made = []
    real = ipywidgets.VBox
    monkeypatch.setattr(ipywidgets, "VBox", lambda children: made.append(real(children)) or made[-1])
    fit.fit_explorer()
    sheet, *rows, picture, _ = made[0].children
    (batch_size, _), (epochs, _), (rate, value) = (row.children for row in rows)
    assert fit.verdict(fit.train()) in picture.value and fit.verdict(fit.train()) in shown[0]["text/plain"]
    batch_size.value, epochs.value, rate.value = 64, 3, 0.2
    assert "Mission accomplished." in picture.value and value.value == "0.2"
    assert "<svg" in shown[0]["text/html"] and 'role="status"' in picture.value
    # Every element of the notebook is looked at again when a style element comes or goes.
    assert "<style" not in picture.value and "<style" in sheet.value and "<style" in shown[0]["text/html"]


@pytest.mark.parametrize(
    "options, start, kind",
    [
        ((1, 2), 2, "SelectionSlider"),
        (("one", "two"), "two", "Dropdown"),
        (("A", "B"), "B", "SelectionSlider"),
        ((False, True), True, "Checkbox"),
    ],
)
def test_each_kind_of_option_has_its_control(options, start, kind):
    widget = explorer.control("name", options, start)
    assert type(widget).__name__ == kind and widget.value == start


def test_a_start_outside_the_options_is_refused():
    with pytest.raises(ValueError, match="'epochs' is not one of its options"):
        explorer.control("epochs", range(1, 5), 5)


def easy(tmp_path, monkeypatch):
    """The picture and the slider of an explorer whose mission is two epochs, opened in the folder of a lesson."""
    (tmp_path / "quiz.json").write_text("{}")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("IPython.display.display", lambda *args, **kwargs: None)
    made = []
    import ipywidgets

    real = ipywidgets.VBox
    monkeypatch.setattr(ipywidgets, "VBox", lambda children: made.append(real(children)) or made[-1])
    explorer.explorer(
        *("easy", "two epochs", fit.train, fit.picture, fit.verdict, lambda run: len(run.losses) == 2),
        epochs=(range(1, 4), 1),
    )
    _, row, picture, _ = made[-1].children
    return row.children[0], picture


def test_an_accomplished_mission_is_kept_and_remembered(tmp_path, monkeypatch):
    slider, picture = easy(tmp_path, monkeypatch)
    assert ">accomplished<" not in picture.value and not (tmp_path / "answers.json").exists()
    slider.value = 2
    assert ">accomplished<" in picture.value
    assert AnswerFile(tmp_path, "x").read()["mission:easy"].value == fit.verdict(fit.train(epochs=2))
    assert ">accomplished<" in easy(tmp_path, monkeypatch)[1].value  # also in a new kernel, from the first picture on


def test_nothing_is_kept_when_the_notebook_is_graded(tmp_path, monkeypatch):
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    slider, picture = easy(tmp_path, monkeypatch)
    slider.value = 2
    assert "two epochs" in picture.value and not (tmp_path / "answers.json").exists()


def test_a_mission_that_cannot_be_saved_says_so(tmp_path, monkeypatch):
    slider, picture = easy(tmp_path, monkeypatch)
    (tmp_path / "answers.json").mkdir()
    slider.value = 2
    assert "accomplished, but not saved" in picture.value
