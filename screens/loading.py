"""The screens that stand there until the engine and the panes are loaded, which takes longer than the terminal.

Their frames and titles stand where those of the real screen will stand. A thread loads the rest, so that escape
leaves at once.
"""

from collections.abc import Callable, Iterable, Sequence
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

from nnsim.lessons.course import Course
from nnsim.output_files import OutputFiles
from nnsim.serve.served_folder import ServedFolder
from nnsim.terminal.keymap import HOME, HOME_FOOTER, Situation
from nnsim.text import clean_line
from screens.pane_catalog import ABOUT, LESSON, Staged
from screens.styles import FRAME_CSS, FRAME_IN_FOCUS_CSS, HOME_CSS, WORKBENCH_CSS
from screens.widgets.course_list import course_rows, fitting_groups
from screens.widgets.footer import Key, as_text, footer_keys
from screens.widgets.layout import lead_layout
from screens.widgets.pane_box import PaneBox

HOME_HEAD = "nnsim · learn how a network learns"
HOME_KEYS = footer_keys(HOME, HOME_FOOTER, Situation())
COURSE_KEYS = "/ find · → unfold · ← fold"
WIDE = 180  # columns: from here on the words that were met have a box of their own
SIDE_BY_SIDE = 100, 30  # columns and lines that it takes to have the list beside the lesson

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

    Args: course: the names of the lessons. recordings: their files, the newest first. served: the folder that a
    class sees.
    """

    DEFAULT_CSS = f"""
    HomeOpening {{ {HOME_CSS}
        #course, #recordings {{ {FRAME_IN_FOCUS_CSS} }}
    }}
    """

    def __init__(
        self, course: Course, recordings: Sequence[Path], load: Load, served: ServedFolder | None = None
    ) -> None:
        super().__init__(load)
        set_kinds(self, served)
        self._course, self._recordings, self._served = course, recordings, served

    def compose(self) -> ComposeResult:
        recordings = Text("\n").join(map(recording_text, self._recordings)) or no_recordings()
        lessons = Static(id="lessons", markup=False)
        yield from home_widgets([lessons], [Static(recordings)], [], [], [])
        foot = as_text(home_keys(self._served), self.app.size.width - 2)
        yield Static(foot, id="foot", classes="progress", markup=False)

    def on_resize(self) -> None:
        set_size_classes(self)
        self.call_after_refresh(self._list)

    def _list(self) -> None:
        lessons, (width, height) = self.query_one("#lessons", Static), self.query_one("#course").size
        groups, first = self._course.groups, self._course.lessons[0].key if self._course.lessons else ""
        rows = course_rows(groups, fitting_groups(groups, first, height - 1), width - 1)
        lessons.update(Text("\n").join(row.text for row in rows))


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


def home_widgets(
    course: Iterable[Widget],
    recordings: Iterable[Widget],
    lesson: Iterable[Widget],
    elsewhere: Iterable[Widget],
    words: Iterable[Widget],
) -> ComposeResult:
    """The widgets of home and of its opening, above the footer; each argument fills one box."""
    yield Static(HOME_HEAD, id="head", markup=False)
    with Horizontal(id="top"):
        with Vertical(id="left"):
            lessons = framed(
                Vertical(Static(id="heads", markup=False), *course, id="course", classes="box"), "Course"
            )
            lessons.border_subtitle = COURSE_KEYS
            yield lessons
            yield framed(Vertical(*recordings, id="recordings", classes="box"), "Recordings")
        with Vertical(id="right"):
            yield framed(Vertical(*lesson, id="next", classes="box"), "Next")
            yield framed(Vertical(*elsewhere, id="elsewhere", classes="box"), "Elsewhere")
        yield framed(Vertical(*words, id="words", classes="box"), "Words so far")


def framed(box: Framed, title: str) -> Framed:
    box.border_title = title
    return box


def set_kinds(screen: Screen[Any], served: ServedFolder | None) -> None:
    """Lets a home screen show the recordings of a class beside the lessons, or alone where nothing is trained."""
    screen.set_class(served is not None and not served.training, "-recordings")
    screen.set_class(served is not None and served.training, "-both")


def home_keys(served: ServedFolder | None) -> list[Key]:
    """The keys of the last line, without those that a server refuses."""
    if served is None:
        return list(HOME_KEYS)
    refused = ("own_table",) if served.training else ("own_table", "tour", "other_list")
    return [one for one in HOME_KEYS if one.action not in refused]


def set_size_classes(screen: Screen[Any]) -> None:
    """Places the boxes of a home screen, and leaves out what it has no room for."""
    width, height = screen.size
    screen.set_class(width >= WIDE, "-wide")
    screen.set_class(width < SIDE_BY_SIDE[0] or height < SIDE_BY_SIDE[1], "-stacked")
    screen.set_class(height < 18, "-low")


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
    for name in ("screens.workbench.workbench", "markdown_it"):
        import_module(name)


def import_rest() -> None:
    """Imports what its first figures do not need, before a key asks for it: what draws lines, all panes."""
    from screens.panes import PANES

    import_module("screens.plots.plotext_lines")
    for name in PANES:
        _ = PANES[name]
