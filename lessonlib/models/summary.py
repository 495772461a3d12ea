"""The table that `model.summary()` prints."""

from lessonlib import utils


def summary(model, line_length=None, positions=None, print_fn=None, expand_nested=False, show_trainable=False,
            layer_range=None) -> None:  # fmt: skip
    """Print the layers with the shapes of their outputs and the numbers of their parameters.

    `print_fn` is called with the whole text. The other arguments are Keras's, and change nothing here.
    """
    widths = 31, 22, 13

    def rule(ends: str, stroke: str) -> str:
        return ends[0] + ends[1].join(stroke * (width + 2) for width in widths) + ends[2]

    line = "{0} {1:<31} {0} {2:<22} {0} {3:>13} {0}".format
    lines = [f'Model: "{model.name}"', rule("┏┳┓", "━"), line("┃", "Layer (type)", "Output Shape", "Param #")]
    for number, layer in enumerate(model.layers):
        name, kind = layer.name, f"({type(layer).__name__})"
        shape = str((None, *utils.row_of(layer.output_shape))) if layer.built else "?"
        count = f"{layer.count_params():,}" if layer.built else "0 (unbuilt)"
        lines.append(rule("├┼┤", "─") if number else rule("┡╇┩", "━"))
        if len(f"{name} {kind}") <= widths[0]:
            lines.append(line("│", f"{name} {kind}", shape, count))
        else:
            name = name if len(name) <= widths[0] else name[: widths[0] - 1] + "…"
            lines += [line("│", name, shape, count), line("│", kind, "", "")]
    lines.append(rule("└┴┘", "─"))
    counts = {"Trainable": _size(model.trainable_weights), "Non-trainable": _size(model.non_trainable_weights)}
    remembered = model.optimizer.size() if model.optimizer else 0
    if remembered:  # one of its numbers is a count of steps, of 4 bytes
        counts["Optimizer"] = remembered, 4 + (remembered - 1) * model.optimizer.parameters.itemsize
    counts = {"Total": tuple(map(sum, zip(*counts.values(), strict=True)))} | counts
    lines += [f" {kind} params: {n:,} ({_bytes(size)})" for kind, (n, size) in counts.items()]
    (print_fn or print)("\n".join(lines))


def _size(arrays) -> tuple[int, int]:
    """How many numbers they have, and how many bytes."""
    return sum(array.size for array in arrays), sum(array.nbytes for array in arrays)


def _bytes(count: int) -> str:
    """A size in memory, as Keras writes it.

    >>> _bytes(772), _bytes(407080)
    ('772.00 B', '397.54 KB')
    """
    unit = 0
    while count >= 1024 and unit < 3:
        count, unit = count / 1024, unit + 1
    return f"{count:.2f} {('B', 'KB', 'MB', 'GB')[unit]}"
