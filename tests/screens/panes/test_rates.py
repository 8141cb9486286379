"""Learning rates over time, and the loss over them."""

import numpy as np
import pytest
from over_time import MODEL, session_of

from nnsim.session.session import Session
from nnsim.timeline import Cursor
from nnsim.timeline.run import Run
from screens.panes.loss import LossPane
from screens.panes.loss_over_rate import monotonic, over_rates, rate_axis
from screens.panes.schedule import apart, planned_rates
from screens.plots import Curve
from screens.workbench.status import own_keys


def test_a_schedule_by_step_is_drawn_step_by_step(small_scenario):
    extra = f'{MODEL}[train]\nbatch_size = 1\nepochs = 5\n[schedule]\nkind = "one-cycle"\nrate = 1.0\n'
    timeline = Run(small_scenario(extra, head="")).timeline
    found = planned_rates(timeline, 40)
    assert (found.epochs * 4).tolist() == list(range(20))
    plan = timeline.plan
    assert found.rates.tolist() == plan.schedule.over(np.arange(20), 4, 5).tolist()
    assert not found.expected


def test_what_losses_decide_is_certain_as_far_as_it_is_recorded(small_scenario):
    extra = f'{MODEL}[train]\nepochs = 100\n[schedule]\nkind = "reduce-on-plateau"\nrate = 1.0\npatience = 2\n'
    extra += "threshold = 0.9\ndrop = 0.5\n"
    run = Run(small_scenario(extra, head=""))
    run.advance_to(40)
    found = planned_rates(run.timeline, 100)
    assert found.certain == 40
    assert found.rates[:40].tolist() == run.timeline.series["learning_rate"].values(0, 40).tolist()
    assert len(set(found.rates[:40])) > 3
    assert set(found.rates[40:]) == {found.rates[39]}


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
        opened.workbench.edits.begin_again(how)
        await opened.press()
        return opened.pane.plot.picture.log_y

    async with bench("schedule", extra=variants) as opened:
        session = opened.session
        assert opened.pane.plot.picture.log_y
        assert not await drawn(lambda: session.editor.restart(one_rate))
        assert await drawn(session.history.undo)
        await opened.press("l")
        await opened.press("l")
        assert await drawn(lambda: session.editor.restart(one_rate))


async def test_runs_with_the_same_rates_share_a_curve_that_names_them(bench):
    one = '[[variants]]\nname = "v{}"\nset = {{ schedule.rate = {} }}\n'
    variants = "".join(one.format(index, rate) for index, rate in enumerate("1141"))
    async with bench("schedule", extra=variants) as opened:
        assert [one.name for one in opened.pane.plot.picture.curves] == ["v0, v1 +1", "v2"]
        await opened.press("v", "v", "v")  # what has the focus is among the names, and its curve stands out
        curves = opened.pane.plot.picture.curves
        assert [(one.name, one.dim, one.style) for one in curves] == [("v3, v0 +1", False, 3), ("v2", True, 2)]


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
        assert not any("over epochs" in key.text for key in own_keys(pane, pane.active_keys()))
        await opened.press("X")
        assert "only grows, or only falls" in opened.notices[-1]
        await opened.press("v")
        assert pane.plot.picture.x_label == "learning rate"


def test_over_a_falling_rate_the_newest_loss_stands_on_the_left_and_what_comes_is_faint(small_scenario):
    schedule = '{ kind = "exponential", rate = 1.0, decay = 0.9 }'
    session = session_of(small_scenario(f"{MODEL}[train]\nepochs = 20\n", head=f"schedule = {schedule}\n"), 12)
    session.motion.head_for(Cursor(8))
    (track,) = session.tracks
    assert monotonic(track)
    (curve,) = LossPane().curves_of(session.view, [track], None)
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
    assert monotonic(Session.of_scenario(small_scenario(text, head=f"schedule = {schedule}\n")).focused) is drawn


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
    found = planned_rates(run.timeline, 40)
    assert apart([Curve("", found.epochs, found.rates)]) is logarithmic


async def test_a_sweep_of_one_variant_is_drawn_over_its_values_at_equal_epochs_until_a_key_says_otherwise(bench):
    extra = "[train]\nepochs = 20\nvalidation = 0.5\n"
    extra += '[sweep]\nkey = "schedule.rate"\nvalues = [0.3, 0.1, 0.2]\n'
    async with bench("loss", extra=extra) as opened:
        for _ in range(3):
            await opened.press("right")
        training, validation = opened.pane.plot.picture.curves
        tracks = sorted(opened.session.tracks, key=lambda track: track.timeline.settings["schedule.rate"])
        assert training.x.tolist() == validation.x.tolist() == [0.1, 0.2, 0.3]
        records = [track.timeline.record(opened.session.cursor.step) for track in tracks]
        assert training.low.tolist() == [one["loss"] for one in records]
        assert validation.low.tolist() == [one["validation_loss"] for one in records]
        assert opened.pane.plot.picture.x_label == "schedule.rate"
        assert opened.pane.plot.picture.cursor_x == opened.session.focused.timeline.settings["schedule.rate"]
        await opened.press("X")
        assert opened.pane.plot.picture.x_label == "epoch"


async def test_a_sweep_of_one_layers_units_is_drawn_over_their_number_on_a_logarithmic_axis(bench):
    extra = '[train]\nepochs = 3\n[sweep]\nkey = "model.hidden"\nvalues = [[40], [1], [6]]\n'
    async with bench("loss", extra=extra) as opened:
        await opened.press("right")
        chart = opened.pane.plot.picture
        assert chart.curves[0].x.tolist() == [1.0, 6.0, 40.0]
        assert chart.log_x
        assert chart.cursor_x == 40.0
        await opened.press("l")
        assert not opened.pane.plot.picture.log_y
