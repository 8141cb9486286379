"""The weights of every layer: a histogram now, a ridge of past ones, and units that no longer learn."""

import numpy as np
from rich.style import Style
from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding

from nnsim.analysis.parameter_path import Walk
from nnsim.analysis.weight_histograms import UnitCount, histogram, unit_counts
from nnsim.nn.arrays import Array
from nnsim.nn.layers import Convolution, Dense
from nnsim.session.view import View
from nnsim.timeline import Timeline
from screens.panes.earlier_steps import EarlierSteps
from screens.panes.image_grid import ImageGrid
from screens.panes.pane import LinesPane
from screens.panes.pane_context import INSIDE
from screens.plots import Axis, Look, look_of, number, round_axis
from screens.plots.cells import cut
from screens.plots.images import Shape

PAST = 16  # rows of the ridge at most
TALLEST = 10  # rows of the present histogram at most
MOST_BINS = 60
BLOCKS, ASCII_BLOCKS = " ▁▂▃▄▅▆▇█", " .:-=+*#%"
ASCII_STACK = "  ...:::#"  # parts of a cell that stands on others


def ridge_steps(step: int, count: int, per_epoch: int = 1) -> list[int]:
    """At most `count` steps before this one, a power of two apart, so that most stay as the cursor moves on."""
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
    BINDINGS = [Binding("i", "pictures", "pictures / histograms")]

    def __init__(self) -> None:
        super().__init__()
        self.gallery = ImageGrid(self.scroll)
        self.as_pictures = False
        self._shape: Shape | None = None  # of the pictures that the first layer reads
        self._axes: dict[str, Axis] = {}
        self._timeline: Timeline | None = None
        self._rows = 0  # of the ridge
        self.earlier = EarlierSteps(
            self,
            lambda timeline: Walk(
                timeline, 4 * PAST, lambda step: ridge_steps(step, self._rows, timeline.steps_per_epoch) or [0]
            ),
        )

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
        if self._shape is None:
            self.tell("The first layer reads no pictures (data.picture = [rows, columns] would say so).")
            return
        self.as_pictures = not self.as_pictures
        self.changed()

    def cancel(self) -> bool:
        return self.earlier.stop()

    def update_from(self, view: View) -> None:
        self.title_with_run(view)
        track = view.focused
        if track.timeline is not self._timeline:
            self.forget()
            self._timeline = track.timeline
        plan, step = track.timeline.plan, view.step_of(track)
        layers = plan.network.weighted
        shape = plan.examples.picture
        self._shape = shape if shape and shape[0] * shape[1] == layers[0].inputs else None
        if isinstance(layers[0], Convolution):
            self._shape = (layers[0].kernel, layers[0].kernel)
        pictures = self.as_pictures and self._shape is not None
        self.gallery.display, self.lines.display = pictures, not pictures
        if pictures and self._shape:
            parameters = track.trainer_at(step).parameters
            self.set_reading(
                " · ".join(self.gallery.show_weights(layers[0], parameters, self._shape, self.content_size))
            )
            return
        width, height = self.content_size
        share = max(height - 1, 1) // len(layers)
        tall = max(1, min((share - 2) // 3, TALLEST))
        self._rows = min(PAST, share - 2 - tall)
        self.earlier.update(view)
        walk = self.earlier.walk_of(track.timeline)
        steps = walk.steps(step) if self._rows > 0 else []
        past = list(zip(steps, walk.at(steps), strict=True)) if steps else []
        before = track.trainer_at(step - 1).parameters.copy() if step else None
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
        if before is not None:
            lines.append(_moved(layers, before, trainer.parameters, width))
        self.lines.show(lines)
        parts = [_verdict(counts)]
        if counts and counts[0].rows < plan.examples.rows:
            parts.append(f"in {counts[0].rows:,} of {plan.examples.rows:,} rows")
        self.set_reading(" · ".join(filter(None, [self.earlier.progress, *parts, self.lines.reading])))


def _moved(layers: tuple[Dense | Convolution, ...], before: Array, now: Array, width: int) -> Text:
    """How far the last step has moved the weights of each layer, as a part of their length; about 1e-3 is usual."""
    parts = []
    for layer in layers:
        old = layer.weights(before).ravel()
        length = float(np.linalg.norm(old))
        moved = float(np.linalg.norm(layer.weights(now).ravel() - old))
        parts.append(f"{moved / length:.1e}" if length else "from 0")
    text = f"update / weights {', '.join(parts)}"
    usual = " (usual: near 1e-3)"
    return Text(cut(text + usual if len(text + usual) <= width else text, width), "dim")


def _epoch(step: int, per_epoch: int, room: int) -> str:
    epoch = f"{step // per_epoch:,}" if step % per_epoch == 0 else f"{step / per_epoch:.1f}"
    return f"epoch {epoch}" if room >= 6 + len(epoch) else epoch


def _verdict(counts: list[UnitCount]) -> str:
    dead = sum(one.dead or 0 for one in counts)
    stuck = sum(one.stuck or 0 for one in counts)
    parts = [f"{dead} unit{'s' * (dead != 1)} dead"] if any(one.dead is not None for one in counts) else []
    if any(one.stuck is not None for one in counts):
        parts.append(f"{stuck} unit{'s' * (stuck != 1)} saturated in every row")
    return " · ".join(parts)


class LayerRow:
    """Lines about one layer, for a width and a look."""

    def __init__(self, layer: Dense | Convolution, index: int, width: int, look: Look) -> None:
        self.layer, self.width, self.look = layer, width, look
        self.label = 12 if width >= 56 else 6
        self.room = max(width - self.label - 1, 8)
        self.style: Style = look.style(f"curve:{index}")
        self.cells = -(-self.room // MOST_BINS)  # of a bin
        self.bins = self.room // self.cells

    def axis(self, rows: list[Array], before: dict[str, Axis]) -> Axis:
        """The round range of all rows; the former one while it fits."""
        values = np.concatenate(rows)
        finite = values[np.isfinite(values)]
        low, high = (float(finite.min()), float(finite.max())) if finite.size else (-1.0, 1.0)
        return round_axis(min(low, 0.0), max(high, 0.0), False, before.get(self.layer.name))

    def head(self, values: Array, count: UnitCount, axis: Axis | None = None) -> Text:
        """The layer's name, its number of weights, and its units that no longer learn.

        Args: axis: of the histogram below, where no scale is written under it.
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
        """Eighths of a cell for every column, (columns,); at least one where it is not empty."""
        counts = histogram(values, axis.low, axis.high, self.bins).counts
        top = counts.max()
        eighths = 8 * rows - (rows == 1)  # a row of the ridge stays below the one above it
        return np.repeat(np.ceil(counts / top * eighths) if top > 0 else counts, self.cells).astype(int)

    def ridge(self, label: str, values: Array, axis: Axis) -> Text:
        blocks = BLOCKS if self.look.unicode else ASCII_BLOCKS
        line = Text(f"{label:>{self.label}} ", "bold" if label == "now" else "dim")
        line.append("".join(blocks[height] for height in self._heights(values, axis, 1)), self.style)
        line.stylize("not dim", self.label + 1)
        return line

    def tall(self, values: Array, axis: Axis, rows: int) -> list[Text]:
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
        columns = self.bins * self.cells
        low, high = number(axis.low), number(axis.high)
        cells = [" "] * columns
        cells[columns - len(high) :] = high
        cells[: len(low)] = low
        zero = min(int(-axis.low / (axis.high - axis.low) * columns), columns - 1)
        if len(low) < zero < columns - len(high) - 1:
            cells[zero] = "0"
        return Text(" " * (self.label + 1) + "".join(cells), "dim")
