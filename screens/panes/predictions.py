"""The network's answers after the step under the cursor, beside the targets."""

from itertools import zip_longest

import numpy as np
import numpy.typing as npt
from rich.text import Text
from textual.app import ComposeResult

from nnsim.analysis.scoring import in_units
from nnsim.data.examples import Examples
from nnsim.nn.activations import Sigmoid, Softmax
from nnsim.scenario.plan import Plan
from nnsim.session.view import TrackView, View
from nnsim.training.records import Evaluation
from screens.panes.pane import AROUND_READING, Pane, run_suffix
from screens.panes.pane_context import ANSWERS
from screens.plots import Chart, Curve, PlotWidget, number
from screens.widgets.lines import Lines, side_by_side

CURVE_POINTS = 80
MOST_ROWS = 200
GAP = "  │ "
WIDEST_CLASS = 8  # of a class's name
MOST_INPUTS = 6  # columns of a row that are written out


class PredictionsPane(Pane):
    """A table of rows, their targets and predictions; for one input and one output, the curve through the data."""

    kind = "predictions"
    needs = ANSWERS
    figures_drawn = frozenset({"rows"})
    scrolls = True

    def __init__(self) -> None:
        super().__init__()
        self.lines, self.plot = Lines(), PlotWidget()

    def compose(self) -> ComposeResult:
        yield self.plot
        yield self.lines

    def compares_states(self, view: View) -> bool:
        return _is_curve(view)

    def scroll(self, by: int) -> None:
        self.lines.scroll(by)

    def update_from(self, view: View) -> None:
        track, head = view.focused, ""
        step = view.step_of(track)
        found = in_units(track.timeline.plan, track.evaluation(step))
        as_curve = _is_curve(view)
        self.plot.display, self.lines.display = as_curve, not as_curve
        if as_curve:
            self.plot.show(self._fit(view))
        else:
            lines, head = self._fitted(self._table(track, found))
            self.lines.show(lines)
        # A table without its head is read by what the frame says, whatever else there is no room for.
        names, heads = [f"{self.title}{run_suffix(view)}", self.title], [head, _in_short(head)]
        titles = [f"{name} · {head}" for head in heads for name in names] + heads if head else names[:1]
        room = self.outer_size.width - AROUND_READING
        self.set_title(next((one for one in titles if len(one) <= room), titles[-1]))
        # The loss of the step itself, as the status line and the curves have it, is that before its update. Before
        # step 1 it would tell that of step 1 ahead, and where the lesson asks about losses it would answer.
        parts = list[str]()
        if (step or view.known(track, "loss")) and "loss" not in self.withheld:
            parts.append(f"loss {'after the update' if step else 'before step 1'} {found.loss:.6g}")
        if found.right is not None:
            parts.insert(0, f"{int(found.right.sum()):,} of {len(found.right):,} right")
        if self.lines.display and self.lines.reading:
            parts.append("↑↓")
        if ends := track.timeline.plan.examples.ends:
            parts.append("answer: " + ", ".join(f"{value:g} {name}" for value, name in ends))
        self.set_reading(" · ".join(parts))

    def _fitted(self, table: list[Text]) -> tuple[list[Text], str]:
        """Fits a table that is a little too long: in two columns, or with its head in the title."""
        (head, *rows), (width, height) = table, self.lines.size
        if len(table) <= height:
            return table, ""
        if len(rows) == height:
            return rows, " ".join(head.plain.split())
        half, wide = -(-len(rows) // 2), max(line.cell_len for line in rows)
        if 2 * wide + len(GAP) > width or half >= height:
            return table, ""
        pairs = [(head, head), *zip_longest(rows[:half], rows[half:], fillvalue=Text())]
        lines = [side_by_side(one, side_by_side(Text(GAP), other, len(GAP)), wide) for one, other in pairs]
        return lines, ""

    def _fit(self, view: View) -> Chart:
        examples = view.focused.timeline.plan.examples
        x = examples.inputs[:, 0]
        span = float(np.ptp(x)) or 1.0
        grid = np.linspace(x.min() - 0.05 * span, x.max() + 0.05 * span, CURVE_POINTS)
        targets = examples.in_units(examples.targets)
        curves = [Curve("data", x, targets[:, 0], style=view.free_style(), kind="points")]
        low, high = float(targets.min()), float(targets.max())
        margin = 0.3 * ((high - low) or 1.0)
        several = len(view.compared) > 1
        for track in view.able(self.needs):
            line = examples.in_units(track.asked_at(view.step_of(track)).predict(grid[:, None]))[:, 0]
            # A line that shoots out of the picture would flatten the data: it leaves through the edge instead.
            line = np.where((line >= low - margin) & (line <= high + margin), line, np.nan)
            dim = several and track is not view.focused
            curves.append(Curve(view.label(track), grid, line, style=track.style, dim=dim))
        return Chart(
            tuple(curves),
            x_range=(float(grid[0]), float(grid[-1])),
            y_range=(low - margin, high + margin),
            x_label=examples.input_names[0],
            y_label=examples.target_names[0],
        )

    def _table(self, track: TrackView, found: Evaluation) -> list[Text]:
        plan, examples = track.timeline.plan, track.timeline.plan.examples
        order = np.arange(examples.rows)
        if examples.rows > MOST_ROWS:
            worst = np.abs(found.predictions - found.targets).max(axis=1)
            order = np.argsort(-worst, kind="stable")[:MOST_ROWS]
        if examples.one_hot:
            return self._class_table(plan, found, order)
        between = isinstance(plan.output, Sigmoid)  # answers from 0 to 1 have a place on a gauge
        wide = min(WIDEST_CLASS, max(6, *(len(name) for _, name in examples.ends), 0))
        behind = len(f"  {'':{wide}}  {'':>{6 if between else 8}}") + (0 if found.right is None else len("  right"))
        head, labels = self._labels(examples, order, self.content_size.width - behind)
        width = max(map(len, [head, *labels]))
        room = self.content_size.width - width - 18 - wide
        scale = f"  {_scale(examples, room - 2)}" if between and room > 6 else ""
        lines = [Text(f"{head:<{width}}  {'target':>{wide}}  {'answer':>{6 if between else 8}}{scale}", "dim")]
        for row, label in zip(order, labels, strict=True):
            answers = zip(found.predictions[row], found.targets[row], strict=True)
            for output, (answer, target) in enumerate(answers):
                text = f"{_share(answer):>6}" if between else f"{number(answer):>8}"
                wanted = _cut(examples.class_name(target), wide) or number(target)
                line = Text(f"{label if output == 0 else '':<{width}}  {wanted:>{wide}}  {text}")
                if scale:
                    place = round(min(max(answer, 0.0), 1.0) * (room - 3)) if np.isfinite(answer) else 0
                    line.append("  " + "─" * place + "●" + "─" * (room - 3 - place))
                if found.right is not None and output == 0:
                    right = bool(found.right[row])
                    line.append("  right" if right else "  WRONG", "" if right else "bold reverse")
                lines.append(line)
        return lines

    def _class_table(self, plan: Plan, found: Evaluation, order: npt.NDArray[np.int64]) -> list[Text]:
        """One line for each row: its class, the answered class, and all outputs where there is room."""
        examples = plan.examples
        names = examples.classes
        wide = min(WIDEST_CLASS, max(6, *map(len, names)))
        write, figure = (_share, 6) if isinstance(plan.output, (Sigmoid, Softmax)) else (number, 8)
        column = max(figure, min(WIDEST_CLASS, max(map(len, names))))
        judged = found.right is not None
        behind = 2 * (wide + 2) + 7 * judged
        head, labels = self._labels(examples, order, self.content_size.width - behind)
        width = max(map(len, [head, *labels]))
        room = self.content_size.width - width - behind
        each = len(names) * (column + 2) <= room  # else only that of the class which is answered
        columns = [_cut(name, column) for name in names] if each else ["output"] if room >= figure + 2 else []
        space = column if each else figure
        heads = "".join(f"  {one:>{space}}" for one in columns)
        lines = [Text(f"{head:<{width}}  {'target':>{wide}}  {'answer':>{wide}}{heads}", "dim")]
        for row, label in zip(order, labels, strict=True):
            outputs = found.predictions[row].tolist()
            wanted, given = int(examples.targets[row].argmax()), int(found.scored[row].argmax())
            answer = _cut(names[given], wide) if np.isfinite(outputs).all() else "NaN"
            line = Text(f"{label:<{width}}  {_cut(names[wanted], wide):>{wide}}  {answer:>{wide}}")
            values = outputs if each else [outputs[given]] if columns else []
            line.append("".join(f"  {write(one):>{space}}" for one in values))
            if found.right is not None:
                right = bool(found.right[row])
                line.append("  right" if right else "  WRONG", "" if right else "bold reverse")
            lines.append(line)
        return lines

    @staticmethod
    def _labels(examples: Examples, order: npt.NDArray[np.int64], room: int) -> tuple[str, list[str]]:
        """The label of each row: its inputs where they are few and fit, else its number."""
        names, numbered = examples.input_names, [str(row + 1) for row in order]
        if len(names) > MOST_INPUTS:
            return "row", numbered
        columns = [[number(value) for value in column] for column in examples.inputs[order].T]
        least = [max(min(3, len(name)), *map(len, column)) for name, column in zip(names, columns, strict=True)]
        if 0 < room < sum(least) + len(least) - 1:
            return "row", numbered
        wide = [max(len(name), low) for name, low in zip(names, least, strict=True)]
        while 0 < room < sum(wide) + len(wide) - 1:
            longest = max(range(len(wide)), key=lambda index: wide[index] - least[index])
            wide[longest] -= 1
        cut = [_cut(name, n) for name, n in zip(names, wide, strict=True)]
        head = " ".join(name.rjust(n) for name, n in zip(cut, wide, strict=True))
        return head, [
            " ".join(one.rjust(n) for one, n in zip(row, wide, strict=True)) for row in zip(*columns, strict=True)
        ]


def _scale(examples: Examples, width: int) -> str:
    """The head of a gauge: 0 and 1, or the classes that they stand for."""
    low, high = (name for _, name in examples.ends) if examples.ends else ("0", "1")
    if len(low) + len(high) + 2 > width:
        low, high = "0", "1"
    return low + "·" * (width - len(low) - len(high)) + high


def _is_curve(view: View) -> bool:
    examples = view.focused.timeline.plan.examples
    return bool(examples.inputs.shape[1] == 1 and examples.targets.shape[1] == 1)


def _cut(name: str, width: int) -> str:
    """A name in at most so many characters; of `colour=green` the end stays."""
    if len(name) <= width:
        return name
    return f"…{name[len(name) - width + 1 :]}" if "=" in name else f"{name[: width - 1]}…"


def _in_short(head: str) -> str:
    """The heads of columns in fewer words: `x1-x4` for numbered ones in a row."""
    rows: list[list[str]] = []
    for word in head.split():
        stem = word.rstrip("0123456789")
        number = word[len(stem) :]
        if rows and number.isdecimal() and rows[-1][-1] == f"{stem}{int(number) - 1}":
            rows[-1].append(word)
        elif "··" not in word:  # a scale belongs above its column
            rows.append([word])
    return " ".join(f"{row[0]}-{row[-1]}" if len(row) > 2 else " ".join(row) for row in rows)


def _share(answer: float) -> str:
    """An answer between 0 and 1 in six characters; a tiny one by its magnitude, so that it does not read 0."""
    return (
        f"{answer:.4f}"
        if answer == 0 or answer >= 5e-4 or not np.isfinite(answer)
        else f"{answer:.0e}".replace("e-0", "e-")
    )
