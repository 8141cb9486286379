"""Home: the course with what is done and what is next, the recordings, and what else there is to open."""

from __future__ import annotations

import os
import shlex
from collections.abc import Callable
from functools import partial
from pathlib import Path
from threading import Thread
from typing import Any

from textual import getters
from textual.app import ComposeResult
from textual.screen import Screen
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from nnsim.errors import NnsimError
from nnsim.lessons.course import Course, read_course
from nnsim.scenario.language import wanted_language
from nnsim.terminal.keymap import HOME
from nnsim.text import clean_line, count
from screens.dialogs.basic import KeysDialog, TextDialog
from screens.host import Host
from screens.loading import (
    COURSE_KEYS,
    HOME_HEAD,
    home_keys,
    home_widgets,
    import_rest,
    import_workbench,
    listed_recordings,
    no_recordings,
    recording_text,
    set_kinds,
    set_size_classes,
)
from screens.styles import FRAME_IN_FOCUS_CSS, HOME_CSS
from screens.widgets.course_details import CourseDetails
from screens.widgets.course_list import Row, course_rows, fitting_groups, heads, matching
from screens.widgets.footer import Foot, Key, bindings
from screens.widgets.lead_preview import LeadPicture

READING_S = 0.5
FINDING_KEYS = "enter opens · esc shows all"


def _import_all() -> None:
    import_workbench()
    import_rest()


class Home(Screen[None]):
    """What there is to open."""

    app = getters.app(Host)

    BINDINGS = bindings(HOME)

    DEFAULT_CSS = f"""
    Home {{ {HOME_CSS}
        .box:focus-within {{ {FRAME_IN_FOCUS_CSS} }}
        OptionList:focus {{ border: none; background-tint: transparent; }}
        OptionList {{
            border: none; padding: 0; background: $background; height: 1fr;
            text-wrap: nowrap; text-overflow: ellipsis;
        }}
        OptionList > .option-list--option-disabled {{ color: $foreground; text-style: bold; }}
        #find, #find:focus {{ border: none; height: 1; padding: 0 1; background: $surface; display: none; }}
        &.-finding #find {{ display: block; }}
        #next Static {{ height: auto; }}
        #picture {{ margin: 1 0 0 0; }}
    }}
    """

    def __init__(self) -> None:
        super().__init__()
        self._course = Course(())
        self._unfolded: frozenset[str] = frozenset()
        self._folded_by_hand = False
        self._rows: list[Row] = []
        self._recordings: list[Path] = []
        self._details = CourseDetails(self)
        self._complaints: tuple[str, ...] = ()  # that were said

    def compose(self) -> ComposeResult:
        find = Input(placeholder="a word of the title", id="find")
        lesson = (Static(id="about", markup=False), LeadPicture(id="picture"), Static(id="below", markup=False))
        yield from home_widgets(
            (find, OptionList(id="lesson-list")),
            (OptionList(id="recording-list"),),
            lesson,
            (Static(id="other-keys", markup=False),),
            (Static(id="learned", markup=False),),
        )
        yield Foot(id="foot")

    def on_mount(self) -> None:
        set_kinds(self, self.app.served)
        self._in_list.focus()
        # Read the list and choose: meanwhile the engine is imported, so that enter does not wait for it.
        self.set_timer(READING_S, Thread(target=_import_all, name="workbench", daemon=True).start)

    def on_screen_resume(self) -> None:
        """Reads what has changed: the progress, the files of the folders, the recordings."""
        self._attempt(self._read)
        self.call_after_refresh(self._show)
        self.call_after_refresh(self._list_recordings)

    def on_resize(self) -> None:
        set_size_classes(self)
        self._show_foot()
        self.call_after_refresh(self._show)

    @property
    def _may_train(self) -> bool:
        return self.app.served is None or self.app.served.training

    @property
    def _goes_back(self) -> bool:
        """Whether leaving means to leave the recordings alone."""
        return self.has_class("-recordings") and self.app.served is None

    @property
    def _list(self) -> OptionList:
        return self.query_one("#lesson-list", OptionList)

    @property
    def _recording_list(self) -> OptionList:
        return self.query_one("#recording-list", OptionList)

    @property
    def _finding(self) -> str:
        """The words that lessons are looked for by; empty where all are listed."""
        return self.query_one("#find", Input).value if self.has_class("-finding") else ""

    # ------------------------------------------------------------------ reading

    def _read(self) -> None:
        if not self._may_train:
            return
        before = self._course.next.key if self._course.next else ""
        served = self.app.served
        listed = None if served is None else served.scenarios()
        self._course = read_course(self.app.files, listed=listed, language=wanted_language(os.environ))
        here = self._course.next.key if self._course.next else ""
        if here != before:
            self._folded_by_hand = False
        if self._course.complaints != self._complaints:
            self._complaints = self._course.complaints
            self.app.tell(" · ".join(self._complaints), severity="warning", timeout=10)
        self._show(here if here != before else "")

    # ------------------------------------------------------------------ the list

    def _show(self, goes_to: str = "") -> None:
        """Lists the lessons anew.  Args: goes_to: the key of the lesson to put the cursor on, else it stays."""
        found = self._list
        box = self.query_one("#course").size
        width, height = (box.width or 62) - 1, max(box.height - 1, 1)  # a scroll bar breaks no line when it comes
        self.query_one("#heads", Static).update(heads(width))
        groups, words = list(self._course.groups), self._finding
        current = self._course.next.key if self._course.next else ""
        if words:
            groups = matching(groups, words)
            unfolded = frozenset(one.title for one in groups)
        else:
            if not self._folded_by_hand:
                self._unfolded = fitting_groups(groups, current, height)
            unfolded = self._unfolded
        at = self._highlighted
        self._rows = course_rows(groups, unfolded, width, current)
        found.set_options(Option(row.text, disabled=not row.stops) for row in self._rows)
        self._highlight(goes_to or (at.lesson.key if at and at.lesson else ""), at.group if at else "")
        self._tell_progress()
        self._show_foot()
        self._preview()

    @property
    def _highlighted(self) -> Row | None:
        index = self._list.highlighted
        return self._rows[index] if index is not None and index < len(self._rows) else None

    def _highlight(self, key: str, group: str = "") -> None:
        """Puts the cursor on a lesson, else on its group's line or first lesson, else on the first line."""
        places = [at for at, row in enumerate(self._rows) if row.lesson is not None and row.lesson.key == key]
        places += [at for at, row in enumerate(self._rows) if row.group == group and row.stops]
        places += [at for at, row in enumerate(self._rows) if row.stops]
        if places:
            self._list.highlighted = places[0]

    def on_option_list_option_highlighted(self, event: OptionList.OptionHighlighted) -> None:
        if event.option_list is self._list:
            above = event.option_index - 1
            if above >= 0 and not self._rows[above].stops:  # the heading stays in sight
                self._list.scroll_to_highlight(top=False)
                if self._list.scroll_offset.y > above:
                    self._list.scroll_to(y=above, animate=False)
        self._show_foot()
        self._preview()

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        if event.option_list is self._recording_list:
            path = self._recordings[event.option_index]
            self._attempt(lambda: self.app.router.open_recording(path))
        else:
            self._open(self._rows[event.option_index])

    def _open(self, row: Row) -> None:
        if row.lesson is None:
            self.action_unfold()
            return
        self._attempt(partial(self.app.router.open_scenario, row.lesson.entry.path))

    def _attempt(self, what: Callable[[], Any]) -> None:
        try:
            what()
        except NnsimError as error:
            self.app.tell(str(error), severity="error", timeout=10)

    # ------------------------------------------------------------------ what is said of it

    def _tell_progress(self) -> None:
        done = f"{self._course.done} of {count(self._course.count, 'lesson')}"
        minutes = round(self._course.seconds / 60)
        told = f"{done} · {count(minutes, 'minute')} so far" if minutes else done
        told = told if self._may_train else ""
        room = max(0, self.size.width - 2)
        head = HOME_HEAD if len(HOME_HEAD) + len(told) < room else HOME_HEAD.partition(" ")[0]
        between = max(1, room - len(head) - len(told))
        self.query_one("#head", Static).update(f"{head}{' ' * between}{told}"[:room])

    def _show_foot(self) -> None:
        row, keys = self._highlighted, home_keys(self.app.served)
        if self.has_class("-recordings"):
            keys = [Key("enter replay", "choose"), *keys[1:]]
            if self._goes_back:
                keys = [Key("q lessons", "leave") if one.action == "leave" else one for one in keys]
        elif row is not None and row.lesson is None:
            keys = [Key("enter unfold", "choose"), *keys[1:]]
        elif row is not None and row.lesson is not None and row.lesson.begun and not row.lesson.done:
            keys = [Key("enter go on", "choose"), *keys[1:]]
        self.query_one("#foot", Foot).show(keys, self.size.width - 2)

    def _preview(self) -> None:
        self._details.show(self._course, self._highlighted, len(self._recordings), self.app.served)

    def _list_recordings(self) -> None:
        self._recordings = listed_recordings(self.app.files, self.app.served)
        found = self._recording_list
        chosen = found.highlighted
        found.set_options(Option(recording_text(path)) for path in self._recordings)
        if not self._recordings:
            found.add_option(Option(no_recordings(), disabled=True))
        else:
            found.highlighted = min(chosen or 0, len(self._recordings) - 1)
        self._details.show_elsewhere(self._course, self._highlighted, len(self._recordings), self.app.served)

    # ------------------------------------------------------------------ keys

    @property
    def _in_list(self) -> OptionList:
        return self._recording_list if self.has_class("-recordings") else self._list

    def action_choose(self) -> None:
        self._in_list.action_select()

    def action_next(self) -> None:
        self._in_list.action_cursor_down()

    def action_previous(self) -> None:
        self._in_list.action_cursor_up()

    def action_unfold(self) -> None:
        """Shows the lessons of the group that the cursor is on."""
        row = self._highlighted
        if row is not None and row.lesson is None and not self._finding:
            self._fold(self._unfolded | {row.group})

    def action_fold(self) -> None:
        """Shows the group that the cursor is in as one line."""
        row = self._highlighted
        if row is not None and row.group in self._unfolded and not self._finding:
            self._fold(self._unfolded - {row.group})

    def _fold(self, unfolded: frozenset[str]) -> None:
        self._unfolded, self._folded_by_hand = unfolded, True
        self._show()

    def action_find(self) -> None:
        """Lists the lessons that have what is typed."""
        if self.has_class("-recordings"):
            return
        self.add_class("-finding")
        self.query_one("#course").border_subtitle = FINDING_KEYS
        self.query_one("#find", Input).focus()

    def on_input_changed(self, event: Input.Changed) -> None:
        self._show()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        if (row := self._highlighted) is not None:
            self._stop_finding(row.lesson.key if row.lesson is not None else "")
            self._open(row)

    def _stop_finding(self, goes_to: str = "") -> None:
        self.remove_class("-finding")
        self.query_one("#course").border_subtitle = COURSE_KEYS
        with self.prevent(Input.Changed):
            self.query_one("#find", Input).clear()
        self._list.focus()
        here = next((one.entry.group for one in self._course.lessons if one.key == goes_to), "")
        if here and here not in self._unfolded:
            self._unfolded, self._folded_by_hand = self._unfolded | {here}, True
        self._show(goes_to)

    def action_other_list(self) -> None:
        """Shows the recordings in place of the lessons, and back."""
        if not self._may_train:
            return
        if self.has_class("-finding"):
            self._stop_finding()
        self.toggle_class("-recordings")
        self._in_list.focus()
        self._show_foot()
        self._preview()

    def action_tour(self) -> None:
        self._attempt(self.app.router.open_tour)

    def action_own_table(self) -> None:
        """Asks for a table of a person's own, and opens a network on it."""
        if self.app.served is not None:
            self.app.tell("Only what is served can be opened here.", severity="warning")
            return
        hint = "A CSV file, and behind it the column to predict where that is not clear: flats.csv price"
        self.app.push_screen(TextDialog("Your own table", hint, check=_no_table), self._open_table)

    def _open_table(self, text: str | None) -> None:
        if text:
            path, *targets = shlex.split(text)
            self.app.tell(f"reading {clean_line(path, 60)}")
            self.run_worker(
                partial(self._read_table, Path(path).expanduser(), targets), thread=True, exclusive=True
            )

    def _read_table(self, path: Path, targets: list[str]) -> None:
        try:
            session = self.app.router.session_of_table(path, targets)
        except NnsimError as error:
            self.app.call_from_thread(self.app.tell, str(error), "error", 10)
        else:
            self.app.call_from_thread(self.app.router.open_workbench, session)

    def action_keys(self) -> None:
        self.app.push_screen(KeysDialog(HOME))

    def action_leave(self) -> None:
        if self.has_class("-finding"):
            here = self._highlighted
            self._stop_finding(here.lesson.key if here is not None and here.lesson is not None else "")
        elif self._goes_back:
            self.action_other_list()
        else:
            self.app.router.leave(self)


def _no_table(text: str) -> str | None:
    """Why a text names no table; None where it does."""
    try:
        words = shlex.split(text)
        found = bool(words) and Path(words[0]).expanduser().is_file()
    except (ValueError, OSError, RuntimeError) as error:
        return f"cannot be used: {clean_line(str(error))}"
    return None if found else f"{clean_line(words[0], 60) if words else 'nothing'}: there is no such file"
