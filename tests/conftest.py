"""What many tests share: the folder of the tests, the golden figures, small scenarios."""

import gc
import json
import os
import resource
import sys
from pathlib import Path

import pytest
from hypothesis import settings
from shared import bundled
from threadpoolctl import threadpool_limits

from nnsim.scenario.scenario import parse_scenario
from nnsim.timeline.run import Run

# An app that is tested leaves some hundred thousand objects behind. With Python's own thresholds, made for 700
# young objects, a quarter of the suite's time goes into looking through what lives.
gc.set_threshold(100_000, 20, 50)

# A session starts a hundred processes, the workers of pytest-xdist among them: each reads compiled modules, where
# it would compile them anew.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

# Matrices of these sizes are not worth a second thread, and one that waits for work burns a processor that another
# worker needs: the processes that tests start read the variable, and this one has imported NumPy before it.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
threadpool_limits(1)

# The suite tries the same examples every time: what passed here passes elsewhere. `make fuzz` tries new ones.
settings.register_profile("suite", derandomize=True, deadline=None)
settings.load_profile("suite")


def pytest_collection_finish():
    """What is imported lives to the end: no collection of cycles looks through it."""
    gc.collect()
    gc.freeze()


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish():
    """Look for cycles once, with all that their ends would warn of; pytest looks five times, and Python again."""
    gc.collect()
    gc.freeze()


def pytest_addoption(parser):
    parser.addoption("--renew-snapshots", action="store_true", help="write the snapshots of the panes anew")


@pytest.fixture(autouse=True, scope="session")
def remembered(tmp_path_factory):
    """What nnsim remembers of its user lies in a folder of the tests, and lessons are as they were written."""
    folder = tmp_path_factory.mktemp("state")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_STATE_HOME", str(folder))
        patch.setenv("NNSIM_LANGUAGE", "en")  # that of the developer's locale is no matter of the tests
        yield folder


@pytest.fixture(scope="session")
def golden():
    """Figures of the articles, run again, with their errors corrected."""
    return json.loads((Path(__file__).parent / "golden.json").read_text())


@pytest.fixture
def scenario():
    """Reads a scenario that comes with nnsim, by its name."""
    return bundled


@pytest.fixture(scope="session")
def trained():
    """Trains a variant of a scenario to its end, once for all tests that look at it; none may train it further."""
    runs: dict[str, Run] = {}

    def train(name, variant=None, settings=None):
        key = json.dumps([name, variant, settings], sort_keys=True)
        if key not in runs:
            run = Run(bundled(name), variant, settings)
            run.advance_to(run.timeline.plan.steps)
            runs[key] = run
        return runs[key]

    return train


@pytest.fixture
def small_scenario():
    """Makes a scenario from TOML on the XOR data, with anything added."""

    def make(extra="", head=""):
        text = f'title = "t"\nsummary = "s"\n{head}\n[data]\nkind = "parity"\nbits = 2\n{extra}'
        return parse_scenario(text, name="small", source="small.toml")

    return make


@pytest.fixture
def smallest_files():
    """Lets files grow to a size and no further, as a full disk would."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    yield lambda size: resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    resource.setrlimit(resource.RLIMIT_FSIZE, before)
