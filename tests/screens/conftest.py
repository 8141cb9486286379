"""A workbench with chosen panes over a small scenario, for the tests of panes."""

from collections import defaultdict
from dataclasses import replace
from functools import partial
from itertools import count
from types import SimpleNamespace

import pytest
import textual.app
import textual.pilot
from harness import PANES, opened
from textual.cache import LRUCache
from textual.css.stylesheet import Stylesheet
from waiting import but_at_rest, render_at_rest, wait_for_rest

import screens.workbench.rendering
from nnsim.scenario.lesson_stage import NO_STAGE
from nnsim.scenario.scenario import parse_scenario
from nnsim.session.session import Session
from screens.app import NnsimApp
from screens.terminal.compositor import Compositor

XOR = 'kind = "parity"\nbits = 2'
MODEL = 'hidden = [3]\nactivation = "sigmoid"\noutput = "sigmoid"'


@pytest.fixture(autouse=True, scope="session")
def parsed_once():
    """Apps of the same colours share what their style sheets are parsed into, which each would do for itself."""
    shared = defaultdict(lambda: LRUCache(1000))
    make, change = Stylesheet.__init__, Stylesheet.set_variables

    def share(sheet, variables):
        sheet._parse_cache = shared[frozenset(variables.items())]

    def made(sheet, *, variables=None):
        make(sheet, variables=variables)
        share(sheet, variables or {})

    def changed(sheet, variables):
        sheet._parse_cache = LRUCache(1)  # it is cleared
        change(sheet, variables)
        share(sheet, variables)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Stylesheet, "__init__", made)
        patch.setattr(Stylesheet, "set_variables", changed)
        yield


@pytest.fixture(autouse=True, scope="session")
def as_long_as_it_takes():
    """Keys and pauses of a pilot wait until the app rests."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(textual.app, "wait_for_idle", partial(wait_for_rest, renders=False))  # between two keys
        patch.setattr(textual.pilot, "wait_for_idle", wait_for_rest)
        patch.setattr(Compositor, "render_update", render_at_rest)
        wait = textual.pilot.Pilot._wait_for_screen
        patch.setattr(textual.pilot.Pilot, "_wait_for_screen", but_at_rest(wait))
        yield


@pytest.fixture(autouse=True, scope="session")
def cycles_are_left_to_python():
    """Between two frames too: when a workbench looks for them is made for one app, and not for hundreds."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(screens.workbench.rendering, "frame_pacing", SimpleNamespace(collect_if_due=lambda: None))
        yield


@pytest.fixture(scope="session")
def numbered(tmp_path_factory):
    """Names of folders that no other test has; to make and remove one each takes longer than many do."""
    folder = tmp_path_factory.mktemp("own")
    return (folder / str(number) for number in count())


@pytest.fixture(autouse=True)
def own_folders(numbered, monkeypatch):
    """What tests keep and copy is kept and copied into a folder of their own."""
    folder = next(numbered)
    for name in ("XDG_CONFIG_HOME", "XDG_PICTURES_DIR", "XDG_DATA_HOME"):
        monkeypatch.setenv(name, str(folder / name))
    monkeypatch.delenv("NNSIM_THEME", raising=False)


@pytest.fixture
def bench():
    """Opens a workbench with these panes on a small scenario: `async with bench("network") as opened`."""

    def small(*panes, data=XOR, model=MODEL, extra="", size=(80, 24)):
        listed = ", ".join(f'"{pane}"' for pane in panes)
        text = (
            f'title = "t"\nsummary = "s"\npanes = [{listed}]\n[data]\n{data}\n[model]\n{model}\n'
            f'[schedule]\nkind = "constant"\nrate = 0.5\n[random]\nseed = 5\n{extra}'
        )
        scenario = parse_scenario(text, name="small", source="small.toml")
        return opened(NnsimApp(Session.of_scenario(scenario)), size, panes=panes)

    return small


@pytest.fixture
def fly(scenario):
    """Opens a scenario that comes with nnsim likewise, by default on few cells: drawing is what takes long."""

    def bundled(name="xor", size=(80, 24), variant=None, settings=None, panes=PANES):
        found = scenario(name)
        pages = [replace(one, stage=NO_STAGE) for one in found.lesson.parts]
        found = replace(found, panes=panes, lesson=replace(found.lesson, parts=tuple(pages)))
        app = NnsimApp(Session.of_scenario(found, variant, settings))
        return opened(app, size, notifications=True, panes=panes)

    return bundled
