"""The training loop written out, in PyTorch's words, over the same engine.

    dataset = TensorDataset(x, y)
    train_set, val_set = random_split(dataset, [0.8, 0.2])
    loader = DataLoader(train_set, batch_size=32, shuffle=True)

    model = Module(keras.Sequential([keras.Input((10,)), keras.layers.Dense(16, "relu"), keras.layers.Dense(2)]))
    loss_fn = CrossEntropyLoss()                       # takes scores, so the model ends without a softmax
    optimizer = SGD(model.parameters(), lr=0.1, momentum=0.9)

    for epoch in range(5):
        model.train()
        for x_batch, y_batch in loader:
            optimizer.zero_grad()
            loss = loss_fn(model(x_batch), y_batch)
            loss.backward()
            optimizer.step()
        model.eval()
        with no_grad():
            correct = (model(x_val).argmax(dim=1) == y_val).float().mean().item()

Apart from the model, which PyTorch builds from its own layers, this reads line for line as it does there. The rules
of the optimizers here are PyTorch's; `FitOptimizer` takes one of `lessonlib.optimizers` instead, and then the numbers
are those of `fit`.

Differs from PyTorch: the engine remembers one batch, the last one. So backward() comes before the model is called
again, and a loss is made of what the model returned, not of sums or parts of that. Regularizers of the layers count,
as in `fit`.
"""

from lessonlib.loop import lr_scheduler, optim
from lessonlib.loop.data import DataLoader, Subset, TensorDataset, random_split
from lessonlib.loop.functions import (
    Generator,
    argmax,
    as_tensor,
    float,
    float32,
    float64,
    from_numpy,
    int64,
    long,
    max,
    sigmoid,
    softmax,
)
from lessonlib.loop.losses import (
    BCELoss,
    BCEWithLogitsLoss,
    CrossEntropyLoss,
    HuberLoss,
    L1Loss,
    LossFunction,
    LossValue,
    MSELoss,
    NLLLoss,
    SmoothL1Loss,
)
from lessonlib.loop.module import (
    Module,
    Parameter,
    Tensor,
    clip_grad_norm_,
    clip_grad_value_,
    inference_mode,
    no_grad,
    tensor,
)
from lessonlib.loop.optim import SGD, Adagrad, Adam, AdamW, FitOptimizer, RMSprop
from lessonlib.utils import set_random_seed as manual_seed

__all__ = [
    "Adagrad", "Adam", "AdamW", "BCELoss", "BCEWithLogitsLoss", "CrossEntropyLoss", "DataLoader", "FitOptimizer",
    "Generator", "HuberLoss", "L1Loss", "LossFunction", "LossValue", "MSELoss", "Module", "NLLLoss", "Parameter",
    "RMSprop", "SGD", "SmoothL1Loss", "Subset", "Tensor", "TensorDataset", "argmax", "as_tensor", "clip_grad_norm_",
    "clip_grad_value_", "float", "float32", "float64", "from_numpy", "inference_mode", "int64", "long", "lr_scheduler",
    "manual_seed", "max", "no_grad", "optim", "random_split", "sigmoid", "softmax", "tensor",
]  # fmt: skip
