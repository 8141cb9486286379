"""The settings dialog: every setting of the focused run, changed by arrow keys or typed."""

from collections.abc import Callable, Sequence
from typing import Any

from rich.style import Style
from rich.text import Text
from textual import events
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from nnsim.errors import NnsimError
from nnsim.scenario.plan import Plan
from nnsim.scenario.setting_fields import Control, controls, named
from nnsim.scenario.setting_keys import is_live, merged, parse_value, setting_text
from nnsim.session.session import Session
from screens.dialogs.basic import Dialog, TextDialog
from screens.workbench.pending_edit import CANCELLED, PendingEdit

WIDEST_VALUE = 22
PROGRESS_PER_S = 10  # at an edit that is under way
CHALLENGE = "the open challenge lets you change"
STEP, ITALIC = "step", Style(italic=True)
ALLOWED_FROM = 100  # columns of the terminal; in a smaller one what is allowed stands below the list alone


class SettingsDialog(Dialog[str]):
    """All settings of the focused run, family by family; typing filters them.

    A live setting changes at once. Those that begin the run again wait until the dialog is left, so that walking
    through their values begins it once. The result is a sentence about the changes.
    """

    DEFAULT_CSS = """
    SettingsDialog > Vertical { width: 110; height: 90%; }
    SettingsDialog Input, SettingsDialog Input:focus { border: none; height: 1; padding: 0; }
    SettingsDialog OptionList, SettingsDialog OptionList:focus { height: 1fr; }
    SettingsDialog OptionList { text-wrap: nowrap; text-overflow: ellipsis; }
    SettingsDialog OptionList > .option-list--option-disabled { color: $text-muted; }
    SettingsDialog Input > .input--placeholder { color: $text-muted; }
    SettingsDialog #about { height: 3; color: $text-muted; }
    SettingsDialog #waiting { height: auto; color: $text-warning; }
    """
    BINDINGS = [
        Binding("down", "walk(1)", "next setting", priority=True),
        Binding("up", "walk(-1)", "previous setting", priority=True),
        Binding("pagedown", "walk(8)", "eight settings down", priority=True),
        Binding("pageup", "walk(-8)", "eight settings up", priority=True),
        Binding("right", "step(1)", "next value", priority=True),
        Binding("left", "step(-1)", "previous value", priority=True),
        Binding("enter", "type", "type a value", priority=True),
        Binding("ctrl+z", "undo", "undo", priority=True),
        Binding("ctrl+y", "redo", "redo", priority=True),
        Binding("escape", "leave", "back", priority=True),
    ]

    def __init__(
        self,
        session: Session,
        pending: PendingEdit,
        forking: bool = False,
        filtered: str = "",
        allowed: Sequence[str] = (),
    ) -> None:
        """Args: forking: changes live settings in a fork that goes on from the cursor. filtered: the first filter:
        words of which a key must hold one. allowed: settings, or tables of them, that stand first, because the
        open challenge lets one change them; single settings before tables, in this order."""
        super().__init__()
        self._allowed = allowed
        self._session, self._pending, self._forking = session, pending, forking
        self._left = session.focused.timeline.lineage  # of the run that a fork is to leave
        self._words = Input(filtered, placeholder="type to find a setting", select_on_focus=False)
        self._list = OptionList()
        self._list.can_focus = False  # what is typed goes to the filter
        self._about, self._below = Static(id="about", markup=False), Static(id="waiting", markup=False)
        self._waiting: dict[str, Any] = {}  # settings that begin the run again, and their new values
        self._outcome = ""
        self._leaves = False  # when what is under way is made
        self.rows: list[Control | str] = []  # with the name of each family above its settings
        self._place = ""  # of the highlighted setting
        self._pointed = 0  # which way the arrow goes that the mouse was pressed on; 0 where it was none
        self._begins_again = ""  # a setting that was looked for and that a fork cannot change
        self.plan = self._planned(self._waiting)

    def compose(self) -> ComposeResult:
        with Vertical() as box:
            step = self._session.view.step_of(self._session.focused)
            box.border_title = f"Fork at step {step:,} with a setting" if self._forking else "Settings"
            box.border_subtitle = "↑ ↓ setting · ← → value · enter types it · ctrl+z undo · esc back"
            yield self._words
            yield self._list
            yield self._about
            yield self._below

    def on_mount(self) -> None:
        self._show()
        self.set_interval(1 / PROGRESS_PER_S, self._show_progress)

    def _show_progress(self) -> None:
        if self._pending.under_way:
            self._say(self._pending.progress)

    def _planned(self, waiting: dict[str, Any]) -> Plan:
        """The plan with these settings: under the cursor, or of the run that begins again.  Raises:
        ScenarioError."""
        timeline = self._session.focused.timeline
        step = self._session.view.step_of(self._session.focused)
        if not waiting:
            return timeline.plan_at(step)
        # What was changed under way stays in force when the run begins again.
        given = timeline.settings_at(step if all(map(is_live, waiting)) else timeline.length)
        return timeline.scenario.plan(timeline.variant, merged(given, waiting))

    def _show(self) -> None:
        """Lists the settings that match the filter."""
        fitting = named(controls(self.plan), self._words.value)
        found = [one for one in fitting if is_live(one.key) or not self._forking]
        self._begins_again = "" if found or not fitting else fitting[0].key
        family, first = "", []
        if not self._words.value:
            first = [one for one in found if any(f"{one.key}.".startswith(f"{key}.") for key in self._allowed)]
            # Those that are named in full stand before the others of their tables.
            first.sort(key=lambda one: [*self._allowed, one.key].index(one.key))
        self.rows = [CHALLENGE, *first] if first else []
        found = [*first, *(one for one in found if one not in first)]
        for one in found[len(first) :]:
            if one.key.split(".")[0] != family:
                family = one.key.split(".")[0]
                self.rows.append(family)
            self.rows.append(one)
        wide = max((len(one.key) for one in found), default=0)
        values = min(WIDEST_VALUE, max((len(one.text) for one in found), default=0))
        listed = self._list
        listed.clear_options()
        listed.add_options(
            Option(Text(row, "bold underline"), disabled=True)
            if isinstance(row, str)
            else Option(self._line(row, wide, values))
            for row in self.rows
        )
        keys = [one.key for one in found]
        if self._place not in keys:
            self._place = keys[0] if keys else ""
        self._highlight()

    def _highlight(self) -> None:
        """Moves the cursor of the list to the chosen setting, and explains it."""
        if self._place:
            keys = ["" if isinstance(one, str) else one.key for one in self.rows]
            self._list.highlighted = keys.index(self._place)
            if self._list.highlighted == 1:
                self._list.scroll_home(animate=False)  # with the name of its family
        self._explain()

    def _line(self, one: Control, wide: int, values: int) -> Text:
        value = one.text or "not set"
        value = value if len(value) <= values else f"{value[: values - 1]}…"
        line = Text(f" {one.key:<{wide}} ", no_wrap=True, overflow="ellipsis")
        walks = one.range.kind != "typed"
        waits = one.key in self._waiting
        line.append("◂ " if walks else "  ", ITALIC + Style(meta={STEP: -1}) if walks else ITALIC)
        line.append(f"{value:<{values}}", "bold reverse" if waits else "bold")
        line.append(" ▸ " if walks else "   ", ITALIC + Style(meta={STEP: 1}) if walks else ITALIC)
        live = is_live(one.key)
        line.append(
            "waits    " if waits else "live     " if live else "restarts ", "" if live or waits else "italic"
        )
        if self.app.size.width >= ALLOWED_FROM:
            line.append(one.allowed, "italic")
        return line

    @property
    def _chosen(self) -> Control | None:
        return next((one for one in self.rows if not isinstance(one, str) and one.key == self._place), None)

    @property
    def _forks(self) -> bool:
        """Whether the next change makes the fork; it is made once, and again after an undo."""
        return self._forking and self._session.focused.timeline.lineage is self._left

    def _explain(self) -> None:
        one = self._chosen
        about = "no setting has this in its name"
        if self._begins_again:
            about = f"{self._begins_again} begins the run again, which no fork does: e changes it"
        if one is not None:
            how = "a change begins the run again"
            if is_live(one.key):
                step = self._session.view.step_of(self._session.focused)
                forks = self._forks or not self._session.focused.ends_at(step)
                how = f"{'a fork goes on with it' if forks else 'it applies'} from step {step + 1:,} on"
            about = f"{one.key}: {one.allowed} · {how}\n{one.about}"
        self._about.update(Text(about, no_wrap=False, overflow="ellipsis"))
        waiting = ", ".join(f"{key} = {setting_text(value)}" for key, value in self._waiting.items())
        message = f"esc begins the run again with {waiting} (ctrl+z: not)" if waiting else self._outcome
        self._below.update(Text(message, overflow="ellipsis"))

    def on_input_changed(self, event: Input.Changed) -> None:
        self._show()

    def on_option_list_option_highlighted(self, event: OptionList.OptionHighlighted) -> None:
        row = self.rows[event.option_index] if event.option_index < len(self.rows) else ""
        if not isinstance(row, str) and row.key != self._place:
            self._place = row.key
            self._explain()

    def on_mouse_down(self, event: events.MouseDown) -> None:
        self._pointed = int(event.style.meta.get(STEP, 0))

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Types a value, or steps it where the click is on an arrow."""
        if self._pointed:
            self.action_step(self._pointed)
        else:
            self.action_type()

    def action_walk(self, by: int) -> None:
        keys = [one.key for one in self.rows if not isinstance(one, str)]
        if keys:
            place = keys.index(self._place) + by
            self._place = keys[place % len(keys) if abs(by) == 1 else max(0, min(place, len(keys) - 1))]
            self._highlight()

    def action_step(self, by: int) -> None:
        """Takes the next value that is allowed with the others as they are."""
        one = self._chosen
        if one is None:
            return
        if one.range.kind == "typed":
            self._say(f"{one.key}: enter types it")
            return
        value, complaint = one.value, ""
        for _ in range(max(1, len(one.range.choices) - 1)):
            value = one.range.next(value, by, one.key)
            if value == one.value:
                self._say(f"{one.key}: {one.text or 'not set'} is the last (allowed: {one.allowed})")
                return
            if not (complaint := self._set(one.key, value)):
                return
        self._say(complaint)

    def action_type(self) -> None:
        one = self._chosen
        if one is not None:
            dialog = TextDialog(one.key, one.allowed, one.text, check=lambda text: self._complaint(one, text))
            self.app.push_screen(dialog, lambda text: self._typed(one, text))

    def _read(self, one: Control, text: str) -> Any:
        """The value that was typed; a list may be typed without its brackets."""
        if not (text := text.strip()):
            return None
        listed = parse_value(f"[{text}]") if isinstance(one.value, list | tuple) else None
        return listed if isinstance(listed, list) and not text.startswith("[") else parse_value(text)

    def _complaint(self, one: Control, text: str) -> str | None:
        """The error in a typed value, beside the others."""
        if not text.strip() and "nothing" not in one.allowed:
            return f"{one.key}: needs a value (allowed: {one.allowed})"
        try:
            self._planned({**self._waiting, one.key: self._read(one, text)})
        except NnsimError as error:
            return str(error)
        return None

    def _typed(self, one: Control, text: str | None) -> None:
        if text is None or text.strip() == one.text:
            return
        complaint = self._set(one.key, self._read(one, text))
        if complaint:
            self._say(complaint)
        elif self._pending.under_way:
            self._leaves = self._forking
        elif self._forking:
            self.action_leave()

    def _set(self, key: str, value: Any) -> str:
        """Changes a live setting at once, and keeps any other for the end.  Returns: the error in it."""
        session = self._session
        try:
            plan = self._planned({**self._waiting, key: value})
            if is_live(key):
                forks = self._forks
                return self._make(lambda one: (one.editor.fork if forks else one.editor.change)(key, value))
            if session.focused.run is None:
                return f"{key}: begins the run again, which a replay cannot (allowed: a live setting)"
            timeline = session.focused.timeline
            former = timeline.plan_at(timeline.length)
            self._waiting = {name: one for name, one in self._waiting.items() if name != key} | {key: value}
            if plan.table == former.table:
                self._waiting = {}
        except NnsimError as error:
            return str(error)
        self.plan = plan
        self._show()
        return ""

    def _say(self, text: str) -> None:
        self._below.update(Text(text, overflow="ellipsis"))

    def action_undo(self) -> None:
        """Drops waiting settings, one by one; then undoes changes."""
        if self._waiting:
            self._waiting.popitem()
            self._made("")
        else:
            self._make(lambda session: session.history.undo())

    def action_redo(self) -> None:
        if not self._waiting:
            self._make(lambda session: session.history.redo())

    def _make(self, edit: Callable[[Session], str]) -> str:
        """Makes an edit, now or when its steps are there.  Returns: its error, as far as it is known."""
        complaints: list[str] = []

        def refused(message: str) -> None:
            complaints.append(message)
            self._say(message)

        self._pending.make(edit, self._made, refused)
        return complaints[0] if complaints else ""

    def _made(self, message: str) -> None:
        self._outcome = message
        try:
            self.plan = self._planned(self._waiting)
        except NnsimError as error:
            self._say(str(error))
            return
        self._show()
        if self._leaves:
            self.call_later(self.action_leave)

    def action_leave(self) -> None:
        """Cancels a pending edit; else applies waiting settings, and closes."""
        if self._pending.cancel():
            self._leaves = False
            self._say(CANCELLED)
            return
        if self._waiting and self.is_active:
            try:
                self._outcome = self._session.editor.change_together(self._waiting)
            except NnsimError as error:
                self._say(str(error))
                return
        self.dismiss(self._outcome)
