"""Record what PyTorch's loops and schedulers do: torch.json, for test_loop.py.

    pip install torch numpy
    python tests/golden/record_torch.py

The programs stand in loops.py.
"""

import json
from pathlib import Path

if __name__ == "__main__":
    import loops
    import torch
    from torch import nn
    from torch.utils.data import DataLoader, TensorDataset

    class api:
        """PyTorch's names where lessonlib.loop has them."""

        tensor, no_grad, optim = torch.tensor, torch.no_grad, torch.optim
        DataLoader, TensorDataset = DataLoader, TensorDataset

    for name in loops.HEADS:
        setattr(api, name, getattr(nn, name))

    def make_model(weights, activation):
        """Linear keeps its weight transposed."""
        kernel, bias, last_kernel, last_bias = (torch.tensor(array) for array in weights)
        layers = [nn.Linear(*kernel.shape), nn.Tanh(), nn.Linear(*last_kernel.shape)]
        model = nn.Sequential(*layers, *([nn.Sigmoid()] if activation else []))
        with torch.no_grad():
            for layer, w, b in ((layers[0], kernel, bias), (layers[2], last_kernel, last_bias)):
                layer.weight.copy_(w.T)
                layer.bias.copy_(b)
        return model

    results = {
        "torch": torch.__version__,
        "loops": {name: loops.run(api, make_model, **program) for name, program in loops.PROGRAMS.items()},
        "tables": {name: loops.run_table(api, make_model, name) for name in loops.TABLES},
    }
    Path(__file__).with_name("torch.json").write_text(json.dumps(results) + "\n", "utf-8")
    print(len(loops.PROGRAMS), "loops and", len(loops.TABLES), "tables with PyTorch", torch.__version__)
