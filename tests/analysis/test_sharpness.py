"""Sharpness of trained networks against the eigenvalues of their whole Hessian, to 1e-6."""

import numpy as np
import pytest

from nnsim.errors import NnsimError
from nnsim.scenario.scenario import parse_scenario
from nnsim.timeline.run import Run
from nnsim.training.epoch_figures import EVERY_ROW, hessian_of, sharpness

CASES = {
    "tanh, mse": ('hidden = [6]\nactivation = "tanh"\noutput = "linear"', "mse", ""),
    "silu, cross-entropy": ('hidden = [5, 4]\nactivation = "silu"', "binary-cross-entropy", ""),
    "gelu, with a penalty": (
        'hidden = [6]\nactivation = "gelu"',
        "binary-cross-entropy",
        "[regularization]\nl2 = 0.05",
    ),
    "relu, softmax": ('hidden = [6]\nactivation = "relu"\noutput = "softmax"', "softmax-cross-entropy", ""),
}


def trained(model, loss, more="", seed=0):
    text = f"""
title = "t"
summary = "s"
[data]
kind = "xor"
n = 50
[model]
{model}
[loss]
kind = "{loss}"
[random]
seed = {seed}
{more}
"""
    run = Run(parse_scenario(text, name="t", source="t"))
    run.advance_to(60)
    return run.trainer


@pytest.mark.parametrize("seed", [5, 17])
@pytest.mark.parametrize("name", CASES)
def test_it_is_the_largest_eigenvalue_of_the_whole_hessian(name, seed):
    trainer = trained(*CASES[name], seed)
    product = hessian_of(trainer, EVERY_ROW).at()
    whole = np.array([product(one) for one in np.eye(trainer.parameters.size)])
    assert np.abs(whole - whole.T).max() <= 1e-12 * np.abs(whole).max()
    found = sharpness(trainer, tolerance=1e-11, most=20_000)
    assert found.value == pytest.approx(np.linalg.eigvalsh(whole)[-1], rel=1e-6)
    assert np.linalg.norm(found.direction) == pytest.approx(1.0)


def test_a_straight_lines_is_that_of_its_inputs():
    # C = mean((w x + b - y)**2): the Hessian is 2 / n times the products of the columns x and 1.
    trainer = trained('output = "linear"', "mse")
    columns = np.hstack([trainer.inputs, np.ones((50, 1))])
    expected = np.linalg.eigvalsh(2.0 / 50 * columns.T @ columns)[-1]
    assert sharpness(trainer, tolerance=1e-13).value == pytest.approx(expected, rel=1e-9)


def test_what_has_no_second_derivative_is_refused():
    with pytest.raises(NnsimError, match="Focal has no second derivative"):
        sharpness(trained("hidden = [3]", "focal"))
