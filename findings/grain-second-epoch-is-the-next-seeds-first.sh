#!/usr/bin/env bash
# grain 0.2.18, MapDataset.shuffle(seed).repeat().
# Guess: seeds 0, 1 and 2 shuffle independently: three runs with three seeds see three unrelated orders in every epoch.
# Instead: the order of epoch e is that of seed + e. Seed 0's second epoch is seed 1's first, its third is seed 2's first: runs with
#   neighbouring seeds go through the same list of orders, shifted by one. random_map's numbers do not follow this rule.
# Matters: the deviation over seeds 0 to 4, which is what papers report, and two loaders of one run that are given seed and
#   seed + 1, so that they differ: they do, in this epoch, and the second then repeats what the first will do in the next.
# Do: seeds far apart, hashed (numpy.random.SeedSequence(run).generate_state(1)), or multiples of more than the epochs.
# Seen, 10 rows, 5 epochs: seeds 0 and 1 share 4 of 5 orders, seeds 0 and 1000 none
set -euo pipefail
dir="$(mktemp -d)"
trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check grain==0.2.18 numpy==2.4.6
cd "$dir"
"$dir/venv/bin/python" - <<'PY'
import sys
from importlib.metadata import version

import grain

ROWS, EPOCHS = 10, 5


def orders(seed):
    """The order of the rows in each epoch."""
    dataset = grain.MapDataset.range(ROWS).shuffle(seed=seed).repeat(EPOCHS)
    rows = [int(dataset[index]) for index in range(len(dataset))]
    return [tuple(rows[start : start + ROWS]) for start in range(0, len(rows), ROWS)]


def draws(seed):
    """What random_map draws for each row of each epoch."""
    dataset = grain.MapDataset.range(ROWS).random_map(lambda row, rng: int(rng.integers(10**9)), seed=seed).repeat(EPOCHS)
    return [tuple(dataset[epoch * ROWS + row] for row in range(ROWS)) for epoch in range(EPOCHS)]


print("grain", version("grain"))
for seed in (0, 1):
    for epoch, order in enumerate(orders(seed)[:3]):
        print(f"seed {seed}, epoch {epoch}:", *order)
near, far = (len(set(orders(0)) & set(orders(seed))) for seed in (1, 1000))
mapped = len(set(draws(0)) & set(draws(1)))
shifted = orders(0)[1:] == orders(1)[:-1]
print(f"orders of {EPOCHS} epochs that seeds share: 0 and 1 {near}, 0 and 1000 {far}; by random_map, 0 and 1: {mapped}")
if not (near == EPOCHS - 1 and shifted and far == 0):
    sys.exit("CHANGED: epochs of neighbouring seeds are now independent")
PY
