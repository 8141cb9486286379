"""Home: the scenarios with a preview of their lessons, and the recordings made last."""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from threading import Thread
from typing import Any

from rich.text import Text
from textual import getters
from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.geometry import Region
from textual.screen import Screen
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from nnsim.errors import NnsimError
from nnsim.keymap import HOME
from nnsim.scenario import catalog
from screens.dialogs.basic import KeysDialog
from screens.host import Host
from screens.loading import (
    HOME_KEYS,
    entry_lines,
    home_widgets,
    import_workbench,
    listed_recordings,
    no_recordings,
    recording_text,
    set_size_classes,
)
from screens.styles import FRAME_IN_FOCUS_CSS, HOME_CSS
from screens.widgets.footer import Foot, Key, bindings

READING_S = 0.5


class Home(Screen[None]):
    """What there is to open."""

    app = getters.app(Host)

    BINDINGS = bindings(HOME)

    DEFAULT_CSS = f"""
    Home {{ {HOME_CSS}
        .box:focus-within {{ {FRAME_IN_FOCUS_CSS} }}
        OptionList:focus {{ border: none; background-tint: transparent; }}
        OptionList {{
            border: none; padding: 0; background: $background; height: auto; max-height: 100%;
            text-wrap: nowrap; text-overflow: ellipsis;
        }}
        OptionList > .option-list--option-disabled {{ color: $text-muted; text-style: none; }}
    }}
    """

    def __init__(self) -> None:
        super().__init__()
        self._entries: list[catalog.Entry | None] = []  # line by line; None is a heading
        self._recordings: list[Path] = []
        self._previewed: Path | None = None

    def compose(self) -> ComposeResult:
        preview = VerticalScroll(Static(markup=False), id="preview", classes="box", can_focus=False)
        yield from home_widgets(OptionList(id="scenario-list"), OptionList(id="recording-list"), preview)
        yield Foot(id="foot")

    def on_mount(self) -> None:
        served = self.app.served
        if served is None or served.training:
            self._attempt(self._list_scenarios)
            self._scenario_list.focus()
        else:
            self._list_recordings()
            self._recording_list.action_first()
            self._recording_list.focus()
        if served is None and self.app.files.is_first_start():
            self._attempt(self.app.files.note_first_start)
            self._offer(True)
        self.call_after_refresh(self._preview)
        # Read the list and choose: meanwhile the engine is imported, so that enter does not wait for it.
        self.set_timer(READING_S, Thread(target=import_workbench, name="workbench", daemon=True).start)

    def on_screen_resume(self) -> None:
        self._list_recordings()

    def on_resize(self) -> None:
        set_size_classes(self)
        self._show_foot()
        self.call_after_refresh(self._list_recordings)
        self.call_after_refresh(self._preview, anew=True)

    def _show_foot(self) -> None:
        """Names the keys; while the tour is offered, `enter` begins it."""
        keys: Sequence[Key] = HOME_KEYS
        if self.has_class("-offering"):
            keys = (Key("enter begins the tour", "choose"), *(key for key in keys[1:] if key.action != "tour"))
        self.query_one("#foot", Foot).show(keys, self.size.width - 2)

    def _offer(self, offered: bool) -> None:
        self.set_class(offered, "-offering")
        self._show_foot()

    @property
    def _scenario_list(self) -> OptionList:
        return self.query_one("#scenario-list", OptionList)

    @property
    def _recording_list(self) -> OptionList:
        return self.query_one("#recording-list", OptionList)

    def _list_scenarios(self) -> None:
        lines = list(entry_lines(catalog.entries()))
        self._entries = [entry for _, entry in lines]
        self._scenario_list.add_options(Option(line, disabled=entry is None) for line, entry in lines)
        self._scenario_list.action_first()

    def _list_recordings(self) -> None:
        self._recordings = listed_recordings(self.app.files, self.app.served)
        found = self._recording_list
        chosen = found.highlighted
        found.clear_options()
        if not self._recordings:
            found.add_option(Option(no_recordings(), disabled=True))
        for path in self._recordings:
            found.add_option(Option(recording_text(path)))
        if self._recordings and chosen is not None:
            found.highlighted = min(chosen, len(self._recordings) - 1)

    def on_option_list_option_highlighted(self, event: OptionList.OptionHighlighted) -> None:
        if event.option_list is self._scenario_list:
            if event.option_index > next(index for index, one in enumerate(self._entries) if one):
                self._offer(False)
            if event.option_index and self._entries[event.option_index - 1] is None:
                heading = Region(0, event.option_index - 1, 1, 1)  # each line of the list is one of the screen
                self._scenario_list.scroll_to_region(heading, animate=False)
            self.call_after_refresh(self._preview)

    def _preview(self, anew: bool = False) -> None:
        """Previews the lesson of the highlighted scenario.  Args: anew: the room has another size than before."""
        index = self._scenario_list.highlighted
        entry = None if index is None else self._entries[index]
        if entry is None or (entry.path == self._previewed and not anew):
            return
        from screens.widgets.markdown import lines_of

        again, self._previewed = entry.path == self._previewed, entry.path
        box = self.query_one("#preview", VerticalScroll)
        lesson = catalog.lesson_text(entry.path) or f"# {entry.title}"
        # The column of the scroll bar is left free in any case, so that its coming breaks no line.
        width = box.scrollable_content_region.width - (not box.show_vertical_scrollbar)
        lines = lines_of(f"*{entry.summary}.*\n\n{lesson}", width)
        box.query_one(Static).update(Text("\n").join(lines))
        if not again:
            box.scroll_home(animate=False)

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        if event.option_list is self._scenario_list and self.has_class("-offering"):
            self.action_tour()
        elif event.option_list is self._scenario_list:
            if entry := self._entries[event.option_index]:
                self._attempt(partial(self.app.router.open_scenario, entry.path))
        else:
            path = self._recordings[event.option_index]
            self._attempt(lambda: self.app.router.open_recording(path))

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
        self._offer(False)
        self._attempt(self.app.router.open_tour)

    def action_scroll(self, by: int) -> None:
        self.query_one("#preview", VerticalScroll).scroll_relative(y=by, animate=False)

    def action_keys(self) -> None:
        self.app.push_screen(KeysDialog(HOME))

    def action_leave(self) -> None:
        self.app.router.leave(self)
