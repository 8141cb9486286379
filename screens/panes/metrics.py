"""Metrics of the answers at the step under the cursor, for training and validation rows apart."""

from functools import lru_cache

import numpy as np
from rich.text import Text

from nnsim.analysis.evaluation_metrics import ClassScores, Counts
from nnsim.analysis.feature_importance import reliance
from nnsim.analysis.scoring import Answers, in_units, judge, parts
from nnsim.nn.network import Dense
from nnsim.session.view import View
from nnsim.text.number_format import percent
from nnsim.training.trainer import Trainer
from screens.panes.pane import LinesPane
from screens.panes.pane_context import ANSWERS
from screens.plots import number
from screens.plots.cells import cut

GAP = 4  # columns between blocks that stand beside each other
MOST_CLASSES = 12  # beyond it the confusion matrix is left out, and the largest confusions are named
MOST_NAMED = 5  # confusions
MOST_COLUMNS = 24  # of the inputs that answers lean on


class MetricsPane(LinesPane):
    """Accuracy, confusion matrix, precision, recall and F1; or R² and mean absolute error."""

    kind = "metrics"
    needs = ANSWERS
    figures_drawn = frozenset({"rows", "accuracy", "validation_accuracy"})

    def update_from(self, view: View) -> None:
        self.title_with_run(view)
        track = view.focused
        step, plan = view.step_of(track), track.timeline.plan
        found = in_units(plan, track.evaluation(step))
        judged, readings = [], []
        for name, rows in parts(track.asked_at(step)):
            answers = judge(plan, found, rows)
            judged.append((name, answers))
            right = f"{answers.right:,}/{answers.rows:,} right" if answers.right is not None else ""
            readings.append(f"{name} {right or f'R² {number(answers.r2)}'}")
        width, height = self.lines.size
        blocks = [_block(*one, width) for one in judged]
        narrow = [_block(*one, (width + GAP) // len(judged) - GAP) for one in judged]
        if list(map(len, narrow)) == list(map(len, blocks)):  # nothing of them is left out beside each other
            blocks = narrow
        told = _leaning(track.asked_at(step), width)
        self.lines.show(beside(blocks, width, height) + ([Text(""), told] if told is not None else []))
        self.set_reading(" · ".join(filter(None, [*readings, self.lines.reading])))


def _leaning(trainer: Trainer, width: int) -> Text | None:
    """On which columns the answers lean, by their slopes; None where there are too many, or that is not known."""
    names = trainer.plan.feature_names
    if not 1 < len(names) <= MOST_COLUMNS or not isinstance(trainer.plan.network.stack[0], Dense):
        return None
    shares = reliance(trainer)
    if not np.isfinite(shares).all():
        return None
    order = np.argsort(-shares, kind="stable")
    parts = [f"{names[at]} {percent(shares[at])}" for at in order]
    return Text(cut(f"leans on {', '.join(parts)}", width))


def _block(name: str, answers: Answers, width: int) -> list[Text]:
    lines = [Text(f"{name}: {answers.rows:,} row{'s' if answers.rows != 1 else ''}", "bold")]
    if answers.right is not None:
        wrong = answers.rows - answers.right
        line = Text(f"accuracy {percent(answers.right / answers.rows)}: {answers.right:,} right, ")
        line.append(f"{wrong:,} wrong", "bold reverse" if wrong else "")
        lines.append(line)
    if answers.confusion is not None and answers.scores is not None:
        lines += confusion_lines(answers.confusion, answers.names, width)
        lines += _scores(answers.confusion, answers.scores, answers.names)
    lines.append(Text(f"mean absolute error {number(answers.mean_absolute)}"))
    lines.append(Text(f"root mean square {number(answers.root_mean_square)}, worst {number(answers.worst)}"))
    lines.append(Text(f"R² {number(answers.r2)}"))
    return lines


def confusion_lines(confusion: Counts, classes: tuple[str, ...], room: int) -> list[Text]:
    """The confusion matrix: rows are true, columns are answered; right answers stand in brackets. Where so many
    classes have no room, the largest confusions are named instead."""
    names = [name[:8] for name in classes]
    heads = [f"says {name}" for name in names] if len(names) <= 3 else names
    label = max(len(f"is {name}") for name in names)
    least = max(*map(len, heads), len(f"{confusion.max():,}") + 2)
    width = min(least + 2, (room - label) // len(names))
    if len(classes) > MOST_CLASSES or width < least:
        return _largest(confusion, classes)
    lines = [Text(" " * label + "".join(f"{head:>{width}}" for head in heads), "dim")]
    return lines + [
        _row(f"{'is ' + name:{label}}", true, tuple(confusion[true].tolist()), width)
        for true, name in enumerate(names)
    ]


# Few rows change from one frame to the next.
@lru_cache(256)
def _row(head: str, true: int, counts: tuple[int, ...], width: int) -> Text:
    """A row of the confusion matrix.  Args: true: the index of its class. width: of a cell."""
    line = Text(head, "dim")
    for said, count in enumerate(counts):
        cell = f"[{count:,}]" if true == said else f" {count:,} "
        style = "bold not dim" if true == said else "bold reverse not dim" if count else "dim"
        line.append(" " * (width - len(cell)))
        line.append(cell, style)
    return line


def _largest(confusion: Counts, classes: tuple[str, ...]) -> list[Text]:
    off = confusion.copy()
    np.fill_diagonal(off, 0)
    worst = np.argsort(-off, axis=None, kind="stable")[:MOST_NAMED]
    pairs = [divmod(int(place), len(classes)) for place in worst if off.flat[place]]
    return [Text(f"{classes[true]} answered as {classes[said]}: {off[true, said]:,}") for true, said in pairs]


def _scores(confusion: Counts, scores: ClassScores, classes: tuple[str, ...]) -> list[Text]:
    width = max(5, *(len(name[:12]) for name in classes))
    lines = [Text(f"{'class':{width}}  precision  recall     F1  rows", "dim")]
    figures = zip(classes, scores.precision, scores.recall, scores.f1, confusion.sum(axis=1), strict=True)
    for name, precision, recall, f1, rows in figures:
        shares = f"{percent(precision):>9}  {percent(recall):>6}  {percent(f1):>5}"
        lines.append(Text(f"{name[:12]:{width}}  {shares}  {rows:>4,}"))
    return lines


def beside(blocks: list[list[Text]], width: int, height: int) -> list[Text]:
    """Blocks next to each other, where they fit and a stack of them does not."""
    columns = [max(line.cell_len for line in block) + GAP for block in blocks]
    stacked = [line for block in blocks for line in [*block, Text("")]][:-1]
    if len(blocks) == 1 or sum(columns) - GAP > width or len(stacked) <= height:
        return stacked
    lines = []
    for index in range(max(map(len, blocks))):
        line = Text("")
        for block, column in zip(blocks, columns, strict=True):
            part = block[index].copy() if index < len(block) else Text("")
            part.pad_right(column - part.cell_len)
            line.append_text(part)
        lines.append(line)
    return lines
