"""The folder that is served: its scenarios and recordings, by name, and no file outside of it."""

import os
from dataclasses import dataclass
from pathlib import Path

from nnsim.errors import NnsimError
from nnsim.output_files import RECORDING_SUFFIX
from nnsim.scenario.language import translated_scenario
from nnsim.text import quote

SCENARIO_SUFFIX = ".toml"
NO_TRAINING = "training is not allowed here: recordings can be replayed and watched"
MOST = 1000  # files that are listed


@dataclass(frozen=True)
class ServedFolder:
    """A folder whose files may be seen. Links that lead out of it, hidden files and other kinds of files are not.

    Args: training: whether scenarios may be opened, and runs forked, by whoever sees it.
    """

    path: Path
    training: bool = False

    @classmethod
    def at(cls, path: Path, training: bool = False) -> "ServedFolder":
        """Raises: NnsimError where there is no such folder."""
        if not path.is_dir():
            raise NnsimError(
                f"{path}: is no folder (allowed: the folder whose scenarios and recordings are served)"
            )
        return cls(path.resolve(), training)

    def recordings(self) -> list[Path]:
        return self._files(RECORDING_SUFFIX)

    def scenarios(self) -> list[Path]:
        return [path for path in self._files(SCENARIO_SUFFIX) if translated_scenario(path) is None]

    def find(self, name: str) -> Path:
        """The file of a name, with or without its ending.  Raises: NnsimError where it is not served."""
        for path in (*self.recordings(), *self.scenarios()):
            if name in (path.name, path.stem):
                return path
        raise NnsimError(f"{quote(name)}: is not served here (nnsim list names what is)")

    def _files(self, suffix: str) -> list[Path]:
        try:
            with os.scandir(self.path) as found:
                names = sorted(one.name for one in found if one.name.endswith(suffix) and one.name[0] != ".")
        except OSError:
            return []
        return [path for name in names[:MOST] if self.holds(path := self.path / name)]

    def check(self) -> None:
        """Raises: NnsimError where the folder is no longer there."""
        if not self.path.is_dir():
            raise NnsimError("the served folder cannot be opened: it is gone")

    def check_training(self) -> None:
        """Raises: NnsimError where nothing may be trained."""
        if not self.training:
            raise NnsimError(NO_TRAINING)

    def holds(self, path: Path) -> bool:
        """Whether a file lies in this folder itself, wherever its name leads."""
        try:
            real = path.resolve(strict=True)
        except (OSError, RuntimeError):
            return False
        return real.is_file() and real.parent == self.path
