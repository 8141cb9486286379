"""Draws a picture as strips, for a size and a look."""

from textual.strip import Strip

from screens.plots.axis import Axis
from screens.plots.bars import draw_bars, fit_bars
from screens.plots.cell_map import draw_cell_map
from screens.plots.cells import Cells
from screens.plots.chart import Axes, draw_chart, fit_axes
from screens.plots.contours import draw_contours, fit_contours
from screens.plots.diagram import draw_diagram
from screens.plots.heat import draw_heat, fit_heat
from screens.plots.images import beside_inset, draw_images, inset_columns
from screens.plots.map_rows import draw_map_rows
from screens.plots.matrix import draw_matrix
from screens.plots.parallel_coordinates import draw_parallel
from screens.plots.plot_model import (
    Bars,
    CellMap,
    Chart,
    Contours,
    Diagram,
    Heat,
    Images,
    MapRows,
    Matrix,
    ParallelCoordinates,
)
from screens.plots.plot_style import Look
from screens.plots.small_multiples import Tiles, draw_tiles

Picture = (
    Chart | Bars | Contours | Heat | Tiles | Diagram | Matrix | Images | MapRows | CellMap | ParallelCoordinates
)
Limits = Axes | Axis
NO_AXES = Axis(0.0, 1.0)  # of pictures that have none


def fit(picture: Picture, previous: Limits | None = None) -> Limits:
    """The limits of a picture's axes; former ones stay while the data lie inside."""
    if isinstance(picture, Chart):
        return fit_axes(picture, previous if isinstance(previous, Axes) else None)
    if isinstance(picture, Bars):
        return fit_bars(picture, previous if isinstance(previous, Axis) else None)
    if isinstance(picture, Heat):
        return fit_heat(picture)
    return fit_contours(picture) if isinstance(picture, Contours) else NO_AXES


def cells_of(picture: Picture, width: int, height: int, look: Look, limits: Limits) -> Cells:
    """The cells of a picture over the limits that `fit` returned for it."""
    if isinstance(picture, Diagram):
        cells = draw_diagram(picture, width - inset_columns(picture.inset, width, height), height, look)
        return beside_inset(cells, picture.inset, width, look)
    if isinstance(picture, Matrix):
        return draw_matrix(picture, width, height, look)
    if isinstance(picture, Images):
        return draw_images(picture, width, height, look)
    if isinstance(picture, MapRows):
        return draw_map_rows(picture, width, height, look)
    if isinstance(picture, CellMap):
        return draw_cell_map(picture, width, height, look)
    if isinstance(picture, ParallelCoordinates):
        return draw_parallel(picture, width, height, look)
    if isinstance(picture, Tiles):
        return draw_tiles(picture, width, height, look)
    if isinstance(limits, Axis):
        if isinstance(picture, Bars):
            return draw_bars(picture, width, height, look, limits)
    elif isinstance(picture, Chart):
        return draw_chart(picture, width, height, look, limits)
    elif isinstance(picture, Heat):
        return draw_heat(picture, width, height, look, limits)
    elif isinstance(picture, Contours):
        return draw_contours(picture, width, height, look, limits)
    raise TypeError(f"{type(limits).__name__} are no limits of {type(picture).__name__}")


def draw(
    picture: Picture, width: int, height: int, look: Look | None = None, limits: Limits | None = None
) -> list[Strip]:
    """A picture as strips: exactly `height` of them, each exactly `width` cells wide.

    Args: look: colours and characters; the default is 24-bit colour on a dark ground. limits: what `fit` gave for
    this picture; None fits them to it alone.
    """
    look = look or Look()
    return cells_of(picture, width, height, look, limits or fit(picture)).strips(look)
