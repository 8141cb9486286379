"""The configuration of a person: `config.toml` in the folder of nnsim's configuration, written by hand.

scenarios = "~/lessons"    # a folder whose scenarios home lists beside those of the current folder
theme = "light"            # as --theme
characters = "ascii"       # or "unicode", as NNSIM_CHARACTERS
language = "de"            # of lessons, as --language
panes = ["loss", "network"]    # of scenarios and tables that come without a lesson
[names]                        # of figures in logs of other programs, as --map
"train/loss" = "loss"

An option goes before a variable of the environment, and that before the file.
"""

import tomllib
from pathlib import Path
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from nnsim.components import build_struct
from nnsim.errors import NnsimError
from nnsim.output_files import OutputFiles
from nnsim.scenario.language import LANGUAGE_VARIABLE, language_code
from nnsim.scenario.schema import PANES
from nnsim.terminal.capabilities import CHARACTERS
from nnsim.terminal.theme_names import VARIABLE as THEME_VARIABLE
from nnsim.text import clean_line, printable_path

FILE = "config.toml"
LARGEST = 64 * 1024  # bytes


class Configuration(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What `config.toml` may say.

    Args: scenarios: a folder, from the home folder where it begins with `~`. theme, characters, language: as the
    variables NNSIM_THEME, NNSIM_CHARACTERS and NNSIM_LANGUAGE, which go before them. panes: by
    their names, for what has no lesson. names: what figures in logs of other programs are called here, as `--map`
    says.
    """

    scenarios: Annotated[str, Meta(max_length=1000)] = ""
    theme: Literal["", "safe", "dark", "light", "contrast"] = ""
    characters: Literal["", "ascii", "unicode"] = ""
    language: Annotated[str, Meta(max_length=20)] = ""
    panes: Annotated[tuple[Literal[PANES], ...], Meta(max_length=16)] = ()  # type: ignore[valid-type]
    names: Annotated[dict[str, str], Meta(max_length=500)] = {}

    def as_environment(self) -> dict[str, str]:
        """What the file says that a variable could say as well."""
        named = {THEME_VARIABLE: self.theme, CHARACTERS: self.characters, LANGUAGE_VARIABLE: self.language}
        return {name: value for name, value in named.items() if value}

    def scenarios_folder(self, files: OutputFiles) -> Path | None:
        """The folder of own scenarios; a relative one is meant from the configuration's folder."""
        return files.configuration / Path(self.scenarios).expanduser() if self.scenarios else None


def read_configuration(files: OutputFiles) -> Configuration:
    """Reads the configuration; all is as it comes where there is no file.

    Raises: NnsimError naming the file, the key, the value and what is allowed.
    """
    path = files.configuration / FILE
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST + 1)
    except (FileNotFoundError, NotADirectoryError):  # of /dev/null as the folder, too: there is none
        return Configuration()
    except OSError as error:
        raise NnsimError(f"{printable_path(path)}: cannot be read: {error.strerror}") from None
    if len(content) > LARGEST:
        raise NnsimError(f"{printable_path(path)}: is larger than {LARGEST:,} bytes")
    try:
        table = tomllib.loads(content.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise NnsimError(f"{printable_path(path)}: is no TOML: {clean_line(str(error))}") from None
    try:
        found = build_struct(Configuration, table, "")
        if found.language:
            language_code(found.language, "language")
        return found
    except NnsimError as error:
        raise NnsimError(f"{printable_path(path)}: {error}") from None
