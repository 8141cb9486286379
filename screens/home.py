"""Home: the scenarios with a preview of their lessons, and the recordings made last."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar

from rich.text import Text
from textual import getters
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.screen import Screen
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from nnsim import catalog, first_start, folders
from nnsim.errors import NnsimError
from nnsim.text import clean_line
from screens.app import EVERYWHERE, nnsim_app
from screens.dialogs import KeysDialog
from screens.foot import Foot, Key

RECENT = 20
FOOT = (
    Key("enter open", "choose"),
    Key("↑ ↓ choose", "next"),
    Key("tab recordings", "other_list"),
    Key("t tour", "tour"),
    Key("? keys", "keys"),
    Key("q quit", "leave"),
    Key(": palette", "app.command_palette"),
    Key("T theme", "app.next_theme"),
)
OFFER = "First time here? enter begins a tour of six keys; ↓ goes to the list"


class Home(Screen[None]):
    """What there is to open."""

    app = getters.app(nnsim_app)

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "choose", "open"),
        Binding("down", "next", "next line"),
        Binding("up", "previous", "previous line"),
        Binding("tab", "other_list", "scenarios / recordings", priority=True),
        Binding("pagedown", "scroll(8)", "scroll the lesson", priority=True),
        Binding("pageup", "scroll(-8)", "scroll it back", priority=True),
        Binding("t", "tour", "a tour of six keys"),
        *EVERYWHERE,
        Binding("question_mark", "keys", "all keys"),
        Binding("q,escape", "leave", "quit"),
    ]

    DEFAULT_CSS = """
    Home #head, Home #foot { height: 1; padding: 0 1; }
    Home #head { background: $primary-background; }
    Home #offer { height: 1; padding: 0 1; background: $primary; color: $text; text-style: bold; display: none; }
    Home.-offering #offer { display: block; }
    Home #foot { color: $text-muted; }
    Home #top { height: 1fr; }
    Home #left { width: 2fr; max-width: 66; }
    Home .box { border: round $foreground 35%; border-title-color: $text-muted; }
    Home .box:focus-within { border: round $primary; border-title-color: $text; border-title-style: bold; }
    Home #preview { width: 3fr; padding: 0 1; }
    Home #scenarios { height: 1fr; }
    Home #recordings { height: auto; max-height: 9; }
    Home OptionList:focus { border: none; }
    Home OptionList { border: none; padding: 0; background: $background; height: auto; max-height: 100%; }
    Home.-narrow #preview { display: none; }
    Home.-low #recordings { max-height: 4; }
    """

    def __init__(self) -> None:
        super().__init__()
        self._entries: list[catalog.Entry] = []
        self._recordings: list[Path] = []
        self._previewed: Path | None = None

    def compose(self) -> ComposeResult:
        yield Static("nnsim · a flight simulator for training neural networks", id="head", markup=False)
        yield Static(OFFER, id="offer", markup=False)
        with Horizontal(id="top"):
            with Vertical(id="left"):
                with Vertical(id="scenarios", classes="box") as box:
                    box.border_title = "Scenarios"
                    yield OptionList(id="scenario-list")
                with Vertical(id="recordings", classes="box") as box:
                    box.border_title = "Recordings"
                    yield OptionList(id="recording-list")
            with VerticalScroll(id="preview", classes="box", can_focus=False) as preview:
                preview.border_title = "Lesson"
        yield Foot(id="foot")

    def on_mount(self) -> None:
        self._attempt(self._list_scenarios)
        self._scenario_list.focus()
        if first_start.is_first():
            first_start.note()
            self.add_class("-offering")
        self.call_after_refresh(self._preview)

    def on_screen_resume(self) -> None:
        self._list_recordings()

    def on_resize(self) -> None:
        self.set_class(self.size.width < 76, "-narrow")
        self.set_class(self.size.height < 18, "-low")
        self.query_one("#foot", Foot).show(FOOT, self.size.width - 2)
        self.call_after_refresh(self._list_recordings)

    # ------------------------------------------------------------------ lists

    @property
    def _scenario_list(self) -> OptionList:
        return self.query_one("#scenario-list", OptionList)

    @property
    def _recording_list(self) -> OptionList:
        return self.query_one("#recording-list", OptionList)

    def _list_scenarios(self) -> None:
        self._entries = catalog.entries()
        self._scenario_list.add_options(self._lines_of(entry) for entry in self._entries)
        self._scenario_list.highlighted = 0 if self._entries else None

    def _lines_of(self, entry: catalog.Entry) -> Option:
        line = Text()
        line.append(entry.name, "bold")
        line.append(f"\n{entry.summary}", "dim")
        return Option(line)

    def _list_recordings(self) -> None:
        self._recordings = recent_recordings(folders.recordings())
        found = self._recording_list
        found.clear_options()
        if not self._recordings:
            found.add_option(Option(Text("none yet: press w in a workbench", "dim"), disabled=True))
        for path in self._recordings:
            found.add_option(Option(Text(clean_line(path.name), no_wrap=True, overflow="ellipsis")))

    # ------------------------------------------------------------------ preview

    def on_option_list_option_highlighted(self, event: OptionList.OptionHighlighted) -> None:
        if event.option_list is self._scenario_list:
            if event.option_index:
                self.remove_class("-offering")
            self.call_after_refresh(self._preview)

    def _preview(self) -> None:
        """Show the lesson of the highlighted scenario; the Markdown library is loaded after the first paint."""
        index = self._scenario_list.highlighted
        if index is None or self._entries[index].path == self._previewed:
            return
        from textual.widgets import Markdown

        entry = self._entries[index]
        self._previewed = entry.path
        box = self.query_one("#preview", VerticalScroll)
        text = catalog.lesson_text(entry.path) or f"# {entry.title}\n\n{entry.summary}."
        if shown := box.query(Markdown):
            shown.first().update(text)
        else:
            box.mount(Markdown(text, open_links=False))
        box.scroll_home(animate=False)

    # ------------------------------------------------------------------ keys

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        if event.option_list is self._scenario_list and self.has_class("-offering"):
            self.action_tour()
        elif event.option_list is self._scenario_list:
            entry = self._entries[event.option_index]
            self._attempt(lambda: self.app.open_scenario(entry.path))
        else:
            path = self._recordings[event.option_index]
            self._attempt(lambda: self.app.open_recording(path))

    def _attempt(self, what: Callable[[], Any]) -> None:
        try:
            what()
        except NnsimError as error:
            self.app.tell(str(error), severity="error", timeout=10)

    def action_choose(self) -> None:
        if isinstance(self.focused, OptionList):
            self.focused.action_select()

    def action_next(self) -> None:
        if isinstance(self.focused, OptionList):
            self.focused.action_cursor_down()

    def action_previous(self) -> None:
        if isinstance(self.focused, OptionList):
            self.focused.action_cursor_up()

    def action_other_list(self) -> None:
        other = self._recording_list if self.focused is self._scenario_list else self._scenario_list
        if other.highlighted is None:
            other.action_first()
        other.focus()

    def action_tour(self) -> None:
        """Begin the tour."""
        self.remove_class("-offering")
        self._attempt(self.app.open_tour)

    def action_scroll(self, by: int) -> None:
        self.query_one("#preview", VerticalScroll).scroll_relative(y=by, animate=False)

    def action_keys(self) -> None:
        self.app.push_screen(KeysDialog(self.BINDINGS))

    def action_leave(self) -> None:
        self.app.leave(self)


def recent_recordings(folder: Path) -> list[Path]:
    """The recordings in a folder, the newest first."""
    found = []
    try:
        for path in folder.glob("*.nnsim"):
            found.append((path.stat().st_mtime, path))
    except OSError:
        return []
    return [path for _, path in sorted(found, reverse=True)[:RECENT]]
