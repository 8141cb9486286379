"""The dialog that compares runs: the tree of them, with their figures and the settings in which they differ."""

from collections.abc import Sequence

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.widgets import OptionList, Static

from nnsim.scenario.setting_fields import controls
from nnsim.session.session import Session
from nnsim.session.view import Capability, TrackView
from nnsim.text.number_format import percent, rounded
from nnsim.timeline.timeline import Timeline, first_difference, tree
from screens.dialogs.basic import Dialog

FIGURES = (("loss", "loss", True), ("validation", "validation_loss", True), ("accuracy", "accuracy", False))
WIDEST = 18  # columns of a name or a value
BETWEEN = 2
LEAST_ABOUT = 20  # columns of what is said behind the cells, which is cut there
AROUND = 8  # columns of the frame, and what the list keeps free


class ForksDialog(Dialog[int | None]):
    """The runs in rows: loss, validation loss, accuracy, and only those settings in which they differ.

    Forks stand below the run that they left. The best of each figure is bold.
    """

    closes_on_click_beside = False
    DEFAULT_CSS = """
    ForksDialog > Vertical { width: auto; min-width: 76; max-width: 98%; max-height: 90%; }
    ForksDialog OptionList, ForksDialog OptionList:focus { width: auto; text-wrap: nowrap;
                                                           text-overflow: ellipsis; }
    ForksDialog #heads { padding: 0 1; }
    """
    BINDINGS = [Binding("escape,q,F", "dismiss(None)", "back")]

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._tree = tree([track.log for track in session.tracks])
        self._heads: list[str] = []
        self._rows: list[tuple[list[Text], str]] = []

    def compose(self) -> ComposeResult:
        self._heads, self._rows = self._table(self.app.size.width * 98 // 100 - AROUND)
        with Vertical() as box:
            box.border_title = "Runs compared"
            box.border_subtitle = "figures at the cursor · enter takes the focus there · escape goes back"
            yield Static(self._line([Text(one, "dim") for one in self._heads], ""), id="heads")
            yield OptionList(*(self._line(cells, about) for cells, about in self._rows))

    def on_mount(self) -> None:
        places = [index for _, index in self._tree]
        self.query_one(OptionList).highlighted = places.index(self._session.view.focus)

    def _table(self, room: int) -> tuple[list[str], list[tuple[list[Text], str]]]:
        """The heads of the columns, and each run's cells with what is said behind them.  Args: room: columns of the
        screen, in which the settings that most runs have come first."""
        session = self._session
        tracks = [session.tracks[index] for _, index in self._tree]
        records = [session.view.figures(track) for track in tracks]  # at the end of a run that is shorter
        figures = [one for one in FIGURES if any(one[1] in record for record in records)]
        settings = self._differing(tracks)
        rows = []
        for place, ((depth, index), track, record) in enumerate(zip(self._tree, tracks, records, strict=True)):
            name = "  " * depth + ("└ " if depth else "") + session.view.label(track, session.tracks)
            cells = [Text(_cut(name), "bold" if index == session.view.focus else "")]
            for _, key, lower in figures:
                known = [one[key] for one in records if key in one]
                best = key in record and record[key] == (min(known) if lower else max(known)) and len(known) > 1
                told = "" if key not in record else rounded(record[key], 4) if lower else percent(record[key])
                cells.append(Text(told, "bold" if best else ""))
            cells += [Text(_cut(values[place])) for _, values in settings]
            rows.append((cells, self._about(track)))
        heads = ["run", *(one[0] for one in figures), *(name for name, _ in settings)]
        return _fitting(heads, rows, 2 + len(figures), room)  # the run, its figures and one setting

    def _differing(self, tracks: Sequence[TrackView]) -> list[tuple[str, list[str]]]:
        """Settings that are not the same in all runs, each with its value in every run."""
        view = self._session.view
        plans = [
            {control.key: control.text for control in controls(one.timeline.plan_at(view.step_of(one)))}
            if Capability.SETTINGS in one.capabilities
            else {key: str(value) for key, value in one.log.settings.items()}
            for one in tracks
        ]
        keys = dict.fromkeys(key for plan in plans for key in plan)
        found = [(key, [plan.get(key, "").strip('"') for plan in plans]) for key in keys]
        differing = [(key, values) for key, values in found if len({*values}) > 1]
        differing.sort(key=lambda one: one[1].count(""))  # those first that most runs have
        brief = [key.rpartition(".")[2] for key, _ in differing]
        return [
            (name if brief.count(name) == 1 else key, values)
            for name, (key, values) in zip(brief, differing, strict=True)
        ]

    def _about(self, track: TrackView) -> str:
        log = track.log
        parts = [f"{log.length:,} steps"]
        if isinstance(log, Timeline) and log.fork_step is not None:
            parts.append(f"forked at step {log.fork_step:,}")
            step = first_difference(log)
            parts.append("no figure differs yet" if step is None else f"differs from step {step:,}")
        if log.stop is not None:
            parts.append("complete" if log.stop.reason == "epochs" else log.stop.message)
        if track is self._session.focused:
            parts.append("in focus")
        return " · ".join(parts)

    def _line(self, cells: list[Text], about: str) -> Text:
        """Cells under each other, and what is said behind them."""
        columns = zip(self._heads, *(cells for cells, _ in self._rows), strict=True)
        wide = [max(len(str(cell)) for cell in column) + BETWEEN for column in columns]
        line = Text(no_wrap=True, overflow="ellipsis")
        for cell, room in zip(cells, wide, strict=True):
            line.append_text(cell)
            line.append(" " * (room - len(cell)))
        return line.append(about, "dim")

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        self.dismiss(self._tree[event.option_index][1])


def _fitting(
    heads: list[str], rows: list[tuple[list[Text], str]], least: int, room: int
) -> tuple[list[str], list[tuple[list[Text], str]]]:
    """As many columns as fit, at least so many."""
    count = len(heads)
    wide = [max(len(heads[i]), *(len(cells[i]) for cells, _ in rows)) + BETWEEN for i in range(count)]
    while count > least and sum(wide[:count]) + LEAST_ABOUT > room:
        count -= 1
    return heads[:count], [(cells[:count], about) for cells, about in rows]


def _cut(text: str) -> str:
    return text if len(text) <= WIDEST else f"{text[: WIDEST - 1]}…"
