"""The sabotage lab: nine faults that show what the lesson says they show, over twenty starts."""

import numpy as np
import pytest

from lessonlib.explore import faults, sabotage
from lessonlib.explore.faults import FAULTS, LOUD, SILENT

SEEDS = range(20)
HEALTHY = [faults.train(None, seed) for seed in SEEDS]


def reports(step):
    return [faults.train(step, seed) for seed in SEEDS]


def test_there_is_one_fault_for_each_of_nine_steps():
    assert len({fault.step for fault in FAULTS}) == 9 == len(sabotage.RUNS)
    assert sorted(sabotage.ORDER) == sorted(fault.step for fault in FAULTS)
    assert [fault.kind for fault in FAULTS].count(LOUD) == 5


def test_the_loop_by_hand_is_the_engines(monkeypatch):
    import lessonlib as keras

    x, y = faults.data()
    network = faults.Network(np.random.default_rng(3))
    model = keras.Sequential([keras.Input((10,)), keras.layers.Dense(16, "relu"), keras.layers.Dense(1, "sigmoid")])
    model.compile(keras.optimizers.SGD(faults.LEARNING_RATE), "binary_crossentropy")
    model.set_weights([weight.copy() for weight in network.weights])
    model.generator = np.random.default_rng(3)
    model.generator.uniform(size=10 * 16 + 16)  # what the first weights took
    history = model.fit(x[:800], y[:800], validation_split=0.2, epochs=faults.EPOCHS, verbose=0).history
    assert history["loss"] == pytest.approx(faults.train(None, 3).losses, abs=1e-4)
    assert history["val_loss"] == pytest.approx(faults.train(None, 3).val_losses, abs=1e-4)


def test_a_healthy_training_learns_and_passes_every_instrument():
    assert np.mean([r.losses[-1] for r in HEALTHY]) == pytest.approx(0.228, abs=0.005)
    assert np.mean([r.val_losses[-1] for r in HEALTHY]) == pytest.approx(0.224, abs=0.005)
    assert np.mean([r.val_accuracy for r in HEALTHY]) == pytest.approx(0.910, abs=0.01)
    for r in HEALTHY:
        assert (r.different_units, r.rows_in_both, r.looks_at_test) == (16, 0, 1)
        assert r.bend > 0.05 and r.gradient_error < 1e-4


def test_initialization_stays_at_guessing_and_its_units_stay_alike():
    for r in reports("Initialization"):
        assert np.abs(np.subtract(r.losses, np.log(2))).max() < 0.001 and r.different_units == 1


def test_forward_pass_looks_healthy_and_is_a_straight_line():
    for r in reports("Forward pass"):
        assert r.bend < 1e-9 and r.val_losses[-1] < max(h.val_losses[-1] for h in HEALTHY)


def test_loss_never_gets_far_below_guessing():
    for r in reports("Loss"):
        assert min(r.losses) > 0.64 and min(r.val_losses) > 0.6


def test_backpropagation_falls_and_fails_the_gradient_check():
    for r in reports("Backpropagation"):
        assert r.gradient_error > 0.2 and r.losses[-1] < 0.3 and r.val_losses[-1] < 0.26


def test_update_rises_from_the_start_far_above_guessing():
    for r in reports("Update"):
        assert r.losses[0] > 0.75 and r.losses[-1] > 7 and min(np.diff(r.losses[:3])) > 0


def test_iteration_falls_at_first_and_then_swings():
    for r, healthy in zip(reports("Iteration"), HEALTHY, strict=True):
        assert r.losses[0] < healthy.losses[0]
        assert max(r.val_losses[1:]) > 0.5 and np.ptp(r.val_losses) > 0.15
        assert np.sum(np.diff(r.val_losses) > 0) >= 3  # up and down, again and again


def test_validation_looks_better_than_healthy():
    for r, healthy in zip(reports("Validation"), HEALTHY, strict=True):
        assert r.val_losses[-1] < healthy.val_losses[-1] and r.rows_in_both == 160


def test_convergence_rises_on_other_rows_while_the_training_loss_falls():
    for r in reports("Convergence"):
        assert len(r.losses) == faults.TOO_MANY_EPOCHS
        assert r.val_losses[-1] > min(r.val_losses) + 0.01 and r.losses[-1] < r.losses[faults.EPOCHS - 1] - 0.02


def test_evaluation_has_the_same_curves_and_reports_more():
    for r, healthy in zip(reports("Evaluation"), HEALTHY, strict=True):
        assert r.losses == healthy.losses and r.val_losses == healthy.val_losses
        assert r.test_accuracy >= healthy.test_accuracy and r.looks_at_test == faults.EPOCHS
    assert np.mean([r.test_accuracy for r in reports("Evaluation")]) > np.mean([r.test_accuracy for r in HEALTHY])


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.step)
def test_silent_faults_end_near_the_healthy_ones_and_loud_ones_do_not_or_turn_up(fault):
    ends = [r.val_losses[-1] for r in reports(fault.step)]
    near = np.mean([r.val_losses[-1] for r in HEALTHY])
    if fault.kind == SILENT:
        assert abs(np.mean(ends) - near) < 0.03 and max(ends) < near + 0.03
    elif fault.step != "Convergence":
        assert min(ends) > near + 0.15


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.step)
def test_every_silent_fault_changes_a_reading_of_the_instruments(fault):
    letter = sabotage.RUNS[sabotage.ORDER.index(fault.step)]
    shown = sabotage.readings(sabotage.train(letter, instruments=True))[4:]
    if fault.kind == SILENT:
        assert sum(healthy != broken for _, healthy, broken in shown) >= 1
    assert len(sabotage.readings(sabotage.train(letter))) == 4


def test_each_run_has_one_diagnosis_that_is_right():
    for letter in sabotage.RUNS:
        right = [d for d in sabotage.DIAGNOSES if sabotage.train(letter, diagnosis=d).solved]
        assert len(right) == 1
        assert sabotage.verdict(sabotage.train(letter, diagnosis=right[0])).startswith("Right: ")


def test_the_mission_wants_all_nine(monkeypatch, tmp_path):
    import ipywidgets

    (tmp_path / "quiz.json").write_text("{}")
    monkeypatch.chdir(tmp_path)
    made, real = [], ipywidgets.VBox
    monkeypatch.setattr(ipywidgets, "VBox", lambda children: made.append(real(children)) or made[-1])
    monkeypatch.setattr("IPython.display.display", lambda bundle, raw: None)
    sabotage.sabotage_explorer()
    _, run, instruments, diagnosis, picture, _ = made[0].children
    assert "Found so far: 0 of 9." in picture.value and "looks at the test rows" not in picture.value
    instruments.value = True
    assert "looks at the test rows" in picture.value
    run = run.children[0]
    for number, letter in enumerate(sabotage.RUNS, 1):
        diagnosis.value = sabotage.UNDECIDED
        run.value = letter
        assert 'class="ll-card "' in picture.value
        diagnosis.value = next(d for d in sabotage.DIAGNOSES[1:] if not sabotage.train(letter, diagnosis=d).solved)
        assert 'class="ll-card half"' in picture.value
        diagnosis.value = next(d for d in sabotage.DIAGNOSES if sabotage.train(letter, diagnosis=d).solved)
        assert f"Found so far: {number} of 9 ({', '.join(sabotage.RUNS[:number])})." in picture.value
        assert 'class="ll-card good"' in picture.value
        assert (">accomplished<" in picture.value) == (number == 9)


def test_the_picture_of_all_nine_is_told_in_words_too():
    from lessonlib.explore.loudness import loudness

    result = loudness(starts=3)
    assert result.healthy == tuple(r.val_losses[-1] for r in HEALTHY[:3]) and result.loud == 5
    html, text = result._repr_html_(), repr(result)
    assert html.count("<tr>") == 11 and len(text.splitlines()) == 10
    for fault, ends in zip(FAULTS, result.broken, strict=True):
        assert ends == tuple(faults.train(fault.step, seed).val_losses[-1] for seed in range(3))
        assert f"{min(ends):.3f} to {max(ends):.3f}" in html and fault.what in text
    alt = html.split('aria-label="')[2].split('"')[0]
    assert "5 Update: the step goes uphill" in alt
