"""Programs that exports write, run inside the test's own process; and what they print beside what nnsim records."""

from dataclasses import dataclass, field

import numpy as np

from nnsim.export.programs.numpy_program import numpy_program
from nnsim.timeline.run import Run


@dataclass
class Printed:
    """What a program printed, and the names that it left."""

    steps: list[int] = field(default_factory=list)
    losses: list[float] = field(default_factory=list)
    names: dict = field(default_factory=dict)


def carried_out(text):
    """Runs a program, with nothing but NumPy to import."""
    printed = Printed()

    def keep(step, loss):
        printed.steps.append(step)
        printed.losses.append(float(loss))

    printed.names = {"print": keep, "__name__": "__main__", "__file__": "run.py"}
    with np.errstate(all="ignore"):
        exec(compile(text, "run.py", "exec"), printed.names)
    return printed


def largest_difference(run, printed):
    """Between the losses of a run that is trained to its end, and those printed, relative to their size."""
    timeline, trainer = run.timeline, run.trainer
    after = trainer.judge(trainer.inputs, trainer.targets)[0]
    expected = np.append(timeline.series["loss"].values(0, timeline.length), after)
    assert printed.steps == list(range(1, timeline.length + 2))
    found = np.array(printed.losses)
    same = (found == expected) | (np.isnan(found) & np.isnan(expected))
    with np.errstate(all="ignore"):
        return float(np.where(same, 0.0, np.abs(found - expected) / np.abs(expected)).max())


def compared(scenario, variant, settings, changes=(), folder=None):
    """Trains a run with changes (step, key, value) and its program.  Returns: the largest difference."""
    run = Run(scenario, variant, settings)
    for step, key, value in changes:
        run.advance_to(step)
        run.change(key, value)
    run.advance_to(run.timeline.plan_at(run.timeline.length).steps)
    program = numpy_program(run.timeline, "run.npz" if folder is None else str(folder / "run.npz"), beside=False)
    if program.arrays:
        np.savez(folder / "run.npz", **program.arrays)
    return largest_difference(run, carried_out(program.text))
