"""The rows of the data set: inputs, target, answer, error, and each row's share of the loss."""

from collections.abc import Callable, Sequence
from typing import ClassVar, overload

import numpy as np
import numpy.typing as npt
from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from nnsim.arrays import Array
from nnsim.plan import Plan
from nnsim.records import Evaluation
from nnsim.session import Session
from screens.lines import Lines
from screens.panes.editing import EditingPane
from screens.panes.gallery import Gallery
from screens.plots import number

WIDEST_NAME = 8
NUMBER = 8
BAR = 10
# What a row is for, as it is marked.
TRAINING, VALIDATION, TEST = " ", "v", "t"
Parts = npt.NDArray[np.str_]
LARGEST_DATA = 10_000_000
SETTINGS = "data. batch_size validation test folds .fold stratified"  # what there is to change about the data


class Rows(Sequence[Text]):
    """Lines that are written only when they are looked at: a data set may have many more than a pane."""

    def __init__(self, order: npt.NDArray[np.int64], line: Callable[[int], Text]) -> None:
        self._order, self._line = order, line

    def __len__(self) -> int:
        return len(self._order)

    @overload
    def __getitem__(self, index: int) -> Text: ...
    @overload
    def __getitem__(self, index: slice) -> list[Text]: ...
    def __getitem__(self, index: int | slice) -> Text | list[Text]:
        if isinstance(index, slice):
            return [self._line(row) for row in self._order[index].tolist()]
        return self._line(int(self._order[index]))


def loss_shares(plan: Plan, found: Evaluation, parts: Parts) -> Array:
    """Each training row's part of the loss over all training rows, (rows,); NaN for rows set apart.

    C_i / sum(C_j),  C_i the loss of row i alone
    """
    with np.errstate(all="ignore"):
        each = plan.loss.values(scored=found.scored[:, :, None], targets=plan.examples.targets[:, :, None])
        each = np.where(parts != TRAINING, np.nan, each)
        total = float(np.nansum(each))
        shares: Array = each / total if total > 0 else np.where(parts != TRAINING, np.nan, 0.0)
    return shares


class DataPane(EditingPane):
    """All rows with their answers, the largest error first or in their order (`o`)."""

    kind = "data"
    tells = frozenset({"rows"})
    scrolls = True
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("o", "order", "order: error / row"),
        Binding("i", "pictures", "pictures / table"),
        Binding("enter", "data_settings", "noise, split, batch ..."),
    ]

    def __init__(self) -> None:
        super().__init__()
        self.head, self.lines = Lines(), Lines()
        self.head.styles.height = 1
        self.by_error = True
        self.gallery = Gallery(self.scroll)
        self.as_pictures: bool | None = None  # None: whatever suits the data and the room
        self._pictures_shown = False
        self._chosen = False  # a row, whose picture other panes are to show

    def compose(self) -> ComposeResult:
        yield self.head
        yield self.lines
        yield self.gallery

    def scroll(self, by: int) -> None:
        if self._pictures_shown:
            self.gallery.walk(by)
            self._chosen = True
        else:
            self.lines.scroll(by)
        self.changed()

    def action_order(self) -> None:
        self.by_error = not self.by_error
        self.lines.scroll(-LARGEST_DATA)
        self.gallery.at = 0
        self.changed()

    def action_pictures(self) -> None:
        """From pictures to the table, and back."""
        if self.session is not None and self.session.focused.timeline.plan.examples.picture is None:
            self.tell("The inputs of these rows are no pictures (data.picture = [rows, columns] would say so).")
            return
        self.as_pictures = not self._pictures_shown
        self.changed()

    def action_data_settings(self) -> None:
        self.settings(SETTINGS)

    def _shows_pictures(self, plan: Plan) -> bool:
        """Decide between pictures and the table, which share the room."""
        shown = self.as_pictures
        if shown is None:
            shown = self.gallery.suits(plan, *self.content_size)
        self._pictures_shown = shown = shown and plan.examples.picture is not None
        self.gallery.display, self.head.display, self.lines.display = shown, not shown, not shown
        return shown

    def update_from(self, session: Session) -> None:
        self.session = session
        self.entitle(session)
        track = session.focused
        step = session.step_of(track)
        plan, found = track.timeline.plan, track.evaluation(step)
        trainer = track.trainer_at(step, session.phase_of(track))
        parts = np.full(plan.examples.rows, TRAINING)
        parts[trainer.validation_rows], parts[trainer.test_rows] = VALIDATION, TEST
        errors = found.predictions - plan.examples.targets
        worst = np.argmax(np.nan_to_num(np.abs(errors), nan=np.inf), axis=1)
        rows = np.arange(plan.examples.rows)
        sizes = np.nan_to_num(np.abs(errors[rows, worst]), nan=np.inf)
        order = np.argsort(-sizes, kind="stable") if self.by_error else rows
        if self._shows_pictures(plan):
            shown = self.gallery.show_rows(plan, found, order, worst, parts, self.content_size)
            self.say(
                " · ".join([shown[0], "largest error first" if self.by_error else "in their order", *shown[1:]])
            )
            if self._chosen:
                self._chosen = False
                self.post_message(self.RowChosen(self, int(order[self.gallery.at])))
            return
        table = Table(plan, found, worst, loss_shares(plan, found, parts), parts, self.content_size.width)
        self.head.show([table.head()])
        self.lines.show(Rows(order, table.line))
        told = ["largest error first" if self.by_error else "in their order"]
        for mark, use in ((VALIDATION, "validation"), (TEST, "test")):
            if count := int((parts == mark).sum()):
                told.append(f"{mark}: {count:,} {use}")
        told.append(self.lines.reading or f"{plan.examples.rows:,} rows")
        self.say(" · ".join(told))


class Table:
    """How a row is written, for a width: the columns that matter least give way first."""

    def __init__(
        self,
        plan: Plan,
        found: Evaluation,
        worst: npt.NDArray[np.int64],
        shares: Array,
        parts: Parts,
        width: int,
    ) -> None:
        self._plan, self._found, self._worst, self._shares, self._parts = plan, found, worst, shares, parts
        examples = plan.examples
        self._largest = float(np.nanmax(shares, initial=0.0)) or 1.0  # share, which fills the bar
        self._row = max(3, len(str(examples.rows)))
        self._several = examples.targets.shape[1] > 1
        self._judged = plan.accuracy_applies
        self._target = max(6, *(len(number(value)) for value in examples.targets[:200].ravel().tolist()))
        # Row number, mark, target, answer and error stand always; then two inputs that tell rows apart, the share,
        # the verdict, the other inputs, and a bar.
        room = width - self._row - 2 - self._target - 2 * (NUMBER + 1)
        room -= self._output_width + 1 if self._several else 0
        self._inputs: list[tuple[int, int]] = []
        room = self._add_inputs(room, 2)
        self._with_share = room >= 7
        room -= 7 if self._with_share else 0
        self._with_verdict = self._judged and room >= 6
        room -= 6 if self._with_verdict else 0
        room = self._add_inputs(room, len(examples.input_names))
        self._cut = len(self._inputs) < len(examples.input_names) and room >= 2
        room -= 2 if self._cut else 0
        self._bar = min(BAR, room - 1) if self._with_share and room >= 5 else 0

    def _add_inputs(self, room: int, most: int) -> int:
        """Show further inputs, up to so many, as far as there is room.  Returns: the room left."""
        examples = self._plan.examples
        for index in range(len(self._inputs), min(most, len(examples.input_names))):
            wide = [len(number(value)) for value in examples.inputs[:200, index].tolist()]
            column = max(min(len(examples.input_names[index]), WIDEST_NAME), *wide)
            if column + 1 > room:
                break
            self._inputs.append((index, column))
            room -= column + 1
        return room

    @property
    def _output_width(self) -> int:
        return min(WIDEST_NAME, max(3, *(len(name) for name in self._plan.examples.target_names)))

    def head(self) -> Text:
        """What the columns are called."""
        names = self._plan.examples.input_names
        parts = [f"{'row':>{self._row}}  "]
        parts += [f"{names[index][:column]:>{column}} " for index, column in self._inputs]
        parts.append("… " if self._cut else "")
        if self._several:
            parts.append(f"{'output'[: self._output_width]:>{self._output_width}} ")
        parts.append(f"{'target':>{self._target}} {'answer':>{NUMBER}} {'error':>{NUMBER}}")
        parts.append(f"{'loss %':>7}" if self._with_share else "")
        return Text("".join(parts), "dim")

    def line(self, row: int) -> Text:
        """One row, its worst output where there are several."""
        examples, output = self._plan.examples, int(self._worst[row])
        answer, target = float(self._found.predictions[row, output]), float(examples.targets[row, output])
        error, mark = answer - target, str(self._parts[row])
        apart = mark != TRAINING
        parts = [f"{row + 1:>{self._row}}{mark} "]
        parts += [f"{number(float(examples.inputs[row, index])):>{column}} " for index, column in self._inputs]
        parts.append("… " if self._cut else "")
        if self._several:
            parts.append(f"{examples.target_names[output][: self._output_width]:>{self._output_width}} ")
        sign = "+" if error > 0 else ""
        parts.append(
            f"{number(target):>{self._target}} {number(answer):>{NUMBER}} {sign + number(error):>{NUMBER}}"
        )
        line = Text("".join(parts), "italic dim" if apart else "")
        share = float(self._shares[row])
        if self._with_share:
            line.append(f"{'-' if apart else f'{share:.1%}':>7}")
        if self._with_verdict:
            right = bool(self._plan.right(self._found.scored[row][:, None], examples.targets[row][:, None])[0])
            line.append(" ")
            line.append("right" if right else "WRONG", "" if right else "bold reverse")
        if self._bar:
            filled = 0 if not np.isfinite(share) else round(share / self._largest * self._bar)
            line.append(" " + "█" * filled + " " * (self._bar - filled), "dim")
        return line
