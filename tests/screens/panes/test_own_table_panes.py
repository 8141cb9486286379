"""Panes for tables: predicted against actual, importance, and the units of the data wherever a number stands."""

import numpy as np
import pytest
from harness import opened

from nnsim.analysis.feature_importance import columns_of, permutation_importance
from nnsim.analysis.scoring import in_units
from nnsim.scenario.from_data import chosen_task
from nnsim.session.session import Session
from nnsim.training.trainer import Trainer
from screens.app import NnsimApp
from screens.plots import Chart

NOISE = np.random.default_rng(8).normal(size=(80, 3)).round(3)


@pytest.fixture
def table(tmp_path):
    """A session on a table of flats: rents around 1,000 of sizes, of towns, and of a column that says nothing."""

    def make(target="rent", settings=None):
        rents = 1000 + 300 * NOISE[:, 0] + 30 * NOISE[:, 1]
        rows = [
            f"{50 + 10 * size:.2f},{'Rome' if i % 2 else 'Oslo'},{nothing},{rent + 200 * (i % 2):.2f},"
            f"{'high' if rent > 1000 else 'low'}"
            for i, ((size, _, nothing), rent) in enumerate(zip(NOISE, rents, strict=True))
        ]
        path = tmp_path / "flats.csv"
        path.write_text("size,town,nothing,rent,level\n" + "\n".join(rows) + "\n")
        given = {"train.epochs": 30, "data.ignore": ["level" if target == "rent" else "rent"], **(settings or {})}
        task = chosen_task(str(path), [target], None, given)
        return Session.of_scenario(task.scenario, None, task.settings)

    return make


@pytest.fixture
def opened_table(table):
    """Opens it at its end, with one pane alone."""

    def make(pane, *, size=(100, 30), **given):
        session = table(**given)
        session.motion.head_for(session.view.end)
        return opened(NnsimApp(session), size, panes=(pane,))

    return make


async def test_points_lie_over_the_actual_values_in_their_unit(opened_table):
    async with opened_table("predicted") as bench:
        track = bench.session.view.focused
        plan, step = track.timeline.plan, bench.session.cursor.step
        found = in_units(plan, track.evaluation(step))
        chart = bench.pane.plot.picture
        assert isinstance(chart, Chart)
        line, training, validation = chart.curves
        assert (training.name, validation.name) == ("training", "validation")
        assert np.array_equal(line.x, line.low)
        rows = track.asked_at(step).validation_rows
        assert np.array_equal(validation.x, found.targets[rows, 0])
        assert np.array_equal(validation.low, found.predictions[rows, 0])
        assert 300 < validation.x.min() < validation.x.max() < 2500
        assert (chart.x_label, chart.y_label) == ("actual rent", "predicted rent")
        await bench.press("r")
        chart = bench.pane.plot.picture
        assert np.allclose(chart.curves[2].low, (found.predictions - found.targets)[rows, 0])
        assert chart.y_label == "predicted - actual"


async def test_classes_have_a_matrix_for_each_part(opened_table):
    async with opened_table("predicted", target="level") as bench:
        text = bench.text()
        assert "training: " in text
        assert "validation: " in text
        assert "says low" in text


async def test_the_importance_of_columns_is_drawn_the_largest_first(opened_table):
    async with opened_table("importance") as bench:
        names = [bar.name for bar in bench.pane.plot.picture.bars]
        assert names == ["size", "town", "nothing"]
        assert "rise of the loss without it" in bench.text()


@pytest.mark.parametrize("pane", ["data", "predictions", "metrics", "network"])
async def test_numbers_are_in_the_unit_of_the_data(opened_table, pane):
    async with opened_table(pane) as bench:
        track = bench.session.view.focused
        found = track.evaluation(bench.session.cursor.step)
        error = np.abs(
            in_units(track.timeline.plan, found).predictions - in_units(track.timeline.plan, found).targets
        )
        text = "\n".join(bench.rows)
        if pane == "metrics":
            rows = track.asked_at(bench.session.cursor.step).rows
            assert f"mean absolute error {error[rows].mean():.3g}" in text
        elif pane == "network":
            target = in_units(track.timeline.plan, found).targets[0, 0]
            assert f"target {target:.3g}" in text or f"target {target:.0f}" in text
            assert "size" in text
            assert "Oslo" in text
        else:
            worst = in_units(track.timeline.plan, found).targets[int(error[:, 0].argmax()), 0]
            assert f"{worst:.3g}" in text or f"{worst:.0f}" in text


def test_importance_of_a_network_that_is_exact_is_what_the_formula_says(tmp_path):
    path = tmp_path / "rows.csv"
    path.write_text("a,b,c,y\n" + "".join(f"{a},{b},{c},{3 * a - b}\n" for a, b, c in NOISE))
    settings = {"model.hidden": [], "data.standardize": False, "data.standardize_target": False}
    task = chosen_task(str(path), ["y"], None, {**settings, "train.validation": 0.0})
    trainer = Trainer(task.scenario.plan(None, task.settings))
    trainer.parameters[...] = [3.0, -1.0, 0.0, 0.0]
    found, part = permutation_importance(trainer)
    assert part == "training"
    assert [one.column for one in found] == ["a", "b", "c"]
    rng = np.random.default_rng(0)
    orders = [rng.permutation(80) for _ in range(3)]
    for one, weight, column in zip(found, (3.0, -1.0, 0.0), NOISE.T, strict=True):
        rises = [((weight * (column[order] - column)) ** 2).mean() for order in orders]
        assert one.loss == pytest.approx(np.mean(rises), rel=1e-9, abs=1e-12)


def test_inputs_of_one_column_change_places_together(table):
    plan = table().focused.timeline.plan
    assert [(name, places.tolist()) for name, places in columns_of(plan)] == [
        ("size", [0]), ("town", [1, 2]), ("nothing", [3])
    ]  # fmt: skip


async def test_of_a_large_table_some_rows_are_asked(opened_table, monkeypatch):
    async with opened_table("predicted") as bench:
        whole = bench.pane.plot.picture.curves
        monkeypatch.setattr("screens.panes.predicted_actual.MANY_ROWS", 10)
        monkeypatch.setattr("screens.panes.predicted_actual.MOST_POINTS", 12)
        await bench.press("left", "right", "end")
        some = bench.pane.plot.picture.curves
        for before, after in zip(whole[1:], some[1:], strict=True):
            assert len(after.x) <= 12
            assert set(after.x.tolist()) <= set(before.x.tolist())
            lookup = dict(zip(before.x.tolist(), before.low.tolist(), strict=True))
            assert after.low.tolist() == pytest.approx([lookup[x] for x in after.x.tolist()], rel=1e-12)
        assert " of 80 rows" in "\n".join(bench.rows)
