"""The screens that stand there until the engine and the panes are loaded, which takes longer than the terminal.

Their frames and titles stand where those of the real screen will stand. A thread loads the rest, so that escape
leaves at once.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from functools import partial
from importlib import import_module
from pathlib import Path
from threading import Thread
from time import monotonic
from typing import Any, TypeVar

from rich.text import Text
from textual import events
from textual.app import App, ComposeResult
from textual.containers import Container, Horizontal, Vertical
from textual.message import Message
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import Static

from nnsim.keymap import HOME, HOME_FOOTER, Situation
from nnsim.output_files import OutputFiles
from nnsim.scenario.catalog import Entry
from nnsim.serve.served_folder import ServedFolder
from nnsim.text import clean_line
from screens.pane_catalog import ABOUT, LESSON, Staged
from screens.styles import FRAME_CSS, FRAME_IN_FOCUS_CSS, HOME_CSS, WORKBENCH_CSS
from screens.widgets.footer import as_text, footer_keys
from screens.widgets.layout import lead_layout
from screens.widgets.pane_box import PaneBox

HOME_HEAD = "nnsim · a flight simulator for training neural networks"
HOME_KEYS = footer_keys(HOME, HOME_FOOTER, Situation())
HOME_OFFER = "First time here? enter shows you the keys; ↓ goes to the list"

HELD = 256  # keys and pastes that wait; more are none that a person has typed
RECENT = 20  # recordings that are listed
PROGRESS_S = 0.5  # what takes longer than this says how long it has taken

Framed = TypeVar("Framed", bound=Widget)
Load = Callable[[], Callable[[], Screen[Any]]]


class Opening(Screen[None]):
    """A picture of a screen whose parts a thread is loading.  Args: load: returns a function that makes the
    screen."""

    class Loaded(Message, bubble=False):
        """Loading has ended, or failed."""

        def __init__(self, made: Callable[[], Screen[Any]] | Exception) -> None:
            super().__init__()
            self.made = made

    def __init__(self, load: Load) -> None:
        super().__init__()
        self.load = load
        self._began = monotonic()
        self.held: list[events.Key | events.Paste] = []

    def on_mount(self) -> None:
        self._began = monotonic()
        self.call_after_refresh(self._begin)
        self._clock = self.set_interval(PROGRESS_S, self._show_progress)

    def on_screen_suspend(self) -> None:
        self._clock.stop()  # what it waited for is there

    def _begin(self) -> None:
        # Nothing waits for a thread that the program leaves behind when it ends.
        Thread(target=self._run_load, args=(self.app,), name="opening", daemon=True).start()

    def _run_load(self, app: App[Any]) -> None:
        try:
            loaded = self.Loaded(self.load())
        except Exception as error:  # whatever it is, the app ends with it as with an error of its own
            loaded = self.Loaded(error)
        with suppress(RuntimeError):  # the loop is closed: the program has ended
            app.post_message(loaded)

    def keep(self, event: events.Key | events.Paste) -> bool:
        """Keeps input for the screen that comes.  Returns: False where it means to leave."""
        if not self.held and isinstance(event, events.Key) and event.key in ("escape", "q"):
            return False
        if len(self.held) < HELD:
            self.held.append(event)
        return True

    def _show_progress(self) -> None:
        # An escape behind other keys belongs to what they do.
        leave = f"{len(self.held)} keys wait · ctrl+c leaves" if self.held else "escape leaves"
        self.query_one(".progress", Static).update(f"opening · {monotonic() - self._began:.1f} s · {leave}")


class HomeOpening(Opening):
    """Home before its lists can be walked.

    Args: entries: the scenarios. recordings: their files, the newest first. offering: whether it offers the tour.
    """

    DEFAULT_CSS = f"""
    HomeOpening {{ {HOME_CSS}
        #scenarios {{ {FRAME_IN_FOCUS_CSS} }}
        #scenarios Static {{ padding-right: 1; }}
    }}
    """

    def __init__(
        self, entries: Sequence[Entry], recordings: Sequence[Path], load: Load, offering: bool = False
    ) -> None:
        super().__init__(load)
        self.set_class(offering, "-offering")
        self._entries, self._recordings = entries, recordings

    def compose(self) -> ComposeResult:
        visible = self._entries[: self.app.size.height]  # each takes a line
        lines = (line if entry else Text(line.plain, "dim") for line, entry in entry_lines(visible))
        recordings = Text("\n").join(map(recording_text, self._recordings)) or no_recordings()
        preview = Vertical(id="preview", classes="box")
        yield from home_widgets(Static(Text("\n").join(lines)), Static(recordings), preview)
        foot = as_text(HOME_KEYS, self.app.size.width - 2)
        yield Static(foot, id="foot", classes="progress", markup=False)

    def on_resize(self) -> None:
        set_size_classes(self)


class PaneFrame(Container):
    """The frame of a pane that is not there yet."""

    DEFAULT_CSS = f"""
    PaneFrame {{ {FRAME_CSS} }}
    PaneFrame.-focused {{ {FRAME_IN_FOCUS_CSS} }}
    """


class WorkbenchOpening(Opening):
    """A workbench before the engine is there.  Args: title: of the scenario. stage: its first panes."""

    DEFAULT_CSS = f"WorkbenchOpening {{ {WORKBENCH_CSS} }}"

    def __init__(self, title: str, stage: Staged, load: Load) -> None:
        super().__init__(load)
        self._title = title
        self._panes = [name for name in stage.panes[: stage.staged] if name in ABOUT]

    def compose(self) -> ComposeResult:
        yield Static(f"nnsim · {self._title}", id="head", markup=False)
        in_focus = LESSON if LESSON in self._panes else next(iter(self._panes), "")
        with PaneBox(id="panes") as box:
            frames = [
                framed(PaneFrame(classes="-focused" if name == in_focus else ""), ABOUT[name].title)
                for name in self._panes
            ]
            if frames:
                wide = ABOUT[self._panes[0]].wide
                box.place(frames, partial(lead_layout, len(frames), 0, wide=wide))
            yield from frames
        yield Static("opening · escape leaves", id="status", classes="progress", markup=False)
        yield Static(id="foot")


def home_widgets(scenarios: Widget, recordings: Widget, preview: Widget) -> ComposeResult:
    """The widgets of home and of its opening, above the footer."""
    yield Static(HOME_HEAD, id="head", markup=False)
    yield Static(HOME_OFFER, id="offer", markup=False)
    with Horizontal(id="top"):
        with Vertical(id="left"):
            yield framed(Vertical(scenarios, id="scenarios", classes="box"), "Scenarios")
            yield framed(Vertical(recordings, id="recordings", classes="box"), "Recordings")
        yield framed(preview, "Lesson")


def framed(box: Framed, title: str) -> Framed:
    box.border_title = title
    return box


def set_size_classes(screen: Screen[Any]) -> None:
    """Lets a home screen leave out what it has no room for."""
    screen.set_class(screen.size.width < 76, "-narrow")
    screen.set_class(screen.size.height < 18, "-low")


def entry_lines(entries: Sequence[Entry]) -> Iterator[tuple[Text, Entry | None]]:
    """The lines of the list: the scenarios under the headings of their groups."""
    group = ""
    for entry in entries:
        if entry.group != group:
            group = entry.group
            yield Text(group, no_wrap=True, overflow="ellipsis"), None
        yield Text(f"  {entry.name}", "bold", no_wrap=True, overflow="ellipsis"), entry


def recording_text(path: Path) -> Text:
    return Text(clean_line(path.name), no_wrap=True, overflow="ellipsis")


def no_recordings() -> Text:
    return Text("none yet: w saves one", "dim")


def listed_recordings(files: OutputFiles, served: ServedFolder | None) -> list[Path]:
    """The recordings that home lists: a person's own, the newest first, and those of the folder that is served."""
    return recent_recordings(files.recordings) + (served.recordings() if served else [])


def recent_recordings(folder: Path) -> list[Path]:
    """The recordings in a folder, the newest first."""
    found = []
    try:
        for path in folder.glob("*.nnsim"):
            found.append((path.stat().st_mtime, path))
    except OSError:
        return []
    return [path for _, path in sorted(found, reverse=True)[:RECENT]]


def import_workbench() -> None:
    """Imports what a workbench needs for its first frames; meant for a thread."""
    for name in ("screens.workbench.workbench", "screens.plots.plotext_lines", "markdown_it"):
        import_module(name)
