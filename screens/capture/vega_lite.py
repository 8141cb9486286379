"""Vega-Lite: the curves of a pane as a specification that a web page draws, data and all."""

import json
import math
from collections.abc import Iterator
from typing import Any

from nnsim.errors import NnsimError
from screens.plots.plot_model import Chart, Curve

SCHEMA = "https://vega.github.io/schema/vega-lite/v6.json"
SIZE = (640, 360)  # pixels


def specification(chart: Chart, title: str) -> str:
    """A chart as JSON.  Raises: NnsimError where it has no curve."""
    if not chart.curves:
        raise NnsimError("--to vega-lite: the pane draws no curves here (allowed: a pane with curves, as loss)")
    x = _axis("x", chart.x_label, chart.log_x, chart.x_range)
    y = _axis("y", chart.y_label, chart.log_y, chart.y_range)
    colour = {"field": "curve", "type": "nominal", "title": None}
    layers: list[dict[str, Any]] = []
    if any(
        one.high is not None for one in chart.curves
    ):  # several steps in one place: from the lowest to the highest
        layers.append(
            {
                "transform": [{"filter": "isValid(datum.high)"}],
                "mark": {"type": "area", "opacity": 0.3},
                "encoding": {"x": x, "y": {**y, "field": "low"}, "y2": {"field": "high"}, "color": colour},
            }
        )
    for kind, mark in (("line", "line"), ("points", "point"), ("path", "trail")):
        if any(one.kind == kind for one in chart.curves):
            order = {"order": {"field": "place", "type": "quantitative"}} if kind == "path" else {}
            layers.append(
                {
                    "transform": [{"filter": f"datum.kind == '{kind}'"}],
                    "mark": {"type": "line" if kind == "path" else mark},
                    "encoding": {"x": x, "y": y, "color": colour, **order},
                }
            )
    made = {
        "$schema": SCHEMA,
        "title": title,
        "width": SIZE[0],
        "height": SIZE[1],
        "data": {"values": [row for one in chart.curves for row in _rows(one)]},
        "layer": layers,
    }
    return json.dumps(made, ensure_ascii=False, indent=1, allow_nan=False) + "\n"


def _axis(name: str, label: str, log: bool, limits: tuple[float, float] | None) -> dict[str, Any]:
    scale: dict[str, Any] = {"type": "log"} if log else {"zero": False}
    if limits is not None:
        scale["domain"] = list(limits)
    return {"field": name, "type": "quantitative", "title": label or None, "scale": scale}


def _rows(curve: Curve) -> Iterator[dict[str, Any]]:
    """A row for each place of a curve; null where it has a gap, low and high where it holds several values."""
    middle = curve.middle if curve.middle is not None else (curve.low + curve.top) / 2
    columns = (one.tolist() for one in (curve.x, middle, curve.low, curve.top))
    for place, (x, y, low, high) in enumerate(zip(*columns, strict=True)):
        row = {"curve": curve.name, "kind": curve.kind, "x": x, "y": _finite(y)}
        if curve.kind == "path":
            row["place"] = place
        if curve.high is not None:
            row |= {"low": _finite(low), "high": _finite(high)}
        if math.isfinite(x):
            yield row


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None
