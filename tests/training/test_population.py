"""Many seeds at once are the runs of these seeds."""

import numpy as np
import pytest

from nnsim.errors import ScenarioError
from nnsim.scenario.scenario import parse_scenario
from nnsim.timeline.run import Run
from nnsim.training import population
from nnsim.training.population import Population

HALF_SUM = '[loss]\nkind = "mse"\nreduction = "half-sum"\n[schedule]\nkind = "constant"\nrate = 1.0\n'
SOFTMAX = '[loss]\nkind = "softmax-cross-entropy"\n[optimizer]\nkind = "adam"\n'
TASKS = {
    "article": (2, "hidden = [2]\nbias = false", HALF_SUM),
    "biases, two hidden layers": (2, "hidden = [3, 2]", '[loss]\nkind = "binary-cross-entropy"\n'),
    "classes, adam": (3, 'hidden = [4]\nactivation = "tanh"\noutput = "softmax"', SOFTMAX),
    "schedule, mean": (3, "hidden = [3]", '[schedule]\nkind = "cosine"\nrate = 2.0\n'),
}


PLANE = """
title = "t"
summary = "s"
loss = "ravine"
[data]
kind = "table"
inputs = [[1.0], [0.5], [2.0]]
targets = [[0.0, 0.0], [0.0, 0.0], [0.0, 0.0]]
[model]
bias = false
output = "linear"
[schedule]
kind = "constant"
rate = 0.01
[train]
epochs = 20
"""


def scenario(bits, model, rest):
    text = f'title = "t"\nsummary = "s"\n[data]\nkind = "parity"\nbits = {bits}\n[model]\n{model}\n{rest}'
    return parse_scenario(text, name="many", source="many.toml")


@pytest.mark.parametrize("task", sorted(TASKS))
def test_the_figures_of_every_seed_are_those_of_its_own_run(task, monkeypatch):
    monkeypatch.setattr(population, "BLOCK_BYTES", 500)  # so that the seeds lie in more than one block
    one, seeds = scenario(*TASKS[task]), [5, 0, 3, 77, 1, 2]
    many = Population(one, seeds=seeds)
    parts = [many.advance(300), many.advance(1000)]
    assert [part.first for part in parts] == [1, 301]
    assert len(parts[1].columns["loss"]) == 700  # the scenario's 1,000 epochs are over
    for place, seed in enumerate(seeds):
        run = Run(one, settings={"random.seed": seed})
        run.advance_to(1000)
        for name in parts[0].columns:
            column = np.concatenate([part.columns[name] for part in parts])[:, place]
            wanted = run.timeline.series[name].values(0, 1000)
            np.testing.assert_allclose(column, wanted, rtol=1e-9, atol=1e-12, err_msg=f"{name}, seed {seed}")
        np.testing.assert_allclose(many.parameters[:, place], run.trainer.parameters, rtol=1e-9, atol=1e-12)


def test_a_function_of_the_plane_has_the_same_slope_for_many_seeds():
    one = parse_scenario(PLANE, name="plane", source="plane.toml")
    many = Population(one, seeds=[0, 1, 2])
    loss = many.advance(20).columns["loss"]
    for seed in range(3):
        run = Run(one, settings={"random.seed": seed})
        run.advance_to(20)
        np.testing.assert_allclose(loss[:, seed], run.timeline.series["loss"].values(0, 20), rtol=1e-9)
        np.testing.assert_allclose(many.parameters[:, seed], run.trainer.parameters, rtol=1e-9)


@pytest.mark.parametrize(
    ("extra", "said"),
    [
        ("[train]\nbatch_size = 2", "train.batch_size"),
        ("[train]\nvalidation = 0.25", "train.validation"),
        ('[optimizer]\nkind = "l-bfgs"', "optimizer.kind"),
        ('[clipping]\nkind = "value"', "clipping.kind"),
        ("[schedule]\nlayer_rates = { layer1 = 0.5 }", "schedule.layer_rates"),
        ("[regularization]\nl2 = 0.1", "regularization"),
        ('[solver]\nkind = "random-search"', "solver.kind"),
    ],
)
def test_what_cannot_be_trained_so_is_refused_in_one_line(extra, said):
    with pytest.raises(ScenarioError, match=said) as caught:
        Population(scenario(2, "hidden = [2]", extra), seeds=[0, 1])
    assert "\n" not in str(caught.value)


def test_layers_with_a_way_around_them_are_refused():
    """A dense layer inside each of the blocks makes as many layers as there are entries."""
    residual = 'layers = [{ kind = "residual", layers = [{ kind = "dense", units = 2 }] }]'
    with pytest.raises(ScenarioError, match=r"model\.layers"):
        Population(scenario(2, residual, ""), seeds=[0, 1])


def test_rows_that_depend_on_the_seed_are_refused():
    text = 'title = "t"\nsummary = "s"\n[data]\nkind = "circle"\n[model]\nhidden = [2]\n'
    with pytest.raises(ScenarioError, match=r"data\.seed"):
        Population(parse_scenario(text, name="c", source="c.toml"), seeds=[0, 1])
    named = text.replace('"circle"', '"circle"\nseed = 1')
    assert Population(parse_scenario(named, name="c", source="c.toml"), seeds=[0, 1]).parameters.shape[1] == 2


@pytest.mark.parametrize("generator", ["legacy", "pcg64"])
def test_every_seed_begins_with_the_bits_of_its_own_run(generator):
    rest = f'initializer = {{ kind = "normal" }}\n[random]\ngenerator = "{generator}"\n'
    one, seeds = scenario(2, "hidden = [2]\n" + rest, ""), [7, 0, 3]
    many = Population(one, seeds=seeds)
    for place, seed in enumerate(seeds):
        run = Run(one, settings={"random.seed": seed})
        assert many.parameters[:, place].tobytes() == run.trainer.parameters.tobytes()
