#!/usr/bin/env bash
# torchinfo 1.8.0, torch 2.13.0 (torch.utils.flop_counter), fvcore 0.1.5.post20221221: counting the work of a model.
# Guess: three counters agree on a linear layer, an embedding, attention and an LSTM, up to the factor 2 between a multiply-add
#   and two operations.
# Instead: torchinfo takes a linear layer over (batch, time, features) as one over (batch, features): the same multiply-adds
#   for 1 token as for 1000. It counts an embedding's whole table for each row as multiplications, and attention not at all.
#   torch's own counter gives 0 for an LSTM on a CPU, without a warning, though it counts a GRU. fvcore leaves out LSTMs
#   and attention, too, but says so.
# Matters: operations a second, energy, and "tokens for a compute budget" of sequence models are too small by the length of
#   the sequence, or zero, and the tool that one would check it with errs elsewhere.
# Do: multiply-adds by hand from shapes (rows * inputs * outputs), or torch's counter with the model on the meta device, where
#   it counts LSTMs.
# Seen, Linear(16, 32) on (8, 100, 16), 409600 multiply-adds: torchinfo 4096, fvcore 409600, torch 409600;
#   LSTM(8, 8) over 40 tokens, 20480: torch 0, on the meta device 20480, while a GRU's 15360 are counted
set -euo pipefail
dir="$(mktemp -d)"
trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check torch==2.13.0 numpy==2.4.6 torchinfo==1.8.0 fvcore==0.1.5.post20221221
cd "$dir"
"$dir/venv/bin/python" - <<'PY'
import logging
import sys
import warnings
from importlib.metadata import version

import torch
import torchinfo
from fvcore.nn import FlopCountAnalysis
from torch.utils.flop_counter import FlopCounterMode

logging.disable(logging.WARNING)
warnings.simplefilter("ignore")


class Attention(torch.nn.Module):
    def forward(self, rows):
        return torch.nn.functional.scaled_dot_product_attention(rows, rows, rows)


def counts(model, batch):
    """Multiply-adds by torchinfo, fvcore and torch (which counts two operations each)."""
    with FlopCounterMode(display=False) as counter:
        model(batch)
    info = torchinfo.summary(model, input_data=batch, verbose=0).total_mult_adds
    return int(info), int(FlopCountAnalysis(model, batch).total()), counter.get_total_flops() // 2


def on_meta(model, batch):
    """Multiply-adds by torch with shapes alone."""
    with FlopCounterMode(display=False) as counter:
        model.to("meta")(batch.to("meta"))
    return counter.get_total_flops() // 2


linear = torch.nn.Linear(16, 32, bias=False)
CASES = (  # name, model, input, multiply-adds of its matrix products
    ("Linear on (8, 16)", linear, torch.randn(8, 16), 8 * 16 * 32),
    ("Linear on (8, 100, 16)", linear, torch.randn(8, 100, 16), 8 * 100 * 16 * 32),
    ("attention, 2 heads, 16 tokens of 8", Attention(), torch.randn(1, 2, 16, 8), 2 * 2 * 16 * 16 * 8),
    ("LSTM(8, 8) on (10, 4, 8)", torch.nn.LSTM(8, 8), torch.randn(10, 4, 8), 40 * 4 * (64 + 64)),
    ("GRU(8, 8) on (10, 4, 8)", torch.nn.GRU(8, 8), torch.randn(10, 4, 8), 40 * 3 * (64 + 64)),
    ("Embedding(1000, 16), 40 tokens", torch.nn.Embedding(1000, 16), torch.zeros(4, 10, dtype=torch.long), 0),
)
print("torchinfo", torchinfo.__version__, "torch", torch.__version__, "fvcore", version("fvcore"))
seen = []
for name, model, batch, products in CASES:
    seen.append(counts(model, batch))
    print(f"{name}: by hand {products}, torchinfo {seen[-1][0]}, fvcore {seen[-1][1]}, torch {seen[-1][2]}")
lstm = on_meta(torch.nn.LSTM(8, 8), torch.randn(10, 4, 8))
print(f"LSTM on the meta device: torch {lstm}")
if not (seen[0] == (4096, 4096, 4096) and seen[1] == (4096, 409600, 409600) and seen[2][0] == 0
        and seen[3][2] == 0 and lstm == 20480 and seen[4][2] == 15360 and seen[5][0] == 64000):
    sys.exit("CHANGED: the counters now count otherwise")
PY
