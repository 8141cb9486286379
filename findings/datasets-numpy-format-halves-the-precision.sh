#!/usr/bin/env bash
# datasets 5.2.0 (Hugging Face), with_format("numpy").
# Guess: a column stored as float64 comes back as float64, from a row as from a slice.
# Instead: a slice, a batch and an iteration over batches come back as float32, one row alone as float64. The stored
#   file is exact, ds.features says float64, pandas and polars formats give float64.
# Matters: timestamps jump by up to 64 seconds, identifiers held as floats and money collide, differences of
#   neighbouring samples become 0; a check by eye of ds[0] shows the right figure.
# Do: with_format("numpy", dtype=np.float64), or the arrow format and .to_numpy().
# Seen: stored 1700000000.0 1700000060.5, row 1 1700000060.5, slice 1700000000.0 1700000000.0 (float32)
set -euo pipefail
dir="$(mktemp -d)"
trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check datasets==5.2.0 numpy==2.4.6 pyarrow==26.0.1 pandas==3.1.1
cd "$dir"
HF_HUB_OFFLINE=1 HF_HOME="$dir/hf" "$dir/venv/bin/python" - <<'PY'
import sys

import datasets
import numpy as np

stored = datasets.Dataset.from_dict({"time": [1700000000.0, 1700000060.5]})
seen = stored.with_format("numpy")
row, part = seen[1]["time"], seen[:]["time"]
batch = next(seen.iter(batch_size=2))["time"]
asked = stored.with_format("numpy", dtype=np.float64)[:]["time"]
frame = stored.with_format("pandas")[:]["time"]
print("datasets", datasets.__version__, "stored as", stored.features["time"].dtype, stored[:]["time"])
print("row 1:", repr(row), " slice:", part.tolist(), part.dtype, " batch:", batch.tolist(), batch.dtype)
print("slice with dtype=float64:", asked.tolist(), " pandas:", frame.tolist(), frame.dtype)
if not (float(row) == 1700000060.5 and part.dtype == batch.dtype == np.float32 and part[0] == part[1]
        and asked.tolist() == frame.tolist() == [1700000000.0, 1700000060.5]):
    sys.exit("CHANGED: the numpy format now gives another precision")
PY
