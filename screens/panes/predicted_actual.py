"""Predicted against actual: a point a row, training, validation and test rows apart; for classes a matrix."""

import numpy as np
import numpy.typing as npt
from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding

from nnsim.analysis.scoring import Answers, evaluation_of, in_units, judge, parts
from nnsim.scenario.plan import Plan
from nnsim.session.view import View
from nnsim.text.number_format import percent
from nnsim.training.records import Evaluation
from screens.panes.metrics import beside, confusion_lines
from screens.panes.pane import Pane, run_suffix
from screens.panes.pane_context import ANSWERS
from screens.plots import Chart, Curve, PlotWidget, number
from screens.widgets.lines import Lines

MOST_POINTS = 2_000  # of a part, evenly chosen: more would only hide each other
MANY_ROWS = 20_000  # from which on these alone are asked, at every frame
ROOM = 0.03  # of the range, around it
Rows = npt.NDArray[np.integer]


class PredictedPane(Pane):
    """Answers over targets with the line on which they are equal, or what is left between them (`r`)."""

    kind = "predicted"
    needs = ANSWERS
    figures_drawn = frozenset({"rows", "accuracy", "validation_accuracy"})
    BINDINGS = [
        Binding("r", "residuals", "predicted / residuals"),
        Binding("o", "output", "next output"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self.lines, self.plot = Lines(), PlotWidget()
        self.as_residuals = False
        self.output = 0
        self._several = False  # outputs that are numbers

    def compose(self) -> ComposeResult:
        yield self.plot
        yield self.lines

    def take_over(self, former: Pane) -> None:
        if isinstance(former, PredictedPane):
            self.as_residuals, self.output = former.as_residuals, former.output

    def action_residuals(self) -> None:
        self.as_residuals = not self.as_residuals
        self.plot.forget_limits()
        self.changed()

    def action_output(self) -> None:
        self.output += 1
        self.plot.forget_limits()
        self.changed()

    def offers(self, action: str) -> bool:
        return self._several if action == "output" else self.plot.display

    def update_from(self, view: View) -> None:
        track = view.focused
        step, plan = view.step_of(track), track.timeline.plan
        trainer = track.asked_at(step)
        asked, some = dict(parts(trainer)), ""
        if plan.examples.rows > MANY_ROWS:
            asked = {name: rows[:: max(1, -(-len(rows) // MOST_POINTS))] for name, rows in asked.items()}
            found = in_units(plan, evaluation_of(trainer, np.concatenate(list(asked.values()))))
            some = f" of {sum(map(len, asked.values())):,} of {plan.examples.rows:,} rows"
        else:
            found = in_units(plan, track.evaluation(step))
        judged = [(name, rows, judge(plan, found, rows)) for name, rows in asked.items()]
        of_classes = judged[0][2].confusion is not None
        self.plot.display, self.lines.display = not of_classes, of_classes
        if of_classes:
            self.set_title(self.title, run_suffix(view))
            blocks = [self._block(name, answers) for name, _, answers in judged]
            self.lines.show(beside(blocks, *self.lines.size))
            told = " · ".join(f"{name} {percent(_share(answers))} right" for name, _, answers in judged)
            self.set_reading(told + some)
            return
        names = plan.examples.target_names
        self.output %= len(names)
        self._several = len(names) > 1
        title = "Residuals" if self.as_residuals else self.title
        self.set_title(f"{title} · {names[self.output]}" if len(names) > 1 else title, run_suffix(view))
        self.plot.show(self._chart(view, plan, found, [(name, rows) for name, rows, _ in judged]))
        self.set_reading(" · ".join(f"{name} R² {number(answers.r2)}" for name, _, answers in judged) + some)

    def _block(self, name: str, answers: Answers) -> list[Text]:
        assert answers.confusion is not None
        head = Text(f"{name}: {percent(_share(answers))} of {answers.rows:,} right", "bold")
        return [head, *confusion_lines(answers.confusion, answers.names, self.lines.size.width)]

    def _chart(self, view: View, plan: Plan, found: Evaluation, judged: list[tuple[str, Rows]]) -> Chart:
        output, track = self.output, view.focused
        name = plan.examples.target_names[output]
        answers, targets = found.predictions[:, output], found.targets[:, output]
        x, y = (answers, answers - targets) if self.as_residuals else (targets, answers)
        low, high = float(targets.min()), float(targets.max())
        low, high = low - ROOM * (high - low or 1.0), high + ROOM * (high - low or 1.0)
        ends = np.array([low, high])
        line = Curve("", ends, np.zeros(2) if self.as_residuals else ends, style=view.free_style(3), faint=True)
        curves = [line]
        for place, (part, rows) in enumerate(judged):
            some = rows[:: max(1, -(-len(rows) // MOST_POINTS))]
            style = track.style if place == 0 else view.free_style(place - 1)
            curves.append(Curve(part, x[some], y[some], style=style, kind="points"))
        predicted, actual = f"predicted {name}", f"actual {name}"
        if self.as_residuals:
            return Chart(tuple(curves), x_label=predicted, y_label="predicted - actual")
        inside = y[(y > low) & (y < high)]  # what shoots out of the picture would flatten the rest
        extent = (low, high) if len(inside) else None
        return Chart(tuple(curves), x_range=(low, high), y_extent=extent, x_label=actual, y_label=predicted)


def _share(answers: Answers) -> float:
    return (answers.right or 0) / answers.rows
