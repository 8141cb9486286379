"""Plots: frozen pictures, drawn for a size and a look, and the widget that shows them."""

from nnsim.text.number_format import number, short
from screens.plots.axis import Axis, round_axis
from screens.plots.draw import cells_of, draw, fit
from screens.plots.plot_model import (
    Arrow,
    AxisMark,
    Bar,
    Bars,
    Chart,
    Contours,
    Curve,
    Diagram,
    Heat,
    Images,
    MapRow,
    MapRows,
    Matrix,
    Units,
)  # fmt: skip
from screens.plots.plot_style import Look, look
from screens.plots.small_multiples import Tile, Tiles
from screens.plots.widget import PlotWidget, look_of

__all__ = [
    "Arrow", "Axis", "AxisMark", "Bar", "Bars", "Chart", "Contours", "Curve", "Diagram", "Heat", "Images", "Look",
    "MapRow", "MapRows", "Matrix", "PlotWidget", "Tile", "Tiles", "Units", "cells_of", "draw", "fit", "look",
    "look_of", "number", "round_axis", "short",
]  # fmt: skip
