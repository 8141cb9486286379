"""The workbench flown by keys in a real terminal."""

import re

STATUS = -2  # the line


def cells(terminal):
    """All cells with their styles; of a blank only what is seen: its colour and its weight are not."""
    screen = terminal.screen
    found = [[screen.buffer[y][x] for x in range(screen.columns)] for y in range(screen.lines)]
    return [[seen(one) for one in row] for row in found]


def seen(cell):
    drawn = cell.data != " " or cell.underscore or cell.reverse or cell.strikethrough
    return cell if drawn else cell._replace(fg="default", bold=False, italics=False)


def panes(terminal):
    return terminal.lines[1:STATUS]


def test_fifty_on_twenty_back_and_twenty_on_shows_what_a_straight_run_of_fifty_records(opened, trained):
    record = trained("xor", settings={"train.epochs": 50}).timeline.record(50)
    terminal = opened("open", "xor")
    terminal.wait_for("epoch 0/10,000")
    terminal.keys("50", "right")
    terminal.wait_for("epoch 50/10,000")
    terminal.settle()
    straight = panes(terminal)
    terminal.keys("20", "left")
    terminal.wait_for("epoch 30/10,000")
    terminal.settle()
    assert panes(terminal) != straight
    terminal.keys("20", "right")
    terminal.wait_for("epoch 50/10,000")
    terminal.settle()
    assert f"loss {record['loss']:.6g} " in terminal.lines[STATUS]
    assert panes(terminal) == straight


def test_at_full_speed_all_epochs_are_trained_and_the_plots_keep_moving(opened):
    # Ten times as many epochs as the scenario has: long enough for several frames on any machine.
    terminal = opened("open", "xor", "--set", "train.epochs=100000")
    terminal.wait_for("epoch 0/100,000")
    seen = set()

    def finished():
        lead = tuple(line[36:] for line in terminal.lines[1:14])
        seen.add(lead)
        return "epoch 100,000/100,000" in terminal.text

    terminal.keys("+" * 13, " ")
    terminal.wait_for(finished)
    assert len(seen) >= 5
    assert "paused" not in terminal.lines[0]


def test_every_size_shows_its_own_layout_and_none_an_error(opened):
    terminal = opened("open", "xor", columns=120, lines=40)
    terminal.wait_for("epoch 0/")
    terminal.keys("5", "right")
    terminal.wait_for("epoch 5/")
    terminal.keys("p")
    terminal.wait_for("enter picks")
    terminal.keys("#")  # all panes side by side
    terminal.wait_for("Inside the step")
    shown = {}
    for columns, lines in ((80, 24), (40, 12), (30, 10), (120, 40)):
        terminal.resize(columns, lines)
        if columns < 40:
            terminal.wait_for("nnsim needs 40x12")
            assert "this terminal has 30x10" in terminal.text
            continue
        # The lowest line is the keys', whatever the size.
        terminal.wait_for(lambda lines=lines: "space play" in terminal.lines[lines - 1])
        terminal.wait_for(lambda: terminal.text.startswith(" nnsim · XOR"))
        terminal.settle()
        shown[columns] = sum(line.count("╭") for line in terminal.lines)
    assert shown == {120: 6, 80: 4, 40: 1}
    terminal.keys("q")
    assert terminal.exit_status() == 0


def test_a_terminal_of_no_sensible_size_is_drawn_at_one(opened):
    terminal = opened("open", "xor")
    terminal.wait_for("epoch 0/")

    def drawn():
        places = re.findall(rb"\x1b\[(\d+);(\d+)H", terminal.sent)
        return max(int(column) for _, column in places), max(int(line) for line, _ in places)

    terminal.size(65535, 65535)
    terminal.wait_for(lambda: drawn()[1] == 150)
    terminal.settle()
    assert drawn()[0] <= 400
    terminal.size(0, 0)
    terminal.wait_for(lambda: "space play" in terminal.lines[23])


def test_what_has_been_sent_cell_by_cell_equals_what_is_sent_whole(opened):
    terminal = opened("open", "linear-regression")
    terminal.wait_for("epoch 0/")
    for keys in ("30\x1b[C", "\t", "z", "v", "?"):
        terminal.keys(keys)
        terminal.settle(0.05)
    terminal.wait_for("escape goes back")
    terminal.keys("escape")
    terminal.wait_for(lambda: "escape goes back" not in terminal.text)
    terminal.settle(0.15)
    terminal.keys("z", "l", "7\x1b[D")
    terminal.wait_for("epoch 23/")
    terminal.settle()
    changed, sent = cells(terminal), len(terminal.sent)
    terminal.keys("\x0c")  # everything again
    terminal.wait_for(lambda: len(terminal.sent) > sent + 80 * 24)
    terminal.settle()
    assert cells(terminal) == changed
