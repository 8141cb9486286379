"""The rows of the data set: inputs, target, answer, error, and each row's share of the loss."""

from collections.abc import Callable, Sequence
from typing import overload

import numpy as np
import numpy.typing as npt
from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding

from nnsim.analysis.scoring import in_units
from nnsim.nn.arrays import Array
from nnsim.scenario.plan import Plan
from nnsim.session.view import View
from nnsim.training.records import Evaluation
from screens.panes.data_table import TEST, TRAINING, VALIDATION, Parts, RowTable
from screens.panes.image_grid import ImageGrid
from screens.panes.pane import AROUND_READING, EditingPane
from screens.panes.pane_context import ANSWERS, ShowSettings
from screens.widgets.lines import Lines

LARGEST_DATA = 10_000_000
SETTINGS = "data. batch_size validation test folds .fold stratified"  # what there is to change about the data


class LazyRows(Sequence[Text]):
    """Lines that are formatted only when they are drawn: a data set may have many more than a pane."""

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
    """All rows with their answers, the largest error first or in their order (`o`).

    Before anything is trained an error is chance, and the rows stand in their order.
    """

    kind = "data"
    needs = ANSWERS
    figures_drawn = frozenset({"rows"})
    scrolls = True
    BINDINGS = [
        Binding("o", "order", "order: error / row"),
        Binding("i", "pictures", "pictures / table"),
        Binding("enter", "data_settings", "noise, split, batch ..."),
    ]

    def __init__(self) -> None:
        super().__init__()
        self.head, self.lines = Lines(), Lines()
        self.head.styles.height = 1
        self.by_error = False
        self._order_chosen = False  # by its key; else the step decides
        self._rank: npt.NDArray[np.int64] | None = None  # rows by their errors, when time last stood still
        self.gallery = ImageGrid(self.scroll)
        self.as_pictures: bool | None = None  # None: whatever suits the data and the room
        self._in_pictures = False
        self._chosen = False  # a row, whose picture other panes are to show

    def compose(self) -> ComposeResult:
        yield self.head
        yield self.lines
        yield self.gallery

    def scroll(self, by: int) -> None:
        if self._in_pictures:
            self.gallery.walk(by)
            self._chosen = True
        else:
            self.lines.scroll(by)
        self.changed()

    def action_order(self) -> None:
        self.by_error, self._order_chosen = not self.by_error, True
        self.lines.scroll(-LARGEST_DATA)
        self.gallery.at = 0
        self.changed()

    def action_pictures(self) -> None:
        if self.view is not None and self.view.focused.timeline.plan.examples.picture is None:
            self.tell("The inputs of these rows are no pictures (data.picture = [rows, columns] would say so).")
            return
        self.as_pictures = not self._in_pictures
        self.changed()

    def action_data_settings(self) -> None:
        self.context.carry_out(ShowSettings(SETTINGS))

    def _shows_pictures(self, plan: Plan) -> bool:
        pictures = self.as_pictures
        if pictures is None:
            pictures = self.gallery.suits(plan, *self.content_size)
        self._in_pictures = pictures = pictures and plan.examples.picture is not None
        self.gallery.display, self.head.display, self.lines.display = pictures, not pictures, not pictures
        return pictures

    def _ranked(self, view: View, sizes: Array) -> npt.NDArray[np.int64]:
        """The rows, the largest error first; while time moves they stay where they are, to be followed by eye."""
        if not view.playing or self._rank is None or len(self._rank) != len(sizes):
            self._rank = np.argsort(-sizes, kind="stable")
        return self._rank

    def update_from(self, view: View) -> None:
        self.view = view
        self.title_with_run(view)
        track = view.focused
        step = view.step_of(track)
        plan = track.timeline.plan
        if not self._order_chosen:
            self.by_error = step > 0
        found = in_units(plan, track.evaluation(step))
        trainer = track.asked_at(step, view.phase_of(track))
        parts = np.full(plan.examples.rows, TRAINING)
        parts[trainer.validation_rows], parts[trainer.test_rows] = VALIDATION, TEST
        errors = found.predictions - found.targets
        worst = np.argmax(np.nan_to_num(np.abs(errors), nan=np.inf), axis=1)
        rows = np.arange(plan.examples.rows)
        sizes = np.nan_to_num(np.abs(errors[rows, worst]), nan=np.inf)
        order = self._ranked(view, sizes) if self.by_error else rows
        if self._shows_pictures(plan):
            words = self.gallery.show_rows(plan, found, order, worst, parts, self.content_size)
            self.set_reading(
                " · ".join([words[0], "largest error first" if self.by_error else "in their order", *words[1:]])
            )
            if self._chosen:
                self._chosen = False
                self.post_message(self.RowChosen(self, int(order[self.gallery.at])))
            return
        table = RowTable(plan, found, worst, loss_shares(plan, found, parts), parts, self.content_size.width)
        self.head.show([table.head()])
        self.lines.show(LazyRows(order, table.line))
        examples, parts_of_reading = plan.examples, []
        # What the table does not say by itself comes first, so that there is room for it.
        for mark, use in ((VALIDATION, "validation"), (TEST, "test")):
            if count := int((parts == mark).sum()):
                parts_of_reading.append(f"{mark}: {count:,} {use}")
        if ends := examples.ends:
            parts_of_reading.append("answer: " + ", ".join(f"{value:g} {name}" for value, name in ends))
        if examples.targets.shape[1] > 1:
            parts_of_reading.append(f"{'error' if examples.one_hot else 'worst'}: the output furthest off")
        sorted_by = ("largest error first", "by error") if self.by_error else ("in their order", "by row")
        room = self.outer_size.width - AROUND_READING
        parts_of_reading.append(sorted_by[len(" · ".join([*parts_of_reading, sorted_by[0]])) > room])
        parts_of_reading.append(self.lines.reading or f"{examples.rows:,} rows")
        self.set_reading(" · ".join(parts_of_reading))
