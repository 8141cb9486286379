"""`nnsim show FILE --find PLACE`."""

import json

import numpy as np
import pytest

from nnsim.recording import save
from nnsim.timeline.run import Run


@pytest.fixture
def recorded(tmp_path, scenario):
    """A recording of two runs of XOR, and their losses."""
    runs = [Run(scenario("xor"), name) for name in ("article", "biases")]
    for run in runs:
        run.advance_to(3000)
    path = tmp_path / "xor.nnsim"
    save(path, [run.timeline for run in runs])
    return path, [run.timeline.series["loss"].values(0, 3000) for run in runs]


def test_find_lists_the_steps_of_every_run(nnsim, recorded):
    path, losses = recorded
    done = nnsim("show", path, "--find", "loss<0.3", "--json")
    assert done.status == 0
    answer = json.loads(done.out)
    assert answer["place"] == "loss<0.3"
    for run, loss in zip(answer["runs"], losses, strict=True):
        first = int(np.argmax(loss < 0.3)) + 1
        assert run["places"][0]["step"] == run["places"][0]["epoch"] == first
        assert run["count"] == len(run["places"])
    told = nnsim("show", path, "--find", "loss<0.3").out
    assert f"step {int(np.argmax(losses[0] < 0.3)) + 1:,}" in told


def test_find_says_so_where_there_is_nothing(nnsim, recorded):
    path, losses = recorded
    done = nnsim("show", path, "--find", "loss<1e-9")
    assert done.status == 1
    assert f"the smallest so far is {losses[0].min():.6g}" in done.out
    assert json.loads(nnsim("show", path, "--find", "nan", "--json").out)["runs"][0]["count"] == 0


@pytest.mark.parametrize(
    ("place", "told"), [("los<1", "did you mean 'loss'?"), ("val<1", "has no val"), ("grad:layer9<1", "layer2")]
)
def test_find_refuses_in_one_line(nnsim, recorded, place, told):
    done = nnsim("show", recorded[0], "--find", place)
    assert done.status == 2
    assert done.out == ""
    assert told in done.err
    assert done.err.count("\n") == 1
