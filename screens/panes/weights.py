"""The weights of every layer: a histogram now, a ridge of past ones, and the units that no longer learn."""

from typing import ClassVar

import numpy as np
from rich.style import Style
from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from nnsim.analysis.walk import Walk
from nnsim.analysis.weight_histograms import UnitCount, histogram, unit_counts
from nnsim.arrays import Array
from nnsim.nn.network import Dense
from nnsim.session.view import TrackView, View
from nnsim.timeline import Timeline
from screens.panes.availability import INSIDE
from screens.panes.earlier_steps import EarlierSteps
from screens.panes.image_grid import ImageGrid
from screens.panes.pane import LinesPane
from screens.plots import Axis, Look, look_of, number, round_axis
from screens.plots.images import Shape

PAST = 16  # rows of the ridge at most
TALLEST = 10  # rows of the present histogram at most
MOST_BINS = 60
BLOCKS, ASCII_BLOCKS = " ▁▂▃▄▅▆▇█", " .:-=+*#%"
ASCII_STACK = "  ...:::#"  # parts of a cell that stands on others


def ridge_steps(step: int, count: int, per_epoch: int = 1) -> list[int]:
    """At most `count` steps before this one, from 0 on, most of which stay as the cursor moves on.

    They are a power of two apart, in epochs where there are enough of them, else in steps.
    """
    if count < 1 or step < 1:
        return []
    apart = per_epoch if step >= count * per_epoch else 1
    while -(-step // apart) > count:
        apart *= 2
    return list(range(0, step, apart))


class WeightsPane(LinesPane):
    """Histograms of the focused run's weights over time."""

    kind = "weights"
    needs = INSIDE
    BINDINGS: ClassVar[list[BindingType]] = [Binding("i", "pictures", "pictures / histograms")]

    def __init__(self) -> None:
        super().__init__()
        self.gallery = ImageGrid(self.scroll)
        self.as_pictures = False
        self._shape: Shape | None = None  # of the pictures that the first layer reads
        self._axes: dict[str, Axis] = {}
        self._timeline: Timeline | None = None
        self._rows = 0  # of the ridge
        self.retracing = EarlierSteps(self._walk)
        self._stopped = False

    def compose(self) -> ComposeResult:
        yield from super().compose()
        yield self.gallery

    def forget(self) -> None:
        self._axes.clear()

    def scroll(self, by: int) -> None:
        if self._shape and self.as_pictures:
            self.gallery.walk(by)
            self.changed()
        else:
            super().scroll(by)

    def action_pictures(self) -> None:
        """From histograms to the weights of the first layer as pictures, and back."""
        if self._shape is None:
            self.tell("The first layer reads no pictures (data.picture = [rows, columns] would say so).")
            return
        self.as_pictures = not self.as_pictures
        self.changed()

    def _walk(self, timeline: Timeline) -> Walk:
        per_epoch = timeline.steps_per_epoch
        return Walk(timeline, 4 * PAST, lambda step: ridge_steps(step, self._rows, per_epoch) or [0])

    def cancel(self) -> bool:
        on_the_way = not self._stopped and self.retracing.complete < 1.0
        if on_the_way:
            self._stopped = True
            self.changed()
        return on_the_way

    def update_from(self, view: View) -> None:
        self.title_with_run(view)
        track = view.focused
        if track.timeline is not self._timeline:
            self.forget()
            self._timeline, self._stopped = track.timeline, False
        plan, step = track.timeline.plan, view.step_of(track)
        layers = plan.network.layers
        shape = plan.examples.picture
        self._shape = shape if shape and shape[0] * shape[1] == layers[0].inputs else None
        pictures = self.as_pictures and self._shape is not None
        self.gallery.display, self.lines.display = pictures, not pictures
        if pictures and self._shape:
            parameters = track.trainer_at(step).parameters
            self.set_reading(
                " · ".join(self.gallery.show_weights(layers[0], parameters, self._shape, self.content_size))
            )
            return
        width, height = self.content_size
        share = max(height, 1) // len(layers)
        tall = max(1, min((share - 2) // 3, TALLEST))
        self._rows = min(PAST, share - 2 - tall)
        self.retracing.look(view)
        if self.retracing.waits and not self._stopped:
            self.run_worker(self.retracing.complete_it(lambda: self.display and not self._stopped, self.changed))
        past = self._ridge(track, step, self._rows)
        trainer = track.trainer_at(step)
        counts = unit_counts(trainer)
        look = look_of(self.app)
        lines: list[Text] = []
        for index, (layer, count) in enumerate(zip(layers, counts, strict=True)):
            row = LayerRow(layer, index, width, look)
            rows = [(at, layer.weights(flat).ravel()) for at, flat in past]
            now = layer.weights(trainer.parameters).ravel()
            axis = self._axes[layer.name] = row.axis([*(values for _, values in rows), now], self._axes)
            lines.append(row.head(now, count, axis if share < 3 else None))
            if share < 3:
                lines.append(row.ridge("now", now, axis))
                continue
            per_epoch = track.timeline.steps_per_epoch
            lines += [row.ridge(_epoch(at, per_epoch, row.label), values, axis) for at, values in rows]
            lines += row.tall(now, axis, tall)
            lines.append(row.scale(axis))
        self.lines.show(lines)
        told = [_verdict(counts)]
        if counts and counts[0].rows < plan.examples.rows:
            told.append(f"in {counts[0].rows:,} of {plan.examples.rows:,} rows")
        if (known := self.retracing.complete) < 1.0 and not self._stopped:
            told.insert(0, f"earlier steps, {int(100 * known)}% · esc stops")
        self.set_reading(" · ".join(filter(None, [*told, self.lines.reading])))

    def _ridge(self, track: TrackView, step: int, count: int) -> list[tuple[int, Array]]:
        """Parameters at a few past steps, as far as they are known."""
        walk = self.retracing.walk_of(track.timeline)
        steps = walk.steps(step) if count > 0 else []
        return list(zip(steps, walk.at(steps), strict=True)) if steps else []


def _epoch(step: int, per_epoch: int, room: int) -> str:
    told = f"{step // per_epoch:,}" if step % per_epoch == 0 else f"{step / per_epoch:.1f}"
    return f"epoch {told}" if room >= 6 + len(told) else told


def _verdict(counts: list[UnitCount]) -> str:
    """What the lower edge says of all layers together."""
    dead = sum(one.dead or 0 for one in counts)
    stuck = sum(one.stuck or 0 for one in counts)
    told = [f"{dead} unit{'s' * (dead != 1)} dead"] if any(one.dead is not None for one in counts) else []
    if any(one.stuck is not None for one in counts):
        told.append(f"{stuck} unit{'s' * (stuck != 1)} saturated in every row")
    return " · ".join(told)


class LayerRow:
    """Lines about one layer, for a width and a look."""

    def __init__(self, layer: Dense, index: int, width: int, look: Look) -> None:
        self.layer, self.width, self.look = layer, width, look
        self.label = 12 if width >= 56 else 6
        self.room = max(width - self.label - 1, 8)
        self.style: Style = look.style(f"curve:{index}")
        self.cells = -(-self.room // MOST_BINS)  # of a bin
        self.bins = self.room // self.cells

    def axis(self, rows: list[Array], before: dict[str, Axis]) -> Axis:
        """The range of all rows, in round steps, as it was while it still fits."""
        values = np.concatenate(rows)
        finite = values[np.isfinite(values)]
        low, high = (float(finite.min()), float(finite.max())) if finite.size else (-1.0, 1.0)
        return round_axis(min(low, 0.0), max(high, 0.0), False, before.get(self.layer.name))

    def head(self, values: Array, count: UnitCount, axis: Axis | None = None) -> Text:
        """The layer's name, its number of weights, and its units that no longer learn.

        Args: axis: what the histogram below reaches over, where no scale is written under it.
        """
        finite = values[np.isfinite(values)]
        line = Text(f"{self.layer.name}: {values.size:,} weight{'s' if values.size != 1 else ''}", "bold")
        if axis is None and self.width >= 72 and finite.size:
            line.append(f", {number(float(finite.min()))} to {number(float(finite.max()))}", "not bold")
            line.append(f", spread {number(float(finite.std()))}", "not bold")
        if finite.size < values.size:
            line.append(f", {values.size - finite.size} not finite", "bold reverse")
        if count.dead is not None:
            line.append(", ", "not bold")
            line.append(f"{count.dead} of {count.units} dead", "bold reverse" if count.dead else "not bold")
        if count.stuck is not None and count.saturated is not None:
            line.append(f", {count.saturated:.0%} saturated", "not bold")
            if count.stuck:
                line.append(", ", "not bold")
                line.append(f"{count.stuck} of {count.units} units in every row", "bold reverse")
        reach = "" if axis is None else f", {number(axis.low)} to {number(axis.high)}"
        if reach and line.cell_len + len(reach) <= self.width:
            line.append(reach, "not bold")
        return line

    def _heights(self, values: Array, axis: Axis, rows: int) -> Array:
        """Eighths of a cell for every column, (columns,); what is not empty has one at least."""
        counts = histogram(values, axis.low, axis.high, self.bins).counts
        top = counts.max()
        eighths = 8 * rows - (rows == 1)  # a row of the ridge stays below the one above it
        return np.repeat(np.ceil(counts / top * eighths) if top > 0 else counts, self.cells).astype(int)

    def ridge(self, label: str, values: Array, axis: Axis) -> Text:
        """One row of the ridge."""
        blocks = BLOCKS if self.look.unicode else ASCII_BLOCKS
        line = Text(f"{label:>{self.label}} ", "bold" if label == "now" else "dim")
        line.append("".join(blocks[height] for height in self._heights(values, axis, 1)), self.style)
        line.stylize("not dim", self.label + 1)
        return line

    def tall(self, values: Array, axis: Axis, rows: int) -> list[Text]:
        """The present histogram, several rows high."""
        if rows == 1:
            return [self.ridge("now", values, axis)]
        blocks = BLOCKS if self.look.unicode else ASCII_STACK
        heights, lines = self._heights(values, axis, rows), []
        for row in range(rows - 1, -1, -1):
            line = Text(f"{'now' if row == 0 else '':>{self.label}} ", "bold")
            part = np.clip(heights - 8 * row, 0, 8)
            line.append("".join(blocks[height] for height in part), self.style + Style(bold=False))
            lines.append(line)
        return lines

    def scale(self, axis: Axis) -> Text:
        """The round values below the histogram: its ends, and 0."""
        columns = self.bins * self.cells
        low, high = number(axis.low), number(axis.high)
        cells = [" "] * columns
        cells[columns - len(high) :] = high
        cells[: len(low)] = low
        zero = min(int(-axis.low / (axis.high - axis.low) * columns), columns - 1)
        if len(low) < zero < columns - len(high) - 1:
            cells[zero] = "0"
        return Text(" " * (self.label + 1) + "".join(cells), "dim")
