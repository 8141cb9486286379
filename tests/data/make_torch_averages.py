"""Makes torch_averages.npz: what PyTorch's AveragedModel makes of weights that wander.

Run with PyTorch 2.13.0 and NumPy, apart from nnsim, in this folder: python make_torch_averages.py

`weights` are those behind each of 12 steps, (12, 5), of 3 steps an epoch. `ema` has the average behind each step,
with a decay of 0.9; `swa` the average at each end of an epoch from the second on, which is taken every other epoch.
"""

from pathlib import Path

import numpy as np
import torch
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

torch.set_default_dtype(torch.float64)
STEPS, SIZE, PER_EPOCH, START, EVERY, DECAY = 12, 5, 3, 2, 2, 0.9


def main():
    weights = np.cumsum(np.random.default_rng(8).normal(size=(STEPS, SIZE)), axis=0)
    model = torch.nn.Linear(SIZE, 1, bias=False)
    ema, swa = AveragedModel(model, multi_avg_fn=get_ema_multi_avg_fn(DECAY)), AveragedModel(model)
    found = {"ema": [], "swa": []}
    for step, row in enumerate(weights, start=1):
        with torch.no_grad():
            model.weight[0] = torch.tensor(row)
        ema.update_parameters(model)
        found["ema"].append(ema.module.weight[0].detach().numpy().copy())
        epoch, rest = divmod(step, PER_EPOCH)
        if rest == 0 and epoch >= START:
            if (epoch - START) % EVERY == 0:
                swa.update_parameters(model)
            found["swa"].append(swa.module.weight[0].detach().numpy().copy())
    np.savez_compressed(
        Path(__file__).with_name("torch_averages.npz"),
        weights=weights,
        **{name: np.array(each) for name, each in found.items()},
        version=torch.__version__,
    )


if __name__ == "__main__":
    main()
