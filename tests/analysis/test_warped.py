"""The bent grid is what the layer answers along straight lines of the inputs."""

import numpy as np
import pytest

from nnsim.timeline.run import Run
from screens.panes.hidden_space import POINTS, warped


def test_each_line_is_the_layers_answer_to_a_straight_one(small_scenario):
    run = Run(small_scenario("[model]\nhidden = [3, 4]\n", head=""))
    run.advance_to(200)
    trainer, network = run.trainer, run.timeline.plan.network
    found = warped(trainer, 1, (2, 0), (0, 1), 5)
    assert [line.shape for line in found.lines] == [(POINTS, 2)] * 10
    first, second = network.layers[:2]

    def answer(x1, x2):
        hidden = np.array([x1, x2]) @ first.weights(trainer.parameters) + first.biases(trainer.parameters)
        out = (1 / (1 + np.exp(-hidden))) @ second.weights(trainer.parameters) + second.biases(trainer.parameters)
        return (1 / (1 + np.exp(-out)))[[2, 0]]

    assert found.lines[1][0] == pytest.approx(answer(0.0, 0.25), rel=1e-10)  # x1 runs at x2 = 0.25
    assert found.lines[1][-1] == pytest.approx(answer(1.0, 0.25), rel=1e-10)
    assert found.lines[5][12] == pytest.approx(answer(0.0, 0.5), rel=1e-10)  # x2 runs at x1 = 0
    assert found.rows[2] == pytest.approx(answer(1.0, 0.0), rel=1e-10)


def test_one_input_bends_into_a_single_line(scenario):
    run = Run(scenario("overfitting"), settings={"model.hidden": [3]})
    assert len(warped(run.trainer, 0, (0, 1), (0, 0), 9).lines) == 1
