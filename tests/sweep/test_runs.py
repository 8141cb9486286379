"""Each member of a sweep is the run that its settings make."""

import numpy as np
import pytest

from nnsim.scenario.scenario import parse_scenario
from nnsim.scenario.sweep_axes import parse_axis
from nnsim.sweep.grid import Grid, seeds_from
from nnsim.sweep.members import Assembly, different, part_with, reason_alone
from nnsim.sweep.outcome_table import OutcomeTable
from nnsim.sweep.results import as_object
from nnsim.sweep.study import Study
from nnsim.sweep.task import RESTS, STANDS
from nnsim.sweep.workers import Done, trained
from nnsim.timeline.run import Run
from nnsim.training.outcome import Goal
from nnsim.training.population import starts_of

HEAD = 'title = "t"\nsummary = "s"\n'
PARITY = '[data]\nkind = "parity"\nbits = 3\n'
CIRCLE = '[data]\nkind = "circle"\n'
HIDDEN = "[model]\nhidden = [3]\n"
TANH = '[model]\nhidden = [4, 2]\nactivation = "tanh"\n'
RATE = "schedule.rate=0.02:2:log:4"

# Kinds: the scenario, what is swept, the goal.
KINDS = {
    "gradient descent": (PARITY + HIDDEN, [RATE], "loss<0.25"),
    "legacy generator, no biases": (
        PARITY + '[model]\nhidden = [2]\nbias = false\n[random]\ngenerator = "legacy"\n',
        [RATE, "random.seed=3:5:linear:3"],
        "accuracy>0.5",
    ),
    "start and momentum": (
        PARITY + HIDDEN + 'initializer = "normal"\n[optimizer]\nkind = "momentum"\n',
        ["optimizer.momentum=0,0.9", "initializer.deviation=0.5:2:log:3"],
        None,
    ),
    "adam in batches": (
        PARITY + TANH + '[optimizer]\nkind = "adam"\n[train]\nbatch_size = 3\n',
        ["schedule.rate=0.01,0.1", "optimizer.beta1=0.5,0.9", "optimizer.epsilon=1e-8,1e-3"],
        "loss<0.2",
    ),
    "adamw, rmsprop and cosine": (
        PARITY + TANH + '[schedule]\nkind = "cosine"\nwarmup = 5\n',
        ["schedule.rate=0.01,0.1", 'optimizer.kind="adamw","rmsprop","lion"', "schedule.minimum=0,0.001"],
        None,
    ),
    "rows of each seed, validation, batches": (
        CIRCLE + HIDDEN + "[train]\nbatch_size = 32\nvalidation = 0.2\ntest = 0.1\n",
        [RATE, "data.noise=0,0.2"],
        "val<0.2",
    ),
    "early stopping": (
        CIRCLE + HIDDEN + "[train]\nvalidation = 0.3\n[train.early_stopping]\npatience = 2\n",
        ["schedule.rate=1:20:log:4"],
        None,
    ),
    "a rate of each layer": (
        PARITY + HIDDEN + '[optimizer]\nkind = "adam"\n[schedule]\nrate = 0.05\n',
        [
            "schedule.layer_rates.layer1=0.01:1:log:3",
            "schedule.layer_rates.layer2=0.1,0.02",
            "schedule.rate=0.05,0.1",
        ],
        None,
    ),
    "targets": (PARITY + HIDDEN, [RATE, "train.target_loss=0.24,0.25"], "loss<0.249"),
    "penalties and bounds": (
        PARITY + HIDDEN + "[regularization]\nbiases = true\n",
        ["regularization.l1=0,0.01", "regularization.l2=0,0.1", "regularization.max_norm=0.5,3"],
        None,
    ),
    "decay and clipping by layer": (
        PARITY + TANH + '[clipping]\nkind = "layer-norm"\n',
        ["regularization.weight_decay=0,0.01", "clipping.limit=0.001,1"],
        None,
    ),
    "clipping by value and as a whole": (
        PARITY + HIDDEN,
        ['clipping.kind="value","global-norm"', "clipping.limit=0.001,0.01,1"],
        None,
    ),
    "divergence": (
        PARITY + '[model]\nhidden = [3]\nactivation = "relu"\noutput = "linear"\n',
        ["schedule.rate=0.1:1000:log:7"],
        "loss<0.3",
    ),
    "classes": (
        '[data]\nkind = "parity"\nbits = 3\n[model]\nhidden = [4]\noutput = "softmax"\n'
        '[loss]\nkind = "softmax-cross-entropy"\n',
        [RATE],
        None,
    ),
    "float32, shapes": (PARITY + '[train]\nprecision = "float32"\n', [RATE, "model.hidden=[2],[3,2]"], None),
    "alone: l-bfgs": (PARITY + HIDDEN + '[optimizer]\nkind = "l-bfgs"\n', ["regularization.l2=0,0.01"], "loss<0.2"),
    "alone: dropout, plateau": (
        PARITY + '[model]\nlayers = [{ kind = "dense", units = 3 }, { kind = "dropout", rate = 0.2 }]\n'
        '[schedule]\nkind = "reduce-on-plateau"\npatience = 2\n',
        ["schedule.rate=0.1,1"],
        None,
    ),
}


def study_of(kind, marks=True, epochs=40):
    text, axes, goal = KINDS[kind]
    scenario = parse_scenario(HEAD + text, name="swept", source="swept.toml")
    axes = tuple(map(parse_axis, axes))
    seeds = None if any(one.key == "random.seed" for one in axes) else seeds_from(7, 3)
    settings = {"train.epochs": epochs}
    return Study(scenario, None, settings, Grid(axes, seeds), goal and Goal.parse(goal), marks)


def swept(study, workers=1):
    table = OutcomeTable(study)
    while not table.whole:
        for event in trained(study, table.left, workers):
            if isinstance(event, Done):
                table.put(event.task, event.outcomes)
    assert table.known.all()
    return table


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_a_member_is_the_run_of_its_settings(kind):
    study = study_of(kind)
    table = swept(study)
    assert bool(reason_alone(study.plan)) == kind.startswith("alone")
    close = {"rtol": 1e-4, "atol": 1e-5} if "float32" in kind else {"rtol": 1e-9, "atol": 1e-12}
    firm = 0
    for number, row in enumerate(table.rows):
        if row["rounding"] == RESTS:
            continue
        firm += 1
        run = Run(study.scenario, settings=study.settings_of(number))
        while not run.finished:
            run.advance(1000)
        timeline, stop = run.timeline, run.timeline.stop
        diverged = stop.reason == "diverged"
        said = f"{kind}: {study.settings_of(number)}"
        assert row["steps"] == stop.step, said
        assert row["diverged_at"] == (stop.step if diverged else 0), said
        evaluation = run.trainer.evaluate()
        losses = timeline.series["loss"].values(0, timeline.length)
        with np.errstate(all="ignore"):
            lowest = np.min(losses[np.isfinite(losses)])
        np.testing.assert_allclose(row["best"], lowest, **close, err_msg=said)
        if not diverged:
            np.testing.assert_allclose(row["loss"], evaluation.loss, **close, err_msg=said)
            if evaluation.accuracy is not None:
                np.testing.assert_allclose(row["accuracy"], evaluation.accuracy, err_msg=said)
        if run.trainer.validation is not None and not diverged:
            validated = timeline.series["validation_loss"].values(0, 10**6)
            np.testing.assert_allclose(row["best_val"], validated.min(), **close, err_msg=said)
            np.testing.assert_allclose(row["val"], run.trainer.judge(*run.trainer.validation)[0], **close)
        if run.trainer.test is not None and not diverged:
            np.testing.assert_allclose(row["test"], run.trainer.judge(*run.trainer.test)[0], **close, err_msg=said)
    assert firm > len(table.rows) / 2, "most of them do not rest on rounding"


def test_the_goal_is_counted_in_epochs_from_the_first_that_meets_it():
    study = study_of("rows of each seed, validation, batches")
    table = swept(study)
    reached = 0
    for number, row in enumerate(table.rows):
        run = Run(study.scenario, settings=study.settings_of(number))
        while not run.finished:
            run.advance(1000)
        met = np.flatnonzero(run.timeline.series["validation_loss"].values(0, 10**6) < 0.2)
        assert row["epochs_to"] == (met[0] + 1 if len(met) else 0)
        reached += len(met) > 0
    assert 0 < reached < len(table.rows)


def test_any_number_of_workers_gives_the_same_table_bit_for_bit():
    study = study_of("adam in batches")
    study = Study(study.scenario, None, study.settings, study.grid, study.goal, task_size=5)
    assert len(study.tasks) > 3
    assert swept(study, 1).rows.tobytes() == swept(study, 3).rows.tobytes()


def test_a_chaotic_run_rests_on_rounding_and_a_quiet_one_does_not():
    """Small rates of a loss that falls amplify nothing; beyond the border it is rounding that decides."""
    study = study_of("divergence", epochs=200)
    marks = swept(study).rows["rounding"].reshape(study.grid.shape)
    assert (marks[0] == STANDS).all()
    assert set(np.unique(marks)) <= {RESTS, STANDS}


def test_the_result_as_json_has_the_members_in_the_order_of_the_grid():
    study = study_of("start and momentum", marks=False)
    found = as_object(study, swept(study))
    assert [one["key"] for one in found["axes"]] == ["optimizer.momentum", "initializer.deviation"]
    assert len(found["members"]) == 2 * 3 * 3
    assert [one["seed"] for one in found["members"][:4]] == [7, 8, 9, 7]
    names = ["settings", "seed", "loss", "best", "val", "test", "accuracy", "epochs_to", "diverged_at"]
    assert list(found["members"][0]) == names
    assert found["members"][3]["settings"] == {"optimizer.momentum": 0, "initializer.deviation": 1.0}


@pytest.mark.parametrize("rows", [1, 2, 4])
def test_different_columns_are_those_that_numpy_finds(rows):
    rng = np.random.default_rng(rows)
    columns = rng.integers(0, 3, (rows, 200)) * rng.integers(1, 2**40, (rows, 1))
    found, which = different(columns)
    wanted, places = np.unique(columns, axis=1, return_inverse=True)
    assert np.array_equal(found, wanted)
    assert np.array_equal(which, places.reshape(-1))


@pytest.mark.parametrize(
    ("table", "settings"),
    [
        ("schedule", {"schedule.rate": 3}),
        ("schedule", {"schedule.rate": 0.25, "schedule.warmup": 2}),
        ("optimizer", {"optimizer.epsilon": 1e-3, "optimizer.beta1": 0.5}),
        ("regularization", {"regularization.l1": 1}),
        ("train", {"train.target_loss": 0.125}),
        ("initializer", {"initializer.deviation": 2}),
    ],
)
def test_a_part_with_other_numbers_is_the_one_that_a_plan_of_them_has(table, settings):
    text = PARITY + HIDDEN + 'initializer = "normal"\n[optimizer]\nkind = "adam"\n'
    scenario = parse_scenario(HEAD + text, name="probe", source="probe.toml")
    prefix = "model.initializer." if table == "initializer" else f"{table}."
    found = part_with(getattr(scenario.plan(), table), prefix, settings)
    assert found == getattr(scenario.plan(None, settings), table)
    assert repr(found) == repr(getattr(scenario.plan(None, settings), table))  # 3 is 3.0, but another type


@pytest.mark.parametrize("settings", [{"schedule.rate": -1}, {"schedule.period": 3}, {"optimizer.epsilon": 1e-3}])
def test_what_is_no_setting_of_a_part_is_left_to_a_plan_to_refuse(settings):
    scenario = parse_scenario(HEAD + PARITY + HIDDEN, name="probe", source="probe.toml")
    assert part_with(scenario.plan().schedule, "schedule.", settings) is None


def test_tasks_that_share_their_starts_draw_them_once_and_others_their_own(monkeypatch):
    study = study_of("start and momentum", marks=False)
    drawn = []
    monkeypatch.setattr(
        "nnsim.sweep.members.starts_of", lambda *args: (drawn.append(len(args[2])), starts_of(*args))[1]
    )
    assembly, size = Assembly(study), len(study.grid) // 2  # half of them: one momentum, all deviations and seeds
    parts = [np.arange(size), np.arange(size, 2 * size), np.arange(3)]
    for numbers in parts:
        (group,) = assembly.groups(numbers)
        (alone,) = Assembly(study).groups(numbers)
        assert np.array_equal(group.together.starts, alone.together.starts)
    assert drawn == [size, size, size, 3, 3]
