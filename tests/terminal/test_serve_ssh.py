"""A class over SSH: OpenSSH's own client before nnsim's server, and asyncssh's for what OpenSSH cannot ask for."""

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys

import asyncssh
import pytest
from class_server import ClassServer, make_key
from terminal import PATIENCE_S, environment

from nnsim.cli.commands import invoke
from nnsim.recording import save

SECRET = "not for students"


@pytest.fixture(scope="module")
def served(trained, tmp_path_factory):
    """A folder with a recording, a scenario, and what must stay hidden: a link out of it and a file beside it."""
    place = tmp_path_factory.mktemp("class")
    folder = place / "served"
    folder.mkdir()
    save(folder / "xor.nnsim", [trained("xor").timeline])
    (place / "outside.nnsim").write_text(SECRET)
    (folder / "link.nnsim").symlink_to(place / "outside.nnsim")
    (folder / ".hidden.nnsim").write_text(SECRET)
    return folder


@pytest.fixture(scope="module")
def keys(tmp_path_factory):
    """A folder with keys of students, of a stranger and of a teacher."""
    folder = tmp_path_factory.mktemp("keys")
    for name in ("anna", "ben", "stranger", "teacher"):
        make_key(folder / name)
    students = [(folder / f"{name}.pub").read_text() for name in ("anna", "ben")]
    (folder / "authorized").write_text("".join(students))
    (folder / "instructors").write_text((folder / "teacher.pub").read_text())
    return folder


@pytest.fixture(scope="module")
def server(served, keys):
    """Trains for its students, and keeps what they do."""
    options = ("--authorized-keys", keys / "authorized", "--instructor-keys", keys / "instructors")
    one = ClassServer(keys, served, *options, "--allow-training", "--data", keys / "students")
    yield one
    assert one.close() == 0


def test_a_student_replays_a_recording_and_gets_no_further(server, opened):
    terminal = opened(command=server.client(options=("-tt",)), columns=120, lines=40)
    terminal.wait_for("xor.nnsim")
    assert "link" not in terminal.text
    assert ".hidden" not in terminal.text
    terminal.keys("\t", "enter")
    terminal.wait_for("epoch 0/10,000")
    terminal.keys("end")
    terminal.wait_for("epoch 10,000/10,000")
    terminal.resize(100, 30)
    terminal.wait_for(lambda: "epoch 10,000" in terminal.lines[28])
    terminal.keys("q", "q")
    assert terminal.exit_status() == 0
    terminal.check_restored()
    server.wait_for(r"end .*student=anna .*status=0 .*ended by itself")


def test_a_student_trains_and_the_teacher_grades(server, opened, keys, capsys):
    terminal = opened(command=server.client(key="ben", options=("-tt",)), columns=120, lines=40)
    terminal.wait_for("enter")
    terminal.keys("enter")
    terminal.wait_for("epoch 0/")
    terminal.keys("\x1b[C")
    terminal.wait_for("epoch 1/")
    terminal.keys("q", "q")
    assert terminal.exit_status() == 0
    recorded = [*(keys / "students" / "ben").rglob("*.nnsim")]
    assert len(recorded) == 1
    assert oct(recorded[0].stat().st_mode & 0o777) == "0o600"
    assert invoke(["grade", str(keys / "students"), "--json"]) == 0
    (graded,) = json.loads(capsys.readouterr().out)["files"]
    assert (graded["student"], graded["verified"]) == ("ben", True)


@pytest.mark.parametrize(
    ("command", "status", "said"),
    [
        (["list"], 0, "xor.nnsim"),
        (["show", "xor"], 0, "article"),
        (["show", "xor.nnsim", "--json"], 0, '"closed_properly": true'),
        (["show", "../outside.nnsim"], 2, "is not served here"),
        (["show", "link.nnsim"], 2, "is not served here"),
        (["show", "/etc/passwd"], 2, "is not served here"),
        (["sh"], 2, "no such command"),
        (["list; id"], 2, "no such command"),
        (["show", "xor", "$(id)"], 2, "no such command"),
        (["run", "xor"], 2, "no such command"),
        (["status"], 2, "no such command"),
        (["see", "1"], 2, "no such command"),
        (["x" * 5000], 2, "no such command"),
        ([], 2, "needs a terminal"),
    ],
)
def test_commands_are_those_that_are_named_and_no_others(server, command, status, said):
    done = server.ask(*command)
    assert (done.returncode, said in done.stdout + done.stderr) == (status, True), done
    assert SECRET not in done.stdout + done.stderr
    assert "Traceback" not in done.stdout + done.stderr


def test_no_files_are_copied(server, tmp_path):
    there = f"anna@127.0.0.1:{tmp_path}/x"
    for program, arguments in (
        ("sftp", ["anna@127.0.0.1"]),
        ("scp", ["/etc/hostname", there]),
        ("scp", ["-O", "/etc/hostname", there]),
    ):
        assert server.ask(*arguments, program=program).returncode not in (0, None)
    assert [*tmp_path.iterdir()] == []


def connected(server):
    """asyncssh's client, logged in as a student."""
    key = str(server.folder / "anna")
    return asyncssh.connect(
        "127.0.0.1", server.port, username="anna", client_keys=[key], known_hosts=None, agent_path=None, config=[]
    )


def test_nothing_is_forwarded(server):
    async def ask():
        async with connected(server) as one:
            for asked in (
                one.open_connection("127.0.0.1", server.port),
                one.open_unix_connection("/run/docker.sock"),
            ):
                with pytest.raises(asyncssh.ChannelOpenError):
                    await asked
            for asked in (
                one.forward_remote_port("", 0, "127.0.0.1", 1),
                one.forward_remote_path("/tmp/x", "/tmp/y"),
            ):
                with pytest.raises(asyncssh.ChannelListenError):
                    await asked
            done = await one.run("list", env={"LD_PRELOAD": "/nowhere.so", "PATH": "/tmp"})
            assert "xor.nnsim" in done.stdout

    asyncio.run(ask())


def test_a_connection_has_one_session_and_no_x11(server):
    async def ask():
        async with connected(server) as one, one.create_process(term_type="xterm"):
            with pytest.raises(asyncssh.ChannelOpenError):
                await one.create_process("list")
        async with connected(server) as one:
            with pytest.raises(asyncssh.ChannelOpenError):
                await one.create_process("list", x11_forwarding=True, x11_display=":0")

    asyncio.run(ask())


async def said(process, text):
    """Reads until a text has come.  Returns: all that has come; questions for the cursor are answered."""
    found = b""
    async with asyncio.timeout(PATIENCE_S):
        while text not in found:
            data = await process.stdout.read(65_536)
            assert data, found[-2000:]
            found += data
            for _ in range(data.count(b"\x1b[6n")):
                process.stdin.write(b"\x1b[1;1R")
    return found


@pytest.mark.parametrize(
    ("term", "offered", "text"),
    [
        ("vt100", {}, b"xor.nnsim"),
        ("linux", {"LANG": "C.UTF-8"}, b"xor.nnsim"),
        ("xterm-256color", {"LANG": "C"}, b"xor.nnsim"),
        ("", {}, b"can only write lines"),
        ("dumb", {}, b"can only write lines"),
        ("x\x1b[31m", {}, b"can only write lines"),
    ],
)
def test_every_kind_of_terminal_gets_what_it_can_show(server, term, offered, text):
    async def ask():
        async with connected(server) as one:
            process = await one.create_process(term_type=term or "dumb", env=offered, encoding=None)
            found = await said(process, text)
            if term in ("vt100", "linux") or offered.get("LANG") == "C":
                assert found.isascii()

    asyncio.run(ask())


def test_sizes_that_no_terminal_has_and_a_thousand_resizes_are_drawn(server):
    async def ask():
        async with connected(server) as one:
            process = await one.create_process(term_type="xterm", term_size=(0, 0), encoding=None)
            await said(process, b"xor.nnsim")
            for number in range(1000):
                process.change_terminal_size(*((65535, 65535), (1, 1), (0, 7), (120, 40))[number % 4])
            process.stdin.write(b"\t\r")
            await said(process, b"10,000")

    asyncio.run(ask())


def test_nobody_else_gets_in(server):
    for key, user in (("stranger", "anna"), ("anna", "../ben"), ("anna", "root/x"), ("anna", "a" * 40)):
        done = server.ask("list", key=key, user=user)
        assert (done.returncode, "Permission denied" in done.stderr) == (255, True), done


def test_a_name_belongs_to_the_first_key_that_used_it(server, keys):
    assert server.ask("list", key="ben").returncode == 0
    done = server.ask("list", key="anna", user="ben")
    assert (done.returncode, "Permission denied" in done.stderr) == (255, True)
    assert server.ask("list", key="anna").returncode == 0


def test_an_instructor_sees_a_session_and_types_nothing_into_it(server, opened):
    student = opened(command=server.client(options=("-tt",)), columns=100, lines=30)
    student.wait_for("xor.nnsim")
    status = json.loads(server.ask("status", "--json", key="teacher").stdout)
    (session,) = [one for one in status if one["student"] == "anna"]
    assert session["size"] == "100x30"
    teacher = opened(
        command=server.client("see", session["number"], key="teacher", options=("-tt",)), columns=100, lines=30
    )
    teacher.wait_for("xor.nnsim")
    teacher.keys("q")
    student.keys("\t", "enter")
    teacher.wait_for("epoch 0/10,000")
    student.keys("q", "q")
    assert student.exit_status() == 0
    assert teacher.exit_status() == 0


def test_a_session_that_crashes_ends_alone_and_the_terminal_is_given_back(server, opened):
    other = opened(command=server.client(key="ben", options=("-tt",)))
    other.wait_for("xor.nnsim")
    crashed = opened(command=server.client(options=("-tt",)))
    crashed.wait_for("xor.nnsim")
    (session,) = [
        one for one in json.loads(server.ask("status", "--json", key="teacher").stdout) if one["student"] == "anna"
    ]
    os.kill(session["pid"], signal.SIGKILL)
    assert crashed.exit_status() == 128 + signal.SIGKILL
    crashed.check_restored()
    other.keys("?")
    other.wait_for("esc")
    other.keys("\x03")
    assert other.exit_status() == 130


def test_a_connection_that_is_cut_ends_its_session(server, opened):
    terminal = opened(command=server.client(options=("-tt",)))
    terminal.wait_for("xor.nnsim")
    terminal.process.kill()
    server.wait_for(r"end .*student=anna .*(connection was|input has)")


def test_read_only_sessions_write_nothing_and_open_no_scenario(served, keys, opened):
    server = ClassServer(keys, served, "--authorized-keys", keys / "authorized", "--log-json")
    before = sorted(served.iterdir())
    terminal = opened(command=server.client(options=("-tt",)), columns=120, lines=40)
    terminal.wait_for("xor.nnsim")
    terminal.keys("enter")
    terminal.wait_for("epoch 0/10,000")
    terminal.keys("w")
    terminal.wait_for("read-only")
    terminal.keys("f")
    terminal.wait_for("Fork")
    terminal.keys("rate", "enter", "\x15", "0.5", "enter")
    terminal.wait_for("training is not allowed")
    server.terminate()  # while somebody is there, who is told
    assert terminal.exit_status() == 128 + signal.SIGTERM
    assert server.close() == 0
    terminal.check_restored()
    assert "the teacher has closed the class" in terminal.text
    assert sorted(served.iterdir()) == before
    assert any(json.loads(line).get("reason") == "the teacher has closed the class" for line in server.lines[1:])


def test_a_kiosk_shows_one_recording_to_everybody_again_and_again(served, keys, opened):
    server = ClassServer(keys, served, "--anyone", "--kiosk", served / "xor.nnsim", "--loop")
    terminal = opened(command=server.client(key="stranger", options=("-tt",)), columns=100, lines=30)
    terminal.wait_for("epoch 3")
    terminal.keys("q")
    assert terminal.exit_status() == 0
    server.close()


def test_passwords_let_in_and_wrong_ones_are_slowed(served, keys):
    from argon2 import PasswordHasher

    (keys / "passwords").write_text(f"carla:{PasswordHasher(time_cost=1).hash('a long word')}\n")
    server = ClassServer(keys, served, "--password-file", keys / "passwords")

    async def login(word):
        async with asyncssh.connect(
            "127.0.0.1", server.port, username="carla", password=word, known_hosts=None, client_keys=None,
            preferred_auth="password", config=[],
        ) as one:  # fmt: skip
            return (await one.run("list")).stdout

    assert "xor.nnsim" in asyncio.run(login("a long word"))
    with pytest.raises(asyncssh.PermissionDenied):
        asyncio.run(login("another"))
    server.wait_for("no login .*name=carla")
    server.close()


def test_connections_beyond_the_cap_are_dropped(served, keys):
    server = ClassServer(keys, served, "--anyone", "--connections", 3)
    idle = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(10)]
    server.wait_for("refused .*3 connections are open")
    for one in idle:
        one.close()
    server.wait_for("no login")
    server.close()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ((), "who may log in?"),
        (("--authorized-keys", "/nowhere"), "/nowhere: no keys can be read"),
    ],
)
def test_what_is_wrong_with_who_gets_in_is_said_in_one_line(served, options, said):
    words = [sys.executable, "-m", "nnsim", "serve", "ssh", str(served), "--port", "0", *options]
    done = subprocess.run(words, capture_output=True, text=True, env=environment(), timeout=PATIENCE_S, check=False)
    assert done.returncode == 2
    assert said in done.stderr
    assert done.stderr.count("\n") == 1
