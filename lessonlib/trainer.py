"""The training loop, and the measuring that goes with it: compile, fit, evaluate, predict.

Letters: x rows of features, t targets as the loss wants them, p predictions; B rows of a batch, F features, K outputs.
"""

import numpy as np

from lessonlib import data_adapter, losses, optimizers
from lessonlib import metrics as metrics_module
from lessonlib.callbacks import CallbackList
from lessonlib.config import floatx
from lessonlib.progress import Progbar

ROWS_AT_ONCE = 1024  # predictions are made for this many rows at a time


def quiet():
    """No warnings: the sigmoid of a hopeless score meets e^x beyond float32's range, and 1/(1 + inf) is right."""
    return np.errstate(over="ignore", invalid="ignore", divide="ignore")


class Trainer:
    """What a model can do besides computing. `Sequential` is the only model, and inherits from this."""

    optimizer = loss = history = None
    stop_training = False

    def compile(self, optimizer="rmsprop", loss=None, metrics=None):
        """Choose how to train: the optimizer, the loss to make small, the metrics to report beside it.

        Args:
            optimizer: a name ("sgd", "rmsprop", "adam") or one of `optimizers`.
            loss: a name ("binary_crossentropy", "sparse_categorical_crossentropy", "categorical_crossentropy",
                "mse") or one of `losses`.
            metrics: a list of names ("accuracy", "mae", …) or of `metrics`.

        Raises:
            ValueError: a name is unknown, or `metrics` is not a list.
        """
        if metrics is not None and not isinstance(metrics, (list, tuple)):
            raise ValueError(
                f"Expected `metrics` argument to be a list. Received instead: metrics={metrics!r} of type "
                f"{type(metrics).__name__}. Write metrics=[{metrics!r}]."
            )
        if loss is None:
            raise ValueError("`loss` is None: say what to make small, for instance loss='binary_crossentropy'.")
        for metric in metrics or []:
            metrics_module.get(metric)  # an unknown name is told here, not in the first epoch
        self.optimizer = optimizers.get(optimizer)
        self.loss = losses.get(loss)
        self._metrics_asked, self._metrics = list(metrics or []), None

    def fit(self, x=None, y=None, batch_size=None, epochs=1, verbose="auto", callbacks=None, validation_split=0.0,
            validation_data=None, shuffle=True, initial_epoch=0):  # fmt: skip
        """Train: show the model all rows, batch after batch, epoch after epoch, one update a batch.

        Args:
            x: array of shape (rows, features).
            y: targets, one for each row.
            batch_size: rows for one update, 32 by default; the last batch of an epoch may be smaller.
            epochs: the epoch to stop after.
            verbose: 0 says nothing, 1 (also "auto") draws a progress bar, 2 writes a line an epoch.
            callbacks: a list of `callbacks.Callback`.
            validation_split: the share of rows, the last ones, that is measured after each epoch and not trained on.
            validation_data: (x, y) to measure after each epoch instead.
            shuffle: whether the training rows get a new order in every epoch.
            initial_epoch: the number of the first epoch, when training goes on.

        Returns:
            `History`: `.history` maps "loss" and each metric, with and without "val_", to a list with a number
            for each epoch. The training numbers are means over the batches as they were met, each measured
            *before* its update; the "val_" numbers are measured after the epoch's last update.

        Raises:
            ValueError: what is given does not fit together; the message says what, and what to do.
        """
        self._require_compiled()
        x_BF, y_B = data_adapter.pair(x, y)
        batch_size = data_adapter.whole_number(32 if batch_size is None else batch_size, "batch_size")
        epochs = data_adapter.whole_number(epochs, "epochs", least=0)
        validation = None
        if validation_data is not None:
            validation = self._prepare(*data_adapter.validation_pair(validation_data), "validation_data")
        elif validation_split:
            (x_BF, y_B), last = data_adapter.split(x_BF, y_B, validation_split)
            validation = self._prepare(*last)
        batches = data_adapter.Batches(*self._prepare(x_BF, y_B), batch_size, shuffle)
        params = {"verbose": chosen(verbose), "epochs": epochs, "steps": len(batches.views)}
        calls = CallbackList(callbacks, self, params)
        self.history, self.stop_training, logs = calls.history, False, {}

        with quiet():
            calls.on_train_begin()
            for epoch in range(initial_epoch, epochs):
                calls.on_epoch_begin(epoch)
                if shuffle:
                    batches.shuffle(self.generator)
                running = RunningMeans(self)
                for number, (x_BF, t_BK, y_BK, p_BK) in enumerate(batches.views):
                    if calls.at_batch_begin:
                        calls.on_train_batch_begin(number)
                    self.train_step(x_BF, t_BK, p_BK)
                    if calls.at_batch_end:  # else nobody looks before the end of the epoch
                        running.update(t_BK, y_BK, p_BK)
                        calls.on_train_batch_end(number, running.logs())
                    if self.stop_training:
                        break
                if not calls.at_batch_end:
                    running.update(batches.t, batches.y, batches.p)
                logs = running.logs()
                if validation:
                    logs |= {"val_" + name: value for name, value in self._evaluate(*validation).items()}
                calls.on_epoch_end(epoch, logs)
                if self.stop_training:
                    break
            calls.on_train_end(logs)
        return self.history

    def train_step(self, x_BF, t_BK, p_BK) -> None:
        """One update: predict, find the gradient of the loss, take one step against it."""
        self.forward(x_BF, p_BK)
        self.backward(t_BK, p_BK)
        self.optimizer.step(self.parameters, self.gradients)

    def train_on_batch(self, x, y, return_dict=False):
        """One update on these rows, all at once.

        Returns:
            [loss, metric, …] of these rows, measured before the update; the loss alone when there are no metrics,
            or a dictionary if `return_dict`.

        Raises:
            ValueError: as for `fit`.
        """
        self._require_compiled()
        x_BF, t_BK, y_BK = self._prepare(*data_adapter.pair(x, y))
        p_BK = np.empty_like(t_BK)
        means = RunningMeans(self)
        with quiet():
            self.train_step(x_BF, t_BK, p_BK)
            means.update(t_BK, y_BK, p_BK)
        return self._in_form(means.logs(), return_dict)

    def evaluate(self, x=None, y=None, batch_size=None, verbose="auto", return_dict=False):
        """Measure loss and metrics on rows without training on them.

        Returns:
            [loss, metric, …], or the loss alone when there are no metrics, or a dictionary if `return_dict`.

        Raises:
            ValueError: as for `fit`.
        """
        self._require_compiled()
        prepared = self._prepare(*data_adapter.pair(x, y))
        bar = Progbar(steps(len(prepared[0]), batch_size), chosen(verbose))
        with quiet():
            logs = self._evaluate(*prepared)
        bar.finish(logs)
        return self._in_form(logs, return_dict)

    def _in_form(self, logs: dict, return_dict: bool):
        """The logs as a dictionary, as a list that begins with the loss, or, without metrics, as the loss alone."""
        if return_dict:
            return logs
        values = [logs["loss"], *(logs[metric.name] for metric in self._metrics)]
        return values if len(values) > 1 else values[0]

    def predict(self, x, batch_size=None, verbose="auto") -> np.ndarray:
        """The model's outputs for rows of features: a new array of shape (rows, outputs).

        Raises:
            ValueError: `x` is not a table with the model's number of features.
        """
        x_BF = self._checked(data_adapter.features(x))
        bar = Progbar(steps(len(x_BF), batch_size), chosen(verbose))
        with quiet():
            p_BK = self._predict(x_BF)
        bar.finish()
        return p_BK

    def _predict(self, x_BF) -> np.ndarray:
        p_BK = np.empty((len(x_BF), self.units), floatx())
        for start in range(0, len(x_BF), ROWS_AT_ONCE):
            rows = slice(start, start + ROWS_AT_ONCE)
            self.forward(x_BF[rows], p_BK[rows])
        return p_BK

    def _evaluate(self, x_BF, t_BK, y_BK) -> dict:
        means = RunningMeans(self)
        means.update(t_BK, y_BK, self._predict(x_BF))
        return means.logs()

    def _require_compiled(self) -> None:
        if self.loss is None:
            raise ValueError(
                "You must call `compile()` before using the model, for instance "
                "model.compile(optimizer='adam', loss='binary_crossentropy', metrics=['accuracy'])."
            )

    def _checked(self, x_BF, name="x") -> np.ndarray:
        """The rows, once the model has been built for them or they are known to fit it."""
        if not self.built:
            self.build(x_BF.shape)
        data_adapter.fits_model(x_BF, self.inputs, self.layers[0].name, name)
        return x_BF

    def _prepare(self, x_BF, y, name="x"):
        """Features, targets as the loss wants them, targets as the metrics want them: (rows, numbers) each."""
        self._checked(x_BF, name)
        t_BK = self.loss.targets(y, self.units)
        y_BK = np.ascontiguousarray(y).reshape(len(y), -1)
        if y_BK.shape == t_BK.shape:
            y_BK = t_BK
        if self._metrics is None:
            self._metrics = [metrics_module.get(asked, y_BK.shape[1], self.units) for asked in self._metrics_asked]
        self.optimizer.prepare(self.parameters)
        return x_BF, t_BK, y_BK


class RunningMeans:
    """Loss and metrics over the rows seen so far."""

    def __init__(self, model: Trainer):
        self.loss, self.metrics = model.loss, model._metrics
        self.total, self.rows = 0.0, 0
        for metric in self.metrics:
            metric.reset_state()

    def update(self, t_BK, y_BK, p_BK) -> None:
        self.total += float(np.sum(self.loss.per_row(t_BK, p_BK)))
        self.rows += len(p_BK)
        for metric in self.metrics:
            metric.update_state(y_BK, p_BK)

    def logs(self) -> dict[str, float]:
        """Name to value, in alphabetical order, as Keras has it."""
        logs = {metric.name: metric.result() for metric in self.metrics}
        logs["loss"] = self.total / self.rows
        return dict(sorted(logs.items()))


def steps(rows: int, batch_size: int | None) -> int:
    """How many batches the rows make, the last one perhaps smaller."""
    return -(-rows // data_adapter.whole_number(32 if batch_size is None else batch_size, "batch_size"))


def chosen(verbose) -> int:
    """The level that `verbose` means: "auto" is 1.

    Raises:
        ValueError: it is none of "auto", 0, 1, 2.
    """
    levels = {"auto": 1, 0: 0, 1: 1, 2: 2}
    if verbose not in levels:
        raise ValueError(f"`verbose` must be 'auto', 0, 1 or 2. Received: verbose={verbose!r}")
    return levels[verbose]
