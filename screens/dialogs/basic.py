"""Dialogs: a question with a checked answer, a choice, all keys, the words of a lesson's page."""

from collections.abc import Callable, Mapping, Sequence

from textual import events
from textual.app import ComposeResult
from textual.await_complete import AwaitComplete
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen, ScreenResultType
from textual.style import Style
from textual.widgets import Input, Label, Static

from nnsim.lessons.glossary import GlossaryTerm
from nnsim.terminal.keymap import KeyBinding, grouped, written


class Dialog(ModalScreen[ScreenResultType]):
    """A modal screen that a second key, typed before the first one was handled, does not dismiss again."""

    closes_on_click_beside = True
    DEFAULT_CSS = """
    Dialog { align: center middle; }
    Dialog > Vertical { width: auto; max-width: 95%; height: auto; max-height: 95%; border: round $primary;
                        padding: 0 1; background: $surface; }
    Dialog OptionList, Dialog OptionList:focus { height: auto; max-height: 100%; border: none;
                                                 background: $surface; }
    """

    def dismiss(self, result: ScreenResultType | None = None) -> AwaitComplete:
        """Closes the dialog, unless another screen is on top."""
        return super().dismiss(result) if self.is_active else AwaitComplete()

    def action_leave(self) -> None:
        """Go back without an answer, as Escape does."""
        self.dismiss(None)

    def on_click(self, event: events.Click) -> None:
        """Closes the dialog where the click is beside it."""
        if self.closes_on_click_beside and event.widget is self:
            event.stop()
            self.action_leave()


class TextDialog(Dialog[str | None]):
    """Asks for one line of text; Enter takes it if it is allowed, Escape goes back."""

    DEFAULT_CSS = """
    TextDialog > Vertical { width: 64; }
    TextDialog #complaint { color: $text-error; width: 100%; height: auto; }
    TextDialog #hint { color: $text-muted; height: auto; }
    """
    BINDINGS = [Binding("escape", "dismiss(None)", "back")]

    def __init__(
        self, title: str, hint: str, value: str = "", check: Callable[[str], str | None] = lambda _: None
    ) -> None:
        super().__init__()
        self._title, self._hint, self._value, self._check = title, hint, value, check

    def compose(self) -> ComposeResult:
        with Vertical() as box:
            box.border_title = self._title
            box.border_subtitle = "enter takes it · escape goes back"
            yield Static(self._hint, id="hint", markup=False)
            yield Input(self._value)
            yield Label("", id="complaint", markup=False)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        complaint = self._check(event.value)
        if complaint is None:
            self.dismiss(event.value)
        else:
            self.query_one("#complaint", Label).update(complaint)


class ChoiceDialog(Dialog[str]):
    """Asks a question in the last line of the screen, with a few answers, each on a key of its own."""

    DEFAULT_CSS = """
    ChoiceDialog { align: left bottom; background: transparent; }
    ChoiceDialog > Static { width: 100%; height: 1; padding: 0 1; background: $primary; color: $text;
                            link-style: none; link-color: $text; link-color-hover: $text; }
    """

    def __init__(self, question: str, answers: Mapping[str, str]) -> None:
        """Args: answers: what each key means; escape gives the last one."""
        super().__init__()
        self._question, self._answers = question, answers

    def compose(self) -> ComposeResult:
        parts = [
            Content.styled(f"{written(key)} {meaning}", Style.from_meta({"@click": f"screen.choose({key!r})"}))
            for key, meaning in self._answers.items()
        ]
        yield Static(Content(f"{self._question} ").append(Content(" · ").join(parts)))

    def action_choose(self, key: str) -> None:
        self.dismiss(key)

    def on_key(self, event: events.Key) -> None:
        event.stop()
        if event.key in self._answers:
            self.dismiss(event.key)

    def action_leave(self) -> None:
        self.dismiss(list(self._answers)[-1])


class KeysDialog(Dialog[None]):
    """Every key of the screen below and what it does, those of the pane with the focus first."""

    DEFAULT_CSS = """
    KeysDialog VerticalScroll { width: auto; height: auto; max-height: 100%; }
    KeysDialog Static { width: auto; link-style: none; link-color: $foreground; link-color-hover: $text;
                        link-background-hover: $panel; link-style-hover: none; }
    """
    BINDINGS = [Binding("escape,q,question_mark,enter", "dismiss(None)", "back")]

    def __init__(
        self,
        table: Sequence[KeyBinding],
        pane: tuple[str, Sequence[BindingType]] | None = None,
        first: Sequence[str] = (),
    ) -> None:
        """Args: pane: its title and its own keys. first: the keys that the list begins with."""
        super().__init__()
        rows = {one.keys.partition(",")[0]: _row(one) for one in table if one.listed}
        self._first = [rows[key] for key in first if key in rows]
        self._groups = [(title, [*map(_row, keys)]) for title, keys in grouped(table)]
        self._pane = pane

    def compose(self) -> ComposeResult:
        with Vertical() as box:
            box.border_title = "Keys"
            box.border_subtitle = "escape goes back"
            with VerticalScroll():
                yield Static(self.tables())

    def action_press(self, key: str) -> None:
        """Closes the dialog, and presses the key whose row was clicked."""
        self.dismiss(None)
        self.app.call_after_refresh(self.app.simulate_key, key)

    def tables(self) -> Content:
        own = _key_rows(self._pane[1]) if self._pane is not None else []
        every = [row for _, rows in self._groups for row in rows]
        # As many columns as the dialog has room for, within its frame and beside its scroll bar.
        wide = max(len(meaning) for _, _, meaning in [*every, *own])
        columns = max(1, min(4, (self.app.size.width * 95 // 100 - 5) // (wide + 10)))
        parts = [("the most useful here", self._first)] if self._first else []
        if self._pane is not None and own:
            parts.append((f"{self._pane[0]}, the pane with the focus", own))
        if not self._first:
            return _table(every, wide, columns)
        lines = []
        for title, rows in [*parts, *self._groups]:
            lines += [Content.styled(title, "bold"), _table(rows, wide, columns)]
        return Content("\n").join(lines)


def _row(key: KeyBinding) -> tuple[str, str, str]:
    return key.keys.partition(",")[0], key.name, key.does


def _table(listed: Sequence[tuple[str, str, str]], wide: int, columns: int) -> Content:
    """Keys with their meanings, column by column; a click on one presses it."""
    rows = -(-len(listed) // columns)
    lines = []
    for index in range(rows):
        cells = []
        for key, name, meaning in listed[index::rows]:
            text = f"{name:>7}  {meaning:<{wide}}"
            pressing = Style.from_meta({"@click": f"screen.press({key!r})"})
            cells.append(Content.styled(text, pressing) if key else Content(text))
        lines.append(Content(" ").join(cells))
    return Content("\n").join(lines)


def _key_rows(bindings: Sequence[BindingType]) -> list[tuple[str, str, str]]:
    """Textual's name of each key, how it is written, and what it does."""
    return [
        (one.key.partition(",")[0], written(one.key), one.description)
        for one in bindings
        if isinstance(one, Binding) and one.show
    ]


class WordsDialog(Dialog[None]):
    """What the words of a page mean: those that it explains first, then those that it only uses."""

    DEFAULT_CSS = """
    WordsDialog > Vertical { width: 76; }
    WordsDialog VerticalScroll { width: 100%; height: auto; max-height: 100%; scrollbar-gutter: stable; }
    WordsDialog Static { width: 100%; height: auto; }
    """
    BINDINGS = [Binding("escape,q,K,enter", "dismiss(None)", "back")]

    def __init__(self, explained: Sequence[GlossaryTerm], used: Sequence[GlossaryTerm]) -> None:
        super().__init__()
        self._explained, self._used = explained, used

    def compose(self) -> ComposeResult:
        with Vertical() as box:
            box.border_title = "The words of this page"
            box.border_subtitle = "↓ ↑ scroll · escape goes back"
            with VerticalScroll():
                yield Static(self.sentences())

    def sentences(self) -> Content:
        """Each term in bold, with its sentence below it."""
        lines = [_told(one) for one in self._explained]
        if self._used:
            lines += [Content.styled("from earlier pages", "dim"), *map(_told, self._used)]
        return Content("\n\n").join(lines)


def _told(term: GlossaryTerm) -> Content:
    return Content("\n").join([Content.styled(term.name, "bold"), Content(term.sentence)])
