"""The panes of arithmetic, weights, metrics and narration show what the engine computes, at every size."""

import asyncio
import re
from dataclasses import replace
from itertools import product
from types import SimpleNamespace

import numpy as np
import pytest
from harness import redraw, shown

from nnsim.analysis.chain_rule import Place
from nnsim.analysis.weight_histograms import UnitCount, histogram
from nnsim.session.session import Session
from nnsim.text.number_format import percent
from nnsim.timeline import Cursor
from screens.app import NnsimApp
from screens.panes import PANES
from screens.panes.arithmetic_text import WeightText
from screens.panes.metrics import confusion_lines
from screens.panes.step_arrays import matrix
from screens.panes.weights import LayerRow, ridge_steps
from screens.plots import Axis, Look, number
from screens.terminal.filters import plain
from screens.workbench.workbench import Workbench

NAMES = ("arithmetic", "weights", "metrics", "narrator")
RELU = '[model]\nhidden = [3]\nactivation = "relu"\n'
BATCHES = "[model]\nhidden = [3, 2]\n[train]\nbatch_size = 3\nvalidation = 0.25\n"
GUESSES = '[solver]\nkind = "random-search"\n'


@pytest.fixture
def fly(small_scenario):
    """Opens a workbench of the four panes on a small scenario, in a terminal of a size."""

    def opened(extra="[model]\nhidden = [3]\n", size=(120, 40), names=NAMES):
        head = f"panes = [{', '.join(repr(name) for name in names)}]\n"
        return NnsimApp(Session.of_scenario(small_scenario(extra, head))).run_test(size=size)

    return opened


async def at(pilot, step, phase=0):
    """Put the cursor somewhere and wait until it is drawn."""
    await pilot.pause()
    bench = next(screen for screen in pilot.app.screen_stack if isinstance(screen, Workbench))
    if not bench.slots.side_by_side:
        bench.slots.side_by_side = True
        bench.rearrange()
    session = bench.session
    session.motion.head_for(Cursor(step, phase))
    while (track := session.training.lagging()) is not None:
        session.training.train(track, 4096)
    redraw(bench)
    await pilot.pause()
    return bench


def text(pane):
    """The lines that a pane shows."""
    return "\n".join(shown(pane.lines))


def told(pane):
    """All lines of a pane, shown or not."""
    return "\n".join(line.plain for line in pane.lines.content)


def pane(bench, name):
    return next(one for one in bench.panes if isinstance(one, PANES[name]))


@pytest.mark.parametrize(
    ("data", "names"),
    [("degree = 3", ("x1", "x2", "x1^2", "x1 x2")), ('features = ["xy", "sin x"]', ("xy", "sin x"))],
)
def test_a_weight_is_told_by_the_feature_that_it_multiplies(small_scenario, data, names):
    plan = small_scenario(data + "\n[model]\nhidden = [2]\n").plan()
    for source, name in enumerate(names):
        assert WeightText(plan, Place(0, source, 1), 0, 80).name == f"layer1, w from {name} to unit 2"


async def test_the_update_adds_up_as_it_is_written(fly):
    async with fly() as pilot:
        bench = await at(pilot, 12)
        shown = told(pane(bench, "arithmetic"))
        track = bench.session.focused
        before = track.trainer_at(11).parameters[0]
        after = track.trainer_at(12).parameters[0]
        assert "w_new = w - rate * g" in shown
        w, rate, g = (float(one.strip("()")) for one in re.findall(r"= (\S+) - (\S+) \* (\S+)", shown)[1])
        assert (w, w - rate * g) == (pytest.approx(before, rel=1e-4), pytest.approx(after, rel=1e-4))
        assert f"\n  = {after:.5g}\n" in shown


async def test_the_update_of_adam_is_written_line_by_line(fly):
    extra = '[model]\nhidden = [3]\n[optimizer]\nkind = "adam"\n[clipping]\nkind = "value"\nlimit = 1e-4\n'
    async with fly(extra, names=("arithmetic",)) as pilot:
        bench = await at(pilot, 12)
        shown = told(pane(bench, "arithmetic"))
        after = bench.session.focused.trainer_at(12)
        assert "clipped (value): g " in shown
        assert "t = t + 1\n  = 11 + 1 = 12\nm = beta1 * m + (1 - beta1) * g\n" in shown
        written = shown[shown.index("w_new = ") :].split("\n  = ")[1].split("\n")[0]
        printed = eval(written, {"sqrt": np.sqrt})
        assert printed == pytest.approx(after.parameters[0], rel=1e-3)
        assert f"\n  = {after.parameters[0]:.5g}\n" in shown


async def test_the_rows_of_the_chain_rule_add_up_as_they_are_written(fly):
    async with fly() as pilot:
        bench = await at(pilot, 12, 3)
        await pilot.press("i")  # x2, which is 1 in two rows
        shown = told(pane(bench, "arithmetic"))
        assert "backward: layer1, w from x2 to unit 1" in shown
        rows = re.findall(r"(?m)^[> ]  +\d+ +(\S+) +(\S+) +(\S+)$", shown)
        assert len(rows) == 4
        for delta, value, term in rows:
            assert float(delta) * float(value) == pytest.approx(float(term), rel=1e-4)
        gradient = bench.session.focused.trainer_at(12, 3).entered.layers[0].gradient[1, 0]
        assert sum(float(term) for _, _, term in rows) == pytest.approx(gradient, rel=1e-4)
        assert f"dC/dw = sum of delta * x2 = {gradient:.6g}" in shown
        assert ": agrees" in shown


async def test_keys_choose_layer_input_unit_and_row_and_take_a_count(fly):
    async with fly() as pilot:
        bench = await at(pilot, 12, 3)
        one = pane(bench, "arithmetic")
        await pilot.press("u", "u", "i")
        assert one.place == Place(0, 1, 2)
        await pilot.press("U", "I")
        assert one.place == Place(0, 0, 1)
        await pilot.press("I")
        assert "bias of unit 2" in told(one)
        assert "sum of delta =" in told(one)
        await pilot.press("a")
        assert one.place == Place(1, 2, 0)
        assert "w from a3 to y" in told(one)
        assert "= dC/da * f'(z)" in told(one)
        await pilot.press("A", "2", "n")
        assert one.row == 2
        assert re.search(r"(?m)^>   3 ", told(one))
        assert "delta of unit 1 in row 3" in told(one)
        await pilot.press("N", "right")
        assert one.row == 1
        assert bench.session.cursor == Cursor(13)


@pytest.mark.parametrize(("phase", "expected"), [(1, "z = sum of input * w, row 1/4"), (2, "loss: C = ")])
async def test_forward_and_loss_show_their_sums(fly, phase, expected):
    async with fly() as pilot:
        bench = await at(pilot, 5, phase)
        await pilot.press("n", "n", "n")
        shown = told(pane(bench, "arithmetic"))
        assert expected.replace("row 1", "row 4") in shown
        network = bench.session.focused.trainer_at(5, phase).entered
        if phase == 1:
            terms = [float(line.split()[-1]) for line in shown.splitlines() if re.match(r"[> ] +(x\d|bias) ", line)]
            assert sum(terms) == pytest.approx(network.layers[0].z[0, 3], rel=1e-4)
            assert f"z = {network.layers[0].z[0, 3]:.6g}" in shown
        else:
            deltas = [float(line.split()[-1]) for line in shown.splitlines() if re.match(r"[> ] +\d ", line)]
            assert deltas == pytest.approx(network.layers[-1].delta[0].tolist(), rel=1e-4)
            assert re.search(r"C = (sum|mean) of C of row = (\S+)", shown)[2] == f"{network.value():.6g}"


async def test_random_search_has_no_chain_rule(fly):
    async with fly(GUESSES) as pilot:
        bench = await at(pilot, 5)
        assert "no chain rule" in told(pane(bench, "arithmetic"))


async def test_histograms_of_the_pane_are_those_of_the_weights(fly):
    async with fly("[model]\nhidden = [40]\n") as pilot:
        bench = await at(pilot, 300)
        one = pane(bench, "weights")
        layer = bench.session.focused.timeline.plan.network.layers[0]
        now = layer.weights(bench.session.focused.trainer_at(300).parameters).ravel()
        axis, line = (
            one._axes["layer1"],
            next(row for row in told(one).splitlines() if row.lstrip().startswith("now")),
        )
        cells = line[13:]
        counts = histogram(now, axis.low, axis.high, len(cells)).counts
        assert counts.sum() == now.size
        assert [cell != " " for cell in cells] == [count > 0 for count in counts]
        assert f"layer1: {now.size} weights" in told(one)


async def test_the_ridge_shows_the_weights_of_the_steps_it_names(fly):
    async with fly("[model]\nhidden = [40]\n", size=(100, 60), names=("weights",)) as pilot:
        bench = await at(pilot, 1000)
        one = pane(bench, "weights")
        assert [int(step.replace(",", "")) for step in re.findall(r"epoch ([\d,]+)", told(one))] == [
            *range(0, 1000, 64),
            *range(0, 1000, 64),
        ]
        walk = one.earlier.walk_of(bench.session.focused.timeline)
        for step in range(0, 1000, 64):
            flat = walk.at([step])[0]
            assert np.array_equal(flat, bench.session.focused.trainer_at(step).parameters)


@pytest.mark.parametrize("step", [0, 1, 7, 8, 9, 255, 256, 10_000, 10_001])
@pytest.mark.parametrize("per_epoch", [1, 6])
def test_ridge_steps_are_few_and_stay(step, per_epoch):
    steps = ridge_steps(step, 8, per_epoch)
    assert len(steps) <= 8
    assert steps == sorted(set(steps))
    assert all(one < step for one in steps)
    assert not step or steps[0] == 0
    if step >= 8 * per_epoch:
        assert len(steps) >= 4
        assert all(one % per_epoch == 0 for one in steps)


async def test_dead_units_are_named(fly):
    async with fly(RELU + 'output = "linear"\ninitializer = "zeros"\n') as pilot:
        bench = await at(pilot, 3)
        assert "3 of 3 dead" in told(pane(bench, "weights"))
        assert "3 units dead" in str(pane(bench, "weights").border_subtitle)


async def test_metrics_count_training_and_validation_rows_apart(fly):
    async with fly(BATCHES) as pilot:
        bench = await at(pilot, 40)
        shown = told(pane(bench, "metrics"))
        assert "training: 3 rows" in shown
        assert "validation: 1 row\n" in shown
        trainer = bench.session.focused.trainer_at(40)
        right = ((trainer.predict(trainer.inputs) > 0.5) == (trainer.targets > 0.5)).sum()
        assert f"{right} right, {3 - right} wrong" in shown
        assert f"training {right}/3 right" in str(pane(bench, "metrics").border_subtitle)


def test_a_share_is_all_or_nothing_only_where_it_is():
    shares = [(1433, 1438), (1, 1), (0, 3), (1, 2), (9_999, 10_000), (1, 100_000), (10**9 - 1, 10**9), (1, 10**9)]
    assert [percent(right / of) for right, of in shares] == [
        "99.7%", "100%", "0%", "50%", "99.99%", "0.001%", ">99.99999%", "<0.00001%"
    ]  # fmt: skip


def test_aconfusion_lines_matrix_closes_up_and_gives_way_before_it_is_cut():
    counts = np.diag(np.arange(137, 147)) + np.eye(10, k=3, dtype=np.int64)
    names = tuple("0123456789")
    for room in range(20, 90):
        lines = confusion_lines(counts, names, room)
        assert max(line.cell_len for line in lines) <= max(room, 20), room
        assert (len(lines) == 11) == (room >= 4 + 10 * 5), room
    assert [line.plain for line in confusion_lines(counts, names, 40)] == [
        f"{i} answered as {i + 3}: 1" for i in range(5)
    ]


async def test_numbers_are_judged_by_their_distance(fly):
    async with fly('[model]\nhidden = [3]\noutput = "linear"\n') as pilot:
        bench = await at(pilot, 20)
        trainer = bench.session.focused.trainer_at(20)
        error = trainer.predict(trainer.inputs) - trainer.targets
        shown = told(pane(bench, "metrics"))
        assert f"mean absolute error {np.abs(error).mean():.3g}" in shown
        assert f"R² {1 - (error**2).sum():.3g}" in shown  # XOR's targets lie 0.5 from their mean: the sum is 1
        assert "accuracy" not in shown


async def test_the_narrator_names_trouble_beside_the_sentence(fly):
    async with fly("[model]\nhidden = [4, 4, 4, 4, 4]\n") as pilot:
        bench = await at(pilot, 200)
        shown = told(pane(bench, "narrator"))
        assert shown.startswith("! plateau")
        assert "on a plateau" in " ".join(shown.split())


SIZES = ((40, 12), (80, 24), (120, 40), (200, 50))
PLACES = ((0, 0), (0, 1), (9, 0), (9, 2), (9, 3), (260, 0))


@pytest.mark.parametrize("extra", ["[model]\nhidden = [3]\n", RELU, BATCHES, GUESSES, "[model]\nhidden = []\n"])
async def test_every_pane_stays_within_its_width_in_every_phase(fly, extra):
    async with fly(extra, size=SIZES[0]) as pilot:
        for size, (step, phase) in product(SIZES, PLACES):
            if pilot.app.size != size:
                await pilot.resize_terminal(*size)
            bench = await at(pilot, step, phase)
            for one in bench.panes:
                if one.display:
                    assert text(one).strip()
                    assert all(len(line) <= one.lines.size.width for line in text(one).splitlines())
                    # Histograms are drawn in ASCII where they must be; what else is shown has an ASCII likeness.
                    assert isinstance(one, PANES["weights"]) or "?" not in plain(text(one))
        assert bench.session.cursor == Cursor(260)


async def test_without_unicode_histograms_are_ascii(fly, monkeypatch):
    monkeypatch.setenv("LC_ALL", "C")
    async with fly() as pilot:
        bench = await at(pilot, 50)
        assert told(pane(bench, "weights")).isascii()


async def test_a_large_network_is_cut_to_what_can_be_read(fly):
    async with fly("[model]\nhidden = [200, 100]\n[train]\nbatch_size = 50\n") as pilot:
        bench = await at(pilot, 0)
        bench.session.editor.restart({"data.bits": 7})
        bench = await at(pilot, 3, 3)
        await pilot.press("9", "9", "9", "n")
        shown = told(pane(bench, "arithmetic"))
        last = bench.session.focused.trainer_at(3, 3).entered_rows[49]
        assert re.search(rf"(?m)^> +{last + 1} ", shown)
        assert "… and 76 more units" in shown
        assert len(shown.splitlines()) < 150


async def test_all_rows_of_parity_are_seen_where_they_fit(fly, scenario):
    found = replace(
        scenario("parity-4bit"), panes=("predictions", "loss", "lesson", "schedule", "arrays", "network")
    )
    async with NnsimApp(Session.of_scenario(found, "article")).run_test(size=(120, 40)) as pilot:
        predictions = pane(await at(pilot, 3), "predictions")
        shown = text(predictions).split("\n")
        assert len([line for line in shown if line.endswith(("right", "WRONG"))]) == 16
        assert predictions.border_title == "Predictions · x1-x4 target answer"  # heads that take no row
    async with NnsimApp(Session.of_scenario(found, "article")).run_test(size=(180, 26)) as pilot:
        bench = await at(pilot, 3)  # wide, but too low for 17 lines
        bench.slots.focus_pane(pane(bench, "predictions"))
        await pilot.press("z")
        shown = text(pane(await at(pilot, 3), "predictions"))
        assert len(re.findall("right|WRONG", shown)) == 16


@pytest.mark.parametrize("width", [38, 40, 45, 46, 47, 71, 80])
def test_an_array_wider_than_its_pane_ends_behind_a_whole_number(width):
    values = np.linspace(-1.0, 1.0, 14).reshape(2, 7) * 1.2345e-4
    _, *rows = (line.plain for line in matrix("W", values, width))
    for row, told in zip(values, rows, strict=True):
        assert len(told) <= width
        shown = told.removesuffix(" …").split()
        assert shown == [number(float(value)) for value in row[: len(shown)]]
        assert told.endswith(" …") == (len(shown) < 7) == (width < 62)


async def test_numbers_of_any_length_stand_in_columns(fly, scenario):
    found = replace(scenario("needle-in-a-haystack"), panes=("predictions",))
    async with NnsimApp(Session.of_scenario(found, "gradient-2")).run_test(size=(80, 24)) as pilot:
        head, *rows = text(pane(await at(pilot, 1), "predictions")).split("\n")[:20]
    assert len({len(row.split()[0]) for row in rows}) > 1  # 1.82 and 0.0639
    for name in ("x", "y"):
        end = re.search(rf"\b{name}\b", head).end()
        assert all(row[end - 1].isdigit() and row[end].isspace() for row in rows)


async def test_escape_gives_up_the_rest_of_the_ridge(fly, monkeypatch):
    async def nothing(advance, going, progress):
        await asyncio.Event().wait()

    monkeypatch.setattr("screens.panes.earlier_steps.AT_ONCE_S", 0.0)
    monkeypatch.setattr("screens.panes.earlier_steps.in_slices", nothing)
    async with fly("[model]\nhidden = [4]\n", names=("weights",)) as pilot:
        one = pane(await at(pilot, 200), "weights")
        assert str(one.border_subtitle).startswith("earlier steps, ")
        await pilot.press("escape")
        assert not str(one.border_subtitle).startswith("earlier steps, ")
        assert "epoch 0" in told(one)


@pytest.mark.parametrize(("width", "shown"), [(40, "layer1: 4 weights, 0 of 2 dead, -1 to 1"), (38, "0 of 2 dead")])
def test_a_low_layer_says_what_its_histogram_reaches_over_where_there_is_room(width, shown):
    layer, count = SimpleNamespace(name="layer1"), UnitCount("layer1", 2, 4, 0, None, None)
    row = LayerRow(layer, 0, width, Look())
    line = row.head(np.array([0.5, -1.0, 1.0, 0.0]), count, Axis(-1.0, 1.0)).plain
    assert line.endswith(shown)
    assert len(line) <= width


async def test_a_loss_of_the_logits_has_no_slope_of_its_own_to_show(bench):
    data = 'kind = "table"\ninputs = [[0.0], [1.0], [3.0]]\ntargets = [[1.0, 0.0], [0.0, 1.0], [1.0, 0.0]]'
    loss, model = '[loss]\nkind = "softmax-cross-entropy"', 'hidden = [3]\noutput = "softmax"'
    async with bench("arithmetic", data=data, model=model, extra=loss) as opened:
        await opened.press("5", "right", "full_stop", "full_stop")
        shown = opened.text()
        assert "nan" not in shown
        assert "of the loss of z itself" in shown
        assert f"C = mean of C of row = {opened.trainer.entered.value():.6g}" in shown
