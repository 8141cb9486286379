"""What is wrong with the focused run: the findings of the diagnosis, and a key that tries the first remedy."""

from contextlib import suppress
from textwrap import wrap
from typing import ClassVar

from rich.text import Text
from textual.binding import Binding, BindingType
from textual.worker import get_current_worker

from nnsim.diagnosis.diagnosis import Diagnosis, diagnose
from nnsim.diagnosis.finding import Finding
from nnsim.diagnosis.log_checks import diagnose_log
from nnsim.scenario.conditions import FAULT
from nnsim.scenario.toml_text import toml
from nnsim.session.view import Capability, View, lacking
from nnsim.timeline import Timeline
from screens.panes.pane import LinesPane
from screens.panes.pane_context import INSIDE, ChangeSettings

ASK = "Press d to look for faults: short runs with one thing changed are trained beside this one."
BUSY = "Looking for faults ... escape stops."
CLEAN = "No fault is found in the run as far as it has got."


class StoppedError(Exception):
    """The diagnosis was given up."""


class DiagnosisPane(LinesPane):
    """The findings on the focused run, most likely cause first: since when, how sure, evidence, what to try.

    Nothing is examined until a person asks for it, for it trains runs of its own, in a thread; what is found stands
    until the run is another or has gone on.
    """

    kind = "diagnosis"
    needs = Capability.FIGURES
    figures_drawn = frozenset({"loss", "validation_loss", "accuracy", "gradient", FAULT})
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("d", "examine", "look for faults"),
        Binding("enter", "remedy", "try the first remedy"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self.diagnosis: Diagnosis | None = None
        self.busy = False
        self._stop = False
        self._examined: tuple[object, int] | None = None  # which run, and how many steps of it
        self._view: View | None = None

    @classmethod
    def why_not(cls, view: View) -> str | None:
        """A run of nnsim's own is looked into; of another program's its figures are judged."""
        own = Capability.SETTINGS in view.focused.capabilities
        return lacking(INSIDE if own else cls.needs, view.focused)

    def update_from(self, view: View) -> None:
        self._view = view
        track = view.focused
        here = track.log, track.done
        if self._examined is not None and self._examined != here and not self.busy:
            self._examined = self.diagnosis = None
        if self._examined is None and not isinstance(track.log, Timeline) and track.done:
            self.diagnosis, self._examined = diagnose_log(track.log), here  # its figures are all there is
        width = max(self.lines.size.width, 16)
        self.lines.show(self._rows(width))
        self.set_reading(self.lines.reading)

    def _rows(self, width: int) -> list[Text]:
        if self.busy or self.diagnosis is None:
            return [Text(line) for line in wrap(BUSY if self.busy else ASK, width)]
        if self.diagnosis.healthy:
            return [Text(line) for line in wrap(CLEAN, width)]
        rows: list[Text] = []
        for one in self.diagnosis.findings:
            rows += [*_finding(one, width), Text("")]
        return rows[:-1]

    def action_examine(self) -> None:
        view = self._view
        if view is None or self.busy:
            return
        track = view.focused
        timeline = track.log
        if not isinstance(timeline, Timeline) or not track.done:
            self.tell("There is nothing to examine yet: train a few epochs first.")
            return
        self.busy, self._stop = True, False
        self._examined = timeline, track.done
        snapshot = timeline.fork(track.done)  # the run itself may go on meanwhile
        snapshot.end(timeline.stop if track.done == timeline.length else None)
        self.run_worker(lambda: self._examine(snapshot), thread=True, group="diagnosis", exit_on_error=True)
        self.changed()

    def _examine(self, timeline: Timeline) -> None:
        """Works in a thread of its own."""
        worker = get_current_worker()

        def look() -> None:
            if self._stop or worker.is_cancelled:
                raise StoppedError

        found: Diagnosis | None = None
        with suppress(StoppedError):
            found = diagnose(timeline, look)
        if not worker.is_cancelled:
            self.app.call_from_thread(self._finished, found)

    def _finished(self, found: Diagnosis | None) -> None:
        self.busy, self.diagnosis = False, found
        if found is None:
            self._examined = None
        self.changed()

    def action_remedy(self) -> None:
        if self.diagnosis is None or self.diagnosis.healthy:
            self.tell("There is no remedy to try: d looks for faults.")
            return
        first = self.diagnosis.findings[0]
        if not first.remedies:
            self.tell(f"{first.fault} has no setting that mends it.")
            return
        settings = {one.key: one.value for one in first.remedies}
        self.context.carry_out(ChangeSettings(lambda view: settings))

    def cancel(self) -> bool:
        if not self.busy:
            return False
        self._stop = True
        return True


def _finding(one: Finding, width: int) -> list[Text]:
    since = "" if one.since_epoch is None else f", since epoch {one.since_epoch:,}"
    rows = [
        Text(f"! {one.fault}", "bold"),
        *(Text(line) for line in wrap(f"{one.confidence:.0%} sure{since}", width)),
    ]
    rows += [Text(line) for line in wrap(one.evidence, width)]
    tries = ", ".join(f"{remedy.key} = {toml(remedy.value)}" for remedy in one.remedies)
    return [*rows, *(Text(line, "dim") for line in wrap(f"try {tries}", width))] if tries else rows
