"""Readings of a machine: units, a report that is written afterwards, rare failures; wrong labels, blank inputs."""

import numpy as np
import pytest

from nnsim.errors import ScenarioError
from nnsim.scenario.scenario import parse_scenario
from nnsim.timeline.run import Run


def run(data, seed=0, train="validation = 0.3", model='output = "sigmoid"'):
    text = (
        f'title = "t"\nsummary = "s"\n[data]\n{data}\n[model]\n{model}\n[train]\n{train}\n[random]\nseed = {seed}'
    )
    return Run(parse_scenario(text, name="t", source="t"))


SENSORS = 'kind = "sensors"\nn = 400'


def test_readings_in_their_units_are_the_same_readings():
    plain, raw = (run(f"{SENSORS}\nraw = {one}").timeline.plan.examples for one in ("false", "true"))
    middles, deviations = np.array([293.0, 101_300.0, 0.05, 45.0]), np.array([8.0, 2_500.0, 0.012, 10.0])
    assert np.allclose((raw.inputs - middles) / deviations, plain.inputs, atol=1e-9)
    assert np.array_equal(raw.targets, plain.targets)
    far = np.hypot(plain.inputs[:, 0], plain.inputs[:, 2])
    assert far[plain.labels == 0].max() <= 1.2
    assert far[plain.labels == 1].min() >= 1.5


@pytest.mark.parametrize("seed", [1, 2])
def test_the_report_tells_the_answer_in_the_training_rows_alone(seed):
    trainer = run(f"{SENSORS}\nreport = true", seed).trainer
    examples, rows = trainer.plan.examples, trainer.rows
    column = examples.inputs[:, examples.input_names.index("report")]
    apart = np.setdiff1d(np.arange(400), rows)
    assert np.array_equal(column[rows] > 0, examples.labels[rows] == 1)
    assert set(column[apart]) == {0.0}
    assert run(f'{SENSORS}\nreport = true\nignore = ["report"]').timeline.plan.network.inputs == 4
    with pytest.raises(ScenarioError, match="no column"):
        run(f'{SENSORS}\nignore = ["reports"]')


@pytest.mark.parametrize("raw", ["false", "true"])
def test_failures_are_rare_in_the_training_rows_alone(raw):
    trainer = run(f"{SENSORS}\nfailing = 0.05\nraw = {raw}").trainer
    examples, rows = trainer.plan.examples, trainer.rows
    apart = np.setdiff1d(np.arange(400), rows)
    assert examples.labels[rows].sum() == 14
    assert 0.35 < examples.labels[apart].mean() < 0.65
    assert len(np.unique(examples.inputs, axis=0)) == 400, "no row is there twice"
    middles, deviations = (np.array([293.0, 0.05]), np.array([8.0, 0.012])) if raw == "true" else (0.0, 1.0)
    far = np.hypot(*((examples.inputs[:, [0, 2]] - middles) / deviations).T)
    assert far[examples.labels == 0].max() <= 1.2 + 1e-9


@pytest.mark.parametrize(
    ("data", "model"),
    [
        ('kind = "circle"\nn = 200', 'output = "sigmoid"'),
        ('kind = "parity"\nbits = 7', 'output = "sigmoid"'),
        ('kind = "digits"', 'output = "softmax"'),
    ],
)
def test_flip_gives_that_share_of_the_rows_another_answer(data, model):
    right, wrong = (run(f"{data}\nflip = {share}", model=model).timeline.plan.examples for share in (0.0, 0.25))
    assert np.array_equal(right.inputs, wrong.inputs)
    assert (right.labels != wrong.labels).sum() == round(0.25 * right.rows)
    assert set(wrong.labels) == set(right.labels)


def test_numbers_are_dealt_anew_and_blank_inputs_say_nothing():
    plane = 'kind = "plane"\nn = 100'
    right, wrong = (run(f"{plane}\nflip = {share}", model="").timeline.plan.examples for share in (0.0, 0.5))
    assert np.array_equal(np.sort(right.targets, axis=0), np.sort(wrong.targets, axis=0))
    assert 40 <= (right.targets != wrong.targets).sum() <= 50
    blank = run(f"{plane}\nblank = true\nstandardize = true", model="")
    assert not blank.timeline.plan.examples.inputs.any()
    blank.advance_to(3)
    assert np.isfinite(blank.timeline.series["loss"].values(0, 3)).all()
