"""A few random inputs on two scenarios; `make monkey` gives thousands to all of them."""

import random

import pytest
from monkey import Monkey, caged


@pytest.mark.parametrize(("name", "seed"), [("xor", 3), ("playground-circle", 5)])
async def test_no_input_raises_hangs_or_makes_a_run_that_cannot_be_made_again(name, seed, tmp_path):
    with caged(tmp_path):
        monkey = Monkey(name, random.Random(seed))
        await monkey.play(40)
        assert monkey.compared
