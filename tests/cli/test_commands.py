"""The small commands, and what the command line does as a program of its own."""

import json
import os
import pty
import re
import sqlite3
import subprocess
import sys
import termios
import tomllib
from pathlib import Path

import pytest

import nnsim as package
import scenarios
from nnsim.data.datasets import DATA_SOURCES
from nnsim.errors import ScenarioError
from nnsim.output_files import ANYWHERE, READ_ONLY
from nnsim.recording import save
from nnsim.scenario import catalog
from nnsim.scenario.scenario import read_scenario

HEAVY = {"numpy", "textual", "rich", "plotext", "msgspec", "click", "dataclasses", "inspect", "sqlite3", "hashlib"}
MORE = {"re", "enum", "pathlib", "typing", "urllib", "tomllib", "platformdirs", "json"}


@pytest.mark.parametrize(
    ("arguments", "heavy"), [(("--version",), HEAVY | MORE), (("list",), HEAVY), (("list", "--json"), HEAVY)]
)
def test_the_quick_commands_import_nothing_heavy(program, arguments, heavy):
    """The modules are printed by the very process that carried out the command."""
    script = (
        "import sys; from nnsim.__main__ import main; status = main(); "
        "print(*sys.modules, file=sys.stderr); sys.exit(status)"
    )
    done = program(*arguments, command=("-c", script))
    assert done.status == 0
    loaded = {name.partition(".")[0] for name in done.err.split()}
    assert "nnsim" in loaded
    assert not loaded & heavy
    assert done.out


def test_version(nnsim):
    assert nnsim("--version") == (0, f"nnsim {package.__version__}\n", "")


IN_READING_ORDER = (
    "linear-regression",
    "xor",
    "xor-plateau",
    "parity-4bit",
    "random-search-vs-gradient-descent",
)


def test_list_says_a_line_a_scenario(nnsim):
    done = nnsim("list")
    orders = {
        name: tomllib.loads(scenarios.path_of(name).read_text(encoding="utf-8"))["order"]
        for name in scenarios.names()
    }
    names = sorted(orders, key=lambda name: (orders[name], name))
    assert tuple(name for name in names if name in IN_READING_ORDER) == IN_READING_ORDER
    found = [read_scenario(scenarios.path_of(name)) for name in names]
    assert [line.split(maxsplit=1) for line in done.out.splitlines()] == [[one.name, one.summary] for one in found]
    listed = json.loads(nnsim("list", "--json").out)
    assert [(one["name"], one["title"], one["summary"]) for one in listed] == [
        (one.name, one.title, one.summary) for one in found
    ]
    assert all(Path(one["path"]).is_file() for one in listed)


@pytest.mark.parametrize(
    "rest",
    [
        "[data]\nkind = 1",
        "[data]\nthis is no TOML",
        'panes = [\n["loss"],\n[ "lesson" ]]\n[data]',
        'other = """\n[data]\n[[x]]\n"""\n  [data]\nbroken',
        "",
    ],
)
def test_a_head_is_read_whatever_follows_it(tmp_path, rest):
    path = tmp_path / "a.toml"
    path.write_text(f'title = "A\\u001b title"\nsummary = """\nlong\none"""\n{rest}', encoding="utf-8")
    assert catalog.read_entry(path) == ("a", "A title", "long one", path, catalog.LAST, "")


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ('title = "t"\n[data]\nsummary = "s"', "a.toml: summary: is missing"),
        ('title = 3\nsummary = "s"', "a.toml: title: is missing"),
        ("[" * 100_000, "a.toml: title: is missing"),
        ("[\n" * 8_000, "a.toml: title: is missing"),
    ],
)
def test_a_file_without_a_head_is_refused(tmp_path, text, complaint):
    path = tmp_path / "a.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ScenarioError, match=complaint):
        catalog.read_entry(path)


def test_a_name_is_a_scenario_and_a_path_is_a_file(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "xor").mkdir()
    assert catalog.find("xor") == scenarios.path_of("xor")
    for path in ("xor.toml", "./xor", "folder/mine"):
        assert catalog.find(path) == Path(path)
    Path("mine").touch()
    assert catalog.find("mine") == Path("mine")


def test_check_looks_at_every_file(nnsim, tmp_path):
    bad, good = tmp_path / "bad.toml", tmp_path / "good.toml"
    bad.write_text('title = "t"\nsummary = "s"\n[data]\nkind = "parety"\n', encoding="utf-8")
    good.write_text('title = "t"\nsummary = "s"\n[data]\nkind = "parity"\n', encoding="utf-8")
    done = nnsim("check", bad, "xor", good)
    assert done.status == 2
    assert done.out.splitlines() == [
        "xor: ok (2 variants, 6 to 9 parameters)",
        f"{good}: ok (1 variant, 3 parameters)",
    ]
    allowed = ", ".join(sorted(DATA_SOURCES))
    assert done.err.splitlines() == [
        f"nnsim: {bad}: data.kind: 'parety' is not known, did you mean 'parity'? (allowed: {allowed})"
    ]
    assert nnsim("check", good).status == 0


def test_check_names_every_place_of_a_lesson_that_lies_beyond_the_end(nnsim, tmp_path):
    far = tmp_path / "far.toml"
    question = '[[lesson]]\nask = "?"\nchoices = ["yes", "no"]\nanswer = "loss<1"\nat = "epoch 500"\n'
    challenge = '[[lesson]]\ngoal = "step 201"\n'
    head = 'title = "t"\nsummary = "s"\n[data]\nkind = "parity"\n[train]\nepochs = 200\n'
    far.write_text(head + question + challenge)
    done = nnsim("check", far, "xor")
    assert (done.status, done.out) == (2, "xor: ok (2 variants, 6 to 9 parameters)\n")
    assert done.err.splitlines() == [
        f"nnsim: {far}: lesson[0].at: epoch 500 lies beyond the end of the run (allowed: epoch 0 to 200)",
        f"nnsim: {far}: lesson[1].goal: step 201 lies beyond the end of the run (allowed: step 0 to 200)",
    ]


def test_check_and_show_refuse_a_recording_that_is_none_or_was_changed(nnsim, tmp_path):
    foreign, changed = tmp_path / "foreign.nnsim", tmp_path / "changed.nnsim"
    foreign.write_bytes(b"no recording")
    nnsim("run", "xor", "--epochs", 50, "--record", changed)
    content = changed.read_bytes()
    assert b"epochs = 10000" in content
    changed.write_bytes(content.replace(b"epochs = 10000", b"epochs = 10001"))
    for path in (foreign, tmp_path / "missing.nnsim"):
        done = nnsim("show", path)
        assert (done.status, done.out, len(done.err.splitlines())) == (2, "", 1)
        assert str(path) in done.err
    done = nnsim("check", foreign, changed, "xor")
    assert done.status == 2
    assert done.out.startswith("xor: ok")
    assert len(done.err.splitlines()) == 2


def test_damage_is_named_by_show_and_by_check(nnsim, tmp_path):
    path = tmp_path / "run.nnsim"
    nnsim("run", "xor", "--epochs", 50, "--record", path)
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("UPDATE segments SET crc = crc + 1 WHERE series < 2")
    connection.close()
    done = nnsim("show", path)
    complaint = f"nnsim: {path}: step records 1-50 of loss are damaged"
    assert (done.status, done.err.splitlines()[0]) == (2, complaint)
    assert len(done.err.splitlines()) == 2
    assert re.search(r"^ +loss +nan$", done.out, re.MULTILINE)
    assert json.loads(nnsim("show", path, "--json").out)["damage"][0] == "step records 1-50 of loss are damaged"
    checked = nnsim("check", path)
    assert (checked.status, checked.err) == (2, f"{complaint} (and 1 other part; nnsim show names them)\n")


def test_every_command_has_an_example_in_its_help(nnsim):
    top = nnsim("--help")
    assert top.status == 0
    assert "nnsim open xor" in top.out
    listed = top.out.partition("Commands:")[2].partition("Examples")[0]
    commands = [line.split()[0] for line in listed.splitlines() if line.strip()]
    words = (
        "check diagnose doctor explain export gradcheck grade import learn list lr-find new open replay run schema"
        " serve show"
    )
    assert commands == [*words.split(), "sweep", "tour", "verify", "watch"]
    for command in commands:
        shown = nnsim(command, "--help")
        assert shown.status == 0
        assert f"Example: nnsim {command}" in shown.out


def test_the_example_of_run_runs(nnsim):
    example = next(line for line in nnsim("run", "--help").out.splitlines() if "Example:" in line)
    done = nnsim(*example.partition("nnsim ")[2].split())
    assert json.loads(done.out)["epochs"] == 500


def test_completion_knows_the_scenarios(program):
    done = program(_NNSIM_COMPLETE="bash_complete", COMP_WORDS="nnsim run x", COMP_CWORD="2")
    assert "plain,xor" in done.out.splitlines()
    assert done.status == 0


def test_doctor_tells_what_will_be_used(nnsim, monkeypatch):
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("LC_ALL", "C")
    for name in ("NO_COLOR", "COLORTERM"):
        monkeypatch.delenv(name, raising=False)
    found = json.loads(nnsim("doctor", "--json").out)
    assert (found["screen"], found["terminal"]["stdout"]) == (False, False)
    assert (found["terminal"]["colours"], found["terminal"]["unicode"]) == (256, False)
    assert found["use"]["characters"] == "ASCII markers (LC_ALL=C is not UTF-8)"
    assert found["versions"]["nnsim"] == package.__version__
    assert all(found["versions"].values())
    assert found["folders"]["recordings"] == str(ANYWHERE.recordings)
    assert len(set(found["packages"].values())) == 1
    text = nnsim("doctor").out
    assert "a palette of 8 out of 256 colours" in text
    assert str(ANYWHERE.recordings) in text


def test_doctor_sees_the_size_of_its_terminal():
    terminal, other_end = pty.openpty()
    termios.tcsetwinsize(other_end, (12, 39))
    done = subprocess.run(
        [sys.executable, "-m", "nnsim", "doctor", "--json"],
        stdin=other_end,
        stdout=subprocess.PIPE,
        stderr=other_end,
        check=True,
        timeout=60,
        env={name: value for name, value in os.environ.items() if not name.endswith("_NUM_THREADS")},
    )
    os.close(terminal)
    os.close(other_end)
    found = json.loads(done.stdout)
    assert (found["terminal"]["width"], found["terminal"]["height"]) == (39, 12)
    assert "40x12" in found["use"]["size"]
    assert found["linear_algebra"]["threads"] == "1", "the entry point sets what nobody has set"


@pytest.mark.parametrize(
    ("arguments", "instead"),
    [
        ((), "nnsim run SCENARIO trains without a screen"),
        (("open", "xor"), "nnsim run SCENARIO trains without a screen"),
        (
            ("replay", "run.nnsim"),
            "over SSH: ssh -t HOST nnsim replay run.nnsim; nnsim replay --plain run.nnsim needs none",
        ),
    ],
)
def test_without_a_terminal_a_screen_is_refused_in_one_line(program, arguments, instead):
    done = program(*arguments)
    assert (done.status, done.out) == (2, "")
    assert done.err == (
        f"nnsim: needs a terminal, but standard input and standard output are no terminal; {instead}\n"
    )


def test_a_dumb_terminal_gets_no_screen():
    terminal, other_end = pty.openpty()
    done = subprocess.run(
        [sys.executable, "-m", "nnsim"],
        stdin=other_end,
        stdout=other_end,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | {"TERM": "dumb"},
        timeout=60,
        check=False,
    )
    os.close(terminal)
    os.close(other_end)
    assert done.returncode == 2
    assert "TERM=dumb" in done.stderr
    assert "nnsim run" in done.stderr
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize("speed", ["0", "-1", "nan", "inf", "fast"])
def test_a_speed_is_a_number_of_epochs_or_max(nnsim, speed):
    done = nnsim("replay", "run.nnsim", f"--speed={speed}")
    assert done.status == 2
    assert "(allowed: epochs a second above 0, or max)" in done.err


@pytest.mark.parametrize("command", ["list", "--version", "run xor --epochs 1", "--help"])
def test_a_reader_that_has_had_enough_is_no_error(command):
    read_end, write_end = os.pipe()
    os.close(read_end)
    done = subprocess.run(
        [sys.executable, "-m", "nnsim", *command.split()],
        stdin=subprocess.DEVNULL,
        stdout=write_end,
        stderr=subprocess.PIPE,
        text=True,
        timeout=60,
        check=False,
    )
    os.close(write_end)
    assert (done.returncode, done.stderr) == (1, "")


@pytest.mark.parametrize(
    "command", ["nnsim <&- >&-", "nnsim doctor <&- 2>&-", "nnsim list >&-", "nnsim list >/dev/full"]
)
def test_streams_that_are_closed_or_full_give_no_traceback(command):
    line = command.replace("nnsim", f"'{sys.executable}' -m nnsim", 1)
    done = subprocess.run(["sh", "-c", line], capture_output=True, text=True, timeout=60, check=False)
    assert "Traceback" not in done.stderr
    assert "Exception" not in done.stderr
    assert len(done.stderr.splitlines()) <= 1
    assert done.returncode == (0 if "-" in command.partition("list")[2] or "doctor" in command else 2)


def test_a_stream_that_lacks_a_character_shows_a_question_mark(program, tmp_path):
    path = tmp_path / "a.toml"
    path.write_text('title = "t"\nsummary = "s"\n[data]\nkind = "x²"\n', encoding="utf-8")
    done = program("check", str(path), PYTHONIOENCODING="ascii")
    assert done.status == 2
    assert "'x?' is not known" in done.err


def test_the_entry_point_of_the_package_is_main():
    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text(encoding="utf-8"))
    module, _, name = project["project"]["scripts"]["nnsim"].partition(":")
    assert callable(getattr(__import__(module, fromlist=[name]), name))


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("--at", "los<1"), "did you mean 'loss'?"),
        (("--idle-limit", "0"), "is no time (allowed: seconds above 0)"),
        (("--idle-limit", "nan"), "is no time"),
    ],
)
def test_replay_refuses_what_it_cannot_do(nnsim, options, told):
    done = nnsim("replay", "any.nnsim", *options)
    assert (done.status, done.out, done.err.count("\n")) == (2, "", 1)
    assert told in done.err


@pytest.mark.parametrize(
    "command",
    [
        ("run", "xor", "--epochs", "2", "--record", "x.nnsim"),
        ("open", "xor", "--record", "x.nnsim", "--read-only"),
        ("export", "xor.nnsim", "--to", "csv"),
        ("export", "xor.nnsim", "--to", "tensorboard", "-o", "logs"),
    ],
)
def test_a_read_only_session_refuses_to_write_before_any_work(nnsim, tmp_path, monkeypatch, trained, command):
    monkeypatch.chdir(tmp_path)
    save(tmp_path / "xor.nnsim", [trained("xor", settings={"train.epochs": 3}).timeline])
    monkeypatch.setenv("NNSIM_READ_ONLY", "1")
    done = nnsim(*command)
    assert (done.status, done.out, done.err.count("\n")) == (2, "", 1)
    assert READ_ONLY in done.err
    assert [one.name for one in tmp_path.iterdir()] == ["xor.nnsim"]
    assert nnsim("export", "xor.nnsim", "--to", "csv", "-o", "-").out.startswith("run,step,epoch")


def test_a_read_only_conversation_saves_nothing(program, tmp_path):
    done = program(
        "-c",
        "import io, sys; sys.stdin = io.StringIO(sys.argv[1]); from nnsim.cli import execute;"
        "sys.exit(execute(['open', 'xor', '--plain', '--read-only']))",
        f"2>\nsave {tmp_path / 'x.nnsim'}\nquit\n",
        command=(),
    )
    assert done.status == 0
    assert f"Sorry: {READ_ONLY}." in done.out
    assert list(tmp_path.iterdir()) == []
