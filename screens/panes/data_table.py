"""Formats rows of the data set for a width: inputs first, then target, answer and error."""

import numpy as np
import numpy.typing as npt
from rich.text import Text

from nnsim.nn.arrays import Array
from nnsim.scenario.plan import Plan
from nnsim.training.records import Evaluation
from screens.plots import number, short

WIDEST_NAME = 8
LOOKED_AT = 200  # rows by which the width of a column is chosen
FIRST_INPUTS = 4  # that come before the share of the loss and the verdict; the others come behind them
SHARE, VERDICT, BAR = 7, 6, 10
# Columns of an input, at most; of the answer; of the error: numbers are cut before columns are left out.
WIDTHS = ((8, 8, 8), (7, 7, 7), (6, 6, 6), (5, 6, 5), (4, 6, 5))
# What a row is for, as it is marked.
TRAINING, VALIDATION, TEST = " ", "v", "t"
Parts = npt.NDArray[np.str_]


class RowTable:
    """Formats rows for a width; the columns that matter least are left out first."""

    def __init__(
        self, plan: Plan, found: Evaluation, worst: npt.NDArray[np.int64], shares: Array, parts: Parts, width: int
    ) -> None:
        self._plan, self._found, self._worst, self._shares, self._parts = plan, found, worst, shares, parts
        examples = plan.examples
        self._largest = float(np.nanmax(shares, initial=0.0)) or 1.0  # share, which fills the bar
        self._row = max(3, len(str(examples.rows)))
        self._natural = dict[int, int]()  # how wide an input's column would be with all the room there is
        self._classes = examples.classes if examples.one_hot else ()  # the names of target and answer
        self._several = examples.targets.shape[1] > 1 and not self._classes
        targets = list(self._classes) or [
            examples.class_name(value) or number(value) for value in found.targets[:LOOKED_AT].ravel().tolist()
        ]
        self._target = min(WIDEST_NAME, max(6, *map(len, targets)))
        self._output = min(WIDEST_NAME, max(5, *map(len, examples.target_names))) if self._several else 0
        names = examples.input_names
        first, left = min(FIRST_INPUTS, len(names)), 0
        for self._input, answer, self._error in WIDTHS:
            self._answer = self._target if self._classes else answer
            room = width - self._row - 2 - self._target - self._answer - self._error - 2
            room -= self._output + 1 if self._several else 0
            self._inputs: list[tuple[int, int]] = []
            left = self._add_inputs(room, first)
            if len(self._inputs) == first:
                break
        room = left
        self._with_share = room >= SHARE
        room -= SHARE if self._with_share else 0
        self._with_verdict = plan.accuracy_applies and room >= VERDICT
        room -= VERDICT if self._with_verdict else 0
        room = self._add_inputs(room, len(names))
        left_out = len(names) - len(self._inputs)
        self._left_out = f"+{left_out}" if left_out else ""
        self._bar = min(BAR, room - 1) if self._with_share and room >= 5 else 0

    def _add_inputs(self, room: int, most: int) -> int:
        """Adds further input columns, up to so many, while there is room.  Returns: the room left."""
        examples, count = self._plan.examples, len(self._plan.examples.input_names)
        before = [len(f"+{count - len(self._inputs)}") + 1] if self._inputs and len(self._inputs) < count else []
        room += sum(before)  # it stood there already
        for index in range(len(self._inputs), min(most, count)):
            if index not in self._natural:
                wide = [len(number(value)) for value in examples.inputs[:LOOKED_AT, index].tolist()]
                self._natural[index] = max(min(len(examples.input_names[index]), WIDEST_NAME), *wide)
            column = min(self._input, self._natural[index])
            behind = len(f"+{count - index - 1}") + 1 if index + 1 < count else 0
            if column + 1 + behind > room:
                break
            self._inputs.append((index, column))
            room -= column + 1
        left_out = count - len(self._inputs)
        return room - (len(f"+{left_out}") + 1 if left_out else 0)

    def head(self) -> Text:
        names = self._plan.examples.input_names
        parts = [f"{'row':>{self._row}}  "]
        parts += [f"{_cut(names[index], column):>{column}} " for index, column in self._inputs]
        parts.append(f"{self._left_out} " if self._left_out else "")
        parts.append(f"{'worst':>{self._output}} " if self._several else "")
        parts.append(f"{'target':>{self._target}} {'answer':>{self._answer}} {'error':>{self._error}}")
        parts.append(f"{'loss %':>{SHARE}}" if self._with_share else "")
        return Text("".join(parts), "dim")

    def line(self, row: int) -> Text:
        """One row: target and answer of its worst output where it has several, or their classes."""
        examples, output = self._plan.examples, int(self._worst[row])
        answer, target = float(self._found.predictions[row, output]), float(self._found.targets[row, output])
        mark = str(self._parts[row])
        apart = mark != TRAINING
        parts = [f"{row + 1:>{self._row}}{mark} "]
        parts += [f"{_figure(float(examples.inputs[row, index]), wide):>{wide}} " for index, wide in self._inputs]
        parts.append(f"{'…':>{len(self._left_out)}} " if self._left_out else "")
        if self._several:
            parts.append(f"{_cut(examples.target_names[output], self._output):>{self._output}} ")
        if self._classes and np.isfinite(answer):
            wanted, given = (
                _cut(self._classes[int(one[row].argmax())], self._target)
                for one in (examples.targets, self._found.scored)
            )
        elif self._classes:
            wanted, given = _cut(self._classes[int(examples.targets[row].argmax())], self._target), number(answer)
        else:
            name = examples.class_name(target)
            wanted = _cut(name, self._target) if name else _figure(target, self._target)
            given = _figure(answer, self._answer)
        parts.append(f"{wanted:>{self._target}} {given:>{self._answer}} ")
        error = answer - target
        parts.append(f"{_figure(error, self._error, plus=error > 0):>{self._error}}")
        line = Text("".join(parts), "italic dim" if apart else "")
        share = float(self._shares[row])
        if self._with_share:
            line.append(f"{'-' if apart else f'{share:.1%}':>{SHARE}}")
        if self._with_verdict:
            right = bool(self._plan.right(self._found.scored[row][:, None], examples.targets[row][:, None])[0])
            line.append(" ")
            line.append("right" if right else "WRONG", "" if right else "bold reverse")
        if self._bar:
            filled = 0 if not np.isfinite(share) else round(share / self._largest * self._bar)
            line.append(" " + "█" * filled + " " * (self._bar - filled), "dim")
        return line


def _cut(name: str, width: int) -> str:
    return name if len(name) <= width else f"{name[: width - 1]}…"


def _figure(value: float, width: int, plus: bool = False) -> str:
    return short(value, width, plus) if np.isfinite(value) else number(value)
