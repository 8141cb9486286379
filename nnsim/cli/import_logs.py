"""`nnsim import`: logs of other programs, made into a recording."""

from collections.abc import Sequence
from pathlib import Path

from nnsim.errors import NnsimError
from nnsim.output_files import OutputFiles


def import_logs(
    paths: Sequence[Path], output: Path | None, names: Sequence[str], files: OutputFiles, overwrite: bool
) -> int:
    raise NnsimError("not yet")
