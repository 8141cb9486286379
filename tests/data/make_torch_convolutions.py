"""Makes torch_convolutions.npz: losses and gradients of small convolutional networks as PyTorch finds them.

Run with PyTorch 2.13.0 and NumPy, apart from nnsim, in this folder: python make_torch_convolutions.py

`cases` is a JSON list of each network's layers before the output layer, as `model.layers` says them; `losses` has
the loss of each, and `gradients`, one case after the other, dC/d(parameters) in nnsim's order: layer by layer, the
weights of a convolution (channels k k, filters) by rows, those of a dense layer (inputs, units), then the biases.
The inputs are pictures of 7 x 6 pixels; the loss is softmax cross-entropy. Pixels come in steps, so that some
squares have several largest ones.
"""

import json
from pathlib import Path

import numpy as np
import torch
from torch.nn import functional as F

torch.set_default_dtype(torch.float64)
torch.set_num_threads(1)
ROWS, PICTURE, OUTPUTS = 5, (7, 6), 3
ACTIVATIONS = {"relu": F.relu, "tanh": torch.tanh, "linear": lambda z: z}


def convolution(filters, kernel, activation, **settings):
    return {"kind": "convolution", "filters": filters, "kernel": kernel, "activation": activation, **settings}


CASES = [
    [convolution(3, 3, "tanh")],
    [convolution(3, 3, "tanh", bias=False)],
    [convolution(2, 3, "relu", padding=1), {"kind": "pooling"}],
    [convolution(2, 2, "tanh", stride=2, padding=1), {"kind": "pooling", "mode": "average"}],
    [{"kind": "pooling"}, convolution(3, 2, "tanh")],
    [{"kind": "pooling", "size": 3, "mode": "average"}, {"kind": "dense", "units": 3, "activation": "tanh"}],
    [convolution(2, 3, "tanh", padding=2, stride=3)],
    [
        convolution(3, 3, "tanh", padding=1),
        {"kind": "pooling"},
        convolution(2, 2, "tanh"),
        {"kind": "dense", "units": 4, "activation": "tanh"},
    ],
    [
        convolution(2, 3, "linear", padding=1),
        {"kind": "residual", "activation": "tanh", "layers": [convolution(2, 3, "tanh", padding=1)]},
        {"kind": "layer-norm", "activation": "tanh"},
        {"kind": "pooling"},
    ],
]


class Reader:
    """Hands out the flat parameters in their order."""

    def __init__(self, flat):
        self.flat, self.at = flat, 0

    def take(self, *shape):
        count = int(np.prod(shape))
        self.at += count
        return self.flat[self.at - count : self.at].reshape(shape)


def run(layers, x, reader):
    for layer in layers:
        act = ACTIVATIONS[layer.get("activation", "linear")]
        if layer["kind"] == "convolution":
            channels, k, filters = x.shape[1], layer["kernel"], layer["filters"]
            weight = reader.take(channels * k * k, filters).T.reshape(filters, channels, k, k)
            bias = reader.take(filters) if layer.get("bias", True) else None
            places = {name: layer[name] for name in ("stride", "padding") if name in layer}
            x = act(F.conv2d(x, weight, bias, **places))
        elif layer["kind"] == "pooling":
            pool = F.avg_pool2d if layer.get("mode") == "average" else F.max_pool2d
            x = pool(x, layer.get("size", 2))
        elif layer["kind"] == "layer-norm":
            shape = x.shape[1:]
            units = int(np.prod(shape))
            gamma, beta = reader.take(units), reader.take(units)
            x = act(F.layer_norm(x, shape, gamma.reshape(shape), beta.reshape(shape)))
        elif layer["kind"] == "residual":
            x = act(x + run(layer["layers"], x, reader))
        else:
            x = x.flatten(1)
            x = act(x @ reader.take(x.shape[1], layer["units"]) + reader.take(layer["units"]))
    return x


def main():
    rng = np.random.default_rng(22)
    inputs = rng.integers(0, 5, size=(ROWS, *PICTURE)) / 4.0
    parameters, classes = 0.5 * rng.normal(size=2000), rng.integers(0, OUTPUTS, size=ROWS)
    losses, gradients, sizes = [], [], []
    for layers in CASES:
        flat = torch.tensor(parameters, requires_grad=True)
        reader = Reader(flat)
        x = run(layers, torch.tensor(inputs)[:, None], reader).flatten(1)
        z = x @ reader.take(x.shape[1], OUTPUTS) + reader.take(OUTPUTS)
        loss = F.cross_entropy(z, torch.tensor(classes))
        loss.backward()
        losses.append(loss.item())
        sizes.append(reader.at)
        gradients.append(flat.grad[: reader.at].numpy())
    np.savez_compressed(
        Path(__file__).with_name("torch_convolutions.npz"),
        cases=json.dumps(CASES),
        inputs=inputs,
        parameters=parameters,
        targets=np.eye(OUTPUTS)[classes],
        losses=losses,
        sizes=sizes,
        gradients=np.concatenate(gradients),
        version=torch.__version__,
    )


if __name__ == "__main__":
    main()
