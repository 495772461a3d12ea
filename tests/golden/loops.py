"""Training loops that run under PyTorch and under lessonlib.loop, from the same weights, without shuffling."""

import copy

import numpy as np

HEADS = {  # loss: (outputs, activation of the last layer)
    "BCELoss": (1, "sigmoid"),
    "BCEWithLogitsLoss": (1, None),
    "CrossEntropyLoss": (3, None),
    "MSELoss": (1, None),
    "L1Loss": (1, None),
    "HuberLoss": (1, None),
    "SmoothL1Loss": (1, None),
    "NLLLoss": (3, "log_softmax"),
}
SETTINGS = {  # a list is a tensor
    "sum-mse": ("MSELoss", {"reduction": "sum"}),
    "sum-classes": ("CrossEntropyLoss", {"reduction": "sum"}),
    "sum-logits": ("BCEWithLogitsLoss", {"reduction": "sum"}),
    "smooth": ("CrossEntropyLoss", {"label_smoothing": 0.2}),
    "weights": ("CrossEntropyLoss", {"weight": [1.0, 3.0, 0.5]}),
    "weights-sum": ("CrossEntropyLoss", {"weight": [1.0, 3.0, 0.5], "reduction": "sum", "label_smoothing": 0.1}),
    "weights-smooth": ("CrossEntropyLoss", {"weight": [1.0, 3.0, 0.5], "label_smoothing": 0.1}),
    "positive": ("BCEWithLogitsLoss", {"pos_weight": [3.0]}),
    "huber": ("HuberLoss", {"delta": 0.3}),
    "beta": ("SmoothL1Loss", {"beta": 0.3}),
}
OPTIMIZERS = {
    "sgd": ("SGD", {"lr": 0.1}),
    "momentum": ("SGD", {"lr": 0.1, "momentum": 0.9}),
    "nesterov": ("SGD", {"lr": 0.05, "momentum": 0.9, "nesterov": True}),
    "dampening": ("SGD", {"lr": 0.1, "momentum": 0.9, "dampening": 0.5}),
    "sgd-decay": ("SGD", {"lr": 0.1, "momentum": 0.5, "weight_decay": 0.1}),
    "adam": ("Adam", {}),
    "adam-settings": ("Adam", {"lr": 0.02, "betas": (0.5, 0.9), "eps": 1e-3, "weight_decay": 0.1, "amsgrad": True}),
    "adamw": ("AdamW", {"lr": 0.01}),
    "adagrad": ("Adagrad", {"lr": 0.1}),
    "adagrad-all": ("Adagrad", {"lr_decay": 0.1, "weight_decay": 0.1, "initial_accumulator_value": 0.5}),
    "rmsprop": ("RMSprop", {}),
    "rmsprop-all": ("RMSprop", {"lr": 0.001, "momentum": 0.9, "centered": True, "weight_decay": 0.01}),
}
SCHEDULERS = {
    "step": ("StepLR", {"step_size": 2, "gamma": 0.1}),
    "milestones": ("MultiStepLR", {"milestones": [1, 3, 3], "gamma": 0.5}),
    "exponential": ("ExponentialLR", {"gamma": 0.5}),
    "cosine": ("CosineAnnealingLR", {"T_max": 2, "eta_min": 0.01}),
    "cycle": ("OneCycleLR", {"max_lr": 0.3, "epochs": 4, "steps_per_epoch": 6}),
    "plateau": ("ReduceLROnPlateau", {"patience": 0, "threshold": 0.2}),
}
PROGRAMS = (
    {f"sgd-{loss}": {"loss": loss} for loss in HEADS}
    | {name: {"optimizer": name} for name in OPTIMIZERS}
    | {
        f"loss-{name}": {"loss": loss, "settings": settings, "rate": 0.01 if settings.get("reduction") else 0.1}
        for name, (loss, settings) in SETTINGS.items()
    }
    | {f"momentum-{name}": {"optimizer": "momentum", "scheduler": name} for name in SCHEDULERS}
    | {
        "adam-cycle": {"optimizer": "adam", "scheduler": "cycle"},
        "never-zeroed": {"zero": "never"},
        "every-second": {"zero": "second"},
        "drop-last": {"drop_last": True},
        "clipped": {"loss": "MSELoss", "clip": 0.4},
    }
)

# Schedulers alone, over many steps: (class, arguments) one after the other on one optimizer
TABLES = {
    "step": [("StepLR", {"step_size": 7, "gamma": 0.5})],
    "milestones": [("MultiStepLR", {"milestones": [5, 20, 20, 33], "gamma": 0.3})],
    "exponential": [("ExponentialLR", {"gamma": 0.93})],
    "cosine": [("CosineAnnealingLR", {"T_max": 11, "eta_min": 0.001})],
    "cycle": [("OneCycleLR", {"max_lr": 0.5, "total_steps": 60})],
    "cycle-linear": [("OneCycleLR", {"max_lr": 0.5, "total_steps": 60, "anneal_strategy": "linear", "pct_start": 0.1,
                                     "div_factor": 5.0, "final_div_factor": 10.0, "cycle_momentum": False})],
    "two": [("ExponentialLR", {"gamma": 0.95}), ("StepLR", {"step_size": 10, "gamma": 0.5})],
    "cosine-and-step": [("CosineAnnealingLR", {"T_max": 13}), ("StepLR", {"step_size": 10, "gamma": 0.5})],
    "plateau": [("ReduceLROnPlateau", {"patience": 2, "factor": 0.5})],
    "plateau-abs": [("ReduceLROnPlateau", {"patience": 1, "threshold": 0.1, "threshold_mode": "abs", "cooldown": 3,
                                           "factor": 0.5, "min_lr": 0.001})],
    "plateau-max": [("ReduceLROnPlateau", {"mode": "max", "patience": 0, "threshold": 0.05, "factor": 0.9})],
    "lambda": [("LambdaLR", {"lr_lambda": lambda step: 0.97**step})],
    "warm-up": [("LambdaLR", {"lr_lambda": [lambda step: min(1.0, (step + 1) / 10)]})],
    "linear": [("LinearLR", {})],
    "linear-down": [("LinearLR", {"start_factor": 1.0, "end_factor": 0.1, "total_iters": 30})],
    "constant": [("ConstantLR", {"factor": 0.2, "total_iters": 7})],
    "restarts": [("CosineAnnealingWarmRestarts", {"T_0": 10})],
    "restarts-longer": [("CosineAnnealingWarmRestarts", {"T_0": 5, "T_mult": 2, "eta_min": 0.01})],
    "warm-up and two": [("LinearLR", {"total_iters": 10}), ("ExponentialLR", {"gamma": 0.95})],
    "sequence": [("SequentialLR", {"milestones": [10, 40], "schedulers": [
        ("LinearLR", {"start_factor": 0.1, "total_iters": 10}), ("CosineAnnealingLR", {"T_max": 30}),
        ("ConstantLR", {"factor": 0.01, "total_iters": 100})]})],
    "plateau-eps": [("ReduceLROnPlateau", {"patience": 0, "factor": 0.1, "eps": 1e-3})],
}  # fmt: skip


def data(loss: str):
    """101 rows of five features, and targets of the loss's kind; 30 more to measure."""
    rng = np.random.default_rng(1)
    x = rng.normal(size=(131, 5)).astype("float32")
    scores = x @ rng.normal(size=(5, 3)).astype("float32")
    labels = scores.argmax(axis=1)
    if loss in ("CrossEntropyLoss", "NLLLoss"):
        return x, labels
    return x, (labels % 2 if loss.startswith("BCE") else scores[:, 0]).astype("float32")[:, None]


def weights(units: int) -> list:
    rng = np.random.default_rng(2)
    return [rng.normal(size=shape, scale=0.5).astype("float32") for shape in [(5, 6), (6,), (6, units), (units,)]]


def run(
    api,
    make_model,
    loss="BCEWithLogitsLoss",
    optimizer="sgd",
    scheduler=None,
    zero="always",
    drop_last=False,
    clip=None,
    settings=None,
    rate=None,
):
    """Four epochs; every loss, the rates, and the weights at the end. `api` is lessonlib.loop, or PyTorch's names."""
    x, y = data(loss)
    units, activation = HEADS[loss]
    model = make_model(weights(units), activation)
    dataset = api.TensorDataset(api.tensor(x[:101]), api.tensor(y[:101]))
    loader = api.DataLoader(dataset, batch_size=17, drop_last=drop_last)
    settings = {
        name: api.tensor(value) if isinstance(value, list) else value for name, value in (settings or {}).items()
    }
    loss_fn = getattr(api, loss)(**settings)
    kind, settings = OPTIMIZERS[optimizer]
    optimizer = getattr(api.optim, kind)(model.parameters(), **settings | ({"lr": rate} if rate else {}))
    if scheduler:
        name, settings = SCHEDULERS[scheduler]
        scheduler = getattr(api.optim.lr_scheduler, name)(optimizer, **settings)
    losses, val_losses, rates, lengths = [], [], [], []
    for _ in range(4):
        model.train()
        for number, (x_batch, y_batch) in enumerate(loader):
            if zero == "always" or (zero == "second" and number % 2 == 0):
                optimizer.zero_grad()
            loss = loss_fn(model(x_batch), y_batch)
            if zero == "second":
                (loss / 2).backward()
                if number % 2:
                    optimizer.step()
            else:
                loss.backward()
                if clip:
                    lengths.append(float(api.clip_grad_norm_(model.parameters(), clip)))
                optimizer.step()
            losses.append(loss.item())
            rates.append(optimizer.param_groups[0]["lr"])
            if scheduler and name == "OneCycleLR":
                scheduler.step()
        model.eval()
        with api.no_grad():
            val_losses.append(loss_fn(model(api.tensor(x[101:])), api.tensor(y[101:])).item())
        if scheduler and name == "ReduceLROnPlateau":
            scheduler.step(val_losses[-1])
        elif scheduler and name != "OneCycleLR":
            scheduler.step()
    parameters = [np.array(p.detach().numpy()) for p in model.parameters()]
    return {"losses": losses, "val_losses": val_losses, "rates": rates, "lengths": lengths,
            "weights": [float(np.abs(p).sum()) for p in parameters]}  # fmt: skip


def run_table(api, make_model, name: str) -> list:
    """Rate and momentum over 59 steps; halfway, somebody sets the rate by hand."""
    model = make_model(weights(1), None)
    optimizer = api.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)

    def made(kind, settings):
        inner = {"schedulers": [made(*one) for one in settings["schedulers"]]} if kind == "SequentialLR" else {}
        return getattr(api.optim.lr_scheduler, kind)(optimizer, **settings | inner)

    schedulers = [made(*one) for one in TABLES[name]]
    numbers = np.abs(np.sin(np.arange(59) / 4)) + np.linspace(1, 0, 59)
    rows, group = [], optimizer.param_groups[0]
    for step, number in enumerate(numbers):
        rows.append([group["lr"], group["momentum"], schedulers[-1].get_last_lr()[0]])
        optimizer.step()
        for scheduler in schedulers:
            scheduler.step(*([float(number)] if name.startswith("plateau") else []))
        if step == 40 and name in ("step", "exponential", "plateau"):
            group["lr"] = 0.2
    return rows


def run_words(api, make_model) -> dict:
    """What else loops are written with: parts of losses, checkpoints, copies, steps by hand, words of tensors."""
    x, y = (api.tensor(array) for array in data("CrossEntropyLoss"))
    model, loss_fn = make_model(weights(3), None), api.CrossEntropyLoss()
    found, optimizer = {}, api.optim.Adam(model.parameters(), lr=0.05)

    def train(model, optimizer, steps):
        losses = []
        for _ in range(steps):
            optimizer.zero_grad()
            outputs = model(x)
            loss = loss_fn(outputs, y) + 0.5 * api.NLLLoss()(outputs, y) + 1.0
            loss.backward()
            api.clip_grad_value_(model.parameters(), 0.02)
            optimizer.step()
            losses.append(loss.item())
        return losses

    found["parts"] = train(model, optimizer, 3)
    kept, best, twin = copy.deepcopy(optimizer.state_dict()), copy.deepcopy(model.state_dict()), copy.deepcopy(model)
    found["on"] = train(model, optimizer, 3)
    other = make_model(weights(3), None)
    other.load_state_dict(best)
    again = api.optim.Adam(other.parameters(), lr=0.5)
    again.load_state_dict(kept)
    found["again"] = train(other, again, 3)
    found["twin"] = loss_fn(twin(x), y).item()
    loss_fn(twin(x), y).backward()
    found["norms"] = [p.grad.norm().item() for p in twin.parameters()]
    for p in twin.parameters():
        p.data -= 0.1 * p.grad
    with api.inference_mode():
        p = twin(x)
    found["words"] = [
        p.std().item(), p.var(dim=0).tolist(), p.std(1, keepdim=True)[:2].tolist(), p.max(1)[1].sum().item(),
        p.mean(dim=1, keepdim=True)[:2].tolist(), (p.argmax(1) == y).type(api.float).sum().item(),
        p.argmax(dim=1, keepdim=True).eq(y.view(-1, 1)).sum().item(), p.pow(2).abs().sum().item(), p.max().item(),
        api.softmax(p, dim=1)[:2].tolist(), api.sigmoid(p)[:2].tolist(), api.max(p.data, 1)[0].sum().item(),
        p.flatten().clone().cpu()[:3].tolist(), sum(q.numel() for q in twin.parameters() if q.requires_grad),
    ]  # fmt: skip
    order = [api.Generator().manual_seed(1) for _ in range(2)]
    dataset = api.TensorDataset(x, y)
    rows = [[b.tolist() for _, b in api.DataLoader(dataset, 50, True, generator=g, num_workers=0)] for g in order]
    return found | {"seeded": rows[0] == rows[1]}
