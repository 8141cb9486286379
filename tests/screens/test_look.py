"""The themes, and copies of what is seen, on a real workbench."""

import subprocess
import sys

import pytest
from harness import strips
from shared import bundled
from textual.color import Color
from textual.screen import ModalScreen

from nnsim.output_files import ANYWHERE
from nnsim.recording import open_recording, save
from nnsim.session.session import Session
from nnsim.terminal.theme_names import NAMES
from nnsim.timeline.run import Run
from screens import preferences
from screens.app import NnsimApp
from screens.dialogs.picker import PickDialog
from screens.terminal.textual_internals import rendered_rows

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
    for strip in rendered_rows(screen)[box.y : box.bottom]:
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
    from screens.plots.plot_style import Look, themed
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
            assert preferences.read(ANYWHERE).theme == seen[-1]
            curve = opened.pane.plot._look.curves[0]
            assert curve == opened.pilot.app.current_theme.variables["plot-curve-0"]
            colours = {
                segment.style.color.name
                for strip in strips(opened.pilot.app)
                for segment in strip
                if segment.style and segment.style.color
            }
            assert curve in colours
    assert sorted(seen) == sorted(NAMES)
    preferences.write(ANYWHERE, theme="contrast")
    assert NnsimApp().theme == "contrast"
    assert NnsimApp(theme="light").theme == "light"


@pytest.mark.parametrize("theme", NAMES)
def test_the_cursor_of_a_list_is_reversed_where_there_is_no_colour(theme):
    from screens.terminal.filters import STANDS_OUT
    from screens.themes import THEMES

    made = THEMES[theme]
    ground = Color.parse(made.variables["block-cursor-background"]).brightness
    assert abs(ground - Color.parse(made.surface).brightness) > STANDS_OUT + 0.05


async def test_no_colour_is_no_theme(bench, monkeypatch):
    monkeypatch.setenv("NO_COLOR", "1")
    async with bench("loss") as opened:
        await opened.press("T")
        assert opened.pilot.app.theme == "safe"
        assert preferences.read(ANYWHERE).theme is None
        assert "NO_COLOR is set" in opened.notices[-1]


# ---------------------------------------------------------------------- copying


@pytest.fixture
def written(monkeypatch):
    """What is sent to the terminal's clipboard."""
    copied = []
    monkeypatch.setattr(NnsimApp, "copy_to_clipboard", lambda app, text: copied.append(text))
    return copied


async def copied(opened, key):
    before = opened.notices
    await opened.press("ctrl+s")
    assert isinstance(opened.pilot.app.screen, PickDialog)
    await opened.press(key)
    for _ in range(1000):
        if opened.notices not in ([], before):
            return
        await opened.pilot.pause(0.01)
    raise AssertionError("nothing was said about a copy")


async def test_a_pane_and_the_screen_are_copied_under_free_names(bench, written):
    async with bench("loss", "data") as opened:
        await opened.press("4", "right", "tab")
        screen = [strip.text.rstrip() for strip in strips(opened.pilot.app)]
        for key in "ttTvp":
            await copied(opened, key)
    found = sorted(one.name for one in ANYWHERE.pictures.iterdir())
    assert found == [
        "small-step4-data-2.txt", "small-step4-data.png", "small-step4-data.svg", "small-step4-data.txt",
        "small-step4.txt",
    ]  # fmt: skip
    text = (ANYWHERE.pictures / "small-step4-data.txt").read_text()
    assert text.splitlines()[0].startswith("╭─ Data")
    assert text.splitlines()[-1].endswith("╯")
    whole = (ANYWHERE.pictures / "small-step4.txt").read_text()
    assert whole.splitlines()[:-2] == screen[:-2]
    assert written == [text, text, whole]
    assert (ANYWHERE.pictures / "small-step4-data.png").read_bytes()[:4] == b"\x89PNG"
    svg = (ANYWHERE.pictures / "small-step4-data.svg").read_text()
    assert svg.startswith("<svg")
    assert "error" in svg
    assert "http" not in svg.replace("http://www.w3.org/2000/svg", "").replace("https://www.textualize.io", "")


async def test_a_folder_that_cannot_be_written_is_told(bench, written):
    ANYWHERE.pictures.parent.mkdir(parents=True, exist_ok=True)
    ANYWHERE.pictures.write_text("a file")
    async with bench("loss") as opened:
        await copied(opened, "t")
        assert opened.notices[-1].startswith("! copied to the clipboard; ")
        assert "cannot be written" in opened.notices[-1]
        await copied(opened, "v")
        assert opened.notices[-1].startswith(f"! {ANYWHERE.pictures}: cannot be written")
    assert len(written) == 1


async def test_a_pane_that_is_not_on_the_screen_is_told(bench, written):
    async with bench("loss", size=(39, 11)) as opened:
        await copied(opened, "v")
        assert "too small" in opened.notices[-1]
    assert not ANYWHERE.pictures.exists()


async def test_the_command_of_the_run_is_copied(bench, written, scenario):
    app = NnsimApp(Session.of_scenario(scenario("xor"), "biases", {"random.seed": 3}))
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("y")
        assert written == ["nnsim run xor --variant biases --seed 3"]
    async with bench("loss") as opened:
        await opened.press("y")  # a scenario out of nowhere
        assert "No command gives this run: no file here holds its scenario 'small'" in opened.notices[-1]
    assert len(written) == 1


async def test_the_command_of_a_fork_is_not_that_of_the_recording_it_is_no_part_of(tmp_path):
    run = Run(bundled("xor"), settings={"train.target_loss": None, "train.epochs": 5})
    run.advance_to(5)
    save(tmp_path / "x.nnsim", [run.timeline])
    recording = open_recording(tmp_path / "x.nnsim")
    app = NnsimApp(Session.of_timelines(recording.timelines), recording)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("y")
        assert app.clipboard == f"nnsim replay {tmp_path / 'x.nnsim'}"
        app.copy_to_clipboard("")
        app.screen.session.editor.fork("schedule.rate", 0.25)
        await pilot.press("y")
        assert app.clipboard == ""
