"""Files that a scenario names: read from its own folder alone, and kept, so that a recording can carry them."""

from collections.abc import Callable, Mapping
from pathlib import Path, PurePosixPath
from typing import Any, TypeVar

import msgspec
import numpy as np

from nnsim.data.examples import DataSource, Examples
from nnsim.errors import ScenarioError
from nnsim.text import quote

MAX_FILE = 64_000_000  # bytes of a file that is kept, and that a recording can carry
MAX_READ = 256_000_000  # bytes of a file at all
Kept = TypeVar("Kept")


class ScenarioFiles:
    """The files beside a scenario, by name; their `contents`, once read, can stand in for the folder."""

    def __init__(self, folder: Path | None = None, contents: Mapping[str, bytes] | None = None) -> None:
        self._folder = folder
        self.contents: dict[str, bytes] = dict(contents or {})
        self.too_large: dict[str, int] = {}  # files that are read but not kept, with their bytes
        self._made: dict[tuple[str, bytes, int], Examples] = {}
        self._scaled: tuple[Examples, object, Examples] | None = None
        self._kept: tuple[Any, Any] | None = None

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
            if (size := place.stat().st_size) > MAX_READ:
                raise ScenarioError(f"{quote(name)}: has {size:,} bytes (allowed: {MAX_READ:,})")
            with place.open("rb") as file:
                content = file.read(MAX_READ + 1)
        except OSError as error:
            raise ScenarioError(f"{quote(name)}: cannot be read: {error.strerror}") from None
        if len(content) > MAX_READ:
            raise ScenarioError(f"{quote(name)}: is larger than {MAX_READ:,} bytes")
        if len(content) > MAX_FILE:
            self.too_large[name] = len(content)
        else:
            self.contents[name] = content
        return content

    def kept(self, key: object, make: Callable[[], Kept], serves: Callable[[Kept], bool]) -> Kept:
        """What was made last of a file, or what `make` gives; until `forget` it is kept for whoever asks for it."""
        if self._kept is not None and self._kept[0] == key and serves(self._kept[1]):
            found: Kept = self._kept[1]
            return found
        self._kept = None  # before the next one is made: both may be large
        self._kept = key, make()
        return self._kept[1]

    def forget(self) -> None:
        """Lets go of what was made of a file; its rows stay."""
        self._kept = None

    def __call__(self, name: str) -> bytes:
        return self.read(name)

    def examples(self, data: DataSource, seed: int) -> Examples:
        """The rows of a data source; variants that ask for the same ones share them."""
        chosen = 0 if not data.draws else seed if data.seed is None else data.seed
        key = (type(data).__qualname__, msgspec.json.encode(data), chosen)
        if key not in self._made:
            # A stream apart from those of the run (0 to 2), so that making the data does not shift their numbers.
            rng = np.random.default_rng([chosen, 3])
            if len(self._made) >= 4:  # a sweep over seeds makes new rows each time
                self._made.clear()
            self._made[key] = data.drawn(rng=rng, read=self)
        return self._made[key]

    def scaled(self, examples: Examples, key: object, make: Callable[[], Examples]) -> Examples:
        """The rows with their targets scaled, made once for a split of them."""
        if self._scaled is None or self._scaled[0] is not examples or self._scaled[1] != key:
            self._scaled = examples, key, make()
        return self._scaled[2]

    def share(self, examples: Examples, data: DataSource) -> None:
        """Gives rows that were made already to whoever asks for those of a data source that draws no numbers."""
        self._made[type(data).__qualname__, msgspec.json.encode(data), 0] = examples

    def differ(self, data: DataSource, seed: int) -> bool:
        """Whether runs with other seeds have other rows: making them draws random numbers, and of the run's own."""
        if data.seed is not None:
            return False
        rng = np.random.default_rng([seed, 3])
        before = rng.bit_generator.state
        data.drawn(rng=rng, read=self)
        return bool(rng.bit_generator.state != before)
