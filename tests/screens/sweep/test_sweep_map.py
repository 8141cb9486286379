"""The map of a sweep: what its cells and its cursor say, and what its keys do."""

import numpy as np
import pytest

from nnsim.cli import execute
from nnsim.sweep.map_view import SweepMap
from nnsim.sweep.opened_sweep import OpenedSweep
from nnsim.sweep.zoom import zoomed
from screens.plots.cell_map import FAILED, draw_cell_map
from screens.plots.plot_model import CellAxis, CellMap
from screens.plots.plot_style import HEAT_TONES, Look, look

SWEEP = (
    *("sweep", "xor", "--epochs", "20", "--workers", "1", "--no-marks", "--seeds", "2", "--until", "loss<0.51"),
    *("--over", "schedule.rate=0.1:10:log:5", "--over", "model.hidden=[2],[3]", "--over", "model.bias=true,false"),
)


@pytest.fixture
def path(tmp_path, capsys):
    found = tmp_path / "a.nnsweep"
    assert execute([*SWEEP, "-o", str(found)]) == 0
    capsys.readouterr()
    return found


def cell_map(**changes):
    values = np.arange(12.0).reshape(3, 4) + 1.0
    every = np.ones((3, 4), bool)
    given = {"values": values, "failed": ~every, "known": every, "figure": "loss"}
    axes = {"x": CellAxis("rate", 4, (0.1, 1000.0), True), "y": CellAxis("width", 3, names=("a", "b", "c"))}
    return CellMap(**{**given, **axes, **changes})


def test_the_axes_of_a_map_name_ranges_and_values():
    lines = ["".join(row) for row in draw_cell_map(cell_map(), 40, 12, Look()).chars]
    assert lines[0].startswith("width ↑  loss 1 ")
    assert [line[0] for line in lines[1:10] if line[0] != " "] == ["c", "b", "a"]
    assert set(lines[-1].split()) == {"0.1", "1", "10", "100", "1k", "rate", "→"}


def test_half_cells_of_one_tone_are_their_ground_alone():
    """A glyph over them would have the terminal's own colour: stripes."""
    for values in (np.full((3, 4), 2.0), np.arange(12.0).reshape(3, 4) + 1.0):
        drawn = draw_cell_map(cell_map(values=values), 40, 13, Look())
        for chars, roles in zip(drawn.chars, drawn.roles, strict=True):
            for char, role in zip(chars, roles, strict=True):
                if role.startswith("heat:"):
                    _, upper, lower = role.split(":")
                    assert (char == " ") == (upper == lower)
    assert Look().style("heat:4:4").color is None


def test_a_failed_cell_has_a_glyph_and_one_that_is_not_known_is_blank():
    failed, known = np.zeros((3, 4), bool), np.ones((3, 4), bool)
    failed[:, 3], known[:, 0] = True, False
    for one, blank, sign in ((Look(), "▀", FAILED), (look(colours=0, unicode=False), "#", "x")):
        chars = draw_cell_map(cell_map(failed=failed, known=known), 42, 12, one).chars
        assert set(chars[5][2:11]) == {" "}
        assert set(chars[5][-9:]) == {sign}
        assert blank not in chars[5][-9:]
        assert f"{sign} diverged" in "".join(chars[0])


def test_tones_follow_the_logarithm_where_a_figure_spans_decades():
    values = np.array([[1e-6, 1e-3, 1.0]])
    picture = cell_map(
        values=values, failed=values < 0, known=values > 0, x=CellAxis("x", 3, (0, 3)), y=CellAxis("", 1), log=True
    )
    roles = draw_cell_map(picture, 31, 8, Look()).roles[3]
    tones = [int(roles[column].split(":")[1]) for column in (5, 15, 25)]
    assert tones == [0, HEAT_TONES // 2, HEAT_TONES - 1]


def test_a_map_sums_up_the_runs_of_a_cell(path):
    swept = OpenedSweep.open(path)
    shown = SweepMap.of(swept.study, swept.table)
    assert (shown.x.key, shown.y.key, shown.others) == ("schedule.rate", "model.hidden", [2])
    cube = swept.table.rows["loss"].reshape(5, 2, 2, 2)
    np.testing.assert_array_equal(shown.values, cube[:, :, 0].mean(axis=-1).T)
    np.testing.assert_array_equal(shown.picked(2, 1).values, cube[:, :, 1].mean(axis=-1).T)
    spread = shown.with_next_statistic().with_next_statistic().with_next_statistic()
    np.testing.assert_array_equal(spread.values, np.ptp(cube[:, :, 0], axis=-1).T)
    reached = SweepMap(**{**vars_of(shown), "figure": "reached"})
    np.testing.assert_array_equal(reached.values, (cube_of(swept, "epochs_to") > 0)[:, :, 0].mean(axis=-1).T)
    best = shown.at_best()
    assert best.values[best.picks[1], best.picks[0]] == shown.values.min()
    assert best.runs == [int(one) for one in np.ravel_multi_index((*best.picks, [0, 1]), (5, 2, 2, 2))]


def vars_of(shown):
    names = ("study", "table", "across", "up", "picks", "figure", "statistic")
    return {name: getattr(shown, name) for name in names}


def cube_of(swept, name):
    return swept.table.rows[name].reshape(5, 2, 2, 2)


def test_a_zoom_is_finer_and_keeps_what_is_picked(path):
    swept = OpenedSweep.open(path)
    shown = SweepMap.of(swept.study, swept.table).picked(2, 1)
    shown = SweepMap(**{**vars_of(shown), "up": None, "picks": (4, 1, 1)})
    study = zoomed(shown, counts=(9, 1))
    (axis,) = study.grid.axes
    assert (axis.key, axis.scale, len(axis)) == ("schedule.rate", "log", 9)
    assert axis.values[-1] == pytest.approx(10.0)
    assert axis.values[0] == pytest.approx(10.0 / 100.0**0.2)
    assert (study.settings["model.hidden"], study.settings["model.bias"]) == ([3], False)
    assert study.grid.seeds == swept.study.grid.seeds
