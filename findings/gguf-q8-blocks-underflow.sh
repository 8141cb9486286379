#!/usr/bin/env bash
# gguf 0.19.0, quantize to Q8_0 and back.
# Guess: 8 bits with a scale for each block of 32 keep about two digits of every block's largest weight, whatever its size,
#   as the scale is a floating number.
# Instead: the scale is a float16. Blocks whose largest weight is below some 4e-6 become zero, just above it they are
#   off by up to a factor of two, from 8.3 million on they are infinite, and one NaN makes its whole block NaN.
#   Q4_0 has larger scales and bears blocks 16 times smaller; BF16 keeps each of these to two digits and more.
# Matters: small by design are weights after strong decay, gates, low-rank factors (B of LoRA begins at zero), and models
#   that move the scale of a layer into the next; such layers vanish from the converted file.
# Do: compare norms by block before and after, rescale factors (B by 1000, A by 1/1000), or leave such tensors in F32.
# Seen, blocks of equal weights, what comes back: 1e-3 0.001, 1e-5 7.57e-06, 3e-6 0, 1e7 inf; one NaN among 32: 32 NaN
set -euo pipefail
dir="$(mktemp -d)"
trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check gguf==0.19.0 numpy==2.4.6
cd "$dir"
"$dir/venv/bin/python" - <<'PY'
import sys
import warnings
from importlib.metadata import version

import numpy as np
from gguf import GGMLQuantizationType as Kind
from gguf.quants import dequantize, quantize

warnings.simplefilter("ignore")  # the cast of the scale to float16 overflows


def there_and_back(values, kind):
    return dequantize(quantize(np.asarray(values, np.float32), kind), kind)


print("gguf", version("gguf"), "numpy", np.__version__)
seen = {}
for value in (1e-3, 1e-5, 3e-6, 1e7):
    seen[value] = [float(there_and_back([value] * 32, kind)[0]) for kind in (Kind.Q8_0, Kind.Q4_0, Kind.BF16)]
    print(f"{value:.0e}: Q8_0 {seen[value][0]:.3g}, Q4_0 {seen[value][1]:.3g}, BF16 {seen[value][2]:.3g}")
spread = int(np.isnan(there_and_back([np.nan] + [1.0] * 31, Kind.Q8_0)).sum())
print("one NaN among 32 weights comes back as", spread)
if not (abs(seen[1e-3][0] / 1e-3 - 1) < 0.01 and abs(seen[1e-5][0] / 1e-5 - 1) > 0.05 and seen[3e-6][0] == 0
        and np.isinf(seen[1e7][0]) and spread == 32 and all(abs(v[2] / k - 1) < 0.01 for k, v in seen.items())):
    sys.exit("CHANGED: the scale of a block is now held otherwise")
PY
