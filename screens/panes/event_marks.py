"""The events of a run as marks on a plot over epochs; each kind has a glyph, and a name in the legend."""

from collections.abc import Sequence
from dataclasses import replace

from nnsim.session.view import TrackView, View
from nnsim.timeline import RunLog, Timeline
from nnsim.timeline.search import smallest
from nnsim.timeline.timeline import first_difference
from screens.plots import AxisMark

# By kind of event: its glyph, the same in ASCII, and its name in the legend, which "of" and a run can follow.
GLYPHS = {
    "mark": ("▼", "!", "mark"),
    "changed": ("±", "~", "changed setting"),
    "best": ("★", "$", "lowest validation"),
    "early-stopping": ("‖", "|", "early stop"),
    "target": ("✓", "=", "reached target"),
    "diverged": ("✕", "#", "divergence"),
    "differs": ("≠", "/", "first difference"),
}
MOST = 60  # marks on a plot
MOST_NAMED = 2  # runs that have the same event


class EventMarks:
    """Makes the marks of a view's runs, and remembers where forks first differ."""

    def __init__(self) -> None:
        self._differs: dict[int, tuple[Timeline, int, int | None]] = {}  # by identity: the compared steps

    def forget(self) -> None:
        self._differs.clear()

    def marks(self, view: View, tracks: Sequence[TrackView] | None = None) -> tuple[AxisMark, ...]:
        """The recorded events of all runs, and the lowest validation loss of the focused one.

        Where there are several runs, the legend or the label says whose an event is.  Args: tracks: of these alone.
        """
        found: dict[AxisMark, list[str]] = {}  # and whose it is: a fork has the marks of the run that it left
        for one in self._best(view):
            found[one] = [view.label(view.focused)]
        for track in view.compared if tracks is None else tracks:
            if events := self._of(track):
                name = view.label(track)
                for one in events:
                    found.setdefault(one, []).append(name)
        every = -(-len(found) // MOST) or 1
        chosen = [*found.items()][::every]
        whose: dict[str, dict[str, None]] = {}  # by kind, in their order
        for one, names in chosen:
            whose.setdefault(one.kind, {}).update(dict.fromkeys(names))
        most = len(view.compared)
        marks = []
        for one, names in chosen:
            runs = [*whose[one.kind]]
            own = _runs(names, most) if one.label and runs != names else ""
            label = f"{one.label}: {own}" if own else one.label
            marks.append(replace(one, label=label, of=_runs(runs, most)))
        return tuple(marks)

    def _of(self, track: TrackView) -> list[AxisMark]:
        log = track.log
        found = []
        every = len(log.marks) // MOST + 1
        for one in (*log.marks[:-1:every], *log.marks[-1:]):
            label = f"diverged, step {one.step:,}" if one.kind == "diverged" else _short(one.kind, one.text)
            found.append(mark(one.kind, one.step / log.steps_per_epoch, label))
        step = self._first_difference(log)
        if step is not None:
            found.append(mark("differs", step / log.steps_per_epoch, f"step {step:,}"))
        return found

    def _first_difference(self, timeline: RunLog) -> int | None:
        """The step at which a fork first differs from its parent; equal steps are compared once."""
        if not isinstance(timeline, Timeline) or timeline.parent is None:
            return None
        reached = min(timeline.length, timeline.parent.length)
        same, reached_before, step = self._differs.get(id(timeline), (timeline, -1, None))
        if step is None and reached != reached_before:
            step = first_difference(timeline, since=max(reached_before, 0))
            self._differs[id(timeline)] = same, reached, step
        return step

    @staticmethod
    def _best(view: View) -> list[AxisMark]:
        """The lowest validation loss up to the cursor."""
        log = view.focused.log
        series = log.series.get("validation_loss")
        if series is None:
            return []
        sample = smallest(series, series.count_at(view.step_of(view.focused)))
        if sample is None:
            return []
        return [mark("best", series.step_at(sample) / log.steps_per_epoch, "lowest")]


def _runs(runs: Sequence[str], most: int) -> str:
    """The names of a few runs, the number of many, and nothing for all of them."""
    if len(runs) == most:
        return ""
    return ", ".join(runs) if len(runs) <= MOST_NAMED else f"{len(runs)} runs"


def mark(kind: str, x: float, label: str) -> AxisMark:
    glyph, plain, name = GLYPHS.get(kind, GLYPHS["mark"])
    return AxisMark(x, label, glyph, name, plain)


def _short(kind: str, text: str) -> str:
    """The label of a mark: a person's own name for it, the setting without its family, or the kind."""
    if kind == "mark":
        return text
    if kind == "early-stopping":
        return "stopped"
    key, equals, value = text.partition(" = ")
    return f"{key.rsplit('.', 1)[-1]}{equals}{value}" if kind == "changed" else kind.replace("-", " ")
