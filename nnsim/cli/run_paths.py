"""Paths that hold runs: recordings of nnsim and logs of other programs, told from scenarios and tables."""

import os
from pathlib import Path

from nnsim.cli.task_options import TaskOptions
from nnsim.errors import NnsimError
from nnsim.text import clean_line


def paths_of_runs(options: TaskOptions, others: tuple[Path, ...] = (), record: Path | None = None) -> list[Path]:
    """The paths of a command line where they hold runs; none where a scenario or a table of data is meant.

    Raises: NnsimError where several are given and one of them holds no run, or an option goes with none.
    """
    if not others and not os.path.exists(options.scenario):  # most often the name of a scenario
        return []
    from nnsim.logs.run_set import holds_runs

    paths = [Path(options.scenario), *others]
    if not others and (options.targets or not holds_runs(paths[0])):
        return []
    for path in paths:
        if not path.exists():
            raise NnsimError(f"{clean_line(str(path))}: there is no such file or folder")
        if not holds_runs(path):
            raise NnsimError(
                f"{clean_line(str(path))}: holds no run (allowed beside others: recordings, logs of other programs)"
            )
    given = {
        "--seed": options.seed,
        "--set": options.assignments,
        "--target": options.targets,
        "--mnist": options.mnist,
        "--record": record,
    }
    for option, value in given.items():
        if value not in (None, ()):
            raise NnsimError(f"{option}: means nothing for runs that are there already (allowed with a scenario)")
    return paths
