"""What a plot shows, as frozen values; nothing here knows a terminal, Textual or plotext."""

from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

Values = NDArray[np.floating[Any]]
Kind = Literal["line", "points", "path"]


@dataclass(frozen=True, eq=False)
class Curve:
    """One named series: its colour and its marker both follow from `style`.

    Raises: ValueError where arrays differ in length.
    """

    name: str  # what the legend calls it
    x: Values  # positions, shape (n,); ascending for kind "line"
    low: Values  # smallest value at each position, shape (n,). A value that is not finite is a gap
    # Largest value at each position, shape (n,); None where each position holds one value.
    high: Values | None = None
    style: int = 0  # 0, 1, 2, ...; equal numbers look equal in every plot
    # "line" joins the points in order of x, "points" marks them only, "path" joins them in the order given and
    # marks where it starts and ends.
    kind: Kind = "line"
    faint: bool = False  # drawn behind the others, without markers; with a place in the legend where it has a sign
    sign: str = ""  # what stands for a faint curve in the legend, in place of a marker
    # Of less weight than the others, as what is not in focus: behind them, darker, with fewer markers. What is
    # faint, too, is darker than what else is.
    dim: bool = False
    # What hollow markers stand for, as "validation"; those of the same style are its partner's. Unless the name
    # begins with it, the legend says it once for all of them.
    hollow: str = ""
    # The position up to which a line stands out; what lies beyond is faint. None: all of it stands out.
    passed: float | None = None
    # Where the line runs within low and high, shape (n,), of a figure that jumps: these are a shade behind it then.
    # None: they are joined themselves.
    middle: Values | None = None
    # A place from 0 to 1 in a row of curves, as of layers: its colour is one of a ramp then. None: that of `style`.
    shade: float | None = None

    def __post_init__(self) -> None:
        given = [name for name in ("x", "low", "high", "middle") if getattr(self, name) is not None]
        for name in given:
            object.__setattr__(self, name, np.asarray(getattr(self, name), np.float64).ravel())
        lengths = {len(getattr(self, name)) for name in given}
        if len(lengths) != 1:
            raise ValueError(f"curve {self.name!r}: x, low and high differ in length: {sorted(lengths)}")

    @property
    def top(self) -> Values:
        """The largest value at each position, shape (n,)."""
        return self.low if self.high is None else self.high

    @property
    def line(self) -> "Curve":
        """What is joined of it."""
        return self if self.middle is None else replace(self, low=self.middle, high=None, middle=None)


@dataclass(frozen=True)
class AxisMark:
    """An event at a place on the x axis: a glyph, and a label where there is room for it."""

    x: float
    label: str = ""
    glyph: str = ""
    kind: str = ""  # what the legend calls all marks of this glyph; "" leaves it out there
    plain: str = ""  # the glyph where there is nothing but ASCII
    of: str = ""  # whose they are, which the legend says where it has room


class Arrow(Struct, frozen=True):
    """What leads away from a place of a plot, drawn at its true length where that can be seen."""

    name: str  # what the legend calls it
    # x, y: where it begins.
    x: float
    y: float
    # right, up: how far it leads, in the units of the axes.
    right: float
    up: float
    letter: str  # stands beside its tip and in the legend


@dataclass(frozen=True, eq=False)
class Chart:
    """Curves over two labelled axes."""

    curves: tuple[Curve, ...] = ()  # drawn in this order, the last one on top
    # x_range, y_range: (low, high) fixed limits; None lets the axis grow in round steps.
    x_range: tuple[float, float] | None = None
    y_range: tuple[float, float] | None = None
    # (low, high) that the y axis is to enclose, where that is not all of the curves; what is cut off is said in the
    # legend.
    y_extent: tuple[float, float] | None = None
    # log_x, log_y: logarithmic axes; what is not positive is left out and counted in the legend row.
    log_x: bool = False
    log_y: bool = False
    x_label: str = ""
    y_label: str = ""
    cursor_x: float | None = None  # where the vertical line of the cursor stands; None draws none
    crosshair_x: float | None = None  # where that of the crosshair stands, with a marker where each curve passes it
    marks: tuple[AxisMark, ...] = ()  # events along the x axis
    note: str = ""  # a remark on the whole, in the legend where there is room
    named_at_ends: bool = False  # whether lines have their names at their ends, where all of them have room there
    empty: str = "nothing to show yet"  # what to say where no curve has a finite value


class Bar(Struct, frozen=True):
    """A named value; `note` (for example "vanishing") stands behind its number and draws it as a warning.

    `beside` is a second reading, which stands behind both.
    """

    name: str
    value: float
    note: str = ""
    style: int = 0
    beside: str = ""
    shade: float | None = None  # its place from 0 to 1 in a row of bars, as of layers


class Bars(Struct, frozen=True):
    """Named values as bars, one a row, each with its number written out."""

    bars: tuple[Bar, ...] = ()  # from top to bottom; those for which there is no row are counted in the last one
    log: bool = False  # lengths follow the logarithm of the magnitude; zero has no bar
    # The values of an empty and of a full bar; None lets them grow in round steps.
    limits: tuple[float, float] | None = None
    unit: str = ""  # what the numbers are, written beside the scale
    empty: str = "nothing to show yet"


@dataclass(frozen=True, eq=False)
class Contours:
    """Level lines of a function of two variables, with curves (paths, points) over them."""

    values: Values  # shape (rows, columns); row 0 belongs to the low end of `y_range`, column 0 to `x_range`'s
    # x_range, y_range: what the outermost columns and rows stand for.
    x_range: tuple[float, float]
    y_range: tuple[float, float]
    levels: tuple[float, ...] | None = None  # the values whose lines are drawn; None picks round ones
    curves: tuple[Curve, ...] = ()  # drawn over the lines, in the units of the axes
    x_label: str = ""
    y_label: str = ""
    empty: str = "nothing to show yet"
    arrows: tuple[Arrow, ...] = ()  # directions, drawn over everything else

    def __post_init__(self) -> None:
        object.__setattr__(self, "values", np.atleast_2d(np.asarray(self.values, dtype=np.float64)))
        if self.values.ndim != 2:
            raise ValueError(f"contours need a 2-D array, not shape {self.values.shape}")


@dataclass(frozen=True, eq=False)
class Heat:
    """A function of two variables as a heat map, with the rows of a data set on it."""

    # Shape (rows, columns) at the places that `screens.plots.heat.grid` gives for the size; row 0 belongs to the
    # low end of `y_range`, column 0 to `x_range`'s.
    values: Values
    x_range: tuple[float, float]
    y_range: tuple[float, float]
    scale: tuple[float, float] = (0.0, 1.0)  # what the lowest and the highest tone stand for
    fitted: bool = False  # whether the scale is narrower than what the values could be, which the legend says
    threshold: float = 0.5  # the value whose line is drawn, and that parts the two tones of `discretized`
    discretized: bool = False
    # points_x, points_y: where the rows lie, shape (n,).
    points_x: Values = field(default_factory=lambda: np.empty(0))
    points_y: Values = field(default_factory=lambda: np.empty(0))
    # Whether a row's target is above the threshold.
    points_high: NDArray[np.bool_] = field(default_factory=lambda: np.empty(0, dtype=bool))
    # Whether its answer is wrong; empty where none can be.
    points_wrong: NDArray[np.bool_] = field(default_factory=lambda: np.empty(0, dtype=bool))
    # Whether it is not trained on; empty where all are.
    points_held: NDArray[np.bool_] = field(default_factory=lambda: np.empty(0, dtype=bool))
    held_name: str = "validation"  # what the legend calls rows that are not trained on
    classes: tuple[str, str] = ("low", "high")  # what the legend calls low and high targets
    x_label: str = ""
    y_label: str = ""
    empty: str = "nothing finite to show"
    cross: tuple[float, float] | None = None  # a place that is marked
    grabbed: bool = False  # whether a row is moved along with it


class CellAxis(Struct, frozen=True):
    """An axis of cells of equal width: the limits of a range, or a name for each cell."""

    label: str
    cells: int
    limits: tuple[float, float] | None = None  # from the edge of the first cell to that of the last
    log: bool = False
    names: tuple[str, ...] = ()  # where there are no limits


class CellMap(Struct, frozen=True, eq=False):
    """A figure over two settings, cell by cell; cells that have failed, and those that nothing is known of."""

    values: Values  # shape (rows, columns), row 0 at the bottom; NaN where there is none
    failed: NDArray[np.bool_]  # likewise: drawn as such, whatever their value
    known: NDArray[np.bool_]  # likewise: what is not is left blank
    x: CellAxis
    y: CellAxis
    figure: str  # what the tones stand for
    log: bool = False  # whether the tones follow its logarithm
    cursor: tuple[int, int] | None = None  # (column, row)
    failure: str = "diverged"
    empty: str = "nothing is trained yet"


class ParallelAxis(Struct, frozen=True):
    """One of several upright axes: what it is called, and labels at places from 0, below, to 1."""

    label: str
    ticks: tuple[tuple[float, str], ...] = ()


class ParallelCoordinates(Struct, frozen=True, eq=False):
    """Axes side by side, and lines that cross each of them at a place of their own."""

    axes: tuple[ParallelAxis, ...]
    places: Values  # shape (lines, axes), from 0 to 1; drawn in this order, the last one on top
    shades: Values  # shape (lines,), from 0 to 1: the colour of each, one of a ramp; NaN for those that have failed
    cursor: int | None = None  # the line that is marked
    note: str = ""  # what the colours are, and what is left out
    empty: str = "nothing is trained yet"


class Images(Struct, frozen=True, eq=False):
    """Small pictures of one shape in a grid, each with a caption below it."""

    pictures: Values  # shape (count, rows, columns), row 0 at the top
    captions: tuple[str, ...] = ()  # one each
    roles: tuple[str, ...] = ()  # what each is written in, "text" where there are none
    scale: tuple[float, float] = (0.0, 1.0)  # what the lowest and the highest tone stand for
    signed: bool = False  # whether values are told apart by their sign; the scale then lies evenly around 0
    marked: int | None = None  # which one the cursor is on
    count: int = 0  # for how many pictures in all room is shared out; 0 for those that are given
    widest: int = 0  # columns that the longest caption takes, of those that are not given, too
    label: str = ""  # what the values are, on a line with the scale above the pictures; "" has no such line
    empty: str = "too small to show pictures"


class Units(Struct, frozen=True, eq=False):
    """The units of one layer in a diagram, or the inputs."""

    title: str  # what stands above them
    # names, values: of the units shown, from top to bottom.
    names: tuple[str, ...]
    values: Values
    biases: Values | None = None  # likewise, None where there are none
    # more_above, more_below: how many are folded away.
    more_above: int = 0
    more_below: int = 0
    picked: int | None = None  # which of those shown is marked


class Diagram(Struct, frozen=True, eq=False):
    """Units in columns, and the weights between neighbouring columns as lines."""

    units: tuple[Units, ...] = ()  # from the left to the right
    weights: tuple[Values, ...] = ()  # between each column and the next, (units left, units right)
    picked: tuple[int, int, int] | None = None  # (gap, unit left, unit right) of the weight that is marked
    # before, after: how many columns are folded away on either side.
    before: int = 0
    after: int = 0
    label: str = "w"  # what the lines stand for
    unit_label: str = "units"  # what the values of units are
    empty: str = "nothing to show yet"
    inset: Images | None = None  # a picture of what goes through, at the right where there is room

    @property
    def scale(self) -> float:
        """The largest magnitude of a weight, which the thickest line stands for."""
        return _largest(self.weights)

    @property
    def unit_scale(self) -> float:
        """The largest magnitude of a unit's value, for which it is drawn full; inputs have no part in it."""
        return _largest(tuple(one.values for one in self.units[self.before == 0 :]))


def _largest(values: tuple[Values, ...]) -> float:
    sizes = [np.abs(one[np.isfinite(one)]) for one in values]
    return max((float(one.max()) for one in sizes if one.size), default=0.0)


class Matrix(Struct, frozen=True, eq=False):
    """A matrix of signed values, a cell each, or a cell for several where it is larger than the plot."""

    values: Values  # shape (rows, columns)
    row_names: tuple[str, ...] = ()  # of all rows; columns are numbered from `first_column` on
    first_column: int = 1
    picked: tuple[int, int] | None = None  # (row, column) that is marked
    label: str = "w"  # what the values are
    inset: Images | None = None  # a picture of what the matrix meets, at the right where there is room


class MapRow(Struct, frozen=True, eq=False):
    """Pictures of one shape beside each other, under a line that says what they are."""

    title: str
    pictures: Values  # shape (count, rows, columns), row 0 at the top
    scale: tuple[float, float] = (0.0, 1.0)  # what the lowest and the highest tone stand for
    signed: bool = False  # whether values are told apart by their sign; the scale then lies evenly around 0
    reach: str = ""  # what is said of the scale behind the title, where there is room


class MapRows(Struct, frozen=True, eq=False):
    """Rows of pictures below each other, each in as many lines as it takes, in common columns."""

    rows: tuple[MapRow, ...]
    inset: Images | None = None  # what goes in, at the right where there is room
    empty: str = "too small to show pictures"
