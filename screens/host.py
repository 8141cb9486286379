"""The host: what every screen may ask of the app that it belongs to."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from textual._compositor import CompositorUpdate, LayoutUpdate
from textual.binding import Binding
from textual.screen import Screen
from textual.theme import Theme

from nnsim.errors import OutputError
from nnsim.output_files import ANYWHERE, OutputFiles
from nnsim.terminal import capabilities
from nnsim.themes import DEFAULT, MEANINGS, after
from screens import preferences
from screens.preferences import Layout, Preferences
from screens.terminal.filters import AsciiFilter, ColourlessFilter, SafeFilter
from screens.terminal.flow_control import FrameAnswered
from screens.terminal.screen_diff import Changes
from screens.themes import THEMES
from screens.widgets.toasts import MESSAGES_CSS, Telling

if sys.platform == "win32":
    TerminalDriver = None  # Textual's own
else:
    from screens.terminal.driver import TerminalDriver

if TYPE_CHECKING:
    from nnsim.session.session import Session

# The keys that home and the workbench share.
EVERYWHERE: tuple[Binding, ...] = (
    Binding("ctrl+p,colon", "app.command_palette", "palette: all actions"),
    Binding("T", "app.next_theme", "next theme"),
)


class Host(Telling):
    """An app with nnsim's look and terminal; how its screens come about is for a subclass to say."""

    CSS = f"""{MESSAGES_CSS}
    MarkdownH1, MarkdownH2, MarkdownH3 {{ content-align: left middle; margin: 0 0 1 0; padding: 0; }}
    Markdown {{ padding: 0; margin: 0; }}
    CommandPalette > Vertical {{ max-width: 110; }}
    /* A list that never has the focus, for what is typed goes elsewhere; its place is seen without colour too. */
    SettingsDialog OptionList > .option-list--option-highlighted,
    CommandPalette CommandList > .option-list--option-highlighted {{
        background: $block-cursor-background; color: $block-cursor-foreground;
    }}
    CommandPalette SearchIcon {{ display: none; }}
    CommandPalette CommandList {{ text-wrap: nowrap; text-overflow: ellipsis; }}
    MarkdownBlock {{ margin: 0 0 1 0; }}
    * {{ scrollbar-size-vertical: 1; scrollbar-background: $background; scrollbar-color: $foreground 50%; }}
    """

    def __init__(
        self, theme: str | None = None, chosen: Preferences | None = None, files: OutputFiles = ANYWHERE
    ) -> None:
        """Args: theme: its name, for this time; None is the one last chosen. chosen: None reads what was chosen
        before. files: whether and where files may be written.
        """
        super().__init__(driver_class=TerminalDriver)
        self.files = files
        self.preferences = preferences.read(files) if chosen is None else chosen
        for one in THEMES.values():
            self.register_theme(one)
        wanted = theme or self.preferences.theme
        self.theme = wanted if wanted is not None and wanted in THEMES else DEFAULT
        self.giving_way: list[Callable[[], None]] = []  # of those whose work a key must not wait for
        size = os.get_terminal_size() if os.isatty(1) else os.terminal_size((80, 24))
        self.terminal = capabilities(os.environ, (size.columns, size.lines))
        self._filters.append(SafeFilter())
        if not self.terminal.unicode:
            self._filters.append(AsciiFilter())
        if not self.terminal.colours:
            self._filters.append(ColourlessFilter())

    def on_mount(self) -> None:
        self.set_class(not self.terminal.unicode, "-ascii")
        self.set_class(not self.terminal.colours, "-colourless")
        if self.preferences.complaint:
            self.tell(self.preferences.complaint, severity="warning", timeout=8)

    # ------------------------------------------------------------------ other screens

    def open_workbench(self, session: Session) -> None:
        """Show a session."""
        raise NotImplementedError

    def open_tour(self) -> None:
        """Begin the tour."""
        raise NotImplementedError

    def open_scenario(self, path: Path) -> None:
        """Open a scenario file in a workbench.  Raises: ScenarioError."""
        raise NotImplementedError

    def open_recording(self, path: Path) -> None:
        """Open a recording in a workbench.  Raises: RecordingError."""
        raise NotImplementedError

    def leave(self, screen: Screen[Any]) -> None:
        """Go back to what is below, or out of the program; once, however often it was asked for."""
        raise NotImplementedError

    @property
    def recorded_in(self) -> Path | None:
        """The file of the recording that is open, if any."""
        raise NotImplementedError

    # ------------------------------------------------------------------ what is kept

    def get_theme(self, theme_name: str) -> Theme | None:
        """A theme by its name.

        Textual asks for it with every line that it renders, and would copy the table of all themes twice for it.
        """
        return self._registered_themes.get(theme_name) or super().get_theme(theme_name)

    def action_next_theme(self) -> None:
        self.choose_theme(after(self.theme))

    def choose_theme(self, name: str) -> None:
        """Show everything in a theme, from now on and at the next start."""
        if self.no_color:
            self.tell("NO_COLOR is set: the screen has no colours, and a theme is nothing else.")
            return
        self.theme = name
        if self.keep(theme=name):
            self.tell(f"theme {name}: {MEANINGS[name]}")

    def keep(self, *, theme: str | None = None, layout: Layout | None = None) -> bool:
        """Take a choice over for the next start, and say where that cannot be.  Returns: whether it is written."""
        try:
            self.preferences = preferences.write(self.files, theme=theme, layout=layout)
        except OutputError as error:
            self.preferences = self.preferences.changed(theme=theme, layout=layout)
            self.tell(str(error), severity="warning")
            return False
        return True

    # ------------------------------------------------------------------ terminal

    def may_draw(self, for_key: bool = False) -> bool:
        """Whether the terminal has room for a frame.

        Args: for_key: the frame shows what a key has done, and comes before those that show time passing.
        """
        frames = getattr(self._driver, "frames", None)  # a driver without a terminal has none
        return frames is None or frames.may_draw(for_key)

    def key_pressed(self) -> None:
        """A key is on its way to its handler; the thread that reads the input says so."""
        for give_way in self.giving_way:
            give_way()

    @property
    def can_suspend(self) -> bool:
        """Whether there is a shell to stop for."""
        return hasattr(self._driver, "suspend")

    def suspend_now(self) -> None:
        """Give the terminal back to the shell, and stop until it says to go on."""
        if self._driver is not None and self.can_suspend:
            self.call_after_refresh(self._driver.suspend)  # type: ignore[attr-defined]

    def frame_answered(self) -> None:
        """The terminal has drawn a frame: there may be room for one that waits."""
        if self.screen_stack:
            self.screen.post_message(FrameAnswered())

    def _display(self, screen: Screen[Any], renderable: Any) -> None:
        """Send no more than the cells that change."""
        shown = getattr(self._driver, "shown", None)
        if shown is not None and isinstance(renderable, CompositorUpdate):
            # What is drawn has the size of the compositor; the screen's own may still be the one before.
            if shown.fit(screen._compositor.size) and not isinstance(renderable, LayoutUpdate):
                renderable = screen._compositor.render_full_update()
            renderable = Changes(renderable, shown)
        super()._display(screen, renderable)

    def _fatal_error(self) -> None:
        """End; what is said about it is one line (see _run), not a page with what the variables hold."""
        self._close_messages_no_wait()

    def _print_error_renderables(self) -> None:
        self._exit_renderables.clear()
