"""Metrics that count right and wrong yes-or-no answers.

Letters: t the targets, p the predictions, w the weights, all of shape (B rows, K outputs).
"""

import numpy as np

from lessonlib import utils
from lessonlib.activations import sigmoid
from lessonlib.metrics.metric import Metric


class Confusion(Metric):
    """Counts of right and wrong yes-or-no answers: an output above a threshold says yes.

    Args:
        thresholds: a number, or a list of them (then the result is an array); 0.5 by default.
        top_k: a row says yes to its k largest outputs instead.
        class_id: count only this output.
    """

    def __init__(self, thresholds=None, top_k=None, class_id=None, name=None, dtype=None):
        default = 0.5 if top_k is None else -1e10
        values = np.atleast_1d(default if thresholds is None else thresholds)
        for value in [] if thresholds is None else values:
            utils.check_numbers(0, 1, thresholds=value)
        self.thresholds, self.top_k, self.class_id = thresholds, top_k, class_id
        self.order = np.argsort(values)
        self.sorted = values[self.order].astype("float32")
        super().__init__(name, dtype)
        Confusion.reset_state(self)

    def reset_state(self):
        self.positives, self.negatives = np.zeros((2, len(self.sorted) + 1))

    def update_state(self, y_true, y_pred, sample_weight=None):
        p = np.asarray(y_pred, "float32")
        p_BK = p.reshape(-1, 1) if p.ndim < 2 else p
        t_BK = np.asarray(y_true, "float64").reshape(p_BK.shape)
        weights = np.ones(1) if sample_weight is None else np.asarray(sample_weight, "float64")
        w_BK = np.broadcast_to(weights.reshape(len(weights), -1), p_BK.shape)
        if self.top_k is not None:
            if self.top_k > p_BK.shape[1]:
                raise ValueError(f"top_k={self.top_k} asks for more outputs than a row has: {p_BK.shape[1]}.")
            others = np.argsort(-p_BK, axis=1, kind="stable")[:, self.top_k :]  # of equal ones, the first say yes
            p_BK = p_BK.copy()
            np.put_along_axis(p_BK, others, -np.inf, axis=1)
        if self.class_id is not None:
            t_BK, p_BK, w_BK = (a[:, self.class_id] for a in (t_BK, p_BK, w_BK))
        # An output lies above as many thresholds as stand before its place among them.
        place = np.searchsorted(self.sorted, p_BK.reshape(-1), "left")
        self.positives += np.bincount(place, (t_BK * w_BK).reshape(-1), len(self.positives))
        self.negatives += np.bincount(place, ((1 - t_BK) * w_BK).reshape(-1), len(self.positives))

    def counts(self):
        """Right and wrong yes, right and wrong no: four arrays, a number for each threshold in the caller's order."""
        above = lambda counts: np.cumsum(counts[::-1])[::-1][1:]  # noqa: E731
        true_yes, false_yes = above(self.positives), above(self.negatives)
        sorted_counts = true_yes, false_yes, self.negatives.sum() - false_yes, self.positives.sum() - true_yes
        back = np.argsort(self.order)
        return tuple(counts[back] for counts in sorted_counts)

    def result(self):
        values = self.value(*self.counts())
        return float(values[0]) if len(values) == 1 else values


def _confusion(name: str, doc: str, value, direction="up"):
    """The class of a `Confusion` whose result is value(true yes, false yes, true no, false no)."""
    parts = {"__doc__": doc, "__module__": __name__, "_direction": direction, "value": staticmethod(value)}
    return type(name, (Confusion,), parts)


TruePositives = _confusion("TruePositives", "How many yes were right.", lambda ty, fy, tn, fn: ty)
FalsePositives = _confusion("FalsePositives", "How many yes were wrong.", lambda ty, fy, tn, fn: fy, "down")
TrueNegatives = _confusion("TrueNegatives", "How many no were right.", lambda ty, fy, tn, fn: tn)
FalseNegatives = _confusion("FalseNegatives", "How many no were wrong.", lambda ty, fy, tn, fn: fn, "down")
Precision = _confusion("Precision", "Of all yes, the share that is right.", lambda ty, fy, tn, fn: ratio(ty, ty + fy))
Recall = _confusion("Recall", "Of all that should be a yes, the share that is.",
                    lambda ty, fy, tn, fn: ratio(ty, ty + fn))  # fmt: skip


class AUC(Confusion):
    """The area under the curve of recall over the share of false alarms ("ROC"), or of precision over recall ("PR").

    It is computed from `num_thresholds` points of the curve, as in Keras; 1 is perfect, 0.5 is guessing (ROC).

    >>> round(AUC()([0, 0, 1, 1], [0.1, 0.6, 0.4, 0.9]), 2)
    0.75
    """

    _direction = "up"

    def __init__(self, num_thresholds=200, curve="ROC", summation_method="interpolation", name=None, dtype=None,
                 thresholds=None, from_logits=False):  # fmt: skip
        utils.check_whole_number(num_thresholds, "num_thresholds", least=2)
        utils.check_choice("curve", curve, ("ROC", "PR"))
        utils.check_choice("summation_method", summation_method, ("interpolation", "minoring", "majoring"))
        inner = np.arange(1, num_thresholds - 1) / (num_thresholds - 1) if thresholds is None else sorted(thresholds)
        super().__init__(name=name, dtype=dtype)
        self.sorted = np.array([-1e-7, *inner, 1 + 1e-7], "float32")
        self.order = np.arange(len(self.sorted))
        self.num_thresholds, self.curve, self.summation_method = num_thresholds, curve, summation_method
        self.thresholds, self.from_logits = thresholds, from_logits
        Confusion.reset_state(self)

    def update_state(self, y_true, y_pred, sample_weight=None):
        if self.from_logits:
            y_pred = sigmoid(y_pred)
        super().update_state(y_true, y_pred, sample_weight)

    def result(self):
        true_yes, false_yes, true_no, false_no = self.counts()
        if self.curve == "PR" and self.summation_method == "interpolation":
            return self.interpolated(true_yes, true_yes + false_yes, true_yes + false_no)
        recall = ratio(true_yes, true_yes + false_no)
        if self.curve == "ROC":
            x, y = ratio(false_yes, false_yes + true_no), recall
        else:
            x, y = recall, ratio(true_yes, true_yes + false_yes)
        combine = {"interpolation": lambda a, b: (a + b) / 2, "minoring": np.minimum, "majoring": np.maximum}
        return float(np.sum((x[:-1] - x[1:]) * combine[self.summation_method](y[:-1], y[1:])))

    def interpolated(self, true_yes, yes, positives) -> float:
        """Between two points both counts of yes change in proportion; precision then bends, and this is its integral.

        Source: Davis and Goadrich, The Relationship Between Precision-Recall and ROC Curves (2006).
        """
        step = true_yes[:-1] - true_yes[1:]
        slope = ratio(step, np.maximum(yes[:-1] - yes[1:], 0))
        intercept = true_yes[1:] - slope * yes[1:]
        both = (yes[:-1] > 0) & (yes[1:] > 0)
        logs = np.log(np.divide(yes[:-1], yes[1:], out=np.ones_like(step), where=both))
        return float(np.sum(ratio(slope * (step + intercept * logs), positives[1:])))


class F1Score(Metric):
    """2·precision·recall / (precision + recall), for each class; targets are one-hot rows, or one column of 0 and 1.

    Args:
        average: None gives an array, one number a class; "macro" their mean, "weighted" their mean weighted by
            the classes' sizes; "micro" counts all classes together.
        threshold: outputs above it say yes; by default, the largest output of a row does.
    """

    _direction = "up"

    def __init__(self, average=None, threshold=None, name=None, dtype=None):
        utils.check_choice("average", average, (None, "micro", "macro", "weighted"))
        if threshold is not None:
            utils.check_numbers(0, 1, threshold=threshold)
        self.average, self.threshold = average, threshold
        super().__init__(name or "f1_score", dtype)
        F1Score.reset_state(self)

    def reset_state(self):
        self.true_yes = self.yes = self.positives = 0.0

    def update_state(self, y_true, y_pred, sample_weight=None):
        p_BK = np.asarray(y_pred)
        t_BK = np.asarray(y_true, "float64").reshape(p_BK.shape)
        if self.threshold is None:
            says_BK = (p_BK >= p_BK.max(axis=1, keepdims=True)) & (np.abs(p_BK) > 1e-9)
        else:
            says_BK = p_BK > self.threshold
        w_B1 = np.ones((1, 1)) if sample_weight is None else np.asarray(sample_weight).reshape(-1, 1)
        axis = None if self.average == "micro" else 0
        self.true_yes = self.true_yes + (w_B1 * says_BK * t_BK).sum(axis=axis)
        self.yes = self.yes + (w_B1 * says_BK).sum(axis=axis)
        self.positives = self.positives + (w_B1 * t_BK).sum(axis=axis)

    def result(self):
        precision, recall = self.true_yes / (self.yes + 1e-7), self.true_yes / (self.positives + 1e-7)
        score = 2 * precision * recall / (precision + recall + 1e-7)
        if self.average == "weighted":
            score = score * self.positives / (np.sum(self.positives) + 1e-7)
            return float(np.sum(score))
        return score if self.average is None else float(np.mean(score))


def ratio(above, below):
    """above / below, and 0 where both vanish."""
    return np.divide(above, below, out=np.zeros_like(above, "float64"), where=below != 0)
