"""The dialog of the key K: the words of a lesson's page, each in a plain sentence."""

from collections.abc import Sequence

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Static

from nnsim.lessons.glossary import GlossaryTerm
from screens.dialogs.basic import Dialog


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
