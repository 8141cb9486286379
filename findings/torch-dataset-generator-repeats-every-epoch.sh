#!/usr/bin/env bash
# torch 2.13.0, DataLoader with workers and a dataset that holds its own generator (NumPy's or torch's).
# Guess: a generator of one's own, made once with a seed, is the careful way: it moves on from sample to sample and from
#   epoch to epoch. torch seeds its workers apart, so at worst their order differs.
# Instead: torch seeds the global generators of its workers only. Each worker gets a copy of the dataset's generator, so
#   two workers draw the same numbers; and as the workers are started anew from the parent's untouched copy, every epoch
#   draws the numbers of the first. persistent_workers=True mends the epochs, not the workers.
# Matters: augmentation that never varies: each epoch shows the same crops and the same noise; without workers, as in
#   every test, all is right. The careless np.random.random() is right in all three cases.
# Do: make the generator inside __getitem__ or worker_init_fn from torch.initial_seed(), which differs by worker and epoch.
# Seen, different numbers among 16 draws of two epochs: no workers 16, two workers 4, two persistent workers 8;
#   with np.random.random() 16, 16 and 16
set -euo pipefail
dir="$(mktemp -d)"
trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check torch==2.13.0 numpy==2.4.6
cd "$dir"
cat > noise.py <<'PY'
import numpy as np
from torch.utils.data import Dataset


class Noise(Dataset):
    def __init__(self):
        self.generator = np.random.default_rng(0)

    def __len__(self):
        return 8

    def __getitem__(self, index):
        return self.generator.random(), np.random.random()
PY
"$dir/venv/bin/python" - <<'PY'
import sys

import numpy as np
import torch
from torch.utils.data import DataLoader

sys.path.insert(0, ".")
from noise import Noise

torch.manual_seed(0)
np.random.seed(0)
print("torch", torch.__version__, "numpy", np.__version__)
own, careless = [], []
for workers, persistent in ((0, False), (2, False), (2, True)):
    loader = DataLoader(Noise(), batch_size=2, num_workers=workers, persistent_workers=persistent)
    draws = torch.cat([torch.stack(batch) for _ in range(2) for batch in loader], dim=1)
    own.append(len(set(draws[0].tolist())))
    careless.append(len(set(draws[1].tolist())))
    print(f"workers {workers}, persistent {persistent}: of 16 draws {own[-1]} different by the dataset's own generator, "
          f"{careless[-1]} by np.random.random()")
if not (own == [16, 4, 8] and careless == [16, 16, 16]):
    sys.exit("CHANGED: workers now treat a dataset's generator otherwise")
PY
