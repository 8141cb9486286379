"""Training in plain code, from the papers' equations, for what PyTorch lacks: Lion, the inverse square root."""

from itertools import product

import numpy as np
from trajectories import start, stored

RATE, LIMIT, STEPS = 0.003, 0.05, 200
RATES = {
    "constant": lambda step: RATE,
    "exponential": lambda step: RATE * 0.99**step,
    "inverse-sqrt": lambda step: RATE * (4.0 / (4.0 + step)) ** 0.5,
}
SHAPES = {"constant": {}, "exponential": {"decay": 0.99}, "inverse-sqrt": {"timescale": 4}}
LAYERS = {"none": [], "global-norm": [slice(0, 13)], "layer-norm": [slice(0, 9), slice(9, 13)]}


def lion_cases():
    """Schedule, clipping and weight decay of each comparison."""
    return list(product(RATES, [*LAYERS, "value"], ["0.0", "0.3"]))


def lion_difference(schedule, clipping, weight_decay):
    """The largest difference of any parameter after 200 steps, relative to the largest parameter."""
    limit = {} if clipping == "none" else {"limit": LIMIT}
    run = start(
        {
            "optimizer": {"kind": "lion", "weight_decay": float(weight_decay)},
            "schedule": {"kind": schedule, "rate": RATE, **SHAPES[schedule]},
            "clipping": {"kind": clipping, **limit},
        }
    )
    run.advance_to(STEPS)
    plain = lion(RATES[schedule], clipping, float(weight_decay))
    return float(np.abs(run.trainer.parameters - plain).max() / np.abs(plain).max())


def lion(rate, clipping, weight_decay):
    """Parameters after 200 steps of algorithm 2 of Chen et al., 2023."""
    data = stored()
    w, m = data["start"].copy(), np.zeros(13)
    for step in range(STEPS):
        g = clipped(gradient(w, data["inputs"], data["targets"]), clipping)
        update = np.sign(0.9 * m + (1.0 - 0.9) * g)
        w = w - rate(step) * (update + weight_decay * w)
        m = 0.99 * m + (1.0 - 0.99) * g
    return w


def gradient(flat, inputs, targets):
    """dC/dw of a 2-3-1 network (tanh, linear, mean squared error), layer by layer with the bias row last."""
    w1, b1, w2, b2 = flat[:6].reshape(2, 3), flat[6:9], flat[9:12].reshape(3, 1), flat[12:]
    hidden = np.tanh(inputs @ w1 + b1)
    error = 2.0 * (hidden @ w2 + b2 - targets) / len(inputs)
    back = error @ w2.T * (1.0 - hidden**2)
    parts = inputs.T @ back, back.sum(axis=0), hidden.T @ error, error.sum(axis=0)
    return np.concatenate([part.ravel() for part in parts])


def clipped(values, kind):
    """Clipping, number by number."""
    if kind == "value":
        return np.array([max(-LIMIT, min(LIMIT, one)) for one in values])
    result = values.copy()
    for part in LAYERS[kind]:
        norm = sum(one * one for one in values[part]) ** 0.5
        result[part] = values[part] * min(1.0, LIMIT / (norm + 1e-6))
    return result
