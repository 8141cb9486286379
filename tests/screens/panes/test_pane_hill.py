"""The hill: the loss over the only parameter, and the balls of the runs where training has put them."""

import numpy as np
import pytest

from nnsim.session.session import Session
from nnsim.session.view import View
from screens.panes.hill import WIDEST, HillPane

HILL = """kind = "table"
inputs = [[1.0]]
targets = [[0.0]]
input_names = ["place"]"""
BALL = """bias = false
output = "linear"
initializer = { kind = "given", values = [-2.0] }
"""
RUNS = """[surface]
slope = [-3.0, 3.0]
[[variants]]
name = "down"
set = { schedule.rate = 0.1 }
[[variants]]
name = "up"
set = { schedule.rate = 1.1 }
"""


def of_names(picture):
    return {one.name: one for one in picture.curves}


async def test_each_ball_lies_on_the_parabola_where_its_steps_have_put_it(bench):
    async with bench("hill", data=HILL, model=BALL, extra=RUNS) as opened:
        await opened.press("2", "right")
        picture = opened.pane.plot.picture
        found = of_names(picture)
        assert found["loss"].low == pytest.approx(found["loss"].x ** 2)
        # w - rate * 2 w, twice: 0.8 of it is left each time, or -1.2 times.
        assert found["down"].x == pytest.approx([-2.0, -1.6, -1.28])
        assert found["down"].low == pytest.approx([4.0, 2.56, 1.6384])
        assert found["up"].x == pytest.approx([-2.88])
        assert picture.x_range == (-3.0, 3.0)
        assert opened.pane.border_subtitle == "place -1.28 · loss 1.64"


async def test_the_picture_grows_with_a_ball_that_leaves_it_and_says_where_one_is_gone(bench):
    async with bench("hill", data=HILL, model=BALL, extra=RUNS) as opened:
        await opened.press("v", "5", "right")
        picture = opened.pane.plot.picture
        assert 2.0 * 1.2**5 < picture.x_range[1] == 6.0
        await opened.press("9", "0", "right")
        picture = opened.pane.plot.picture
        assert picture.x_range[1] == 3.0 * WIDEST
        assert "out of the picture" in opened.pane.border_subtitle
        assert np.isnan(of_names(picture)["up"].x[-1])


def test_a_model_of_more_parameters_has_no_hill(scenario):
    view: View = Session.of_scenario(scenario("linear-regression")).view
    assert HillPane.why_not(view) == "A hill has one parameter; this model has 2."
