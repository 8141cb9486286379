#!/usr/bin/env bash
# ml_dtypes 0.6.0 (the small floating types of JAX, ONNX and others; NumPy 2.4.6): casting what a type cannot hold.
# Guess: a floating type without NaN refuses to cast one, or gives its largest number; the float types agree about overflow.
# Instead: in float4_e2m1fn and the two float6 types NaN becomes minus zero, and infinity the largest number. Of the float8 types,
#   e4m3fn turns infinity and everything above 464 into NaN, e4m3 and e5m2 into infinity, e8m0fnu turns 0 and negative
#   numbers into NaN. No cast warns.
# Matters: a diverged weight is a harmless zero after quantizing to 4 or 6 bits, and all later checks pass; the same overflow is
#   a clipped number, an infinity or a NaN in models that differ only in the type's letters.
# Do: numpy.isfinite before the cast, and a scale that keeps the largest magnitude below the type's finfo.max.
# Seen, nan inf 500: float4_e2m1fn -0 6 6; float6_e3m2fn -0 28 28; float8_e4m3fn nan nan nan; float8_e4m3 nan inf inf
set -euo pipefail
dir="$(mktemp -d)"
trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check ml_dtypes==0.6.0 numpy==2.4.6
cd "$dir"
"$dir/venv/bin/python" - <<'PY'
import math
import sys
import warnings

import ml_dtypes
import numpy as np

warnings.simplefilter("error")  # a cast that warned would stop the script
VALUES = np.array([np.nan, np.inf, -np.inf, 500.0, 0.0, -1.0], np.float32)
KINDS = ("float4_e2m1fn", "float6_e2m3fn", "float6_e3m2fn", "float8_e4m3fn", "float8_e4m3", "float8_e5m2", "float8_e8m0fnu")
print("ml_dtypes", ml_dtypes.__version__, "numpy", np.__version__)
print("cast from", *VALUES)
seen = {}
for kind in KINDS:
    seen[kind] = VALUES.astype(getattr(ml_dtypes, kind)).astype(np.float32).tolist()
    print(f"{kind}:", *(f"{value:g}" for value in seen[kind]))
small = [seen[kind] for kind in KINDS[:3]]
if not (all(row[0] == 0 and math.copysign(1, row[0]) == -1 and row[1] == -row[2] == row[3] for row in small)
        and all(math.isnan(value) for value in seen["float8_e4m3fn"][:4]) and math.isinf(seen["float8_e4m3"][3])
        and math.isnan(seen["float8_e8m0fnu"][4])):
    sys.exit("CHANGED: the small types now hold these values otherwise")
PY
