"""Runs of every kind that a recording must hold, and whether two timelines are the same."""

from nnsim.scenario.scenario import parse_scenario
from nnsim.timeline.replica import Replica
from nnsim.timeline.run import Run

TASKS = {
    "full batch": "",
    "batches": "[train]\nbatch_size = 3\nepochs = 4000",
    "batches, legacy": '[train]\nbatch_size = 3\nepochs = 4000\n[random]\ngenerator = "legacy"',
    "random search": '[solver]\nkind = "random-search"\n[train]\nepochs = 4000',
    "schedule": '[schedule]\nkind = "cosine"\nrate = 2.0\n[train]\nepochs = 3000',
    "validation": "[train]\nbatch_size = 2\nepochs = 3000\nvalidation = 0.25",
    "dropout and batch norm": (
        'layers = [{kind = "dense", units = 3}, {kind = "batch-norm"}, {kind = "dropout", rate = 0.3}]\n'
        "[train]\nbatch_size = 3\nepochs = 150"
    ),
    "dropout, legacy, single precision": (
        'layers = [{kind = "dense", units = 3}, {kind = "batch-norm"}, {kind = "dropout", rate = 0.3}]\n'
        '[train]\nbatch_size = 3\nepochs = 150\nprecision = "float32"\n[random]\ngenerator = "legacy"'
    ),
    "adam, clipped, with a penalty": (
        '[optimizer]\nkind = "adam"\n[clipping]\nkind = "layer-norm"\nlimit = 0.1\n'
        "[regularization]\nl1 = 0.001\n[train]\nbatch_size = 3\nepochs = 1500"
    ),
    "early stopping, plateau": (
        '[schedule]\nkind = "reduce-on-plateau"\npatience = 3\n'
        "[train]\nbatch_size = 3\nepochs = 1500\nvalidation = 0.25\nearly_stopping = { patience = 12 }"
    ),
    "l-bfgs": '[optimizer]\nkind = "l-bfgs"\nhistory = 5\n[train]\nepochs = 300',
    "target": "[train]\nepochs = 3000\ntarget_loss = 0.26",
}
DIVERGING = """
title = "t"
summary = "s"
[data]
kind = "table"
inputs = [[1.0], [2.0], [3.0]]
targets = [[1.0], [2.0], [3.0]]
[model]
output = "linear"
[schedule]
kind = "constant"
rate = 10.0
"""

CHAOTIC = """
title = "t"
summary = "s"
[data]
kind = "parity"
bits = 2
[model]
hidden = [4]
[schedule]
rate = 100.0
[train]
epochs = 1500
"""


def make_scenario(extra, head=""):
    hidden = "" if extra.startswith("layers") else "hidden = [4]\n"
    text = f'title = "t"\nsummary = "s"\n{head}\n[data]\nkind = "parity"\nbits = 3\n[model]\n{hidden}{extra}'
    return parse_scenario(text, name="small", source="small.toml")


def trained(task, steps):
    run = Run(make_scenario(TASKS[task]))
    run.advance_to(steps)
    return run


def diverged():
    run = Run(parse_scenario(DIVERGING, name="diverging", source="diverging.toml"))
    run.advance_to(1000)
    return run


def changed_on_the_way():
    run = Run(make_scenario("[train]\nbatch_size = 3"), settings={"random.seed": 5, "model.hidden": [3, 2]})
    run.advance_to(300)
    run.change("schedule.rate", 0.5)
    run.advance_to(1500)
    run.change("schedule.kind", "exponential")
    run.change("train.epochs", 700)
    run.advance_to(5000)
    return run


def ruled_on_the_way():
    """New rules under way bring figures that were not there, and take them away again."""
    run = Run(make_scenario("[train]\nepochs = 4000"))
    run.advance_to(300)
    run.change("clipping.kind", "value")
    run.advance_to(900)
    run.change("regularization.l2", 0.01)
    run.change("clipping.kind", "none")
    run.advance_to(1100)
    run.change("optimizer.kind", "l-bfgs")
    run.advance_to(1500)
    run.change("optimizer.kind", "adam")
    run.advance_to(1600)
    run.change("clipping.kind", "layer-norm")
    return run


def assert_same(one, other, replicas=()):
    """Whether two timelines hold the same, bit for bit, and re-create the same steps."""
    assert (one.variant, one.settings, one.name) == (other.variant, other.settings, other.name)
    assert (one.length, one.stop, one.commands, one.marks) == (
        other.length,
        other.stop,
        other.commands,
        other.marks,
    )
    assert one.series.keys() == other.series.keys()
    for name, series in one.series.items():
        length = len(series)
        assert (length, series.stride) == (len(other.series[name]), other.series[name].stride)
        for mine, its in zip(series.blocks(0, length), other.series[name].blocks(0, length), strict=True):
            assert mine.tobytes() == its.tobytes(), name
        assert series.values(0, length).tobytes() == other.series[name].values(0, length).tobytes(), name
    assert (one.checkpoints.steps, one.checkpoints.spacing) == (other.checkpoints.steps, other.checkpoints.spacing)
    for mine, its in zip(one.checkpoints, other.checkpoints, strict=True):
        assert mine.parameters.tobytes() == its.parameters.tobytes()
        assert mine.slots.tobytes() == its.slots.tobytes()
        assert mine.slots.shape == its.slots.shape
        assert repr(mine.random) == repr(its.random)
    first, second = Replica(one), Replica(other)
    for step in replicas:
        assert first.at(step).parameters.tobytes() == second.at(step).parameters.tobytes(), step
