"""The decision pane asks the very network of the cursor, all over the plane."""

import numpy as np
import pytest

from nnsim.training.trainer import Trainer
from screens.panes.activation_maps import ToneScales, span, unit_of
from screens.panes.decision import DecisionPane
from screens.panes.point_editing import PointEditor
from screens.plots import Chart, Heat, number

pytestmark = pytest.mark.filterwarnings("error")
PARITY = 'kind = "parity"\nbits = 4'
LINE = 'kind = "table"\ninputs = [[0.0], [1.0], [2.0]]\ntargets = [[1.0], [2.5], [3.0]]'
OWN_KEYS = [binding.key.split(",")[0] for binding in DecisionPane.BINDINGS if binding not in PointEditor.KEYS]
LINEAR = 'hidden = [2]\nactivation = "tanh"\noutput = "linear"'


def places(low, high, count):
    """The middles of so many equal parts."""
    edges = np.linspace(low, high, count + 1)
    return (edges[:-1] + edges[1:]) / 2


@pytest.mark.parametrize("size", [(40, 12), (120, 40), (200, 50)])
async def test_the_heat_map_is_what_the_network_predicts(size, bench):
    async with bench("decision", size=size) as opened:
        await opened.press("9", "right")
        picture = opened.pane.plot.picture
        assert isinstance(picture, Heat)
        rows, columns = picture.values.shape
        assert rows > 8
        assert columns > 25
        x, y = places(-0.25, 1.25, columns), places(-0.25, 1.25, rows)
        inputs = np.array([[a, b] for b in y for a in x])
        expected = opened.trainer.predict(inputs)[:, 0].reshape(rows, columns)
        assert picture.values == pytest.approx(expected, rel=1e-12)
        assert (picture.x_label, picture.y_label) == ("x1", "x2")


async def test_hidden_units_answer_as_their_formula_says(bench):
    async with bench("decision") as opened:
        await opened.press("9", "right", "down", "down")
        picture, trainer = opened.pane.plot.picture, opened.trainer
        assert "layer1 unit 2" in opened.pane.border_title
        layer = trainer.plan.network.layers[0]
        w, b = layer.weights(trainer.parameters)[:, 1], layer.biases(trainer.parameters)[1]
        rows, columns = picture.values.shape
        x, y = places(-0.25, 1.25, columns), places(-0.25, 1.25, rows)
        expected = 1 / (1 + np.exp(-(x[None, :] * w[0] + y[:, None] * w[1] + b)))
        assert picture.values == pytest.approx(expected, rel=1e-12)


async def test_rows_are_marked_by_target_and_by_being_wrong(bench):
    async with bench("decision") as opened:
        await opened.press("3", "right")
        picture = opened.pane.plot.picture
        examples = opened.trainer.plan.examples
        answers = opened.trainer.predict(examples.inputs)[:, 0]
        assert picture.points_high.tolist() == [False, True, True, False]
        assert picture.points_wrong.tolist() == ((answers > 0.5) != (examples.targets[:, 0] > 0.5)).tolist()
        drawn = "".join(line for line in opened.lines()[1:])
        right, wrong = sum(drawn.count(c) for c in "○●"), sum(drawn.count(c) for c in "◇◆")
        assert (right, wrong) == (4 - picture.points_wrong.sum(), picture.points_wrong.sum())


async def test_with_more_inputs_the_rest_is_held_at_its_mean(bench):
    async with bench("decision", data=PARITY) as opened:
        await opened.press("5", "right", "i", "o")
        picture = opened.pane.plot.picture
        assert (picture.x_label, picture.y_label) == ("x3", "x4")
        assert opened.pane.border_subtitle == "x3, x4 vary; at their mean: x1=0.5, x2=0.5"
        rows, columns = picture.values.shape
        x, y = places(-0.25, 1.25, columns), places(-0.25, 1.25, rows)
        inputs = np.array([[0.5, 0.5, a, b] for b in y for a in x])
        assert picture.values.ravel() == pytest.approx(opened.trainer.predict(inputs)[:, 0], rel=1e-12)
        assert sum(line.count("◐") for line in opened.lines()[1:]) == 4  # each corner has rows of both targets


async def test_one_input_is_a_fitted_curve_with_its_residuals(bench):
    async with bench("decision", data=LINE, model=LINEAR) as opened:
        await opened.press("5", "right")
        chart = opened.pane.plot.picture
        assert isinstance(chart, Chart)
        residuals, fit, data = chart.curves
        expected = opened.trainer.predict(fit.x[:, None])[:, 0]
        inside = np.isfinite(fit.low)
        assert fit.low[inside] == pytest.approx(expected[inside], rel=1e-12)
        assert data.low.tolist() == [1.0, 2.5, 3.0]
        answers = opened.trainer.predict(np.array([[0.0], [1.0], [2.0]]))[:, 0]
        strokes = residuals.low.reshape(3, 3)
        assert strokes[:, 0].tolist() == [1.0, 2.5, 3.0]
        assert strokes[:, 1] == pytest.approx(np.clip(answers, *chart.y_range), rel=1e-12)
        await opened.press("down")
        hidden = opened.pane.plot.picture.curves[0]
        layer = opened.trainer.plan.network.layers[0]
        w, b = layer.weights(opened.trainer.parameters)[0, 0], layer.biases(opened.trainer.parameters)[0]
        assert hidden.low == pytest.approx(np.tanh(hidden.x * w + b), rel=1e-12)


async def test_a_network_too_large_for_every_place_is_asked_at_fewer(bench):
    model = 'hidden = [400, 300]\nactivation = "tanh"\noutput = "sigmoid"'
    async with bench("decision", model=model, size=(120, 40)) as opened:
        picture = opened.pane.plot.picture
        rows, columns = picture.values.shape
        assert 4 <= rows * columns < 200
        drawn = opened.lines()[1:-2]
        x = len(drawn[0]) - len(drawn[0].lstrip("│┤ 0123456789.-"))
        assert all(len(line[x:].rstrip()) > 80 for line in drawn)


async def test_rows_held_out_are_small_and_a_hidden_unit_makes_no_errors(bench):
    data = 'kind = "circle"\nn = 40'
    async with bench("decision", data=data, extra="[train]\nvalidation = 0.25\n", size=(60, 24)) as opened:
        picture, trainer = opened.pane.plot.picture, opened.trainer
        assert np.flatnonzero(picture.points_held).tolist() == sorted(trainer.validation_rows.tolist())
        assert picture.held_name == "validation"
        assert picture.points_wrong.any()
        await opened.press("down")
        assert not opened.pane.plot.picture.points_wrong.any()
        assert "wrong" not in opened.text()


def test_an_output_has_the_scale_of_all_it_may_be_and_another_unit_one_that_fits_it_and_stays(small_scenario):
    plan, scales = (
        small_scenario('[model]\nhidden = [2]\nactivation = "tanh"\noutput = "sigmoid"').plan(),
        ToneScales(),
    )
    output, hidden = (1, 0), (0, 0)

    def scale(unit, low, high):
        found, fitted = scales.of(plan, unit, np.array([[low, high], [np.nan, low]]))
        return (found.low, found.high), fitted

    assert scale(output, 0.465, 0.486) == ((0.0, 1.0), False)
    # A tanh is between -1 and 1: these are a hundredth of that.
    (low, high), fitted = scale(hidden, -0.07, -0.028)
    assert fitted
    assert low <= -0.07
    assert high >= -0.028
    assert (0.07 - 0.028) / (high - low) > 0.4
    assert scale(hidden, -0.06, -0.03) == ((low, high), True)
    assert scale(hidden, -0.2, 0.4)[1]  # not at once the whole again
    assert scale(hidden, -0.2, 0.52) == ((-1.0, 1.0), False)
    assert scale(hidden, -0.2, 0.4) == ((-1.0, 1.0), False)
    assert scale(hidden, 0.98, 0.9999)[0][1] == 1.0
    assert scale(hidden, -0.5, 0.5) == ((-1.0, 1.0), False)
    scales.whole = True
    assert scale(output, 0.465, 0.486) == ((0.0, 1.0), False)


def test_every_switch_of_the_tones_changes_them_or_says_why_not(small_scenario):
    plan, scales = (
        small_scenario('[model]\nhidden = [2]\nactivation = "relu"\noutput = "sigmoid"').plan(),
        ToneScales(),
    )
    output, hidden = (1, 0), (0, 0)

    def fitted(low, high):
        return scales.of(plan, output, np.array([[low, high]]))[1]

    assert not fitted(0.22, 0.68)  # by itself: not so much alike
    assert scales.switch(plan, output) == "The tones are fitted to the answers, 0.22 to 0.68."
    assert fitted(0.22, 0.68)
    assert scales.switch(plan, output).startswith("The tones stand for all that the unit can answer, 0 to 1")
    assert not fitted(0.22, 0.68)
    assert not fitted(0.01, 0.99)
    assert "nearly the whole range, 0.01 to 0.99" in scales.switch(plan, output)
    assert not fitted(0.22, 0.68)
    assert "no end" in scales.switch(plan, hidden)


def test_units_are_counted_from_the_outputs_on(small_scenario):
    network = small_scenario("[model]\nhidden = [2, 3]").plan().network
    assert [unit_of(network, index) for index in range(7)] == [
        (2, 0), (0, 0), (0, 1), (1, 0), (1, 1), (1, 2), (2, 0),
    ]  # fmt: skip


# Every key


async def press_u(opened):
    await opened.press(*"uuuu")
    assert opened.pane.border_title == "Decision · output y (1/4)"
    await opened.press("u")
    assert opened.pane.border_title == "Decision · layer1 unit 1 (2/4)"


async def press_U(opened):
    await opened.press("U")
    assert opened.pane.border_title == "Decision · layer1 unit 3 (4/4)"


async def press_d(opened):
    await opened.press("9", "right", "d")
    assert opened.pane.plot.picture.discretized
    await opened.press("d")
    assert not opened.pane.plot.picture.discretized


async def press_k(opened):
    await opened.press("9", "right")
    assert opened.pane.plot.picture.scale == (0.0, 1.0)
    assert "fitted" not in opened.text()
    await opened.press("k")
    picture = opened.pane.plot.picture
    low, high = picture.scale
    assert picture.fitted
    assert high - low < 0.25
    assert (low <= picture.values).all()
    assert (picture.values <= high).all()
    assert f"{number(high)} fitted" in opened.text()
    await opened.press("k")
    assert opened.pane.plot.picture.scale == (0.0, 1.0)


def test_the_answers_of_a_map_are_told_with_the_digits_that_tell_them_apart():
    assert span(np.array([0.49991, 0.50009])) == "answers 0.4999 to 0.5001"
    assert span(np.array([0.1, 0.9])) == "answers 0.1 to 0.9"
    assert span(np.array([0.5, 0.5])) == "answers 0.5 to 0.5"
    assert span(np.array([0.0014, 0.99993])) == "answers 0.0014 to 0.9999"
    assert span(np.array([0.0, 0.9999999])) == "answers 0 to > 0.99999"


async def press_t(opened):
    opened.pane.inputs = [1, 0]
    await opened.press("9", "right", "t")
    picture, trainer = opened.pane.plot.picture, opened.trainer
    assert [(name, [tile.name for tile in tiles]) for name, tiles in picture.groups] == [
        ("layer1", ["1", "2", "3"]), ("output", ["y"]),
    ]  # fmt: skip
    rows, columns = picture.groups[0][1][0].values.shape
    x, y = places(-0.25, 1.25, columns), places(-0.25, 1.25, rows)
    layer = trainer.plan.network.layers[0]
    w, b = layer.weights(trainer.parameters), layer.biases(trainer.parameters)
    for unit, tile in enumerate(picture.groups[0][1]):
        expected = 1 / (1 + np.exp(-(x[None, :] * w[1, unit] + y[:, None] * w[0, unit] + b[unit])))
        assert tile.values == pytest.approx(expected, rel=1e-12)
    inputs = np.array([[b, a] for b in y for a in x])
    expected = trainer.predict(inputs)[:, 0].reshape(rows, columns)
    assert picture.groups[1][1][0].values == pytest.approx(expected, rel=1e-12)
    assert (opened.pane.border_title, picture.picked) == ("Decision · all units", (1, 0))
    await opened.press("u", "down")
    assert opened.pane.plot.picture.picked == (0, 1)
    assert opened.pane.border_subtitle.startswith("layer1 unit 2: answers ")
    assert "enter this one large" in str(opened.workbench.query_one("#foot").render())
    await opened.press("enter")
    assert opened.pane.border_title == "Decision · layer1 unit 2 (3/4)"
    assert opened.pane.points.cross is None
    await opened.press("t", "h")
    assert opened.pane.border_title == "Decision · inputs as layer1 sees them"


async def test_all_units_are_shown_by_one_forward_pass(bench, monkeypatch):
    asked = []
    activations = Trainer.activations

    def counted(self, inputs):
        asked.append(len(inputs))
        return activations(self, inputs)

    async with bench("decision", size=(120, 40)) as opened:
        await opened.press("t")
        monkeypatch.setattr(Trainer, "activations", counted)
        opened.pane.update_from(opened.session.view)
        values = opened.pane.plot.picture.groups[0][1][0].values
        assert asked == [values.size]


async def test_all_units_of_one_input_are_bands(bench):
    async with bench("decision", data=LINE, model=LINEAR) as opened:
        await opened.press("9", "right", "t")
        tile = opened.pane.plot.picture.groups[0][1][1]
        layer = opened.trainer.plan.network.layers[0]
        w, b = layer.weights(opened.trainer.parameters)[0, 1], layer.biases(opened.trainer.parameters)[1]
        expected = np.tanh(places(-0.5, 2.5, tile.values.shape[1]) * w + b)
        assert tile.values == pytest.approx(np.broadcast_to(expected, tile.values.shape), rel=1e-12)


async def press_h(opened):
    await opened.press("h")
    assert opened.pane.border_title == "Decision · inputs as layer1 sees them"
    shown = opened.pane.plot.picture
    assert (shown.x_label, shown.y_label) == ("layer1 unit 1", "layer1 unit 2")
    assert [(curve.name, len(curve.x)) for curve in shown.curves[-2:]] == [("0", 2), ("1", 2)]
    assert shown.curves[-1].style != shown.curves[-2].style
    await opened.press("o")
    assert opened.pane.plot.picture.y_label == "layer1 unit 3"
    await opened.press("i")
    assert opened.pane.plot.picture.x_label == "layer1 unit 2"
    await opened.press("down")
    shown = opened.pane.plot.picture
    assert (shown.x_label, shown.y_label) == ("layer1 unit 3", "layer1 unit 1")
    await opened.press("h")
    assert opened.pane.border_title.startswith("Decision · output")


async def axes_after(opened, *keys):
    await opened.press(*keys)
    return opened.pane.plot.picture.x_label, opened.pane.plot.picture.y_label


async def press_i(opened):
    assert await axes_after(opened, "i") == ("x3", "x2")
    assert await axes_after(opened, "i", "i") == ("x1", "x2")


async def press_I(opened):
    assert await axes_after(opened, "I") == ("x4", "x2")


async def press_o(opened):
    assert await axes_after(opened, "o") == ("x1", "x3")


async def press_O(opened):
    assert await axes_after(opened, "O") == ("x1", "x4")


@pytest.mark.parametrize("key", OWN_KEYS)
async def test_every_key_of_the_pane_is_pressed(key, bench):
    press = globals()[f"press_{key}"]
    async with bench("decision", data=PARITY if key in "iIoO" else 'kind = "parity"') as opened:
        await press(opened)


async def test_two_inputs_leave_no_choice(bench):
    async with bench("decision") as opened:
        await opened.press("i")
        assert "nothing to choose" in opened.notices[0]
