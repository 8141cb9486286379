"""The runs of the workbench in a table: settings, last, lowest and highest figures, and where they first differ."""

from typing import Any, ClassVar

from rich.text import Text
from textual.binding import Binding, BindingType

from nnsim.analysis.run_table import USUAL, RunFilter, RunRow, differing_settings, parse_filter, row_of
from nnsim.errors import NnsimError
from nnsim.scenario.setting_keys import setting_text
from nnsim.session.view import TrackView, View
from screens.dialogs.basic import TextDialog
from screens.panes.pane import LinesPane
from screens.panes.pane_context import FocusRun, ShowRuns
from screens.plots import number

HINT = "such as loss<0.5 lr=0.1 name~adam sort:lowest:val; empty for all runs"
WORDS = {
    "loss": ("loss", "lowest"),
    "validation_loss": ("val loss", "lowest"),
    "accuracy": ("accuracy", "highest"),
    "validation_accuracy": ("val acc", "highest"),
}
LEAST_NAME, MOST_NAME, MOST_SETTING = 8, 40, 14  # columns
PINNED, CHOSEN = "◆", "›"


class RunsPane(LinesPane):
    """A table of all runs; enter focuses the chosen one, i pins it, slash filters and sorts by an expression.

    What is filtered away is drawn in no other pane either. A pinned run stands first, and the others say at which
    step they first differ from it.
    """

    kind = "runs"
    figures_drawn = frozenset({"loss", "validation_loss", "accuracy", "validation_accuracy"})
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "choose(-1)", "previous run", show=False),
        Binding("down", "choose(1)", "next run", show=False),
        Binding("enter", "focus_run", "focus the run"),
        Binding("i", "pin", "pin: compare with this run"),
        Binding("slash", "filter", "filter and sort"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self.asked = RunFilter()
        self.pinned: object | None = None  # the log of the pinned run
        self.chosen: object | None = None
        self._view: View | None = None
        self._rows: list[RunRow] = []
        self._known: dict[int, tuple[object, object, RunRow]] = {}  # by track: what its row was made of

    def take_over(self, former: Any) -> None:
        self.asked, self.pinned, self.chosen = former.asked, former.pinned, former.chosen

    def update_from(self, view: View) -> None:
        self._view = view
        logs = [track.log for track in view.tracks]
        if not any(self.chosen is log for log in logs):
            self.chosen = view.focused.log
        everything = [self._row(view, index, track) for index, track in enumerate(view.tracks)]
        try:
            rows = self.asked.apply(everything)
        except NnsimError:  # the runs are others now
            rows = everything
        pinned = [row for row in rows if view.tracks[row.index].log is self.pinned]
        self._rows = [*pinned, *(row for row in rows if row not in pinned)]
        width = max(self.lines.size.width, 16)
        self.lines.show(self._table(view, width))
        place = next((n for n, row in enumerate(self._rows, 1) if self._is_chosen(view, row)), 0)
        room = max(self.lines.size.height, 1)
        if not self.lines.top <= place < self.lines.top + room:
            self.lines.scroll(place - self.lines.top - room // 2)
        left = len(everything) - len(rows)
        shown = f"{len(rows)} of {len(everything)} runs" if left else f"{len(rows)} runs"
        self.set_reading(" · ".join(filter(None, [shown, self.asked.text])))

    def _row(self, view: View, index: int, track: TrackView) -> RunRow:
        pinned = next((one.log for one in view.tracks if one.log is self.pinned), None)
        sign = (track.log.length, None if pinned is None else pinned.length, view.label(track, view.tracks))
        known = self._known.get(index)
        if known is None or known[0] is not track.log or known[1] != (pinned, sign):
            row = row_of(index, _name(view, track), track.log, pinned)
            known = self._known[index] = track.log, (pinned, sign), row
        return known[2]

    def _is_chosen(self, view: View, row: RunRow) -> bool:
        return view.tracks[row.index].log is self.chosen

    def _table(self, view: View, width: int) -> list[Text]:
        rows = self._rows
        figures = [name for name in USUAL if any(name in row.figures for row in rows)]
        columns: list[tuple[str, list[str]]] = [("steps", [f"{row.steps:,}" for row in rows])]
        for name in figures:
            word, best = WORDS[name]
            found = [row.figures.get(name) for row in rows]
            columns.append((word, ["" if one is None else number(one.last) for one in found]))
            columns.append((best, ["" if one is None else number(getattr(one, best)) for one in found]))
        settings: list[tuple[str, list[str]]] = []
        for key in differing_settings(rows):
            cells = [setting_text(row.settings[key]) if key in row.settings else "" for row in rows]
            head = key.rsplit(".", 1)[-1]
            settings.append((head, [one[:MOST_SETTING] for one in cells]))
        columns[3:3] = settings  # behind the loss, for the first columns are those that fit everywhere
        if self.pinned is not None:
            columns.insert(1, ("differs", [self._differs(view, row) for row in rows]))
        names = [row.name for row in rows]
        room = min(max([LEAST_NAME, *map(len, names)]), MOST_NAME, max(LEAST_NAME, width // 3))
        sizes = [max([len(head), *map(len, cells)]) for head, cells in columns]
        fits = 0
        used = 2 + room
        while fits < len(columns) and used + sizes[fits] + 2 <= width:
            used += sizes[fits] + 2
            fits += 1
        heads = [f"  {name:>{size}}" for (name, _), size in zip(columns[:fits], sizes, strict=False)]
        lines = [Text("  " + f"{'run':{room}}" + "".join(heads), "dim")]
        for place, row in enumerate(rows):
            track = view.tracks[row.index]
            mark = PINNED if track.log is self.pinned else CHOSEN if self._is_chosen(view, row) else " "
            line = Text(f"{mark} ")
            line.append(_cut(row.name, room), "bold" if track is view.focused else "")
            for (_, cells), size in zip(columns[:fits], sizes, strict=False):
                line.append(f"  {cells[place]:>{size}}")
            if self._is_chosen(view, row):
                line.stylize("reverse")
            lines.append(line)
        if not rows:
            lines.append(Text("No run holds this: slash asks for others.", "dim"))
        return lines

    def _differs(self, view: View, row: RunRow) -> str:
        if view.tracks[row.index].log is self.pinned:
            return "pinned"
        return "nowhere" if row.differs is None else f"step {row.differs:,}"

    def action_choose(self, by: int) -> None:
        view, rows = self._view, self._rows
        if view is None or not rows:
            return
        here = next((place for place, row in enumerate(rows) if self._is_chosen(view, row)), 0)
        place = max(0, min(len(rows) - 1, here + by * self.take_count()))
        self.chosen = view.tracks[rows[place].index].log
        self.changed()

    def action_focus_run(self) -> None:
        if self._view is not None:
            for index, track in enumerate(self._view.tracks):
                if track.log is self.chosen:
                    self.context.carry_out(FocusRun(index))

    def action_pin(self) -> None:
        self.pinned = None if self.pinned is self.chosen else self.chosen
        self.changed()

    def action_filter(self) -> None:
        dialog = TextDialog("Filter and sort the runs", HINT, self.asked.text, check=self._complaint)
        self.context.ask(dialog, self._filter)

    def _complaint(self, text: str) -> str | None:
        view = self._view
        try:
            asked = parse_filter(text)
            if view is not None:
                asked.apply([self._row(view, index, track) for index, track in enumerate(view.tracks)])
        except NnsimError as error:
            return str(error)
        return None

    def _filter(self, text: str | None) -> None:
        view = self._view
        if text is None or view is None or self._complaint(text) is not None:
            return
        self.asked = parse_filter(text)
        rows = [self._row(view, index, track) for index, track in enumerate(view.tracks)]
        kept = {row.index for row in self.asked.apply(rows)}
        hidden = frozenset(range(len(view.tracks))) - kept if kept else frozenset[int]()
        self.context.carry_out(ShowRuns(hidden))
        self.changed()


def _name(view: View, track: TrackView) -> str:
    """What tells a run from the others, but for its settings, which have columns of their own."""
    name = track.log.named(())
    if track.origin and track.origin != name:
        return f"{track.origin}: {name}"
    alike = sum(one.log.named(()) == name for one in view.tracks) > 1
    return view.label(track, view.tracks) if alike else name


def _cut(name: str, room: int) -> str:
    return f"{name:{room}}" if len(name) <= room else f"{name[: room - 1]}…"
