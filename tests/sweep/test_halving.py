"""Successive halving: who goes on at each rung, told by runs that are trained alone, and what it saves."""

from dataclasses import replace

import numpy as np
import pytest
from test_runs import study_of, swept

from nnsim.errors import ScenarioError
from nnsim.scenario.sweep_axes import parse_axis
from nnsim.sweep.grid import Grid
from nnsim.sweep.outcome_table import OutcomeTable
from nnsim.sweep.results import as_object, ranking
from nnsim.sweep.rungs import best_members
from nnsim.sweep.task import RESTS
from nnsim.sweep.workers import Done, trained_here
from nnsim.timeline.run import Run
from nnsim.training.outcome import REASONS

VALIDATED = "rows of each seed, validation, batches"


def halved(kind, factor=2, task_size=0, **options):
    return replace(study_of(kind, **options), halving=factor, task_size=task_size)


def judged_alone(study, number, epochs):
    """The losses on the training and the validation rows of a run of its own after so many epochs."""
    run = Run(study.scenario, settings=study.settings_of(number))
    while not run.finished and run.timeline.length < epochs * run.timeline.steps_per_epoch:
        run.advance(epochs * run.timeline.steps_per_epoch - run.timeline.length)
    trainer = run.trainer
    watched = trainer.validation
    return trainer.judge(trainer.inputs, trainer.targets)[0], watched and trainer.judge(*watched)[0]


@pytest.mark.parametrize("kind", [VALIDATED, "penalties and bounds", "alone: l-bfgs"])
def test_at_each_rung_the_combinations_go_on_whose_seeds_are_best_by_their_mean(kind):
    study = halved(kind, factor=2)
    table, seeds = swept(study), 3
    left = [*range(len(study.grid) // seeds)]
    combinations = len(left)
    for index, rung in enumerate(study.rungs):
        assert rung.combinations == len(left) == -(-combinations // 2**index)
        last = rung.epochs == study.plan.train.epochs
        assert rung.is_last == last
        alone = {one: [judged_alone(study, one * seeds + at, rung.epochs) for at in range(seeds)] for one in left}
        mean = {one: np.mean([v if v is not None else loss for loss, v in found]) for one, found in alone.items()}
        kept = [] if last else sorted(sorted(left, key=mean.get)[: study.rungs[index + 1].combinations])
        for one in set(left) - set(kept):
            for at, (loss, val) in enumerate(alone[one]):
                row = table.rows[one * seeds + at]
                if row["rounding"] != RESTS:
                    np.testing.assert_allclose(row["loss"], loss, rtol=1e-9)
                    assert val is None or row["val"] == pytest.approx(val, rel=1e-9)
                assert (REASONS[row["stop"]] == "halving") == (not last)
                assert row["epochs"] == rung.epochs
        left = kept or left
    assert sorted({int(one) // seeds for one in table.in_last}) == left
    assert ranking(study, table).best[0].settings == study.grid.settings(left[0] * seeds)


def test_what_is_saved_are_the_epochs_that_nobody_trained():
    study = halved("gradient descent", factor=2, marks=False)
    found = as_object(study, swept(study))
    saved = found["halving"]
    assert [(one["epochs"], one["runs"]) for one in saved["rungs"]] == [(10, 12), (20, 6), (40, 3)]
    assert saved["epochs_trained"] == 10 * 12 + 20 * 6 + 40 * 3
    assert saved["epochs_without"] == 40 * 12
    assert saved["saved"] == pytest.approx(0.25)
    assert sorted(one.get("stopped_after", 40) for one in found["members"]) == [10] * 6 + [20] * 3 + [40] * 3


def test_a_combination_with_a_seed_that_diverged_goes_on_after_all_others():
    grid = Grid((parse_axis("schedule.rate=1,2,3,4"), parse_axis("random.seed=1,2")))
    figures = np.array([0.1, np.nan, 9.0, 9.0, 0.5, 0.7, np.inf, 0.0])
    everyone = np.arange(8)
    assert best_members(grid, figures, everyone, 2).tolist() == [2, 3, 4, 5]
    assert best_members(grid, figures, everyone, 3).tolist() == [0, 1, 2, 3, 4, 5]
    assert best_members(grid, figures, everyone[2:], 3).tolist() == [2, 3, 4, 5, 6, 7]


def test_any_number_of_workers_and_any_break_gives_the_same_table_bit_for_bit():
    study = halved("adam in batches", factor=2, task_size=2)
    whole = swept(study)
    assert len(study.rungs) == 4
    assert whole.rows.tobytes() == swept(study, 3).rows.tobytes()
    tasks = sum(one.task_count for one in study.rungs)
    assert whole.done == {*range(tasks)}
    for broken in range(1, tasks):
        first, again = OutcomeTable(study), OutcomeTable(study)
        while len(first.done) < broken:
            event = next(one for one in trained_here(study, first.left[-1:]) if isinstance(one, Done))
            first.put(event.task, event.outcomes)
            again.put(again.task(event.task.number), event.outcomes)
        assert [one.number for one in again.left] == [one.number for one in first.left]
        assert [one.members.tolist() for one in again.left] == [one.members.tolist() for one in first.left]


def test_where_nothing_can_be_stopped_early_it_says_so():
    with pytest.raises(ScenarioError, match="there is nothing to stop early"):
        OutcomeTable(replace(study_of("gradient descent", epochs=2), halving=3))


def test_epochs_are_not_searched_by_what_sets_them():
    study = study_of("gradient descent", epochs=9)
    grid = Grid((parse_axis("train.epochs=9,1,3"),))
    with pytest.raises(ScenarioError, match=r"--halving: does not go with --over train\.epochs"):
        OutcomeTable(replace(study, grid=grid, halving=3))


@pytest.mark.parametrize("lengths", [(3,), (70, 70), (5000,), (40, 9, 17)])
@pytest.mark.parametrize("size", [1, 100, 4096])
def test_parts_are_counted_without_being_made(lengths, size):
    names = ("schedule.rate", "optimizer.momentum", "regularization.l2")
    axes = [parse_axis(f"{name}=1:9:linear:{n}") for name, n in zip(names, lengths, strict=False)]
    grid = Grid(tuple(axes), (1, 2))
    parts = grid.parts(size)
    assert grid.part_count(size) == len(parts)
    assert sorted(np.concatenate(parts)) == list(range(len(grid)))
