"""What a plot shows, as frozen values; nothing here knows a terminal, Textual or plotext."""

from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.floating[Any]]
Kind = Literal["line", "points", "path"]


@dataclass(frozen=True, eq=False)
class Curve:
    """One named series: its colour and its marker both follow from `style`.

    Args:
        name: what the legend calls it.
        x: positions, shape (n,); ascending for kind "line".
        low: smallest value at each position, shape (n,). A value that is not finite is a gap.
        high: largest value at each position, shape (n,); None where each position holds one value.
        style: 0, 1, 2, ...; equal numbers look equal in every plot.
        kind: "line" joins the points in order of x, "points" marks them only, "path" joins them in the
            order given and marks where it starts and ends.
        faint: drawn behind the others, without markers; with a place in the legend where it has a sign.
        sign: what stands for a faint curve in the legend, in place of a marker.
        dim: of less weight than the others, as what is not in focus: behind them, darker, with fewer markers. What
            is faint, too, is darker than what else is.
        hollow: what hollow markers stand for, as "validation"; those of the same style are its partner's. Unless
            the name begins with it, the legend says it once for all of them.
        passed: the position up to which a line stands out; what lies beyond is faint. None: all of it stands out.

    Raises:
        ValueError: the arrays differ in length.
    """

    name: str
    x: Values
    low: Values
    high: Values | None = None
    style: int = 0
    kind: Kind = "line"
    faint: bool = False
    sign: str = ""
    dim: bool = False
    hollow: str = ""
    passed: float | None = None

    def __post_init__(self) -> None:
        for name in ("x", "low") if self.high is None else ("x", "low", "high"):
            object.__setattr__(self, name, np.asarray(getattr(self, name), np.float64).ravel())
        lengths = {len(a) for a in (self.x, self.low, self.high) if a is not None}
        if len(lengths) != 1:
            raise ValueError(f"curve {self.name!r}: x, low and high differ in length: {sorted(lengths)}")

    @property
    def top(self) -> Values:
        """The largest value at each position, shape (n,)."""
        return self.low if self.high is None else self.high


@dataclass(frozen=True)
class AxisMark:
    """An event at a place on the x axis: a glyph, and a label where there is room for it.

    Args:
        kind: what the legend calls all marks of this glyph; "" leaves it out there.
        of: whose they are, which the legend says where it has room.
        plain: the glyph where there is nothing but ASCII.
    """

    x: float
    label: str = ""
    glyph: str = ""
    kind: str = ""
    plain: str = ""
    of: str = ""


@dataclass(frozen=True)
class Arrow:
    """What leads away from a place of a plot, drawn at its true length where that can be seen.

    Args:
        name: what the legend calls it.
        x, y: where it begins.
        right, up: how far it leads, in the units of the axes.
        letter: stands beside its tip and in the legend.
    """

    name: str
    x: float
    y: float
    right: float
    up: float
    letter: str


@dataclass(frozen=True, eq=False)
class Chart:
    """Curves over two labelled axes.

    Args:
        curves: drawn in this order, the last one on top.
        x_range, y_range: (low, high) fixed limits; None lets the axis grow in round steps.
        y_extent: (low, high) that the y axis is to enclose, where that is not all of the curves; what is cut off
            is said in the legend.
        log_x, log_y: logarithmic axes; what is not positive is left out and counted in the legend row.
        cursor_x: where the vertical line of the cursor stands; None draws none.
        crosshair_x: where that of the crosshair stands, with a marker where each curve passes it.
        marks: events along the x axis.
        note: a remark on the whole, in the legend where there is room.
        empty: what to say where no curve has a finite value.
    """

    curves: tuple[Curve, ...] = ()
    x_range: tuple[float, float] | None = None
    y_range: tuple[float, float] | None = None
    y_extent: tuple[float, float] | None = None
    log_x: bool = False
    log_y: bool = False
    x_label: str = ""
    y_label: str = ""
    cursor_x: float | None = None
    crosshair_x: float | None = None
    marks: tuple[AxisMark, ...] = ()
    note: str = ""
    empty: str = "nothing to show yet"


@dataclass(frozen=True)
class Bar:
    """A named value; `note` (for example "vanishing") stands behind its number and draws it as a warning.

    `beside` is a second reading, which stands behind both.
    """

    name: str
    value: float
    note: str = ""
    style: int = 0
    beside: str = ""


@dataclass(frozen=True)
class Bars:
    """Named values as bars, one a row, each with its number written out.

    Args:
        bars: from top to bottom; those for which there is no row are counted in the last one.
        log: lengths follow the logarithm of the magnitude; zero has no bar.
        limits: the values of an empty and of a full bar; None lets them grow in round steps.
        unit: what the numbers are, written beside the scale.
    """

    bars: tuple[Bar, ...] = ()
    log: bool = False
    limits: tuple[float, float] | None = None
    unit: str = ""
    empty: str = "nothing to show yet"


@dataclass(frozen=True, eq=False)
class Contours:
    """Level lines of a function of two variables, with curves (paths, points) over them.

    Args:
        values: shape (rows, columns); row 0 belongs to the low end of `y_range`, column 0 to `x_range`'s.
        x_range, y_range: what the outermost columns and rows stand for.
        levels: the values whose lines are drawn; None picks round ones.
        curves: drawn over the lines, in the units of the axes.
        arrows: directions, drawn over everything else.
    """

    values: Values
    x_range: tuple[float, float]
    y_range: tuple[float, float]
    levels: tuple[float, ...] | None = None
    curves: tuple[Curve, ...] = ()
    x_label: str = ""
    y_label: str = ""
    empty: str = "nothing to show yet"
    arrows: tuple[Arrow, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "values", np.atleast_2d(np.asarray(self.values, dtype=np.float64)))
        if self.values.ndim != 2:
            raise ValueError(f"contours need a 2-D array, not shape {self.values.shape}")


@dataclass(frozen=True, eq=False)
class Heat:
    """A function of two variables as a heat map, with the rows of a data set on it.

    Args:
        values: shape (rows, columns) at the places that `screens.plots.heat.grid` gives for the size; row 0
            belongs to the low end of `y_range`, column 0 to `x_range`'s.
        scale: what the lowest and the highest tone stand for.
        fitted: whether the scale is narrower than what the values could be, which the legend says.
        threshold: the value whose line is drawn, and that parts the two tones of `discretized`.
        points_x, points_y: where the rows lie, shape (n,).
        points_high: whether a row's target is above the threshold. points_wrong: whether its answer is wrong; empty
            where none can be. points_held: whether it is not trained on; empty where all are.
        held_name: what the legend calls rows that are not trained on.
        classes: what the legend calls low and high targets.
        cross: a place that is marked; `grabbed`: whether a row is moved along with it.
    """

    values: Values
    x_range: tuple[float, float]
    y_range: tuple[float, float]
    scale: tuple[float, float] = (0.0, 1.0)
    fitted: bool = False
    threshold: float = 0.5
    discretized: bool = False
    points_x: Values = field(default_factory=lambda: np.empty(0))
    points_y: Values = field(default_factory=lambda: np.empty(0))
    points_high: NDArray[np.bool_] = field(default_factory=lambda: np.empty(0, dtype=bool))
    points_wrong: NDArray[np.bool_] = field(default_factory=lambda: np.empty(0, dtype=bool))
    points_held: NDArray[np.bool_] = field(default_factory=lambda: np.empty(0, dtype=bool))
    held_name: str = "validation"
    classes: tuple[str, str] = ("low", "high")
    x_label: str = ""
    y_label: str = ""
    empty: str = "nothing finite to show"
    cross: tuple[float, float] | None = None
    grabbed: bool = False


@dataclass(frozen=True, eq=False)
class Images:
    """Small pictures of one shape in a grid, each with a caption below it.

    Args:
        pictures: shape (count, rows, columns), row 0 at the top.
        captions: one each; `roles`: what each is written in, "text" where there are none.
        scale: what the lowest and the highest tone stand for.
        signed: whether values are told apart by their sign; the scale then lies evenly around 0.
        marked: which one the cursor is on.
        count: for how many pictures in all room is shared out; 0 for those that are given.
        widest: columns that the longest caption takes, of those that are not given, too.
        label: what the values are, on a line with the scale above the pictures; "" has no such line.
    """

    pictures: Values
    captions: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
    scale: tuple[float, float] = (0.0, 1.0)
    signed: bool = False
    marked: int | None = None
    count: int = 0
    widest: int = 0
    label: str = ""
    empty: str = "too small to show pictures"


@dataclass(frozen=True, eq=False)
class Units:
    """The units of one layer in a diagram, or the inputs.

    Args:
        title: what stands above them.
        names, values: of the units shown, from top to bottom.
        biases: likewise, None where there are none.
        more_above, more_below: how many are folded away.
        picked: which of those shown is marked.
    """

    title: str
    names: tuple[str, ...]
    values: Values
    biases: Values | None = None
    more_above: int = 0
    more_below: int = 0
    picked: int | None = None


@dataclass(frozen=True, eq=False)
class Diagram:
    """Units in columns, and the weights between neighbouring columns as lines.

    Args:
        units: from the left to the right.
        weights: between each column and the next, (units left, units right).
        picked: (gap, unit left, unit right) of the weight that is marked.
        before, after: how many columns are folded away on either side.
        label: what the lines stand for.
        unit_label: what the values of units are.
        inset: a picture of what goes through, at the right where there is room.
    """

    units: tuple[Units, ...] = ()
    weights: tuple[Values, ...] = ()
    picked: tuple[int, int, int] | None = None
    before: int = 0
    after: int = 0
    label: str = "w"
    unit_label: str = "units"
    empty: str = "nothing to show yet"
    inset: Images | None = None

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


@dataclass(frozen=True, eq=False)
class Matrix:
    """A matrix of signed values, a cell each, or a cell for several where it is larger than the plot.

    Args:
        values: shape (rows, columns).
        row_names: of all rows; columns are numbered from `first_column` on.
        picked: (row, column) that is marked.
        label: what the values are.
        inset: a picture of what the matrix meets, at the right where there is room.
    """

    values: Values
    row_names: tuple[str, ...] = ()
    first_column: int = 1
    picked: tuple[int, int] | None = None
    label: str = "w"
    inset: Images | None = None
