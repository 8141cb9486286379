"""What is wrong with a server's command line or files: one line that names it, before anything is begun."""

import shutil
import socket

import pytest
from class_server import make_key

from nnsim.cli import execute
from nnsim.errors import NnsimError
from nnsim.serve.access import read_keys
from nnsim.serve.class_server import owns
from nnsim.serve.control import check_port
from nnsim.serve.plain_commands import PlainCommands
from nnsim.serve.served_folder import ServedFolder
from nnsim.serve.spawner import Spawner


@pytest.fixture
def served(tmp_path, monkeypatch):
    """A folder to serve; no process is started for it."""

    def never(*_):
        raise AssertionError("a process was started")

    monkeypatch.setattr(Spawner, "__init__", never)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "served").mkdir()
    (tmp_path / "file").write_text("text")
    return tmp_path / "served"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "serve: how? (allowed: nnsim serve ssh, web, status or password; --help tells more)"),
        (("ssh", "nowhere", "--port", "0"), "nowhere: is no folder"),
        (("ssh", "served", "--port", "0", "--anyone", "--allow-training"), "needs --data DIR"),
        (("ssh", "served", "--port", "0", "--anyone", "--kiosk", "/nowhere.nnsim"), "is no file"),
        (("ssh", "served", "--port", "0", "--anyone", "--loop"), "goes with --kiosk"),
        (("ssh", "served", "--port", "70000"), "--port 70000: is no port (allowed: 0 to 65535"),
        (("ssh", "served", "--port", "0", "--hours", "nan"), "--hours nan: is no number that ends"),
        (("ssh", "served", "--port", "0", "--quota", "inf"), "--quota inf: is no number that ends"),
        (("ssh", "served", "--port", "0", "--connections", "0"), "'--connections': 0 is not in the range"),
        (("ssh", "served", "--port", "0", "--data", "file"), "--data file: is no folder (allowed: one for"),
        (
            ("ssh", "served", "--port", "0", "--kiosk", "file"),
            "--kiosk file: is no recording (allowed: FILE.nnsim)",
        ),
        (("ssh", "served", "--port", "0", "--kiosk", "none"), "--kiosk none: is no file"),
        (("ssh", "served", "--port", "0", "--language", "x"), "--language: 'x' is no language (allowed: de"),
        (("web", "served", "--port", "0", "--cert", "file"), "--cert and --key: go together"),
        (("web", "served", "--port", "0", "--address", "a\u2028b"), "--address ab --port 0: cannot be listened on"),
    ],
)
def test_a_wrong_command_line_is_named(served, capsys, words, said):
    assert execute(["serve", *words]) == 2
    err = capsys.readouterr().err
    assert said in err
    assert err.count("\n") == 1


def test_a_port_in_use_is_named_before_anything_is_begun(served, capsys):
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        for door in ("ssh", "web"):
            assert execute(["serve", door, "served", "--port", str(port)]) == 2
            said = f"--address 127.0.0.1 --port {port}: cannot be listened on: Address already in use\n"
            assert capsys.readouterr().err == f"nnsim: {said}"
    check_port("127.0.0.1", port)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{key}\n# mine\n\nssh-ed25519 AAAA anna\n", "keys: line 5: is no public key (allowed: ssh-ed25519 AAAA"),
        ("{key}{key}no key at all\n", "keys: line 3: is no public key"),
        ("# nobody\n", "keys: holds no key (allowed: a line for each"),
    ],
)
def test_a_bad_line_in_a_file_of_keys_is_named(tmp_path, text, said):
    key = make_key(tmp_path / "key").with_suffix(".pub").read_text()
    (tmp_path / "keys").write_text(text.format(key=key))
    with pytest.raises(NnsimError) as wrong:
        read_keys(tmp_path / "keys")
    assert said in str(wrong.value)
    (tmp_path / "keys").write_text(f"# two\n{key}\n{key}")
    assert read_keys(tmp_path / "keys") is not None


def test_a_students_folder_that_cannot_be_written_is_told_and_not_taken_for_a_wrong_key(tmp_path):
    (tmp_path / "ben").write_text("a file where a folder should be")
    with pytest.raises(NnsimError) as wrong:
        owns(tmp_path, "ben", "SHA256:x")
    assert "ben: cannot be written" in str(wrong.value)
    assert "no session is started" in str(wrong.value)
    assert str(tmp_path) not in str(wrong.value)
    assert owns(tmp_path, "anna", "SHA256:x")
    assert not owns(tmp_path, "anna", "SHA256:y")


async def test_a_served_folder_that_is_gone_is_told(served):
    class Hub:
        offer = type("Offer", (), {"folder": ServedFolder.at(served)})

    class Line:
        said = b""

        def send(self, data):
            self.said += data

    assert await PlainCommands(Hub()).run("list", Line(), "anna", False) == 0
    shutil.rmtree(served)
    with pytest.raises(NnsimError, match="the served folder cannot be opened"):
        await PlainCommands(Hub()).run("list", Line(), "anna", False)
