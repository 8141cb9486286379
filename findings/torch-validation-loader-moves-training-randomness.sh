#!/usr/bin/env bash
# torch 2.13.0, torch.utils.data.DataLoader.
# Guess: a validation pass in eval mode, under no_grad, over an unshuffled loader draws no random number, so it
#   cannot change the training; how often one validates is free.
# Instead: every iter(DataLoader) draws a seed for its workers from the global generator, also with shuffle=False
#   and no workers. Each validation pass shifts all later shuffles, dropout masks and noise of the training.
# Matters: two runs with the same seed that differ in the validation interval alone, or in one more evaluation
#   set, train differently; an ablation of "no validation" is another seed.
# Do: give every evaluation loader a generator of its own: DataLoader(..., generator=torch.Generator()).
# Seen: final weight of the same seed: validated never -0.2317, every epoch -0.2969, by a loader with its own
#   generator -0.2317
set -euo pipefail
dir="$(mktemp -d)"
trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check torch==2.13.0 numpy==2.4.6
cd "$dir"
"$dir/venv/bin/python" - <<'PY'
import sys

import torch
from torch.utils.data import DataLoader, TensorDataset

torch.set_num_threads(1)
draw = torch.Generator().manual_seed(1)
rows = TensorDataset(torch.randn(32, 4, generator=draw), torch.randn(32, 1, generator=draw))


def train(validation):
    torch.manual_seed(0)
    net = torch.nn.Sequential(torch.nn.Dropout(0.5), torch.nn.Linear(4, 1))
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
    loader = DataLoader(rows, batch_size=8, shuffle=True)
    for _ in range(20):
        net.train()
        for x, y in loader:
            optimizer.zero_grad()
            ((net(x) - y) ** 2).mean().backward()
            optimizer.step()
        if validation is not None:
            net.eval()
            with torch.no_grad():
                for x, y in validation:
                    net(x)
    return round(net[1].weight[0, 0].item(), 4)


never = train(None)
every = train(DataLoader(rows, batch_size=8))
own = train(DataLoader(rows, batch_size=8, generator=torch.Generator()))
print("torch", torch.__version__)
print(f"final weight: validated never {never}, every epoch {every}, every epoch with an own generator {own}")
if not (never != every and never == own):
    sys.exit("CHANGED: an unshuffled loader now leaves the global generator alone")
PY
