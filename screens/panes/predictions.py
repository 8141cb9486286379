"""What the network answers after the step under the cursor, beside what it should answer."""

import numpy as np
from rich.text import Text
from textual.app import ComposeResult

from nnsim.session import Session, Track
from nnsim.trainer import Evaluation
from screens.panes.base import Lines, Pane
from screens.plots import Chart, Curve, PlotWidget, number

CURVE_POINTS = 80
SHOWN_ROWS = 200


class PredictionsPane(Pane):
    """A table of rows, their targets and predictions; for one input and one output, the curve through the data."""

    title = "Predictions"
    scrolls = True

    def __init__(self) -> None:
        super().__init__()
        self.lines, self.plot = Lines(), PlotWidget()

    def compose(self) -> ComposeResult:
        yield self.plot
        yield self.lines

    def scroll(self, by: int) -> None:
        self.lines.scroll(by)

    def update_from(self, session: Session) -> None:
        self.entitle(session)
        track = session.focused
        step = session.step_of(track)
        found = track.evaluation(step)
        examples = track.timeline.plan.examples
        as_curve = examples.inputs.shape[1] == 1 and examples.targets.shape[1] == 1
        self.plot.display, self.lines.display = as_curve, not as_curve
        if as_curve:
            self.plot.show(self._fit(session))
        else:
            self.lines.show(self._table(track, found))
        told = [f"loss now {found.loss:.6g}"]
        if found.accuracy is not None:
            rows = examples.rows - track.timeline.plan.validation_rows
            told.insert(0, f"{round(found.accuracy * rows)} of {rows} right")
        if self.lines.display and self.lines.reading:
            told.append("↑ ↓ scrolls")
        self.say(" · ".join(told))

    def _fit(self, session: Session) -> Chart:
        examples = session.focused.timeline.plan.examples
        x = examples.inputs[:, 0]
        span = float(np.ptp(x)) or 1.0
        grid = np.linspace(x.min() - 0.05 * span, x.max() + 0.05 * span, CURVE_POINTS)
        curves = [Curve("data", x, examples.targets[:, 0], style=len(session.tracks), kind="points")]
        low, high = float(examples.targets.min()), float(examples.targets.max())
        margin = 0.3 * ((high - low) or 1.0)
        for track in session.compared:
            line = track.trainer_at(session.step_of(track)).predict(grid[:, None])[:, 0]
            # A line that shoots out of the picture would flatten the data: it leaves through the edge instead.
            line = np.where((line >= low - margin) & (line <= high + margin), line, np.nan)
            curves.append(Curve(session.label(track), grid, line, style=track.style))
        return Chart(
            tuple(curves),
            x_range=(float(grid[0]), float(grid[-1])),
            y_range=(low - margin, high + margin),
            x_label=examples.input_names[0],
            y_label=examples.target_names[0],
        )

    def _table(self, track: Track, found: Evaluation) -> list[Text]:
        plan = track.timeline.plan
        examples = plan.examples
        judged = plan.accuracy_applies
        order = np.arange(examples.rows)
        if examples.rows > SHOWN_ROWS:
            worst = np.abs(found.predictions - examples.targets).max(axis=1)
            order = np.argsort(-worst, kind="stable")[:SHOWN_ROWS]
        head = " ".join(examples.input_names)
        rows, width = [], len(head)
        for row in order:
            inputs = " ".join(
                number(value).rjust(len(name))
                for value, name in zip(examples.inputs[row], examples.input_names, strict=True)
            )
            width = max(width, len(inputs))
            rows.append((row, inputs))
        cells = self.content_size.width - width - 24
        lines = [
            Text(
                f"{head:<{width}}  target  answer"
                + ("  0" + "·" * max(0, cells - 4) + "1" if judged and cells > 6 else ""),
                "dim",
            )
        ]
        for row, inputs in rows:
            for answer, target in zip(found.predictions[row], examples.targets[row], strict=True):
                right = (answer > 0.5) == (target > 0.5)
                line = Text(
                    f"{inputs:<{width}}  {number(target):>6}  {answer:>6.4f}"
                    if judged
                    else f"{inputs:<{width}}  {number(target):>6}  {number(answer):>8}"
                )
                if judged:
                    line.append("  " + self._gauge(float(answer), cells - 2) if cells > 6 else "")
                    line.append("  right" if right else "  WRONG", "" if right else "bold reverse")
                lines.append(line)
        return lines

    def _gauge(self, answer: float, width: int) -> str:
        """Where an answer lies between 0 and 1."""
        place = round(min(max(answer, 0.0), 1.0) * (width - 1)) if np.isfinite(answer) else 0
        return "─" * place + "●" + "─" * (width - 1 - place)
