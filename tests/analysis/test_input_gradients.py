"""Slopes of answers by inputs against central differences, and what answers lean on where that is known."""

import numpy as np
import pytest

from nnsim.analysis.feature_importance import input_gradients, reliance
from nnsim.errors import NnsimError
from nnsim.scenario.scenario import parse_scenario
from nnsim.timeline.run import Run

MODELS = {
    "dense": 'hidden = [5, 4]\nactivation = "tanh"',
    "normalized": 'layers = [{kind = "dense", units = 5}, {kind = "layer-norm", activation = "silu"}]',
    "residual": 'layers = [{kind = "dense", units = 3}, {kind = "residual", layers = [{kind = "dropout"}]}]',
    "softmax": 'hidden = [5]\noutput = "softmax"',
}


def trained(data, model, epochs=40, train=""):
    text = f'title = "t"\nsummary = "s"\n[data]\n{data}\n[model]\n{model}\n[train]\nepochs = {epochs}\n{train}'
    run = Run(parse_scenario(text, name="t", source="t"))
    run.advance_to(run.timeline.plan.steps)
    return run.trainer


@pytest.mark.parametrize("name", MODELS)
def test_they_are_central_differences(name):
    trainer = trained('kind = "sensors"\nn = 30', MODELS[name])
    rows, step = trainer.inputs[:7].copy(), 1e-6
    found = input_gradients(trainer, rows)
    for column in range(4):
        nudge = step * np.eye(4)[column]
        above, below = (trainer.answers(rows + way * nudge)[0].T.copy() for way in (1, -1))
        assert found[:, :, column] == pytest.approx((above - below) / (2 * step), abs=1e-8)


def test_a_column_that_gives_the_answer_away_is_what_the_answers_lean_on():
    more = "batch_size = 20\nvalidation = 0.3\n[schedule]\nrate = 0.5"
    trainer = trained('kind = "sensors"\nn = 300\nreport = true', 'hidden = [8]\nactivation = "tanh"', 20, more)
    shares = reliance(trainer)
    assert shares.sum() == pytest.approx(1.0)
    assert shares[trainer.plan.examples.input_names.index("report")] > 0.6
    plain = reliance(trained('kind = "sensors"\nn = 300', 'hidden = [8]\nactivation = "tanh"', 60, more))
    assert plain[[0, 2]].sum() > 0.7, "temperature and vibration decide"


def test_without_weights_at_the_inputs_nothing_is_told():
    with pytest.raises(NnsimError, match="no weights of its own"):
        reliance(trained('kind = "sensors"\nn = 30', 'layers = [{kind = "batch-norm"}]', 2))
