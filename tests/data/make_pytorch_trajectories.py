"""Makes pytorch_trajectories.npz: where PyTorch's optimizers, schedules and clipping lead a small network.

Run it with an interpreter that has PyTorch 2.13 and NumPy: `python make_pytorch_trajectories.py`. Nothing of nnsim
is used here. Each case is the TOML-like settings that nnsim gets, and the parameters after some of 200 steps.
"""

import json
import warnings
from itertools import pairwise
from pathlib import Path

import numpy as np
import torch
from torch.optim import lr_scheduler as lr

torch.set_default_dtype(torch.float64)
torch.set_num_threads(1)
warnings.simplefilter("ignore")  # about the order of steps within SequentialLR

STEPS = 200
POINTS = (1, 2, 10, 50, 100, 200)
SIZES = (2, 3, 1)


class MuonAndAdam(torch.optim.Muon):
    """PyTorch's Muon on the weights, as PyTorch has them, (out, in), and its Adam on the biases, at the same rate.

    PyTorch computes the iteration in bfloat16. Here it is made to stay in float64, so that its rule can be
    compared.
    """

    def __init__(self, parameters, **settings):
        self.own = [p for p in parameters if p.ndim == 2]
        self.turned = [torch.nn.Parameter(p.detach().T.clone()) for p in self.own]
        super().__init__(self.turned, **settings)
        self.others = torch.optim.Adam([p for p in parameters if p.ndim == 1], lr=settings["lr"])

    def zero_grad(self):
        for one in self.own:
            one.grad = None
        self.others.zero_grad()

    def step(self, closure):
        closure()
        for mine, theirs in zip(self.own, self.turned, strict=True):
            theirs.data, theirs.grad = mine.detach().T.clone(), mine.grad.T.clone()
        kept, torch.Tensor.bfloat16 = torch.Tensor.bfloat16, torch.Tensor.clone
        super().step()
        torch.Tensor.bfloat16 = kept
        for mine, theirs in zip(self.own, self.turned, strict=True):
            mine.data = theirs.detach().T.clone()
        for group in self.others.param_groups:
            group["lr"] = self.param_groups[0]["lr"]
        self.others.step()


class SharpnessAware(torch.optim.SGD):
    """Algorithm 1 of Foret et al., 2021, by autograd: PyTorch's SGD on the gradient of the point uphill."""

    def step(self, closure):
        closure()
        parameters = self.param_groups[0]["params"]
        norm = torch.sqrt(sum((p.grad**2).sum() for p in parameters))
        away = [p.grad * (0.05 / norm) for p in parameters]
        for p, e in zip(parameters, away, strict=True):
            p.data += e
        closure()
        for p, e in zip(parameters, away, strict=True):
            p.data -= e
        super().step()


# name: settings, learning rate, PyTorch's optimizer. The rates are below those at which steps leap across a valley:
# there every rounding error doubles from step to step, and no two programs agree.
OPTIMIZERS = {
    "sgd": ({}, 0.2, lambda p, r: torch.optim.SGD(p, lr=r)),
    "momentum": ({}, 0.05, lambda p, r: torch.optim.SGD(p, lr=r, momentum=0.9)),
    "nesterov": ({}, 0.05, lambda p, r: torch.optim.SGD(p, lr=r, momentum=0.9, nesterov=True)),
    "adagrad": ({}, 0.005, lambda p, r: torch.optim.Adagrad(p, lr=r)),
    "adadelta": ({}, 0.3, lambda p, r: torch.optim.Adadelta(p, lr=r)),
    "rmsprop": ({}, 0.001, lambda p, r: torch.optim.RMSprop(p, lr=r)),
    "rmsprop, centered": ({"centered": True}, 0.001, lambda p, r: torch.optim.RMSprop(p, lr=r, centered=True)),
    "rmsprop, momentum": ({"momentum": 0.5}, 0.0005, lambda p, r: torch.optim.RMSprop(p, lr=r, momentum=0.5)),
    "adam": ({}, 0.02, lambda p, r: torch.optim.Adam(p, lr=r)),
    "amsgrad": ({}, 0.02, lambda p, r: torch.optim.Adam(p, lr=r, amsgrad=True)),
    "adamw": ({}, 0.02, lambda p, r: torch.optim.AdamW(p, lr=r)),
    # With a penalty, so that there is one lowest point to go to. One iteration a step; with 26 evaluations the line
    # search has its own limit of 25.
    "l-bfgs": (
        {},
        1.0,
        lambda p, r: torch.optim.LBFGS(p, lr=r, max_iter=1, max_eval=26, line_search_fn="strong_wolfe"),
    ),
    "nadam": ({}, 0.004, lambda p, r: torch.optim.NAdam(p, lr=r)),
    "radam": ({}, 0.02, lambda p, r: torch.optim.RAdam(p, lr=r)),
    "adafactor": ({}, 0.002, lambda p, r: torch.optim.Adafactor(p, lr=r)),
    "adafactor, decay": (
        {"weight_decay": 0.05, "threshold": 2.0},
        0.002,
        lambda p, r: torch.optim.Adafactor(p, lr=r, weight_decay=0.05, d=2.0),
    ),
    "muon": ({}, 0.01, lambda p, r: MuonAndAdam(p, lr=r)),
    "muon, matched": (
        {"scale": "match-rms-adamw", "nesterov": False, "weight_decay": 0.0},
        0.01,
        lambda p, r: MuonAndAdam(p, lr=r, adjust_lr_fn="match_rms_adamw", nesterov=False, weight_decay=0.0),
    ),
    "sam": ({}, 0.05, lambda p, r: SharpnessAware(p, lr=r)),
    "sam, momentum": ({"momentum": 0.9}, 0.02, lambda p, r: SharpnessAware(p, lr=r, momentum=0.9)),
}
# Tried with these alone, so that the file stays small.
LATER = ("nadam", "radam", "adafactor", "muon", "sam")
FEW = ("constant", "cosine, warmed up", "one-cycle")


def warmed(optimizer, after):
    """20 steps of linear warm-up in front of another schedule."""
    return lr.SequentialLR(optimizer, [lr.LinearLR(optimizer, total_iters=20), after], milestones=[20])


SCHEDULES = {
    "constant": ({}, lambda o, r: lr.ConstantLR(o, factor=1.0)),
    "step": ({"every": 40}, lambda o, r: lr.StepLR(o, 40, gamma=0.5)),
    "multi-step": (
        {"milestones": [60, 120, 150], "drop": 0.3},
        lambda o, r: lr.MultiStepLR(o, [60, 120, 150], gamma=0.3),
    ),
    "exponential": ({"decay": 0.99}, lambda o, r: lr.ExponentialLR(o, 0.99)),
    "cosine": ({"minimum": 0.001}, lambda o, r: lr.CosineAnnealingLR(o, STEPS, eta_min=0.001)),
    "warm-restarts": (
        {"first": 30, "growth": 2, "minimum": 0.0005},
        lambda o, r: lr.CosineAnnealingWarmRestarts(o, 30, T_mult=2, eta_min=0.0005),
    ),
    "polynomial": ({"power": 2.0}, lambda o, r: lr.PolynomialLR(o, STEPS, power=2.0)),
    "one-cycle": ({}, lambda o, r: lr.OneCycleLR(o, max_lr=r, total_steps=STEPS, cycle_momentum=False)),
    "reduce-on-plateau": (
        {"drop": 0.5, "patience": 4, "threshold": 0.01, "cooldown": 3},
        lambda o, r: lr.ReduceLROnPlateau(o, factor=0.5, patience=4, threshold=0.01, cooldown=3),
    ),
    "cosine, warmed up": (
        {"warmup": 20},
        lambda o, r: warmed(o, lr.CosineAnnealingLR(o, STEPS - 20)),
    ),
    "cyclic": (
        {"low": 0.002, "up": 30, "down": 20, "by": "step"},
        lambda o, r: lr.CyclicLR(o, 0.002, r, 30, 20, cycle_momentum=False),
    ),
    "cyclic, halved": (
        {"low": 0.002, "up": 30, "shrink": 0.5, "by": "step"},
        lambda o, r: lr.CyclicLR(o, 0.002, r, 30, mode="triangular2", cycle_momentum=False),
    ),
    "exponential, warmed up": ({"warmup": 20, "decay": 0.99}, lambda o, r: warmed(o, lr.ExponentialLR(o, 0.99))),
}

CLIPPINGS = {
    "none": ({}, lambda layers: None),
    "global-norm": (
        {"limit": 0.1},
        lambda layers: torch.nn.utils.clip_grad_norm_([p for layer in layers for p in layer], 0.1),
    ),
    "layer-norm": (
        {"limit": 0.07},
        lambda layers: [torch.nn.utils.clip_grad_norm_(layer, 0.07) for layer in layers],
    ),
    "value": (
        {"limit": 0.03},
        lambda layers: torch.nn.utils.clip_grad_value_([p for layer in layers for p in layer], 0.03),
    ),
}


def groups(layers, decay):
    """Weight decay for weights alone."""
    return [
        {"params": [layer[0] for layer in layers], "weight_decay": decay},
        {"params": [layer[1] for layer in layers], "weight_decay": 0.0},
    ]


def renorm(layers):
    for weights, _ in layers:
        weights.data = torch.renorm(weights.data, 2, 1, 1.0)


# name: optimizer, rate, regularization, PyTorch's optimizer, l1, what follows each step
REGULARIZED = {
    "l2, sgd": ("sgd", 0.5, {"l2": 0.01}, lambda ls, r: torch.optim.SGD(groups(ls, 0.01), lr=r), 0.0, None),
    "l2, adam": ("adam", 0.02, {"l2": 0.01}, lambda ls, r: torch.optim.Adam(groups(ls, 0.01), lr=r), 0.0, None),
    "l1, sgd": ("sgd", 0.05, {"l1": 0.003}, lambda ls, r: torch.optim.SGD(groups(ls, 0.0), lr=r), 0.003, None),
    "l1 and l2, momentum": (
        "momentum",
        0.01,
        {"l1": 0.003, "l2": 0.01},
        lambda ls, r: torch.optim.SGD(groups(ls, 0.01), lr=r, momentum=0.9),
        0.003,
        None,
    ),
    "weight decay, adam": (
        "adam",
        0.02,
        {"weight_decay": 0.05},
        lambda ls, r: torch.optim.AdamW(groups(ls, 0.05), lr=r),
        0.0,
        None,
    ),
    "max-norm, sgd": (
        "sgd",
        0.5,
        {"max_norm": 1.0},
        lambda ls, r: torch.optim.SGD(groups(ls, 0.0), lr=r),
        0.0,
        renorm,
    ),
}


def data():
    rng = np.random.default_rng(7)
    inputs = rng.uniform(-1.0, 1.0, (12, 2))
    targets = np.sin(2.0 * inputs[:, :1]) * inputs[:, 1:] + 0.3
    start = rng.normal(0.0, 0.7, sum((a + 1) * b for a, b in pairwise(SIZES)))
    return inputs, targets, start


def layers_of(start):
    """[[weights (in, out), bias (out)], ...] from a flat vector whose layers end with their bias row."""
    layers, offset = [], 0
    for rows, units in pairwise(SIZES):
        part = start[offset : offset + (rows + 1) * units].reshape(rows + 1, units)
        layers.append([torch.tensor(p.copy(), requires_grad=True) for p in (part[:-1], part[-1])])
        offset += (rows + 1) * units
    return layers


def flat(layers):
    return np.concatenate(
        [np.concatenate([w.detach().numpy(), b.detach().numpy()[None]]).ravel() for w, b in layers]
    )


def trajectory(make, schedule, rate, clip=None, l1=0.0, l2=0.0, after=None):
    inputs, targets, start = data()
    x, y, layers = torch.tensor(inputs), torch.tensor(targets), layers_of(start)
    optimizer = make(layers, rate)
    scheduler = schedule(optimizer, rate)
    kept = []

    def closure():
        optimizer.zero_grad()
        (w1, b1), (w2, b2) = layers
        loss = torch.nn.functional.mse_loss(torch.tanh(x @ w1 + b1) @ w2 + b2, y)
        penalty = sum(l1 * w.abs().sum() + l2 / 2.0 * (w * w).sum() for w, _ in layers)
        (loss + penalty if l1 or l2 else loss).backward()
        if clip is not None:
            clip(layers)
        losses.append(float(loss))
        return loss + penalty if l2 else loss

    for step in range(1, STEPS + 1):
        losses = []
        optimizer.step(closure)
        if after is not None:
            after(layers)
        if step in POINTS:
            kept.append(flat(layers))
        if isinstance(scheduler, lr.ReduceLROnPlateau):
            scheduler.step(losses[0])
        elif step < STEPS:
            scheduler.step()
    return np.array(kept)


def main():
    cases, found = [], []
    for optimizer, (own, rate, make) in OPTIMIZERS.items():
        for schedule, (shape, make_schedule) in SCHEDULES.items():
            for clipping, (limit, clip) in CLIPPINGS.items():
                kind = schedule.split(",")[0]
                few = optimizer.startswith(LATER) and schedule not in FEW
                cyclic = kind == "cyclic" and optimizer not in ("sgd", "adam")
                if few or cyclic or (optimizer.startswith(("l-bfgs", "sam")) and clipping != "none"):
                    continue
                l2 = 0.05 if optimizer == "l-bfgs" else 0.0
                cases.append(
                    {
                        "optimizer": {"kind": optimizer.split(",")[0], **own},
                        "regularization": {"l2": l2},
                        "schedule": {"kind": kind, "rate": rate, **shape},
                        "clipping": {"kind": clipping, **limit},
                        "names": [optimizer, schedule, clipping],
                    }
                )

                def flat_make(layers, rate, make=make):
                    return make([p for layer in layers for p in layer], rate)

                found.append(trajectory(flat_make, make_schedule, rate, clip, l2=l2))
    for name, (optimizer, rate, settings, make, l1, after) in REGULARIZED.items():
        cases.append(
            {
                "optimizer": {"kind": optimizer},
                "schedule": {"kind": "constant", "rate": rate},
                "regularization": settings,
                "names": [name],
            }
        )
        found.append(trajectory(make, SCHEDULES["constant"][1], rate, l1=l1, after=after))
    inputs, targets, start = data()
    np.savez_compressed(
        Path(__file__).with_name("pytorch_trajectories.npz"),
        version=torch.__version__,
        inputs=inputs,
        targets=targets,
        start=start,
        points=np.array(POINTS),
        cases=json.dumps(cases),
        parameters=np.array(found),
    )


if __name__ == "__main__":
    main()
