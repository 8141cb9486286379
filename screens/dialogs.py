"""Dialogs: a question with a checked answer, a choice, all keys."""

from collections.abc import Callable, Mapping, Sequence
from typing import ClassVar

from rich.text import Text
from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Input, Label, Static


class TextDialog(ModalScreen[str | None]):
    """Asks for one line of text; Enter takes it if it is allowed, Escape goes back."""

    DEFAULT_CSS = """
    TextDialog { align: center middle; }
    TextDialog > Vertical { width: 64; max-width: 95%; height: auto; border: round $primary; padding: 0 1;
                            background: $surface; }
    TextDialog #complaint { color: $text-error; width: 100%; height: auto; }
    TextDialog #hint { color: $text-muted; height: auto; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "dismiss(None)", "back")]

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


# How a key is written for a reader, where Textual's name for it is another.
KEY_NAMES = {
    "right": "→", "left": "←", "right_square_bracket": "]", "left_square_bracket": "[", "full_stop": ".",
    "comma": ",", "plus": "+", "minus": "-", "question_mark": "?", "down": "↓", "up": "↑",
    "left_curly_bracket": "{", "right_curly_bracket": "}",
    "pagedown": "pgdn", "pageup": "pgup", "escape": "esc", "shift+tab": "sh-tab",
}  # fmt: skip


class ChoiceDialog(ModalScreen[str]):
    """Asks a question with a few answers, each on a key of its own."""

    DEFAULT_CSS = """
    ChoiceDialog { align: center middle; }
    ChoiceDialog > Vertical { width: 56; max-width: 95%; height: auto; border: round $primary; padding: 0 1;
                              background: $surface; }
    """

    def __init__(self, question: str, answers: Mapping[str, str]) -> None:
        """Args: answers: what each key means; escape gives the last one."""
        super().__init__()
        self._question, self._answers = question, answers

    def compose(self) -> ComposeResult:
        with Vertical() as box:
            box.border_title = self._question
            told = "\n".join(f"{key:>6}  {meaning}" for key, meaning in self._answers.items())
            yield Static(told, markup=False)

    def on_key(self, event: events.Key) -> None:
        event.stop()
        if event.key == "escape":
            self.dismiss(list(self._answers)[-1])
        elif event.key in self._answers:
            self.dismiss(event.key)


class KeysDialog(ModalScreen[None]):
    """Every key of the screen below and what it does."""

    DEFAULT_CSS = """
    KeysDialog { align: center middle; }
    KeysDialog > Vertical { width: auto; max-width: 95%; height: auto; max-height: 95%; border: round $primary;
                            padding: 0 1; background: $surface; }
    KeysDialog VerticalScroll { width: auto; height: auto; max-height: 100%; }
    KeysDialog Static { width: auto; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,q,question_mark,enter", "dismiss(None)", "back")]

    def __init__(self, bindings: Sequence[BindingType], counted: bool = False) -> None:
        super().__init__()
        self._counted = counted
        self._listed = [one for one in bindings if isinstance(one, Binding) and one.show]

    def compose(self) -> ComposeResult:
        with Vertical() as box:
            box.border_title = "Keys"
            box.border_subtitle = "escape goes back"
            with VerticalScroll():
                yield Static(self._table(), markup=False)

    def _table(self) -> Text:
        told = [(KEY_NAMES.get(key := one.key.split(",")[0], key), one.description) for one in self._listed]
        if self._counted:
            told.insert(1, ("25 →", "a number repeats a key"))
        columns = 2 if self.app.size.width >= 80 else 1
        rows = -(-len(told) // columns)
        lines = []
        for index in range(rows):
            cells = [f"{key:>9}  {meaning:<23.23}" for key, meaning in told[index::rows]]
            lines.append(" ".join(cells).rstrip())
        return Text("\n".join(lines), no_wrap=True)
