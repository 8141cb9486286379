"""The host: what every screen may ask of the app that it belongs to."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Protocol

from textual.notifications import SeverityLevel
from textual.screen import Screen

from nnsim.errors import OutputError
from nnsim.output_files import ANYWHERE, OutputFiles
from nnsim.theme_names import DEFAULT, MEANINGS, after
from screens import preferences
from screens.preferences import Layout, Preferences
from screens.styles import TOAST_CSS
from screens.terminal.input_decoder import InputDropped
from screens.terminal.terminal_app import TerminalApp
from screens.themes import THEMES

MARKED = "! "  # before a warning and an error, which no colour alone may tell


class Router(Protocol):
    """Opens screens and leaves them; see screens.router."""

    @property
    def recorded_in(self) -> Path | None:
        """The file of the recording that is open, if any."""

    def open_tour(self) -> None:
        """Begin the tour."""

    def open_scenario(self, path: Path) -> None:
        """Open a scenario file in a workbench.  Raises: ScenarioError."""

    def open_recording(self, path: Path) -> None:
        """Open a recording in a workbench.  Raises: RecordingError."""

    def leave(self, screen: Screen[Any]) -> None:
        """Go back to what is below, or out of the program; once, however often it was asked for."""


class Host(TerminalApp):
    """An app with nnsim's look and terminal, its messages and preferences, and a way to other screens."""

    router: Router

    CSS = f"""{TOAST_CSS}
    CommandPalette > Vertical {{ max-width: 110; }}
    /* A list that never has the focus, for what is typed goes elsewhere; its place is seen without colour too. */
    SettingsDialog OptionList > .option-list--option-highlighted,
    CommandPalette CommandList > .option-list--option-highlighted {{
        background: $block-cursor-background; color: $block-cursor-foreground;
    }}
    CommandPalette SearchIcon {{ display: none; }}
    CommandPalette CommandList {{ text-wrap: nowrap; text-overflow: ellipsis; }}
    * {{ scrollbar-size-vertical: 1; scrollbar-background: $background; scrollbar-color: $foreground 50%; }}
    """

    def __init__(
        self,
        theme: str | None = None,
        chosen: Preferences | None = None,
        files: OutputFiles = ANYWHERE,
        records: Path | None = None,
    ) -> None:
        """Args: theme: its name, for this time; None is the one last chosen. chosen: None reads what was chosen
        before. files: whether and where files may be written. records: the file that is recorded into, to be named
        where the app crashes.
        """
        super().__init__(records)
        self.files = files
        self.preferences = preferences.read(files) if chosen is None else chosen
        for one in THEMES.values():
            self.register_theme(one)
        wanted = theme or self.preferences.theme
        self.theme = wanted if wanted is not None and wanted in THEMES else DEFAULT

    def on_mount(self) -> None:
        self.set_class(not self.terminal.unicode, "-ascii")
        self.set_class(not self.terminal.colours, "-colourless")
        if self.preferences.complaint:
            self.tell(self.preferences.complaint, severity="warning", timeout=8)

    # ------------------------------------------------------------------ messages

    def tell(self, text: str, severity: SeverityLevel = "information", timeout: float = 5.0) -> None:
        """Say something for a while, as it is: what a file or a person wrote is no markup.

        A later word takes the place of the one before, for several would lie over the panes; warnings and errors
        have their time, but are not said twice: a key held down would fill the screen with them.
        """
        text = text if severity == "information" else f"{MARKED}{text}"
        self.retract_notifications(lambda one: one.message == text or one.severity == "information")
        self.notify(text, severity=severity, timeout=timeout, markup=False)

    def clear_notifications(self) -> None:
        """Say nothing any more."""
        self.retract_notifications(lambda _: True)

    def on_input_dropped(self, message: InputDropped) -> None:
        self.tell(message.reason)

    # ------------------------------------------------------------------ what is kept

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
