#!/usr/bin/env bash
# bitsandbytes 0.50.2 (CPU, torch 2.13.0), functional.quantize_blockwise, the format of 8-bit optimizer states.
# Guess: a NaN in a block of 64 spreads over the block or stays where it is, as in the 4-bit format: it can still be seen.
# Instead: a NaN comes back as an ordinary number, minus the largest magnitude of its block; the others are untouched. An
#   infinity makes all 64 infinite, by their signs, and itself minus infinity. The 4-bit formats make the whole block NaN.
# Matters: checks for NaN after loading or after a step pass, and the state holds a large number of the wrong sign instead,
#   which in a momentum is a push in one direction for hundreds of steps.
# Do: look for non-finite values before quantizing.
# Seen, block of 64 with largest magnitude 2: its NaN comes back as -1.99, 0 of 64 are NaN; nf4: 64 of 64 NaN
set -euo pipefail
dir="$(mktemp -d)"
trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check torch==2.13.0 numpy==2.4.6 bitsandbytes==0.50.2
cd "$dir"
"$dir/venv/bin/python" - <<'PY'
import logging
import math
import sys

import bitsandbytes
import torch
from bitsandbytes import functional

logging.disable(logging.WARNING)


def eight_bits(values):
    quantized, state = functional.quantize_blockwise(values, blocksize=64)
    return functional.dequantize_blockwise(quantized, state)


def four_bits(values):
    quantized, state = functional.quantize_4bit(values, blocksize=64, quant_type="nf4")
    return functional.dequantize_4bit(quantized, state)


def block(first):
    values = torch.linspace(-2, 2, 64)
    values[5] = first
    return values


print("bitsandbytes", bitsandbytes.__version__, "torch", torch.__version__)
seen = {}
for format_name, there_and_back in (("8 bits", eight_bits), ("nf4", four_bits)):
    for name, value in (("number", 1.0), ("nan", math.nan), ("inf", math.inf)):
        back = there_and_back(block(value)).flatten()
        seen[format_name, name] = back[5].item(), int(back.isnan().sum()), int(back.isinf().sum())
        print(f"{format_name}, a {name} among 64: comes back as {back[5]:.3g}; NaN {seen[format_name, name][1]}, "
              f"infinite {seen[format_name, name][2]}")
if not (abs(seen["8 bits", "nan"][0] + 2) < 0.02 and seen["8 bits", "nan"][1:] == (0, 0)
        and seen["8 bits", "inf"][1:] == (0, 64) and seen["nf4", "nan"][1] == 64):
    sys.exit("CHANGED: NaN is now quantized otherwise")
PY
