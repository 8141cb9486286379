"""The data pane lists every row with its answer, its error and its share of the loss."""

import numpy as np
import pytest
from harness import opened

from nnsim.scenario import catalog
from nnsim.scenario.scenario import parse_scenario
from nnsim.session.session import Session
from screens.app import NnsimApp
from screens.panes.data import DataPane, LazyRows, loss_shares
from screens.panes.data_table import RowTable
from screens.panes.predictions import PredictionsPane
from screens.plots import number

pytestmark = pytest.mark.filterwarnings("error")
MANY = 'kind = "parity"\nbits = 6'


def numbers(line):
    """What a line says: row, whether for validation, target, answer, error."""
    head, *rest = line.split()
    return int(head.rstrip("v")), head.endswith("v"), rest


async def test_rows_say_what_the_network_answers(bench):
    async with bench("data") as opened:
        await opened.press("9", "right", "o")
        predictions = opened.session.focused.evaluation(9).predictions[:, 0]
        targets = [0.0, 1.0, 1.0, 0.0]
        errors = predictions - targets
        shares = errors**2 / (errors**2).sum()
        for index, line in enumerate(opened.lines()[1:5]):
            row, apart, rest = numbers(line)
            right = (predictions[index] > 0.5) == (targets[index] > 0.5)
            assert (row, apart) == (index + 1, False)
            assert rest[2:5] == [number(targets[index]), number(predictions[index]), f"{errors[index]:+.3g}"]
            assert rest[5] == f"{shares[index]:.1%}"
            assert rest[6] == ("right" if right else "WRONG")


async def test_the_largest_error_stands_first(bench):
    async with bench("data", data=MANY, size=(80, 100)) as opened:
        await opened.press("9", "right")
        found = opened.session.focused.evaluation(9)
        sizes = np.abs(found.predictions - opened.trainer.plan.examples.targets)[:, 0]
        shown = [numbers(line)[0] - 1 for line in opened.lines()[1:65]]
        assert sorted(shown) == list(range(64))
        assert (np.diff(sizes[shown]) <= 0).all()


async def test_a_pane_fills_a_terminal_that_becomes_taller_at_once(bench):
    async with bench("data", data=MANY, size=(80, 24)) as opened:
        await opened.press("9", "right")
        assert opened.pane.border_subtitle.endswith("lines 1-18 of 64")
        await opened.pilot.resize_terminal(80, 40)
        await opened.pilot.pause()
        assert opened.pane.border_subtitle.endswith("lines 1-34 of 64")


async def test_a_reading_that_is_too_long_loses_whole_parts(bench):
    async with bench("data", data=MANY, extra="[train]\nvalidation = 0.25", size=(46, 24)) as opened:
        await opened.press("9", "right")
        assert opened.pane.border_subtitle == "v: 16 validation · largest error first"
    async with bench("data", data=MANY, extra="[train]\nvalidation = 0.25", size=(40, 24)) as opened:
        await opened.press("9", "right")
        assert opened.pane.border_subtitle == "v: 16 validation · by error"


async def test_rows_for_validation_are_marked_and_have_no_share(bench):
    async with bench("data", data=MANY, extra="[train]\nvalidation = 0.25", size=(80, 100)) as opened:
        await opened.press("9", "right", "o")
        trainer = opened.trainer
        lines = [numbers(line) for line in opened.lines()[1:65]]
        marked = [row - 1 for row, apart, _ in lines if apart]
        examples = trainer.plan.examples
        apart = {tuple(row) for row in trainer.validation[0].tolist()}
        assert {tuple(row) for row in examples.inputs[marked].tolist()} == apart
        assert len(marked) == 16
        parts = np.full(64, " ")
        parts[marked] = "v"
        shares = loss_shares(trainer.plan, opened.session.focused.evaluation(9), parts)
        assert np.isnan(shares[marked]).all()
        assert np.nansum(shares) == pytest.approx(1.0)
        assert "v: 16 validation" in opened.pane.border_subtitle


async def test_it_scrolls_and_says_where_it_is(bench):
    async with bench("data", data=MANY, size=(80, 24)) as opened:
        first = opened.lines()[2]
        await opened.press("down")
        assert opened.lines()[1] == first
        assert "lines 2-19 of 64" in opened.pane.border_subtitle
        await opened.press("pagedown", "up")
        assert "lines 9-26 of 64" in opened.pane.border_subtitle


@pytest.mark.parametrize("size", [(40, 12), (80, 24), (200, 50)])
async def test_with_several_outputs_the_worst_is_shown(size, bench):
    data = 'kind = "table"\ninputs = [[1.0], [2.0]]\ntargets = [[0.0, 1.0], [1.0, 0.0]]'
    async with bench("data", data=data, size=size) as opened:
        await opened.press("3", "right", "o")
        found = opened.session.focused.evaluation(3).predictions
        worst = np.argmax(np.abs(found - [[0, 1], [1, 0]]), axis=1)
        for row, output in enumerate(worst.tolist()):
            line = opened.lines()[1 + row]
            assert f" y{output + 1} " in line
            assert number(float(found[row, output])) in line


def test_only_the_lines_that_are_shown_are_written():
    written = []
    rows = LazyRows(np.arange(100_000), written.append)
    assert len(rows) == 100_000
    rows[500:510]
    rows[7]
    assert written == [*range(500, 510), 7]


async def press_o(opened):
    assert "in their order" in opened.pane.border_subtitle  # before anything is trained errors are chance
    await opened.press("right")
    assert "largest error first" in opened.pane.border_subtitle
    await opened.press("o")
    assert "in their order" in opened.pane.border_subtitle
    assert [numbers(line)[0] for line in opened.lines()[1:5]] == [1, 2, 3, 4]


async def press_i(opened):
    await opened.press("i")
    assert opened.lines()[0].split()[0] == "row"
    assert any("are no pictures" in said for said in opened.notices)


async def press_enter(opened):
    await opened.press("enter")
    dialog = opened.pilot.app.screen
    keys = [one.key for one in dialog.rows if not isinstance(one, str)]
    assert {"data.bits", "train.batch_size", "train.validation"} <= set(keys)
    assert not any(key.startswith(("optimizer", "model")) for key in keys)


@pytest.mark.parametrize("key", [binding.key for binding in DataPane.BINDINGS])
async def test_every_key_of_the_pane_is_pressed(key, bench):
    press = globals()[f"press_{key}"]
    async with bench("data") as opened:
        await press(opened)


def rows_of(inputs, width, names, classes=()):
    """The head and the first row of a table of these inputs, in so many columns."""
    text = (
        'title = "t"\nsummary = "s"\npanes = ["data"]\n[data]\nkind = "table"\n'
        f"inputs = {inputs}\ntargets = [[0.0], [1.0]]\ninput_names = {list(names)}\n"
        + (f"classes = {list(classes)}\n" if classes else "")
        + '[model]\nhidden = []\noutput = "sigmoid"\n[schedule]\nkind = "constant"\nrate = 0.5\n'
    )
    session = Session.of_scenario(parse_scenario(text, name="small", source="small.toml"))
    track = session.focused
    plan, found = track.timeline.plan, track.evaluation(0)
    parts = np.full(plan.examples.rows, " ")
    table = RowTable(
        plan, found, np.zeros(plan.examples.rows, np.int64), loss_shares(plan, found, parts), parts, width
    )
    return table.head().plain, table.line(0).plain


@pytest.mark.parametrize("width", [36, 38, 58, 118])
def test_two_inputs_are_both_shown_at_every_width(width):
    head, line = rows_of([[-2.9371, 0.65712], [1.0, 2.0]], width, ["x", "y"])
    assert head.split()[:5] == ["row", "x", "y", "target", "answer"]
    assert line.split()[1].startswith("-2.9")
    assert line.split()[2].startswith("0.6")
    assert max(len(head), len(line)) <= width


def test_columns_that_are_left_out_are_counted():
    inputs = [[0.25 + one for one in range(12)], [1.0] * 12]
    for width in (36, 58, 78):
        head, line = rows_of(inputs, width, [f"column{one}" for one in range(12)])
        shown = sum(name.startswith("col") for name in head.split())
        assert f" +{12 - shown} " in head
        assert 0 < shown < 12
        assert max(len(head), len(line)) <= width
        assert head.index("target") + len("target") == line.index(" 0 ") + 2  # columns stand below their heads


def test_classes_go_by_their_names():
    _, line = rows_of([[1.0], [2.0]], 58, ["size"], classes=("apple", "pear"))
    assert line.split()[2] == "apple"


CLASSES = """kind = "table"
inputs = [[1.0, 0.25], [2.0, 0.5], [3.0, 0.75]]
targets = [[0.0], [1.0], [2.0]]
input_names = ["width", "height"]
classes = ["bird", "cat", "dog"]"""


async def test_of_classes_both_inputs_are_shown_and_target_and_answer_by_name(bench):
    model = 'hidden = []\noutput = "softmax"'
    async with bench("data", "predictions", data=CLASSES, model=model, size=(80, 24)) as opened:
        await opened.press("9", "right", "o")
        found = opened.session.focused.evaluation(9).predictions
        answers = [("bird", "cat", "dog")[one] for one in found.argmax(axis=1).tolist()]
        head, *lines = opened.lines()
        assert head.split()[:6] == ["row", "width", "height", "target", "answer", "error"]
        assert [line.split()[2:5] for line in lines[:3]] == [
            [height, target, answer]
            for height, target, answer in zip(("0.25", "0.5", "0.75"), ("bird", "cat", "dog"), answers, strict=True)
        ]
        beside = opened.pilot.app.screen.query_one(PredictionsPane)
        head, first, second = [str(line) for line in beside.lines.content[:3]]
        assert (head.split()[:4], first.split()[:4]) == (
            ["width", "height", "target", "answer"],
            ["1", "0.25", "bird", answers[0]],
        )
        assert second.split()[2:4] == ["cat", answers[1]]  # one line a row


async def test_the_line_of_the_run_in_focus_is_drawn_over_the_others():
    session = Session.of_scenario(catalog.read("linear-regression"))  # whose runs begin with the same line
    async with opened(NnsimApp(session), (120, 40)) as one:
        for name in [track.log.name for track in session.tracks]:
            predictions = next(pane for pane in one.workbench.panes if pane.kind == "predictions")
            lines = [curve for curve in predictions.plot.picture.curves if curve.kind == "line"]
            assert [curve.name for curve in lines if not curve.dim] == [name]
            await one.press("v")
