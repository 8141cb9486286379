#!/usr/bin/env bash
# NumPy 2.4.6 np.save, np.savez and h5py 3.16.0 with arrays of ml_dtypes 0.6.0 (what np.asarray gives of a bfloat16 JAX array).
# Guess: an array that np.save takes without a word comes back as it was, or raises when it is loaded.
# Instead: the file holds the bytes and calls them "void of 2 bytes". Loading gives an array of that type, without a warning, also
#   with ml_dtypes imported; arithmetic with it fails, far from the load. All float8 and
#   4-bit types come back as void of 1 byte, so which of ten they were is lost. float8_e5m2 is written with a type that no
#   reader knows, its file does not load at all. HDF5 stores bfloat16 as opaque bytes the same way.
# Matters: a checkpoint of half-precision weights that was never read back; guessing the type wrong gives other weights.
# Do: safetensors, or view as uint16/uint8 and store the name of the type; loaded.view(ml_dtypes.bfloat16) repairs a file.
# Seen, saved 1.5 and 2: bfloat16 comes back as |V2, float8_e4m3fn and float8_e3m4 as |V1, float8_e5m2 ValueError; h5py |V2
set -euo pipefail
dir="$(mktemp -d)"
trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check ml_dtypes==0.6.0 numpy==2.4.6 h5py==3.16.0
cd "$dir"
"$dir/venv/bin/python" - <<'PY'
import sys
import warnings

import h5py
import ml_dtypes
import numpy as np

warnings.simplefilter("error")
KINDS = ("bfloat16", "float8_e4m3fn", "float8_e3m4", "float8_e5m2", "int4")
print("numpy", np.__version__, "ml_dtypes", ml_dtypes.__version__, "h5py", h5py.__version__)


def through_npy(weights):
    np.save("weights.npy", weights)
    try:
        return np.load("weights.npy")
    except ValueError as error:
        return error


seen = {}
for kind in KINDS:
    weights = np.array([1.5, 2.0]).astype(getattr(ml_dtypes, kind))
    back = through_npy(weights)
    seen[kind] = type(back).__name__ if isinstance(back, ValueError) else back.dtype.str
    repaired = None if isinstance(back, ValueError) else back.view(weights.dtype).tolist() == weights.tolist()
    print(f"{kind}: np.load gives {seen[kind]}; right after view(): {repaired}")
with h5py.File("weights.h5", "w") as file:
    file["w"] = np.array([1.5, 2.0]).astype(ml_dtypes.bfloat16)
    seen["h5py"] = file["w"][:].dtype.str
print("h5py, bfloat16:", seen["h5py"])
if list(seen.values()) != ["|V2", "|V1", "|V1", "ValueError", "|V1", "|V2"]:
    sys.exit("CHANGED: these arrays now come back otherwise")
PY
