"""What panes need of a run, what a workbench gives them, and the changes that they ask for.

A pane reads nothing but its view, and changes nothing itself: it asks by a command. Commands are carried out at
once, not through Textual's message queue, in which a later key could overtake them.
"""

from collections.abc import Callable, Mapping
from typing import Any, Protocol, TypeVar

from msgspec import Struct
from textual.notifications import SeverityLevel
from textual.screen import Screen

from nnsim.scenario.lesson_schema import GivenAnswer, LessonStart
from nnsim.session.view import Capability, View
from nnsim.timeline import Timeline

Answer = TypeVar("Answer")

# What most panes that look inside a run need, beside the settings by which it was trained.
INSIDE = Capability.SETTINGS | Capability.DATA | Capability.PARAMETERS | Capability.REPLAY
ANSWERS = INSIDE | Capability.TARGETS


class ChangeSettings(Struct, frozen=True):
    """Begins the focused run again with other settings.

    Args: settings: computes them when they are changed, which may be later. description: of the change.
    """

    settings: Callable[[View], Mapping[str, Any]]
    description: str = ""


class ChangeParameter(Struct, frozen=True):
    """Gives a parameter of the focused run another value at the cursor's step."""

    key: str
    value: object


class ShowSettings(Struct, frozen=True):
    """Opens the settings whose keys hold one of these words."""

    words: str


class NoteProgress(Struct, frozen=True):
    """Keeps the answers and challenges of the lesson for a recording.

    Args: answers: by the lesson's parts. evidence: the runs that prove them, likewise. page: that is open, from 0.
    """

    answers: Mapping[int, GivenAnswer]
    evidence: Mapping[int, tuple[Timeline, ...]]
    page: int


class FocusRun(Struct, frozen=True):
    """Gives a run the focus.  Args: index: of its track."""

    index: int


class ShowRuns(Struct, frozen=True):
    """Draws all runs but these, and the focused one.  Args: hidden: indexes of tracks."""

    hidden: frozenset[int]


PaneCommand = FocusRun | ShowRuns | ChangeSettings | ChangeParameter | ShowSettings | NoteProgress


class PaneContext(Protocol):
    """What a pane knows of the workbench around it; by itself it changes nothing and says nothing."""

    @property
    def has_crosshair(self) -> bool:
        """Whether the keys of the crosshair come before a pane's own."""
        return False

    def tell(self, text: str, severity: SeverityLevel = "information", timeout: float = 5.0) -> None:
        """Shows a message for a while."""
        return

    def ask(self, dialog: Screen[Answer], answered: Callable[[Answer | None], object]) -> None:
        """Opens a dialog, and calls `answered` with its answer; None where it was left without one."""
        return

    def take_count(self) -> int:
        """The number typed before a key, or 1; the next key has none."""
        return 1

    def is_taken(self, key: str) -> bool:
        """Whether the focused pane uses this key now."""
        return False

    @property
    def lesson_start(self) -> LessonStart | None:
        """Where the lesson goes on, where it was begun before."""
        return None

    def pause(self, view: View) -> View:
        """Stops playing.  Returns: the view after that."""
        return view

    def carry_out(self, command: PaneCommand) -> bool:
        """Carries a command out.  Returns: whether it is done, or under way; a message says why not."""
        return False


class NoWorkbench(PaneContext):
    """The context of a pane outside of a workbench."""
