"""The training loop, and the measuring that goes with it: compile, fit, evaluate, predict.

Letters: x rows of features, t targets as the loss wants them, y targets as the metrics want them, p predictions,
w weights of the rows; B rows of a batch, F features, K outputs.
"""

import numpy as np

from lessonlib import data_adapter, losses, optimizers, utils
from lessonlib import metrics as metrics_module
from lessonlib.batches import Batches, Rows, due, first_batches
from lessonlib.callbacks.callback_list import CallbackList
from lessonlib.config import floatx, quiet
from lessonlib.running_means import RunningMeans
from lessonlib.threads import Threads

ROWS_AT_ONCE = 1024  # predictions are made for this many rows at a time


class Trainer:
    """What a model can do besides computing; `models.Model` inherits from this."""

    optimizer = loss = history = None
    compiled = False
    stop_training = stop_evaluating = stop_predicting = False
    _metrics_asked = (), ()  # the entries of `metrics` and of `weighted_metrics`
    metrics = ()  # the metrics of `compile`, once the first data have told what "accuracy" means

    def compile(self, optimizer="rmsprop", loss=None, loss_weights=None, metrics=None, weighted_metrics=None,
                run_eagerly=False, steps_per_execution=1, jit_compile="auto", auto_scale_loss=True):  # fmt: skip
        """Choose how to train: the optimizer, the loss to make small, the metrics to report beside it.

        A model that is compiled again keeps the loss and the metrics that are not given anew.

        Args:
            optimizer: a name ("sgd", "rmsprop", "adam") or one of `optimizers`.
            loss: a name ("binary_crossentropy", "sparse_categorical_crossentropy", "categorical_crossentropy",
                "mse", …) or one of `losses`.
            metrics: a list of names ("accuracy", "mae", …), of `metrics`, or of functions f(y_true, y_pred).
            weighted_metrics: the same, but these count every row with its sample_weight or class_weight.
            run_eagerly, steps_per_execution, jit_compile, auto_scale_loss: accepted and ignored; they steer
                Keras's compilers, and here nothing is compiled.

        Raises:
            ValueError: a name is unknown, `metrics` is not a list, or there are `loss_weights`.
        """
        loss = utils.only(loss)
        if loss is None and self.loss is None:
            raise ValueError("`loss` is None: say what to make small, for instance loss='binary_crossentropy'.")
        if loss_weights is not None or len(self.outputs) > 1:
            raise ValueError(
                "A model with several outputs predicts, but is not trained here; so leave out `loss_weights`."
            )
        plain, weighted = metrics_module.flat(metrics), metrics_module.flat(weighted_metrics, "weighted_metrics")
        if loss is not None:
            self._loss_by_shape = isinstance(loss, str) and loss.lower() in ("crossentropy", "ce")
            self.loss = losses.by_shape(1, 1) if self._loss_by_shape else losses.get(loss)
        if metrics is not None or weighted_metrics is not None:
            self._metrics_asked = plain, weighted
        self.optimizer = optimizers.get(optimizer)
        self.metrics, self.compiled = None, True
        if self.freezes_anew():
            self._lay_out()

    def fit(self, x=None, y=None, batch_size=None, epochs=1, verbose="auto", callbacks=None, validation_split=0.0,
            validation_data=None, shuffle=True, class_weight=None, sample_weight=None, initial_epoch=0,
            steps_per_epoch=None, validation_steps=None, validation_batch_size=None, validation_freq=1):  # fmt: skip
        """Train: show the model all rows, batch after batch, epoch after epoch, one update a batch.

        Args:
            x: array of shape (rows, features).
            y: targets, one for each row.
            batch_size: rows for one update, 32 by default, or what makes `steps_per_epoch` batches of all rows; the
                last batch of an epoch may be smaller.
            epochs: the epoch to stop after.
            verbose: 0 says nothing, 1 (also "auto") draws a progress bar, 2 writes a line an epoch.
            callbacks: a list of `callbacks.Callback`.
            validation_split: the share of rows, the last ones, that is measured after each epoch and not trained on.
            validation_data: (x, y) or (x, y, sample_weight) to measure after each epoch instead.
            shuffle: whether the training rows get a new order in every epoch.
            class_weight: {class number: weight}; a class left out has weight 1.
            sample_weight: how much each row counts. The sum of the weighted losses is divided by the number of rows.
            initial_epoch: the number of the first epoch, when training goes on.
            validation_batch_size: rows in a batch of validation, for callbacks that look at those.
            validation_freq: measure after every so many epochs, or after those (counted from 1) in a list.
            steps_per_epoch: end an epoch after so many batches; the next one goes on with the rows not yet seen.
            validation_steps: measure on the first so many batches of the validation rows.

        Returns:
            `History`: `.history` maps "loss" and each metric, with and without "val_", to a list with a number
            for each epoch. The training numbers are means over the batches as they were met, each measured
            *before* its update; the "val_" numbers are measured after the epoch's last update.

        Raises:
            ValueError, TypeError: what is given does not fit together; the message says what, and what to do.
        """
        self._require_compiled(to_train=True)
        training, validation = data_adapter.training_rows(
            x, y, sample_weight, class_weight, validation_split, validation_data
        )
        if validation:
            validation = self._prepare(*validation, "x" if validation_data is None else "validation_data")
            size = validation_batch_size or batch_size
            size_and_count = first_batches(len(validation.t), size, validation_steps, "validation_steps")
        rows = self._prepare(*training)
        batches = Batches(rows, self._empty_outputs(len(rows.t)), batch_size, shuffle, steps_per_epoch)
        is_due = due(validation_freq)
        epochs = utils.check_whole_number(epochs, "epochs", 0, TypeError)
        first = utils.check_whole_number(initial_epoch, "initial_epoch", 0, TypeError)
        calls = CallbackList(callbacks, self, verbose=verbose, epochs=epochs, steps=batches.steps)
        self.history, self.stop_training, logs = calls.history, False, {}

        largest_product = batches.batch_size * max(map(np.prod, self.trained_shapes), default=0)
        with quiet(), Threads(largest_product) as threads:
            calls.on_train_begin()
            first, self._initial_epoch = self._initial_epoch or first, None
            somebody_looks = calls.listen("train_batch")  # at batches, where most callbacks have nothing to do
            for epoch in range(first, epochs):
                calls.on_epoch_begin(epoch)
                views = threads.in_turns(batches.epoch(self.generator))  # the rows are shuffled now
                means = RunningMeans(self, batches.rows, batches.p, batches.first_row)
                for number, (x_BF, t_BK, w_B, p_BK) in enumerate(views):
                    if somebody_looks:
                        calls.on_train_batch_begin(number)
                    self.train_step(x_BF, t_BK, p_BK, w_B)
                    means.add(len(p_BK), self._penalty_before)
                    if somebody_looks:
                        calls.on_train_batch_end(number, means.logs)  # the function: measured if somebody looks
                    if self.stop_training:
                        break
                self.history.batches = number + 1
                logs = means.logs()
                if validation and is_due(epoch):
                    measured = self._evaluate(validation, *size_and_count, calls)
                    logs = dict(sorted((logs | {f"val_{name}": value for name, value in measured.items()}).items()))
                calls.on_epoch_end(epoch, logs)
                if self.stop_training:
                    break
            self.optimizer.finish(self.parameters)
            calls.on_train_end(logs)
        return self.history

    _initial_epoch = None  # where a callback that restores a training wants it to go on
    _penalty_before = 0.0  # what the regularizers added to the loss before the last update

    def train_step(self, x_BF, t_BK, p_BK, w_B=None) -> None:
        """One update: predict, find the gradient of the loss, take one step against it."""
        self.forward(x_BF, p_BK, True)
        self.backward(t_BK, p_BK, w_B)
        if self.penalized:
            self._penalty_before = self.penalty()
        self.optimizer.step(self.parameters, self.gradients)

    def train_on_batch(self, x, y=None, sample_weight=None, class_weight=None, return_dict=False):
        """One update on these rows, all at once.

        Returns:
            [loss, metric, …] of these rows, measured before the update; the loss alone when there are no metrics,
            or a dictionary if `return_dict`.

        Raises:
            ValueError: as for `fit`.
        """
        self._require_compiled(to_train=True)
        rows = self._prepare(*data_adapter.rows(x, y, sample_weight, class_weight))
        p_BK = self._empty_outputs(len(rows.t))
        means = RunningMeans(self, rows, p_BK)
        with quiet():
            self.train_step(rows.x, rows.t, p_BK, rows.w)
            means.add(len(p_BK), self._penalty_before)
            return self._in_form(means.logs(), return_dict)

    def test_on_batch(self, x, y=None, sample_weight=None, return_dict=False):
        """What `evaluate` says of these rows, all at once."""
        return self.evaluate(x, y, len(x), 0, sample_weight, return_dict=return_dict)

    def evaluate(self, x=None, y=None, batch_size=None, verbose="auto", sample_weight=None, steps=None,
                 callbacks=None, return_dict=False):  # fmt: skip
        """Measure loss and metrics on rows without training on them.

        Returns:
            [loss, metric, …], or the loss alone when there are no metrics, or a dictionary if `return_dict`.

        Raises:
            ValueError: as for `fit`.
        """
        self._require_compiled()
        rows = self._prepare(*data_adapter.rows(x, y, sample_weight))
        batch_size, count = first_batches(len(rows.t), batch_size, steps)
        calls = self._calls(callbacks, verbose, -(-count // batch_size))
        return self._in_form(self._evaluate(rows, batch_size, count, calls), return_dict)

    def _evaluate(self, rows: Rows, batch_size: int, count: int, calls) -> dict:
        """Measure the first `count` rows."""
        self.stop_evaluating, p_BK = False, self._empty_outputs(count)
        means = RunningMeans(self, rows, p_BK)
        calls.on_test_begin()
        size = batch_size if calls.listen("test_batch") or means.by_batch else ROWS_AT_ONCE
        for number, start in enumerate(range(0, len(p_BK), size)):
            calls.on_test_batch_begin(number)
            part = slice(start, min(start + size, len(p_BK)))
            self._predict(rows.x[part], p_BK[part])
            means.add(len(p_BK[part]), self.penalty())
            calls.on_test_batch_end(number, means.logs)
            if self.stop_evaluating:
                break
        logs = means.logs()
        calls.on_test_end(logs)
        return logs

    def predict(self, x, batch_size=None, verbose="auto", steps=None, callbacks=None) -> np.ndarray:
        """The model's outputs for rows of features: a new array of shape (rows, outputs).

        Raises:
            ValueError: `x` is not a table with the model's number of features.
        """
        if len(self.outputs) > 1:
            return self.each_output(x)
        x_BF = self._features(x)
        batch_size, count = first_batches(len(x_BF), batch_size, steps)
        calls = self._calls(callbacks, verbose, -(-count // batch_size))
        self.stop_predicting, p_BK = False, self._empty_outputs(count)
        calls.on_predict_begin()
        size = batch_size if calls.listen("predict_batch") else ROWS_AT_ONCE
        for number, start in enumerate(range(0, count, size)):
            calls.on_predict_batch_begin(number)
            part = slice(start, min(start + size, count))
            self._predict(x_BF[part], p_BK[part])
            calls.on_predict_batch_end(number, {"outputs": p_BK[part]})
            if self.stop_predicting:
                p_BK = p_BK[: start + size]
                break
        calls.on_predict_end()
        return p_BK

    def predict_on_batch(self, x) -> np.ndarray:
        """The outputs for these rows, all at once."""
        if len(self.outputs) > 1:
            return self.each_output(x)
        x_BF = self._features(x)
        return self._predict(x_BF, self._empty_outputs(len(x_BF)))

    def _predict(self, x_BF, p_BK) -> np.ndarray:
        with quiet():
            for start in range(0, len(x_BF), ROWS_AT_ONCE):
                self.forward(x_BF[start : start + ROWS_AT_ONCE], p_BK[start : start + ROWS_AT_ONCE])
        return p_BK

    def _empty_outputs(self, rows: int) -> np.ndarray:
        return np.empty((rows, *self.output_shape[1:]), floatx())

    def _calls(self, callbacks, verbose, steps: int) -> CallbackList:
        """The callbacks of `evaluate` and `predict`."""
        if isinstance(callbacks, CallbackList):
            return callbacks
        return CallbackList(callbacks, self, add_history=False, verbose=verbose, steps=steps)

    def reset_metrics(self) -> None:
        """Forget what the metrics have counted."""
        for metric in self.metrics or ():
            metric.reset_state()

    @property
    def metrics_names(self) -> list[str]:
        """The names of what `evaluate` returns, in its order; a second metric of the same name comes last."""
        logged, own = [name for name, _ in self._named_metrics()], [metric.name for metric in self.metrics or ()]
        return ["loss", *own, *sorted(set(logged) - set(own))]

    def _named_metrics(self):
        """(name, metric); where a name comes twice, the second gets a number, or is called weighted."""
        weighted_from, names = len(self._metrics_asked[0]), []
        for number, metric in enumerate(self.metrics or ()):
            name = metric.name
            if name in names:
                name = f"weighted_{name}" if number >= weighted_from else f"{name}_{names.count(name)}"
            names.append(name)
        return list(zip(names, self.metrics or (), strict=True))

    def _in_form(self, logs: dict, return_dict: bool):
        """The logs as a dictionary, as a list that begins with the loss, or, without metrics, as the loss alone."""
        if return_dict:
            return logs
        values = [logs[name] for name in self.metrics_names]
        return values if len(values) > 1 else values[0]

    def _require_compiled(self, to_train=False) -> None:
        if self.loss is None:
            raise ValueError(
                "You must call `compile()` before using the model, for instance "
                "model.compile(optimizer='adam', loss='binary_crossentropy', metrics=['accuracy'])."
            )
        if to_train and self.freezes_anew():
            if self.optimizer.iterations:
                raise ValueError("Layers were frozen, or set free, after the training began. Call `compile()` again.")
            self._lay_out()

    def _features(self, x, name="x") -> np.ndarray:
        """x as the model's rows, for which it is built now if it has not been."""
        x_BF = data_adapter.features(x, self.input_shape, name)
        if not self.built:
            self.build(x_BF.shape)
        return x_BF

    def _prepare(self, x, y, w_B=None, name="x") -> Rows:
        """The rows for the loop: features, targets as the loss wants them and as the metrics want them, weights.

        The first ones also settle what waited for data: the weights, "crossentropy", "accuracy", the optimizer.
        """
        x_BF = self._features(x, name)
        y_BK = np.ascontiguousarray(y).reshape(len(y), -1)
        if self._loss_by_shape:
            self.loss, self._loss_by_shape = losses.by_shape(y_BK.shape[1], self.units), False
        t_BK = self.loss.targets(y, self.units)
        if y_BK.shape == t_BK.shape and np.array_equal(y_BK, t_BK):
            y_BK = t_BK
        if self.metrics is None:
            asked = self._metrics_asked[0] + self._metrics_asked[1]
            self.metrics = [metrics_module.get(metric, y_BK.shape[1], self.units) for metric in asked]
        if not all(metric.any_batches for metric in self.metrics):
            y_BK = np.ascontiguousarray(y)  # those of your own see the targets as they came, with one axis or two
        self.take_home()
        if self.optimizer.parameters is not self.parameters:
            self.optimizer.prepare(self.parameters, self.trained_shapes)
        return Rows(x_BF, t_BK, y_BK, w_B)
