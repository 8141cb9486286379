#!/usr/bin/env bash
# safetensors 0.8.0 (NumPy interface), metadata of two keys or more.
# Guess: the same tensors and the same metadata give the same file, byte for byte: the format is a sorted header and raw
#   numbers, without a time stamp.
# Instead: the keys of the metadata are written in an order that is drawn anew at each save, also within one process. With no
#   key or one the bytes do repeat. Tensors are sorted by size of their type, then by name as text, so load_file gives
#   layer.10 before layer.2, and load(bytes) gives them in an order drawn anew at each call.
# Matters: the checksum of a checkpoint does not say whether two runs ended with the same weights; stores that
#   deduplicate by content keep every copy. zip(parameters, load_file(path).values()) pairs layers of equal shape wrongly
#   from the eleventh on, and with load() anyhow.
# Do: hash the tensors, or put all metadata as JSON under one key; pair by name.
# Seen: 20 saves of the same: some 10 to 20 different files of one length with four keys, 1 with one key; load_file: layer.0
#   layer.1 layer.10 layer.11 layer.2 ...; 20 calls of load: 20 orders
set -euo pipefail
dir="$(mktemp -d)"
trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check safetensors==0.8.0 numpy==2.4.6
cd "$dir"
"$dir/venv/bin/python" - <<'PY'
import sys
from importlib.metadata import version

import numpy as np
from safetensors.numpy import load, load_file, save

tensors = {f"layer.{number}": np.full((2, 2), number, np.float32) for number in range(12)}
many = {"epoch": "3", "loss": "0.25", "seed": "0", "task": "xor"}
files = [save(tensors, metadata=many) for _ in range(20)]
single = [save(tensors, metadata={"epoch": "3"}) for _ in range(20)]
with open("weights.safetensors", "wb") as file:
    file.write(files[0])
order = list(load_file("weights.safetensors"))
orders = {tuple(load(files[0])) for _ in range(20)}
print("safetensors", version("safetensors"))
print("20 saves with four keys:", len(set(files)), "different files, lengths", {len(data) for data in files},
      "; with one key:", len(set(single)))
print("order of load_file:", *order)
print("orders in 20 calls of load:", len(orders))
if not (len(set(files)) > 1 and len(set(single)) == 1 and order == sorted(tensors) and len(orders) > 1):
    sys.exit("CHANGED: the orders now follow from something else")
PY
