"""Files that a scenario names: read from its own folder alone, and kept, so that a recording can carry them."""

from collections.abc import Mapping
from pathlib import Path, PurePosixPath

import msgspec
import numpy as np

from nnsim.data.examples import DataSource, Examples
from nnsim.errors import ScenarioError
from nnsim.text import quote

MAX_FILE = 64_000_000  # bytes


class ScenarioFiles:
    """The files beside a scenario, by name; their `contents`, once read, can stand in for the folder."""

    def __init__(self, folder: Path | None = None, contents: Mapping[str, bytes] | None = None) -> None:
        self._folder = folder
        self.contents: dict[str, bytes] = dict(contents or {})
        self._made: dict[tuple[str, bytes, int], Examples] = {}

    @property
    def folder(self) -> Path | None:
        """Where the scenario lies; None where it came without its files, as out of a recording."""
        return self._folder

    def read(self, name: str) -> bytes:
        """The content of a file in the scenario's folder.  Raises: ScenarioError where it is no such file."""
        if name in self.contents:
            return self.contents[name]
        path = PurePosixPath(name.replace("\\", "/"))
        if path.is_absolute() or ".." in path.parts or ":" in name or "\0" in name or not path.parts:
            raise ScenarioError(f"{quote(name)}: is no file beside the scenario (allowed: a name in its folder)")
        if self._folder is None:
            raise ScenarioError(f"{quote(name)}: is not there: this scenario comes without its files")
        place = self._folder / path
        try:
            if not place.resolve().is_relative_to(self._folder.resolve()):
                raise ScenarioError(f"{quote(name)}: leads out of the scenario's folder (allowed: a file in it)")
            if not place.is_file():
                raise ScenarioError(f"{quote(name)}: is no file beside the scenario")
            with place.open("rb") as file:
                content = file.read(MAX_FILE + 1)
        except OSError as error:
            raise ScenarioError(f"{quote(name)}: cannot be read: {error.strerror}") from None
        if len(content) > MAX_FILE:
            raise ScenarioError(f"{quote(name)}: is larger than {MAX_FILE:,} bytes")
        self.contents[name] = content
        return content

    def examples(self, data: DataSource, seed: int) -> Examples:
        """The rows of a data source; variants that ask for the same ones share them."""
        chosen = seed if data.seed is None else data.seed
        key = (type(data).__qualname__, msgspec.json.encode(data), chosen)
        if key not in self._made:
            # A stream apart from those of the run (0 to 2), so that making the data does not shift their numbers.
            rng = np.random.default_rng([chosen, 3])
            if len(self._made) >= 4:  # a sweep over seeds makes new rows each time
                self._made.clear()
            self._made[key] = data.examples(rng=rng, read=self.read)
        return self._made[key]

    def differ(self, data: DataSource, seed: int) -> bool:
        """Whether runs with other seeds have other rows: making them draws random numbers, and of the run's own."""
        if data.seed is not None:
            return False
        rng = np.random.default_rng([seed, 3])
        before = rng.bit_generator.state
        data.examples(rng=rng, read=self.read)
        return bool(rng.bit_generator.state != before)
