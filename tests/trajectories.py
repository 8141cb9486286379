"""How far nnsim's training strays from the parameters that PyTorch's and Optax's reached, stored in data/."""

import json
from functools import cache
from pathlib import Path

import numpy as np

from nnsim.scenario.scenario import parse_scenario
from nnsim.timeline.run import Run
from nnsim.training.records import Checkpoint

FOLDER = Path(__file__).parent / "data"


@cache
def stored(library="pytorch"):
    """Everything in the file of a library's runs, by name."""
    with np.load(FOLDER / f"{library}_trajectories.npz") as file:
        return {name: file[name] for name in file.files}


@cache
def cases(library="pytorch"):
    """The settings of every stored run, in their order."""
    return json.loads(str(stored(library)["cases"]))


def toml(table):
    """Tables of numbers, words and lists as TOML."""
    return "\n".join(
        line
        for name, part in table.items()
        for line in (f"[{name}]", *(f"{key} = {json.dumps(value)}" for key, value in part.items()))
    )


def start(settings, epochs=200, begin=True):
    """A run of the stored task with these settings, from the stored start where it is to `begin` there."""
    data = stored()
    table = {
        "data": {
            "kind": "table",
            "inputs": data["inputs"].tolist(),
            "targets": data["targets"].tolist(),
        },
        "model": {"hidden": [3], "activation": "tanh", "output": "linear"},
        "train": {"epochs": epochs},
        **settings,
    }
    run = Run(parse_scenario(f'title = "t"\nsummary = "s"\n{toml(table)}', name="t", source="t.toml"))
    if begin:
        first = run.trainer.checkpoint()
        run.trainer.restore(Checkpoint(0, data["start"], first.slots, first.random))
    return run


def difference(index, library="pytorch"):
    """The largest difference of any parameter at any stored step, relative to the largest parameter there."""
    data, case = stored(library), cases(library)[index]
    run = start({key: value for key, value in case.items() if key != "names"})
    worst = 0.0
    for step, theirs in zip(data["points"], data["parameters"][index], strict=True):
        run.advance_to(int(step))
        ours = run.trainer.parameters
        worst = max(worst, float(np.abs(ours - theirs).max() / np.abs(theirs).max()))
    return worst
