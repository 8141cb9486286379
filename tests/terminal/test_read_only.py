"""A session that may not write: no key and no command leaves anything on the disk, and each says so."""

import pytest

from nnsim.output_files import READ_ONLY
from nnsim.recording import save


@pytest.fixture
def home(tmp_path):
    """A home without anything in it, and the environment of a program that lives there."""
    folder = tmp_path / "home"
    folder.mkdir()
    places = {f"XDG_{name}_HOME": str(folder / name.lower()) for name in ("CONFIG", "DATA", "STATE", "CACHE")}
    return folder, {"HOME": str(folder), **places}


@pytest.fixture
def recorded(tmp_path, trained):
    path = tmp_path / "run.nnsim"
    save(path, [trained("xor", settings={"train.epochs": 3}).timeline])
    return path


def everything(folder):
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


def refused(terminal, *keys):
    """Press keys, the last of several in a dialog, and wait until the answer is that nothing is written.

    A click takes the answer away, which would stay for seconds.
    """
    for key in keys[:-1]:
        terminal.keys(key)
        terminal.wait_for("enter picks")
    terminal.keys(keys[-1])
    terminal.wait_for(READ_ONLY)
    row, line = next((y, line) for y, line in enumerate(terminal.lines, 1) if READ_ONLY in line)
    terminal.keys(*(f"\x1b[<0;{line.index(READ_ONLY) + 1};{row}{pressed}" for pressed in "Mm"))
    terminal.wait_for(lambda: READ_ONLY not in terminal.text)


@pytest.mark.parametrize("command", ["open", "replay", "watch"])
def test_no_key_writes(opened, home, recorded, command):
    folder, environment = home
    before = everything(folder.parent)
    what = "xor" if command == "open" else recorded
    terminal = opened(command, what, "--read-only", environ=environment, columns=120, lines=40)
    terminal.wait_for("epoch ")
    terminal.keys("2", "right")
    refused(terminal, "w")
    refused(terminal, "T")
    refused(terminal, "\x13", "t")  # the pane as text
    refused(terminal, "\x13", "V")  # the screen as a picture
    terminal.keys("p")
    terminal.wait_for("enter picks")
    terminal.keys("\x1b[F", "enter")  # another layout, which stays for the page and is kept nowhere
    terminal.wait_for(lambda: "enter picks" not in terminal.text)
    terminal.keys("q")
    assert terminal.exit_status() == 0
    assert everything(folder.parent) == before


def test_what_was_edited_by_hand_is_left_without_an_offer_to_save_it(opened, home):
    folder, environment = home
    terminal = opened("open", "xor", environ={**environment, "NNSIM_READ_ONLY": "1"})
    terminal.wait_for("epoch 0/")
    terminal.keys(" ", "q")
    terminal.wait_for("l leave")
    assert "save" not in terminal.text
    terminal.keys("l")
    assert terminal.exit_status() == 0
    assert everything(folder) == []


def test_home_notes_nothing(opened, home):
    folder, environment = home
    terminal = opened(environ={**environment, "NNSIM_READ_ONLY": "1"})
    terminal.wait_for("enter begin")
    terminal.keys("enter")
    terminal.wait_for("epoch 0/")
    terminal.keys("enter")
    terminal.keys("q")
    terminal.wait_for("lessons")
    terminal.keys("q")
    assert terminal.exit_status() == 0
    assert everything(folder) == []
