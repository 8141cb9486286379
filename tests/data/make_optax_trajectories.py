"""Makes optax_trajectories.npz: where Optax's optimizers that PyTorch lacks lead a small network.

Run it with an interpreter that has Optax 0.2.8 and NumPy: `python make_optax_trajectories.py`. Nothing of nnsim is
used here. Task, start, places and form are those of pytorch_trajectories.npz.
"""

import json
from pathlib import Path

import jax
import numpy as np
import optax

jax.config.update("jax_enable_x64", True)
FOLDER = Path(__file__).parent

# name: settings, learning rate, Optax's optimizer.
OPTIMIZERS = {
    "adabelief": ({}, 0.004, optax.adabelief),
    "adabelief, other means": (
        {"beta1": 0.8, "beta2": 0.99, "epsilon": 1e-8},
        0.004,
        lambda rate: optax.adabelief(rate, b1=0.8, b2=0.99, eps=1e-8, eps_root=1e-8),
    ),
    "lion": ({}, 0.002, optax.lion),
}
SCHEDULES = {
    "constant": ({}, lambda rate: rate),
    # Optax's own `exponential_decay` divides two int32 and gives float32, whatever jax_enable_x64 says.
    "exponential": ({"decay": 0.99}, lambda rate: lambda step: rate * 0.99 ** step.astype(float)),
    "cosine": ({}, lambda rate: optax.cosine_decay_schedule(rate, 200)),
}


def cost(flat, inputs, targets):
    hidden = jax.numpy.tanh(inputs @ flat[:6].reshape(2, 3) + flat[6:9])
    return jax.numpy.mean((hidden @ flat[9:12].reshape(3, 1) + flat[12:] - targets) ** 2)


def main():
    with np.load(FOLDER / "pytorch_trajectories.npz") as known:
        inputs, targets, start, points = (known[name] for name in ("inputs", "targets", "start", "points"))
    slope = jax.jit(jax.grad(cost))
    cases, found = [], []
    for name, (settings, rate, make) in OPTIMIZERS.items():
        for schedule, (shape, rates) in SCHEDULES.items():
            optimizer, flat, kept = (
                make(rates(rate), **({"weight_decay": 0.0} if name == "lion" else {})),
                start,
                [],
            )
            state = optimizer.init(flat)
            for step in range(1, int(points[-1]) + 1):
                updates, state = optimizer.update(slope(flat, inputs, targets), state, flat)
                flat = optax.apply_updates(flat, updates)
                if step in points:
                    kept.append(np.asarray(flat))
            cases.append(
                {
                    "optimizer": {"kind": name.split(",")[0], **settings},
                    "schedule": {"kind": schedule, "rate": rate, **shape},
                    "names": [name, schedule],
                }
            )
            found.append(np.array(kept))
    np.savez_compressed(
        FOLDER / "optax_trajectories.npz",
        version=optax.__version__,
        points=points,
        cases=json.dumps(cases),
        parameters=np.array(found),
    )


if __name__ == "__main__":
    main()
