"""How far roundings are amplified: what an honest recording may differ by, and a forged one may not."""

import numpy as np
from forged_recordings import forge_first, in_segment, rehash
from recorded_runs import CHAOTIC, trained

from nnsim.recording import open_recording, save
from nnsim.recording.format import SEGMENTS
from nnsim.recording.rounding import (
    FAR,
    LARGEST,
    UNITS,
    Amplification,
    Stretch,
    difference,
    nudged,
    nudged_parameters,
    train,
)
from nnsim.recording.verification import verify
from nnsim.scenario.catalog import read
from nnsim.scenario.scenario import parse_scenario
from nnsim.timeline.run import Run


def test_a_tolerance_follows_from_the_stretch():
    calm, chaotic = (
        trained("full batch", 200),
        Run(parse_scenario(CHAOTIC, name="c", source="c.toml"), None, {"random.seed": 1}),
    )
    chaotic.advance_to(200)
    found = []
    for run in (calm, chaotic):
        start, amplification = run.timeline.checkpoints.before(0), Amplification(run.timeline)
        trainer = amplification.at(start)
        own = Stretch.of(list(train(run.timeline, trainer, 200)), 1, trainer.checkpoint())
        assert own.columns["loss"][2].tobytes() == run.timeline.series["loss"].values(0, 200).tobytes()
        found.append(amplification.measured(start, own, 200, 0).end)
    assert found[0] < 1e-11 < found[1]


def test_a_nudge_moves_every_number_by_a_unit_but_what_is_zero():
    start = trained("full batch", 1).timeline.checkpoints.before(0)
    assert (start.parameters == 0.0).any()
    moved, far = nudged(start, 0).parameters, nudged(start, FAR).parameters
    assert ((moved != start.parameters) == (start.parameters != 0.0)).all()
    assert difference(moved, start.parameters).max() < 1e-15
    assert (
        UNITS / 4 < difference(far, start.parameters).max() / difference(moved, start.parameters).max() < UNITS * 4
    )
    assert (np.abs(nudged_parameters(np.zeros(5), 0)) == np.finfo(np.float64).eps).all(), "all of them are"


def test_units_that_are_off_are_not_turned_on_by_a_nudge(tmp_path):
    """Their biases are 0: a number beside it would turn them on, and a forged figure would pass for a rounding."""
    run = Run(read("clinic-7"))
    assert run.timeline.scenario.fault({"random.seed": run.timeline.plan.seed}).name == "dead-units"
    run.advance_to(64)
    path = tmp_path / "dead.nnsim"
    save(path, [run.timeline])
    forge_first(path, SEGMENTS, in_segment(10, 1e-9), "series = 0")
    rehash(path)
    with open_recording(path) as recording:
        assert not verify(recording).verified


def test_a_scenario_says_how_close_checkpoints_lie_and_chaos_is_proven_by_them():
    run = Run(read("clinic-1"))
    run.advance_to(100)
    assert run.timeline.checkpoints.steps == (0, 16, 32, 48, 64, 80, 96)
    starts = list(run.timeline.checkpoints)[:-1]
    amplification, found = Amplification(run.timeline), []
    for start, steps in ((starts[3], 16), (starts[0], 96)):
        trainer = amplification.at(start)
        own = Stretch.of(list(train(run.timeline, trainer, start.step + steps)), 11, trainer.checkpoint())
        found.append(amplification.measured(start, own, start.step + steps, 0).end)
    assert found[0] < 1e-6 < LARGEST < found[1]
