"""Every binding of every screen, dialog and pane is pressed: here, or by the table of a file named here."""

import importlib
import pkgutil
from dataclasses import dataclass
from inspect import signature

import pytest
from harness import send
from textual import actions
from textual.binding import Binding
from textual.dom import DOMNode
from waiting import until

import screens
from nnsim.output_files import ANYWHERE
from nnsim.recording import save
from screens.app import NnsimApp
from screens.router import ScreenRouter
from screens.workbench.workbench import Workbench

# What files of its own test, key by key: a function `press_<key>` there. Hidden keys are pressed here.
TABLES = {
    "Workbench": ("test_workbench_keys", "run_keys"),
    "NetworkPane": ("test_pane_network",),
    "DataPane": ("test_pane_data",),
    "DecisionPane": ("test_pane_decision", "test_point_editing"),
    "DiagnosisPane": ("test_diagnosis_pane",),
    "GradientsPane": ("test_panes_over_time",),
    "SurfacePane": ("test_pane_surface",),
    "SweepScreen": ("test_sweep_keys",),
}
HIDDEN_TOO = ("SweepScreen",)  # whose file presses what `?` does not list, too


@dataclass(frozen=True)
class Way:
    """The panes of a workbench, and the keys that lead to where a binding means something; no panes is home."""

    panes: tuple[str, ...]
    keys: tuple[str, ...] = ()


QUESTION = """
[[lesson]]
text = "Think."
ask = "Which gradient is the smallest?"
choices = ["layer 1", "layer 2", "layer 3"]
answer = "smallest grad"
at = "epoch 2"
"""

LOSS = ("loss",)
WAYS = {
    "Home": Way(()),
    "KeysDialog": Way(LOSS, ("question_mark",)),
    "TextDialog": Way(LOSS, ("m",)),
    "PickDialog": Way(LOSS, ("p",)),
    "ForksDialog": Way(LOSS, ("F",)),
    "WordsDialog": Way(("lesson",), ("K",)),
    "SettingsDialog": Way(LOSS, ("e", "down")),
    "ArithmeticPane": Way(("arithmetic",), ("right",)),
    "CodePane": Way(("code",), ("right",)),
    "FiguresPane": Way(("figures",)),
    "LossPane": Way(LOSS, ("right",)),
    "PredictedPane": Way(("predicted",)),
    "RunsPane": Way(("runs",)),
    "WeightsPane": Way(("weights",)),
}
# Of one key another way.
OTHER_WAYS = {
    ("LossPane", "escape"): Way(LOSS, ("escape", "B")),
    **{("Workbench", key): Way(LOSS) for key in ("backspace", "colon", *"0123456789")},
    **{("Workbench", key): Way(("lesson",)) for key in "bcd"},
    **{
        ("Workbench", key): Way(LOSS, ("2", "right", "c"))
        for key in ("right", "left", "shift+right", "shift+left", "home", "end", "enter", "escape")
    },
}


def owners():
    """Every class of the screens that has bindings of its own, by its name."""
    found = {}
    for module in pkgutil.walk_packages(screens.__path__, "screens."):
        for one in vars(importlib.import_module(module.name)).values():
            if not (isinstance(one, type) and issubclass(one, DOMNode) and one.__module__ == module.name):
                continue
            bindings = [binding for binding in vars(one).get("BINDINGS", ()) if isinstance(binding, Binding)]
            if bindings:
                found[one.__name__] = bindings
    return found


def is_pressed_elsewhere(owner, binding):
    """Whether another file presses it."""
    tables = TABLES.get(owner, ())
    key = binding.key.split(",")[0].replace("+", "_")
    pressed_there = binding.show or owner in HIDDEN_TOO
    return pressed_there and any(hasattr(importlib.import_module(one), f"press_{key}") for one in tables)


HERE = [
    (owner, key, binding.action)
    for owner, bindings in sorted(owners().items())
    for binding in bindings
    if not is_pressed_elsewhere(owner, binding)
    for key in binding.key.split(",")
]


def way_of(owner, key):
    return OTHER_WAYS.get((owner, key)) or WAYS.get(owner)


def test_every_binding_has_a_test():
    missing = {(owner, key) for owner, key, _ in HERE if way_of(owner, key) is None}
    assert not missing, "a line in the table of a test file, or a way to it here"


@pytest.fixture
def performed(monkeypatch):
    """The actions that were performed."""
    done, run_action = [], NnsimApp.run_action

    async def noting(app, action, *where, **named):
        handled = await run_action(app, action, *where, **named)
        if handled:
            done.append(action)
        return handled

    monkeypatch.setattr(NnsimApp, "run_action", noting)
    return done


@pytest.mark.parametrize(
    "panes", sorted({way.panes for owner, key, _ in HERE if (way := way_of(owner, key)) and way.panes})
)
async def test_a_key_does_what_its_binding_says(panes, bench, performed):
    keys = [(way_of(owner, key), owner, key, action) for owner, key, action in HERE]
    async with bench(*panes, model="hidden = [3, 3]\n", extra=QUESTION, size=(60, 15)) as opened:
        app = opened.pilot.app
        for way, owner, key, action in keys:
            if way.panes != panes:
                continue
            while len(app.screen_stack) > 2:
                app.pop_screen()
                await opened.pilot.pause(0)
            for one in way.keys:
                await pressed(opened.pilot, one)
            performed.clear()
            await pressed(opened.pilot, key)
            assert action in performed, (owner, key)
            if opened.workbench.crosshair.crosshair is not None:
                opened.workbench.crosshair.remove()


async def pressed(pilot, key):
    """Press a key, and wait until it is handled, but for no idle moment as the pilot does."""
    send(pilot.app, key)
    for _ in range(3):
        await pilot.pause(0)
    await until(pilot, lambda: pilot.app.input_queue.is_idle)


# A list does itself what these are for.
BY_THE_LIST = {"next": "cursor_down", "previous": "cursor_up", "choose": "select"}


async def test_a_key_of_home_does_what_its_binding_says(performed, trained, monkeypatch):
    ANYWHERE.recordings.mkdir(parents=True)
    save(ANYWHERE.recordings / "one.nnsim", [trained("xor", settings={"train.epochs": 3}).timeline])
    app = NnsimApp()
    monkeypatch.setattr(ScreenRouter, "leave", lambda router, screen: None)
    async with app.run_test(size=(100, 30)) as pilot:
        await pilot.pause()
        for owner, key, action in HERE:
            if owner == "Home":
                performed.clear()
                await pressed(pilot, key)
                assert {action.removeprefix("app."), action, BY_THE_LIST.get(action)} & set(performed), key
                while len(app.screen_stack) > 2:
                    app.pop_screen()
                    await pilot.pause(0)
                if key == "slash":  # the keys behind it would be looked for
                    await pressed(pilot, "escape")


async def test_what_every_binding_performs_is_a_method_of_a_controller_that_takes_its_arguments(bench):
    async with bench("loss") as opened:
        for binding in Workbench.BINDINGS:
            _, name, arguments = actions.parse(binding.action)
            if name != "perform":
                owner = NnsimApp if binding.action.startswith("app.") else Workbench
                assert hasattr(owner, f"action_{name}")
                continue
            holder, name, arguments = actions.parse(arguments[0])
            assert not name.startswith("_")
            signature(getattr(opened.workbench.controllers[holder], name)).bind(*arguments)
