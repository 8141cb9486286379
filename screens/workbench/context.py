"""What the controllers of a workbench may ask of the workbench that holds them, and of nothing else.

A controller is given a `Context` and knows neither the app nor the screen: a test makes one without them.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol, TypeVar

from textual.notifications import SeverityLevel
from textual.screen import Screen
from textual.strip import Strip

from nnsim.output_files import OutputFiles
from nnsim.session.session import Session
from nnsim.timeline import Cursor
from screens.panes.pane import Pane
from screens.panes.pane_context import PaneContext
from screens.widgets.pane_box import PaneBox
from screens.workbench.pacer import Pacer
from screens.workbench.pending_edit import PendingEdit

Answer = TypeVar("Answer")
LARGEST_COUNT = 1_000_000_000


class Context(PaneContext, Protocol):
    """A workbench as its controllers see it."""

    @property
    def session(self) -> Session:
        """The runs, and the cursor over them."""

    @property
    def pacer(self) -> Pacer:
        """What trains the session, and trains again what is to be shown or edited."""

    @property
    def pending(self) -> PendingEdit:
        """The edit that waits for steps to be trained again."""

    @property
    def panes(self) -> Sequence[Pane]:
        """The panes, slot by slot."""

    @property
    def in_focus(self) -> Pane:
        """The pane that keys go to first."""

    @property
    def files(self) -> OutputFiles:
        """Whether and where files may be written."""

    @property
    def recorded_in(self) -> Path | None:
        """The file of the recording that is open, if any."""

    @property
    def drawn_cursor(self) -> Cursor:
        """The cursor whose picture the panes show: the session's own, unless that is still being approached."""

    @property
    def status(self) -> str:
        """What the line below the panes says."""

    @property
    def pane_box(self) -> PaneBox:
        """The box that holds the panes."""

    @property
    def typed_count(self) -> str:
        """The digits that were typed and wait for a key."""

    def tell(self, text: str, severity: SeverityLevel = "information", timeout: float = 5.0) -> None:
        """Say something for a while."""

    def refuse(self, reason: str) -> None:
        """Say for longer why an edit is not possible."""

    def refuse_while_pending(self) -> bool:
        """Say so where an edit is pending: what a dialog is about may be another thing after it.

        Returns: whether one is.
        """

    def clear_messages(self) -> None:
        """Say nothing any more."""

    def redraw(self, anew: bool = False) -> None:
        """Draw what a key has changed.  Args: anew: also where the session is as it was when it was drawn last."""

    def draw_lines(self) -> None:
        """Draw the lines above and below the panes."""

    def show_count(self) -> None:
        """Draw the digits that were typed so far."""

    def show(self, pane: Pane) -> None:
        """Draw one pane anew."""

    def rearrange(self) -> None:
        """Give the panes their places, and draw them there."""

    def focus_pane(self, pane: Pane) -> None:
        """Give a pane the focus, and bring it into sight."""

    def start_clock(self) -> None:
        """Time passes from now on, whenever a frame was drawn last."""

    def ask(self, dialog: Screen[Answer], answered: Callable[[Answer | None], object]) -> None:
        """Open a dialog; `answered` is called with its answer, None where it was left without one."""

    def change(self, what: Callable[[], object]) -> None:
        """Move the cursor, or change what is shown: an edit that waits is given up, and all of it is drawn anew."""

    def remember_layout(self, kinds: tuple[str, ...] | None) -> None:
        """Remember for the next time which panes the slots show; None: those of the scenario."""

    def leave(self) -> None:
        """Leave the workbench, without a question."""

    def copy_to_clipboard(self, text: str) -> None:
        """Put a text into the terminal's clipboard."""

    def cells_of(self, pane: Pane | None) -> list[Strip]:
        """The cells that a pane, or for None the whole screen, shows, in rows."""

    def after_frame(self, act: Callable[[], None]) -> None:
        """Do something when the screen is painted, as after a dialog that covered it."""

    def in_thread(self, work: Callable[[], Callable[[], None]]) -> None:
        """Do work in a thread of its own, and then, on the event loop, what it returns."""


class TypedCount:
    """The number that is typed before a key.

    Digits are bindings like all other keys, because a binding's action runs later than a handler of key events: a
    handler would see a digit before the key that was pressed before it.
    """

    def __init__(self, context: Context, otherwise: Callable[[], None]) -> None:
        """Args: otherwise: what the key that erases a digit does where there is none."""
        self._context, self._otherwise = context, otherwise
        self.digits = ""

    def take(self) -> int:
        """The number, or 1; it is used up."""
        count, self.digits = int(self.digits or 1), ""
        return min(count, LARGEST_COUNT)

    def type(self, digit: int) -> None:
        self._set(f"{self.digits}{digit}".lstrip("0")[:9])

    def erase(self) -> None:
        """Take the last digit back."""
        if self.digits:
            self._set(self.digits[:-1])
        else:
            self._otherwise()

    def _set(self, digits: str) -> None:
        self.digits = digits
        self._context.show_count()
