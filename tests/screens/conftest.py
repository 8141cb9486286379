"""A workbench with chosen panes over a small scenario, for the tests of panes."""

from collections import defaultdict
from dataclasses import replace
from itertools import count
from types import SimpleNamespace

import pytest
import textual.app
import textual.pilot
from cockpit import PANES
from textual.cache import LRUCache
from textual.css.stylesheet import Stylesheet
from waiting import but_at_rest, pauses, wait_for_rest

import screens.workbench.rendering
from nnsim.scenario.scenario import parse_scenario
from nnsim.session.session import Session
from screens.app import NnsimApp
from screens.workbench.workbench import Workbench

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
        for module in (textual.app, textual.pilot):
            patch.setattr(module, "wait_for_idle", wait_for_rest)
        wait = textual.pilot.Pilot._wait_for_screen
        patch.setattr(textual.pilot.Pilot, "_wait_for_screen", but_at_rest(wait))
        yield


@pytest.fixture(autouse=True, scope="session")
def cycles_are_left_to_python():
    """Between two frames too: when a workbench looks for them is made for one app, and not for hundreds."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(screens.workbench.rendering, "gc_pacing", SimpleNamespace(search_if_due=lambda: None))
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


class Bench:
    """Keys go in; the focused pane, its session and the screen are looked at."""

    def __init__(self, pilot):
        self.pilot = pilot

    @property
    def workbench(self):
        return next(screen for screen in self.pilot.app.screen_stack if isinstance(screen, Workbench))

    @property
    def session(self):
        return self.workbench.session

    @property
    def pane(self):
        return self.workbench.panes[0]

    @property
    def trainer(self):
        track = self.session.focused
        return track.trainer_at(self.session.step_of(track), self.session.phase_of(track))

    async def press(self, *keys):
        await self.pilot.press(*keys)
        async for _ in pauses(self.pilot):
            if self.session.arrived and self.session.training.lagging() is None:
                break
        else:
            raise AssertionError("it does not arrive")
        self.workbench._draw()
        await self.pilot.pause()

    def lines(self):
        """The rows of the first pane, without its frame."""
        region = self.pane.content_region
        strips = self.pilot.app.screen._compositor.render_strips()
        return [strip.text[region.x : region.right] for strip in strips[region.y : region.bottom]]

    def text(self):
        return "\n".join(self.lines())


@pytest.fixture
def bench():
    """Opens a workbench with these panes: `async with bench("network") as (pilot, opened)`."""

    class Opening:
        def __init__(self, *panes, data=XOR, model=MODEL, extra="", size=(80, 24)):
            listed = ", ".join(f'"{pane}"' for pane in panes)
            text = (
                f'title = "t"\nsummary = "s"\npanes = [{listed}]\n[data]\n{data}\n[model]\n{model}\n'
                f'[schedule]\nkind = "constant"\nrate = 0.5\n[random]\nseed = 5\n{extra}'
            )
            session = Session.of_scenario(parse_scenario(text, name="small", source="small.toml"))
            self._running = NnsimApp(session).run_test(size=size)

        async def __aenter__(self):
            opened = Bench(await self._running.__aenter__())
            await opened.press()
            return opened

        async def __aexit__(self, *error):
            return await self._running.__aexit__(*error)

    return Opening


@pytest.fixture
def fly(scenario):
    """Opens a scenario in a workbench of a size, by default of few cells: drawing is what takes long."""

    def opened(name="xor", size=(80, 24), variant=None, settings=None, panes=PANES):
        found = replace(scenario(name), panes=panes)
        app = NnsimApp(Session.of_scenario(found, variant, settings))
        return app.run_test(size=size, notifications=True)

    return opened
