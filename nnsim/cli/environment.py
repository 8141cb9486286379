"""What the environment and the configuration decide for every command: the theme, the language of lessons."""

import os
from collections.abc import MutableMapping

from nnsim.output_files import OutputFiles
from nnsim.scenario.language import wanted_language


def named_theme(theme: str | None) -> str | None:
    """What --theme or NNSIM_THEME says.  Raises: NnsimError where that is no theme."""
    from nnsim.terminal.theme_names import named

    return named(theme, os.environ)


def adopt_configuration(environ: MutableMapping[str, str], files: OutputFiles) -> None:
    """Lets the configuration decide what no variable of the environment says.  Raises: NnsimError."""
    if (files.configuration / "config.toml").exists():
        from nnsim.configuration import read_configuration

        for name, value in read_configuration(files).as_environment().items():
            environ.setdefault(name, value)


def reading_language(files: OutputFiles) -> str:
    """The language that lessons are shown in, by an option, the environment or the configuration."""
    adopt_configuration(os.environ, files)
    return wanted_language(os.environ)
