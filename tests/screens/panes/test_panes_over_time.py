"""Loss and gradients over time: smoothing, events, focus, clipping."""

from dataclasses import replace

import numpy as np
import pytest
from over_time import MODEL, VALIDATED, session_of
from textual.geometry import Size

from nnsim.narration.commentary import narrate
from nnsim.session.session import Session
from nnsim.session.track import Track
from nnsim.text.number_format import percent
from nnsim.timeline import Cursor
from nnsim.timeline.run import Run
from nnsim.timeline.timeline import first_difference
from screens.panes.curves import SAMPLES, _percentiles, enclosed, epochs_range
from screens.panes.event_marks import EventMarks
from screens.panes.gradients import GradientsPane
from screens.panes.loss import LossPane
from screens.plots import AxisMark, Chart, Curve
from screens.plots.axis import round_axis
from screens.plots.chart import draw_chart, fit_axes
from screens.plots.legend import legend_of
from screens.plots.plot_style import Look
from screens.workbench.status import status_line


def test_events_have_a_glyph_each_and_a_fork_says_where_it_differs(small_scenario):
    session = session_of(small_scenario(VALIDATED), 20)
    session.focused.run.change("schedule.rate", 0.25)
    session.focused.timeline.mark(7, "here")
    session.focused.run.advance_to(40)
    session.motion.head_for(Cursor(10))
    session.editor.fork("schedule.rate", 2.0)
    session.focused.run.advance_to(15)
    marks, names = EventMarks().marks(session.view), [session.view.label(one) for one in session.tracks]
    found = {mark.kind: mark for mark in marks}
    assert found["mark"].x == 7
    assert (found["mark"].label, found["mark"].of) == ("here", "")  # the fork was there, too
    changed = [mark.label for mark in marks if mark.kind == "changed setting"]
    assert changed == [f"rate = 0.25: {names[0]}", f"rate = 2.0: {names[1]}"]
    assert (found["lowest validation"].label, found["lowest validation"].of) == ("lowest", names[1])
    fork = session.tracks[1].timeline
    assert found["first difference"].x == first_difference(fork) == 11
    glyphs = [mark.glyph for mark in found.values()]
    assert len(set(glyphs)) == len(glyphs) == 4
    assert all(mark.plain.isascii() for mark in found.values())


def test_an_event_of_some_runs_names_them_and_one_of_many_counts_them(small_scenario):
    variants = "".join(f'[[variants]]\nname = "{name}"\nset = {{ }}\n' for name in "abcd")
    session = session_of(small_scenario(VALIDATED + variants), 5)
    for count, text in ((1, "a"), (2, "a, b"), (3, "3 runs"), (4, "")):
        session.tracks[count - 1].timeline.mark(4, "late")
        (mark,) = (one for one in EventMarks().marks(session.view) if one.x == 4 and one.glyph == "▼")
        assert (mark.label, mark.kind, mark.of) == ("late", "mark", text)  # said once, in the legend


def test_a_legend_without_room_for_the_names_of_an_event_leaves_out_these_before_the_event():
    curves = [Curve(name, [0, 1], [1, 2], style=index, dim=index > 0) for index, name in enumerate("abc")]
    marks = (AxisMark(1, "lowest", "★", "lowest validation", "$", "none"),)
    for width, told in ((60, "lowest validation of none"), (38, "lowest validation"), (14, "c")):
        assert legend_of("loss", curves, Look(), width, 6, marks=marks).texts[-1][2] == told


def test_runs_that_are_not_in_focus_are_dim_and_validation_is_hollow(small_scenario):
    variants = "".join(f'[[variants]]\nname = "{name}"\nset = {{ }}\n' for name in "abc")
    session = session_of(small_scenario(VALIDATED + variants), 20)
    session.motion.focus_on(1)
    shown = LossPane()
    curves = shown.curves_of(session.view, session.view.compared, None)
    assert [(one.name, one.style, one.dim, one.hollow) for one in curves] == [
        *((name, style, style != 1, "") for style, name in enumerate("abc")),
        *(("", style, style != 1, "validation") for style in range(3)),
    ]
    told = [text for *_, text, _ in legend_of("loss", curves, Look(), 60, 12).texts]
    assert told == ["loss", "●", "a", "▲", "b", "■", "c", "○△…", "validation"]


def test_the_beginning_of_another_run_does_not_flatten_the_one_in_focus():
    x = np.arange(40.0)
    low, start = Curve("low", x, np.linspace(0.5, 0.1, 40)), np.where(x < 3, 500.0, 0.3)
    for dim, extent in ((True, (0.1, 0.5)), (False, None)):
        curves = (low, Curve("high", x, start, dim=dim))
        assert enclosed(curves, log=True) == extent
        chart = Chart(curves, y_extent=extent, log_y=True, y_label="loss")
        axes = fit_axes(chart)
        assert axes.y.high == (1.0 if dim else 1000.0)
        top = "".join(draw_chart(chart, 60, 12, Look(), axes).chars[0])
        assert ("cut off above: up to 500" in top) == dim
    late = Curve("late", x, np.where(x < 30, 0.3, 500.0), dim=True)  # where a run gets to is never cut off
    assert enclosed((low, late), log=True) is None


def test_where_a_step_is_a_batch_its_figures_say_so_and_accuracy_is_in_percent(small_scenario, monkeypatch):
    monkeypatch.setattr(LossPane, "size", Size(100, 20))
    monkeypatch.setattr(LossPane, "outer_size", Size(102, 22))
    for batches, of in (("", ""), ("batch_size = 2\n", "batch ")):
        session = session_of(small_scenario(f"{MODEL}[train]\n{batches}epochs = 60\n"), 6)
        record = session.focused.timeline.record(6)
        loss, accuracy = f"{of}loss {record['loss']:.6g}", f"accuracy {percent(record['accuracy'])}"
        after = session.focused.evaluation(6).loss  # of a batch it would be that of other rows
        told = f"{loss}, {accuracy}" if of else f"{loss} before, {after:.6g} after · {accuracy}"
        assert LossPane().reading_of(session.view) == told
        assert (loss if of else f"{loss} → {after:.6g}") in status_line(session, "", None)
        text = narrate(session.focused.timeline, 6).text.lower()
        assert ("batch loss" in text) == ("in the last batches" in text) == bool(of)


def test_the_best_validation_is_the_lowest_up_to_the_cursor(small_scenario):
    session = session_of(small_scenario(VALIDATED), 40)
    series = session.focused.timeline.series["validation_loss"]
    for step in (40, 9):
        session.motion.head_for(Cursor(step))
        found = {mark.kind: mark for mark in EventMarks().marks(session.view)}
        assert found["lowest validation"].x == np.argmin(series.values(0, step)) + 1


def test_a_run_that_diverges_has_its_gap_marked_with_the_step(scenario):
    run = Run(scenario("linear-regression"), settings={"schedule.rate": 5.0})
    run.advance_to(run.timeline.plan.steps)
    assert run.timeline.stop.reason == "diverged"
    session = Session([Track(run.timeline, run, 0)])
    found = {mark.kind: mark for mark in EventMarks().marks(session.view)}["divergence"]
    assert (found.x, found.glyph) == (run.timeline.stop.step, "✕")
    assert found.label == f"diverged, step {run.timeline.stop.step:,}"


def test_a_fork_that_does_not_differ_is_not_read_again_from_its_start(small_scenario):
    session = session_of(small_scenario(MODEL), 30)
    timeline = session.focused.timeline
    twin = Run.fork(timeline, 10)
    twin.advance_to(30)
    session.tracks.append(Track(twin.timeline, twin, 1))
    events = EventMarks()
    assert not [mark for mark in events.marks(session.view) if mark.kind == "first difference"]
    assert events._differs[id(twin.timeline)][1:] == (30, None)
    assert first_difference(twin.timeline, since=30) is None


async def press_k(opened):
    await opened.press(*"200", "right", "k")
    assert "smooth 3%" in opened.pane.border_title
    raw, smooth = opened.pane.plot.picture.curves
    assert (raw.faint, smooth.faint) == (True, False)
    assert raw.high is not None
    assert "min-max of" in opened.pane.plot.picture.note
    assert np.abs(np.diff(smooth.low, 2)).max() < np.abs(np.diff((raw.low + raw.high) / 2, 2)).max()
    await opened.press("k")
    assert "smooth 10%" in opened.pane.border_title
    await opened.press("k")
    assert len(opened.pane.plot.picture.curves) == 1


async def test_every_key_of_the_loss_pane_is_pressed(bench):
    async with bench("loss") as opened:
        for binding in LossPane.BINDINGS[:1]:  # those of the band have a test of their own
            await globals()[f"press_{binding.key}"](opened)  # a key without a test of its own fails here


async def test_gradients_before_and_after_clipping_are_bars_and_curves(bench):
    clip = '[clipping]\nkind = "global-norm"\nlimit = 0.001\n'
    async with bench("gradients", extra=clip) as opened:
        await opened.press(*"20", "right")
        record = opened.session.focused.timeline.record(20)
        bars = opened.pane.bars.picture.bars
        assert [bar.name for bar in bars] == ["layer1", "clipped to", "layer2", "clipped to"]
        assert bars[1].value == record["clipped:layer1"] < record["gradient:layer1"] == bars[0].value
        curves = opened.pane.plot.picture.curves
        assert [(one.name, one.hollow) for one in curves] == [
            ("", "clipped"), ("layer1", ""), ("", "clipped"), ("layer2", "")
        ]  # fmt: skip


async def press_h(opened):
    shown = []
    for _ in range(3):
        await opened.press("h")
        shown.append((opened.pane.bars.display, opened.pane.plot.display))
    assert shown == [(False, True), (True, False), (True, True)]


async def press_u(opened):
    await opened.press(*"20", "right")
    trainer = opened.session.focused.trainer_at(20)
    first = opened.session.focused.timeline.plan.network.layers[0]
    ratio = np.linalg.norm(trainer.change[: first.size]) / np.linalg.norm(trainer.parameters[: first.size])
    assert f"update/weight {ratio:.3g}"[:18] in opened.pane.bars.picture.bars[0].beside
    await opened.press("u")
    assert opened.pane.bars.picture.bars[0].value == pytest.approx(ratio, rel=1e-12)
    ends, ratios = opened.pane._earlier.before(opened.session.focused.timeline, 20)
    assert opened.pane.plot.picture.y_label == "update/weight"
    assert {1, 5, 19, 20} <= set(ends.tolist())
    for name, part in (("layer1", slice(0, first.size)), ("layer2", slice(first.size, None))):
        curve = next(one for one in opened.pane.plot.picture.curves if one.name == name)
        for step, ratio_then in zip(ends, ratios[name], strict=True):
            then = opened.session.focused.trainer_at(int(step))
            wanted = np.linalg.norm(then.change[part]) / np.linalg.norm(then.parameters[part])
            assert ratio_then == pytest.approx(wanted, rel=1e-9)
            assert curve.low[curve.x == step] == pytest.approx(wanted, rel=1e-9)
    await opened.press(*"5", "left")
    again = opened.session.focused.trainer_at(15)
    ratio = np.linalg.norm(again.change[: first.size]) / np.linalg.norm(again.parameters[: first.size])
    assert opened.pane.bars.picture.bars[0].value == pytest.approx(ratio, rel=1e-12)


async def test_every_key_of_the_gradients_pane_is_pressed(bench):
    async with bench("gradients") as opened:
        for binding in GradientsPane.BINDINGS:
            await globals()[f"press_{binding.key}"](opened)  # a key without a test of its own fails here


@pytest.mark.parametrize(("width", "told"), [
    (80, ["Loss · mse mean · others by binary-cross-entropy", "Loss · binary-cross-entropy · others by mse mean"]),
    (40, ["Loss · runs by different losses"] * 2),
])  # fmt: skip
async def test_runs_measured_by_different_losses_are_not_said_to_share_one(bench, width, told):
    variants = "".join(
        f'[[variants]]\nname = "{kind}"\nset = {{ "loss.kind" = "{kind}" }}\n'
        for kind in ("mse", "binary-cross-entropy")
    )
    async with bench("loss", extra=variants, size=(width, 24)) as opened:
        for title in told:
            assert str(opened.pane.border_title) == title
            await opened.press("v")


async def test_bars_that_leave_no_room_for_the_curves_say_how_to_see_them(bench):
    clip = '[clipping]\nkind = "global-norm"\nlimit = 0.001\n'
    async with bench("gradients", model="hidden = [3, 3, 3, 3, 3, 3, 3]\n", extra=clip) as opened:
        await opened.press("right")
        assert not opened.pane.plot.display
        assert str(opened.pane.border_subtitle).endswith(" · h: over time")
        await opened.press("h")
        assert opened.pane.plot.display
        assert "h: over time" not in str(opened.pane.border_subtitle)


async def test_layers_with_the_same_trouble_are_counted_and_a_minimum_is_no_trouble(bench, monkeypatch):
    model = "hidden = [3, 3, 3]\noutput = 'linear'\nactivation = 'linear'"
    async with bench("gradients", model=model, extra="") as opened:
        await opened.press("right")
        view, layers = opened.session.view, opened.session.focused.timeline.layers

        def troubles(*norms):
            found = dict(zip(layers, norms, strict=True))
            monkeypatch.setattr("nnsim.diagnosis.signs.gradient_norms", lambda log, step: found)
            return opened.pane.troubles(view, layers)

        assert troubles(1e9, 1e9, 1e9, 1.0) == "3 of 4 EXPLODING"
        assert troubles(1e-9, 1.0, 1.0, 1.0) == "layer1 VANISHING"
        assert "VANISHING" not in troubles(1e-9, 1e-9, 1e-9, 1e-9)


async def test_a_loss_below_0_is_drawn_whole_on_a_linear_axis(fly):
    async with fly("optimizer-race-saddle", panes=("loss",)) as opened:
        await opened.press("9", "9", "right")
        chart = opened.pane.plot.picture
        assert min(float(np.nanmin(one.low)) for one in chart.curves) < 0
        assert not chart.log_y


async def test_where_a_question_hides_what_comes_the_axis_ends_at_the_cursor(bench):
    async with bench("loss") as opened:
        await opened.press("9", "9", "right", "5", "g")
        view = opened.session.view
        assert epochs_range(view) == (0.0, 100.0)
        assert epochs_range(replace(view, ahead=False)) == (0.0, 10.0)


def test_values_that_differ_by_their_rounding_alone_are_a_level_line():
    axis = round_axis(1.9460625, 1.9460627)
    assert (axis.low, axis.high) == (0.0, 4.0)
    assert round_axis(0.5, 0.5001).high - round_axis(0.5, 0.5001).low < 0.001


async def test_bars_of_gradients_keep_their_length_where_another_run_explodes(fly):
    async with fly("border-of-trainability", size=(120, 40), panes=("gradients",)) as opened:
        await opened.press("5", "0", "right")
        view = opened.session.view
        known = [view.figures(track)["gradient:layer2"] for track in view.tracks]
        low, high = opened.pane.bars.picture.limits
        assert max(known) > 1e9 * high  # the run outside of the border
        assert low < view.figures(view.focused)["gradient:layer2"] <= high


def test_the_shade_is_between_the_percentiles_of_numpy():
    around = np.random.default_rng(4).normal(size=(50, SAMPLES))
    assert np.allclose(_percentiles(around), np.percentile(around, (10, 90), axis=1), rtol=1e-12)
