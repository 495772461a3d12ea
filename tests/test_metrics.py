"""Metrics beyond their comparison with Keras: batches, states, names, and those of one's own."""

import numpy as np
import pytest

import lessonlib as keras

M = keras.metrics
RNG = np.random.default_rng(0)
P, Y = RNG.random((40, 3)), np.eye(3)[RNG.integers(0, 3, 40)]
BUILT_IN = [kind for kind in M._CLASSES if kind not in (M.Sum, M.Mean)]


def rows_of(kind):
    return (Y.argmax(axis=1) if "Sparse" in kind.__name__ else Y), P / P.sum(axis=1, keepdims=True)


@pytest.mark.parametrize("kind", BUILT_IN, ids=lambda kind: kind.__name__)
@pytest.mark.parametrize("weights", [None, RNG.random(40)], ids=["plain", "weighted"])
def test_the_result_does_not_depend_on_the_batches(kind, weights):
    y, p = rows_of(kind)
    whole, parts = kind(), kind()
    whole.update_state(y, p, weights)
    for start in range(0, 40, 7):
        part = slice(start, start + 7)
        parts.update_state(y[part], p[part], None if weights is None else weights[part])
    assert parts.result() == pytest.approx(whole.result(), abs=1e-6, rel=1e-6) and whole.any_batches
    whole.reset_state()
    whole.update_state(y[:3], p[:3])
    assert whole.result() == pytest.approx(kind()(y[:3], p[:3]), abs=1e-6)


@pytest.mark.parametrize("kind", BUILT_IN, ids=lambda kind: kind.__name__)
def test_a_weight_of_two_is_the_row_twice(kind):
    y, p = rows_of(kind)
    weighted, doubled = kind(), kind()
    weighted.update_state(y[:9], p[:9], sample_weight=np.where(np.arange(9) < 4, 2.0, 1.0))
    doubled.update_state(np.r_[y[:4], y[:9]], np.r_[p[:4], p[:9]])
    assert weighted.result() == pytest.approx(doubled.result(), abs=1e-6)


@pytest.mark.parametrize("kind", BUILT_IN, ids=lambda kind: kind.__name__)
def test_configuration(kind):
    made = kind()
    again = M.get({"class_name": kind.__name__, "config": made.get_config()})
    assert type(again) is kind and again.get_config() == made.get_config()
    assert M.get(kind.__name__).name == kind.__name__ and made._direction in ("up", "down")


def test_auc_is_the_share_of_pairs_in_the_right_order():
    y, p = RNG.integers(0, 2, 300), RNG.random(300).round(2)
    pairs = p[y == 1][:, None] - p[y == 0][None]
    assert M.AUC(num_thresholds=2000)(y, p) == pytest.approx(np.mean(pairs > 0) + 0.5 * np.mean(pairs == 0), abs=2e-3)


def test_confusion_counts_in_the_callers_order_of_thresholds():
    metric = M.TruePositives(thresholds=[0.9, 0.1, 0.5])
    assert metric([1, 1, 1, 0], [0.95, 0.6, 0.2, 0.99]).tolist() == [1, 3, 2]


def test_functions_and_losses_serve_as_metrics(small_data, make_model):
    def mean_error(y_true, y_pred):
        return np.mean(np.abs(y_pred - y_true), axis=-1)

    model = make_model(metrics=[mean_error, keras.losses.MeanAbsoluteError(), M.mean_absolute_error, "mae"])
    x, y = small_data
    history = model.fit(x, y[:, None], verbose=0).history
    assert list(history) == ["loss", "mae", "mean_absolute_error", "mean_absolute_error_1", "mean_error"]
    assert history["mean_error"] == pytest.approx(history["mae"]) == history["mean_absolute_error"]


def test_a_metric_of_ones_own(small_data, make_model):
    class LargestOutput(M.Metric):
        def reset_state(self):
            self.largest = 0.0

        def update_state(self, y_true, y_pred, sample_weight=None):
            self.largest = max(self.largest, float(np.max(y_pred)))

        def result(self):
            return self.largest

    model = make_model(metrics=[LargestOutput()])
    assert 0 < model.evaluate(*small_data, verbose=0, return_dict=True)["largest_output"] < 1


def test_a_metric_knows_where_better_is():
    assert (M.AUC()._direction, M.FalsePositives()._direction) == ("up", "down")
    assert not hasattr(M.MeanMetricWrapper(lambda y, p: p), "_direction")


def test_of_equal_outputs_top_k_takes_the_first():
    """As Keras 3.15.1 does, where "at least the k-th largest" would say yes to all of them."""
    assert M.Precision(top_k=1)([[1, 0]], [[0.5, 0.5]]) == 1.0
    assert M.Recall(top_k=1)([[0, 1]], [[0.5, 0.5]]) == 0.0
    rows = [[0, 1, 0], [0, 1, 0], [1, 1, 1]], [[0.5, 0.5, 0.5], [0.9, 0.1, 0.8], [0.1, 0.2, 0.3]]
    assert M.Recall(top_k=2, class_id=1)(*rows) == pytest.approx(2 / 3)
    with pytest.raises(ValueError, match="top_k=3.*2"):
        M.Precision(top_k=3)([[1, 0]], [[0.5, 0.5]])


def test_compile_takes_no_name_away(small_data, make_model):
    keras.utils.clear_session()
    model = make_model(metrics=["Precision"])
    assert M.Precision().name == "precision"
    keras.utils.clear_session()
    model = make_model(metrics=["Precision"])
    model.fit(*small_data, verbose=0)
    assert M.Precision().name == "precision_1"
    with pytest.raises(ValueError, match="'Precison'. Did you mean 'precision'"):
        make_model(metrics=["Precison"])


def test_every_class_and_function_form_is_a_public_name():
    names = set(M.__all__)
    assert {kind.__name__ for kind in M._CLASSES} | {"Metric", "MeanMetricWrapper"} <= names
    # What Keras 3.15.1 has under keras.metrics, of the losses and metrics that are here.
    forms = """
    binary_accuracy binary_crossentropy categorical_accuracy categorical_crossentropy hinge huber kl_divergence log_cosh
    mean_absolute_error mean_absolute_percentage_error mean_squared_error mean_squared_logarithmic_error poisson
    sparse_categorical_accuracy sparse_categorical_crossentropy sparse_top_k_categorical_accuracy squared_hinge
    top_k_categorical_accuracy
    """
    assert set(forms.split()) <= names and all(hasattr(M, name) for name in names)
    assert set(forms.split()) - set(keras.losses.__all__) == {name for name in forms.split() if "accuracy" in name}
    assert all(hasattr(keras.losses, name) for name in keras.losses.__all__)
    assert M.poisson([[2.0]], [[1.0]]).tolist() == keras.losses.poisson([[2.0]], [[1.0]]).tolist()
    assert "save_model" in keras.models.__all__
