"""What a command line asks for: a task, one of its variants, and the settings that it changes."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

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
