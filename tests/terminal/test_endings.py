"""However it ends, the process is gone and the terminal is as it was."""

import os
import re
import signal
import sqlite3
import sys
import termios
from contextlib import closing

import pytest
from terminal import RESTORED, Python
from warm import MAIN

from nnsim.recording import save

HUNG_UP = 128 + signal.SIGHUP
STUCK_S = 1.5  # instead of ten seconds
GRACE_S = 1.0  # instead of three
XOR = ("open", "xor")


def flying(opened, *arguments, **settings):
    terminal = opened(*(arguments or XOR), **settings)
    terminal.wait_for("epoch 0/")
    return terminal


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_it_in_order(opened, number):
    terminal = flying(opened)
    os.kill(terminal.process.pid, number)
    assert terminal.exit_status() == 128 + number
    terminal.check_restored()


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSEGV])
def test_what_no_program_survives_gives_the_terminal_back_too_and_names_the_recording(opened, tmp_path, number):
    path = tmp_path / "run.nnsim"
    terminal = flying(opened, "open", "xor", "--record", path)
    os.kill(terminal.process.pid, number)
    assert terminal.exit_status() == -number
    terminal.wait_for("it was killed, or crashed")
    terminal.settle()
    told = terminal.sent.decode().rpartition("\x1b[?1049l")
    # The terminal may still echo its answers to questions of the program that was killed.
    echoed = re.compile(r"(\^\[\[\d+;\d+R)*$")
    assert echoed.sub("", told[2]).endswith(f"({path} holds what was recorded)\r\n")
    assert all(one in terminal.sent.decode() for one in RESTORED)
    assert termios.tcgetattr(terminal.slave) == terminal.before


@pytest.mark.parametrize("keys", [["e", "\r"], ["+" * 13, " "]])
def test_ctrl_c_quits_from_everywhere(opened, keys):
    terminal = flying(opened)
    terminal.keys(*keys)
    terminal.keys("\x03")
    assert terminal.exit_status() == 130
    terminal.check_restored()


def test_a_signal_ends_it_even_where_the_app_hangs(opened):
    soon = f"import screens.terminal.driver\nscreens.terminal.driver.GRACE_S = {GRACE_S}\n"
    hang = "from threading import Event\ndef zoom(self): Event().wait()"
    terminal = flying(opened, command=altered(soon + hang))
    terminal.keys("z")
    terminal.settle()
    os.kill(terminal.process.pid, signal.SIGTERM)
    assert terminal.exit_status() == 128 + signal.SIGTERM
    terminal.check_restored()


@pytest.mark.parametrize("settings", [{}, {"ignored": "SIGHUP"}, {"controlling": False}])
def test_it_does_not_outlive_its_terminal(opened, settings):
    terminal = flying(opened, **settings)
    terminal.hang_up()
    assert terminal.exit_status() == HUNG_UP


def test_the_end_of_standard_input_ends_it(opened):
    master, slave = os.openpty()
    terminal = flying(opened, stdin=slave)
    os.close(slave)
    os.close(master)
    assert terminal.exit_status() == HUNG_UP
    # The answers of this terminal are read by nobody, and its kernel may have shown them.
    assert re.sub(rb"\^\[\[[\d;]+R", b"", terminal.sent).rstrip().endswith(b"\x1b[?25h\x1b[0m")


def test_keys_that_are_none_and_sizes_that_nobody_asked_for_are_passed_over(opened):
    terminal = flying(opened)
    terminal.keys("\x1b[99999999u", "\x1b[99999999999999999999u", "\x1b[48;65535;65535;1;1t", "\x1b[<0;9999;9999M")
    terminal.keys("\x1b[200~pasted\x1b[201~")
    terminal.keys("\x1a")  # ctrl+z, which is left to the screens
    terminal.keys("\x1c")  # ctrl+backslash, to stop, with no shell that could let it go on
    terminal.keys("3", "right")
    terminal.wait_for("epoch 3/")
    terminal.keys("q")
    assert terminal.exit_status() == 0
    terminal.check_restored()


def altered(change):
    """nnsim with another meaning of the key z."""
    return Python(f"from screens.workbench.slots import Slots\n{change}\nSlots.zoom = zoom\n{MAIN}", XOR)


def test_a_fault_gives_the_terminal_back_and_is_told_in_one_line(opened):
    terminal = flying(opened, command=altered("def zoom(self): self.focus_pane(1 / 0, 'secret')"))
    terminal.keys("z")
    assert terminal.exit_status() == 1
    terminal.check_restored()
    told = terminal.sent.decode().rpartition("\x1b[0m")[2].split("\r\n")
    assert told[0].startswith("nnsim: a fault in nnsim ended it")
    assert "ZeroDivisionError: division by zero" in told[0]
    assert "NNSIM_DEBUG=1" in told[0]
    assert told[1:] == [""]


def test_a_recording_that_turns_out_damaged_when_it_is_drawn_is_told_in_one_line(opened, trained, tmp_path):
    path = tmp_path / "x.nnsim"
    save(path, [trained("xor", settings={"train.epochs": 50}).timeline])
    with closing(sqlite3.connect(path)) as recording, recording:
        recording.execute(
            "UPDATE segments SET data = zeroblob(length(data))"
        )  # figures are read when they are shown
    terminal = opened("replay", path)
    terminal.keys("end")
    assert terminal.exit_status() == 2
    terminal.check_restored()
    assert re.search(r"nnsim: .*x\.nnsim: .* damaged \(checksum\)\r\n$", terminal.sent.decode())


def test_it_stops_and_goes_on_under_a_shell(opened):
    terminal = opened(command=["sh", "-i"], environ={"PS1": "here> ", "ENV": ""})
    terminal.wait_for("here>")
    terminal.keys(f"{sys.executable} -m nnsim open xor\r")
    terminal.wait_for("epoch 0/")
    terminal.keys("3", "right")
    terminal.wait_for("epoch 3/")
    terminal.settle()
    before = terminal.lines
    terminal.keys("\x1c")
    terminal.wait_for("here>")
    assert terminal.sent.rfind(b"\x1b[?1049l") > terminal.sent.rfind(b"\x1b[?1049h")
    terminal.screen.reset()
    terminal.keys("fg\r")
    terminal.wait_for("epoch 3/")
    terminal.settle()
    assert terminal.lines == before
    terminal.keys("2", "right")
    terminal.wait_for("epoch 5/")
    terminal.keys("q")
    terminal.wait_for("here>")
    terminal.keys("echo status=$?\r")
    terminal.wait_for("status=0")


def test_a_terminal_that_answers_no_questions_is_drawn_on_all_the_same(opened):
    terminal = opened("open", "xor")
    terminal.screen.answer = False
    terminal.wait_for("epoch 0/")
    terminal.keys("30", "right")
    terminal.wait_for("epoch 30/")
    terminal.keys("+" * 13, " ")
    terminal.wait_for("epoch 10,000/10,000")
    terminal.keys("q")
    assert terminal.exit_status() == 0
    terminal.check_restored()


def test_a_terminal_that_nobody_reads_is_given_up(opened):
    soon = f"import screens.terminal.driver\nscreens.terminal.driver.STUCK_S = {STUCK_S}\n{MAIN}"
    terminal = flying(opened, command=Python(soon, XOR))
    terminal.size(400, 150)  # more to draw than what lies between the two can hold
    assert terminal.process.wait(20) == HUNG_UP
