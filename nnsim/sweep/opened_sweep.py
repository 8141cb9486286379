"""A sweep that is looked at: its file, the table as far as it has grown, and who trains the rest of it."""

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

from nnsim.output_files import SWEEP_SUFFIX, OutputFiles, free_path
from nnsim.sweep.file import SweepFile
from nnsim.sweep.map_view import SweepMap
from nnsim.sweep.study import Study


class OpenedSweep:
    """Follows the file of a sweep, and can have the rest of it trained by a program of its own."""

    def __init__(self, file: SweepFile) -> None:
        self.file = file
        self.table = file.read()
        self._trainer: subprocess.Popen[bytes] | None = None
        self._size = _size(file.path)

    @classmethod
    def open(cls, path: Path) -> "OpenedSweep":
        """Reads a file.  Raises: RecordingError."""
        return cls(SweepFile.open(path))

    @classmethod
    def begun(cls, study: Study, beside: Path, files: OutputFiles) -> "OpenedSweep":
        """A new sweep in a file of its own beside another one, under way.  Raises: NnsimError."""
        _require_kernel(study)  # before there is a file that nothing can train
        stem = beside.stem.partition("-zoom")[0]
        path = free_path(beside.parent, f"{stem}-zoom", SWEEP_SUFFIX)
        found = cls(SweepFile.create(path, study, files))
        found.train(files)
        return found

    @property
    def study(self) -> Study:
        return self.file.study

    @property
    def whole(self) -> bool:
        return self.table.whole

    @property
    def share(self) -> float:
        """How much of it is trained."""
        return self.table.share

    @property
    def under_way(self) -> bool:
        """Whether a program that this one has started trains it."""
        return self._trainer is not None and self._trainer.poll() is None

    def refreshed(self) -> bool:
        """Takes what the file has got since the last time.  Returns: whether there was anything new."""
        if self.whole:
            return False
        size = _size(self.file.path)
        if size == self._size:
            return False
        self._size = size
        return self.file.read_into(self.table) > 0

    def train(self, files: OutputFiles) -> None:
        """Has the rest trained by a program of its own, where none is at it.  Raises: NnsimError."""
        files.check(self.file.path)
        if self.whole or self.under_way:
            return
        _require_kernel(self.study)
        command = [sys.executable, "-m", "nnsim", "sweep", "--resume", str(self.file.path), "--json"]
        self._trainer = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )

    def close(self) -> None:
        """Ends the program that trains it, if any: what is done is in the file."""
        if self._trainer is not None:
            if self._trainer.poll() is None:
                self._trainer.terminate()
            self._trainer.wait()
            self._trainer = None

    def map_of(self, former: SweepMap | None = None) -> SweepMap:
        """The map of what is known, as a former one was looked at."""
        if former is None:
            return SweepMap.of(self.study, self.table)
        return replace(former, table=self.table)


def _require_kernel(study: Study) -> None:
    """Refuses what a program of its own would refuse unseen.  Raises: NnsimError where numba is missing."""
    if study.kernel == "fast":
        from nnsim.training.fast.support import require_fast

        require_fast()


def _size(path: Path) -> tuple[int, int]:
    try:
        found = os.stat(path)
    except OSError:
        return 0, 0
    return found.st_size, found.st_mtime_ns
