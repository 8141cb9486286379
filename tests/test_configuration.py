"""The configuration: what the file says goes behind the environment, and that behind an option."""

import json
import os
import sys
from io import StringIO
from pathlib import Path

import pytest

from nnsim.cli import execute
from nnsim.cli.environment import adopt_configuration
from nnsim.configuration import read_configuration
from nnsim.errors import NnsimError
from nnsim.output_files import OutputFiles
from nnsim.recording import save
from screens import preferences

LOG = Path(__file__).parent / "logs" / "files" / "keras"


@pytest.fixture
def files(tmp_path):
    (tmp_path / "configuration").mkdir()
    return OutputFiles(root=tmp_path)


def configure(files, text):
    (files.configuration / "config.toml").write_text(text)


def test_the_environment_goes_before_the_file(files):
    configure(files, 'theme = "light"\ncharacters = "ascii"\n')
    environ = {"NNSIM_THEME": "contrast"}
    adopt_configuration(environ, files)
    assert environ == {"NNSIM_THEME": "contrast", "NNSIM_CHARACTERS": "ascii"}


def test_without_a_file_nothing_is_decided(files):
    environ = {}
    adopt_configuration(environ, files)
    assert environ == {}
    assert read_configuration(files).panes == ()


def test_a_folder_of_configurations_that_is_none_decides_nothing(monkeypatch, capsys):
    monkeypatch.setenv("XDG_CONFIG_HOME", os.devnull)
    assert read_configuration(OutputFiles()).names == {}
    monkeypatch.setattr(sys, "stdin", StringIO("quit\n"))
    assert execute(["open", str(LOG), "--plain"]) == 0
    assert "keras" in capsys.readouterr().out


def test_panes_are_those_of_what_has_no_layout_of_its_own(files):
    configure(files, 'panes = ["network", "loss"]\n')
    preferences.write(files, layout=("xor", ("data",)))
    found = preferences.read(files)
    assert found.layout("another", {"network", "loss"}) == ("network", "loss")
    assert found.layout("xor", {"network", "loss", "data"}) == ("data",)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('theme = "pink"', "theme"),
        ('panes = ["teapot"]', "panes"),
        ('colour = "red"', "colour"),
        ("theme =", "is no TOML"),
    ],
)
def test_what_is_wrong_is_named(files, text, said):
    configure(files, text)
    with pytest.raises(NnsimError, match=said) as wrong:
        adopt_configuration({}, files)
    assert "\n" not in str(wrong.value)
    assert "config.toml" in str(wrong.value)


def test_a_replay_without_a_terminal_says_how_to_have_one_and_is_told_in_words(
    trained, tmp_path, capsys, monkeypatch
):
    path = tmp_path / "x.nnsim"
    save(path, [trained("xor").timeline])
    with (tmp_path / "nothing").open("w+") as nothing:
        monkeypatch.setattr("sys.stdin", nothing)
        assert execute(["replay", str(path)]) == 2
        said = capsys.readouterr().err
        assert "ssh -t HOST nnsim replay" in said
        nothing.write("end\nquit\n")
        nothing.seek(0)
        assert execute(["replay", "--plain", str(path)]) == 0
    assert "10,000" in capsys.readouterr().out
    assert json.dumps(said).count("\\n") == 1
