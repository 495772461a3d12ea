"""Programs with losses, metrics and epochs of one's own, as courses write them; they run under both imports."""

import tempfile
import warnings

import numpy as np

rng = np.random.default_rng(3)
X = rng.normal(size=(70, 3)).astype("float32")
Y = X[:, 0] ** 2  # one axis, as people have it
SHAPES = (3, 8), (8,), (8, 1), (1,)
WEIGHTS = [0.5 * rng.normal(size=shape).astype("float32") for shape in SHAPES]
OPTIONS = {"epochs": 2, "batch_size": 16, "shuffle": False, "verbose": 0}


def network(keras, loss, optimizer="adam", metrics=(), hidden="tanh", last=None):
    layers = [keras.Input((3,)), keras.layers.Dense(8, hidden), keras.layers.Dense(1, last)]
    model = keras.Sequential(layers)
    model.set_weights(WEIGHTS)
    model.compile(optimizer, loss, metrics=list(metrics))
    return model


def own_losses(keras):
    """One number for each row, each output, or the whole batch; with corners, and with conversions."""
    ops = keras.ops

    def log_cosh(y_true, y_pred):
        return ops.mean(ops.log(ops.cosh(y_pred - y_true)), axis=-1)

    def of_the_batch(y_true, y_pred):
        return ops.mean(ops.square(y_true - y_pred))

    def of_each_output(y_true, y_pred):
        return ops.abs(y_true - y_pred) ** 1.5

    def too_low_costs_more(y_true, y_pred):
        error = ops.cast(y_true, "float32") - y_pred
        return ops.mean(ops.where(error > 0, 2 * error**2, error**2), axis=-1)

    def quantile(y_true, y_pred):
        return ops.mean(ops.maximum(0.9 * (y_true - y_pred), -0.1 * (y_true - y_pred)), axis=-1)

    def focal(y_true, y_pred):
        p = ops.clip(y_pred, 1e-7, 1 - 1e-7)
        yes, no = y_true * (1 - p) ** 2 * ops.log(p), (1 - y_true) * p**2 * ops.log(1 - p)
        return -ops.mean(yes + no, axis=-1)

    found = {}
    for loss in (log_cosh, of_the_batch, of_each_output, too_low_costs_more, quantile):
        model = network(keras, loss)
        found[loss.__name__] = model.fit(X, Y, validation_split=0.2, **OPTIONS).history, model.get_weights()
    yes_or_no = network(keras, focal, last="sigmoid").fit(X, (Y > 1) * 1.0, **OPTIONS)
    return found | {"focal": yes_or_no.history}


def own_metrics(keras):
    """A function sees the targets as they came: with one axis, y_true - y_pred is a table of all with all."""
    ops = keras.ops

    def root_error(y_true, y_pred):
        return ops.sqrt(ops.mean(ops.square(y_true - y_pred), axis=-1))

    flat = network(keras, "mse", metrics=[root_error, "mae"]).fit(X, Y, validation_split=0.2, **OPTIONS)
    table = network(keras, "mse", metrics=[root_error]).fit(X, Y[:, None], validation_split=0.2, **OPTIONS)
    return {"one axis": flat.history, "two axes": table.history}


def own_classes(keras):
    """Subclasses of Loss, Metric and Mean; a loss of class numbers; losses and metrics made of the library's."""
    ops, yes, rng = keras.ops, (Y[:, None] > 1) * 1.0, np.random.default_rng(4)

    class Mixed(keras.losses.Loss):
        def __init__(self, share=0.5, name="mixed"):
            super().__init__(name=name)
            self.share = share

        def call(self, y_true, y_pred):
            error = y_true - y_pred
            return ops.mean(self.share * ops.square(error) + (1 - self.share) * ops.abs(error), axis=-1)

    class Weighted(keras.Loss):
        def call(self, y_true, y_pred):
            return keras.losses.binary_crossentropy(y_true, y_pred) * (1 + 2 * ops.squeeze(y_true, -1))

    class Distance(keras.metrics.Metric):
        def __init__(self, power=1, **options):
            super().__init__(**options)
            self.power = power
            self.total = self.add_weight(name="total", initializer="zeros")
            self.count = self.add_variable(shape=(), initializer="zeros", name="count")

        def update_state(self, y_true, y_pred, sample_weight=None):
            self.total.assign_add(ops.sum(ops.abs(y_true - y_pred) ** self.power))
            self.count.assign(self.count + ops.cast(ops.size(y_pred), self.dtype))

        def result(self):
            return self.total / self.count

    class F1(keras.Metric):
        def __init__(self, name="f1"):
            super().__init__(name=name)
            self.precision, self.recall = keras.metrics.Precision(), keras.metrics.Recall()

        def update_state(self, y_true, y_pred, sample_weight=None):
            self.precision.update_state(y_true, y_pred, sample_weight)
            self.recall.update_state(y_true, y_pred, sample_weight)

        def result(self):
            p, r = self.precision.result(), self.recall.result()
            return 2 * p * r / (p + r + keras.backend.epsilon())

    class Largest(keras.metrics.Mean):
        def update_state(self, y_true, y_pred, sample_weight=None):
            super().update_state(ops.max(y_pred))  # of the batch

    def of_numbers(y_true, y_pred):
        chosen = ops.one_hot(ops.cast(ops.reshape(y_true, (-1,)), "int32"), 3)
        return -ops.sum(chosen * ops.log(y_pred + 1e-7), axis=1)

    found = {}
    for loss in (Mixed(0.3), Weighted()):
        metrics = [Distance(name="distance"), Distance(2, name="squares"), F1(), Largest(name="largest"), "accuracy"]
        model = network(keras, loss, metrics=metrics, last="sigmoid")
        history = model.fit(X, yes, validation_split=0.2, **OPTIONS).history
        found[type(loss).__name__] = history, model.evaluate(X, yes, verbose=0), float(loss(yes, 0.9 * yes))
    for loss in (of_numbers, lambda y_true, y_pred: keras.losses.sparse_categorical_crossentropy(y_true, y_pred)):
        model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(3, "softmax")])
        model.set_weights([rng.normal(size=(3, 3)), np.zeros(3)])
        model.compile("adam", loss, metrics=["sparse_categorical_accuracy"])
        history = model.fit(X, X.argmax(axis=1), class_weight={0: 1.0, 1: 3.0, 2: 1.0}, **OPTIONS).history
        found[f"numbers {len(found)}"] = history, model.get_weights()
    one = Distance(3, name="one")
    found["alone"] = [
        one(np.ones(2), np.zeros(2)),
        one(np.ones(1), np.full(1, 4.0)),
        one.result(),
        [v.name for v in one.variables],
    ]
    one.reset_state()
    keras.backend.clear_session()
    keys = list(network(keras, "mse", metrics=[keras.metrics.AUC]).fit(X, yes, **OPTIONS).history)
    return found | {"config": [one.get_config()["name"], float(one.total), float(one.count)], "keys": keys}


def explained(keras):
    """The share of the variance that a regression explains, of one output and of three."""
    k, found = keras.metrics, []
    for kind in ("uniform_average", "variance_weighted_average", None):
        metric = k.R2Score(class_aggregation=kind)
        metric.update_state(X, 0.9 * X + 0.1)
        first = metric.result()
        metric.reset_state()
        metric.update_state(X, 0.8 * X, sample_weight=np.arange(70))
        found.append([first, metric.result()])
    model = network(keras, "mse", metrics=["r2_score", "mae"])
    return found, model.fit(X, Y[:, None], validation_split=0.2, **OPTIONS).history


def own_regularizers(keras):
    """As a function and as a subclass; the losses with them."""
    ops = keras.ops

    class Squares(keras.regularizers.Regularizer):
        def __init__(self, strength):
            self.strength = strength

        def __call__(self, weights):
            return self.strength * ops.sum(ops.square(weights))

    def sizes(weights):
        return 0.01 * ops.sum(ops.abs(weights))

    layers = [keras.Input((3,)), keras.layers.Dense(8, "tanh", kernel_regularizer=Squares(0.02))]
    model = keras.Sequential([*layers, keras.layers.Dense(1, kernel_regularizer=sizes)])
    model.set_weights(WEIGHTS)
    model.compile("adam", "mse", metrics=["mse"])
    return (
        model.fit(X, Y, validation_split=0.2, **OPTIONS).history,
        model.evaluate(X, Y, verbose=0),
        model.get_weights(),
    )


def more_operations(keras):
    ops, x = keras.ops, np.array([[1.0, 2.0, 3.0], [0.0, 5.0, 1.0]], "float32")
    found = [ops.norm(x), ops.norm(x, axis=1), ops.logsumexp(x, axis=1), ops.rsqrt(x + 1), ops.stop_gradient(x)]
    found += [*ops.top_k(x, 2), *ops.moments(x, axes=[0]), ops.normalize(x, axis=1), ops.selu(x), ops.relu6(3 * x)]
    return found + [ops.softmax(x), ops.log_sigmoid(x), ops.expand_dims(x, -1), ops.one_hot(np.array([0, 2]), 3)]


def numbered_metrics(keras):
    """The second metric of a class without a name gets a number; those with a name by default do not."""
    keras.backend.clear_session()
    k, keys = keras.metrics, []
    for _ in range(2):
        metrics = [k.Precision(), k.Recall(), k.AUC(), k.BinaryAccuracy(), k.TruePositives(), k.AUC(name="mine")]
        model = network(keras, "binary_crossentropy", metrics=metrics, last="sigmoid")
        keys.append(list(model.fit(X, (Y > 1) * 1, **OPTIONS).history))
    return keys


def steps(keras):
    """Epochs of so many batches, of which the next goes on with the rest of the rows."""
    found, batches = {}, []
    see = keras.callbacks.LambdaCallback(on_train_batch_end=lambda batch, logs: batches.append([batch, logs["loss"]]))
    for steps in (1, 2, 4):
        options = OPTIONS | {"epochs": 5, "steps_per_epoch": steps, "callbacks": [see]}
        model = network(keras, "mse", "sgd", ["mae"])
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # five batches are not a multiple of two: both say so
            history = model.fit(X, Y, validation_data=(X, Y), validation_steps=2, **options)
        found[str(steps)] = history.history, history.epoch, model.get_weights()
    halves = network(keras, "mse", "sgd").fit(X, Y, shuffle=False, verbose=0, epochs=3, steps_per_epoch=2)
    found["no batch_size"] = halves.history, model.evaluate(X, Y, steps=3, verbose=0)
    found["evaluate"] = model.evaluate(X, Y, batch_size=20, steps=2, verbose=0)
    found["predict"] = model.predict(X, batch_size=20, steps=2, verbose=0)
    return found | {"batches": batches}


def accumulating(keras):
    """A schedule goes by batches, Adam's correction by updates."""
    found, rates = {}, []
    see = keras.callbacks.LambdaCallback(
        on_epoch_end=lambda epoch, logs: rates.append([model.optimizer.learning_rate, model.optimizer.iterations])
    )
    for kind in (keras.optimizers.SGD, keras.optimizers.Adam):
        schedule = keras.optimizers.schedules.ExponentialDecay(0.1, 2, 0.7)
        model = network(keras, "mse", kind(schedule, gradient_accumulation_steps=3))
        found[kind.__name__] = model.fit(X, Y, callbacks=[see], **OPTIONS).history, model.get_weights()
    return found | {"rates": [[float(np.asarray(rate)), int(np.asarray(count))] for rate, count in rates]}


def learned_slopes(keras):
    """PReLU in the middle and at the beginning."""
    k = keras.layers
    model = keras.Sequential([keras.Input((3,)), k.PReLU("ones"), k.Dense(8), k.PReLU(), k.Dense(1)])
    model.set_weights([np.ones(3), *WEIGHTS[:2], np.full(8, 0.25), *WEIGHTS[2:]])
    model.compile("adam", "mse")
    return model.fit(X, Y, **OPTIONS).history, model.get_weights()


def functional(keras):
    """A model written as calls; one that ends at its hidden layer; a list that begins with its layers."""
    k = keras.layers
    inputs = keras.Input(shape=(3,), name="features")
    x = k.Dense(8, activation="tanh", name="hidden")(inputs)
    x = k.BatchNormalization()(k.Dropout(0.0)(x))
    model = keras.Model(inputs=inputs, outputs=k.Dense(1, name="score")(x))
    model.get_layer("hidden").set_weights(WEIGHTS[:2])
    model.get_layer("score").set_weights(WEIGHTS[2:])
    hidden = keras.Model(model.inputs, model.get_layer("hidden").output)
    before = hidden.predict(X[:2], verbose=0)
    model.compile("adam", "mse", metrics=["mae"])
    history = model.fit(X, Y, validation_split=0.2, **OPTIONS).history
    # Two models share a layer: what one of them learns, the other knows.
    tail = keras.Sequential([*model.layers[:2], k.Dense(1, kernel_initializer="ones")])
    tail.compile("sgd", "mse")
    both = [tail.fit(X, Y, **OPTIONS).history, model.fit(X, Y, **OPTIONS).history, tail.fit(X, Y, **OPTIONS).history]
    shapes = [list(model.input_shape[1:]), list(model.output_shape[1:]), list(inputs.shape[1:]), list(x.shape[1:])]
    kinds = [isinstance(each, keras.Model) for each in (model, hidden, tail)]
    names = [layer.name for layer in model.layers[:2]]
    found = {"history": history, "hidden": [before, hidden.predict(X[:2], verbose=0)], "both": both}
    copy = keras.models.clone_model(model)
    return found | {"kinds": [*kinds, copy.count_params()], "names": names, "shapes": shapes}


def models_as_layers(keras):
    """An encoder and a decoder, trained as one; a classifier on the frozen encoder, and then on the free one."""
    k, rng = keras.layers, np.random.default_rng(6)
    encoder = keras.Sequential([k.InputLayer(shape=(3,)), k.Dense(4, "tanh"), k.Dense(2)], name="encoder")
    decoder = keras.Sequential([k.Dense(4, "tanh", kernel_regularizer="l2"), k.Dense(3)], name="decoder")
    both = keras.Sequential([encoder, decoder])
    both.set_weights([rng.normal(size=w.shape) for w in both.get_weights()])
    both.compile("adam", "mse")
    found = {"both": both.fit(X, X, validation_split=0.2, **OPTIONS).history}
    inputs = keras.Input((3,))
    chain = keras.Model(inputs, k.Dense(1, kernel_initializer="ones")(encoder(inputs)))
    encoder.trainable = False
    for rate in (0.1, 0.01):
        chain.compile(keras.optimizers.SGD(rate), "mse")
        found[f"rate {rate}"] = chain.fit(X, Y, **OPTIONS).history, len(chain.trainable_weights), chain.get_weights()
        encoder.trainable = True
    copy = keras.models.clone_model(both)
    copy.set_weights(both.get_weights())
    found["shapes"] = [list(layer.output.shape[1:]) for layer in (*both.layers, *chain.layers)]
    found["copy"] = copy.predict(X[:3], verbose=0), [layer.name for layer in copy.layers], copy.layers[0] is encoder
    return found | {"codes": encoder.predict(X[:3], verbose=0), "again": both.fit(X, X, **OPTIONS).history}


def outputs_of_layers(keras):
    """What every layer says; a new head on a layer inside; the first model of a shared layer has its output."""
    k, rng = keras.layers, np.random.default_rng(7)
    model = keras.Sequential([keras.Input((3,)), k.Dense(4, "tanh"), k.Dense(2), k.Dense(1)])
    model.set_weights([rng.normal(size=w.shape) for w in model.get_weights()])
    keras.Sequential([keras.Input((3,)), *model.layers[:2]])
    each = keras.Model(inputs=model.inputs, outputs=[layer.output for layer in model.layers])
    head = keras.Model(model.inputs, k.Dense(3, kernel_initializer="ones")(model.layers[-2].output))
    head.compile("sgd", "mse")
    found = {
        "head": [head.fit(X, X, **OPTIONS).history, head.output_shape[1:]],
        "input": model.layers[1].input.shape[1:],
    }
    return found | {"predict": each.predict(X[:3], verbose=0), "call": each(X[:3]), "outputs": len(each.outputs)}


def written_down(keras):
    """Configurations, copies and files of models, layers, optimizers, losses and metrics, also of one's own."""

    @keras.saving.register_keras_serializable(package="ours")
    def third_power(y_true, y_pred):
        return keras.ops.mean(keras.ops.abs(y_true - y_pred) ** 3, axis=-1)

    def distance(y_true, y_pred):
        return keras.ops.mean(keras.ops.abs(y_true - y_pred), axis=-1)

    model = network(
        keras,
        third_power,
        keras.optimizers.SGD(0.01),
        metrics=[distance, "mse", keras.metrics.RootMeanSquaredError(name="a")],
    )
    with keras.saving.custom_object_scope({"distance": distance}):
        copy = keras.models.clone_model(model)
    copy.set_weights(model.get_weights())
    found = {"histories": [each.fit(X, Y[:, None], **OPTIONS).history for each in (model, copy)]}
    with tempfile.TemporaryDirectory() as folder:
        keras.models.save_model(model, f"{folder}/model.keras")
        with keras.saving.custom_object_scope({"distance": distance}):
            again = keras.saving.load_model(f"{folder}/model.keras")
    found["again"] = again.evaluate(X, Y[:, None], verbose=0, return_dict=True)
    pairs = [
        (keras.layers, keras.layers.Dense(3, "relu", name="three")), (keras.optimizers, keras.optimizers.Adam(0.5)),
        (keras.losses, keras.losses.Huber(delta=2.0)), (keras.metrics, keras.metrics.Precision(thresholds=0.25)),
    ]  # fmt: skip
    for module, one in pairs:
        config = module.serialize(one)
        found[type(one).__name__] = type(module.deserialize(config)).__name__, sorted(config["config"])[-1]
    return found


def in_lists_and_dictionaries(keras):
    """The one input, output, loss and list of metrics, given as models with several take them."""
    inputs = keras.Input(batch_shape=(None, 3), name="x")
    outputs = keras.layers.Dense(1, kernel_initializer="ones", name="y")(inputs)
    found = []
    for x, y, loss, metrics in (({"x": X}, Y, {"y": "mse"}, {"y": ["mae"]}), ([X], [Y], ["mse"], [["mae"]])):
        model = keras.Model(inputs, outputs)
        model.compile("sgd", loss, metrics=metrics)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Keras says that it wanted the other form
            found.append([model.fit(x, y, **OPTIONS).history, model.predict(x, verbose=0)[:3]])
    return found


def compiled_again(keras):
    """What is not said again stays: the metrics, and then the loss, too."""
    model = network(keras, "mae", metrics=["mse"])
    found = [model.fit(X, Y, **OPTIONS).history]
    for said in ({"loss": "mse"}, {}, {"metrics": ["mae"]}, {"loss": "mae", "metrics": []}):
        model.compile("sgd", **said)
        found.append(model.fit(X, Y, **OPTIONS).history)
    return found


_ALL = (
    own_losses, own_metrics, own_classes, explained, own_regularizers, more_operations, numbered_metrics,
    steps, accumulating, learned_slopes, functional,
    models_as_layers, outputs_of_layers, written_down, in_lists_and_dictionaries, compiled_again,
)  # fmt: skip
PROGRAMS = {f"own: {program.__name__.replace('_', ' ')}": program for program in _ALL}
