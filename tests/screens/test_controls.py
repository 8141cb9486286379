"""The slots, the palette, the themes, copying and the mouse, on a real workbench."""

import subprocess
import sys

import pytest
from textual.color import Color
from textual.command import CommandPalette
from textual.events import Key, MouseScrollDown
from textual.screen import ModalScreen, Screen
from waiting import pauses, until

from nnsim import folders
from nnsim.recording import open_recording, save
from nnsim.run import Run
from nnsim.scenario import parse_scenario, read_scenario
from nnsim.session import Session
from nnsim.themes import NAMES
from scenarios import path_of
from screens import kept
from screens.about import ABOUT
from screens.app import NnsimApp
from screens.dialogs import ChoiceDialog, KeysDialog
from screens.palette import Actions
from screens.panes import PANES
from screens.panes.needs import why_not
from screens.picking import PickDialog


def kinds(opened):
    return [pane.kind for pane in opened.workbench.panes]


def told(opened):
    return [one.message for one in opened.pilot.app._notifications]


async def pick(opened, label):
    """Pick a line of the list that is open."""
    dialog = opened.pilot.app.screen
    assert isinstance(dialog, PickDialog)
    options = dialog.query_one("OptionList")
    lines = [str(options.get_option_at_index(i).prompt) for i in range(options.option_count)]
    options.highlighted = next(i for i, line in enumerate(lines) if label in line)
    await opened.press("enter")


# ---------------------------------------------------------------------- slots


async def test_a_slot_shows_what_is_picked_and_that_is_kept_for_the_scenario(bench):
    async with bench("loss", "gradients") as opened:
        await opened.press("p")
        await pick(opened, "Weights")
        assert kinds(opened) == ["weights", "gradients"]
        assert opened.pilot.app.focused is opened.pane
        await opened.press("p")
        await pick(opened, "Gradient per layer")  # another slot has it: they change places
        assert kinds(opened) == ["gradients", "weights"]
        await opened.press("p", "+")
        await pick(opened, "Metrics")
        assert kinds(opened) == ["gradients", "metrics", "weights"]
        assert opened.pilot.app.focused is opened.workbench.panes[1]
        await opened.press("tab", "p", "-")
        assert kinds(opened) == ["gradients", "metrics"]
        assert "accuracy" in "".join(strip.text for strip in opened.pilot.app.screen._compositor.render_strips())
    assert kept.read().layouts == {"small": ("gradients", "metrics")}
    async with bench("loss", "gradients") as opened:
        assert kinds(opened) == ["gradients", "metrics"]
        await opened.press("p", "=")
        assert kinds(opened) == ["loss", "gradients"]
    assert kept.read().layouts == {}


async def test_panes_are_where_they_were_left_when_a_scenario_is_opened_again():
    app = NnsimApp()
    async with app.run_test(size=(80, 24)) as pilot:
        app.open_scenario(path_of("xor"))
        await pilot.pause()
        await app.screen.show_pane("weights")
        left = [pane.kind for pane in app.screen.panes]
        app.leave(app.screen)
        app.open_scenario(path_of("xor"))
        assert [pane.kind for pane in app.screen.panes] == left


async def test_a_slot_is_added_behind_the_last_while_frames_are_drawn(bench):
    async with bench("data", "loss") as opened:
        opened.workbench._focused_pane = 1
        mount = opened.workbench.query_one("#panes").mount

        def drawn(*panes):
            opened.workbench._drawn = None
            opened.workbench._frame()  # as the timer may between two turns of the event loop
            return mount(*panes)

        opened.workbench.query_one("#panes").mount = drawn
        await opened.workbench.add_slot("weights")
        assert kinds(opened) == ["data", "loss", "weights"]
        assert opened.workbench._focused_pane == 2


async def test_a_step_that_was_named_is_not_left_without_asking(bench):
    async with bench("loss") as opened:
        await opened.press("5", "right", "m", "h", "i", "enter", "q")
        assert isinstance(opened.pilot.app.screen, ChoiceDialog)


async def test_a_lesson_goes_on_when_its_slot_shows_it_again(bench):
    async with bench("lesson") as opened:
        learner = opened.pane.learner
        await opened.workbench.show_pane("weights")
        await opened.workbench.show_pane("lesson")
        await opened.press()
        assert opened.pane.learner is learner


async def test_the_last_slot_stays_and_a_pane_keeps_what_was_chosen_in_it(bench):
    async with bench("loss") as opened:
        pane = opened.pane
        await opened.press("l", "p", "-")  # which is no key while it cannot be done
        assert isinstance(opened.pilot.app.screen, PickDialog)
        await opened.press("escape")
        await opened.workbench.remove_slot()
        assert kinds(opened) == ["loss"]
        await opened.workbench.add_slot("data")
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
        b" " * (kept.LARGEST + 1),
    ],
)
def test_a_damaged_file_of_what_is_kept_is_as_good_as_none(content):
    kept.path().parent.mkdir(parents=True)
    kept.path().write_bytes(content)
    found = kept.read()
    assert (found.theme, found.layouts) == (None, {})
    assert found.complaint.endswith("; theme and layouts are as they come")
    assert "\n" not in found.complaint
    kept.write(theme="light")
    assert kept.read() == kept.Kept("light")
    assert {one.name for one in kept.path().parent.iterdir()} == {kept.FILE, "screens-unread.json"}
    assert kept.path().with_name("screens-unread.json").read_bytes() == content  # it may be a newer nnsim's


async def test_a_damaged_file_is_told_in_one_line_and_unknown_panes_are_left_out(bench):
    kept.path().parent.mkdir(parents=True)
    kept.path().write_text("{")
    async with bench("loss") as opened:
        assert kinds(opened) == ["loss"]
        assert [message for message in told(opened) if "is no JSON" in message]
    kept.path().write_text('{"format": 1, "theme": "gone", "layouts": {"small": ["gone", "data"]}}')
    async with bench("loss") as opened:
        assert kinds(opened) == ["data"]
        assert opened.pilot.app.theme == "safe"


def test_every_pane_stands_in_the_list_with_a_line_about_it():
    assert set(ABOUT) >= set(PANES)
    for name in PANES:
        assert ABOUT[name].told, name


class Gallery(Screen):
    """Panes one at a time."""

    pane = None

    async def show(self, name, session):
        if self.pane is not None:
            await self.pane.remove()
        self.pane = PANES[name]()
        self.pane.kind = name
        await self.mount(self.pane)
        self.pane.present(session)

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
            session = Session.of_scenario(read_scenario(path_of(scenario)), variant)
            session.move("epoch", 1)
            session.train(session.lagging(), 1)
            for name in PANES:
                await gallery.show(name, session)
                async for _ in pauses(pilot):  # the first picture waits for plotext, a lesson for Markdown
                    if (text := gallery.text()).strip():
                        break
                assert text.strip(), (scenario, name)
                if reason := why_not(name, session):
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
        assert not opened.pane.by_error
        assert (await found(top, "zoompane"))[0][0] == "Zoom the pane z"
        (await found(top, "theme lig"))[0][1]()
        assert app.theme == "light"
        await (await found(top, "show pane weig"))[0][1]()
        assert kinds(opened) == ["weights", "loss"]
        assert not await found(top, "suspend")  # there is no terminal to give back here
        line, act = (await found(top, "scenario xor-pl"))[0]
        assert line.startswith("Open scenario xor-plateau")
        opened.session.play(True)
        act()
        await opened.pilot.pause()
        assert app.screen.session.scenario.name == "xor-plateau"
        assert not opened.session.playing
        await opened.pilot.press("q")
        assert app.screen is top
        await opened.pilot.press("ctrl+p", *"zoompane")
        await until(opened.pilot, lambda: app.screen.query_one("CommandList").option_count == 1)
        await opened.press("enter")
        assert top._zoomed


async def test_what_is_picked_of_the_palette_of_a_screen_that_was_left_does_nothing(bench):
    async with bench("loss") as opened:
        top = opened.workbench
        acts = [(await found(top, query))[0][1] for query in ("zoompane", "show pane weig")]
    for act in acts:
        assert act() is None
    assert not top._zoomed


async def test_the_palette_on_home_lists_its_keys():
    app = NnsimApp()
    async with app.run_test(size=(100, 30)) as pilot:
        await pilot.press("colon")
        assert isinstance(app.screen, CommandPalette)
        options = app.screen.query_one("CommandList")

        def lines():
            prompts = (str(options.get_option_at_index(i).prompt) for i in range(options.option_count))
            return [" ".join(one.split()) for one in prompts]

        await until(pilot, lambda: {"Quit q", "Next theme T"} <= set(lines()))


# ---------------------------------------------------------------------- themes


def contrast(one, other):
    """(L1 + 0.05) / (L2 + 0.05), the relative luminances of WCAG 2.2."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def luminance(colour):
    channels = [part / 255 for part in colour.rgb]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def weak_cells(screen):
    """What a screen, or the box of a dialog, writes with too little contrast: 4.5 for text, 3 for what is drawn."""
    found = set()
    box = screen.query_one("Vertical").region if isinstance(screen, ModalScreen) else screen.region
    for strip in screen._compositor.render_strips()[box.y : box.bottom]:
        for segment in strip.crop(box.x, box.right):
            style = segment.style
            if style is None or style.color is None or style.bgcolor is None or not segment.text.strip():
                continue
            ink, ground = Color.from_rich_color(style.color), Color.from_rich_color(style.bgcolor)
            if style.dim:
                ink = ground.blend(ink, 0.66)
            ratio = contrast(ink, ground)
            written = any(c.isalnum() for c in segment.text)
            frame = all(0x2500 <= ord(c) <= 0x257F or c.isspace() or c in "▁▂▔▎▊" for c in segment.text)
            if ratio < (4.5 if written else 1.5 if frame else 3.0) - 0.01:
                found.add((segment.text.strip(), round(ratio, 2), ink.hex, ground.hex))
    return found


@pytest.fixture
def truecolour(monkeypatch):
    monkeypatch.setenv("COLORTERM", "truecolor")
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)


async def test_text_has_a_contrast_of_4_5_and_what_is_drawn_3_in_every_theme(bench, truecolour):
    extra = "".join(f'[[variants]]\nname = "{name}"\n' for name in ("one", "two", "three"))
    async with bench("loss", "gradients", "metrics", "lesson", "network", "data", extra=extra) as opened:
        await opened.press("5", "right")
        app = opened.pilot.app
        for theme in NAMES:
            app.theme = theme
            for keys in ((), ("p",), ("e",), ("question_mark",), ("g", "x", "enter")):
                if keys:
                    await opened.pilot.press(*keys)
                await opened.pilot.pause()
                assert not weak_cells(app.screen), (theme, keys)
                if keys:
                    await opened.pilot.press("escape")


def test_the_list_of_scenarios_waits_for_no_engine():
    """What the first paint needs not is imported after it: the themes name the tones of plots without the plots."""
    code = (
        "import sys, screens.app, screens.home; print([one for one in ('numpy', 'plotext') if one in sys.modules])"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"


@pytest.mark.parametrize("theme", NAMES)
def test_curves_and_levels_stand_out_from_the_grounds_of_their_theme(theme):
    from screens.plots.look import Look, themed
    from screens.themes import THEMES

    made = THEMES[theme]
    look = themed(Look(), made.variables)
    for ground in (made.background, made.surface):
        for tone in (*look.curves, *look.ramp, look.axis):
            assert contrast(Color.parse(tone), Color.parse(ground)) >= 3, (tone, ground)
        for tone in (look.text, look.warning, look.cursor):
            assert contrast(Color.parse(tone), Color.parse(ground)) >= 4.5, (tone, ground)
    assert len(set(look.curves)) == len(look.curves) == 6


async def test_the_theme_goes_round_is_kept_and_colours_the_plots(bench, truecolour):
    seen = []
    async with bench("loss") as opened:
        await opened.press("5", "right")
        for _ in NAMES:
            await opened.press("T")
            seen.append(opened.pilot.app.theme)
            assert kept.read().theme == seen[-1]
            curve = opened.pane.plot._look.curves[0]
            assert curve == opened.pilot.app.current_theme.variables["plot-curve-0"]
            colours = {
                segment.style.color.name
                for strip in opened.pilot.app.screen._compositor.render_strips()
                for segment in strip
                if segment.style and segment.style.color
            }
            assert curve in colours
    assert sorted(seen) == sorted(NAMES)
    kept.write(theme="contrast")
    assert NnsimApp().theme == "contrast"
    assert NnsimApp(theme="light").theme == "light"


@pytest.mark.parametrize("theme", NAMES)
def test_the_cursor_of_a_list_is_reversed_where_there_is_no_colour(theme):
    from screens.filters import STANDS_OUT
    from screens.themes import THEMES

    made = THEMES[theme]
    ground = Color.parse(made.variables["block-cursor-background"]).brightness
    assert abs(ground - Color.parse(made.surface).brightness) > STANDS_OUT + 0.05


async def test_no_colour_is_no_theme(bench, monkeypatch):
    monkeypatch.setenv("NO_COLOR", "1")
    async with bench("loss") as opened:
        await opened.press("T")
        assert opened.pilot.app.theme == "safe"
        assert kept.read().theme is None
        assert "NO_COLOR is set" in told(opened)[-1]


# ---------------------------------------------------------------------- copying


@pytest.fixture
def written(monkeypatch):
    """What is sent to the terminal's clipboard."""
    copied = []
    monkeypatch.setattr(NnsimApp, "copy_to_clipboard", lambda app, text: copied.append(text))
    return copied


async def copied(opened, key):
    before = told(opened)
    await opened.press("ctrl+s")
    assert isinstance(opened.pilot.app.screen, PickDialog)
    await opened.press(key)
    for _ in range(1000):
        if told(opened) not in ([], before):
            return
        await opened.pilot.pause(0.01)
    raise AssertionError("nothing was said about a copy")


async def test_a_pane_and_the_screen_are_copied_under_free_names(bench, written):
    async with bench("loss", "data") as opened:
        await opened.press("4", "right", "tab")
        screen = [strip.text.rstrip() for strip in opened.pilot.app.screen._compositor.render_strips()]
        for key in "ttTvp":
            await copied(opened, key)
    found = sorted(one.name for one in folders.pictures().iterdir())
    assert found == [
        "small-step4-data-2.txt", "small-step4-data.png", "small-step4-data.svg", "small-step4-data.txt",
        "small-step4.txt",
    ]  # fmt: skip
    text = (folders.pictures() / "small-step4-data.txt").read_text()
    assert text.splitlines()[0].startswith("╭─ Data")
    assert text.splitlines()[-1].endswith("╯")
    whole = (folders.pictures() / "small-step4.txt").read_text()
    assert whole.splitlines()[:-2] == screen[:-2]
    assert written == [text, text, whole]
    assert (folders.pictures() / "small-step4-data.png").read_bytes()[:4] == b"\x89PNG"
    svg = (folders.pictures() / "small-step4-data.svg").read_text()
    assert svg.startswith("<svg")
    assert "error" in svg
    assert "http" not in svg.replace("http://www.w3.org/2000/svg", "").replace("https://www.textualize.io", "")


async def test_a_folder_that_cannot_be_written_is_told(bench, written):
    folders.pictures().parent.mkdir(parents=True, exist_ok=True)
    folders.pictures().write_text("a file")
    async with bench("loss") as opened:
        await copied(opened, "t")
        assert "cannot be written" in told(opened)[-1]
    assert written == []


async def test_a_pane_that_is_not_on_the_screen_is_told(bench, written):
    async with bench("loss", size=(39, 11)) as opened:
        await copied(opened, "v")
        assert "too small" in told(opened)[-1]
    assert not folders.pictures().exists()


async def test_the_command_of_the_run_is_copied(bench, written, scenario):
    app = NnsimApp(Session.of_scenario(scenario("xor"), "biases", {"random.seed": 3}))
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("y")
        assert written == ["nnsim run xor --variant biases --seed 3"]
    async with bench("loss") as opened:
        await opened.press("y")  # a scenario out of nowhere
        assert "No command gives this run: no file here holds its scenario 'small'" in told(opened)[-1]
    assert len(written) == 1


# ---------------------------------------------------------------------- mouse


async def test_clicks_and_the_wheel_do_what_keys_do(bench):
    async with bench("loss", "arrays", size=(120, 24)) as opened:
        pilot, app = opened.pilot, opened.pilot.app
        await opened.press("3", "right")
        await pilot.click(opened.workbench.panes[1])
        assert app.focused is opened.workbench.panes[1]
        pane = opened.workbench.panes[1]
        await pilot._post_mouse_events([MouseScrollDown], pane)
        assert pane.lines._top == 3
        foot = str(opened.workbench.query_one("#foot").render())
        await pilot.click("#foot", offset=(foot.index("→") + 1, 0))
        await opened.press()
        assert opened.session.cursor.step == 4
        await opened.press("p")
        await pick(opened, "Data")
        for _ in range(500):  # until the pane is there and the footer has its keys
            foot = str(opened.workbench.query_one("#foot").render())
            if "o order" in foot:
                break
            await opened.press()
        await pilot.click("#foot", offset=(foot.index("o order") + 1, 0))  # a key of the pane's own
        assert not opened.workbench.panes[1].by_error
        await pilot.click("#foot", offset=(foot.index("? keys") + 2, 0))
        assert isinstance(app.screen, KeysDialog)
        told_of = app.screen._tables().plain
        assert told_of.index("order: error / row") < told_of.index("play / pause")  # the pane's keys come first
        await pilot.click(offset=(0, 0))  # beside it
        assert app.screen is opened.workbench
        await opened.press("p")
        options = app.screen.query_one("OptionList")
        await pilot.click(options, offset=(10, 0))
        await opened.press()
        assert kinds(opened) == ["loss", "arithmetic"]
        opened.session.change("schedule.rate", 0.25)
        await pilot.press("q")
        assert isinstance(app.screen, ChoiceDialog)
        await pilot.click("OptionList", offset=(6, 2))  # stay
        assert app.screen is opened.workbench


# ---------------------------------------------------------------------- keys in one packet


@pytest.mark.parametrize("opening", ["m", "p", "F"])
async def test_a_packet_of_enters_dismisses_a_dialog_and_leaves_what_is_below_alone(opening, bench):
    async with bench("loss", size=(60, 15)) as opened:
        await opened.press(opening)
        app = opened.pilot.app
        assert app.screen is not opened.workbench
        for _ in range(3):
            app._driver.send_message(Key("enter", "\r"))
        await opened.press()
        assert app.screen is opened.workbench


async def test_what_a_packet_of_enters_picks_of_the_palette_is_done_once(bench):
    async with bench("loss", size=(60, 15)) as opened:
        app = opened.pilot.app
        await opened.press("ctrl+p", *"zoompane")
        await until(opened.pilot, lambda: app.screen.query_one("CommandList").option_count == 1)
        for _ in range(3):
            app._driver.send_message(Key("enter", "\r"))
        await opened.press()
        assert app.screen is opened.workbench
        assert opened.workbench._zoomed


async def test_q_twice_in_one_packet_leaves_one_workbench(bench):
    async with bench("loss", size=(60, 15)) as opened:
        app = opened.pilot.app
        for _ in range(2):
            app.open_workbench(opened.session)
            await opened.pilot.pause()
        below, top = app.screen_stack[-2:]
        app.leave(top)
        app.leave(top)
        await opened.pilot.pause()
        assert app.screen is below


async def test_a_page_of_the_palette_without_room_is_none(bench):
    async with bench("loss", size=(20, 2)) as opened:
        await opened.press("ctrl+p")
        dialog = opened.pilot.app.screen
        assert dialog is not opened.workbench
        await opened.press("pagedown", "pageup", "pagedown")
        assert opened.pilot.app.screen is dialog


async def test_the_command_of_a_fork_is_not_that_of_the_recording_it_is_no_part_of(tmp_path):
    run = Run(read_scenario(path_of("xor")), settings={"train.target_loss": None, "train.epochs": 5})
    run.advance_to(5)
    save(tmp_path / "x.nnsim", [run.timeline])
    recording = open_recording(tmp_path / "x.nnsim")
    app = NnsimApp(Session.of_timelines(recording.timelines), recording)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("y")
        assert app.clipboard == f"nnsim replay {tmp_path / 'x.nnsim'}"
        app.copy_to_clipboard("")
        app.screen.session.fork("schedule.rate", 0.25)
        await pilot.press("y")
        assert app.clipboard == ""


def test_a_plane_of_one_parameter_is_refused_with_a_reason():
    text = (
        'title = "t"\nsummary = "s"\n[data]\nkind = "table"\ninputs = [[1.0], [2.0]]\ntargets = [[1.0], [2.0]]\n'
        '[model]\nbias = false\nhidden = []\noutput = "linear"\n'
    )
    session = Session.of_scenario(parse_scenario(text, name="small", source="small.toml"))
    assert why_not("surface", session) == "A plane needs two parameters; this model has one."
