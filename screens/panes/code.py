"""The code pane: the plain NumPy program of the run in focus, the lines of the phase under the cursor marked."""

from textwrap import wrap

from rich.text import Text
from textual.binding import Binding

from nnsim.errors import NnsimError
from nnsim.export.programs.numpy_program import numpy_program
from nnsim.export.programs.program import CodeLine
from nnsim.export.programs.variables import START, Values, shown_phase, told_in, variables_under
from nnsim.session.view import TrackView, View
from screens.panes.pane import LinesPane
from screens.panes.pane_context import INSIDE

BESIDE = 16  # columns that values need beside the code; else they stand below it
MARK, GUTTER, VALUE = "> ", "  ", "= "
ABOVE = 2  # lines that are shown before those of a phase


class CodePane(LinesPane):
    """The program of the run in focus, with the value or the shape of each variable in the lines of the phase."""

    kind = "code"
    needs = INSIDE

    BINDINGS = [Binding("o", "follow", "back to the lines of the phase")]

    def __init__(self) -> None:
        super().__init__()
        self._made_of: tuple[int | None, ...] = ()  # the identities of what the listing was made from
        self._kept: tuple[object, ...] = ()  # so that nothing else takes them over
        self._listing: tuple[CodeLine, ...] = ()
        self._plain: list[Text] = []  # its lines where they are not marked
        self._reason_text = ""
        self._shown = ("", 0)  # the phase and width whose lines were brought into sight

    def action_follow(self) -> None:
        """Brings the lines of the phase into sight again."""
        self._shown = ("", 0)
        self.changed()

    def update_from(self, view: View) -> None:
        self.title_with_run(view)
        self._make(view.focused)
        if not self._listing:
            self.lines.show([Text(self._reason_text)])
            self.set_reading("")
            return
        name = shown_phase(view)
        lines, first, last = self._drawn(name, variables_under(view))
        self.lines.content = lines
        if (name, self.lines.size.width) != self._shown and self.lines.size.height:
            self._bring_into_sight(first, last)
            self._shown = (name, self.lines.size.width)
        self.lines.show(lines)
        place = name if name == START else f"step {view.cursor.showing:,}, {name}"
        self.set_reading(" · ".join(filter(None, (place, self.lines.reading))))

    def _make(self, track: TrackView) -> None:
        """Makes the listing anew where the run has other settings or commands than it was made from."""
        timeline = track.timeline
        stopped = timeline.stop is not None and timeline.stop.reason == "interrupted"
        # What stays the same object while a run goes on.
        objects = timeline.lineage, timeline.plan, *timeline.commands
        made_of = (timeline.length if stopped else None, *map(id, objects))
        if made_of == self._made_of:
            return
        self._kept = objects
        self._made_of = made_of
        try:
            self._listing = tuple(numpy_program(timeline).listing())
        except NnsimError as error:
            self._listing, self._reason_text = (), f"This run has no program: {error}"
        dim = (one.text.lstrip().startswith(("#", '"""')) for one in self._listing)
        self._plain = [
            Text(GUTTER + one.text, "dim" if quiet else "") for one, quiet in zip(self._listing, dim, strict=True)
        ]

    def _drawn(self, phase: str, values: Values) -> tuple[list[Text], int, int]:
        """The lines for this width, and the first and the last of the phase."""
        width = self.lines.size.width
        longest = max((len(one.text) for one in self._listing if one.phase == phase), default=0)
        column = len(GUTTER) + longest + 2
        beside = width - column >= BESIDE
        drawn: list[Text] = []
        first = last = 0
        for line, plain in zip(self._listing, self._plain, strict=True):
            if line.phase != phase:
                drawn.append(plain)
                continue
            indent = len(line.text) - len(line.text.lstrip())
            code = [line.text] if beside else _wrapped(line.text, indent, width - len(MARK))
            first = first or len(drawn)
            drawn += [Text((MARK if not i else GUTTER) + one, "bold") for i, one in enumerate(code)]
            room = width - (column if beside else indent + len(GUTTER)) - len(VALUE)
            if said := told_in(line.names, values, room):
                if beside:
                    drawn[-1].append(" " * (column - len(drawn[-1].plain)) + VALUE + said, "not bold italic")
                else:
                    drawn.append(Text(f"{' ' * (indent + len(GUTTER))}{VALUE}{said}", "italic"))
            last = len(drawn) - 1
        return drawn, first, last

    def _bring_into_sight(self, first: int, last: int) -> None:
        """Scrolls as little as shows the lines of a phase, or as many of them as there is room for."""
        height, top = self.lines.size.height, self.lines.top
        if top <= first and last < top + height:
            return
        self.lines.scroll(max(0, first - ABOVE) - top)


def _wrapped(code: str, indent: int, width: int) -> list[str]:
    """A line of code in lines of a width, those after the first further in."""
    further = " " * (indent + 4)
    if len(code) <= width or width - len(further) < 8:
        return [code]
    return wrap(code, width, subsequent_indent=further, break_long_words=False, break_on_hyphens=False)
