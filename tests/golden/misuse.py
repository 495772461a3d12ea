"""Mistakes that learners make, as functions of the imported library; what Keras raises is recorded."""

import numpy as np

X = np.zeros((6, 4), "float32")
Y = np.array([0, 1, 0, 1, 0, 1])


def model(k, units=1, activation="sigmoid", loss="binary_crossentropy", optimizer="sgd", **compiling):
    made = k.Sequential([k.Input((4,)), k.layers.Dense(3, "relu"), k.layers.Dense(units, activation)])
    made.compile(optimizer, loss, **compiling)
    return made


def fit(k, x=X, y=Y, made=None, **arguments):
    return (made or model(k)).fit(x, y, verbose=0, **arguments)


MISUSE = {
    "wrong number of features": lambda k: fit(k, np.zeros((6, 3))),
    "unequal rows": lambda k: fit(k, X, Y[:4]),
    "softmax with binary loss": lambda k: fit(k, made=model(k, 2, "softmax")),
    "one-hot for the sparse loss": lambda k: fit(
        k, y=np.eye(2)[Y], made=model(k, 2, "softmax", "sparse_categorical_crossentropy")
    ),
    "labels for the categorical loss": lambda k: fit(k, made=model(k, 3, "softmax", "categorical_crossentropy")),
    "class and sample weights": lambda k: fit(k, class_weight={0: 1.0}, sample_weight=np.ones(6)),
    "sample weights of another length": lambda k: fit(k, sample_weight=np.ones(5)),
    "validation data of another width": lambda k: fit(k, validation_data=(np.zeros((2, 9)), Y[:2])),
    "validation_split leaves nothing": lambda k: fit(k, validation_split=0.99),
    "validation_freq of text": lambda k: fit(k, validation_split=0.5, validation_freq="2"),
    "epochs of halves": lambda k: fit(k, epochs=1.5),
    "epochs of text": lambda k: fit(k, epochs="3"),
    "initial_epoch of text": lambda k: fit(k, initial_epoch="1"),
    "batch_size of halves": lambda k: fit(k, batch_size=2.5),
    "batch_size of text": lambda k: fit(k, batch_size="32"),
    "steps of halves": lambda k: fit(k, steps_per_epoch=1.5),
    "predict: batch_size of halves": lambda k: model(k).predict(X, batch_size=2.5, verbose=0),
    "accumulating nothing": lambda k: k.optimizers.SGD(gradient_accumulation_steps=1),
    "regularizer of text": lambda k: k.regularizers.L2("a"),
    "too few classes": lambda k: k.utils.to_categorical([0, 1, 5], num_classes=3),
    "outputs from nowhere": lambda k: k.Model(k.Input((4,)), k.layers.Dense(1)(k.Input((4,)))),
    "inputs of numbers": lambda k: k.Model([1], [2]),
    "an activation without a formula": lambda k: k.activations.get("relu2"),
    "a callback class": lambda k: fit(k, callbacks=[k.callbacks.History]),
    "fit before compile": lambda k: k.Sequential([k.Input((4,)), k.layers.Dense(1)]).fit(X, Y),
    "evaluate before compile": lambda k: k.Sequential([k.Input((4,)), k.layers.Dense(1)]).evaluate(X, Y),
    "unknown optimizer": lambda k: model(k, optimizer="adm"),
    "unknown loss": lambda k: fit(k, made=model(k, loss="msee")),
    "unknown metric": lambda k: fit(k, made=model(k, metrics=["accurac"])),
    "metrics not a list": lambda k: model(k, metrics="mae"),
    "weighted_metrics not a list": lambda k: model(k, weighted_metrics="mae"),
    "unknown activation": lambda k: k.layers.Dense(2, "rel"),
    "unknown initializer": lambda k: k.layers.Dense(2, kernel_initializer="he"),
    "unknown regularizer": lambda k: k.layers.Dense(2, kernel_regularizer="l3"),
    "negative regularizer": lambda k: k.regularizers.L2(-1),
    "no units": lambda k: k.layers.Dense(0),
    "units of text": lambda k: k.layers.Dense("3"),
    "unknown argument of a layer": lambda k: k.layers.Dense(3, units_=2),
    "dropout above 1": lambda k: k.layers.Dropout(1.5),
    "dropout of text": lambda k: k.layers.Dropout("half"),
    "normalization with a mean only": lambda k: k.layers.Normalization(mean=1.0),
    "weights: number": lambda k: model(k).set_weights([]),
    "weights: shape": lambda k: model(k).set_weights([np.zeros((9, 9))] * 4),
    "layer weights: number": lambda k: model(k).layers[0].set_weights([np.zeros((4, 3))]),
    "not a layer": lambda k: k.Sequential([3]),
    "same names": lambda k: k.Sequential([k.layers.Dense(1, name="a"), k.layers.Dense(1, name="a")]),
    "pop of nothing": lambda k: k.Sequential().pop(),
    "no such layer": lambda k: model(k).get_layer("nothing"),
    "no such index": lambda k: model(k).get_layer(index=7),
    "get_layer without argument": lambda k: model(k).get_layer(),
    "count before building": lambda k: k.Sequential([k.layers.Dense(1)]).count_params(),
    "predict: features": lambda k: model(k).predict(np.zeros((2, 9)), verbose=0),
    "layer: features": lambda k: model(k).layers[0](np.zeros((2, 9), "float32")),
    "auc thresholds": lambda k: k.metrics.AUC(num_thresholds=1),
    "auc curve": lambda k: k.metrics.AUC(curve="RO"),
    "f1 average": lambda k: k.metrics.F1Score(average="some"),
    "precision threshold": lambda k: k.metrics.Precision(thresholds=2.0),
    "binary accuracy threshold": lambda k: k.metrics.BinaryAccuracy(threshold=1.5),
    "reduction": lambda k: k.losses.MeanSquaredError(reduction="average"),
    "variance scaling": lambda k: k.initializers.VarianceScaling(scale=-1),
    "load a missing model": lambda k: k.models.load_model("missing.keras"),
    "save without an ending": lambda k: model(k).save("model"),
    "leaky slope": lambda k: k.layers.LeakyReLU(negative_slope=-1),
    "relu slope": lambda k: k.layers.ReLU(negative_slope=-1),
    "train_on_batch weights": lambda k: model(k).train_on_batch(X, Y, sample_weight=np.ones(6), class_weight={0: 1.0}),
    "unknown argument of fit": lambda k: fit(k, batchsize=3),
    "unknown argument of compile": lambda k: model(k, metric=["mse"]),
    "Input without a shape": lambda k: k.Input(),
    "two inputs": lambda k: k.Sequential([k.Input((2,)), k.Input((2,))]),
    "seed of text": lambda k: k.utils.set_random_seed("one"),
    "floatx": lambda k: k.config.set_floatx("float17"),
}


def error_of(library, name: str) -> str | None:
    """The name of the error's type; None if nothing is raised."""
    try:
        MISUSE[name](library)
    except Exception as error:
        kinds = [kind.__name__ for kind in type(error).__mro__ if kind.__module__ == "builtins"]
        return kinds[0]
    return None
