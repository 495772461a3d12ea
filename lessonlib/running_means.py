"""Loss and metrics of an epoch, while it runs."""

import numpy as np

from lessonlib.batches import Rows
from lessonlib.config import floatx, quiet


class RunningMeans:
    """Loss and metrics over the rows seen so far.

    They are measured when somebody asks for them, most often at the end of an epoch; or batch by batch, where the
    number depends on the batches (functions of whole batches, a loss that is a sum, penalties that change).
    """

    def __init__(self, model, rows: Rows, p_BK, first_row=0):
        self.model, self.arrays = model, (rows.t, rows.y, rows.w, p_BK)
        self.named, self.weighted_from = model._named_metrics(), len(model._metrics_asked[0])
        metrics_by_batch = not all(metric.any_batches for _, metric in self.named)
        self.by_batch = bool(model.penalized) or model.loss.by_batch or metrics_by_batch
        self.first_row = self.seen = self.measured = first_row
        self.total = 0.0
        model.reset_metrics()

    def add(self, rows: int, penalty=0.0) -> None:
        """So many more rows have been predicted; `penalty` is what the regularizers add to their loss."""
        self.seen += rows
        if self.by_batch:
            with quiet():
                self.measure(penalty)

    def measure(self, penalty=0.0) -> None:
        fresh = slice(self.measured, self.seen)
        t_BK, y_BK, w_B, p_BK = (None if array is None else array[fresh] for array in self.arrays)
        loss = self.model.loss
        values_B = loss.per_row(t_BK, p_BK)
        if w_B is not None:
            values_B = values_B * w_B
        self.total += len(p_BK) * (float(loss.reduced(values_B)) + penalty)
        for number, (_, metric) in enumerate(self.named):
            metric.update_state(y_BK, p_BK, w_B if number >= self.weighted_from else None)
        self.measured = self.seen

    def logs(self) -> dict[str, float]:
        """Name to value, in alphabetical order, as Keras has it."""
        with quiet():
            if self.measured < self.seen:
                self.measure()
            values = [(name, metric.result()) for name, metric in self.named]
        values.append(("loss", self.total / (self.seen - self.first_row)))
        return {
            name: np.array(value, floatx()) if getattr(value, "ndim", 0) else float(value)
            for name, value in sorted(values)
        }
