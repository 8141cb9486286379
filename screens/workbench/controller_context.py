"""What the controllers of a workbench may ask of it, and nothing else: a test makes one without an app."""

from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Protocol, TypeVar

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

    session: Session
    pacer: Pacer  # trains the session, and trains steps again that are to be drawn or edited
    pending: PendingEdit  # the edit that waits for steps to be trained again
    pane_box: PaneBox
    files: OutputFiles

    @property
    def panes(self) -> Sequence[Pane]:
        """The panes, slot by slot."""

    @property
    def in_focus(self) -> Pane:
        """The pane that keys go to first."""

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
    def typed_count(self) -> str:
        """The digits that were typed and wait for a key."""

    def refuse(self, reason: str) -> None:
        """Shows for longer why an edit is not possible."""

    def refuse_while_pending(self) -> bool:
        """Refuses where an edit is pending, which may change what a dialog is about.  Returns: whether one is."""

    def clear_messages(self) -> None:
        """Removes all messages."""

    def redraw(self, anew: bool = False) -> None:
        """Draws the effect of a key.  Args: anew: also where the session has not changed."""

    def draw_lines(self) -> None:
        """Draws the lines above and below the panes."""

    def show_count(self) -> None:
        """Draws the typed digits."""

    def show(self, pane: Pane) -> None:
        """Draws one pane anew."""

    def rearrange(self) -> None:
        """Places the panes, and draws them there."""

    def focus_pane(self, pane: Pane) -> None:
        """Gives a pane the focus, and makes it visible."""

    def start_clock(self) -> None:
        """Starts time now, whenever the last frame was drawn."""

    def change(self, what: Callable[[], object]) -> None:
        """Moves the cursor or changes the runs: cancels a pending edit, and draws everything anew."""

    def remember_layout(self, kinds: tuple[str, ...] | None) -> None:
        """Remembers the panes of the slots for the next time; None forgets them."""

    def leave(self) -> None:
        """Leaves the workbench, without a question."""

    def open_next(self, path: Path) -> None:
        """Leaves the workbench for that of another scenario; asks first where something is not saved."""

    def copy_to_clipboard(self, text: str) -> None:
        """Copies a text to the terminal's clipboard."""

    def cells_of(self, pane: Pane | None) -> list[Strip]:
        """The cells of a pane, or for None of the whole screen, in rows."""

    def after_frame(self, act: Callable[[], None]) -> None:
        """Acts when the screen is painted, as after a dialog that covered it."""

    def in_thread(self, work: Callable[[], Callable[[], None]]) -> None:
        """Works in a thread, and then calls the result on the event loop."""


class TypedCount:
    """The number that is typed before a key.

    Digits are bindings, because a binding's action runs later than a handler of key events: a handler would see a
    digit before the key that was pressed before it.
    """

    def __init__(self, context: Context, otherwise: Callable[[], Awaitable[None]]) -> None:
        """Args: otherwise: called by the key that erases a digit, where there is none."""
        self._context, self._otherwise = context, otherwise
        self.digits = ""

    def take(self) -> int:
        count, self.digits = int(self.digits or 1), ""
        return min(count, LARGEST_COUNT)

    def type(self, digit: int) -> None:
        self._set(f"{self.digits}{digit}".lstrip("0")[:9])

    async def erase(self) -> None:
        if self.digits:
            self._set(self.digits[:-1])
        else:
            await self._otherwise()

    def _set(self, digits: str) -> None:
        self.digits = digits
        self._context.show_count()
