"""The programs that `benchmark` times: the same training with this package, a textbook loop, and other libraries.

Each function takes (x, y, x_val, y_val, job), builds a model, and returns a function that trains it anew: what is
timed is training, not building or importing. Others' libraries are imported inside, and only where installed.
"""

from typing import NamedTuple

import numpy as np


class Job(NamedTuple):
    """One training: features → hidden (relu) → outputs (1 sigmoid, or more with softmax)."""

    hidden: int
    outputs: int
    optimizer: str
    batch: int
    epochs: int
    rate: float = 0.01


def keras_like(library, x, y, x_val, y_val, job: Job):
    """The same ten lines for lessonlib and for Keras."""
    layers, rules = library.layers, {"sgd": "SGD", "rmsprop": "RMSprop", "adam": "Adam"}
    last = layers.Dense(job.outputs, activation="sigmoid" if job.outputs == 1 else "softmax")
    model = library.Sequential([library.Input((x.shape[1],)), layers.Dense(job.hidden, activation="relu"), last])
    loss = "binary_crossentropy" if job.outputs == 1 else "sparse_categorical_crossentropy"
    model.compile(getattr(library.optimizers, rules[job.optimizer])(job.rate), loss, metrics=["accuracy"])
    validation = None if x_val is None else (x_val, y_val)

    def run():
        return model.fit(x, y, batch_size=job.batch, epochs=job.epochs, validation_data=validation, verbose=0)

    return run


def lessonlib(*data):
    import lessonlib

    return keras_like(lessonlib, *data)


def keras(*data):
    import os

    os.environ.setdefault("KERAS_BACKEND", "jax")
    import keras

    return keras_like(keras, *data)


def textbook(x, y, x_val, y_val, job: Job):
    """The same training as one writes it the first time: clear, and an array made for every operation."""
    rng = np.random.default_rng(0)
    sizes = [(x.shape[1], job.hidden), (job.hidden, job.outputs)]
    weights = [part for f, h in sizes for part in (rng.normal(size=(f, h)) * (2 / (f + h)) ** 0.5, np.zeros(h))]
    m, v = [np.zeros_like(w) for w in weights], [np.zeros_like(w) for w in weights]
    steps = 0
    one_hot = lambda labels: labels.reshape(-1, 1) if job.outputs == 1 else np.eye(job.outputs)[labels]  # noqa: E731

    def forward(rows):
        hidden = np.maximum(rows @ weights[0] + weights[1], 0)
        z = hidden @ weights[2] + weights[3]
        if job.outputs == 1:
            return hidden, 1 / (1 + np.exp(-z))
        e = np.exp(z - z.max(axis=1, keepdims=True))
        return hidden, e / e.sum(axis=1, keepdims=True)

    def measure(p, t):
        p = np.clip(p, 1e-7, 1 - 1e-7)
        if job.outputs == 1:
            return -np.mean(t * np.log(p) + (1 - t) * np.log(1 - p)), np.mean((p > 0.5) == t)
        return -np.mean(np.sum(t * np.log(p), axis=1)), np.mean(p.argmax(axis=1) == t.argmax(axis=1))

    def run():
        nonlocal steps
        t = one_hot(y)
        for _ in range(job.epochs):
            order = rng.permutation(len(x))
            for start in range(0, len(x), job.batch):
                rows = order[start : start + job.batch]
                hidden, p = forward(x[rows])
                measure(p, t[rows])
                d_output = (p - t[rows]) / len(rows)
                d_hidden = d_output @ weights[2].T * (hidden > 0)
                gradients = [x[rows].T @ d_hidden, d_hidden.sum(axis=0), hidden.T @ d_output, d_output.sum(axis=0)]
                steps += 1
                for i, g in enumerate(gradients):
                    if job.optimizer == "sgd":
                        weights[i] = weights[i] - job.rate * g
                        continue
                    v[i] = 0.9 * v[i] + 0.1 * g**2 if job.optimizer == "rmsprop" else 0.999 * v[i] + 0.001 * g**2
                    if job.optimizer == "rmsprop":
                        weights[i] = weights[i] - job.rate * g / np.sqrt(v[i] + 1e-7)
                    else:
                        m[i] = 0.9 * m[i] + 0.1 * g
                        rate = job.rate * (1 - 0.999**steps) ** 0.5 / (1 - 0.9**steps)
                        weights[i] = weights[i] - rate * m[i] / (np.sqrt(v[i]) + 1e-7)
            if x_val is not None:
                measure(forward(x_val)[1], one_hot(y_val))

    return run


def torch(x, y, x_val, y_val, job: Job):
    """The loop of PyTorch's own tutorials, with a DataLoader, on one thread (two are slower at these sizes)."""
    import torch
    from torch.utils.data import DataLoader, TensorDataset

    torch.set_num_threads(1)
    model = torch.nn.Sequential(
        torch.nn.Linear(x.shape[1], job.hidden), torch.nn.ReLU(), torch.nn.Linear(job.hidden, job.outputs)
    )
    binary = job.outputs == 1
    loss_of = torch.nn.BCEWithLogitsLoss() if binary else torch.nn.CrossEntropyLoss()
    rule = {"sgd": torch.optim.SGD, "rmsprop": torch.optim.RMSprop, "adam": torch.optim.Adam}[job.optimizer]
    optimizer = rule(model.parameters(), lr=job.rate)
    as_targets = lambda labels: torch.tensor(labels).float()[:, None] if binary else torch.tensor(labels).long()  # noqa: E731
    loader = DataLoader(TensorDataset(torch.tensor(x), as_targets(y)), job.batch, shuffle=True)

    def right(p, t):
        return ((p > 0) == t).sum().item() if binary else (p.argmax(1) == t).sum().item()

    def run():
        for _ in range(job.epochs):
            total = hits = 0
            for rows, t in loader:
                p = model(rows)
                loss = loss_of(p, t)
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
                total, hits = total + loss.item() * len(rows), hits + right(p, t)
            if x_val is not None:
                with torch.no_grad():
                    p = model(torch.tensor(x_val))
                    loss_of(p, as_targets(y_val)).item(), right(p, as_targets(y_val))

    return run


def sklearn(x, y, x_val, y_val, job: Job):
    """`MLPClassifier.partial_fit`, an epoch a call, and the loss on the validation rows after each."""
    from sklearn.metrics import log_loss
    from sklearn.neural_network import MLPClassifier

    if job.optimizer == "rmsprop":
        raise ImportError("scikit-learn has no RMSprop")
    model = MLPClassifier((job.hidden,), solver=job.optimizer, batch_size=job.batch, learning_rate_init=job.rate,
                          momentum=0.0, nesterovs_momentum=False, alpha=0.0)  # fmt: skip
    classes = np.unique(y)

    def run():
        for _ in range(job.epochs):
            model.partial_fit(x, y, classes=classes)
            if x_val is not None:
                log_loss(y_val, model.predict_proba(x_val), labels=classes), model.score(x_val, y_val)

    return run


RIVALS = {"lessonlib": lessonlib, "textbook": textbook, "Keras+JAX": keras, "PyTorch": torch, "scikit-learn": sklearn}
