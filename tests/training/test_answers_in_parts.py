"""Rows are answered in parts where a network is wide, which changes no bit of what it answers."""

import numpy as np
import pytest

from nnsim.scenario.scenario import parse_scenario
from nnsim.training import inference
from nnsim.training.trainer import Trainer

WIDE = """
title = "t"
summary = "s"
[data]
kind = "circle"
n = 300
[model]
hidden = [64, 8]
[train]
validation = 0.3
"""


@pytest.mark.parametrize("precision", ["float64", "float32"])
def test_answers_in_parts_have_the_bits_of_all_at_once(monkeypatch, precision):
    plan = parse_scenario(WIDE, name="wide", source="wide.toml").plan(None, {"train.precision": precision})
    whole = Trainer(plan).evaluate()
    monkeypatch.setattr(inference, "NUMBERS_AT_ONCE", 64 * 64)
    trainer, bound_for, widths = Trainer(plan), Trainer.bound_for, set()
    monkeypatch.setattr(Trainer, "bound_for", lambda self, rows: widths.add(rows) or bound_for(self, rows))
    parted = trainer.evaluate()
    assert (whole.loss, whole.accuracy) == (parted.loss, parted.accuracy)
    np.testing.assert_array_equal(whole.predictions, parted.predictions)
    assert max(widths) == (300 if precision == "float32" else 64 + 300 % 64)
    assert trainer.answers(trainer.inputs[:0])[0].shape == (1, 0)
