"""Makes torch_gradients.npz: losses and gradients of small networks as PyTorch's autograd finds them.

Run with PyTorch 2.13.0 and NumPy, apart from nnsim, in this folder: python make_torch_gradients.py

The file holds `cases`, a JSON list of what each network is made of, as a scenario's [model] and [loss] say it; for
every case its `loss`, and in `gradients`, one case after the other, dC/d(parameters) in nnsim's order (layer by
layer; weights (inputs, units) by rows, then biases; gammas, then betas). The parameters of a case are the first so
many of `parameters`, its targets those of its loss.
"""

import json
from pathlib import Path

import numpy as np
import torch
from torch.nn import functional as F

torch.set_default_dtype(torch.float64)
torch.set_num_threads(1)
ROWS, INPUTS, OUTPUTS = 6, 3, 3

ACTIVATIONS = {
    "elu": lambda z: F.elu(z, alpha=1.3),
    "gelu": lambda z: F.gelu(z, approximate="tanh"),
    "gelu exact": F.gelu,
    "leaky-relu": lambda z: F.leaky_relu(z, 0.07),
    "linear": lambda z: z,
    "relu": F.relu,
    "sigmoid": torch.sigmoid,
    "silu": F.silu,
    "softmax": lambda z: F.softmax(z, dim=1),
    "softplus": F.softplus,
    "tanh": torch.tanh,
}
SETTINGS = {"elu": {"alpha": 1.3}, "gelu exact": {"approximate": "none"}, "leaky-relu": {"slope": 0.07}}
WEIGHTS = [0.5, 2.0, 1.0]


def focal(z, y, weight=0.25, focus=2.0):
    """Focal loss by the formula of its paper, as torchvision's `sigmoid_focal_loss` has it; its mean."""
    logit, share = torch.where(y == 1, z, -z), torch.where(y == 1, weight, 1 - weight)
    return (-share * torch.sigmoid(-logit) ** focus * F.logsigmoid(logit)).mean()


LOSSES = {
    "mse mean": ({"kind": "mse", "reduction": "mean"}, lambda z, a, y: F.mse_loss(a, y)),
    "mse half-mean": ({"kind": "mse", "reduction": "half-mean"}, lambda z, a, y: F.mse_loss(a, y) / 2),
    "mse half-sum": (
        {"kind": "mse", "reduction": "half-sum"},
        lambda z, a, y: F.mse_loss(a, y, reduction="sum") / 2,
    ),
    "mse sum": ({"kind": "mse", "reduction": "sum"}, lambda z, a, y: F.mse_loss(a, y, reduction="sum")),
    "mae": ({"kind": "mae"}, lambda z, a, y: F.l1_loss(a, y)),
    "huber": ({"kind": "huber", "threshold": 0.6}, lambda z, a, y: F.huber_loss(a, y, delta=0.6)),
    "binary-cross-entropy": (
        {"kind": "binary-cross-entropy"},
        lambda z, a, y: F.binary_cross_entropy_with_logits(z, y),
    ),
    "softmax-cross-entropy": ({"kind": "softmax-cross-entropy"}, lambda z, a, y: F.cross_entropy(z, y)),
    "binary-cross-entropy weighted": (
        {"kind": "binary-cross-entropy", "positive_weight": 3.0, "smoothing": 0.2},
        lambda z, a, y: F.binary_cross_entropy_with_logits(z, y * 0.8 + 0.1, pos_weight=torch.tensor(3.0)),
    ),
    "softmax-cross-entropy weighted": (
        {"kind": "softmax-cross-entropy", "weights": WEIGHTS, "smoothing": 0.1},
        lambda z, a, y: F.cross_entropy(z, y.argmax(1), weight=torch.tensor(WEIGHTS), label_smoothing=0.1),
    ),
    "focal": ({"kind": "focal"}, lambda z, a, y: focal(z, y)),
    "hinge": ({"kind": "hinge"}, lambda z, a, y: F.relu(1 - (2 * y - 1) * z).mean()),
}


def part(kind):
    return {"kind": kind.split()[0], **SETTINGS.get(kind, {})}


def architectures(kind):
    """Hidden layers with this activation, one architecture for each kind of layer."""
    act = part(kind)
    return {
        "dense": {"layers": [{"kind": "dense", "units": 4, "activation": act}]},
        "no bias": {"layers": [{"kind": "dense", "units": 4, "activation": act}], "bias": False},
        "dropout": {"layers": [{"kind": "dense", "units": 4, "activation": act}, {"kind": "dropout", "rate": 0.4}]},
        "batch-norm": {
            "layers": [
                {"kind": "dense", "units": 4, "activation": "linear"},
                {"kind": "batch-norm", "activation": act},
            ]
        },
        "layer-norm": {
            "layers": [
                {"kind": "dense", "units": 4, "activation": "linear"},
                {"kind": "layer-norm", "activation": act},
            ]
        },
        "residual": {
            "layers": [
                {"kind": "dense", "units": 4, "activation": "linear"},
                {
                    "kind": "residual",
                    "activation": act,
                    "layers": [
                        {"kind": "dense", "units": 3, "activation": act},
                        {"kind": "batch-norm", "activation": "linear"},
                        {"kind": "dense", "units": 4, "activation": "linear"},
                    ],
                },
            ]
        },
    }


class Reader:
    """Hands out the flat parameters in their order, and the numbers for dropout in theirs."""

    def __init__(self, flat, uniforms):
        self.flat, self.at, self.uniforms = flat, 0, uniforms

    def take(self, *shape):
        count = int(np.prod(shape))
        self.at += count
        return self.flat[self.at - count : self.at].reshape(shape)


def run(layers, x, reader, bias):
    for layer in layers:
        chosen = layer.get("activation")
        act = next((ACTIVATIONS[one] for one in ACTIVATIONS if part(one) == chosen), lambda z: z)
        if layer["kind"] == "dense":
            z = x @ reader.take(x.shape[1], layer["units"])
            x = act(z + reader.take(layer["units"]) if bias else z)
        elif layer["kind"] == "dropout":
            units = x.shape[1]
            kept = layer["rate"] <= reader.uniforms[: units * ROWS].reshape(units, ROWS).T
            x = x * kept / (1 - layer["rate"])
        elif layer["kind"] == "layer-norm":
            gamma, beta = reader.take(x.shape[1]), reader.take(x.shape[1])
            x = act(F.layer_norm(x, (x.shape[1],), gamma, beta))
        elif layer["kind"] == "batch-norm":
            gamma, beta = reader.take(x.shape[1]), reader.take(x.shape[1])
            x = act(F.batch_norm(x, None, None, gamma, beta, training=True, eps=1e-5))
        else:
            x = act(x + run(layer["layers"], x, reader, bias))
    return x


def main():
    rng = np.random.default_rng(20)
    inputs = rng.normal(size=(ROWS, INPUTS))
    parameters = rng.normal(size=100)
    uniforms = rng.random(100)
    targets = {
        "real": rng.normal(size=(ROWS, OUTPUTS)),
        "binary": rng.integers(0, 2, size=(ROWS, OUTPUTS)).astype(float),
        "classes": np.eye(OUTPUTS)[rng.integers(0, OUTPUTS, size=ROWS)],
    }
    cases, losses, gradients = [], [], []
    outputs = sorted(ACTIVATIONS)
    for loss, (settings, measure) in LOSSES.items():
        for hidden in sorted(ACTIVATIONS):
            for name, model in architectures(hidden).items():
                kind, wanted = outputs[len(cases) % len(outputs)], "real"
                if loss.startswith(("binary-cross-entropy", "focal")):
                    kind, wanted = "sigmoid", "binary"
                if loss == "hinge":
                    kind, wanted = "linear", "binary"
                if loss.startswith("softmax-cross-entropy"):
                    kind, wanted = "softmax", "classes"
                flat = torch.tensor(parameters, requires_grad=True)
                reader = Reader(flat, torch.tensor(uniforms))
                bias = model.get("bias", True)
                last = {"kind": "dense", "units": OUTPUTS, "activation": part("linear")}
                z = run([*model["layers"], last], torch.tensor(inputs), reader, bias)
                value = measure(z, ACTIVATIONS[kind](z), torch.tensor(targets[wanted]))
                value.backward()
                cases.append(
                    {
                        "name": f"{loss}, {hidden}, {name}, {kind}",
                        "loss": settings,
                        "model": {**model, "output": part(kind)},
                        "targets": wanted,
                        "size": reader.at,
                    }
                )
                losses.append(value.item())
                gradients.append(flat.grad.numpy()[: reader.at])
    # What comes out of a network with batch normalization after three batches, in training and in inference.
    norm = torch.nn.BatchNorm1d(INPUTS)
    batches = rng.normal(1.5, 2.0, size=(3, ROWS, INPUTS))
    trained = np.stack([norm(torch.tensor(one)).detach().numpy() for one in batches])
    running = np.stack([norm.running_mean.numpy(), norm.running_var.numpy()])
    norm.eval()
    np.savez_compressed(
        Path(__file__).with_name("torch_gradients.npz"),
        cases=np.array(json.dumps(cases)),
        inputs=inputs,
        parameters=parameters,
        uniforms=uniforms,
        losses=np.array(losses),
        gradients=np.concatenate(gradients),
        batches=batches,
        normalized=trained,
        running=running,
        inferred=norm(torch.tensor(batches[0])).detach().numpy(),
        **{f"targets_{name}": value for name, value in targets.items()},
    )
    print(len(cases), "cases")


if __name__ == "__main__":
    main()
