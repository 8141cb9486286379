"""The curve of a run under the cursor of a map."""

import numpy as np
from test_runs import study_of

from nnsim.sweep.member_curve import POINTS, member_curve
from nnsim.timeline.run import Run


def test_a_curve_keeps_the_extremes_of_its_run():
    study = study_of("adam in batches", epochs=600)
    curve = member_curve(study, 4)
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
    curve = member_curve(study_of("adam in batches"), 0, going=lambda: False)
    assert len(curve.low) == len(curve.epochs) == 0
    assert not curve.whole
    assert np.isfinite(curve.loss)
