"""The network pane shows the parameters, gradients and activations of the step under the cursor."""

import numpy as np
import pytest

from nnsim.nn.network import bind
from nnsim.text.number_format import signed
from screens.panes.network_drawing import NetworkPane
from screens.panes.network_editing import PickedWeight
from screens.plots import Diagram, Matrix
from screens.widgets.footer import key_names

pytestmark = pytest.mark.filterwarnings("error")
PARITY = 'kind = "parity"\nbits = 4'


def weights_of(trainer):
    return [layer.weights(trainer.parameters) for layer in trainer.plan.network.layers]


async def test_weights_biases_and_activations_are_those_of_the_cursor(bench):
    async with bench("network") as opened:
        assert opened.pane.border_subtitle.startswith("row 2/4: 0 1 → ")  # of row 1, 0 0, nothing goes in
        await opened.press("7", "right", "down")
        picture, trainer = opened.pane.plot.picture, opened.trainer
        assert isinstance(picture, Diagram)
        for shown, own in zip(picture.weights, weights_of(trainer), strict=True):
            assert np.array_equal(shown, own)
        text = opened.text()
        for own in weights_of(trainer):
            for value in own.ravel().tolist():
                assert f" {signed(value)} " in text
        # Row 3 is (1, 0): its activations by hand.
        first, second = trainer.plan.network.layers
        hidden = 1 / (1 + np.exp(-(first.weights(trainer.parameters)[0] + first.biases(trainer.parameters))))
        z = hidden @ second.weights(trainer.parameters) + second.biases(trainer.parameters)
        assert picture.units[1].values == pytest.approx(hidden, rel=1e-12)
        assert picture.units[2].values == pytest.approx(1 / (1 + np.exp(-z)), rel=1e-12)
        assert np.array_equal(picture.units[1].biases, first.biases(trainer.parameters))
        assert opened.pane.border_subtitle.startswith("row 3/4: 1 0 → ")


def gradient_by_differences(plan, parameters):
    """dC/dparameters over all rows, by central differences."""
    network = bind(plan.network, plan.loss, parameters, np.zeros_like(parameters), plan.examples.rows)
    network.inputs[...] = plan.examples.inputs.T

    def loss():
        for op in network.forward:
            op()
        return plan.loss.values(network.outputs[None], plan.examples.targets.T[None])[0]

    found = np.empty_like(parameters)
    for index in range(len(parameters)):
        kept = parameters[index]
        parameters[index] = kept + 1e-6
        high = loss()
        parameters[index] = kept - 1e-6
        found[index] = (high - loss()) / 2e-6
        parameters[index] = kept
    return found


async def test_the_gradient_shown_is_that_of_the_last_step(bench):
    async with bench("network") as opened:
        await opened.press("7", "right", "d")
        plan = opened.trainer.plan
        before = opened.session.focused.trainer_at(6).parameters.copy()
        expected = gradient_by_differences(plan, before)
        picture = opened.pane.plot.picture
        assert picture.label == "dC/dw, step 7"
        for shown, layer in zip(picture.weights, plan.network.layers, strict=True):
            assert shown == pytest.approx(layer.weights(expected), rel=1e-5, abs=1e-9)
        assert picture.units[2].biases == pytest.approx(plan.network.layers[1].biases(expected), rel=1e-5)


async def test_the_backward_phase_shows_the_gradient_that_it_makes_unless_d_says_otherwise(bench):
    async with bench("network") as opened:
        labels = []
        for key in [*["full_stop"] * 4, "d", "full_stop", "d", *["full_stop"] * 2]:
            await opened.press(key)
            labels.append(opened.pane.plot.picture.label)
        of = "dC/dw, step {}".format
        assert labels[:4] == ["weights", "weights", of(1), "weights"]
        assert labels[4:] == [of(1), of(1), "weights", "weights", "weights"]


async def test_inside_a_step_the_gradient_changes_with_the_backward_phase(bench):
    async with bench("network") as opened:
        await opened.press("d")
        assert "no gradient yet" in opened.text()
        await opened.press("full_stop", "full_stop")
        assert "no gradient yet" in opened.text()
        await opened.press("full_stop")
        assert opened.pane.plot.picture.label == "dC/dw, step 1"
        backward = [one.copy() for one in opened.pane.plot.picture.weights]
        await opened.press("full_stop")
        assert opened.pane.plot.picture.label == "dC/dw, step 1"
        for one, other in zip(opened.pane.plot.picture.weights, backward, strict=True):
            assert np.array_equal(one, other)


async def test_a_row_that_the_batch_left_out_is_told(bench):
    async with bench("network", extra="[train]\nbatch_size = 1") as opened:
        await opened.press("right_square_bracket", "d")
        told = []
        for _ in range(4):
            told.append(opened.pane.border_subtitle)
            await opened.press("down")
            sums = [one.delta.sum(axis=1) for one in opened.trainer.entered.layers]
            shown = [one.values for one in opened.pane.plot.picture.units[1:]]
            assert [one.tolist() for one in shown] == [one.tolist() for one in sums]
        assert sum("is not in this batch · dC/dz: sum over it" in one for one in told) == 3


async def test_a_solver_without_gradients_says_that_it_has_no_gradient(bench):
    async with bench("network", extra='[solver]\nkind = "random-search"') as opened:
        await opened.press("3", "right", "d", "enter")
        assert "this solver computes no gradient" in opened.text()
        assert "this solver computes none" in opened.text()


async def test_a_wide_network_is_a_matrix_and_folds_when_drawn(bench):
    model = 'hidden = [64, 40]\nactivation = "tanh"\noutput = "sigmoid"'
    async with bench("network", model=model) as opened:
        picture = opened.pane.plot.picture
        assert isinstance(picture, Matrix)
        await opened.press("a", "a")  # from the first layer to the second
        picture = opened.pane.plot.picture
        layer = opened.trainer.plan.network.layers[1]
        assert np.array_equal(picture.values, layer.view(opened.trainer.parameters))
        assert picture.row_names[-1] == "bias"
        await opened.press("h")
        picture = opened.pane.plot.picture
        assert isinstance(picture, Diagram)
        shown = len(picture.units[1].names)
        assert f"… {64 - shown} more" in opened.text()
        layers = opened.trainer.plan.network.layers
        assert np.array_equal(picture.weights[1], layers[1].weights(opened.trainer.parameters)[:shown, :shown])


async def test_a_deep_network_folds_layers_away_around_the_marked_one(bench):
    model = f'hidden = {[3] * 12}\nactivation = "tanh"\noutput = "sigmoid"'
    async with bench("network", model=model, size=(60, 20)) as opened:
        assert opened.pane.plot.picture.before == 0
        assert opened.pane.plot.picture.after > 0
        await opened.press("u", "U")
        assert opened.pane.marked.picked.layer == 12
        picture = opened.pane.plot.picture
        assert (picture.before > 0, picture.after) == (True, 0)
        assert np.array_equal(picture.weights[-1], weights_of(opened.trainer)[-1])


async def test_the_mark_of_a_network_that_became_smaller_moves_into_it(bench):
    async with bench("network") as opened:
        opened.pane.marked.picked = PickedWeight(
            7, 9, 9
        )  # as it stood in a larger one, before the pane was folded away
        await opened.press("i")
        layers = opened.trainer.plan.network.layers
        assert opened.pane.marked.picked == PickedWeight(len(layers) - 1, layers[-1].units - 1, 0)


async def test_a_run_that_diverged_is_still_drawn(bench):
    data = 'kind = "table"\ninputs = [[1.0, 2.0], [3.0, -4.0]]\ntargets = [[1.0], [2.0]]'
    model = 'hidden = [2]\nactivation = "relu"\noutput = "linear"'
    panes = ("network", "decision", "data")
    async with bench(*panes, data=data, model=model, extra="[train]\nepochs = 500") as opened:
        opened.session.editor.restart({"schedule.rate": 1e4})
        await opened.press("5", "0", "0", "right", "d")
        assert opened.session.focused.timeline.stop.reason == "diverged"
        await opened.press("d", "enter")
        assert "value" in opened.text()


# Every key


async def press_d(opened):
    await opened.press("right", "d")
    assert opened.pane.plot.picture.label.startswith("dC/dw")
    await opened.press("d")
    assert opened.pane.plot.picture.label == "weights"


async def press_h(opened):
    await opened.press("h")
    assert isinstance(opened.pane.plot.picture, Matrix)
    assert "unit 1" in opened.text()
    await opened.press("h")
    assert isinstance(opened.pane.plot.picture, Diagram)


def marked(opened):
    picked = opened.pane.marked.picked
    return picked.layer, picked.unit, picked.source


async def press_u(opened):
    await opened.press(*"uuuuu")  # the first press marks the first weight; behind unit 3 comes the output, then 1
    assert marked(opened) == (0, 0, 0)
    await opened.press("u")
    assert marked(opened) == (0, 1, 0)
    assert "▶" in opened.text()


async def press_U(opened):
    await opened.press("u", "U")
    assert marked(opened) == (1, 0, 0)


async def press_i(opened):
    await opened.press(*"iii")
    assert marked(opened) == (0, 0, 2)
    assert "layer1: bias to unit 1" in opened.text()
    await opened.press("i")
    assert marked(opened) == (0, 0, 0)


async def press_I(opened):
    await opened.press("i", "I")
    assert marked(opened) == (0, 0, 2)


async def press_a(opened):
    await opened.press("a", "a")
    assert marked(opened) == (1, 0, 0)


async def press_A(opened):
    await opened.press("A", "A")
    assert marked(opened) == (1, 0, 0)


async def press_enter(opened):
    await opened.press("7", "right", "enter", "u", "i")
    trainer, place = opened.trainer, (1, 1)
    layer = trainer.plan.network.layers[0]
    before = opened.session.focused.trainer_at(6).parameters.copy()
    trainer = opened.session.focused.trainer_at(7)
    text = opened.text()
    value, gradient = (float(layer.view(flat)[place]) for flat in (trainer.parameters, trainer.gradient))
    moved = layer.view(trainer.parameters)[place] - layer.view(before)[place]
    assert "layer1: from x2 to unit 2" in text
    assert f"value    {value:.6g} " in text
    assert f"gradient {gradient:.6g} in step 7" in text
    change = float(next(line for line in opened.lines() if line.startswith("change")).split()[1])
    assert change == pytest.approx(float(moved), rel=1e-5)
    await opened.press("enter")
    dialog = opened.pilot.app.screen
    assert f"gradient {gradient!r} in step 7" in str(dialog.query_one("#hint").render())
    await opened.press("ctrl+u", *"much", "enter")
    assert "'much' is not allowed" in str(dialog.query_one("#complaint").render())
    await opened.press("ctrl+u", *"0.25", "enter")
    assert [(one.step, one.key, one.value) for one in opened.session.focused.timeline.commands] == [
        (7, "parameters.layer1.weight[2,2]", 0.25)
    ]
    assert "value    0.25" in opened.text()
    await opened.press("ctrl+z")
    assert f"value    {value:.6g} " in opened.text()


def shape(opened):
    plan = opened.trainer.plan
    return plan.network.describe(), [type(one.activation).__name__ for one in plan.network.layers]


async def press_left(opened):
    await opened.press("enter", "left")
    assert marked(opened) == (1, 0, 0)
    assert opened.session.cursor.step == 0


async def press_right(opened):
    await opened.press("3", "right", "enter", "right")
    assert marked(opened) == (1, 0, 0)
    assert opened.session.cursor.step == 3


async def press_down(opened):
    await opened.press("enter", "2", "down")
    assert marked(opened) == (0, 2, 0)


async def press_up(opened):
    await opened.press("enter", "up")
    assert marked(opened) == (0, 2, 0)


async def press_plus(opened):
    before = opened.session.playback.speed
    await opened.press("plus")  # nothing is marked: the workbench's speed
    assert opened.session.playback.speed == before + 1
    await opened.press("5", "right", "enter", "2", "plus")
    assert shape(opened)[0] == "2-5-1"
    assert (opened.session.playback.speed, opened.session.cursor.step) == (before + 1, 0)
    await opened.press("right", "plus")  # the output layer: a word about it
    assert shape(opened)[0] == "2-5-1"
    await opened.press("ctrl+z")
    assert (shape(opened)[0], opened.session.cursor.step) == ("2-3-1", 5)


async def press_minus(opened):
    await opened.press("enter", "minus")
    assert shape(opened)[0] == "2-2-1"
    await opened.press("5", "minus")
    assert shape(opened)[0] == "2-2-1"


async def press_asterisk(opened):
    await opened.press("enter", "asterisk")
    assert shape(opened)[0] == "2-3-3-1"
    assert "* / layer" in str(opened.workbench.query_one("#foot").render())


async def press_slash(opened):
    await opened.press("enter", "slash")
    assert shape(opened)[0] == "2-1"
    await opened.press("slash", "asterisk")
    assert shape(opened)[0] == "2-4-1"


async def press_t(opened):
    await opened.press("enter", "asterisk", "t")
    assert shape(opened)[1] == ["SiLU", "Sigmoid", "Sigmoid"]


async def press_T(opened):
    await opened.press("enter", "T")
    assert shape(opened)[1] == ["ReLU", "Sigmoid"]


async def press_escape(opened):
    await opened.press("enter", "escape", "3", "right")
    assert opened.pane.marked.picked is None
    assert opened.session.cursor.step == 3


@pytest.mark.parametrize("key", [binding.key.split(",")[0] for binding in NetworkPane.BINDINGS])
async def test_every_key_of_the_pane_is_pressed(key, bench):
    press = globals()[f"press_{key}"]
    async with bench("network") as opened:
        await press(opened)


async def test_the_list_of_keys_has_those_of_the_pane(bench):
    async with bench("network") as opened:
        await opened.press("question_mark")
        shown = str(opened.pilot.app.screen.query_one("Static").render())
        for binding in NetworkPane.BINDINGS:
            assert binding.description in shown
            assert len(binding.description) <= 23


async def test_at_the_crosshair_an_edit_changes_the_session_itself(bench):
    async with bench("network", "loss") as opened:
        await opened.press("5", "right", "enter", "c", "left", "+")
        assert opened.session.focused.timeline.plan.network.layers[0].units == 4
        await opened.press("ctrl+z")
        assert opened.session.focused.timeline.plan.network.layers[0].units == 3


async def test_the_row_told_is_that_of_the_table_in_every_batch(bench):
    async with bench("network", "arithmetic", data=PARITY, extra="[train]\nbatch_size = 3") as opened:
        arithmetic = opened.workbench.panes[1]
        await opened.press("right_square_bracket", "full_stop")
        trainer, examples = opened.trainer, opened.trainer.plan.examples
        assert len(trainer.entered_rows) == 3
        assert np.array_equal(trainer.entered.inputs.T, examples.inputs[trainer.entered_rows])
        first = int(trainer.entered_rows[0])
        assert f"row {first + 1}/16" in "\n".join(line.plain for line in arithmetic.lines.content)


async def test_inputs_that_are_not_the_rows_own_say_so(bench):
    data = 'kind = "table"\ninputs = [[1.0, 2.0], [3.0, -4.0]]\ntargets = [[1.0], [0.0]]\nstandardize = true'
    async with bench("network", data=data) as opened:
        assert "standardized inputs" in opened.text()
        assert opened.pane.border_subtitle.startswith("row 1/2: 1 2 ")


async def test_the_foot_offers_no_key_that_the_mark_has_taken(bench):
    async with bench("network", "loss", size=(200, 24)) as opened:
        await opened.press("3", "right")
        told = [key.text for key in opened.workbench.footer_keys()]
        assert "→ ← epoch" in told
        assert not any("marked" in text for text in told)
        await opened.press("enter")
        texts = [key.text for key in opened.workbench.footer_keys()]
        told = [name for text in texts for name in key_names(text)]
        assert "← → ↑ ↓ walk" in texts
        assert len(told) == len(set(told)), "each key is offered once"
        await opened.press("escape")
        assert "→ ← epoch" in [key.text for key in opened.workbench.footer_keys()]
