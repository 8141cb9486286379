"""A list to pick from, by arrow keys, by a key of a line's own, or by the mouse."""

from collections.abc import Sequence

from msgspec import Struct
from rich.text import Text
from textual import events
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from screens.dialogs.basic import Dialog

WIDEST = 100
KEYS = "enter picks · escape goes back"


class Choice(Struct, frozen=True):
    """A line of the list.

    Args: answer: the result of picking it. about: more about it. key: picks it at once; a digit does not, but names
    the slot that shows it. possible: whether it can be picked.
    """

    answer: str
    label: str
    about: str = ""
    key: str = ""
    possible: bool = True


class PickDialog(Dialog[str | None]):
    """Asks for one of several lines; Escape goes back."""

    DEFAULT_CSS = """
    PickDialog OptionList { width: auto; padding: 0; }
    PickDialog OptionList > .option-list--option-disabled { color: $text-muted; }
    """
    BINDINGS = [Binding("escape,q", "dismiss(None)", "back")]

    def __init__(self, title: str, choices: Sequence[Choice], highlighted: str | None = None) -> None:
        """Args: highlighted: the answer that the cursor stands on first; None is the first that is possible."""
        super().__init__()
        self._title, self._choices = title, choices
        answers = [one.answer for one in choices if highlighted is None and one.possible]
        self._first = answers[0] if answers else highlighted

    def compose(self) -> ComposeResult:
        room = max(20, min(WIDEST, int(self.app.size.width * 0.95) - 5))
        label = max(len(one.label) for one in self._choices)
        key = max(len(one.key) for one in self._choices)
        longest = label + key + 6 + max(len(one.about) for one in self._choices)
        room = min(room, max(longest, len(KEYS) + 4))
        with Vertical() as box:
            box.border_title = self._title
            box.border_subtitle = KEYS
            found = OptionList(*(self._line(one, label, key, room) for one in self._choices))
            found.styles.width = room
            yield found

    def on_mount(self) -> None:
        answers = [one.answer for one in self._choices]
        self.query_one(OptionList).highlighted = answers.index(self._first) if self._first in answers else 0

    def _line(self, choice: Choice, label: int, key: int, room: int) -> Option:
        line = Text(" ", no_wrap=True, overflow="ellipsis")
        if key:
            line.append(f"{choice.key:>{key}}  ", "bold")
        line.append(f"{choice.label:<{label}}")
        if choice.about:
            line.append(f"  {choice.about}", "dim" if choice.possible else "")
        line.truncate(room, overflow="ellipsis")
        return Option(line, disabled=not choice.possible)

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        self.dismiss(self._choices[event.option_index].answer)

    def on_key(self, event: events.Key) -> None:
        for choice in self._choices:
            if choice.possible and choice.key and event.character == choice.key and not choice.key.isdigit():
                event.stop()
                event.prevent_default()
                self.dismiss(choice.answer)
                return
