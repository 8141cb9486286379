"""Metrics by hand, and the updates of layers against what they are made of."""

import numpy as np
import pytest

from nnsim.analysis.evaluation_metrics import (
    class_scores,
    confusion_matrix,
    mean_absolute_error,
    predicted_classes,
    r_squared,
    update_ratios,
)
from nnsim.analysis.scoring import judge
from nnsim.scenario.scenario import parse_scenario
from nnsim.training.trainer import Trainer


def trainer_of(text):
    return Trainer(parse_scenario(f'title = "t"\nsummary = "s"\n{text}', name="t", source="t.toml").plan())


def test_a_confusion_matrix_and_its_scores_by_hand():
    actual, predicted = np.array([0, 0, 0, 1, 1, 2]), np.array([0, 0, 1, 1, 0, 0])
    counts = confusion_matrix(actual, predicted, 3)
    assert counts.tolist() == [[2, 1, 0], [1, 1, 0], [1, 0, 0]]
    scores = class_scores(counts)
    assert scores.precision == pytest.approx([2 / 4, 1 / 2, 0])
    assert scores.recall == pytest.approx([2 / 3, 1 / 2, 0])
    assert scores.f1 == pytest.approx([4 / 7, 1 / 2, 0])
    assert scores.accuracy == pytest.approx(3 / 6)
    assert scores.macro_f1 == pytest.approx((4 / 7 + 1 / 2) / 3)


def test_classes_are_the_largest_output_or_the_side_of_the_middle():
    assert predicted_classes(np.array([[0.2, 0.3, 0.1], [9.0, 1.0, 2.0]])).tolist() == [1, 0]
    assert predicted_classes(np.array([[0.2], [0.7]])).tolist() == [0, 1]
    assert predicted_classes(np.array([[-0.2], [0.2]]), middle=0.0).tolist() == [0, 1]


def test_r_squared_and_absolute_error():
    targets = np.array([[1.0], [2.0], [6.0]])
    assert r_squared(targets, targets) == 1.0
    assert r_squared(np.full((3, 1), 3.0), targets) == 0.0
    assert r_squared(targets + 1.0, targets) == pytest.approx(1 - 3 / 14)
    assert r_squared(np.ones((3, 1)), np.ones((3, 1))) == 1.0
    assert mean_absolute_error(targets + np.array([[1.0], [-1.0], [4.0]]), targets) == 2.0


@pytest.mark.parametrize("output", ["sigmoid", "softmax", "tanh"])
def test_the_confusion_matrix_of_a_run_agrees_with_its_accuracy(output):
    loss = "softmax-cross-entropy" if output == "softmax" else "mse"
    trainer = trainer_of(
        f'[data]\nkind = "circle"\nn = 60\nnoise = 0.2\n[model]\nhidden = [4]\noutput = "{output}"\n'
        f'[loss]\nkind = "{loss}"\n[schedule]\nkind = "constant"\nrate = 0.5'
    )
    trainer.advance(200)
    found = trainer.evaluate()
    counts = judge(trainer.plan, found, np.arange(60)).confusion
    assert counts.sum() == 60
    assert counts.sum(axis=1).tolist() == np.bincount(trainer.plan.examples.labels).tolist()
    assert class_scores(counts).accuracy == pytest.approx(found.accuracy)
    assert class_scores(counts).accuracy > 0.5


def test_how_far_an_update_moves_each_layer():
    trainer = trainer_of(
        '[data]\nkind = "parity"\nbits = 2\n[loss]\nkind = "mse"\nreduction = "half-sum"\n[model]\nlayers = ['
        '{kind = "dense", units = 2, activation = "relu"}, {kind = "batch-norm"}, {kind = "dense", units = 3, '
        'activation = "tanh"}]\n'
    )
    first = trainer.plan.network.trained[0]
    assert update_ratios(trainer)[0].update_norm == 0.0
    trainer.advance(1)
    first.weights(trainer.parameters)[...] = [[1.0, -1.0], [1.0, -1.0]]
    first.biases(trainer.parameters)[...] = 0.0
    found = update_ratios(trainer)
    assert [one.name for one in found] == ["layer1", "norm1", "layer2", "layer3"]
    assert found[0].weight_norm == pytest.approx(2.0)
    assert found[0].update_norm == pytest.approx(np.linalg.norm(first.view(trainer.change)))
    assert found[0].ratio == pytest.approx(found[0].update_norm / 2.0)


def test_the_updates_of_a_run_that_diverges_are_infinite_without_a_warning():
    trainer = trainer_of('[data]\nkind = "parity"\nbits = 2\n')
    trainer.advance(1)
    trainer.change[:] = 1e300
    trainer.parameters[:] = 2.0
    assert [one.update_norm for one in update_ratios(trainer)] == [np.inf] * len(trainer.plan.network.trained)
    assert all(one.ratio == np.inf for one in update_ratios(trainer))
