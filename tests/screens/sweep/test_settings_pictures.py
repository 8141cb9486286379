"""Pictures of all settings of a sweep: which line crosses which axis where, and what needs scikit-learn."""

import sys
from types import ModuleType, SimpleNamespace

import numpy as np
import pytest

from nnsim.cli import execute
from nnsim.errors import NnsimError
from nnsim.scenario.sweep_axes import parse_axis
from nnsim.sweep import setting_importance
from nnsim.sweep.combinations import Combinations
from nnsim.sweep.setting_importance import importances
from screens.plots.parallel_coordinates import draw_parallel
from screens.plots.plot_style import Look, look
from screens.sweep.settings_pictures import parallel_picture

AXES = tuple(map(parse_axis, ("schedule.rate=0.1:10:log:3", "model.hidden=[2],[3]")))
PLACES = np.array([[rate, width] for rate in range(3) for width in range(2)])


def combinations(values, failed=(), here=None, **changes):
    values = np.array(values, float)
    given = {"logarithmic": True, "higher_is_better": False, "figure_name": "loss", "here": here}
    hopeless = np.isin(np.arange(len(values)), failed)
    return Combinations(AXES, PLACES[: len(values)], values, hopeless, **{**given, **changes})


def test_the_best_line_lies_on_top_and_ends_lowest_what_diverged_above_all():
    picture = parallel_picture(combinations([1.0, 1e-4, 0.01, np.nan, 0.1, 1e-2], failed=[3], here=4))
    assert [one.label for one in picture.axes] == ["rate", "hidden", "loss"]
    assert picture.places[:, 0] == pytest.approx([0.5, 0.0, 1.0, 1.0, 0.5, 0.0])
    assert picture.places[:, 1].tolist() == [1.0, 0.0, 0.0, 1.0, 0.0, 1.0]
    ends = picture.places[:, 2]
    assert ends[0] == 1.0
    np.testing.assert_allclose(ends[1:] / ends[1], [1.0, 0.75, 0.5, 0.5, 0.0], atol=1e-12)
    assert ends[1] < 1.0
    assert np.isnan(picture.shades[0])
    np.testing.assert_allclose(picture.shades[1:], [0.0, 0.25, 0.5, 0.75, 1.0])
    assert picture.cursor == 2
    assert picture.axes[-1].ticks[-1] == (1.0, "× diverged")


def test_of_an_accuracy_the_highest_is_the_best():
    picture = parallel_picture(combinations([0.5, 1.0, 0.75], logarithmic=False, higher_is_better=True))
    assert picture.places[:, 2].tolist() == [0.0, 0.5, 1.0]
    assert picture.shades.tolist() == [0.0, 0.5, 1.0]


@pytest.mark.parametrize(("one", "marker"), [(Look(), "●"), (look(colours=0, unicode=False), "o")])
def test_axes_have_labels_and_the_line_of_the_cursor_its_markers(one, marker):
    picture = parallel_picture(combinations([1.0, 0.1, 0.01], here=2))
    lines = ["".join(row) for row in draw_parallel(picture, 60, 12, one).chars]
    assert lines[-1].split() == ["rate", "hidden", "loss"]
    assert [one in "".join(lines) for one in ("0.1", "10", "[2]", "[3]", "0.01")] == [True] * 5
    assert [line.index(marker) for line in lines[1:-1] if marker in line] == [0, 27], "rate 1 and width 2, the best"
    assert draw_parallel(picture, 10, 4, one).chars, "too small is said, not raised"


def test_without_a_forest_one_sentence_says_how_to_get_it(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(setting_importance, "find_spec", lambda name: None)
    with pytest.raises(NnsimError, match=r"pip install 'nnsim\[importance\]'"):
        importances(combinations([1.0] * 6))
    path = str(tmp_path / "a.nnsweep")
    over = ("--over", "schedule.rate=1,2,3", "--workers", "1", "--epochs", "2", "-o", path)
    assert execute(["sweep", "xor", *over]) == 0
    assert execute(["export", path, "--to", "svg", "--pane", "importance"]) == 2
    assert "nnsim[importance]" in capsys.readouterr().err
    assert execute(["export", path, "--to", "svg", "--pane", "loss"]) == 2
    assert "allowed: map, parallel, importance" in capsys.readouterr().err
    assert execute(["export", path, "--to", "csv", "--pane", "map"]) == 2
    assert "allowed for svg, png" in capsys.readouterr().err


def test_the_forest_sees_settings_on_their_scales_and_losses_by_their_logarithm(monkeypatch):
    """Half of the error that shuffling adds is the setting's total Sobol index; what diverged is the worst."""
    seen = {}

    class Forest:
        def __init__(self, *_, **__):
            self.oob_score_ = 0.5

        def fit(self, places, figures):
            seen["places"], seen["figures"] = places, figures
            return self

    ensemble, inspection = ModuleType("sklearn.ensemble"), ModuleType("sklearn.inspection")
    ensemble.RandomForestRegressor = Forest
    measured = SimpleNamespace(importances_mean=np.array([0.4, 1.6]), importances_std=np.array([0.1, 0.2]))
    inspection.permutation_importance = lambda *_, **__: measured
    for name, module in (("sklearn.ensemble", ensemble), ("sklearn.inspection", inspection)):
        monkeypatch.setitem(sys.modules, name, module)
    monkeypatch.setattr(setting_importance, "find_spec", lambda name: name)
    monkeypatch.setattr(setting_importance, "FEWEST", 4)
    found = importances(combinations([1.0, 1e-4, 0.01, np.nan, 0.1, 1e-2], failed=[3]))
    assert [(one.key, one.share, one.spread) for one in found.settings] == [
        ("model.hidden", 0.8, 0.1),
        ("schedule.rate", 0.2, 0.05),
    ]
    assert (found.explained, found.combinations) == (0.5, 6)
    np.testing.assert_allclose(seen["places"], [[0, 0], [0, 1], [0.5, 0], [0.5, 1], [1, 0], [1, 1]])
    np.testing.assert_allclose(seen["figures"], [0, -4, -2, 0, -1, -2], atol=1e-12)
