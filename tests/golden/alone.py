"""Activations, losses, initializers, layers, … called alone, as authors show them; they run under both imports."""

import warnings

import numpy as np

rng = np.random.default_rng(4)
T, P = rng.normal(size=(2, 2, 4, 3)).astype("float32")  # tables of rows
X = rng.normal(2, 3, (6, 4)).astype("float32")


def settings_by_place(keras):
    """Settings without their names; softmax along another axis; what is not finite."""
    a, limits = keras.activations, np.array([[np.nan, np.inf, -np.inf]], "float32")
    values = [a.relu(X, 0.1, 2.0, 0.5), a.leaky_relu(X, 0.1), a.elu(X, 0.5), a.gelu(X, True), a.celu(X, 2.0)]
    values += [a.softmax(P, axis=axis) for axis in (0, 1, -1)] + [a.softmax(X, 0), a.log_softmax(X, axis=0)]
    values += [a.gelu(limits[:, :2]), a.relu6(limits), a.relu(limits, max_value=3.0), keras.layers.Softmax(axis=-1)(X)]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # `alpha` is an old name: Keras says so
        return [*values, keras.layers.LeakyReLU(alpha=0.2)(X)]


def losses(keras):
    """Tables of rows; one row, whose loss is one number; settings of functions without their names."""
    k, found = keras.losses, []
    for kind in (k.MeanSquaredError, k.MeanAbsoluteError, k.Huber, k.Hinge):
        for reduction in ("sum_over_batch_size", "sum", None):
            loss = kind(reduction=reduction)
            found += [loss(T, P), loss(T, P, sample_weight=[[1.0], [3.0]]), loss(T[0, 0], P[0, 0]), loss(T[0], P[0])]
    found += [keras.metrics.MeanAbsoluteError()(T, P), k.mean_squared_error(T, P), k.mean_squared_error([1, 2], [1, 4])]
    yes, scores = np.array([[0.0], [1.0]]), X[:2, :1]
    return [*found, k.huber(T[0], P[0], 0.3), k.binary_crossentropy(yes, scores, True)]


def more_losses(keras):
    """Of all sizes, of counts, of distributions: alone, in a training, and as metrics."""
    k, found = keras.losses, {}
    counts, mean = np.array([[1.0], [3.0], [0.0], [2.0], [7.0], [1.0]]), np.exp(X[:, :1] / 4)
    one_hot, shares = np.eye(3)[[0, 1, 2, 0, 1, 2]], np.array([[0.2, 0.3, 0.5], [0.0, 1.0, 0.0]] * 3)
    kinds = {
        k.MeanAbsolutePercentageError: (counts + 1, mean), k.MeanSquaredLogarithmicError: (counts, X[:, :1]),
        k.LogCosh: (X, 3 * X), k.Poisson: (counts, mean), k.KLDivergence: (one_hot, shares),
        k.SquaredHinge: (np.sign(X), X[:, ::-1]),
    }  # fmt: skip
    for kind, (t, p) in kinds.items():
        loss, metric = kind(), getattr(keras.metrics, kind.__name__ + "Error" * (kind is k.LogCosh))()
        metric.update_state(t, p, sample_weight=np.arange(6))
        last = {k.KLDivergence: "softmax", k.Poisson: "exponential"}.get(kind)
        model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(t.shape[1], last, kernel_initializer="ones")])
        model.compile(keras.optimizers.SGD(1e-3), loss, metrics=[metric])
        history = model.fit(X / 4, t, epochs=3, batch_size=4, shuffle=False, verbose=0).history
        function = getattr(k, loss.name)(t, p)
        found[loss.name] = [loss(t, p), function, metric.name, history, model.get_weights()]
    names = [type(keras.metrics.get(name)).__name__ for name in ("mape", "MSLE", "KLDivergence", "SquaredHinge")]
    return found | {"names": names}


def initializers(keras):
    """Called again, an initializer says the same, with a seed and without; functions of one's own; names of all."""
    i, found = keras.initializers, []
    names = "random_normal random_uniform truncated_normal glorot_uniform he_normal lecun_normal orthogonal".split()
    for name in names:
        plain, seeded = getattr(i, name)(), getattr(i, name)(seed=3)
        first, again, other = (
            np.asarray(plain((4, 4))),
            np.asarray(plain(shape=(4, 4))),
            np.asarray(i.get(name)((4, 4))),
        )
        same = np.array_equal(seeded((4, 4), dtype="float32"), getattr(i, name)(seed=3)((4, 4)))
        found.append([str(first.dtype), np.array_equal(first, again), np.array_equal(first, other), same])
    own = keras.layers.Dense(2, kernel_initializer=lambda shape, dtype=None: np.full(shape, 0.5, dtype))(X)

    class Stairs(i.Initializer):
        def __call__(self, shape, dtype=None):
            return np.arange(np.prod(shape), dtype=dtype).reshape(shape)

    stairs = keras.layers.Dense(2, kernel_initializer=Stairs())(X)
    half = str(np.asarray(i.ones()((2,), dtype="float16")).dtype)
    return {"same": found, "own": own, "stairs": stairs, "half": half, "uniform": type(i.get("uniform")).__name__}


def layers(keras):
    """Shapes before there are numbers; weights by their names, read and assigned; axes in lists."""
    k, dense = keras.layers, keras.layers.Dense(3, kernel_initializer="ones")
    kinds = k.Dense(3), k.Flatten(), k.ReLU(), k.Dropout(0.5), k.BatchNormalization(), k.PReLU()
    shapes = [list(kind.compute_output_shape((5, 4))) for kind in kinds]
    before = dense(X)
    dense.kernel.assign(np.full((4, 3), 0.5))
    dense.bias.assign_add([1.0, 2.0, 3.0])
    weights = [dense.kernel.numpy(), dense.bias.numpy(), dense.kernel * 2, dense(X) - dense.bias]
    normalization = k.BatchNormalization()
    normalization(X, training=True)
    measured = k.Normalization(axis=[-1])
    measured.adapt(X)
    model = keras.Sequential(
        [
            keras.Input((4,)),
            k.Dense(2, kernel_initializer="ones", kernel_regularizer=keras.regularizers.l1_l2(0.1, 0.2)),
        ]
    )
    model.layers[0].bias.assign([1.0, 2.0])
    plain = k.Dense(2, use_bias=False)
    plain(X)
    return {
        "shapes": shapes, "before": before, "weights": weights, "moved": normalization.moving_mean.numpy(),
        "axes": [k.LayerNormalization(axis=[1])(X), measured(X)], "no bias": plain.bias is None,
        "losses": model.losses, "predict": model.predict(X, verbose=0), "nothing": keras.regularizers.l1_l2()(X),
    }  # fmt: skip


def written_and_read(keras):
    """serialize and deserialize of every kind of thing."""
    found = {}
    things = {
        "optimizers": keras.optimizers.RMSprop(0.1, rho=0.8, name="mine"),
        "losses": keras.losses.Huber(0.3),
        "metrics": keras.metrics.Precision(thresholds=0.3),
        "layers": keras.layers.Dense(3, "relu", kernel_initializer=keras.initializers.HeNormal(seed=1), name="d"),
        "initializers": keras.initializers.RandomNormal(stddev=0.3),
        "regularizers": keras.regularizers.L1L2(0.25, 0.5),
        "activations": keras.activations.gelu,
    }
    for home, thing in things.items():
        home = getattr(keras, home)
        found[home.__name__.split(".")[-1]] = type(home.deserialize(home.serialize(thing))) is type(thing)
    layer = keras.layers.deserialize(keras.layers.serialize(things["layers"]))
    rates = keras.optimizers.deserialize(keras.optimizers.serialize(things["optimizers"]))
    return found | {"layer": [layer.units, layer.name], "rate": [rates.rho, float(rates.learning_rate), rates.name]}


def minimising(keras):
    """A variable of one's own goes down a bowl whose slope is known."""
    found = []
    for kind in ("SGD", "Adam", "Adadelta", "Adamax"):
        number, pair = keras.Variable(5.0), keras.Variable(np.array([[1.0, -2.0]]), name="pair")
        optimizer = getattr(keras.optimizers, kind)(0.1)
        for _ in range(4):
            gradients = [2 * np.asarray(number), 4 * np.asarray(pair)]
            optimizer.apply_gradients(zip(gradients, [number, pair], strict=True))
        found.append([float(number), pair.numpy()])
    return found


def own_activations(keras):
    """Functions of one's own, of every number and of a row, in the middle and at the end of a network."""
    ops, values = keras.ops, np.random.default_rng(6)

    def wave(z):
        return z + ops.sin(z) ** 2

    def shares(z):
        e = ops.exp(z - ops.max(z, axis=-1, keepdims=True))
        return e / ops.sum(e, axis=-1, keepdims=True)

    layers = [keras.layers.Dense(5, activation=wave), keras.layers.Activation(lambda z: keras.activations.relu(z, 0.1))]
    model = keras.Sequential([keras.Input((4,)), *layers, keras.layers.Dense(3, activation=shares)])
    model.set_weights([values.normal(size=w.shape, scale=0.5) for w in map(np.asarray, model.get_weights())])
    model.compile(keras.optimizers.SGD(0.1), "sparse_categorical_crossentropy")
    history = model.fit(X, [0, 1, 2, 0, 1, 2] * np.ones(6), epochs=4, batch_size=4, shuffle=False, verbose=0)
    return history.history, model.get_weights(), keras.activations.get(wave)(X), layers[0].activation.__name__


_ALL = own_activations, more_losses, settings_by_place, losses, initializers, layers, written_and_read, minimising
PROGRAMS = {f"alone: {program.__name__.replace('_', ' ')}": program for program in _ALL}
