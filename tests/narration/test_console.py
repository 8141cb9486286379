"""The conversation of `nnsim open --plain`: as a real program through pipes, and command by command."""

import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from nnsim.lessons.course import next_scenario
from nnsim.logs.figures_file import FiguresFile
from nnsim.narration.console import ALIASES, HELP, Conversation
from nnsim.narration.describe_lesson import SAID_BY, plain
from nnsim.recording import open_recording
from nnsim.scenario.scenario import read_scenario
from nnsim.scenario.schema import PANES
from nnsim.session.session import Session
from nnsim.timeline import Cursor
from nnsim.timeline.run import Run
from scenarios import TOUR

LOGS = Path(__file__).parents[1] / "logs" / "files"
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def talk(scenario):
    """A conversation about XOR; `say` gives the answer to a line."""

    class Talk(Conversation):
        def say(self, line):
            return "\n".join(self.answer(line))

    return Talk(Session.of_scenario(scenario("xor")))


def program(*arguments, said=""):
    """Runs nnsim with lines on its standard input."""
    return subprocess.run(
        [sys.executable, "-m", "nnsim", *arguments],
        input=said,
        capture_output=True,
        text=True,
        encoding="utf-8",
        cwd=ROOT,
        timeout=60,
        check=False,
    )


def test_runs_of_other_programs_are_saved_as_a_recording_of_their_figures(tmp_path):
    file = tmp_path / "kept.nnsim"
    done = program("open", LOGS / "mlflow", "--plain", said=f"save {file}\nquit\n")
    assert (done.returncode, done.stderr) == (0, "")
    assert f"Saved as {file}." in done.stdout
    with FiguresFile(file) as kept:
        assert [one.name for one in kept.timelines] == ["calm", "other"]
        assert [one.length for one in kept.timelines] == [19, 19]
        assert kept.hash_holds()


def test_a_whole_session_through_pipes(golden, tmp_path):
    file = tmp_path / "told.nnsim"
    lines = ["25>", "<", "epoch 100", "phase", ",", "predictions", "set schedule.rate 0.5", "play 10", "lesson",
             "start", "epoch 10000", "predictions", f"save {file}", "nonsense", "quit", "never read"]  # fmt: skip
    done = program("open", "xor", "--variant", "article", "--plain", said="\n".join(lines) + "\n")
    assert (done.returncode, done.stderr) == (0, "")
    assert "\x1b" not in done.stdout
    told = done.stdout
    places = [line.split(".")[0] for line in told.splitlines() if line.startswith("Epoch ") and " of " in line]
    assert places[:3] == ["Epoch 25 of 10,000", "Epoch 24 of 10,000", "Epoch 100 of 10,000"]
    assert "phase forward" in told
    for row, value in enumerate(golden["xor_article"]["after"]["100"]["predictions"], start=1):
        assert f"Row {row}, x1 {(row - 1) // 2}, x2 {(row - 1) % 2}: should be" in told
        assert f"is {value:.4g}," in told
    assert "schedule.rate = 0.5 from step 101 on." in told
    assert "One line is not enough." in told
    assert "all 10,000 epochs are trained" in told
    assert "Sorry: 'nonsense' is no command" in told
    assert told.endswith("Goodbye.\n")
    with open_recording(file) as recording:
        assert recording.timelines[0].length == 10_000
        assert [one.key for one in recording.timelines[0].commands] == ["schedule.rate"]


def test_the_end_of_the_input_is_the_end():
    done = program("open", "xor", "--plain")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("XOR: one line is not enough.")


def test_ctrl_c_stops_training_and_not_the_conversation():
    command = [
        sys.executable,
        "-m",
        "nnsim",
        "open",
        "xor",
        "--variant",
        "article",
        "--set",
        "train.epochs=90000000",
    ]
    with subprocess.Popen(
        [*command, "--plain"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    ) as talking:
        talking.stdin.write("play\n")
        talking.stdin.flush()
        while "Epoch 1,000:" not in (line := talking.stdout.readline()):
            assert line, "it goes on talking"
        talking.send_signal(signal.SIGINT)
        out, err = talking.communicate("where\nquit\n", timeout=60)
    assert (talking.returncode, err) == (0, "")
    places = [line.split(" of 90,000,000")[0] for line in out.splitlines() if " of 90,000,000." in line]
    assert len(places) == 2
    assert places[0] == places[1]
    assert out.endswith("Goodbye.\n")


def test_a_wrong_scenario_is_one_line_and_status_2():
    done = program("open", "xro", "--plain")
    assert (done.returncode, done.stdout) == (2, "")
    assert "no scenario named 'xro'" in done.stderr


@pytest.mark.parametrize(("lines", "place"), [
    (["25>"], Cursor(25)), (["> 25"], Cursor(25)), (["forward 25", "back 5"], Cursor(20)),
    (["1,000 >", "<"], Cursor(999)), (["3]", "["], Cursor(2)), (["batch 3", "batch back 2"], Cursor(1)),
    (["2>", ".", "."], Cursor(2, 2)), (["2>", "3.", ","], Cursor(2, 2)), (["phase 5", "phase back"], Cursor(1)),
    (["epoch 12"], Cursor(12)), (["g12"], Cursor(12)), (["12g"], Cursor(12)), (["9>", "start"], Cursor(0)),
    (["9>", "4<", "end"], Cursor(9)), (["25→", "←"], Cursor(24)), (["play 40"], Cursor(40)), (["40p"], Cursor(40)),
])  # fmt: skip
def test_words_and_keys_move_the_cursor(talk, lines, place):
    for line in lines:
        assert not talk.say(line).startswith("Sorry"), line
    assert talk.session.cursor == place


def test_going_back_and_on_is_exact(talk, scenario):
    for line in ("50>", "20<", "20>"):
        talk.say(line)
    straight = Run(scenario("xor"))
    straight.advance_to(50)
    assert np.array_equal(talk.session.focused.trainer_at(50).parameters, straight.trainer.parameters)


@pytest.mark.parametrize("word", [*HELP])
def test_every_command_answers_in_sentences_and_has_help(talk, word):
    talk.say("30>")
    line = {"save": "save x.txt", "set": "set schedule.rate 2"}.get(word, word)
    told = talk.say(line)
    assert told
    assert all(one.strip()[-1] in ".!?:" for one in told.splitlines())
    assert told.isprintable() or "\n" in told
    assert talk.say(f"help {word}") == HELP[word] + "."


def test_what_was_answered_is_saved(talk, tmp_path):
    for line in ("lesson 2", "answer a", f"save {tmp_path}/x.nnsim"):
        told = talk.say(line)
    assert told.startswith("Saved as ")
    with open_recording(tmp_path / "x.nnsim") as recording:
        assert [(one.part, one.answer) for one in recording.answers] == [(2, "a: yes")]


def test_what_was_set_is_taken_back_and_set_again(talk):
    talk.say("30>")
    talk.say("set parameters.layer1.weight[2,1] 0.5")
    assert talk.session.focused.timeline.commands
    assert talk.say("undo").startswith("undone: parameters.layer1.weight[2,1] = 0.5.")
    assert not talk.session.focused.timeline.commands
    assert talk.say("redo").startswith("done again: ")
    assert "nothing to redo" in talk.say("redo")


def test_aliases_lead_to_commands():
    assert {alias.partition(" ")[0] for alias in ALIASES.values()} <= set(HELP)


@pytest.mark.parametrize(("line", "complaint"), [
    ("predictons", "did you mean 'predictions'"), ("7", "a number without a command"),
    ("epoch", "'' is no epoch (allowed: 0 to 10,000)"), ("epoch 10001", "allowed: 0 to 10,000"),
    ("forward -3", "'-3' is no number"), ("set", "set needs a key and a value"),
    ("set schedule.rate fast", "schedule.rate"), ("set no.such 1", "is no setting"),
    ("save run.txt", "allowed: one that ends in .nnsim"), ("run nobody", "allowed: article, biases"),
    ("arithmetic 9 1 1", "layer 1 has 2 by 2"), ("help me", "'me' is no command"), ("lesson 99", "allowed: 1 to 7"),
    ("settings zzz", "no setting holds 'zzz'"), ("forward 99999999999999", "is no number"),
    ("\x1bxyz", "is no command"),
])  # fmt: skip
def test_what_is_wrong_is_said_with_what_is_allowed(talk, line, complaint):
    told = talk.say(line)
    assert told.startswith("Sorry: ")
    assert complaint in told
    assert "\x1b" not in told
    assert talk.session.cursor == Cursor(0)


def test_looking_says_what_the_engine_computes(talk, golden):
    talk.say("epoch 10000")
    assert "is 0.5514, wrong." in talk.say("predictions")
    assert "3 of 4 answers right, accuracy 75%. 1 of class 0 answered as 1." in talk.say("metrics")
    record = talk.session.focused.timeline.record(10_000)
    assert f"layer 2 {record['gradient:layer2']:.4g}" in talk.say("gradients")
    assert talk.say("rate") == "The learning rate is 1, schedule constant."
    assert "The central difference is" in talk.say("arithmetic 2 1 1")
    assert "; it agrees." in talk.say("arithmetic 2 1 1")
    assert "Layer 1: 4 weights from" in talk.say("weights")
    talk.say("epoch 50")
    talk.say("phase 3")
    head, slope = talk.say("code").splitlines()[:2]
    assert head == "Backward, in plain NumPy:"
    assert slope.startswith("da2 = a2 - y: da2 (4, 1)  a2 [")
    assert slope.endswith(".")


def test_another_run_another_seed_and_a_stop_on_request(talk, scenario):
    assert "Run biases." in talk.say("run biases")
    assert "Run article." in talk.say("v")
    assert talk.say("seed 7").startswith("Begins again with seed 7.")
    assert talk.session.focused.timeline.plan.seed == 7
    stopped = Conversation(Session.of_scenario(scenario("xor")), stopping=lambda: True)
    told = list(stopped.answer("epoch 10000"))
    assert told[0] == "Stopped."
    assert 0 < stopped.session.focused.timeline.length < 10_000
    assert list(stopped.answer("play"))
    assert stopped.session.view.arrived


def test_markdown_is_read_without_marks():
    text = "# Title\n\nSome `code`, *soft*\nand **loud**.\n\n## Next\n\n- one\n- two\n"
    assert plain(text) == "Title.\nSome code, soft and loud.\nNext.\none\ntwo"
    assert plain("`space` plays, `+` speeds up, `.` goes on.") == (
        "space (type play) plays, + (only on a screen) speeds up, . goes on."
    )


def test_a_lesson_is_followed_in_sentences(talk):
    talk.say("lesson")
    asked = talk.say("lesson")
    assert "Is the loss below 0.4 in epoch 50?\na: yes.\nb: no." in asked
    assert "There is 1 hint: type hint." in asked
    assert talk.say("hint").startswith("Look at the loss")
    assert talk.say("answer z") == "Sorry: there is no such choice (allowed: a, b)."
    assert talk.say("answer a") == "You predict: yes.\nGo to epoch 50 to see: epoch 50."
    told = talk.say("epoch 50")
    assert "Not so: loss of article is 0." in told
    assert "It rests near 0.5 at first" in told
    assert "One answer stays wrong." in talk.say("lesson")
    assert "Look inside a step." in talk.say("lesson")
    assert "Part 5 of 7" not in talk.say(",") + talk.say(",")
    assert "Part 5 of 7" in talk.say(","), "stepping back to the forward phase turns the page"
    assert "Challenge: accuracy=1 within 200 epochs, by the run article" in talk.say("lesson")
    assert "is changed" not in talk.say("seed 4")
    for line in ("forward 0", "set model.initializer.low 1", "set model.initializer.high 2", "set schedule.rate 4"):
        talk.say(line)
    told = talk.say("epoch 200")
    assert "Challenge reached: accuracy 100%" in told, told


def test_the_stage_and_the_end_of_a_lesson_are_told(talk):
    parts = talk.session.scenario.lesson.parts
    page = next(number for number, part in enumerate(parts, 1) if part.stage.cursor is not None)
    told = talk.say(f"lesson {page}")
    assert f"This page looks at: {', '.join(parts[page - 1].stage.show)}." in told
    assert f"It begins at {parts[page - 1].stage.cursor.text}." in told
    assert "The end of the lesson" not in told
    told = talk.say(f"lesson {len(parts)}")
    asked = sum(part.question is not None for part in parts)
    assert f"The end of the lesson: 0 of {asked} question" in told
    assert "0 of 1 challenge reached" in told
    assert f"Its name is {next_scenario('xor').name}." in told


def test_the_tour_is_told_too():
    tour = Conversation(Session.of_scenario(read_scenario(TOUR)))
    told = [*tour.answer("lesson")]
    assert "press enter" in told[0].lower()
    for line, part in (("lesson", 2), (">", 3), ("<", 4), ("25 >", 5)):
        told = [*tour.answer(line)]
        assert any(one.startswith(f"Part {part} of 9") for one in told), told
    assert "Right: loss at epoch 26 is " in "\n".join([*tour.answer("answer a"), *tour.answer(">")])
    for _ in range(4):
        told = [*tour.answer("lesson")]
    assert "Part 9 of 9, the last; lesson begins again." in told


def test_words_of_the_page_are_explained_and_a_word_that_is_asked_for(talk):
    assert "XOR: XOR is the rule that" in talk.say("words")
    assert talk.say("words learning rate") == "learning rate: The learning rate says how far each step goes."
    assert "did you mean 'gradient'?" in talk.say("words gradeint")


def test_a_page_begins_where_it_says_and_tells_stage_progress_and_a_skipped_question(scenario):
    console = Conversation(Session.of_scenario(scenario("one-step-downhill")))

    def say(line):
        return "\n".join(console.answer(line))

    say("lesson")
    assert "Part 2 of 5, 0 of 1 challenge reached; lesson goes on." in say("forward")  # the page turns by that
    told = say("lesson")
    assert told.startswith("The question is skipped: lesson 2 goes back to it.")
    assert "This page looks at: hill, loss. Type loss to hear what it shows." in told
    assert told.splitlines()[-1].startswith("Epoch 5 of 50. Run too-big.")
    say("back")
    assert "Epoch" not in say("lesson 3")  # who comes back finds the runs as they were left
    assert "How far is a step?\n" in say("lesson 2")
    assert "Part 5 of 5, 0 of 1 challenge reached, the last; lesson begins again." in say("lesson 5")


def test_what_a_page_shows_is_heard_by_a_command():
    assert set(SAID_BY) <= set(PANES)
    assert set(SAID_BY.values()) <= set(HELP)
