"""Traces as matplotlib figures."""


def training(trace):
    import matplotlib.pyplot as plt
    from matplotlib.ticker import MaxNLocator

    names = [name for name in trace.epochs[0].values if not name.startswith("val_") and name != "learning_rate"]
    names.sort(key=lambda name: name != "loss")  # the loss first
    figure, panels = plt.subplots(1, len(names), squeeze=False)
    numbers = [epoch.number for epoch in trace.epochs]
    for name, axes in zip(names, panels[0], strict=True):
        for key, label in ((name, "train"), ("val_" + name, "validation")):
            if key in trace.epochs[0].values:
                axes.plot(numbers, [epoch.values[key] for epoch in trace.epochs], marker="o", label=label)
        axes.set(xlabel="epoch", ylabel=name, title=name)
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        axes.legend()
    return figure
