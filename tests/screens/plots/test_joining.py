"""Lines whose points share one marker look as those of plotext, which gives each point its own."""

import numpy as np
import plotext
import pytest

from screens.plots import plotext_lines
from screens.plots.plotext_lines import DotLine, joined
from screens.plots.rasterize import Raster


@pytest.mark.parametrize("seed", range(8))
def test_lines_look_as_with_a_marker_for_each_point(monkeypatch, seed):
    rng = np.random.default_rng(seed)
    raster = Raster(int(rng.integers(5, 60)), int(rng.integers(2, 20)))
    lines = []
    for role in range(3):
        points = int(rng.integers(2, 40))
        columns, rows = rng.uniform(0, raster.columns, points), rng.uniform(-2, raster.rows + 2, points)
        lines.append(DotLine("braille", role, np.sort(columns).tobytes(), rows.tobytes(), (points // 2,)))
    found = joined.__wrapped__(raster, tuple(lines))
    monkeypatch.setattr(plotext_lines, "Marker", plotext.marker)
    assert found == joined.__wrapped__(raster, tuple(lines))
    assert {role for *_, role in found} == {0, 1, 2}
