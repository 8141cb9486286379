"""Grids of pictures: rows of data whose inputs are pixels, weights of units that read them, feature maps."""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
from textual import events

from nnsim.nn.arrays import Array
from nnsim.nn.layers import Convolution, Dense, Pooling
from nnsim.scenario.plan import Plan
from nnsim.training.records import Evaluation
from nnsim.training.trainer import Trainer
from screens.plots import Images, MapRow, MapRows, PlotWidget, number
from screens.plots.images import Shape, Tiling, image_at, tiling

Order = npt.NDArray[np.int64]

WRONG = "WRONG"
USES = (("v", "validation"), ("t", "test"))  # how rows are marked that are not trained on
WIDEST_CAPTION = 16
LEAST_PICTURES = 3  # pictures beside each other or below; where there is room for fewer, the table says more
MOST_SHARES = 3  # answers of one row


def pictures_of(plan: Plan, rows: Order) -> Array:
    """The inputs of rows as pictures, (rows, rows of pixels, columns of pixels)."""
    assert plan.examples.picture is not None
    found: Array = plan.examples.inputs[rows].reshape(len(rows), *plan.examples.picture)
    return found


class AnswerCaptions:
    """Captions with the network's answers to rows."""

    def __init__(self, plan: Plan, found: Evaluation, worst: Order, unicode: bool = True) -> None:
        """Args: worst: for each row the output whose error is largest, (rows,)."""
        self._plan, self._found, self._worst = plan, found, worst
        self._arrow, self._cross = ("→", "✗") if unicode else (">", "X")
        examples = plan.examples
        self._names = examples.classes or ("0", "1")
        self._classes = examples.one_hot or (
            plan.accuracy_applies and examples.labels is not None and len(self._names) == 2
        )

    @property
    def widest(self) -> int:
        if not self._classes:
            return WIDEST_CAPTION - 4
        return min(2 * max(map(len, self._names)) + 5, WIDEST_CAPTION)

    def wrong(self, row: int) -> bool:
        return self._found.right is not None and not bool(self._found.right[row])

    def answer(self, row: int, room: int = 200) -> str:
        """Target and answer of a row, `4→9`, each cut to its share of the room."""
        examples, output = self._plan.examples, int(self._worst[row])
        if examples.one_hot:
            target, answer = int(examples.targets[row].argmax()), int(self._found.scored[row].argmax())
        elif self._classes:
            assert examples.labels is not None
            target = int(examples.labels[row])
            answer = 1 - target if self.wrong(row) else target
        else:
            wanted, given = self._found.targets[row, output], self._found.predictions[row, output]
            return f"{number(float(wanted))}{self._arrow}{number(float(given))}"
        each = max(1, (room - 5) // 2)
        return f"{self._names[target][:each]}{self._arrow}{self._names[answer][:each]}"

    def caption(self, row: int, mark: str, room: int) -> str:
        """The caption of a row: target and answer, whether that is wrong, and the row's use."""
        text, mark = self.answer(row, room), f" {mark}" if mark.strip() else ""
        if not self.wrong(row):
            return text + mark
        tries = (f"{text} {WRONG}{mark}", f"{text} {self._cross}{mark}")
        return next((one for one in tries if len(one) <= room), f"{text}{self._cross}{mark.strip()}")

    def reading(self, row: int) -> str:
        """One row: its number, target and answer."""
        return f"row {row + 1:,}: {self.answer(row)}{f' {WRONG}' if self.wrong(row) else ''}"

    def shares(self, row: int) -> str:
        """The largest outputs of a one-hot row."""
        if not self._plan.examples.one_hot:
            return ""
        values = self._found.predictions[row]
        best = np.argsort(-np.nan_to_num(values, nan=-np.inf), kind="stable")[:MOST_SHARES].tolist()
        return ", ".join(f"{self._names[one]}: {number(float(values[one]))}" for one in best)


class ImageGrid(PlotWidget):
    """Pictures in a grid; a cursor walks over them, and the grid scrolls with it."""

    def __init__(self, chosen: Callable[[int], None]) -> None:
        """Args: chosen: called with how far to scroll to the picture that was clicked."""
        super().__init__(Images(np.empty((0, 1, 1))))
        self._chosen = chosen
        self.at = 0  # which in the order the cursor is on
        self._first = 0  # row of the grid that is seen first

    def walk(self, by: int) -> None:
        self.at += by

    def on_click(self, event: events.Click) -> None:
        picture, unicode = self.picture, self.look.unicode
        if isinstance(picture, Images) and picture.marked is not None:
            clicked = image_at(picture, *self.content_size, (event.x, event.y), unicode)
            if clicked is not None:
                self._chosen(clicked - picture.marked)

    def suits(self, plan: Plan, width: int, height: int) -> bool:
        shape = plan.examples.picture
        if shape is None:
            return False
        layout = tiling(shape, width, height, plan.examples.rows, 0, self.look.unicode)
        return layout is not None and layout.room >= min(LEAST_PICTURES, plan.examples.rows)

    def show_rows(
        self,
        plan: Plan,
        found: Evaluation,
        order: Order,
        worst: Order,
        parts: npt.NDArray[np.str_],
        size: tuple[int, int],
    ) -> list[str]:
        """Draws rows in an order, as many as there is room for.

        Args: worst: each row's output with the largest error. parts: the use of each row, " " for training.
        Returns: the reading: the row under the cursor, which of how many are visible, its largest outputs, the
        marks.
        """
        shape = plan.examples.picture
        assert shape is not None
        answers = AnswerCaptions(plan, found, worst, self.look.unicode)
        layout, visible = self._laid_out(shape, size, len(order), answers.widest)
        rows = order[visible]
        room = layout.width if layout else 0
        marks = parts[rows].tolist()
        self.show(
            Images(
                pictures_of(plan, rows),
                tuple(answers.caption(row, mark, room) for row, mark in zip(rows.tolist(), marks, strict=True)),
                tuple(
                    "warning" if answers.wrong(row) else "axis" if mark.strip() else "text"
                    for row, mark in zip(rows.tolist(), marks, strict=True)
                ),
                scale=plan.examples.pixel_range,
                marked=self.at - visible.start,
                count=len(order),
                widest=answers.widest,
            )
        )
        here, place = int(order[self.at]), f"{len(order):,} rows"
        if len(rows) < len(order):
            place = f"{visible.start + 1:,}-{visible.start + len(rows):,} of {len(order):,}"
        marked = [f"{mark}: {apart:,} {use}" for mark, use in USES if (apart := int((parts == mark).sum()))]
        return [answers.reading(here), place, *filter(None, [answers.shares(here)]), *marked]

    def show_weights(
        self, layer: Dense | Convolution, flat: Array, shape: Shape, size: tuple[int, int]
    ) -> list[str]:
        """Draws the weights of every unit of the first layer as a picture, or every kernel of a convolution.

        Args: flat: the parameters of the network.  Returns: the reading: the unit under the cursor, which of how
        many are visible.
        """
        weights, (width, height), called = layer.weights(flat), size, "unit"
        if isinstance(layer, Convolution):  # the picture that it reads has one channel
            called = "filter"
        count = weights.shape[1]
        finite = weights[np.isfinite(weights)]
        largest = float(np.abs(finite).max(initial=0.0)) or 1.0
        widest = len(f"{called} {count}")
        _, visible = self._laid_out(shape, (width, height - 1), count, widest)
        units = range(*visible.indices(count))
        self.show(
            Images(
                np.array(weights[:, visible].T).reshape(len(units), *shape),
                tuple(f"{called} {unit + 1}" for unit in units),
                scale=(-largest, largest),
                signed=True,
                marked=self.at - visible.start,
                count=count,
                widest=widest,
                label=f"{layer.name} weights",
            )
        )
        own = weights[:, self.at]
        reading = f"{called} {self.at + 1}: {number(float(own.min()))} to {number(float(own.max()))}"
        all_units = f"{count:,} {called}s"
        if len(units) < count:
            all_units = f"{visible.start + 1:,}-{visible.start + len(units):,} of {all_units}"
        return [reading, all_units]

    def _laid_out(
        self, shape: Shape, size: tuple[int, int], count: int, widest: int
    ) -> tuple[Tiling | None, slice]:
        self.at = max(0, min(self.at, count - 1))
        layout = tiling(shape, *size, count, widest, self.look.unicode)
        if layout is None:
            return None, slice(self.at, self.at + 1)
        # Those around the cursor, as near to those before as can be.
        here, last = self.at // layout.columns, -(-count // layout.columns) - layout.rows
        self._first = max(0, min(max(self._first, here - layout.rows + 1), here, last))
        return layout, slice(self._first * layout.columns, self._first * layout.columns + layout.room)


def picture_of_row(plan: Plan, row: int) -> Images | None:
    """The picture of one row; None where its inputs are none."""
    if plan.examples.picture is None:
        return None
    return Images(pictures_of(plan, np.array([row])), (f"row {row + 1}",), scale=plan.examples.pixel_range)


def feature_maps(plan: Plan, trainer: Trainer, row: int) -> MapRows:
    """The kernels of the first layer that has them, and the maps of every layer for one row."""
    outputs = trainer.outputs(plan.examples.inputs[row : row + 1])
    return _rows(plan, trainer.parameters, {name: one[0] for name, one in outputs.items()}, row, "", "")


def slope_maps(plan: Plan, trainer: Trainer, row: int, column: int | None) -> MapRows:
    """The gradient of the kernels, and dC/dz of every map: of one row of the batch, or summed over all its rows."""
    deltas: dict[str, Array] = {}
    if trainer.entered is not None:
        for one in trainer.entered.walk():
            deltas[one.layer.name] = one.delta.sum(axis=1) if column is None else one.delta[:, column]
    return _rows(plan, trainer.gradient, deltas, row, "dC/dw of ", "dC/dz of ")


def _rows(plan: Plan, flat: Array, values: dict[str, Array], row: int, of_weights: str, of_maps: str) -> MapRows:
    found: list[MapRow] = []
    for layer in plan.network.walk():
        if not isinstance(layer, Convolution | Pooling):
            continue
        if isinstance(layer, Convolution) and not found and layer.before.channels == 1:
            kernels = layer.kernels(flat)[:, 0]
            title = f"{of_weights}{layer.name}: {layer.filters} kernels of {layer.kernel} x {layer.kernel}"
            found.append(_row(title, kernels, signed=True))
        channels, down, across = layer.after
        maps = values.get(layer.name, np.full(layer.units, np.nan)).reshape(layer.after)
        title = f"{of_maps}{layer.name}: {channels} map{'s' * (channels > 1)} of {down} x {across}"
        found.append(_row(title, maps, signed=bool(of_maps) or bool((maps < 0).any())))
    return MapRows(tuple(found), inset=picture_of_row(plan, row))


def _row(title: str, pictures: Array, signed: bool) -> MapRow:
    finite = pictures[np.isfinite(pictures)]
    largest = float(np.abs(finite).max(initial=0.0))
    scale = (-largest or -1.0, largest or 1.0) if signed else (0.0, largest or 1.0)
    reach = f"{number(-largest)} to {number(largest)}" if signed else f"0 to {number(largest)}"
    return MapRow(title, np.asarray(pictures, np.float64), scale, signed, reach if finite.size else "")
