"""Loss, gradients and schedule over time: smoothing, events, clipping, what is certain, and the crosshair."""

import numpy as np
import pytest
from textual.geometry import Size

from nnsim.narrator import narrate, share_told
from nnsim.run import Run
from nnsim.session import Session, Track
from nnsim.timeline import Cursor
from nnsim.timeline.forks import first_difference
from screens.crosshair import Crosshair
from screens.panes.across import monotonic, over_rates, rate_axis
from screens.panes.curves import enclosed, series_curves
from screens.panes.events import Events
from screens.panes.gradients import GradientsPane, verdict
from screens.panes.loss import LossPane
from screens.panes.schedule import ahead, apart
from screens.panes.titles import run_shown
from screens.plots import Chart, Curve, Mark
from screens.plots.chart import draw_chart, fit_axes
from screens.plots.legend import legend_of
from screens.plots.look import Look
from screens.status import own_keys, status_line

MODEL = "[model]\nhidden = [3]\n"
VALIDATED = f"{MODEL}[train]\nvalidation = 0.25\nepochs = 60\n"


def session_of(scenario, steps):
    session = Session.of_scenario(scenario)
    for track in session.tracks:
        track.run.advance_to(steps)
    session.head_for(Cursor(steps))
    return session


def test_events_have_a_glyph_each_and_a_fork_says_where_it_differs(small_scenario):
    session = session_of(small_scenario(VALIDATED), 20)
    session.focused.run.change("schedule.rate", 0.25)
    session.focused.timeline.mark(7, "here")
    session.focused.run.advance_to(40)
    session.head_for(Cursor(10))
    session.fork("schedule.rate", 2.0)
    session.focused.run.advance_to(15)
    marks, names = Events().marks(session), [session.label(one) for one in session.tracks]
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
        (mark,) = (one for one in Events().marks(session) if one.x == 4 and one.glyph == "▼")
        assert (mark.label, mark.kind, mark.of) == ("late", "mark", text)  # said once, in the legend


def test_a_legend_without_room_for_the_names_of_an_event_leaves_out_these_before_the_event():
    curves = [Curve(name, [0, 1], [1, 2], style=index, dim=index > 0) for index, name in enumerate("abc")]
    marks = (Mark(1, "lowest", "★", "lowest validation", "$", "none"),)
    for width, told in ((60, "lowest validation of none"), (38, "lowest validation"), (14, "c")):
        assert legend_of("loss", curves, Look(), width, 6, marks=marks).texts[-1][2] == told


def test_runs_that_are_not_in_focus_are_dim_and_validation_is_hollow(small_scenario):
    variants = "".join(f'[[variants]]\nname = "{name}"\nset = {{ }}\n' for name in "abc")
    session = session_of(small_scenario(VALIDATED + variants), 20)
    session.focus_on(1)
    shown = LossPane()
    curves = shown._curves(session, session.compared, None)
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
        loss, accuracy = f"{of}loss {record['loss']:.6g}", f"accuracy {share_told(record['accuracy'])}"
        assert LossPane()._reading(session) == (f"{loss}, {accuracy}" if of else f"{loss} · {accuracy}")
        assert loss in status_line(session, "", None)
        text = narrate(session.focused.timeline, 6).text.lower()
        assert ("batch loss" in text) == ("in the last batches" in text) == bool(of)


def test_the_best_validation_is_the_lowest_up_to_the_cursor(small_scenario):
    session = session_of(small_scenario(VALIDATED), 40)
    series = session.focused.timeline.series["validation_loss"]
    for step in (40, 9):
        session.head_for(Cursor(step))
        found = {mark.kind: mark for mark in Events().marks(session)}
        assert found["lowest validation"].x == np.argmin(series.values(0, step)) + 1


def test_a_run_that_diverges_has_its_gap_marked_with_the_step(scenario):
    run = Run(scenario("linear-regression"), settings={"schedule.rate": 5.0})
    run.advance_to(run.timeline.plan.steps)
    assert run.timeline.stop.reason == "diverged"
    session = Session([Track(run.timeline, run, 0)])
    found = {mark.kind: mark for mark in Events().marks(session)}["divergence"]
    assert (found.x, found.glyph) == (run.timeline.stop.step, "✕")
    assert found.label == f"diverged, step {run.timeline.stop.step:,}"


def test_a_fork_that_does_not_differ_is_not_read_again_from_its_start(small_scenario):
    session = session_of(small_scenario(MODEL), 30)
    timeline = session.focused.timeline
    twin = Run.fork(timeline, 10)
    twin.advance_to(30)
    session.tracks.append(Track(twin.timeline, twin, 1))
    events = Events()
    assert not [mark for mark in events.marks(session) if mark.kind == "first difference"]
    assert events._differs[id(twin.timeline)][1:] == (30, None)
    assert first_difference(twin.timeline, since=30) is None


def test_a_title_names_what_tells_runs_apart_and_nothing_that_all_share(scenario):
    session = Session.of_scenario(scenario("xor"), settings={"train.epochs": 50})
    assert run_shown(session) == " · article"
    session.focus_on(1)
    assert run_shown(session) == " · biases"
    session.tracks[1].run.advance_to(5)
    session.fork("schedule.rate", 2.0)
    assert run_shown(session) == " · biases · rate 2.0"
    alone = Session.of_scenario(scenario("xor"), "biases", {"train.epochs": 50})
    assert run_shown(alone) == ""


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
    ends, ratios = opened.pane._ratios_before.before(opened.session.focused.timeline, 20)
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


def test_a_gradient_that_training_cannot_live_with_is_called_so():
    assert [verdict(norm) for norm in (9.9e-8, 1e-7, 1.0, 100.0, 100.1)] == ["VANISHING", "", "", "", "EXPLODING"]


def test_a_schedule_by_step_is_drawn_step_by_step(small_scenario):
    extra = f'{MODEL}[train]\nbatch_size = 1\nepochs = 5\n[schedule]\nkind = "one-cycle"\nrate = 1.0\n'
    timeline = Run(small_scenario(extra, head="")).timeline
    found = ahead(timeline, 40)
    assert (found.epochs * 4).tolist() == list(range(20))
    plan = timeline.plan
    assert found.rates.tolist() == plan.schedule.over(np.arange(20), 4, 5).tolist()
    assert not found.expected


def test_what_losses_decide_is_certain_as_far_as_it_is_recorded(small_scenario):
    extra = f'{MODEL}[train]\nepochs = 100\n[schedule]\nkind = "reduce-on-plateau"\nrate = 1.0\npatience = 2\n'
    extra += "threshold = 0.9\ndrop = 0.5\n"
    run = Run(small_scenario(extra, head=""))
    run.advance_to(40)
    found = ahead(run.timeline, 100)
    assert found.certain == 40
    assert found.rates[:40].tolist() == run.timeline.series["learning_rate"].values(0, 40).tolist()
    assert len(set(found.rates[:40])) > 3
    assert set(found.rates[40:]) == {found.rates[39]}


def test_the_crosshair_keeps_its_place_in_time_and_to_what_is_recorded(small_scenario):
    session = session_of(small_scenario(f"{MODEL}[train]\nbatch_size = 2\n"), 40)
    hair = Crosshair(12, 2)
    assert hair.moved(-100, session).step == 0
    assert hair.moved(100, session).step == 40
    assert hair.beside(1, None, session).step == 14  # an epoch where no plot says otherwise
    assert Crosshair(30, 1).within(session) == Crosshair(40, 2)
    view = hair.view(session)
    assert (view.cursor, session.cursor) == (Cursor(12), Cursor(40))
    assert hair.told() == "crosshair at step 12 (epoch 6)"


def test_in_a_step_whose_phases_are_entered_the_crosshair_shows_as_much_as_the_cursor_and_no_more(small_scenario):
    session = session_of(small_scenario(MODEL), 5)
    session.move("phase", 2)
    session.train(session.lagging(), 1)
    assert (session.cursor, session.newest.step) == (Cursor(5, 2), 6)
    for step, place in ((6, Cursor(5, 2)), (5, Cursor(5)), (4, Cursor(4))):
        assert Crosshair(step, 1).within(session).view(session).cursor == place
    session.head_for(Cursor(3))
    session.keep_up()
    assert Crosshair(2, 1).moved(10, session).step == 5  # the rest of step 6 was never seen


def test_back_from_a_phase_a_run_keeps_its_future_up_to_the_step_that_was_entered(small_scenario):
    session = session_of(small_scenario(MODEL), 5)
    for phase, told in ((1, 5), (2, 6)):
        session.head_for(Cursor(5, phase))
        if (track := session.lagging()) is not None:
            session.train(track, 1)
        session.keep_up()
        assert series_curves(session, "loss", 80)[0].x[-1] == told
    session.head_for(Cursor(3))
    session.keep_up()
    (curve,) = series_curves(session, "loss", 80)
    assert (curve.x[-1], curve.passed) == (5.0, pytest.approx(3.0))


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


async def test_a_crosshair_goes_by_columns_and_by_exact_steps(bench):
    async with bench("loss") as opened:
        await opened.press(*"190", "right", "c")
        plot, hair = opened.pane.plot, opened.workbench.hair
        assert hair.step == 190
        await opened.press("left")
        column = opened.workbench.hair.step
        width = 200 / (plot.content_size.width - 4)
        assert 0 < 190 - column < 1.7 * width
        await opened.press("left")
        assert column - opened.workbench.hair.step == pytest.approx(width, abs=1.5)
        before = opened.workbench.hair.step
        await opened.press("shift+left", *"10", "left")
        assert opened.workbench.hair.step == before - 11
        await opened.press("home")
        assert opened.workbench.hair.step == 0
        await opened.press("end")
        assert opened.workbench.hair.step == 190
        assert opened.session.cursor == Cursor(190)
        await opened.press("c", "left")
        assert opened.session.cursor == Cursor(189)


async def test_the_keys_of_the_crosshair_come_before_a_panes_own_and_in_their_order(bench):
    async with bench("network") as opened:
        await opened.press(*"30", "right")
        await opened.pilot.press("c", "1", "2", "left", "enter")  # enter would read a weight
        await opened.press()
        assert opened.session.cursor == Cursor(18)
        assert opened.pilot.app.screen is opened.workbench
        await opened.press("enter")
        assert opened.session.cursor == Cursor(18)


async def test_a_crosshair_that_can_go_no_further_says_so(bench):
    async with bench("loss") as opened:
        await opened.press("9", "right", "c")
        for key, still in (("right", True), ("end", True), ("home", False), ("left", True), ("right", False)):
            opened.pilot.app.clear_notifications()
            await opened.press(key)
            assert bool(opened.pilot.app._notifications) is still, key


@pytest.mark.parametrize(("rates", "logarithmic"), [((0.001, 1.0), True), ((0.1, 0.3), False), ((0.0, 1.0), False)])
async def test_rates_far_apart_have_a_logarithmic_axis_until_a_key_says_otherwise(bench, rates, logarithmic):
    variants = "".join(f'[[variants]]\nname = "v{r}"\nset = {{ schedule.rate = {r} }}\n' for r in rates if r)
    async with bench("schedule", extra=variants) as opened:
        assert opened.pane.plot.picture.log_y is logarithmic
        await opened.press("l")
        assert opened.pane.plot.picture.log_y is not logarithmic
        await opened.press("right")
        assert opened.pane.plot.picture.log_y is not logarithmic


async def test_a_new_beginning_chooses_the_axis_of_its_rates_anew_but_not_against_a_person(bench):
    variants = "".join(
        f'[[variants]]\nname = "v{rate}"\nset = {{ schedule.rate = {rate} }}\n' for rate in (0.001, 1.0)
    )
    one_rate = {"schedule.rate": 0.5}  # of both runs

    async def drawn(how):
        opened.workbench._begin_again(how)
        await opened.press()
        return opened.pane.plot.picture.log_y

    async with bench("schedule", extra=variants) as opened:
        session = opened.session
        assert opened.pane.plot.picture.log_y
        assert not await drawn(lambda: session.restart(one_rate))
        assert await drawn(session.undo)
        await opened.press("l")
        await opened.press("l")
        assert await drawn(lambda: session.restart(one_rate))


async def test_runs_with_the_same_rates_share_a_curve_that_names_them(bench):
    one = '[[variants]]\nname = "v{}"\nset = {{ schedule.rate = {} }}\n'
    variants = "".join(one.format(index, rate) for index, rate in enumerate("1141"))
    async with bench("schedule", extra=variants) as opened:
        assert [one.name for one in opened.pane.plot.picture.curves] == ["v0, v1 +1", "v2"]
        await opened.press("v", "v", "v")  # what has the focus is among the names, and its curve stands out
        curves = opened.pane.plot.picture.curves
        assert [(one.name, one.dim, one.style) for one in curves] == [("v3, v0 +1", False, 3), ("v2", True, 2)]


async def test_bars_that_leave_no_room_for_the_curves_say_how_to_see_them(bench):
    clip = '[clipping]\nkind = "global-norm"\nlimit = 0.001\n'
    async with bench("gradients", model="hidden = [3, 3, 3, 3, 3, 3, 3]\n", extra=clip) as opened:
        await opened.press("right")
        assert not opened.pane.plot.display
        assert str(opened.pane.border_subtitle).endswith(" · h: over time")
        await opened.press("h")
        assert opened.pane.plot.display
        assert "h: over time" not in str(opened.pane.border_subtitle)


GROWING = 'schedule = { kind = "range-test", rate = 1e-4, end = 1.0 }'
RATES = f'[train]\nepochs = 40\n[[variants]]\nname = "grows"\nset = {{ {GROWING} }}\n[[variants]]\nname = "same"\n'


async def test_the_loss_is_drawn_over_a_rate_that_grows_and_the_axes_of_its_rates_are_logarithmic(bench):
    async with bench("loss", "schedule", extra=RATES, size=(120, 24)) as opened:
        pane, session = opened.pane, opened.session
        assert opened.workbench.panes[1].plot.picture.log_y
        await opened.press(*"30", "right", "X")
        chart = pane.plot.picture
        rates, losses = (session.focused.timeline.series[name].values(0, 30) for name in ("learning_rate", "loss"))
        assert [(one.name, one.x.tolist(), one.low.tolist()) for one in chart.curves] == [
            ("grows", rates.tolist(), losses.tolist())
        ]
        assert str(pane.border_title).startswith("Loss over learning rate")
        assert (chart.x_label, chart.log_x, chart.x_range) == ("learning rate", True, pytest.approx((1e-4, 1.0)))
        assert chart.cursor_x == rates[29]
        assert "1 run left out: rate not monotonic" in opened.text()
        await opened.press("L")
        assert not pane.plot.picture.log_x
        await opened.press("v")  # whose rate stays as it is
        assert pane.plot.picture.x_label == "epoch"
        assert not any("over epochs" in key.text for key in own_keys(pane, pane.taken_keys()))
        await opened.press("X")
        assert "only grows, or only falls" in str([*opened.pilot.app._notifications][-1].message)
        await opened.press("v")
        assert pane.plot.picture.x_label == "learning rate"


def test_over_a_falling_rate_the_newest_loss_stands_on_the_left_and_what_comes_is_faint(small_scenario):
    schedule = '{ kind = "exponential", rate = 1.0, decay = 0.9 }'
    session = session_of(small_scenario(f"{MODEL}[train]\nepochs = 20\n", head=f"schedule = {schedule}\n"), 12)
    session.head_for(Cursor(8))
    (track,) = session.tracks
    assert monotonic(track.timeline)
    (curve,) = LossPane()._curves(session, [track], None)
    ahead_of_it, passed = over_rates(curve, track)
    rates, losses = (track.timeline.series[name].values(0, 12) for name in ("learning_rate", "loss"))
    assert (passed.faint, passed.x.tolist(), passed.low.tolist()) == (
        False,
        *(one[7::-1].tolist() for one in (rates, losses)),
    )
    assert (ahead_of_it.faint, ahead_of_it.x.tolist()) == (True, rates[:6:-1].tolist())
    assert rate_axis([track]) == (pytest.approx(0.9**19), 1.0, False)


@pytest.mark.parametrize(
    ("schedule", "drawn"),
    [
        ('{ kind = "exponential", rate = 1.0 }', True),  # the same all over an epoch
        ('{ kind = "one-cycle", rate = 1.0 }', False),
        ('{ kind = "step", rate = 1.0, every = 10 }', False),
        ('{ kind = "constant", rate = 1.0 }', False),
    ],
)
def test_losses_are_drawn_over_rates_that_go_one_way_through_many_values(small_scenario, schedule, drawn):
    text = f"{MODEL}[train]\nbatch_size = 1\nepochs = 20\n"
    assert monotonic(Run(small_scenario(text, head=f"schedule = {schedule}\n")).timeline) is drawn


@pytest.mark.parametrize(
    ("schedule", "logarithmic"),
    [
        ('{ kind = "range-test", rate = 1e-5, end = 10.0 }', True),
        ('{ kind = "exponential", rate = 1.0, decay = 0.8 }', True),
        ('{ kind = "cosine", rate = 1.0 }', False),
        ('{ kind = "one-cycle", rate = 1.0 }', False),
    ],
)
def test_a_rate_that_spends_long_far_below_its_highest_has_a_logarithmic_axis(
    small_scenario, schedule, logarithmic
):
    run = Run(small_scenario(f"{MODEL}[train]\nepochs = 60\n", head=f"schedule = {schedule}\n"))
    found = ahead(run.timeline, 40)
    assert apart([Curve("", found.epochs, found.rates)]) is logarithmic


async def test_many_layers_with_the_same_trouble_are_counted(bench):
    model = "hidden = [3, 3, 3]\noutput = 'linear'\nactivation = 'linear'"
    async with bench("gradients", model=model, extra="") as opened:
        await opened.press("right")
        layers = opened.session.focused.timeline.layers
        opened.session.figures = lambda track: {f"gradient:{name}": 1e9 for name in layers[:3]}
        assert opened.pane._told(opened.session, layers) == "3 of 3 EXPLODING"
        opened.session.figures = lambda track: {f"gradient:{name}": 1e-9 for name in layers[:1]}
        assert opened.pane._told(opened.session, layers) == "layer1 VANISHING"


LONG = ("Loss · gradient-descent · 2 parameters",)
OF_A_UNIT = ("Decision · output class (1/5)", " · hidden · rate 0.05")
OF_A_FORK = ("Gradient per layer", " · hidden · rate 0.05")  # whose beginning is the name of another run
TITLES = [
    (60, LONG, "Loss · gradient-descent · 2 parameters"),
    (38, LONG, "Loss · gradient-descent · 2 par…"),
    (36, LONG, "Loss · gradient-descent"),
    (31, LONG, "Loss · gradient-descent"),
    (24, LONG, "Loss · gradient-d…"),
    (12, LONG, "Loss"),
    (60, OF_A_FORK, "Gradient per layer · hidden · rate 0.05"),
    (40, OF_A_FORK, "Gradient per layer · …rate 0.05"),
    (33, OF_A_FORK, "Gradient per layer · …0.05"),
    (25, OF_A_FORK, "Gradient per layer"),
    (18, OF_A_FORK, "Gradient pe…"),
    (44, OF_A_UNIT, "Decision · outpu… · hidden · rate 0.05"),
    (40, OF_A_UNIT, "Decision · hidden · rate 0.05"),
]


@pytest.mark.parametrize(("width", "parts", "title"), TITLES)
def test_the_end_of_a_title_gives_way_first_and_the_panes_name_never_to_that_of_a_run(
    width, parts, title, monkeypatch
):
    monkeypatch.setattr(LossPane, "outer_size", Size(width, 10))
    shown = LossPane()
    shown.title = parts[0].partition(" · ")[0]
    shown.headed(*parts)
    assert str(shown.border_title) == title


@pytest.mark.parametrize(("room", "title"), {6: "Loss", 20: "Loss · …rate 0.05"}.items())
def test_a_short_title_is_not_cut_before_the_run_is(room, title, monkeypatch):
    monkeypatch.setattr(LossPane, "outer_size", Size(room + 6, 10))
    shown = LossPane()
    shown.headed("Loss", " · hidden · rate 0.05")
    assert str(shown.border_title) == title
