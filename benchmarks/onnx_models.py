"""Prints how far the answers of exported ONNX models are from nnsim's, in onnxruntime, a line for each model.

    python benchmarks/onnx_models.py          needs nnsim[onnx] and onnxruntime

Every activation, in both precisions, and every kind of layer. Exit status: 1 where one is off by more than
roundings.
"""

import sys
import tempfile
from pathlib import Path

import numpy as np
import onnxruntime

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from nnsim.cli import execute  # noqa: E402
from nnsim.nn.activations import ACTIVATIONS  # noqa: E402
from nnsim.recording import open_recording  # noqa: E402
from nnsim.timeline.replica import Replica  # noqa: E402

LAYERS = (
    '[{kind="dense",units=8,activation="relu"},{kind="layer-norm"},{kind="dropout",rate=0.2},'
    '{kind="residual",layers=[{kind="dense",units=8}]},{kind="batch-norm"}]'
)
ROWS = 50
ALLOWED = {"float64": 1e-13, "float32": 1e-5}


def main() -> int:
    kinds = [one for one in ACTIVATIONS if one != "softmax"]
    models = [
        (f"{kind}, {precision}", [f"model.activation={kind}", f"train.precision={precision}"])
        for kind in kinds
        for precision in ALLOWED
    ]
    models.append(("gelu by tanh, float64", ['model.activation={kind="gelu",approximate="tanh"}']))
    models.append(("all layers, float64", [f'model={{layers={LAYERS},output="softmax"}}']))
    worst = 0
    with tempfile.TemporaryDirectory() as folder:
        recording, model = Path(folder) / "a.nnsim", Path(folder) / "a.onnx"
        for name, settings in models:
            given = [word for one in settings for word in ("--set", one)]
            run = ["run", "digits", "--epochs", "2", "--record", str(recording), "--overwrite", "--json", *given]
            if execute(run) or execute(["export", str(recording), "--to", "onnx", "-o", str(model), "--overwrite"]):
                return 1
            with open_recording(recording, "refuse") as opened:
                timeline = opened.timelines[0]
                trainer = Replica(timeline).at(timeline.length)
                inputs = trainer.plan.examples.inputs[:ROWS]
                wanted = trainer.predict(inputs)
            session = onnxruntime.InferenceSession(str(model))
            (answers,) = session.run(None, {"inputs": inputs.astype(wanted.dtype)})
            difference = float(np.abs(answers - wanted).max())
            print(f"{name}: largest difference {difference:.2g}", file=sys.stderr)
            worst = max(worst, int(not difference <= ALLOWED[str(wanted.dtype)]))
    return worst


if __name__ == "__main__":
    sys.exit(main())
