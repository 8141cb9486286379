"""Test functions: their figures, their slopes by differences, and the way from a scenario to their lowest point."""

import numpy as np
import pytest

from nnsim.errors import ScenarioError
from nnsim.nn.benchmark_functions import ALL_LOSSES, FUNCTIONS
from nnsim.scenario.scenario import parse_scenario
from nnsim.timeline.run import Run

# As published: value at a point.
KNOWN = {
    "beale": [((0.0, 0.0), 14.203125), ((3.0, 0.5), 0.0)],
    "rosenbrock": [((-1.2, 1.0), 24.2), ((0.0, 0.0), 1.0), ((1.0, 1.0), 0.0)],
    "himmelblau": [((0.0, 0.0), 170.0), ((-0.270845, -0.923039), 181.616522), ((3.0, 2.0), 0.0)],
    "saddle": [((0.0, 0.0), 0.0), ((0.0, 1.0), -0.25), ((2.0, 0.0), 2.0)],
    "ravine": [((1.0, 0.0), 0.5), ((0.0, 1.0), 25.0)],
}


@pytest.mark.parametrize("kind", sorted(FUNCTIONS))
def test_heights_are_the_published_ones_and_slopes_agree_with_differences(kind):
    function = FUNCTIONS[kind]()
    for (x, y), height in KNOWN[kind]:
        assert function.height(np.array(x), np.array(y)) == pytest.approx(height, abs=1e-6)
    points, h = np.random.default_rng(0).uniform(-2.0, 2.0, (2, 200)), 1e-6
    x, y = points
    across = (function.height(x + h, y) - function.height(x - h, y)) / (2 * h)
    upwards = (function.height(x, y + h) - function.height(x, y - h)) / (2 * h)
    found = function.slope(x, y)
    assert found[0] == pytest.approx(across, rel=1e-6, abs=1e-5)
    assert found[1] == pytest.approx(upwards, rel=1e-6, abs=1e-5)
    for place in function.minima:
        assert np.abs(function.slope(*map(np.array, place))).max() < 1e-3
        assert function.height(*map(np.array, place)) <= function.height(x, y).min() + 1e-9


def scenario(loss, extra=""):
    return parse_scenario(
        f'title = "t"\nsummary = "s"\nloss = "{loss}"\noptimizer = "l-bfgs"\n[data]\nkind = "table"\n'
        f'inputs = [[1.0]]\ntargets = [[0.0, 0.0]]\n[model]\nbias = false\noutput = "linear"\n'
        f'initializer = {{ kind = "given", values = [1.5, 1.6] }}\n[schedule]\nkind = "constant"\nrate = 1.0\n'
        f"[train]\nepochs = 100\n{extra}",
        name="t",
        source="t",
    )


@pytest.mark.parametrize("kind", sorted(FUNCTIONS))
def test_a_run_walks_from_the_given_point_to_a_lowest_one(kind):
    run = Run(scenario(kind))
    assert run.trainer.parameters.tolist() == [1.5, 1.6]
    run.advance_to(100)
    distances = [np.abs(run.trainer.parameters - place).max() for place in FUNCTIONS[kind].minima]
    assert min(distances) < 1e-4


def test_what_does_not_go_together_is_refused():
    assert set(FUNCTIONS) < set(ALL_LOSSES)
    one = scenario("beale")
    with pytest.raises(ScenarioError, match=r"needs two outputs, not 1 \(allowed: two columns of targets\)"):
        one.plan(settings={"data.targets": [[0.0]], "model.initializer": "zeros"})
    with pytest.raises(
        ScenarioError, match=r"values: 3 weights for a layer of 1 inputs and 2 units \(allowed: 2\)"
    ):
        one.plan(settings={"model.initializer.values": [1.0, 2.0, 3.0]})
