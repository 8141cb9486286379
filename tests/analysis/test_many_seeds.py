"""Many seeds become what each becomes alone, and their band is what NumPy says of their curves."""

from itertools import pairwise

import numpy as np
import pytest

from nnsim.analysis.many_seeds import ManySeeds, band, stretches
from nnsim.errors import ScenarioError
from nnsim.scenario.scenario import parse_scenario
from nnsim.timeline.run import Run

XOR = (
    '[data]\nkind = "parity"\nbits = 2\n[model]\nhidden = [3]\n'
    '[schedule]\nkind = "constant"\nrate = 2.0\n[random]\nseed = 7\n'
)
LINE = (
    '[data]\nkind = "table"\ninputs = [[1.0], [2.0], [3.0]]\ntargets = [[1.0], [2.0], [3.0]]\n'
    '[model]\noutput = "linear"\n[schedule]\nkind = "constant"\nrate = 10.0\n'
)
TOGETHER = {
    "pcg64": (XOR, {"train.epochs": 400}),
    "legacy": (XOR, {"train.epochs": 400, "random.generator": "legacy"}),
    "diverging": (LINE, {"train.epochs": 500, "loss": "mse"}),
}
ALONE = {
    "batches": (XOR, {"train.epochs": 60, "train.batch_size": 2}),
    "rows of its own": ('[data]\nkind = "circle"\nn = 20\n[model]\nhidden = [2]\n', {"train.epochs": 30}),
    "target": (XOR, {"train.epochs": 2000, "train.target_loss": 0.2, "schedule.rate": 5.0}),
    "diverging": (LINE, {"train.epochs": 500, "train.batch_size": 2}),
}


def scenario(text):
    return parse_scenario(f'title = "t"\nsummary = "s"\n{text}', name="many", source="many.toml")


def trained(one, settings, count, **options):
    study = ManySeeds(one, None, settings, count=count, **options)
    ended, done = [0], [study.done]
    while not study.finished:
        study.advance(37)
        ended.append(len(study.results))
        done.append(study.done)
    assert done == sorted(done)
    assert done[-1] == count
    assert study.advance(5) == 0
    return study, int(np.diff(ended).max()) > 1


@pytest.mark.parametrize(
    ("task", "group", "together", "tolerance"),
    [
        *((task, group, True, 1e-9) for task in TOGETHER.values() for group in (100, 3)),
        *((task, 100, False, 0.0) for task in ALONE.values()),
    ],
    ids=[*(f"{name} {group}" for name in TOGETHER for group in ("at once", "by threes")), *ALONE],
)
def test_each_seed_becomes_what_its_own_run_becomes(task, group, together, tolerance):
    """To the last bit where they are trained one after the other; but for rounding where they are at once."""
    one, settings = scenario(task[0]), task[1]
    study, was_together = trained(one, settings, 5, group=group)
    assert was_together == together
    first = one.plan(None, settings).seed
    assert [result.seed for result in study.results] == list(range(first, first + 5))
    for result in study.results:
        run = Run(one, None, {**settings, "random.seed": result.seed})
        run.advance_to(10**9)
        stop, evaluation = run.timeline.stop, run.trainer.evaluate()
        assert (result.stop_reason, result.steps) == (stop.reason, stop.step)
        if stop.reason == "diverged":
            assert (result.loss, result.accuracy) == (None, None)
        else:
            assert result.loss == pytest.approx(evaluation.loss, rel=tolerance, abs=0.0)
            assert result.accuracy == evaluation.accuracy
        if "train.target_loss" in settings:
            assert result.solved == (stop.reason == "target")
        elif evaluation.accuracy is not None:
            assert result.solved == (evaluation.accuracy == 1.0)
        else:
            assert result.solved in (None, False)
    reasons = {result.stop_reason for result in study.results}
    assert ("diverged" in reasons) == (task[0] is LINE)


@pytest.mark.parametrize("task", [TOGETHER["pcg64"], ALONE["batches"], ALONE["target"], ALONE["diverging"]])
def test_the_band_is_that_of_the_means_over_each_stretch_of_every_run(task):
    one, settings = scenario(task[0]), task[1]
    study, _ = trained(one, settings, 4)
    steps = one.plan(None, settings).steps
    edges = stretches(steps)
    curves = np.full((4, len(edges) - 1), np.nan)
    for row, result in enumerate(study.results):
        run = Run(one, None, {**settings, "random.seed": result.seed})
        run.advance_to(10**9)
        losses = run.timeline.series["loss"].values(0, run.timeline.length)
        for place, (begin, end) in enumerate(pairwise(edges)):
            if begin < len(losses):
                curves[row, place] = losses[begin : min(end, len(losses))].mean()
            elif result.stop_reason == "target":
                curves[row, place] = curves[row, place - 1]
        if result.stop_reason == "diverged":
            curves[row, np.searchsorted(edges, result.steps - 1, side="right") - 1 :] = np.nan
    seen = np.isfinite(curves).any(axis=0)
    found, curves = study.band(), curves[:, seen]
    assert found.seeds == 4
    np.testing.assert_allclose(found.steps, ((edges[:-1] + 1 + edges[1:]) / 2)[seen])
    np.testing.assert_allclose(found.mean, np.nanmean(curves, axis=0), rtol=1e-9)
    for values, share in (
        (found.low, 0.0),
        (found.quartile1, 0.25),
        (found.quartile3, 0.75),
        (found.high, 1.0),
    ):
        np.testing.assert_allclose(values, np.nanquantile(curves, share, axis=0), rtol=1e-9)


def test_the_band_grows_while_seeds_are_trained():
    study = ManySeeds(scenario(XOR), None, {"train.epochs": 400}, count=6, group=3)
    assert len(study.band().steps) == 0
    assert study.advance(10) == 0  # makes the first group ready
    assert study.advance(10) == 10
    early = study.band()
    assert (early.seeds, early.steps[-1], study.done) == (3, 10.0, pytest.approx(3 * 10 / 400))
    assert np.all(early.low <= early.quartile1)
    assert np.all(early.quartile3 <= early.high)


def test_values_that_are_not_finite_are_left_out_of_a_band():
    curves = np.array([[1.0, np.inf, np.nan], [3.0, 5.0, np.nan]])
    found = band(curves, np.array([0, 1, 2, 3]))
    assert found.mean.tolist() == [2.0, 5.0]
    assert found.high.tolist() == [3.0, 5.0]
    assert found.steps.tolist() == [1.0, 2.0]


@pytest.mark.parametrize("steps", [1, 2, 7, 1000, 10**8])
def test_stretches_cover_the_run_once(steps):
    edges = stretches(steps)
    assert (edges[0], edges[-1]) == (0, steps)
    assert np.all(np.diff(edges) > 0)
    assert len(edges) <= 360


@pytest.mark.parametrize(
    ("count", "seed", "said"), [(0, 0, "1 to 10,000"), (10_001, 0, "1 to 10,000"), (3, 2**32 - 2, "4294967295")]
)
def test_seeds_that_there_are_not_are_refused(count, seed, said):
    with pytest.raises(ScenarioError, match=said):
        ManySeeds(scenario(XOR), None, {"random.seed": seed}, count=count)
