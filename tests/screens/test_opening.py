"""The first picture is true: what follows stands in the same places, and no key is lost meanwhile."""

import subprocess
import sys
from threading import Event

import pytest
from harness import strips
from textual.widgets import OptionList
from waiting import pauses

from nnsim.cli import execute
from nnsim.errors import ScenarioError
from nnsim.lessons.course import named_course
from nnsim.output_files import ANYWHERE
from nnsim.recording import open_recording
from nnsim.scenario import catalog
from nnsim.session.session import Session
from nnsim.timeline import Cursor
from screens import preferences
from screens.app import NnsimApp
from screens.home import Home
from screens.loading import HomeOpening, WorkbenchOpening
from screens.pane_catalog import ABOUT, before_a_step, stage_of
from screens.panes import PANES
from screens.workbench.workbench import Workbench

FRAME = "╭╮╰╯"
MOST_DATACLASSES, MOST_MODULES = 70, 800  # of our own, and of all, until the first figures stand


class Gate:
    """Loads a screen when it is told to."""

    def __init__(self, make):
        self.make = make
        self.open = Event()

    def __call__(self):
        assert self.open.wait(20)
        return self.make


def rows(app):
    height = app.size.height
    return ["".join(part.text for part in strip) for strip in strips(app)[:height]]


def corners(app):
    return [(y, x) for y, row in enumerate(rows(app)) for x, character in enumerate(row) if character in FRAME]


async def until(pilot, holds):
    async for _ in pauses(pilot):
        if holds():
            return
    raise AssertionError("it did not come")


def opened(name, gate=None):
    scenario = catalog.read(name)
    gate = gate or Gate(lambda: Workbench(Session.of_scenario(scenario)))
    outline = catalog.read_outline(catalog.find(name))
    stage = stage_of(outline.panes, before_a_step(outline.show))
    return gate, NnsimApp(opening=WorkbenchOpening(outline.title, stage, gate))


def test_every_pane_has_its_title_before_panes_are_loaded():
    assert {name: kind.title for name, kind in PANES.items()} == {name: one.title for name, one in ABOUT.items()}
    told = "import sys, screens.loading; print([name for name in sys.modules if name.startswith('screens.panes')])"
    assert subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, check=True).stdout == "[]\n"


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_a_workbench_has_its_frames_where_its_opening_has_them(size):
    gate, app = opened("xor")
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        assert isinstance(app.screen, WorkbenchOpening)
        before, framed = rows(app), corners(app)
        assert catalog.read("xor").title in before[0]
        assert "Lesson" in before[1]
        gate.open.set()
        await until(pilot, lambda: isinstance(app.screen, Workbench) and "1 of" in "".join(rows(app)))
        assert corners(app) == framed
        assert before[0].rstrip() in rows(app)[0]


async def test_home_has_its_lists_where_its_opening_has_them(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    monkeypatch.setattr("screens.loading.PROGRESS_S", float("inf"))  # a busy machine takes longer, and would say so
    gate = Gate(Home)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    app = NnsimApp(opening=HomeOpening(named_course(), [], gate))
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        before, framed = rows(app), corners(app)
        assert sum(entry.title[:20] in "".join(before) for entry in catalog.entries()) > 5
        await pilot.press("down", "down")
        gate.open.set()
        await until(pilot, lambda: isinstance(app.screen, Home))
        await until(pilot, lambda: app.screen.query(OptionList).first().highlighted == 3)  # below a heading
        assert corners(app) == framed
        # What a lesson holds, and what is done, is known when everything is loaded.
        assert [row[:36].replace("·", " ") for row in rows(app)[2:]] == [
            row[:36].replace("·", " ") for row in before[2:]
        ]


def started(monkeypatch, *arguments):
    """The app that a command line begins."""
    apps = []
    monkeypatch.setattr("nnsim.cli.open.require_screen", lambda: None)
    monkeypatch.setattr("screens.app.run", lambda app: apps.append(app) or 0)
    assert execute(list(arguments)) == 0
    return apps[0]


async def test_panes_and_colours_that_were_kept_are_those_of_the_first_picture(monkeypatch, tmp_path):
    own = tmp_path / "own.toml"
    own.write_text('title = "t"\nsummary = "s"\n[data]\nkind = "parity"\nbits = 2\n')
    preferences.write(ANYWHERE, theme="light", layout=("own", ("metrics", "gone", "loss")))
    app = started(monkeypatch, "open", str(own))
    assert app.theme == "light"
    gate = Gate(None)
    load, app.opening.load = app.opening.load, lambda: gate() or load()
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        before, framed = rows(app), corners(app)
        assert isinstance(app.screen, WorkbenchOpening)
        assert "Metrics" in before[1]
        gate.open.set()
        await until(pilot, lambda: isinstance(app.screen, Workbench) and "q back" in rows(app)[-1])
        assert [pane.kind for pane in app.screen.panes] == ["metrics", "loss"]
        assert corners(app) == framed


@pytest.mark.parametrize("before", [["--theme", "dark"], []])
@pytest.mark.parametrize("command", [["open", "xor"], []])
def test_a_theme_is_heard_with_the_option_and_without_it(monkeypatch, command, before):
    monkeypatch.setenv("NNSIM_THEME", "contrast")
    assert started(monkeypatch, *before, *command).theme == ("dark" if before else "contrast")


@pytest.mark.parametrize("loaded", [True, False])
def test_a_recording_begins_with_the_session_and_not_where_the_opening_was_left(
    monkeypatch, tmp_path, capsys, loaded
):
    def run(app):
        if loaded:
            app.opening.load()().focused.run.advance_to(50)
        return 0

    monkeypatch.setattr("nnsim.cli.open.require_screen", lambda: None)
    monkeypatch.setattr("screens.workbench.workbench.Workbench", lambda session: session)
    monkeypatch.setattr("screens.app.run", run)
    path = tmp_path / "x.nnsim"
    assert execute(["open", "xor", "--record", str(path)]) == 0
    assert path.exists() == loaded
    assert capsys.readouterr().out == (f"{path}: recorded\n" if loaded else "")
    if loaded:
        with open_recording(path) as recording:
            assert recording.timelines[0].length == 50


async def test_keys_wait_for_the_workbench_in_their_order():
    gate, app = opened("xor")
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("1", "2", "right", "full_stop")
        gate.open.set()
        await until(pilot, lambda: isinstance(app.screen, Workbench) and app.screen.drawn_cursor == Cursor(12, 1))


async def test_escape_leaves_what_takes_too_long():
    gate, app = opened("xor")
    async with app.run_test() as pilot:
        await pilot.press("escape")
        await pilot.pause()
    assert app.return_value == 0
    gate.open.set()


async def test_what_cannot_be_opened_ends_the_app_with_the_reason():
    def refuse():
        raise ScenarioError("model.hidden: is too large")

    _, app = opened("xor", refuse)
    with pytest.raises(ScenarioError, match="too large"):
        async with app.run_test() as pilot:
            await until(pilot, lambda: not app.is_running)


def test_nothing_heavy_is_imported_before_the_first_paint():
    program = """
import sys
import nnsim.cli.open, screens.app
from nnsim.cli import execute
nnsim.cli.open.require_screen = lambda: None
screens.app.run = lambda app: 0
assert execute([]) == execute(["open", "xor"]) == 0
print({"numpy", "click", "msgspec", "plotext", "markdown_it", "screens.workbench.workbench"} & sys.modules.keys())
"""
    told = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
    assert told.strip() == "set()"


async def test_first_figures_wait_for_no_tick(monkeypatch):
    """They come like the effect of a key, for which the terminal has always a place."""
    monkeypatch.setattr(NnsimApp, "may_draw", lambda app, for_key=False: for_key)
    app = NnsimApp(Session.of_scenario(catalog.read("xor")))
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: isinstance(app.screen, Workbench) and "answers 0." in "".join(rows(app)))


FIGURES_ALONE = """
import sys
import numpy
of_numpy = set(sys.modules)  # NumPy 1 imports its masked arrays itself
from nnsim.scenario.catalog import read
from nnsim.session.session import Session
import screens.workbench.workbench
from screens.panes import PANES
scenario = read("xor")
Session.of_scenario(scenario)
kinds = [PANES[name] for name in scenario.panes]
made = [
    value
    for name, module in sys.modules.items()
    if name.startswith(("nnsim", "screens"))
    for value in vars(module).values()
    if isinstance(value, type) and value.__module__ == name and "__dataclass_fields__" in vars(value)
]
unneeded = {"plotext", "numpy.ma", "nnsim.analysis.many_seeds", "nnsim.training.population"}
print(sorted(unneeded & sys.modules.keys() - of_numpy), len(made), len(sys.modules))
"""


def test_figures_do_not_wait_for_what_they_do_not_need():
    """Python writes and compiles six methods for each dataclass: a hundred more delay the figures by 30 ms."""
    done = subprocess.run([sys.executable, "-c", FIGURES_ALONE], capture_output=True, text=True, check=True)
    unneeded, dataclasses, modules = done.stdout.rsplit(maxsplit=2)
    assert unneeded == "[]"
    assert int(dataclasses) <= MOST_DATACLASSES
    assert int(modules) <= MOST_MODULES


def test_a_pane_is_imported_when_it_is_asked_for():
    program = """
import sys
from screens.panes import PANES, WHERE
assert not {f"screens.panes.{module}" for module, _ in WHERE.values()} & sys.modules.keys()
assert "loss" in PANES and "weather" not in PANES and len(PANES) == len(WHERE)
assert not {f"screens.panes.{module}" for module, _ in WHERE.values()} & sys.modules.keys()
print([name for name in PANES if PANES[name].kind != name])
"""
    told = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
    assert told.strip() == "[]"
