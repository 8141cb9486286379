"""What a sweep answers in words: the best settings, how many others do as well, and where to look further."""

import tracemalloc

import numpy as np
import pytest
from test_runs import study_of

from nnsim.cli.sweep_summary import as_text
from nnsim.scenario.sweep_axes import parse_axis
from nnsim.sweep.grid import Grid, seeds_from
from nnsim.sweep.outcome_table import OutcomeTable
from nnsim.sweep.results import ranking
from nnsim.sweep.study import Study
from nnsim.training.outcome import Outcomes

RATES = "schedule.rate=0.01:1:log:3"
# Of each rate the losses with three seeds. Seeds differ more than rates: only pairs of one seed tell them apart.
SEEDS = np.array([0.2, 0.5, 0.8])
PLAINLY_WORSE, ABOUT_AS_GOOD = SEEDS + np.array([0.10, 0.11, 0.12]), SEEDS + np.array([-0.02, 0.0, 0.03])


def table_of(losses, axis=RATES):
    given = study_of("gradient descent", marks=False)
    losses = np.array(losses)
    seeds = seeds_from(1, losses.shape[1]) if losses.shape[1] > 1 else None
    study = Study(given.scenario, None, given.settings, Grid((parse_axis(axis),), seeds), marks=False)
    table = OutcomeTable(study)
    found = Outcomes.empty(len(study.grid))
    found.table["loss"] = losses.ravel()
    for task in table.left:
        table.put(task, Outcomes(found.table[task.members]))
    return study, table


@pytest.mark.parametrize(
    ("others", "as_good", "said"),
    [
        (
            [PLAINLY_WORSE, PLAINLY_WORSE],
            0,
            "none of 2 other combinations does as well, within",
        ),
        ([PLAINLY_WORSE, ABOUT_AS_GOOD], 1, "1 of 2 other combinations do as well, within"),
    ],
)
def test_seeds_are_compared_one_by_one(others, as_good, said):
    study, table = table_of([others[0], SEEDS, others[1]])
    found = ranking(study, table)
    assert found.best[0].settings == pytest.approx({"schedule.rate": 0.1})  # the last bit is NumPy's affair
    assert (found.as_good, found.others) == (as_good, 2)
    lines = as_text(study, table, 1.0).splitlines()
    assert "the answer: schedule.rate = 0.1, with a loss of 0.5, the mean of 3 seeds" in lines
    assert f"{said} what seeds differ by" in lines
    assert "beyond" not in lines[-1]


def test_the_best_at_an_end_of_its_range_is_told():
    study, table = table_of([PLAINLY_WORSE, PLAINLY_WORSE, SEEDS])
    last = as_text(study, table, 1.0).splitlines()[-1]
    assert last == "schedule.rate stands at an end of its range: the best may lie beyond"
    study, table = table_of([PLAINLY_WORSE, PLAINLY_WORSE, SEEDS], axis="schedule.rate=0.01,0.1,1.0")
    assert "beyond" not in as_text(study, table, 1.0), "a list has no ends"


def test_of_one_seed_nothing_is_said_of_chance():
    study, table = table_of([[0.3], [0.2], [0.4]])
    assert as_text(study, table, 1.0).splitlines()[-1] == "the answer: schedule.rate = 0.1, with a loss of 0.2"


def test_a_combination_with_a_run_that_diverged_is_no_answer():
    study, table = table_of([[0.1, np.nan, 0.1], SEEDS, PLAINLY_WORSE])
    assert [one.settings["schedule.rate"] for one in ranking(study, table).best] == pytest.approx([0.1, 1.0])


def test_a_summary_needs_far_less_memory_than_the_table():
    study, table = table_of(np.ones((200, 100)), "schedule.rate=0.01:1:log:200")
    as_text(study, table, 1.0)  # imports what it needs
    tracemalloc.start()
    as_text(study, table, 1.0)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 0.9 * table.rows.nbytes
