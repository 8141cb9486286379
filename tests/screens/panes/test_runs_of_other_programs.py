"""Runs of other programs, which have figures alone: every pane draws them, or says what they lack."""

import numpy as np
import pytest
from textual.app import App
from textual.binding import Binding

from nnsim.session.session import Session
from nnsim.session.track import Track
from nnsim.session.view import Capability, View
from nnsim.timeline import Cursor, ImportedLog, Mark, Series
from screens.panes import PANES
from screens.terminal.textual_internals import rendered_rows

STEPS = 40
DRAWN = {"diagnosis", "figures", "gradients", "loss", "narrator", "runs", "schedule"}
LACKS = {
    "arithmetic": "settings, data, parameters or steps to look inside",
    "best": "settings",
    "decision": "settings, data, parameters or steps to look inside",
    "lesson": "settings",
}


def series(name, values, stride=1):
    found = Series(name, stride)
    found.append(np.array(values, dtype=np.float64))
    return found


@pytest.fixture
def imported():
    """A run of 40 steps in 10 epochs, whose loss falls, and rises once."""
    fall = np.exp(-np.arange(STEPS) / 10)
    figures = {
        "loss": series("loss", fall + 0.5 * (np.arange(STEPS) == 30)),
        "validation_loss": series("validation_loss", fall[3::4] + 0.1, stride=4),
        "accuracy": series("accuracy", 1 - fall),
        "learning_rate": series("learning_rate", np.linspace(0.1, 0.01, STEPS)),
        "gradient:fc1": series("gradient:fc1", fall / 3),
        "gradient:fc2": series("gradient:fc2", fall),
        "wall_time": series("wall_time", 0.25 * np.arange(STEPS)),
    }
    return Track(ImportedLog("resnet", figures, 4, {"lr": 0.1}, [Mark(12, "mark", "warm")]), None, 7)


class Shown(App):
    """One pane, for keys and to be drawn into."""

    def __init__(self, pane):
        super().__init__()
        self.pane = pane

    def compose(self):
        yield self.pane


def text_of(pane):
    """What can be read in the frame of a pane."""
    return "\n".join("".join(segment.text for segment in strip) for strip in rendered_rows(pane.screen))


async def drawn(pane, *views):
    """Present views to a pane one after the other, and press all of its keys behind each.  Returns: the text."""
    app = Shown(pane)
    async with app.run_test(size=(70, 24)) as pilot:
        texts = []
        for view in views:
            pane.present(view)
            await pilot.pause()
            texts.append(text_of(pane))
            for one in type(pane).BINDINGS:
                assert isinstance(one, Binding)
                await pilot.press(*one.key.split(","))
                pane.present(view)
        return texts


@pytest.mark.parametrize("kind", PANES)
async def test_every_pane_draws_a_run_that_has_figures_alone_or_says_what_it_lacks(kind, imported):
    view = View((imported,), 0, Cursor(20))
    pane = PANES[kind]()
    (text,) = await drawn(pane, view)
    reason = PANES[kind].why_not(view)
    assert (reason is None) == (kind in DRAWN)
    if reason is None:
        assert not pane.query(".reason")
    else:
        assert reason.startswith("Another program has trained this run: its log has no ")
        assert " ".join(reason.split()) in " ".join(text.replace("│", " ").split())
        assert reason.endswith(f" {LACKS.get(kind, reason)}.") or reason == LACKS.get(kind, reason)


@pytest.mark.parametrize("kind", PANES)
async def test_every_pane_draws_runs_of_both_kinds_side_by_side(kind, imported, small_scenario):
    session = Session.of_scenario(small_scenario("[train]\nepochs = 40\n"))
    track = session.tracks[0]
    track.run.advance_to(30)
    both = (track, imported)
    views = [View(both, focus, Cursor(20)) for focus in (0, 1)]
    alone = PANES[kind].why_not(View((track,), 0, Cursor(20)))
    texts = await drawn(PANES[kind](), *views)
    assert PANES[kind].why_not(views[0]) == (None if kind == "gap" else alone)
    assert (PANES[kind].why_not(views[1]) is None) == (kind in DRAWN)
    assert texts[0] != texts[1]


async def test_what_is_read_of_the_figures_stands_in_the_panes(imported):
    view = View((imported,), 0, Cursor(20))
    loss, rate, norms, sentence = [
        (await drawn(PANES[kind](), view))[0] for kind in ("loss", "schedule", "gradients", "narrator")
    ]
    assert "loss 0.149569" in loss
    assert "validation 0.249569" in loss
    assert "accuracy 85" in loss
    assert "warm" in loss
    assert "rate 0.0562" in rate
    assert "fc1" in norms
    assert "fc2 is 3 times fc1" in norms
    assert "falling" in sentence


async def test_keys_of_a_pane_that_cannot_draw_a_run_mean_nothing(imported):
    pane = PANES["decision"]()
    await drawn(pane, View((imported,), 0, Cursor(20)))
    assert pane.active_keys() == set()


def test_a_track_says_what_it_can_give(imported, small_scenario):
    own = Session.of_scenario(small_scenario("[train]\nepochs = 40\n")).tracks[0]
    assert Capability.REPLAY in own.capabilities
    assert imported.capabilities == Capability.FIGURES | Capability.LEARNING_RATE | Capability.GRADIENT
    assert not imported.far(20)
    assert imported.last_step == imported.done == STEPS
    view = View((own, imported), 1, Cursor(20, 2))
    assert view.figures(imported)["loss"] == pytest.approx(np.exp(-1.9))  # no phase of its steps can be entered
    assert [view.label(one) for one in view.tracks] == ["main", "resnet · lr 0.1"]
    assert not view.missing
