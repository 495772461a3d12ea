"""Training loops that run under PyTorch and under lessonlib.loop, from the same weights, without shuffling."""

import numpy as np

HEADS = {  # loss: (outputs, activation of the last layer)
    "BCELoss": (1, "sigmoid"),
    "BCEWithLogitsLoss": (1, None),
    "CrossEntropyLoss": (3, None),
    "MSELoss": (1, None),
    "L1Loss": (1, None),
    "HuberLoss": (1, None),
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
    "plateau-eps": [("ReduceLROnPlateau", {"patience": 0, "factor": 0.1, "eps": 1e-3})],
}  # fmt: skip


def data(loss: str):
    """101 rows of five features, and targets of the loss's kind; 30 more to measure."""
    rng = np.random.default_rng(1)
    x = rng.normal(size=(131, 5)).astype("float32")
    scores = x @ rng.normal(size=(5, 3)).astype("float32")
    labels = scores.argmax(axis=1)
    if loss == "CrossEntropyLoss":
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
):
    """Four epochs; every loss, the rates, and the weights at the end. `api` is lessonlib.loop, or PyTorch's names."""
    x, y = data(loss)
    units, activation = HEADS[loss]
    model = make_model(weights(units), activation)
    dataset = api.TensorDataset(api.tensor(x[:101]), api.tensor(y[:101]))
    loader = api.DataLoader(dataset, batch_size=17, drop_last=drop_last)
    loss_fn = getattr(api, loss)()
    kind, settings = OPTIMIZERS[optimizer]
    optimizer = getattr(api.optim, kind)(model.parameters(), **settings)
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
    schedulers = [getattr(api.optim.lr_scheduler, kind)(optimizer, **settings) for kind, settings in TABLES[name]]
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
