"""Loss, gradients and schedule over time: smoothing, events, clipping, what is certain, and the crosshair."""

import numpy as np
import pytest
from textual.geometry import Size

from nnsim.run import Run
from nnsim.session import Session, Track
from nnsim.timeline import Cursor
from nnsim.timeline.forks import first_difference
from screens.crosshair import Crosshair
from screens.panes.base import run_shown
from screens.panes.events import Events
from screens.panes.gradients import GradientsPane, verdict
from screens.panes.loss import LossPane
from screens.panes.schedule import ahead

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
    found = {mark.kind: mark for mark in Events().marks(session)}
    assert found["mark"].x == 7
    assert found["mark"].label == "here"
    assert found["setting changed"].label in ("rate = 0.25", "rate = 2.0")
    fork = session.tracks[1].timeline
    assert found["fork differs"].x == first_difference(fork) == 11
    glyphs = [mark.glyph for mark in found.values()]
    assert len(set(glyphs)) == len(glyphs) == 4
    assert all(mark.plain.isascii() for mark in found.values())


def test_the_best_validation_is_the_lowest_up_to_the_cursor(small_scenario):
    session = session_of(small_scenario(VALIDATED), 40)
    series = session.focused.timeline.series["validation_loss"]
    for step in (40, 9):
        session.head_for(Cursor(step))
        found = {mark.kind: mark for mark in Events().marks(session)}
        assert found["best validation"].x == np.argmin(series.values(0, step)) + 1


def test_a_run_that_diverges_has_its_gap_marked_with_the_step(scenario):
    run = Run(scenario("linear-regression"), settings={"schedule.rate": 5.0})
    run.advance_to(run.timeline.plan.steps)
    assert run.timeline.stop.reason == "diverged"
    session = Session([Track(run.timeline, run, 0)])
    found = {mark.kind: mark for mark in Events().marks(session)}["diverged"]
    assert (found.x, found.glyph) == (run.timeline.stop.step, "✕")
    assert found.label == f"diverged, step {run.timeline.stop.step:,}"


def test_a_fork_that_does_not_differ_is_not_read_again_from_its_start(small_scenario):
    session = session_of(small_scenario(MODEL), 30)
    timeline = session.focused.timeline
    twin = Run.fork(timeline, 10)
    twin.advance_to(30)
    session.tracks.append(Track(twin.timeline, twin, 1))
    events = Events()
    assert not [mark for mark in events.marks(session) if mark.kind == "fork differs"]
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
        names = [curve.name for curve in opened.pane.plot.picture.curves]
        assert names == ["layer1 clipped", "layer1", "layer2 clipped", "layer2"]


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


async def test_many_layers_with_the_same_trouble_are_counted(bench):
    model = "hidden = [3, 3, 3]\noutput = 'linear'\nactivation = 'linear'"
    async with bench("gradients", model=model, extra="") as opened:
        await opened.press("right")
        layers = opened.session.focused.timeline.layers
        opened.session.figures = lambda track: {f"gradient:{name}": 1e9 for name in layers[:3]}
        assert opened.pane._told(opened.session, layers) == "3 of 3 layers EXPLODING"
        opened.session.figures = lambda track: {f"gradient:{name}": 1e-9 for name in layers[:1]}
        assert opened.pane._told(opened.session, layers) == "layer1 VANISHING"


LONG = ("Loss · gradient-descent · 2 parameters",)
OF_A_FORK = ("Gradient per layer", " · hidden · rate 0.05")  # whose beginning is the name of another run
TITLES = [
    (60, LONG, "Loss · gradient-descent · 2 parameters"),
    (38, LONG, "Loss · gradient-descent · 2 par…"),
    (36, LONG, "Loss · gradient-descent"),
    (31, LONG, "Loss · gradient-descent"),
    (24, LONG, "Loss · gradient-d…"),
    (12, LONG, "Loss"),
    (60, OF_A_FORK, "Gradient per layer · hidden · rate 0.05"),
    (40, OF_A_FORK, "Gradient per… · hidden · rate 0.05"),
    (33, OF_A_FORK, "Gradi… · hidden · rate 0.05"),
    (25, OF_A_FORK, "Grad… · hidden · r…"),
]


@pytest.mark.parametrize(("width", "parts", "title"), TITLES)
def test_the_end_of_a_title_gives_way_first_and_the_panes_name_before_that_of_a_fork(
    width, parts, title, monkeypatch
):
    monkeypatch.setattr(LossPane, "outer_size", Size(width, 10))
    shown = LossPane()
    shown.headed(*parts)
    assert str(shown.border_title) == title


@pytest.mark.parametrize(("room", "title"), {6: "Loss…", 20: "Loss · hidden · rat…"}.items())
def test_a_short_title_is_not_cut_before_the_run_is(room, title, monkeypatch):
    monkeypatch.setattr(LossPane, "outer_size", Size(room + 6, 10))
    shown = LossPane()
    shown.headed("Loss", " · hidden · rate 0.05")
    assert str(shown.border_title) == title
