"""The slots of a real workbench: which pane each shows, what is kept of them, and what a pane says that cannot."""

import harness
import pytest
from shared import bundled
from textual.screen import Screen
from waiting import pauses

from nnsim.output_files import ANYWHERE
from nnsim.scenario.scenario import parse_scenario
from nnsim.session.session import Session
from screens import preferences
from screens.app import NnsimApp
from screens.dialogs.picker import PickDialog
from screens.pane_catalog import ABOUT
from screens.panes import PANES

UNSTAGED = 'title = "t"\nsummary = "s"\npanes = {panes}\n[data]\nkind = "parity"\nbits = 2\n'


def unstaged(*panes):
    """A scenario of these panes without a lesson."""
    return parse_scenario(UNSTAGED.format(panes=list(panes)), name="small", source="small.toml")


async def test_a_slot_shows_what_is_picked_and_that_is_kept_for_the_scenario(bench):
    async with bench("loss", "gradients") as opened:
        await opened.press("p")
        await opened.pick("Weights")
        assert opened.kinds == ["weights", "gradients"]
        assert opened.pilot.app.focused is opened.pane
        await opened.press("p")
        await opened.pick("Gradient per layer")  # another slot has it: they change places
        assert opened.kinds == ["gradients", "weights"]
        await opened.press("p", "+")
        await opened.pick("Metrics")
        assert opened.kinds == ["gradients", "metrics", "weights"]
        assert opened.pilot.app.focused is opened.workbench.panes[1]
        await opened.press("tab", "p", "-")
        assert opened.kinds == ["gradients", "metrics"]
        assert "accuracy" in "".join(opened.rows)
    assert preferences.read(ANYWHERE).layouts == {"small": ("gradients", "metrics")}
    async with harness.opened(NnsimApp(Session.of_scenario(unstaged("loss", "gradients")))) as again:
        assert again.kinds == ["gradients", "metrics"]
        await again.press("p", "=")
        assert again.kinds == ["loss", "gradients"]
    assert preferences.read(ANYWHERE).layouts == {}


async def test_panes_are_where_they_were_left_when_a_scenario_without_a_stage_is_opened_again(tmp_path):
    own = tmp_path / "own.toml"
    own.write_text(UNSTAGED.format(panes=["loss", "gradients", "data"]))
    app = NnsimApp()
    async with app.run_test(size=(80, 24)) as pilot:
        app.router.open_scenario(own)
        await pilot.pause()
        await app.screen.slots.show_pane("weights")
        left = [pane.kind for pane in app.screen.panes]
        assert left == ["weights", "gradients", "data"]
        app.router.leave(app.screen)
        app.router.open_scenario(own)
        assert [pane.kind for pane in app.screen.panes] == left


async def test_a_slot_is_added_behind_the_last_while_frames_are_drawn(bench):
    async with bench("data", "loss") as opened:
        opened.workbench.slots.focus = 1
        mount = opened.workbench.query_one("#panes").mount

        def drawn(*panes):
            opened.workbench.rendering.invalidate()
            opened.workbench.rendering.frame()  # as the timer may between two turns of the event loop
            return mount(*panes)

        opened.workbench.query_one("#panes").mount = drawn
        await opened.workbench.slots.add_slot("weights")
        assert opened.kinds == ["data", "loss", "weights"]
        assert opened.workbench.slots.focus == 2


async def test_a_lesson_goes_on_when_its_slot_shows_it_again(bench):
    async with bench("lesson") as opened:
        learner = opened.pane.learner
        await opened.workbench.slots.show_pane("weights")
        await opened.workbench.slots.show_pane("lesson")
        await opened.press()
        assert opened.pane.learner is learner


async def test_the_last_slot_stays_and_a_pane_keeps_what_was_chosen_in_it(bench):
    async with bench("loss") as opened:
        pane = opened.pane
        await opened.press("l", "p", "-")  # which is no key while it cannot be done
        assert isinstance(opened.pilot.app.screen, PickDialog)
        await opened.press("escape")
        await opened.workbench.slots.remove_slot()
        assert opened.kinds == ["loss"]
        await opened.workbench.slots.add_slot("data")
        assert opened.workbench.panes[0] is pane
        assert not pane.logarithmic


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[]",
        b"\xff",
        b'{"format": 2}',
        b'{"format": 1, "theme": 7}',
        b'{"format": 1, "layouts": {"small": []}}',
        b'{"format": 1, "layouts": {"small": ["loss", "loss"]}}',
        b'{"format": 1, "layouts": {"small": ["\\u001b[31m"]}}',
        b"[" * 100_000,
        b" " * (preferences.LARGEST + 1),
    ],
)
def test_a_damaged_file_of_what_is_kept_is_as_good_as_none(content):
    preferences.path(ANYWHERE).parent.mkdir(parents=True)
    preferences.path(ANYWHERE).write_bytes(content)
    found = preferences.read(ANYWHERE)
    assert (found.theme, found.layouts) == (None, {})
    assert found.complaint.endswith("; theme and layouts are as they come")
    assert "\n" not in found.complaint
    preferences.write(ANYWHERE, theme="light")
    assert preferences.read(ANYWHERE) == preferences.Preferences("light")
    assert {one.name for one in preferences.path(ANYWHERE).parent.iterdir()} == {
        preferences.FILE,
        "screens-unread.json",
    }
    assert (
        preferences.path(ANYWHERE).with_name("screens-unread.json").read_bytes() == content
    )  # it may be a newer nnsim's


async def test_a_damaged_file_is_told_in_one_line_and_unknown_panes_are_left_out(bench):
    preferences.path(ANYWHERE).parent.mkdir(parents=True)
    preferences.path(ANYWHERE).write_text("{")
    async with bench("loss") as opened:
        assert opened.kinds == ["loss"]
        assert [message for message in opened.notices if "is no JSON" in message]
    preferences.path(ANYWHERE).write_text('{"format": 1, "theme": "gone", "layouts": {"small": ["gone", "data"]}}')
    async with harness.opened(NnsimApp(Session.of_scenario(unstaged("loss")))) as opened:
        assert opened.kinds == ["data"]
        assert opened.pilot.app.theme == "safe"


def test_every_pane_stands_in_the_list_with_a_line_about_it():
    assert set(ABOUT) >= set(PANES)
    for name in PANES:
        assert ABOUT[name].description, name


class Gallery(Screen):
    """Panes one at a time."""

    pane = None

    async def show(self, name, session):
        if self.pane is not None:
            await self.pane.remove()
        self.pane = PANES[name]()
        self.pane.kind = name
        await self.mount(self.pane)
        self.pane.present(session.view)

    def text(self):
        region = self.pane.content_region
        return "\n".join(
            strip.text[region.x : region.right]
            for strip in self._compositor.render_strips()[region.y : region.bottom]
        )


async def test_every_pane_draws_what_it_can_of_a_landscape_and_of_a_guess():
    app = NnsimApp()
    async with app.run_test(size=(44, 12)) as pilot:
        gallery = Gallery()
        await app.push_screen(gallery)
        guess = ("random-search-vs-gradient-descent", "random-search")
        for scenario, variant in (("optimizer-race-beale", None), guess):
            session = Session.of_scenario(bundled(scenario), variant)
            session.motion.move("epoch", 1)
            session.training.train(session.training.lagging(), 1)
            for name in PANES:
                await gallery.show(name, session)
                async for _ in pauses(pilot):  # the first picture waits for plotext, a lesson for Markdown
                    if (text := gallery.text()).strip():
                        break
                assert text.strip(), (scenario, name)
                if reason := PANES[name].why_not(session.view):
                    assert reason[:30] in " ".join(text.split()), (scenario, name)


async def test_a_pane_that_cannot_show_the_focused_run_says_so_and_shows_the_next_one(bench):
    guess = '[[variants]]\nname = "guess"\nset = { solver.kind = "random-search" }\n'
    async with bench("gradients", extra=guess + '[[variants]]\nname = "descend"\n') as opened:
        await opened.press("3", "right")
        assert "This run guesses: there is no gradient." in opened.text()
        await opened.press("v")
        assert "layer1" in opened.text()
        assert "guesses" not in opened.text()
        await opened.press("v")
        assert "layer1" not in opened.text()


def test_a_plane_of_one_parameter_is_refused_with_a_reason():
    text = (
        'title = "t"\nsummary = "s"\n[data]\nkind = "table"\ninputs = [[1.0], [2.0]]\ntargets = [[1.0], [2.0]]\n'
        '[model]\nbias = false\nhidden = []\noutput = "linear"\n'
    )
    session = Session.of_scenario(parse_scenario(text, name="small", source="small.toml"))
    assert PANES["surface"].why_not(session.view) == "A plane needs two parameters; this model has one."
