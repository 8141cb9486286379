"""What a workbench gives its panes, and what they ask it to change.

A pane reads nothing but the view that it is given, and changes nothing itself: it says as a command what a person
wants changed. Commands are carried out at once rather than through Textual's queue of messages, in which a key that
is pressed behind them could overtake them.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from textual.notifications import SeverityLevel
from textual.screen import Screen

from nnsim.scenario.lesson_schema import GivenAnswer
from nnsim.session.view import View
from nnsim.timeline import Timeline

Answer = TypeVar("Answer")


@dataclass(frozen=True)
class ChangeSettings:
    """Begin the focused run again with other settings.

    Args: settings: works them out from what there is when they are changed, which may be later. told: what was
    changed, in words; else the settings themselves.
    """

    settings: Callable[[View], Mapping[str, Any]]
    told: str = ""


@dataclass(frozen=True)
class ChangeParameter:
    """Give a parameter of the focused run another value at the cursor's step."""

    key: str
    value: object


@dataclass(frozen=True)
class ShowSettings:
    """Open the settings whose keys hold one of these words."""

    words: str


@dataclass(frozen=True)
class NoteProgress:
    """Keep what was answered and reached of the lesson, for a recording.

    Args: answers: by the lesson's parts. evidence: the runs that bear them out, likewise.
    """

    answers: Mapping[int, GivenAnswer]
    evidence: Mapping[int, tuple[Timeline, ...]]


PaneCommand = ChangeSettings | ChangeParameter | ShowSettings | NoteProgress


class PaneContext(Protocol):
    """What a pane knows of the workbench that shows it."""

    @property
    def has_crosshair(self) -> bool:
        """Whether the keys of the crosshair come before a pane's own."""

    def tell(self, text: str, severity: SeverityLevel = "information", timeout: float = 5.0) -> None:
        """Say something for a while."""

    def ask(self, dialog: Screen[Answer], answered: Callable[[Answer | None], object]) -> None:
        """Open a dialog; `answered` is called with its answer, None where it was left without one."""

    def take_count(self) -> int:
        """The number typed before a key, or 1; the next key has none."""

    def is_taken(self, key: str) -> bool:
        """Whether the pane in focus has this key for something of its own now."""

    def pause(self, view: View) -> View:
        """Stop playing.  Returns: the view after that, where this was the one before."""

    def carry_out(self, command: PaneCommand) -> bool:
        """Do what a person wants.  Returns: whether it is done, or under way; if not, why is told."""


class NoWorkbench:
    """The context of a pane that no workbench shows: nothing can be changed."""

    has_crosshair = False

    def tell(self, text: str, severity: SeverityLevel = "information", timeout: float = 5.0) -> None:
        pass

    def ask(self, dialog: Screen[Answer], answered: Callable[[Answer | None], object]) -> None:
        pass

    def take_count(self) -> int:
        return 1

    def is_taken(self, key: str) -> bool:
        return False

    def pause(self, view: View) -> View:
        return view

    def carry_out(self, command: PaneCommand) -> bool:
        return False
