"""The palette, the mouse, and keys in one packet, on a real workbench."""

import pytest
from harness import send
from textual.command import CommandPalette
from textual.containers import Vertical
from textual.events import MouseScrollDown
from waiting import until

from screens.app import NnsimApp
from screens.dialogs.basic import ChoiceDialog, KeysDialog
from screens.home import Home
from screens.workbench.palette import Actions

# ---------------------------------------------------------------------- palette


async def found(screen, query):
    """The lines that the palette finds over a screen, the best first, and what each of them does."""
    hits = [hit async for hit in Actions(screen).search(query)]
    hits.sort(key=lambda hit: -hit.score)
    return [(" ".join(str(hit.prompt).split()), hit.command) for hit in hits]


async def test_the_palette_finds_actions_of_pane_and_screen_and_performs_one(bench):
    async with bench("data", "loss") as opened:
        top, app = opened.workbench, opened.pilot.app
        line, act = (await found(top, "order"))[0]
        assert line == "Data: Order: error / row o"
        await act()
        assert opened.pane.by_error
        assert (await found(top, "panealone"))[0][0] == "This pane alone, larger z"
        (await found(top, "theme lig"))[0][1]()
        assert app.theme == "light"
        await (await found(top, "show pane weig"))[0][1]()
        assert opened.kinds == ["weights", "loss"]
        assert not await found(top, "suspend")  # there is no terminal to give back here
        line, act = (await found(top, "scenario xor-pl"))[0]
        assert line.startswith("Open scenario xor-plateau")
        opened.session.playback.play(True)
        act()
        await opened.pilot.pause()
        assert app.screen.session.scenario.name == "xor-plateau"
        assert not opened.session.playback.playing
        await opened.pilot.press("q")
        assert app.screen is top
        await opened.pilot.press("ctrl+p", *"panealone")
        await until(opened.pilot, lambda: app.screen.query_one("CommandList").option_count == 1)
        await opened.press("enter")
        assert top.slots.zoomed


async def test_a_key_of_a_pane_without_the_focus_says_whose_it_is(bench):
    async with bench("loss", "weights") as opened:
        await opened.press("k", "right")
        assert opened.notices == []
        await opened.press("i")
        assert opened.notices == ["i is a key of Weights: tab goes there."]


async def test_what_the_other_panes_read_at_the_crosshair_says_so(bench):
    async with bench("predictions", "loss") as opened:
        await opened.press("5", "right", "c", "left", "left")
        assert opened.pane.border_subtitle.startswith("┿ epoch 3 · ")
        await opened.press("escape")
        assert "┿" not in opened.pane.border_subtitle


async def test_what_is_picked_of_the_palette_of_a_screen_that_was_left_does_nothing(bench):
    async with bench("loss") as opened:
        top = opened.workbench
        acts = [(await found(top, query))[0][1] for query in ("panealone", "show pane weig")]
    for act in acts:
        assert act() is None
    assert not top.slots.zoomed


async def test_the_palette_on_home_lists_its_keys():
    app = NnsimApp()
    async with app.run_test(size=(100, 30)) as pilot:
        await until(pilot, lambda: isinstance(app.screen, Home) and app.screen.query("#foot"))
        await pilot.press("colon")
        await until(pilot, lambda: isinstance(app.screen, CommandPalette) and app.screen.query("CommandList"))
        options = app.screen.query_one("CommandList")

        def lines():
            prompts = (str(options.get_option_at_index(i).prompt) for i in range(options.option_count))
            return [" ".join(one.split()) for one in prompts]

        await until(pilot, lambda: {"Quit q", "Next theme T"} <= set(lines()))


# ---------------------------------------------------------------------- mouse


async def test_clicks_and_the_wheel_do_what_keys_do(bench):
    async with bench("loss", "arrays", size=(120, 24)) as opened:
        pilot, app = opened.pilot, opened.pilot.app
        await opened.press("3", "right")
        await pilot.click(opened.workbench.panes[1])
        assert app.focused is opened.workbench.panes[1]
        pane = opened.workbench.panes[1]
        await pilot._post_mouse_events([MouseScrollDown], pane)
        assert pane.lines.top == 3
        foot = str(opened.workbench.query_one("#foot").render())
        await pilot.click("#foot", offset=(foot.index("→") + 1, 0))
        await opened.press()
        assert opened.session.cursor.step == 4
        await opened.press("p")
        await opened.pick("Data")
        for _ in range(500):  # until the pane is there and the footer has its keys
            foot = str(opened.workbench.query_one("#foot").render())
            if "o order" in foot:
                break
            await opened.press()
        await pilot.click("#foot", offset=(foot.index("o order") + 1, 0))  # a key of the pane's own
        assert not opened.workbench.panes[1].by_error
        await pilot.click("#foot", offset=(foot.index("? keys") + 2, 0))
        assert isinstance(app.screen, KeysDialog)
        told_of = app.screen.tables().plain
        assert "a hint of the lesson" not in told_of, "there is no lesson"
        assert told_of.index("play / pause") < told_of.index("order: error / row") < told_of.index("one batch on")
        await pilot.click(offset=(0, 0))  # beside it
        assert app.screen is opened.workbench
        await opened.press("p")
        options = app.screen.query_one("OptionList")
        await pilot.click(options, offset=(10, 0))
        await opened.press()
        assert opened.kinds == ["loss", "arithmetic"]
        opened.session.editor.change("schedule.rate", 0.25)
        await pilot.press("q")
        assert isinstance(app.screen, ChoiceDialog)
        line = str(app.screen.query_one("Static").render())
        assert line == "1 edit is not saved: k keep · l leave · esc stay"
        await pilot.click("Static", offset=(line.index("stay") + 1, 0))
        assert app.screen is opened.workbench


async def test_the_keys_in_the_border_of_compared_runs_are_whole_on_80_columns(bench):
    async with bench("loss", size=(80, 24)) as opened:
        await opened.press("F")
        box = opened.pilot.app.screen.query_one(Vertical)
        edges = 6  # what the border draws beside a text before it cuts it
        assert box.outer_size.width >= len(box.border_subtitle) + edges


# ---------------------------------------------------------------------- keys in one packet


@pytest.mark.parametrize("opening", ["m", "p", "F"])
async def test_a_packet_of_enters_dismisses_a_dialog_and_leaves_what_is_below_alone(opening, bench):
    async with bench("loss", size=(60, 15)) as opened:
        await opened.press(opening)
        app = opened.pilot.app
        assert app.screen is not opened.workbench
        for _ in range(3):
            send(app, "enter")
        await opened.press()
        assert app.screen is opened.workbench


async def test_what_a_packet_of_enters_picks_of_the_palette_is_done_once(bench):
    async with bench("loss", size=(60, 15)) as opened:
        app = opened.pilot.app
        await opened.press("ctrl+p", *"panealone")
        await until(opened.pilot, lambda: app.screen.query_one("CommandList").option_count == 1)
        for _ in range(3):
            send(app, "enter")
        await opened.press()
        assert app.screen is opened.workbench
        assert opened.workbench.slots.zoomed


async def test_q_twice_in_one_packet_leaves_one_workbench(bench):
    async with bench("loss", size=(60, 15)) as opened:
        app = opened.pilot.app
        for _ in range(2):
            app.router.open_workbench(opened.session)
            await opened.pilot.pause()
        below, top = app.screen_stack[-2:]
        app.router.leave(top)
        app.router.leave(top)
        await opened.pilot.pause()
        assert app.screen is below


async def test_a_page_of_the_palette_without_room_is_none(bench):
    async with bench("loss", size=(20, 2)) as opened:
        await opened.press("ctrl+p")
        dialog = opened.pilot.app.screen
        assert dialog is not opened.workbench
        await opened.press("pagedown", "pageup", "pagedown")
        assert opened.pilot.app.screen is dialog
