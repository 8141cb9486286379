"""Every key of the map of a sweep does what the list of keys says, on a sweep that was trained."""

import re
import subprocess
from pathlib import Path
from types import SimpleNamespace

import pytest
from harness import notices, rows

from nnsim.cli import execute
from nnsim.output_files import OutputFiles
from nnsim.sweep.file import SweepFile
from nnsim.sweep.opened_sweep import OpenedSweep
from nnsim.sweep.setting_importance import Importances, SettingImportance
from nnsim.sweep.workers import Done, trained_here
from nnsim.terminal.keymap import SWEEP
from screens.app import NnsimApp
from screens.dialogs.basic import KeysDialog
from screens.sweep import settings_pictures
from screens.sweep.sweep_screen import SweepScreen
from screens.workbench.palette import Palette
from screens.workbench.workbench import Workbench

KEYS = [one.keys.split(",")[0] for one in SWEEP]


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    path = tmp_path_factory.mktemp("sweeps") / "a.nnsweep"
    over = (
        "--over",
        "schedule.rate=0.1:10:log:11",
        "--over",
        "model.hidden=[2],[3]",
        "--over",
        "model.bias=true,false",
    )
    command = ("sweep", "xor", "--epochs", "8", "--no-marks", "--workers", "1", "--seeds", "2", *over)
    assert execute([*command, "-o", str(path)]) == 0
    return path


def train(path):
    """What the program does that trains the rest of a sweep."""
    file = SweepFile.open(path)
    for event in trained_here(file.study, file.read().left):
        if isinstance(event, Done):
            file.append(event.task, event.outcomes, OutputFiles())


@pytest.fixture
async def flown(made, monkeypatch, capsys):
    """The map under test: keys go in, the screen is read; what a key would start is noted and done at once."""
    started = []

    def start(command, **_):
        started.append(command)
        train(Path(command[5]))
        return SimpleNamespace(poll=lambda: 0, wait=lambda: 0)

    monkeypatch.setattr(subprocess, "Popen", start)
    measured = Importances((SettingImportance("schedule.rate", 0.75, 0.01),), 0.9, 44, 0)
    monkeypatch.setattr(settings_pictures, "importances", lambda found: measured)
    swept = OpenedSweep.open(made)
    app = NnsimApp(files=OutputFiles(root=made.parent), first=lambda: SweepScreen(swept))
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        yield SimpleNamespace(
            app=app, pilot=pilot, press=pilot.press, started=started, text=lambda: "\n".join(rows(app)), path=made
        )


def picks(flown):
    return flown.app.screen.map.picks


async def press_right(flown):
    await flown.press("right")
    assert picks(flown) == (6, 1, 0)
    assert "schedule.rate = 1.58" in flown.text()


async def press_left(flown):
    await flown.press("left")
    assert picks(flown) == (4, 1, 0)


async def press_down(flown):
    await flown.press("down")
    assert picks(flown) == (5, 0, 0)
    assert "model.hidden = [2]" in flown.text()


async def press_up(flown):
    await flown.press("down", "up", "up")
    assert picks(flown) == (5, 1, 0)


async def press_shift_right(flown):
    await flown.press("shift+right")
    assert picks(flown) == (6, 1, 0)


async def press_shift_left(flown):
    await flown.press("shift+left")
    assert picks(flown) == (4, 1, 0)


async def press_shift_down(flown):
    await flown.press("shift+down")
    assert picks(flown) == (5, 0, 0)


async def press_shift_up(flown):
    await flown.press("down", "shift+up")
    assert picks(flown) == (5, 1, 0)


async def press_enter(flown):
    losses = flown.app.screen.swept.table.rows["loss"].reshape(11, 2, 2, 2)[5, 1, 0]
    assert f"{losses.mean():.3g} ({losses.min():.3g} to {losses.max():.3g})" in flown.text()
    await flown.press("enter")
    await flown.pilot.pause()
    assert isinstance(flown.app.screen, Workbench)
    settings = flown.app.screen.session.focused.timeline.settings
    assert (settings["schedule.rate"], settings["model.hidden"], settings["random.seed"]) == (1.0, [3], 1)
    await flown.press("q")
    assert isinstance(flown.app.screen, SweepScreen)


async def press_plus(flown):
    await flown.press("x", "plus")
    finer = flown.path.with_name("a-zoom.nnsweep")
    assert not flown.started, "widths cannot be finer"
    assert "no range of numbers" in notices(flown.app)[-1]
    assert flown.app.screen.swept.file.path == flown.path
    assert not finer.exists()


async def press_p(flown):
    await flown.press("p")
    lines = flown.text().splitlines()
    assert "each line a combination" in flown.text()
    assert re.search(r"rate +hidden +bias +mean loss", flown.text())
    assert lines[3].count("False") == lines[3].count("[3]") == 1, "labels at the upper ends of their axes"
    await flown.press("p")
    assert "each line a combination" not in flown.text()


async def press_i(flown):
    await flown.press("i")
    await flown.app.workers.wait_for_complete()
    while not flown.app.screen.is_settled:
        await flown.pilot.pause()
    assert "what decides the mean loss" in flown.text()
    assert re.search(r"schedule.rate +█+.* 0.75 +± 0.01", flown.text())
    assert "a forest explains 90% of what it has not seen" in flown.text()
    await flown.press("i")
    assert "what decides" not in flown.text()


async def press_minus(flown):
    await flown.press("minus")
    assert "this is the whole sweep" in notices(flown.app)[-1]


async def press_b(flown):
    await flown.press("b")
    shown = flown.app.screen.map
    assert shown.values[shown.picks[1], shown.picks[0]] == shown.values.min()


async def press_m(flown):
    await flown.press("m")
    assert "mean lowest loss" in flown.text()


async def press_M(flown):
    await flown.press("m", "M")
    assert "mean loss" in flown.text()


async def press_s(flown):
    await flown.press("s")
    assert "lowest loss" in flown.text().splitlines()[1]


async def press_x(flown):
    await flown.press("x")
    assert "bias ↑" in flown.text() or "bias ^" in flown.text()
    assert "model.hidden = [3]" in flown.text()


async def press_right_square_bracket(flown):
    await flown.press("right_square_bracket")
    assert "model.bias = False" in flown.text()


async def press_left_square_bracket(flown):
    await flown.press("left_square_bracket")
    assert "model.bias = False" in flown.text()


async def press_R(flown):
    await flown.press("R")
    assert "all of it is trained" in notices(flown.app)[-1]


async def press_ctrl_p(flown):
    await flown.press("ctrl+p")
    assert isinstance(flown.app.screen, Palette)
    await flown.press("escape")


async def press_colon(flown):
    await flown.press("colon")
    assert isinstance(flown.app.screen, Palette)
    await flown.press("escape")


async def press_T(flown):
    before = flown.app.theme
    await flown.press("T")
    assert flown.app.theme != before or "no colours" in notices(flown.app)[-1]


async def press_question_mark(flown):
    await flown.press("question_mark")
    assert isinstance(flown.app.screen, KeysDialog)
    assert "sweep what is under the cursor anew" in flown.text()


async def press_escape(flown):
    await flown.press("p", "escape")
    assert "figure" in flown.text()
    await flown.press("escape")
    assert notices(flown.app)[-1] == "q quits", "one key too many loses no map"
    assert flown.app.is_running


async def press_q(flown):
    await flown.press("q")
    assert flown.app.return_value == 0


@pytest.mark.parametrize("key", KEYS)
async def test_every_key_of_the_map_is_pressed(key, flown):
    await globals()[f"press_{key.replace('+', '_')}"](flown)


async def test_a_range_is_swept_anew_in_a_file_of_its_own(made, flown):
    one = made.with_name("b.nnsweep")
    command = ("sweep", "xor", "--epochs", "5", "--no-marks", "--over", "schedule.rate=0.1:10:log:4")
    assert execute([*command, "-o", str(one)]) == 0
    swept = OpenedSweep.open(one)
    await flown.app.push_screen(SweepScreen(swept))
    await flown.press("plus")
    finer = one.with_name("b-zoom.nnsweep")
    assert flown.started[0][3:6] == ["sweep", "--resume", str(finer)]
    assert flown.app.screen.swept.file.path == finer
    assert "zoom 1" in flown.text().splitlines()[0]
    assert len(SweepFile.open(finer).done()) == len(SweepFile.open(finer).study.tasks)
    await flown.press("minus")
    assert flown.app.screen.swept is swept
    await flown.press("plus", "escape")
    assert flown.app.screen.swept is swept
    await flown.press("escape")
    assert flown.app.screen.swept.file.path == made, "the screen below"


async def test_a_sweep_that_grows_is_followed_and_one_that_was_ended_goes_on(made, flown):
    file = SweepFile.open(made)
    half = SweepFile.create(made.with_name("c.nnsweep"), file.study, OutputFiles())
    await flown.app.push_screen(SweepScreen(OpenedSweep(half)))
    assert "0% trained" in flown.text()
    assert "nothing is trained yet" in flown.text()
    await flown.press("R")
    assert flown.started[0][3:6] == ["sweep", "--resume", str(half.path)]
    flown.app.screen.refresh_table()
    await flown.pilot.pause()
    assert "trained" not in flown.text().splitlines()[-2]
