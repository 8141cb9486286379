"""The programs that nnsim exports of the article's two networks have the article's weights, to the last bit."""

import numpy as np
import pytest
from plain_networks import FOUR_BITS, XOR, train_one
from shared import bundled

from nnsim.export.programs.numpy_program import numpy_program
from nnsim.timeline import Timeline

EPOCHS = 10_000  # as many as the article trains


@pytest.mark.parametrize(("name", "inputs"), [("xor", XOR), ("parity-4bit", FOUR_BITS)])
def test_the_weights_of_an_exported_program_are_those_of_the_article(name, inputs):
    scenario = bundled(name)
    timeline = Timeline(scenario, scenario.variants[0].name, {"train.epochs": EPOCHS, "random.seed": 1})
    names = {"print": lambda step, loss: None}
    exec(compile(numpy_program(timeline).text, "run.py", "exec"), names)
    w0, w1 = train_one(inputs, 1, EPOCHS, names["W1"].shape[1])
    assert np.array_equal(names["W1"], w0)
    assert np.array_equal(names["W2"], w1)
