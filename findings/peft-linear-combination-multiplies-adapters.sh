#!/usr/bin/env bash
# peft 0.21.2 (torch 2.13.0, transformers 5.24.0), add_weighted_adapter(combination_type="linear") of two LoRA adapters.
# Guess: the combination's change of the weights is the weighted sum of the two changes, w1 * B1 A1 + w2 * B2 A2.
# Instead: the factors are added, and their product has all four terms: (w1, w2 > 0, equal ranks and scales)
#   w1 * B1 A1 + w2 * B2 A2 + sqrt(w1 w2) * (B1 A2 + B2 A1). The cross terms belong to neither adapter and are as large as the rest.
#   "cat" is the sum, to the last digits; "svd" is its best approximation of that rank. One adapter alone is scaled right.
# Matters: averaging two runs or mixing two tasks with the type whose name says that it is linear; the mix is worse than either,
#   and the blame goes to the tasks.
# Do: combination_type="cat", which raises the rank, or "svd".
# Seen, error relative to the weighted sum, weights 1 and 1: linear 1.35, svd 0.10, cat 0.00; weights 2 and 0: linear 0.00
set -euo pipefail
dir="$(mktemp -d)"
trap 'rm -rf "$dir"' EXIT
python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check torch==2.13.0 numpy==2.4.6 peft==0.21.2 transformers==5.24.0
cd "$dir"
HF_HUB_OFFLINE=1 "$dir/venv/bin/python" - <<'PY'
import sys

import peft
import torch


class Model(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = torch.nn.Linear(4, 4, bias=False)

    def forward(self, rows):
        return self.layer(rows)


def adapter():
    return peft.LoraConfig(r=2, lora_alpha=2, target_modules=["layer"], init_lora_weights=False)


torch.manual_seed(0)
model = peft.get_peft_model(Model(), adapter(), adapter_name="one")
model.add_adapter("two", adapter())
layer = model.base_model.model.layer


def change(name):
    """What an adapter adds to the layer's weights."""
    return layer.get_delta_weight(name).detach()


def error(kind, weights):
    name = f"{kind} {weights}".replace(".", "_")
    model.add_weighted_adapter(["one", "two"], list(weights), name, combination_type=kind)
    wanted = weights[0] * change("one") + weights[1] * change("two")
    return ((change(name) - wanted).norm() / wanted.norm()).item()


def factors(name):
    return layer.lora_B[name].weight.detach(), layer.lora_A[name].weight.detach()


print("peft", peft.__version__, "torch", torch.__version__)
seen = {}
for weights in ((1.0, 1.0), (0.5, 0.5), (2.0, 0.0)):
    for kind in ("linear", "svd", "cat"):
        seen[kind, weights] = error(kind, weights)
        print(f"weights {weights}, {kind}: error {seen[kind, weights]:.2f} of the weighted sum")
(b1, a1), (b2, a2) = factors("one"), factors("two")
explained = torch.allclose(change("linear (1_0, 1_0)"), (b1 + b2) @ (a1 + a2), atol=1e-6)
print("linear with weights 1 and 1 is (B1 + B2)(A1 + A2):", explained)
if not (explained and seen["linear", (1.0, 1.0)] > 1 and seen["linear", (0.5, 0.5)] > 1
        and seen["linear", (2.0, 0.0)] < 1e-5 and seen["cat", (1.0, 1.0)] < 1e-5):
    sys.exit("CHANGED: adapters are now combined otherwise")
PY
