"""Programs of the kind that textbooks on dense networks print, whole: they run under both imports."""

import tempfile
from pathlib import Path

import numpy as np

RNG = np.random.default_rng(3)
X = RNG.normal(size=(300, 8)).astype("float32")
SCORES = X @ RNG.normal(size=(8, 4)).astype("float32") + 0.3 * RNG.normal(size=(300, 4)).astype("float32")


def given_weights(model, seed=0):
    """The two libraries draw other random numbers, so the programs begin with these."""
    rng = np.random.default_rng(seed)
    drawn = [rng.normal(size=np.shape(w), scale=0.5) if np.ndim(w) > 1 else np.asarray(w) for w in model.get_weights()]
    model.set_weights(drawn)


def reviews(keras):
    """Two classes, a validation set of its own, names instead of objects, probabilities rounded to answers."""
    y = (SCORES[:, 0] > 0).astype("float32")
    x_val, x_train, y_val, y_train = X[:80], X[80:], y[:80], y[80:]
    model = keras.Sequential()
    model.add(keras.Input(shape=(8,)))
    model.add(keras.layers.Dense(16, activation="relu"))
    model.add(keras.layers.Dense(16, activation="relu"))
    model.add(keras.layers.Dense(1, activation="sigmoid"))
    given_weights(model)
    model.compile(optimizer="rmsprop", loss="binary_crossentropy", metrics=["accuracy"])
    history = model.fit(
        x_train, y_train, epochs=4, batch_size=64, validation_data=(x_val, y_val), shuffle=False, verbose=0
    )
    probabilities = np.asarray(model.predict(X[:9], verbose=0))
    return {
        "history": history.history,
        "results": model.evaluate(X, y, verbose=0),
        "answers": np.round(probabilities),
        "parameters": model.count_params(),
        "first weight": [model.weights[0].name, np.asarray(model.weights[0].numpy())],
    }


def newswires(keras):
    """Several classes, one-hot and as numbers; a penalty; the second best answer; weights of the classes."""
    y = SCORES.argmax(axis=1)
    one_hot = keras.utils.to_categorical(y, 4)
    penalty = keras.regularizers.l2(0.002)
    first = keras.Sequential(
        [
            keras.Input((8,)),
            keras.layers.Dense(32, activation="relu", kernel_regularizer=penalty, kernel_initializer="he_normal"),
            keras.layers.Dropout(0.0),
            keras.layers.Dense(4),
            keras.layers.Activation("softmax"),
        ],
        name="newswires",
    )
    given_weights(first)
    top_two = keras.metrics.TopKCategoricalAccuracy(k=2, name="top_two")
    first.compile(
        keras.optimizers.Adam(learning_rate=1e-2),
        loss="categorical_crossentropy",
        metrics=["accuracy", top_two, "categorical_crossentropy"],
    )
    second = keras.Sequential([keras.Input((8,)), keras.layers.Dense(32, "relu"), keras.layers.Dense(4)])
    given_weights(second)
    second.compile(
        keras.optimizers.SGD(0.05, 0.9, nesterov=True),
        keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=["sparse_categorical_accuracy"],
    )
    arguments = {"epochs": 3, "batch_size": 50, "shuffle": False, "verbose": 0}
    weights = {0: 2.0, 1: 1.0, 2: 1.0, 3: 0.5}
    return {
        "name": first.name,
        "first": first.fit(X, one_hot, validation_split=0.25, **arguments).history,
        "second": second.fit(X, y, class_weight=weights, **arguments).history,
        "evaluate": first.evaluate(X, one_hot, verbose=0, return_dict=True),
        "classes": np.argmax(np.asarray(first.predict(X[:20], verbose=0)), axis=-1),
    }


def houses(keras):
    """Regression in three folds, with features normalized in the model, early stopping and a falling rate."""
    y, results, fold = SCORES[:, 1], [], len(X) // 3
    for number in range(3):
        held = slice(number * fold, (number + 1) * fold)
        x_train = np.concatenate([X[: held.start], X[held.stop :]])
        y_train = np.concatenate([y[: held.start], y[held.stop :]])
        normalization = keras.layers.Normalization()
        normalization.adapt(x_train)
        hidden, last = keras.layers.Dense(12, activation="relu"), keras.layers.Dense(1)
        model = keras.Sequential([keras.Input((8,)), normalization, hidden, last])
        rng = np.random.default_rng(number)
        for layer in (hidden, last):
            layer.set_weights([rng.normal(size=np.shape(w), scale=0.4) for w in layer.get_weights()])
        model.compile(optimizer="adam", loss="mse", metrics=["mae", keras.metrics.RootMeanSquaredError()])
        watching = [
            keras.callbacks.EarlyStopping(monitor="val_mae", mode="min", patience=1, restore_best_weights=True),
            keras.callbacks.ReduceLROnPlateau(monitor="val_loss", factor=0.5, patience=1, min_lr=1e-5),
        ]
        history = model.fit(
            x_train, y_train, validation_data=(X[held], y[held]), epochs=5, batch_size=16, verbose=0, shuffle=False,
            callbacks=watching,
        )  # fmt: skip
        results += [history.history, model.evaluate(X[held], y[held], verbose=0)]
    return {"folds": results, "rate": float(model.optimizer.learning_rate), "units": hidden.get_config()["units"]}


def watchers(keras):
    """Callbacks of one's own: losses of the batches, a warm-up, an early end, predictions in between."""
    y, notes = (SCORES[:, 2] > 0).astype(int), []

    class BatchLosses(keras.callbacks.Callback):
        def on_train_begin(self, logs=None):
            self.losses = []

        def on_train_batch_end(self, batch, logs=None):
            self.losses.append(float(logs["loss"]))

        def on_epoch_end(self, epoch, logs=None):
            notes.append([epoch, float(logs["loss"]), self.params["epochs"], self.params["steps"], *sorted(logs)])
            if logs["accuracy"] > 0.87:
                self.model.stop_training = True

    class WarmUp(keras.callbacks.Callback):
        def __init__(self, steps):
            super().__init__()
            self.steps = steps

        def on_train_batch_begin(self, batch, logs=None):
            step = int(self.model.optimizer.iterations) + 1
            self.model.optimizer.learning_rate = 0.01 * min(1.0, step / self.steps)

        def on_epoch_end(self, epoch, logs=None):
            logs["rate"] = float(self.model.optimizer.learning_rate)

        def on_test_end(self, logs=None):
            notes.append(["test", float(logs["loss"])])

    class Look(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            notes.append(np.ravel(np.asarray(self.model.predict(X[:3], verbose=0))).tolist())
            self.model.evaluate(X[:30], y[:30], verbose=0)

    model = keras.Sequential(
        [
            keras.Input((8,)),
            keras.layers.Dense(10, "tanh"),
            keras.layers.BatchNormalization(),
            keras.layers.Dense(1, "sigmoid"),
        ]
    )
    given_weights(model)
    model.compile(
        keras.optimizers.Adam(), keras.losses.BinaryCrossentropy(), metrics=["accuracy", keras.metrics.AUC(name="auc")]
    )
    losses = BatchLosses()
    begin = keras.callbacks.LambdaCallback(on_epoch_begin=lambda epoch, logs: notes.append(["begin", epoch]))
    history = model.fit(
        X, y, epochs=6, batch_size=64, verbose=0, shuffle=False, validation_split=0.2,
        callbacks=[losses, WarmUp(10), Look(), begin],
    )  # fmt: skip
    return {"history": history.history, "batches": losses.losses, "notes": notes, "weights": model.get_weights()}


def files(keras):
    """Checkpoints, a loaded model that trains on, a copy from its configuration, fine-tuning, a loop of batches."""
    y = SCORES[:, :2]
    model = keras.Sequential(
        [keras.Input((8,)), keras.layers.Dense(6, activation="gelu", name="hidden"), keras.layers.Dense(2, name="out")]
    )
    given_weights(model)
    model.compile(keras.optimizers.RMSprop(1e-2, momentum=0.5), "mean_squared_error", metrics=["mean_absolute_error"])
    quietly = {"shuffle": False, "verbose": 0}
    with tempfile.TemporaryDirectory() as folder:
        best, weights, whole = (Path(folder, name) for name in ("best.keras", "{epoch:02d}.weights.h5", "whole.keras"))
        keeping = [
            keras.callbacks.ModelCheckpoint(str(best), monitor="val_loss", save_best_only=True),
            keras.callbacks.ModelCheckpoint(str(weights), save_weights_only=True),
        ]
        found = {"history": model.fit(X, y, epochs=4, validation_split=0.2, callbacks=keeping, **quietly).history}
        again = keras.models.load_model(best)
        found["best"] = again.evaluate(X, y, verbose=0)
        found["trained on"] = [again.fit(X, y, **quietly).history, int(again.optimizer.iterations)]
        tuned = keras.Sequential.from_config(model.get_config())
        tuned.load_weights(Path(folder, "02.weights.h5"))
        tuned.get_layer("hidden").trainable = False
        tuned.compile(keras.optimizers.SGD(0.01), loss="mae")
        found["tuned"] = [tuned.evaluate(X, y, verbose=0), tuned.fit(X, y, epochs=2, **quietly).history]
        found["frozen"] = tuned.get_layer("hidden").get_weights()[0]
        found["batches"] = [model.train_on_batch(X[i : i + 100], y[i : i + 100]) for i in (0, 100, 200)]
        model.save(whole)
        found["same"] = keras.models.load_model(whole).predict(X[:5], verbose=0)
        found["files"] = sorted(path.name for path in Path(folder).iterdir())
    return found | {"clone": keras.models.clone_model(model).count_params()}


PROGRAMS = {f"textbook: {program.__name__}": program for program in (reviews, newswires, houses, watchers, files)}
