"""The base of the app: its look, messages and preferences, and what every screen may ask of it."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from textual.notifications import SeverityLevel
from textual.screen import Screen

from nnsim.errors import OutputError
from nnsim.output_files import ANYWHERE, OutputFiles
from nnsim.serve.served_folder import ServedFolder
from nnsim.terminal.theme_names import DEFAULT, MEANINGS, after
from screens import preferences
from screens.preferences import Layout, Preferences
from screens.styles import TOAST_CSS
from screens.terminal.frame_pacing import FramePace
from screens.terminal.input_decoder import InputDropped
from screens.terminal.terminal_app import TerminalApp
from screens.themes import THEMES

if TYPE_CHECKING:
    from nnsim.session.session import Session

MARKED = "! "  # before a warning and an error, which no colour alone may tell

MOST_RECENT = 8  # actions of the palette that it begins with


class Router(Protocol):
    """The way from a screen to other screens, and back."""

    @property
    def recorded_in(self) -> Path | None:
        """The file of the open recording, if any."""

    def open_workbench(self, session: "Session") -> None:
        """Shows a session."""

    def open_tour(self) -> None:
        """Begins the tour."""

    def open_scenario(self, path: Path, in_place_of: Screen[Any] | None = None) -> None:
        """Opens a scenario file, or puts it in the place of a screen.  Raises: ScenarioError."""

    def open_recording(self, path: Path) -> None:
        """Opens a recording.  Raises: RecordingError."""

    def session_of_table(self, path: Path, targets: Sequence[str]) -> "Session":
        """Live runs of a network on a table of a person's own.  Raises: ScenarioError."""

    def is_lowest(self, screen: Screen[Any]) -> bool:
        """Whether leaving a screen ends the program."""

    def leave(self, screen: Screen[Any]) -> None:
        """Goes back to the screen below, or out of the program."""


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
        served: ServedFolder | None = None,
    ) -> None:
        """Args: theme: for this time; None takes the one last chosen. chosen: None reads the preferences. files:
        whether and where files may be written. records: the file that the run is recorded into; a crash names
        it. served: the folder that a class sees."""
        super().__init__(records, FramePace() if served is not None else None)
        self.served = served
        self.files = files
        self.preferences = preferences.read(files) if chosen is None else chosen
        self.recent_actions: list[str] = []  # of the palette, the last one first
        for one in THEMES.values():
            self.register_theme(one)
        wanted = theme or self.preferences.theme
        self.theme = wanted if wanted is not None and wanted in THEMES else DEFAULT

    def on_mount(self) -> None:
        self.set_class(not self.terminal.unicode, "-ascii")
        self.set_class(not self.terminal.colours, "-colourless")
        if self.preferences.complaint:
            self.tell(self.preferences.complaint, severity="warning", timeout=8)

    def tell(self, text: str, severity: SeverityLevel = "information", timeout: float = 5.0) -> None:
        """Shows a message for a while, without markup.

        A later message replaces the one before, for several would cover the panes; warnings and errors keep their
        time, but appear only once: a key held down would fill the screen with them.
        """
        text = text if severity == "information" else f"{MARKED}{text}"
        self.retract_notifications(lambda one: one.message == text or one.severity == "information")
        self.notify(text, severity=severity, timeout=timeout, markup=False)

    def note_action(self, name: str) -> None:
        """Notes an action of the palette, which begins with it the next time."""
        self.recent_actions = [name, *(one for one in self.recent_actions if one != name)][:MOST_RECENT]

    def clear_notifications(self) -> None:
        self.retract_notifications(lambda _: True)

    def on_input_dropped(self, message: InputDropped) -> None:
        self.tell(message.reason)

    def action_next_theme(self) -> None:
        self.choose_theme(after(self.theme))

    def choose_theme(self, name: str) -> None:
        """Changes the theme, now and for the next start."""
        if self.no_color:
            self.tell("NO_COLOR is set: the screen has no colours, and a theme is nothing else.")
            return
        self.theme = name
        if self.keep(theme=name):
            self.tell(f"theme {name}: {MEANINGS[name]}")

    def keep(self, *, theme: str | None = None, layout: Layout | None = None) -> bool:
        """Remembers a choice for the next start, or says why not.  Returns: whether it is written."""
        try:
            self.preferences = preferences.write(self.files, theme=theme, layout=layout)
        except OutputError as error:
            self.preferences = self.preferences.changed(theme=theme, layout=layout)
            self.tell(str(error), severity="warning")
            return False
        return True
