"""Floods of input cost little, and a terminal that reads nothing is given up even if no write ever blocks."""

from pathlib import Path
from threading import Thread

import pytest
from terminal import Python
from warm import MAIN

MOST_MB = 30.0
STUCK_S = 1.5  # instead of ten seconds
HUNG_UP = 129
FLOODS = {
    "raw paste": b"the quick brown fox\r",
    "paste": b"\x1b[200~" + b"q" * 100_000 + b"\x1b[201~",
    "mouse": b"".join(b"\x1b[<35;%d;9M" % (10 + n) for n in range(50)) + b"\x1b[<64;40;12M" * 50,
    "clicks": b"\x1b[<0;9;1M\x1b[<0;9;1m",
    "answers": b"\x1b[1;1R",
    "arrows": b"\x1b[A",
    "unfinished": b"\x1b[1;2",
}


def held_mb(terminal, what):
    status = Path(f"/proc/{terminal.process.pid}/status").read_text()
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith(what)) / 1024


@pytest.mark.parametrize("flood", FLOODS.values(), ids=FLOODS)
def test_a_key_behind_a_flood_is_answered_and_little_memory_is_held(opened, flood):
    terminal = opened("open", "xor")
    terminal.wait_for("epoch 0/")
    terminal.settle()
    before = held_mb(terminal, "VmRSS")
    typist = Thread(target=terminal.write, args=(flood * (1 + 1_000_000 // len(flood)) + b"?",))
    typist.start()
    terminal.wait_for("a number repeats a key")
    typist.join()
    assert held_mb(terminal, "VmHWM") - before <= MOST_MB
    terminal.keys("q")
    terminal.wait_for(lambda: "a number repeats a key" not in terminal.text)
    terminal.keys("\x03")
    assert terminal.exit_status() == 130
    terminal.check_restored()


def test_a_paste_outside_a_text_field_is_said(opened):
    terminal = opened("open", "xor")
    terminal.wait_for("epoch 0/")
    terminal.keys("\x1b[200~quit q\rq\x1b[201~")
    terminal.wait_for("Pasted text was dropped: no text field has the focus.")
    terminal.keys("3", "right")
    terminal.wait_for("epoch 3/")


def test_a_terminal_that_stops_reading_is_given_up_though_no_write_blocks(opened):
    soon = (
        f"import screens.terminal.driver, screens.terminal.flow_control as flow_control\n"
        f"screens.terminal.driver.STUCK_S = {STUCK_S}\nflow_control.LOST_S = 0.3\n{MAIN}"
    )
    terminal = opened(command=Python(soon, ("open", "xor", "--set", "train.epochs=9000000")))
    terminal.wait_for("epoch 0/")
    terminal.keys("+" * 13, " ")
    terminal.wait_for(lambda: "epoch 0/" not in terminal.text)
    assert terminal.process.wait(20) == HUNG_UP
