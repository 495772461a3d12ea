"""Small training programs that run under Keras and under lessonlib, from the same weights, without shuffling."""

import numpy as np

OPTIMIZERS = {
    "sgd": ("SGD", {"learning_rate": 0.1}),
    "momentum": ("SGD", {"learning_rate": 0.1, "momentum": 0.9}),
    "nesterov": ("SGD", {"learning_rate": 0.1, "momentum": 0.9, "nesterov": True}),
    "rmsprop": ("RMSprop", {"learning_rate": 0.01}),
    "adam": ("Adam", {"learning_rate": 0.01}),
}
HEADS = {
    "binary": (1, "sigmoid", "binary_crossentropy"),
    "sparse": (3, "softmax", "sparse_categorical_crossentropy"),
    "categorical": (3, "softmax", "categorical_crossentropy"),
    "regression": (1, "linear", "mse"),
    "unfused": (1, "tanh", "mse"),
    "two_sigmoids": (2, "sigmoid", "binary_crossentropy"),
    "relu_output": (3, "relu", "mse"),
}
PROGRAMS = {
    f"{head}-{optimizer}": {"head": head, "optimizer": optimizer}
    for head in HEADS
    for optimizer in (OPTIMIZERS if head in ("binary", "sparse") else ("momentum", "adam"))
}


def data(head: str):
    """101 rows of five features (so that the last batch is a partial one), and targets of the head's kind."""
    rng = np.random.default_rng(1)
    x = rng.normal(size=(101, 5)).astype("float32")
    scores = x @ rng.normal(size=(5, 3)).astype("float32")
    labels = scores.argmax(axis=1)
    targets = {
        "binary": labels % 2,
        "sparse": labels,
        "categorical": np.eye(3, dtype="float32")[labels],
        "regression": scores[:, :1],
        "unfused": np.tanh(scores[:, :1]),
        "two_sigmoids": np.eye(3, dtype="float32")[labels][:, :2],
        "relu_output": np.maximum(scores, 0),
    }
    return x, targets[head]


def run(keras, head: str, optimizer: str) -> dict:
    """Train for three epochs; what the history, evaluate and predict say."""
    x, y = data(head)
    units, activation, loss = HEADS[head]
    model = keras.Sequential(
        [keras.Input((5,)), keras.layers.Dense(6, activation="tanh"), keras.layers.Dense(units, activation=activation)]
    )
    rng = np.random.default_rng(2)
    model.set_weights([rng.normal(size=weight.shape, scale=0.5) for weight in model.get_weights()])
    kind, settings = OPTIMIZERS[optimizer]
    metrics = ["mae"] if loss == "mse" else ["accuracy", "mse"] if head != "sparse" else ["accuracy"]
    model.compile(optimizer=getattr(keras.optimizers, kind)(**settings), loss=loss, metrics=metrics)
    history = model.fit(x, y, batch_size=16, epochs=3, validation_split=0.2, shuffle=False, verbose=0)
    return {
        "history": {name: [float(value) for value in values] for name, values in history.history.items()},
        "epoch": list(history.epoch),
        "evaluate": [float(value) for value in model.evaluate(x, y, verbose=0)],
        "predict": np.asarray(model.predict(x[:3], verbose=0)).ravel().tolist(),
        "bias": np.asarray(model.get_weights()[-1]).ravel().tolist(),
    }
