"""The curve of a run under the cursor of a map."""

from dataclasses import replace

import numpy as np
import pytest
from test_runs import study_of, swept

from nnsim.scenario.sweep_axes import parse_axis
from nnsim.sweep.grid import Grid, seeds_from
from nnsim.sweep.member_curve import POINTS, member_curve, member_run
from nnsim.sweep.outcome_table import OutcomeTable
from nnsim.sweep.task import RESTS
from nnsim.timeline.run import Run


def test_a_curve_keeps_the_extremes_of_its_run():
    study = study_of("adam in batches", epochs=600)
    curve = member_curve(study, OutcomeTable(study), 4)
    run = Run(study.scenario, settings=study.settings_of(4))
    run.advance_to(10**6)
    losses = run.timeline.series["loss"].values(0, run.timeline.length)
    assert len(curve.low) == POINTS < len(losses)
    assert (curve.low.min(), curve.high.max()) == (losses.min(), losses.max())
    assert (curve.epochs[0], curve.epochs[-1]) == (1 / 3, 600.0)
    assert curve.whole
    assert not curve.parts_from(curve.loss)
    assert curve.parts_from(curve.loss + 0.1)


def test_a_curve_that_is_broken_off_at_once_is_empty():
    study = study_of("adam in batches")
    curve = member_curve(study, OutcomeTable(study), 0, going=lambda: False)
    assert len(curve.low) == len(curve.epochs) == 0
    assert not curve.whole
    assert np.isfinite(curve.loss)


def chaotic(kind):
    """Rates far above the border, so that some ends rest on rounding."""
    study = study_of(kind, epochs=300)
    return replace(study, grid=Grid((parse_axis("schedule.rate=20:2000:log:9"),), seeds_from(7, 3)))


@pytest.mark.parametrize("kind", ["gradient descent", "targets"])
def test_a_run_that_rests_on_rounding_is_trained_as_its_population_was(kind):
    study = chaotic(kind)
    table = swept(study)
    resting, parted = np.flatnonzero(table.rows["rounding"] == RESTS), 0
    assert len(resting) > 3
    for member in map(int, resting):
        run, as_there = member_run(study, table, member)
        assert as_there
        run.advance_to(10**6)
        row, series = table.rows[member], run.timeline.series["loss"]
        loss, _ = run.trainer.judge(run.trainer.inputs, run.trainer.targets)
        assert loss == pytest.approx(row["loss"], rel=1e-12)
        assert series.values(0, run.timeline.length).min() == pytest.approx(row["best"], rel=1e-12)
        alone = Run(study.scenario, settings=study.settings_of(member))
        alone.advance_to(10**6)
        parted += not np.isclose(alone.trainer.judge(run.trainer.inputs, run.trainer.targets)[0], loss, rtol=1e-6)
    assert parted, "there are runs that end otherwise alone"


def test_in_single_precision_it_is_said_that_the_run_may_end_otherwise():
    study = chaotic("gradient descent")
    study = replace(study, settings={**study.settings, "train.precision": "float32"})
    table = swept(study)
    member = int(np.flatnonzero(table.rows["rounding"] == RESTS)[0])
    assert not member_run(study, table, member)[1]


def test_what_is_changed_under_way_is_trained_alone_from_there_on():
    study = study_of("start and momentum", epochs=50)
    table = swept(study)
    table.rows["rounding"] = RESTS
    run, as_there = member_run(study, table, 5)
    run.advance_to(20)
    run.change("schedule.rate", 0.01)
    run.advance_to(50)
    assert as_there
    assert run.timeline.length == 50
    assert run.timeline.checkpoints.before(19).step == 16
