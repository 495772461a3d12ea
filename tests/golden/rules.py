"""Optimizers, schedules and callbacks, each run alone on prepared numbers, under Keras and under lessonlib."""

import contextlib
import io
import os
import tempfile
import warnings

import numpy as np

STEPS = 40
SHAPES = [(3, 2), (4,)]

# name: (class, arguments); a pair as learning_rate is a schedule: (class, arguments)
OPTIMIZERS = {
    "sgd": ("SGD", {}),
    "sgd-momentum": ("SGD", {"momentum": 0.9}),
    "sgd-nesterov": ("SGD", {"learning_rate": 0.1, "momentum": 0.9, "nesterov": True}),
    "sgd-decay": ("SGD", {"momentum": 0.5, "weight_decay": 0.1}),
    "sgd-clipnorm": ("SGD", {"learning_rate": 0.1, "clipnorm": 0.5}),
    "sgd-clipvalue": ("SGD", {"learning_rate": 0.1, "clipvalue": 0.2}),
    "sgd-global": ("SGD", {"learning_rate": 0.1, "global_clipnorm": 0.5}),
    "sgd-zero-limit": ("SGD", {"clipnorm": 0.0}),
    "rmsprop": ("RMSprop", {}),
    "rmsprop-rho": ("RMSprop", {"learning_rate": 0.01, "rho": 0.5, "epsilon": 1e-3}),
    "rmsprop-momentum": ("RMSprop", {"momentum": 0.9}),
    "rmsprop-centered": ("RMSprop", {"centered": True}),
    "rmsprop-all": ("RMSprop", {"momentum": 0.9, "centered": True, "weight_decay": 0.01, "clipnorm": 0.5}),
    "adam": ("Adam", {}),
    "adam-betas": ("Adam", {"learning_rate": 0.1, "beta_1": 0.5, "beta_2": 0.9, "epsilon": 1e-3}),
    "adam-amsgrad": ("Adam", {"amsgrad": True}),
    "adam-decay": ("Adam", {"weight_decay": 0.1}),
    "adam-clipvalue": ("Adam", {"clipvalue": 0.1}),
    "adamw": ("AdamW", {}),
    "adamw-amsgrad": ("AdamW", {"learning_rate": 0.01, "weight_decay": 0.1, "amsgrad": True, "global_clipnorm": 1.0}),
    "adagrad": ("Adagrad", {}),
    "adagrad-start": ("Adagrad", {"learning_rate": 0.1, "initial_accumulator_value": 0.0, "epsilon": 1e-5}),
    "nadam": ("Nadam", {}),
    "nadam-betas": ("Nadam", {"learning_rate": 0.1, "beta_1": 0.5, "beta_2": 0.9, "weight_decay": 0.01}),
    "adadelta": ("Adadelta", {}),
    "adadelta-rho": ("Adadelta", {"learning_rate": 1.0, "rho": 0.5, "epsilon": 1e-3, "weight_decay": 0.01}),
    "adamax": ("Adamax", {}),
    "adamax-betas": ("Adamax", {"learning_rate": 0.1, "beta_1": 0.5, "beta_2": 0.9, "epsilon": 1e-3, "clipnorm": 0.5}),
    "lion": ("Lion", {}),
    "lion-betas": ("Lion", {"learning_rate": 0.01, "beta_1": 0.5, "beta_2": 0.8, "weight_decay": 0.1}),
    "sgd-schedule": ("SGD", {"learning_rate": ("PiecewiseConstantDecay", {"boundaries": [9, 19],
                                                                          "values": [1.0, 0.1, 0.01]}),
                             "momentum": 0.9, "weight_decay": 0.1}),
    "adam-schedule": ("Adam", {"learning_rate": ("CosineDecay", {"initial_learning_rate": 0.0, "decay_steps": 20,
                                                                 "warmup_target": 0.1, "warmup_steps": 10})}),
    "sgd-cut": ("SGD", {"learning_rate": 0.1, "momentum": 0.9}),  # the rate falls to a tenth at step 20
}  # fmt: skip

SCHEDULES = {
    "exponential": ("ExponentialDecay", {"initial_learning_rate": 0.1, "decay_steps": 10, "decay_rate": 0.5}),
    "staircase": ("ExponentialDecay", {"initial_learning_rate": 0.1, "decay_steps": 10, "decay_rate": 0.5,
                                       "staircase": True}),
    "piecewise": ("PiecewiseConstantDecay", {"boundaries": [10, 30, 31], "values": [1.0, 0.5, 0.1, 0.01]}),
    "polynomial": ("PolynomialDecay", {"initial_learning_rate": 0.1, "decay_steps": 30}),
    "polynomial-power": ("PolynomialDecay", {"initial_learning_rate": 0.1, "decay_steps": 30, "power": 0.5,
                                             "end_learning_rate": 0.01}),
    "polynomial-cycle": ("PolynomialDecay", {"initial_learning_rate": 0.1, "decay_steps": 10, "cycle": True}),
    "inverse": ("InverseTimeDecay", {"initial_learning_rate": 0.1, "decay_steps": 10, "decay_rate": 0.5}),
    "inverse-staircase": ("InverseTimeDecay", {"initial_learning_rate": 0.1, "decay_steps": 10, "decay_rate": 0.5,
                                               "staircase": True}),
    "cosine": ("CosineDecay", {"initial_learning_rate": 0.1, "decay_steps": 30}),
    "cosine-alpha": ("CosineDecay", {"initial_learning_rate": 0.1, "decay_steps": 30, "alpha": 0.1}),
    "cosine-warmup": ("CosineDecay", {"initial_learning_rate": 0.0, "decay_steps": 30, "warmup_target": 0.1,
                                      "warmup_steps": 10, "alpha": 0.1}),
    "cosine-no-steps": ("CosineDecay", {"initial_learning_rate": 0.0, "decay_steps": 30, "warmup_target": 0.1}),
    "restarts": ("CosineDecayRestarts", {"initial_learning_rate": 0.1, "first_decay_steps": 10}),
    "restarts-equal": ("CosineDecayRestarts", {"initial_learning_rate": 0.1, "first_decay_steps": 10, "t_mul": 1.0,
                                               "m_mul": 0.5, "alpha": 0.1}),
    "restarts-odd": ("CosineDecayRestarts", {"initial_learning_rate": 0.1, "first_decay_steps": 7, "t_mul": 1.5,
                                             "m_mul": 0.9}),
}  # fmt: skip


def made(home, kind: str, arguments: dict):
    return getattr(home, kind)(**arguments)


def gradients(step: int) -> list:
    """Large, small and tiny gradients, and one that is zero for a while."""
    rng = np.random.default_rng(step)
    sizes = np.array([1, 0.1, 1e-3, 1e-6, 1e-9, 0.5, 3, 1, 1e-2, 0.0 if step < 5 else 1.0])
    g = rng.standard_normal(10) * sizes
    return [g[:6].reshape(SHAPES[0]), g[6:]]


def run_optimizer(keras, name: str, variable) -> list:
    """The ten parameters after every eighth step; `variable` makes an array into what the library calls one."""
    kind, arguments = OPTIMIZERS[name]
    if isinstance(arguments.get("learning_rate"), tuple):
        arguments = arguments | {"learning_rate": made(keras.optimizers.schedules, *arguments["learning_rate"])}
    optimizer = made(keras.optimizers, kind, arguments)
    rng = np.random.default_rng(0)
    variables = [variable(rng.standard_normal(shape)) for shape in SHAPES]
    kept = []
    for step in range(STEPS):
        if name == "sgd-cut" and step == 20:
            optimizer.learning_rate = 0.01
        if step % 2:
            optimizer.apply(gradients(step), variables)
        else:
            optimizer.apply_gradients(zip(gradients(step), variables, strict=True))
        if step % 8 == 0 or step == STEPS - 1:
            kept.append(np.concatenate([np.array(v).ravel() for v in variables]).tolist())
    assert int(optimizer.iterations) == STEPS
    return kept


def run_schedule(keras, name: str) -> list:
    """The rates of the first steps, and of a few late ones."""
    schedule = made(keras.optimizers.schedules, *SCHEDULES[name])
    return [float(schedule(step)) for step in [*range(75), 100, 1000]]


# What a training showed, epoch by epoch, as the callbacks see it.
FALLING = [0.9, 0.8, 0.7, 0.65, 0.6]
STUCK = [1.0, 0.9, 0.9, 0.9, 0.9, 0.9, 0.9, 0.9, 0.9, 0.9, 0.9, 0.9]
BUMPY = [0.9, 0.7, 0.75, 0.6, 0.6005, 0.59995, 0.7, 0.8, 0.4, 0.5, 0.6, 0.7, 0.8]
RISING = [0.5, 0.6, 0.7, 0.8, 0.9]
CALLBACKS = {
    "stop-0": ("EarlyStopping", {"verbose": 1}, STUCK),
    "stop-1": ("EarlyStopping", {"patience": 1, "verbose": 1}, STUCK),
    "stop-rising": ("EarlyStopping", {"verbose": 1}, RISING),
    "stop-2": ("EarlyStopping", {"patience": 2, "verbose": 1, "restore_best_weights": True}, BUMPY),
    "stop-3": ("EarlyStopping", {"patience": 3, "restore_best_weights": True}, BUMPY),
    "stop-never": ("EarlyStopping", {"patience": 3, "restore_best_weights": True, "verbose": 1}, FALLING),
    "stop-delta": ("EarlyStopping", {"patience": 2, "min_delta": 0.06, "verbose": 1}, FALLING),
    "stop-delta-negative": ("EarlyStopping", {"patience": 2, "min_delta": -0.06}, FALLING),
    "stop-max": ("EarlyStopping", {"monitor": "val_accuracy", "patience": 2, "restore_best_weights": True}, RISING),
    "stop-max-falling": ("EarlyStopping", {"monitor": "val_accuracy", "patience": 1, "verbose": 1}, FALLING),
    "stop-mode": ("EarlyStopping", {"monitor": "val_loss", "mode": "max", "patience": 1}, FALLING),
    "stop-baseline": ("EarlyStopping", {"baseline": 0.5, "patience": 3, "verbose": 1,
                                        "restore_best_weights": True}, BUMPY),
    "stop-start": ("EarlyStopping", {"start_from_epoch": 3, "patience": 1, "verbose": 1}, BUMPY),
    "stop-missing-mode": ("EarlyStopping", {"monitor": "val_f1", "mode": "max", "patience": 1}, FALLING),
    "plateau-missing-mode": ("ReduceLROnPlateau", {"monitor": "val_f1", "mode": "max"}, FALLING),
    "csv-unvalidated": ("CSVLogger", {"filename": "log.csv"}, [0.5]),
    "stop-missing": ("EarlyStopping", {"monitor": "val_f1"}, FALLING),
    "plateau": ("ReduceLROnPlateau", {"patience": 2, "verbose": 1}, STUCK),
    "plateau-1": ("ReduceLROnPlateau", {"patience": 1, "factor": 0.5}, BUMPY),
    "plateau-0": ("ReduceLROnPlateau", {"patience": 0, "factor": 0.5, "min_lr": 0.02, "verbose": 1}, BUMPY),
    "plateau-cooldown": ("ReduceLROnPlateau", {"patience": 2, "cooldown": 2, "factor": 0.5, "verbose": 1}, STUCK),
    "plateau-delta": ("ReduceLROnPlateau", {"patience": 2, "min_delta": 0.1, "factor": 0.5}, BUMPY),
    "plateau-min": ("ReduceLROnPlateau", {"patience": 1, "min_lr": 0.005, "verbose": 1}, STUCK),
    "plateau-max": ("ReduceLROnPlateau", {"monitor": "val_accuracy", "patience": 1, "factor": 0.5}, BUMPY),
    "plateau-missing": ("ReduceLROnPlateau", {"monitor": "val_f1"}, FALLING),
    "scheduler": ("LearningRateScheduler", {"schedule": lambda epoch: 0.1 / (epoch + 1), "verbose": 1}, FALLING),
    "scheduler-2": ("LearningRateScheduler", {"schedule": lambda epoch, lr: lr * 0.5, "verbose": 1}, FALLING),
    "scheduler-int": ("LearningRateScheduler", {"schedule": lambda epoch: 1}, FALLING),
    "nan": ("TerminateOnNaN", {}, [0.5, float("nan"), 0.5]),
    "infinite": ("TerminateOnNaN", {}, [0.5, float("inf"), 0.5]),
    "nan-error": ("TerminateOnNaN", {"raise_error": True}, [0.5, float("nan"), 0.5]),
    "csv": ("CSVLogger", {"filename": "log.csv"}, BUMPY),
    "csv-tab": ("CSVLogger", {"filename": "log.csv", "separator": "\t", "append": True}, FALLING),
    "check": ("ModelCheckpoint", {"filepath": "at-{epoch:02d}-{val_loss:.2f}", "verbose": 1}, FALLING),
    "check-best": ("ModelCheckpoint", {"filepath": "best", "save_best_only": True, "verbose": 1}, BUMPY),
    "check-max": ("ModelCheckpoint", {"filepath": "e{epoch}", "monitor": "val_accuracy",
                                      "save_best_only": True}, RISING),
    "check-threshold": ("ModelCheckpoint", {"filepath": "e{epoch}", "save_best_only": True, "verbose": 1,
                                            "initial_value_threshold": 0.65}, BUMPY),
    "check-weights": ("ModelCheckpoint", {"filepath": "w{epoch}", "save_weights_only": True}, FALLING),
    "check-batches": ("ModelCheckpoint", {"filepath": "b{epoch}-{batch}", "save_freq": 3}, FALLING),
    "check-missing": ("ModelCheckpoint", {"filepath": "m{epoch}", "monitor": "val_f1", "save_best_only": True,
                                          "mode": "max"}, FALLING),
    "check-unformatted": ("ModelCheckpoint", {"filepath": "m{val_f1}"}, FALLING),
    "unknown-direction": ("EarlyStopping", {"monitor": "val_mystery"}, FALLING),
    "factor": ("ReduceLROnPlateau", {"factor": 1.0}, FALLING),
}  # fmt: skip
SUFFIXES = ".keras", ".weights.h5"  # whole model, weights alone


def run_callback(keras, name: str) -> dict:
    """Call the hooks of one callback as `fit` does, two batches an epoch; what it said, did and left behind.

    The model's weights are the number of the epoch, so that they tell which ones were restored.
    """
    kind, arguments, values = CALLBACKS[name]
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1, activation="sigmoid")])
    model.compile(keras.optimizers.SGD(0.1), "binary_crossentropy", metrics=["accuracy"])
    model.fit(np.zeros((2, 2)), np.zeros(2), verbose=0)  # Keras knows the directions of its metrics only from here on
    model.stop_training = False
    if "filepath" in arguments:
        arguments = arguments | {"filepath": arguments["filepath"] + SUFFIXES["save_weights_only" in arguments]}
    printed, seen, rates, problem = io.StringIO(), [], [], None
    home = os.getcwd()
    with (
        tempfile.TemporaryDirectory() as folder,
        contextlib.redirect_stdout(printed),
        warnings.catch_warnings(record=True) as warned,
    ):
        warnings.simplefilter("always")
        os.chdir(folder)
        try:
            drive(model, made(keras.callbacks, kind, arguments), values, seen, rates)
        except Exception as error:
            problem = type(error).__name__
        left = {f: open(f, newline="").read() if f.endswith(".csv") else "" for f in sorted(os.listdir("."))}
        os.chdir(home)
    text = printed.getvalue()
    for suffix in SUFFIXES:
        text = text.replace(suffix, "")
        left = {file.replace(suffix, ""): content for file, content in left.items()}
    return {
        "printed": text,
        "logs": seen,
        "rates": rates,
        "weights": float(np.ravel(model.get_weights()[0])[0]),
        "files": left,
        "problem": problem,
        "warned": [str(w.message) for w in warned if "onditioned" in str(w.message) or "only with" in str(w.message)],
    }


def drive(model, callback, values, seen: list, rates: list) -> None:
    callback.set_model(model)
    callback.set_params({"verbose": 0, "epochs": len(values), "steps": 2})
    callback.on_train_begin({})
    for epoch, value in enumerate(values):
        callback.on_epoch_begin(epoch, {})
        rates.append(float(model.optimizer.learning_rate))
        for batch in range(2):
            callback.on_train_batch_begin(batch, {})
            callback.on_train_batch_end(batch, {"loss": value, "val_loss": 0.0})
        model.set_weights([np.full(np.shape(w), float(epoch)) for w in model.get_weights()])
        logs = {"loss": value, "val_accuracy": value, "val_loss": value, "val_mystery": 1.0}
        logs = {"loss": value} if len(values) == 1 else logs
        callback.on_epoch_end(epoch, logs)
        seen.append(logs)
        if model.stop_training:
            break
    callback.on_train_end(logs)


# Whole trainings: (optimizer, its arguments, callbacks: [(class, arguments)])
FITS = {
    "clipnorm": ("SGD", {"learning_rate": 0.5, "momentum": 0.9, "clipnorm": 0.05}, []),
    "global": ("Adam", {"learning_rate": 0.05, "global_clipnorm": 0.01, "weight_decay": 0.1}, []),
    "adamw": ("AdamW", {"learning_rate": 0.05}, []),
    "adagrad": ("Adagrad", {"learning_rate": 0.1}, []),
    "nadam": ("Nadam", {"learning_rate": 0.05}, []),
    "lion": ("Lion", {"learning_rate": 0.01, "weight_decay": 0.1}, []),
    "rmsprop": ("RMSprop", {"learning_rate": 0.01, "momentum": 0.9, "centered": True}, []),
    "amsgrad": ("Adam", {"learning_rate": 0.05, "amsgrad": True, "clipvalue": 0.01}, []),
    "average": ("SGD", {"learning_rate": 0.5, "use_ema": True, "ema_momentum": 0.8}, []),
    "average overwritten": ("Adam", {"learning_rate": 0.05, "use_ema": True, "ema_overwrite_frequency": 5}, []),
    "accumulated average": ("SGD", {"learning_rate": 0.5, "gradient_accumulation_steps": 3, "use_ema": True,
                                    "momentum": 0.9, "weight_decay": 0.1, "ema_overwrite_frequency": 2}, []),
    "accumulated": ("Adam", {"learning_rate": 0.05, "gradient_accumulation_steps": 3, "clipnorm": 0.1}, []),
    "cosine": ("SGD", {"learning_rate": ("CosineDecay", {"initial_learning_rate": 0.0, "decay_steps": 20,
                                                         "warmup_target": 0.5, "warmup_steps": 10})}, []),
    "scheduler": ("SGD", {"learning_rate": 0.5, "momentum": 0.9},
                  [("LearningRateScheduler", {"schedule": lambda epoch, lr: lr * 0.8})]),
    "plateau and stop": ("SGD", {"learning_rate": 30.0}, [
        ("ReduceLROnPlateau", {"monitor": "loss", "factor": 0.5, "patience": 1, "verbose": 1}),
        ("EarlyStopping", {"monitor": "val_accuracy", "patience": 3, "verbose": 1, "restore_best_weights": True}),
    ]),
    "stop": ("SGD", {"learning_rate": 0.1, "momentum": 0.9},
             [("EarlyStopping", {"monitor": "val_loss", "min_delta": 0.01, "patience": 2, "verbose": 1})]),
}  # fmt: skip


def run_fit(keras, name: str) -> dict:
    """Twelve epochs from the same weights, without shuffling: the history, what was printed, the weights."""
    kind, arguments, callbacks = FITS[name]
    if isinstance(arguments.get("learning_rate"), tuple):
        arguments = arguments | {"learning_rate": made(keras.optimizers.schedules, *arguments["learning_rate"])}
    rng = np.random.default_rng(1)
    x = rng.normal(size=(90, 5)).astype("float32")
    y = (x @ rng.normal(size=5) + 0.5 * rng.normal(size=90) > 0).astype(int)
    layers = [keras.layers.Dense(6, activation="tanh"), keras.layers.Dense(1, activation="sigmoid")]
    model = keras.Sequential([keras.Input((5,)), *layers])
    model.set_weights([rng.normal(size=np.shape(w), scale=0.5) for w in model.get_weights()])
    model.compile(made(keras.optimizers, kind, arguments), "binary_crossentropy", metrics=["accuracy"])
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        history = model.fit(
            x, y, batch_size=16, epochs=12, validation_split=0.3, shuffle=False, verbose=0,
            callbacks=[made(keras.callbacks, *callback) for callback in callbacks],
        )  # fmt: skip
    return {
        "history": {key: [float(value) for value in values] for key, values in history.history.items()},
        "printed": printed.getvalue(),
        "weights": [float(np.sum(np.abs(w))) for w in model.get_weights()],
    }
