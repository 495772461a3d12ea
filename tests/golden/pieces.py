"""Single pieces (activations, losses, metrics, layers, options of fit) as programs that run under both imports."""

import alone
import numpy as np
import own
import textbook

Z = np.array([[-7.0, -3.0, -2.5, -1.0, -0.3], [0.0, 0.3, 1.0, 3.0, 7.0]], "float32")
T_BINARY, T_ONE_HOT = np.array([[0], [1], [1], [0]]), np.eye(3)[[0, 2, 1, 1]]
P_BINARY = np.array([[0.1], [0.6], [0.4], [1.0]], "float32")
P_THREE = np.array([[0.7, 0.2, 0.1], [0.1, 0.2, 0.9], [0.5, 0.3, 0.2], [1.0, 0.0, 0.0]], "float32")
SCORES = np.array([[2.0, -1.0, 0.5], [0.0, 3.0, 1.0], [-2.0, 0.1, 0.0], [9.0, -9.0, 0.0]], "float32")
REAL = np.array([[0.5, -1.0, 2.0], [3.0, 0.0, 0.0], [1.0, 1.0, 1.0], [-2.0, 5.0, 0.1]], "float32")
WEIGHTS = np.array([1.0, 0.5, 2.0, 0.0], "float32")

ACTIVATIONS = (
    "linear relu sigmoid tanh softmax leaky_relu elu selu gelu silu swish softplus softsign exponential hard_sigmoid "
    "relu6 mish log_softmax celu hard_silu hard_swish hard_tanh log_sigmoid tanh_shrink hard_shrink soft_shrink "
    "squareplus"
).split()


def activations(keras):
    values = {name: getattr(keras.activations, name)(Z) for name in ACTIVATIONS}
    values["gelu approximate"] = keras.activations.gelu(Z, approximate=True)
    values["relu settings"] = keras.activations.relu(Z, negative_slope=0.1, max_value=2.0, threshold=0.5)
    values["leaky 0.1"] = keras.activations.leaky_relu(Z, negative_slope=0.1)
    values["celu 2"] = keras.activations.celu(Z, alpha=2.0)
    values["soft_shrink 1"] = keras.activations.soft_shrink(Z, threshold=1.0)
    values["hard_shrink 1"] = keras.activations.hard_shrink(Z, threshold=1.0)
    values["squareplus 1"] = keras.activations.squareplus(Z, b=1.0)
    values["elu 0.5"] = keras.activations.elu(Z, alpha=0.5)
    values["layer ReLU"] = keras.layers.ReLU(max_value=2.0, negative_slope=0.2)(Z)
    values["layer LeakyReLU"] = keras.layers.LeakyReLU()(Z)
    values["layer ELU"] = keras.layers.ELU(0.7)(Z)
    values["layer PReLU"] = keras.layers.PReLU(alpha_initializer=keras.initializers.Constant(0.25))(Z)
    values["layer Softmax"] = keras.layers.Softmax()(Z)
    return values


def losses(keras):
    k = keras.losses
    cases = {
        "mse": (k.MeanSquaredError(), REAL, SCORES),
        "mae": (k.MeanAbsoluteError(), REAL, SCORES),
        "huber": (k.Huber(), REAL, SCORES),
        "huber 0.3": (k.Huber(delta=0.3), REAL, SCORES),
        "hinge": (k.Hinge(), T_BINARY, REAL[:, :1]),
        "hinge signs": (k.Hinge(), np.sign(SCORES), REAL),
        "bce": (k.BinaryCrossentropy(), T_BINARY, P_BINARY),
        "bce smooth": (k.BinaryCrossentropy(label_smoothing=0.2), T_BINARY, P_BINARY),
        "bce scores": (k.BinaryCrossentropy(from_logits=True), T_BINARY, SCORES[:, :1]),
        "cce": (k.CategoricalCrossentropy(), T_ONE_HOT, P_THREE),
        "cce smooth": (k.CategoricalCrossentropy(label_smoothing=0.1), T_ONE_HOT, P_THREE),
        "cce scores": (k.CategoricalCrossentropy(from_logits=True, label_smoothing=0.1), T_ONE_HOT, SCORES),
        "scce": (k.SparseCategoricalCrossentropy(), [0, 2, 1, 1], P_THREE),
        "scce scores": (k.SparseCategoricalCrossentropy(from_logits=True), [0, 2, 1, 1], SCORES),
    }
    values = {}
    for name, (loss, y, p) in cases.items():
        y = np.asarray(y)
        values[name] = [loss(y, p), loss(y, p, sample_weight=WEIGHTS)]
        values[name + " sum"] = type(loss)(reduction="sum")(y, p)
        values[name + " rows"] = type(loss)(reduction=None)(y, p)
    values["function mse"] = k.mean_squared_error(REAL, SCORES)
    values["function huber"] = k.huber(REAL, SCORES, delta=0.5)
    values["function bce"] = k.binary_crossentropy(T_BINARY.astype("float32"), P_BINARY)
    values["function scce"] = k.sparse_categorical_crossentropy(np.array([0, 2, 1, 1]), P_THREE)
    values["flat mse"] = k.MeanSquaredError()(np.array([1.0, 2.0]), np.array([1.5, 1.0]))
    values["flat bce"] = k.BinaryCrossentropy()(np.array([1.0, 0.0]), np.array([0.7, 0.4]))
    values["names"] = [loss.name for loss, _, _ in cases.values()]
    return values


def metrics(keras):
    k = keras.metrics
    sparse = np.array([0, 2, 1, 1])
    cases = {
        "accuracy": (k.Accuracy(), sparse, np.array([0, 1, 1, 1])),
        "binary": (k.BinaryAccuracy(), T_BINARY, P_BINARY),
        "binary 0.3": (k.BinaryAccuracy(threshold=0.3), T_BINARY, P_BINARY),
        "binary wide": (k.BinaryAccuracy(), T_ONE_HOT, P_THREE),
        "categorical": (k.CategoricalAccuracy(), T_ONE_HOT, P_THREE),
        "sparse": (k.SparseCategoricalAccuracy(), sparse, P_THREE),
        "top 2": (k.TopKCategoricalAccuracy(k=2), T_ONE_HOT, P_THREE[:, ::-1]),
        "sparse top 2": (k.SparseTopKCategoricalAccuracy(k=2), sparse, SCORES),
        "mse": (k.MeanSquaredError(), REAL, SCORES),
        "rmse": (k.RootMeanSquaredError(), REAL, SCORES),
        "mae": (k.MeanAbsoluteError(), REAL, SCORES),
        "bce": (k.BinaryCrossentropy(), T_BINARY, P_BINARY),
        "cce": (k.CategoricalCrossentropy(from_logits=True), T_ONE_HOT, SCORES),
        "scce": (k.SparseCategoricalCrossentropy(), sparse, P_THREE),
        "hinge": (k.Hinge(), T_BINARY, REAL[:, :1]),
        "precision": (k.Precision(), T_BINARY, P_BINARY),
        "precision many": (k.Precision(thresholds=[0.9, 0.3, 0.5]), T_BINARY, P_BINARY),
        "precision top": (k.Precision(top_k=2), T_ONE_HOT, P_THREE),
        "precision class": (k.Precision(class_id=1), T_ONE_HOT, P_THREE),
        "recall": (k.Recall(), T_BINARY, P_BINARY),
        "recall wide": (k.Recall(thresholds=0.25), T_ONE_HOT, P_THREE),
        "tp": (k.TruePositives(), T_BINARY, P_BINARY),
        "fp": (k.FalsePositives(), T_BINARY, P_BINARY),
        "tn": (k.TrueNegatives(thresholds=[0.05, 0.5]), T_BINARY, P_BINARY),
        "fn": (k.FalseNegatives(), T_BINARY, P_BINARY),
        "auc": (k.AUC(), T_BINARY, P_BINARY),
        "auc wide": (k.AUC(num_thresholds=20), T_ONE_HOT, P_THREE),
        "auc pr": (k.AUC(curve="PR"), T_ONE_HOT, P_THREE),
        "auc major": (k.AUC(curve="PR", summation_method="majoring"), T_ONE_HOT, P_THREE),
        "auc minor": (k.AUC(summation_method="minoring"), T_ONE_HOT, P_THREE),
        "auc scores": (k.AUC(from_logits=True), T_ONE_HOT, SCORES),
        "auc own": (k.AUC(thresholds=[0.2, 0.4, 0.8]), T_ONE_HOT, P_THREE),
        "f1": (k.F1Score(), T_ONE_HOT, P_THREE),
        "f1 macro": (k.F1Score(average="macro"), T_ONE_HOT, P_THREE),
        "f1 weighted": (k.F1Score(average="weighted"), T_ONE_HOT, P_THREE),
        "f1 micro": (k.F1Score(average="micro", threshold=0.25), T_ONE_HOT, P_THREE),
        "wrapper": (k.MeanMetricWrapper(keras.losses.mean_absolute_error, name="own"), REAL, SCORES),
    }  # fmt: skip
    values = {}
    for name, (metric, y, p) in cases.items():
        metric.update_state(y, p)
        first = metric.result()
        metric.update_state(y[:2], p[:2])
        both = metric.result()
        metric.reset_state()
        metric.update_state(y, p, sample_weight=WEIGHTS)
        values[name] = [first, both, metric.result()]
    mean, total = k.Mean(), k.Sum()
    mean.update_state([1.0, 2.0, 6.0], sample_weight=[1, 1, 2])
    mean.update_state(4.0)
    total.update_state([1.0, 2.0], sample_weight=[1, 3])
    values["mean, sum"] = [mean.result(), total.result()]
    values["function"] = k.binary_accuracy(T_BINARY[:, 0], P_BINARY[:, 0])
    values["function categorical"] = k.categorical_accuracy(T_ONE_HOT, P_THREE)
    values["names"] = [metric.name for metric, _, _ in cases.values()]
    return values


def regularizers(keras):
    k = keras.regularizers
    kinds = [k.L1(), k.L1(0.3), k.L2(), k.L2(0.3), k.L1L2(), k.L1L2(0.1, 0.2), k.l1_l2(0.1, 0.2), k.get("l1")]
    return [kind(SCORES) for kind in kinds]


def layers(keras):
    k = keras.layers
    x = np.random.default_rng(0).normal(2, 3, (6, 4)).astype("float32")
    normalization = k.Normalization()
    normalization.adapt(x)
    whole = k.Normalization(axis=None)
    whole.adapt(x)
    batch = k.BatchNormalization(momentum=0.8)
    batch.build((None, 4))
    batch.set_weights([np.arange(1, 5), np.arange(4) / 10, np.zeros(4), np.ones(4)])
    layer = k.LayerNormalization()
    layer.build((None, 4))
    layer.set_weights([np.arange(1, 5), np.arange(4) / 10])
    return {
        "normalization": normalization(x),
        "adapted": normalization.get_weights()[:2],
        "whole": whole(x),
        "given": k.Normalization(mean=2.0, variance=9.0)(x),
        "invert": k.Normalization(mean=2.0, variance=9.0, invert=True)(x),
        "rescaling": k.Rescaling(1 / 255, offset=-1)(x),
        "flatten": k.Flatten()(x.reshape(3, 2, 4)),
        "batch still": batch(x),
        "batch training": batch(x, training=True),
        "batch moved": batch.get_weights(),
        "batch still again": batch(x),
        "layer": layer(x),
        "dropout still": k.Dropout(0.5)(x),
    }


def train(keras, layers, loss, options=None, compiling=None, target="labels", optimizer=None, evaluating=None):
    """Three epochs without shuffling, from fixed weights: history, evaluate, predict, all weights."""
    rng = np.random.default_rng(5)
    x = rng.normal(size=(70, 6)).astype("float32")
    scores = x @ rng.normal(size=(6, 3)).astype("float32")
    labels = scores.argmax(axis=1)
    kinds = {
        "labels": labels,
        "yes": labels % 2,
        "one-hot": np.eye(3)[labels],
        "real": scores,
        "signs": np.sign(scores),
    }
    y = kinds[target]
    model = keras.Sequential([keras.Input((6,)), *layers])
    model.set_weights(
        [w if w.ndim == 1 else rng.normal(size=w.shape, scale=0.6) for w in map(np.asarray, model.get_weights())]
    )
    model.compile(optimizer or keras.optimizers.SGD(0.1, momentum=0.9), loss, **(compiling or {}))
    options = dict(options or {})
    if options.get("validation_data") == "weighted":
        options["validation_data"] = (x[:20], y[:20], np.linspace(0, 1, 20))
    if options.get("sample_weight") == "some":
        options["sample_weight"] = np.linspace(0, 2, 70)
    settings = {"epochs": 3, "batch_size": 16, "shuffle": False, "verbose": 0} | options
    history = model.fit(x, y, **settings)
    return {
        "history": history.history,
        "epoch": history.epoch,
        "evaluate": model.evaluate(x, y, verbose=0, return_dict=True, **(evaluating or {})),
        "list": model.evaluate(x, y, verbose=0),
        "predict": model.predict(x[:4], verbose=0),
        "weights": [np.asarray(w) for w in model.get_weights()],
        "order": [np.size(np.asarray(w)) for w in [*model.trainable_weights, *model.non_trainable_weights]],
        "on batch": [
            model.test_on_batch(x[:9], y[:9]), model.train_on_batch(x[:9], y[:9]), model.predict_on_batch(x[:2]),
        ],
    }  # fmt: skip


def _dense(k, activation="tanh", **settings):
    return [k.layers.Dense(5, activation=activation, **settings), k.layers.Dense(3, activation="softmax")]


SPARSE = "sparse_categorical_crossentropy"
TRAININGS = {
    **{
        f"activation {name}": lambda k, name=name: train(k, _dense(k, name), SPARSE)
        for name in ACTIVATIONS
        if name not in ("linear", "swish", "softmax", "exponential")
    },
    "penalties": lambda k: train(
        k,
        # The biases begin away from 0, where the slope of |w| is a matter of taste: 0 here, 1 in JAX.
        _dense(k, kernel_regularizer=k.regularizers.L2(0.01), bias_regularizer="l1", bias_initializer="ones"),
        SPARSE,
        {"validation_split": 0.2},
        {"metrics": ["accuracy", SPARSE]},
    ),
    "l1l2": lambda k: train(k, _dense(k, kernel_regularizer=k.regularizers.L1L2(0.002, 0.01)), SPARSE),
    "batch normalization": lambda k: train(
        k,
        [k.layers.Dense(5), k.layers.BatchNormalization(momentum=0.7), k.layers.ReLU(), k.layers.Dense(3, "softmax")],
        SPARSE,
        {"validation_split": 0.2},
    ),
    "layer normalization": lambda k: train(
        k,
        [k.layers.Dense(5), k.layers.LayerNormalization(), k.layers.Activation("gelu"), k.layers.Dense(3)],
        "mse",
        target="real",
    ),
    "normalizations first": lambda k: train(
        k,
        [k.layers.Rescaling(0.5, 0.1), k.layers.BatchNormalization(center=False), k.layers.Dense(3)],
        "mse",
        target="real",
    ),
    "frozen": lambda k: train(k, [k.layers.Dense(4, trainable=False), k.layers.Dense(3, "softmax")], SPARSE),
    "frozen normalization": lambda k: train(
        k, [k.layers.Dense(4), k.layers.BatchNormalization(trainable=False), k.layers.Dense(3, "softmax")], SPARSE
    ),
    "no bias": lambda k: train(k, _dense(k, use_bias=False), SPARSE),
    "scores": lambda k: train(
        k,
        [k.layers.Dense(3)],
        k.losses.SparseCategoricalCrossentropy(from_logits=True),
        compiling={"metrics": ["accuracy"]},
    ),
    "binary scores": lambda k: train(
        k, [k.layers.Dense(4, "relu"), k.layers.Dense(1)], k.losses.BinaryCrossentropy(from_logits=True), target="yes"
    ),
    "smooth": lambda k: train(
        k,
        _dense(k),
        k.losses.CategoricalCrossentropy(label_smoothing=0.2),
        target="one-hot",
        compiling={"metrics": ["acc"]},
    ),
    "smooth binary": lambda k: train(
        k, [k.layers.Dense(1, "sigmoid")], k.losses.BinaryCrossentropy(label_smoothing=0.2), target="yes"
    ),
    "softmax layer": lambda k: train(k, [k.layers.Dense(3), k.layers.Softmax()], SPARSE),
    "huber": lambda k: train(k, [k.layers.Dense(3)], k.losses.Huber(0.5), target="real"),
    "mae": lambda k: train(k, [k.layers.Dense(3)], "mae", target="real", compiling={"metrics": ["mse", "mae"]}),
    "hinge": lambda k: train(k, [k.layers.Dense(3, "tanh")], "hinge", target="signs"),
    "function": lambda k: train(k, [k.layers.Dense(3)], k.losses.mean_squared_error, target="real"),
    "crossentropy": lambda k: train(k, _dense(k), "crossentropy"),
    "sum": lambda k: train(
        k, _dense(k), k.losses.SparseCategoricalCrossentropy(reduction="sum"), optimizer=k.optimizers.SGD(0.01)
    ),
    "saturated": lambda k: train(
        k,
        [k.layers.Rescaling(300.0), k.layers.Dense(8, "relu"), k.layers.Dense(1, "sigmoid")],
        "binary_crossentropy",
        target="yes",
        optimizer=k.optimizers.SGD(0.001),
        compiling={"metrics": ["accuracy"]},
    ),
    "saturated three": lambda k: train(
        k,
        [k.layers.Rescaling(300.0), k.layers.Dense(8, "relu"), k.layers.Dense(3, "softmax")],
        SPARSE,
        optimizer=k.optimizers.SGD(0.001),
        compiling={"metrics": ["accuracy"]},
    ),
    "class_weight": lambda k: train(
        k,
        _dense(k),
        SPARSE,
        {"class_weight": {0: 2.0, 1: 0.5}, "validation_split": 0.3},
        {"metrics": ["accuracy"], "weighted_metrics": ["accuracy"]},
    ),
    "class_weight one-hot": lambda k: train(
        k, _dense(k), "categorical_crossentropy", {"class_weight": {2: 3.0}}, target="one-hot"
    ),
    "sample_weight": lambda k: train(
        k,
        _dense(k),
        SPARSE,
        {"sample_weight": "some", "validation_data": "weighted"},
        {"metrics": ["accuracy"], "weighted_metrics": ["accuracy"]},
        evaluating={"sample_weight": np.linspace(1, 3, 70)},
    ),
    "sample_weight split": lambda k: train(
        k,
        [k.layers.Dense(1, "sigmoid")],
        "binary_crossentropy",
        {"sample_weight": "some", "validation_split": 0.25},
        {"weighted_metrics": [k.metrics.AUC(name="auc")]},
        target="yes",
    ),
    "validation_freq": lambda k: train(k, _dense(k), SPARSE, {"validation_split": 0.2, "validation_freq": 2}),
    "validation_freq list": lambda k: train(
        k, _dense(k), SPARSE, {"validation_split": 0.2, "validation_freq": [1, 3], "validation_batch_size": 5}
    ),
    "initial_epoch": lambda k: train(k, _dense(k), SPARSE, {"initial_epoch": 1}),
    "metrics": lambda k: train(
        k,
        [k.layers.Dense(4, "relu"), k.layers.Dense(1, "sigmoid")],
        "binary_crossentropy",
        {"validation_split": 0.2},
        {
            "metrics": [
                "accuracy",
                "Precision",
                k.metrics.Recall(name="found"),
                "AUC",
                k.metrics.AUC(curve="PR", name="pr"),
                "mae",
            ]
        },
        target="yes",
    ),
    "metrics three": lambda k: train(
        k,
        _dense(k),
        "categorical_crossentropy",
        None,
        {
            "metrics": [
                "accuracy",
                k.metrics.F1Score(average="macro"),
                k.metrics.TopKCategoricalAccuracy(k=2),
                "mse",
                "mse",
            ]
        },
        target="one-hot",
    ),
    "metric function": lambda k: train(
        k,
        [k.layers.Dense(3)],
        "mse",
        None,
        {"metrics": [k.losses.mean_absolute_error, k.metrics.RootMeanSquaredError()]},
        target="real",
    ),
}
PIECES = {
    "activations": activations, "losses": losses, "metrics": metrics, "regularizers": regularizers, "layers": layers,
} | TRAININGS | textbook.PROGRAMS | own.PROGRAMS | alone.PROGRAMS  # fmt: skip


def plain(value):
    """Numbers, arrays and tensors as what JSON can hold."""
    if isinstance(value, dict):
        return {key: plain(entry) for key, entry in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(entry) for entry in value]
    return value if isinstance(value, (str, int)) else np.asarray(value, "float64").tolist()


def run_piece(keras, name: str):
    return plain(PIECES[name](keras))
