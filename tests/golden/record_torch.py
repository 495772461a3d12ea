"""Record what PyTorch's loops and schedulers do: torch.json, for test_loop.py.

    pip install torch numpy
    python tests/golden/record_torch.py

The programs stand in loops.py.
"""

import json
from pathlib import Path

import loops


def pytorch():
    """PyTorch's names where lessonlib.loop has them, and a function that makes its model with given weights."""
    import torch
    from torch import nn
    from torch.utils.data import DataLoader, TensorDataset

    class Names:
        tensor, no_grad, optim, version = torch.tensor, torch.no_grad, torch.optim, torch.__version__
        inference_mode, softmax, sigmoid, max = torch.inference_mode, torch.softmax, torch.sigmoid, torch.max
        float, Generator = torch.float, torch.Generator

    Names.DataLoader, Names.TensorDataset = DataLoader, TensorDataset
    Names.clip_grad_norm_ = staticmethod(nn.utils.clip_grad_norm_)
    Names.clip_grad_value_ = staticmethod(nn.utils.clip_grad_value_)
    ends = {"sigmoid": [nn.Sigmoid()], "log_softmax": [nn.LogSoftmax(dim=1)], None: []}
    for name in loops.HEADS:
        setattr(Names, name, getattr(nn, name))

    def make_model(weights, activation):
        """Linear keeps its weight transposed."""
        kernel, bias, last_kernel, last_bias = (torch.tensor(array) for array in weights)
        layers = [nn.Linear(*kernel.shape), nn.Tanh(), nn.Linear(*last_kernel.shape)]
        model = nn.Sequential(*layers, *ends[activation])
        with torch.no_grad():
            for layer, w, b in ((layers[0], kernel, bias), (layers[2], last_kernel, last_bias)):
                layer.weight.copy_(w.T)
                layer.bias.copy_(b)
        return model

    return Names, make_model


if __name__ == "__main__":
    api, make_model = pytorch()
    results = {
        "torch": api.version,
        "loops": {name: loops.run(api, make_model, **program) for name, program in loops.PROGRAMS.items()},
        "words": loops.run_words(api, make_model),
        "tables": {name: loops.run_table(api, make_model, name) for name in loops.TABLES},
    }
    Path(__file__).with_name("torch.json").write_text(json.dumps(results) + "\n", "utf-8")
    print(len(loops.PROGRAMS), "loops and", len(loops.TABLES), "tables with PyTorch", api.version)
