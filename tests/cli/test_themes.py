"""The theme that a command line asks for."""

import pytest

from nnsim.cli import execute
from nnsim.errors import NnsimError
from nnsim.terminal.theme_names import NAMES, after, named


def test_the_option_goes_before_the_environment_and_neither_is_none():
    assert named("light", {"NNSIM_THEME": "dark"}) == "light"
    assert named(None, {"NNSIM_THEME": "dark"}) == "dark"
    assert named(None, {"NNSIM_THEME": ""}) is None


def test_an_unknown_theme_is_refused_before_a_terminal_is_looked_for(capsys):
    assert execute(["open", "xor", "--theme", "lihgt"]) == 2
    said = "nnsim: --theme 'lihgt': is no theme, did you mean 'light'? (allowed: safe, dark, light, contrast)\n"
    assert capsys.readouterr().err == said
    with pytest.raises(NnsimError, match="NNSIM_THEME 'blue': is no theme"):
        named(None, {"NNSIM_THEME": "blue"})


def test_the_themes_go_round():
    name = "gone"
    seen = [name := after(name) for _ in range(len(NAMES) + 1)]
    assert seen == [*NAMES, NAMES[0]]
