"""The loop written out: the numbers of PyTorch, the numbers of `fit`, and the slips that PyTorch punishes."""

import json
import math
import sys
from pathlib import Path

import numpy as np
import pytest

import lessonlib as keras
from lessonlib import loop

GOLDEN = Path(__file__).with_name("golden")
sys.path.insert(0, str(GOLDEN))
import loops  # noqa: E402

RECORDED = json.loads((GOLDEN / "torch.json").read_text("utf-8"))


def module(weights, activation=None) -> loop.Module:
    inputs, hidden = weights[0].shape
    layers = [keras.layers.Dense(hidden, "tanh"), keras.layers.Dense(weights[2].shape[1], activation)]
    model = keras.Sequential([keras.Input((inputs,)), *layers])
    model.set_weights(weights)
    return loop.Module(model)


def test_every_program_has_been_recorded():
    assert sorted(RECORDED["loops"]) == sorted(loops.PROGRAMS) and sorted(RECORDED["tables"]) == sorted(loops.TABLES)


@pytest.mark.parametrize("name", loops.PROGRAMS)
def test_same_loop_as_pytorch(name):
    ours, theirs = loops.run(loop, module, **loops.PROGRAMS[name]), RECORDED["loops"][name]
    assert ours["rates"] == pytest.approx(theirs["rates"], rel=1e-6)
    # A sum of gradients that is never forgotten grows, and float32's last digit with it.
    tolerance = 2e-4 if name == "never-zeroed" else 2e-5
    for key in ("losses", "val_losses", "weights"):
        assert ours[key] == pytest.approx(theirs[key], rel=tolerance, abs=1e-5), key


def flat(values) -> list:
    return sum(map(flat, values), []) if isinstance(values, list) else [values]


@pytest.mark.parametrize("part", RECORDED["words"])
def test_same_words_as_pytorch(part):
    assert flat(loops.run_words(loop, module)[part]) == pytest.approx(flat(RECORDED["words"][part]), rel=5e-5, abs=1e-6)


@pytest.mark.parametrize("name", loops.TABLES)
def test_same_rates_as_pytorch(name):
    ours = loops.run_table(loop, module, name)
    np.testing.assert_allclose(ours, RECORDED["tables"][name], rtol=1e-6, atol=1e-12)


def rule(name):
    kinds = {"adam": keras.optimizers.Adam, "rmsprop": keras.optimizers.RMSprop, "nadam": keras.optimizers.Nadam}
    return kinds[name](0.01)


@pytest.mark.parametrize("name", ["adam", "rmsprop", "nadam", "sgd"])
def test_same_numbers_as_fit(name):
    """Shuffled, with Dropout, BatchNormalization and a regularizer: from the same seed, loop and fit are one."""
    x, y = loops.data("CrossEntropyLoss")

    def model():
        keras.utils.set_random_seed(3)
        return keras.Sequential(
            [
                keras.Input((5,)),
                keras.layers.Dense(8, "relu", kernel_regularizer="l2"),
                keras.layers.BatchNormalization(),
                keras.layers.Dropout(0.3),
                keras.layers.Dense(3),
            ]
        )

    fitted = model()
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    fitted.compile(keras.optimizers.SGD(0.1, momentum=0.9) if name == "sgd" else rule(name), loss)
    history = fitted.fit(x[:101], y[:101], batch_size=16, epochs=3, validation_data=(x[101:], y[101:]), verbose=0)

    looped = loop.Module(model())
    loss_fn = loop.CrossEntropyLoss()
    if name == "sgd":
        optimizer = loop.SGD(looped.parameters(), lr=0.1, momentum=0.9)
    else:
        optimizer = loop.FitOptimizer(looped.parameters(), rule(name))
    dataset = loop.TensorDataset(x[:101], y[:101])
    loader = loop.DataLoader(dataset, batch_size=16, shuffle=True, generator=looped.generator)
    losses, val_losses = [], []
    for _ in range(3):
        looped.train()
        total = 0.0
        for x_batch, y_batch in loader:
            optimizer.zero_grad()
            loss = loss_fn(looped(x_batch), y_batch)
            loss.backward()
            optimizer.step()
            total += loss.item() * len(x_batch)
        losses.append(total / len(dataset))
        looped.eval()
        with loop.no_grad():
            val_losses.append(loss_fn(looped(x[101:]), y[101:]).item())
    assert losses == pytest.approx(history.history["loss"], rel=1e-5)
    assert val_losses == pytest.approx(history.history["val_loss"], rel=1e-5)
    for ours, theirs in zip(looped.get_weights(), fitted.get_weights(), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=1e-6)


@pytest.fixture
def setting():
    """A model, a batch and a loss."""
    x, y = loops.data("BCELoss")
    return module(loops.weights(1), "sigmoid"), loop.tensor(x[:16]), loop.tensor(y[:16]), loop.BCELoss()


def test_gradients_add_up_until_they_are_zeroed(setting):
    model, x, y, loss_fn = setting
    first = model.parameters()[0]
    assert first.grad is None
    loss_fn(model(x), y).backward()
    once = first.grad.copy()
    loss_fn(model(x), y).backward()
    np.testing.assert_allclose(first.grad, 2 * once, rtol=1e-6)
    (loss_fn(model(x), y) * 3).backward()
    np.testing.assert_allclose(first.grad, 5 * once, rtol=1e-6)
    model.zero_grad()
    assert first.grad is None


def test_a_step_without_gradients_does_nothing(setting):
    model, *_ = setting
    before = model.get_weights()
    optimizer = loop.SGD(model.parameters(), lr=1.0, weight_decay=1.0)
    optimizer.step()
    assert all((a == b).all() for a, b in zip(before, model.get_weights(), strict=True)) and optimizer.steps == 0


def test_parameters_are_the_weights(setting):
    model, *_ = setting
    parameters = model.parameters()
    assert [p.shape for p in parameters] == [(5, 6), (6,), (6, 1), (1,)]
    parameters[1][...] = 7.0
    assert (model.get_weights()[1] == 7.0).all()


def test_loss_is_a_number(setting):
    model, x, y, loss_fn = setting
    loss = loss_fn(model(x), y)
    assert isinstance(loss.item(), float) and f"{loss:.3f}" == f"{loss.item():.3f}"
    assert sum([loss, loss]) == 2 * loss.item() and repr(loss) == f"tensor({loss.item():.4f})"


def test_the_usual_words(setting):
    model, x, y, _ = setting
    outputs = model(x)
    correct = ((outputs > 0.5).float() == y).float().mean().item()
    assert correct == np.mean((np.asarray(outputs) > 0.5) == np.asarray(y))
    scores = loop.tensor([[0.1, 0.9], [0.8, 0.2]])
    assert scores.argmax(dim=1).tolist() == [1, 0] == np.argmax(scores, axis=1).tolist()
    assert scores.sum(dim=0).tolist() == pytest.approx([0.9, 1.1]) and scores.mean().item() == pytest.approx(0.5)
    assert loop.tensor([1.0, 2.0]).unsqueeze(1).shape == (2, 1) and loop.tensor([1.7]).long().tolist() == [1]
    assert loop.tensor([0.5]).dtype == "float32" and type(outputs.detach().numpy()) is np.ndarray


def test_a_squeezed_output_knows_its_way(setting):
    model, x, y, loss_fn = setting
    loss_fn(model(x).squeeze(1), y[:, 0]).backward()
    squeezed = model.gradient.copy()
    model.zero_grad()
    loss_fn(model(x), y).backward()
    assert squeezed.tolist() == model.gradient.tolist()


def test_train_and_eval():
    model = loop.Module(keras.Sequential([keras.Input((50,)), keras.layers.Dropout(0.5), keras.layers.Dense(1)]))
    x = np.ones((1, 50))
    assert model.train() is model and len({model(x).item() for _ in range(5)}) > 1
    assert model.eval() is model and len({model(x).item() for _ in range(5)}) == 1


def test_state_dict_brings_back_the_weights(setting):
    model, x, y, loss_fn = setting
    kept, optimizer = model.state_dict(), loop.Adam(model.parameters(), lr=0.1)
    before = model(x).numpy().copy()
    loss_fn(model(x), y).backward()
    optimizer.step()
    assert not np.allclose(model(x), before)
    model.load_state_dict(kept)
    assert (model(x) == before).all()


SLIPS = {
    "twice": lambda model, x, y, loss_fn: [loss.backward() for loss in [loss_fn(model(x), y)] * 2],
    "changed outputs": lambda model, x, y, loss_fn: loss_fn(model(x) * 1.0, y).backward(),
    "some rows": lambda model, x, y, loss_fn: loss_fn(model(x)[:4], y[:4]).backward(),
    "reversed": lambda model, x, y, loss_fn: loss_fn(model(x)[::-1], y).backward(),
    "turned": lambda model, x, y, loss_fn: loss_fn(model(x).T, y.T).backward(),
    "detached": lambda model, x, y, loss_fn: loss_fn(model(x).detach(), y).backward(),
    "sum": lambda model, x, y, loss_fn: loop.LossValue(loss_fn(model(x), y) + 1).backward(),
    "called again": lambda model, x, y, loss_fn: [loss_fn(model(x), y), model(x)][0].backward(),
}


@pytest.mark.parametrize("slip", SLIPS)
def test_no_wrong_gradient_goes_unnoticed(slip, setting):
    with pytest.raises(RuntimeError, match="no way back|called again"):
        SLIPS[slip](*setting)


def test_under_no_grad_there_is_no_way_back(setting):
    model, x, y, loss_fn = setting
    with loop.no_grad():
        loss = loss_fn(model(x), y)
    with pytest.raises(RuntimeError, match="no_grad"):
        loss.backward()


BAD = {
    "shapes": (lambda model, x, y, loss_fn: loss_fn(model(x), y[:, 0]), r"unsqueeze\(1\)"),
    "no parameters": (lambda model, *_: loop.SGD([], lr=0.1), "parameters of a Module"),
    "a vector": (lambda model, *_: loop.SGD(model.model.parameters, lr=0.1), "parameters of a Module"),
    "negative rate": (lambda model, *_: loop.SGD(model.parameters(), lr=-1), "Invalid learning rate: -1"),
    "nesterov": (lambda model, *_: loop.SGD(model.parameters(), nesterov=True), "Nesterov"),
    "sizes": (lambda *_: loop.TensorDataset([1, 2], [1]), r"\[2, 1\]"),
    "batch": (lambda *_: loop.DataLoader([], 0), "batch_size=0"),
    "lengths": (lambda *_: loop.random_split(loop.TensorDataset([1, 2]), [1, 2]), "3 and 2"),
    "unbuilt": (lambda *_: loop.Module(keras.Sequential([keras.layers.Dense(1)])), "Input"),
    "factor": (lambda model, *_: plateau(model, factor=2.0), "Factor"),
    "mode": (lambda model, *_: plateau(model, mode="up"), "'up'"),
    "cycle": (lambda model, *_: loop.lr_scheduler.OneCycleLR(loop.SGD(model.parameters()), 0.1), "total_steps"),
}


def plateau(model, **arguments):
    return loop.lr_scheduler.ReduceLROnPlateau(loop.SGD(model.parameters()), **arguments)


@pytest.mark.parametrize("case", BAD)
def test_bad_arguments(case, setting):
    call, text = BAD[case]
    with pytest.raises(ValueError, match=text):
        call(*setting)


def test_random_split_and_loader():
    data = loop.TensorDataset(np.arange(11), np.arange(11) * 10)
    generator = np.random.default_rng(0)
    parts = loop.random_split(data, [0.6, 0.25, 0.15], generator)
    assert [len(part) for part in parts] == [7, 3, 1]
    rows = [int(x) for part in parts for x, _ in (part[number] for number in range(len(part)))]
    assert sorted(rows) == list(range(11)) != rows
    loader = loop.DataLoader(parts[0], batch_size=3, shuffle=True, drop_last=True, generator=generator)
    epochs = [[x.tolist() for x, _ in loader] for _ in range(2)]
    assert len(loader) == 2 == len(epochs[0]) and epochs[0] != epochs[1]
    assert all((y == x * 10).all() for x, y in loader)


def test_seeded_loaders_repeat():
    orders = []
    for _ in range(2):
        loop.manual_seed(5)
        orders.append([x.item() for (x,) in loop.DataLoader(loop.TensorDataset(np.arange(20)), shuffle=True)])
    assert orders[0] == orders[1] and len(set(orders[0])) == 20


def test_one_cycle_ends():
    model = module(loops.weights(1))
    scheduler = loop.lr_scheduler.OneCycleLR(loop.SGD(model.parameters(), momentum=0.9), 0.1, total_steps=3)
    for _ in range(3):
        scheduler.step()
    with pytest.raises(ValueError, match="Tried to step 4 times"):
        scheduler.step()
    assert math.isfinite(scheduler.get_last_lr()[0])


def test_clipping_before_the_first_backward_does_nothing():
    model = module(loops.weights(1))
    loop.clip_grad_value_(model.parameters(), 1.0)
    assert loop.clip_grad_norm_(model.parameters(), 1.0) == 0 and model.parameters()[0].grad is None


def test_a_single_parameter_is_not_frozen_in_silence():
    parameter = module(loops.weights(1)).parameters()[0]
    parameter.requires_grad = True
    with pytest.raises(RuntimeError, match="whole layers"):
        parameter.requires_grad = False


def test_parameters_have_names_and_sizes():
    module = loop.Module(
        keras.Sequential([keras.Input((3,)), keras.layers.Dense(2, name="first"), keras.layers.Dense(1)])
    )
    module.layers[1].trainable = False
    module.compile("sgd", "mse")  # freezing counts from here
    assert [(name, p.numel()) for name, p in module.to("cpu").named_parameters()] == [
        ("first.kernel", 6),
        ("first.bias", 2),
    ]


def looped(optimizer, model, steps):
    """The rates after each of so many steps, on batches that differ."""
    x, y = loops.data("BCELoss")
    rates = []
    for step in range(steps):
        optimizer.zero_grad()
        loop.BCELoss()(model(x[step : step + 16]), y[step : step + 16]).backward()
        optimizer.step()
        rates.append(optimizer.param_groups[0]["lr"])
    return rates


RATES = {
    "schedule": lambda: keras.optimizers.schedules.ExponentialDecay(0.1, 1, 0.5),
    "function": lambda: lambda step: 0.1 * 0.5**step,
}


@pytest.mark.parametrize("kind", RATES)
def test_a_schedule_of_fit_goes_on_in_a_loop(kind):
    model = module(loops.weights(1), "sigmoid")
    rule = keras.optimizers.SGD(RATES[kind]())
    rates = looped(loop.FitOptimizer(model.parameters(), rule), model, 3)
    assert rates == pytest.approx([0.05, 0.025, 0.0125]) and rule.learning_rate == pytest.approx(0.0125)


def test_a_rate_set_in_the_group_is_that_of_fits_optimizer():
    model = module(loops.weights(1), "sigmoid")
    rule = keras.optimizers.Adam(0.1)
    optimizer = loop.FitOptimizer(model.parameters(), rule)
    scheduler = loop.lr_scheduler.StepLR(optimizer, 1, 0.5)
    assert looped(optimizer, model, 2) == pytest.approx([0.1, 0.1])
    scheduler.step()
    assert looped(optimizer, model, 1) == pytest.approx([0.05]) and rule.learning_rate == pytest.approx(0.05)


@pytest.mark.parametrize("kind", ["number", *RATES])
def test_fits_optimizer_goes_on_from_its_state(kind):
    """Moments, steps and rate, even one that was set and not yet used."""

    def made():
        model = module(loops.weights(1), "sigmoid")
        rate = RATES[kind]() if kind in RATES else 0.1
        return model, loop.FitOptimizer(model.parameters(), keras.optimizers.Adam(rate))

    model, optimizer = made()
    looped(optimizer, model, 3)
    if kind == "number":
        optimizer.param_groups[0]["lr"] = 0.02
    weights, state = model.state_dict(), optimizer.state_dict()
    rates = looped(optimizer, model, 2)
    again, resumed = made()
    again.load_state_dict(weights)
    resumed.load_state_dict(state)
    assert looped(resumed, again, 2) == rates
    assert again.parameters()[0].tolist() == model.parameters()[0].tolist()


@pytest.mark.parametrize(
    "loss_fn", [loop.MSELoss(), loop.MSELoss("sum"), loop.SmoothL1Loss(beta=0.5), loop.SmoothL1Loss("sum", beta=2.0)]
)
def test_a_sum_or_factor_leaves_the_regularizers_alone(loss_fn):
    """The targets are met, so loss and gradient are the regularizer's: 0.5·2² and 0.5·2·2."""
    dense = keras.layers.Dense(1, kernel_initializer=lambda shape, dtype=None: np.full(shape, 2.0), use_bias=False,
                               kernel_regularizer=keras.regularizers.L2(0.5))  # fmt: skip
    model = loop.Module(keras.Sequential([keras.Input((1,)), dense]))
    loss = loss_fn(model(np.ones((10, 1))), np.full((10, 1), 2.0))
    loss.backward()
    assert (loss.item(), model.gradient.tolist()) == (2.0, [2.0])
    (loss_fn(model(np.ones((10, 1))), np.full((10, 1), 2.0)) / 2).backward()  # what divides the loss divides all of it
    assert model.gradient.tolist() == [3.0]


def test_a_model_in_a_model():
    def inner(name):
        return keras.Sequential([keras.Input((3,)), keras.layers.Dense(3, name="dense")], name=name)

    model = loop.Module(keras.Sequential([keras.Input((3,)), inner("a"), inner("b"), keras.layers.Dense(1, name="c")]))
    names = ["a.dense.kernel", "a.dense.bias", "b.dense.kernel", "b.dense.bias", "c.kernel", "c.bias"]
    assert [name for name, _ in model.named_parameters()] == names == list(model.state_dict())
    kept = model.state_dict()
    for parameter in model.parameters():
        parameter[...] = 0.0
    model.load_state_dict(kept)
    assert all((model.state_dict()[name] == kept[name]).all() for name in names)


def test_what_is_frozen_stays_without_compile():
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(3, name="a"), keras.layers.Dense(1, name="b")])
    model.layers[0].trainable = False
    module, before = loop.Module(model), model.get_weights()
    loop.MSELoss()(module(np.ones((4, 2))), np.zeros((4, 1))).backward()
    assert [name for name, _ in module.named_parameters()] == ["b.kernel", "b.bias"]
    for parameter, own in zip(module.parameters(), ("kernel", "bias"), strict=True):
        assert parameter.grad.tolist() == getattr(model.layers[1], own + "_gradient").tolist()
    loop.SGD(module.parameters(), lr=0.1).step()
    changed = [(a != b).any() for a, b in zip(before, model.get_weights(), strict=True)]
    assert changed == [False, False, True, True]


def test_what_is_frozen_after_compile_counts_for_a_loop_that_begins_then():
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(3), keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    module = loop.Module(model)
    model.layers[0].trainable = False
    assert len(module.parameters()) == 4 == len(module.named_parameters())  # as at its beginning
    assert len(loop.Module(model).parameters()) == 2
