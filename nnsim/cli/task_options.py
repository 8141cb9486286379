"""What a command line asks for: a task, one of its variants and changed settings; or paths that hold runs."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nnsim.errors import NnsimError
from nnsim.output_files import OutputFiles
from nnsim.text import clean_line

if TYPE_CHECKING:
    from nnsim.scenario.from_data import ScenarioTask


@dataclass(frozen=True)
class TaskOptions:
    """The options that every command on a task has; the task is read when it is needed."""

    scenario: str  # a name or a file
    variant: str | None = None
    seed: int | None = None
    assignments: tuple[str, ...] = ()  # of --set
    targets: tuple[str, ...] = ()  # columns of a CSV file to predict
    mnist: Path | None = None  # a folder of IDX files in place of the digits
    student: str = ""  # whose run it is

    def task(self, epochs: int | None = None) -> "ScenarioTask":
        """Reads the scenario and its settings; epochs: what --epochs says.  Raises: NnsimError."""
        from nnsim.scenario.from_data import chosen_task

        return chosen_task(self.scenario, self.targets, self.mnist, self._settings(epochs))

    def _settings(self, epochs: int | None) -> dict[str, Any]:
        """Settings by dotted key; an option of its own goes before `--set`."""
        from nnsim.scenario.setting_keys import parse_setting

        settings = dict(parse_setting(text) for text in self.assignments)
        if epochs is not None:
            settings["train.epochs"] = epochs
        if self.seed is not None:
            settings["random.seed"] = self.seed
        return settings


@dataclass(frozen=True)
class ExportOptions:
    """The options of an export.

    Args: task: that of `file`, where it is a scenario. output: "-" is standard output; None is a default name.
    """

    file: Path
    task: TaskOptions
    format: str
    files: OutputFiles
    output: str | None = None
    overwrite: bool = False
    step: str | None = None
    run: str | None = None
    pane: str | None = None
    size: str | None = None
    speed: str | None = None
    idle_limit_s: float | None = None
    despite_damage: bool = False
    epochs: int | None = None
    names: tuple[str, ...] = ()  # of a log's figures, as --map says
    theme: str | None = None  # of a picture
    title: str | None = None
    x_label: str | None = None
    y_label: str | None = None


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
