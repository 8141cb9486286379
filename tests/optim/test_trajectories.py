"""Optimizers, schedules, clipping and regularization lead where PyTorch's lead: 200 steps, 1e-9 relative."""

import pytest
from shared import THIRD
from trajectories import cases, difference

# The suite takes every third combination of each optimizer, `make test-whole` all of them.
GROUPS = sorted({case["names"][0] for case in cases()})


@pytest.mark.parametrize("group", GROUPS)
def test_200_steps_end_where_pytorch_ends(group):
    indices = [index for index, case in enumerate(cases()) if case["names"][0] == group][::THIRD]
    far = {" × ".join(cases()[index]["names"]): difference(index) for index in indices}
    assert {name: value for name, value in far.items() if not value < 1e-9} == {}


@pytest.mark.parametrize(
    "index", range(len(cases("optax"))), ids=lambda index: " × ".join(cases("optax")[index]["names"])
)
def test_200_steps_end_where_optax_ends(index):
    assert difference(index, "optax") < 1e-9


def test_the_stored_runs_cover_every_combination():
    names = {tuple(case["names"]) for case in cases()}
    # Optimizers × schedules × clippings; L-BFGS unclipped; regularization; cyclic rates with two optimizers; later
    # optimizers with three schedules, SAM unclipped.
    assert len(names) == len(cases()) == 11 * 11 * 4 + 11 + 6 + 2 * 2 * 4 + 6 * 3 * 4 + 2 * 3
