"""Traces as matplotlib figures."""

MOST_MARKERS = 20  # on a curve; more would run into one another


def training(trace):
    import matplotlib.pyplot as plt
    from matplotlib.ticker import MaxNLocator

    names = [name for name in trace.epochs[0].values if not name.startswith("val_") and name != "learning_rate"]
    names.sort(key=lambda name: name != "loss")  # the loss first
    figure, panels = plt.subplots(1, len(names), squeeze=False)
    numbers = [epoch.number for epoch in trace.epochs]
    every = -(-len(numbers) // MOST_MARKERS)
    for name, axes in zip(names, panels[0], strict=True):
        for key, label in ((name, "train"), ("val_" + name, "validation")):
            if key in trace.epochs[0].values:
                values = [epoch.values[key] for epoch in trace.epochs]
                axes.plot(numbers, values, marker="o", markevery=every, label=label)
        axes.set(xlabel="epoch", ylabel=name, title=name)
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        axes.legend()
    return figure
