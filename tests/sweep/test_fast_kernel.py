"""The lines of the compiled kernel, carried out by Python itself: they train what NumPy trains."""

from dataclasses import replace

import numpy as np
import pytest
from test_runs import study_of, swept

from nnsim.cli import execute
from nnsim.cli import sweep as sweep_command
from nnsim.training.fast import kernel_files
from nnsim.training.fast.cohort_source import source_of

KINDS = (
    *("gradient descent", "start and momentum", "targets", "divergence", "classes", "a rate of each layer"),
    "float32, shapes",
)


def interpreted(plan, *, penalized, layered, files=None):
    """The kernel of a plan without its compiler: the same lines, a member at a time."""
    source = source_of(plan, penalized=penalized, layered=layered, cache=False)
    kind = np.dtype(plan.train.precision).type
    space = {"np": np, "njit": lambda **_: lambda function: function, "FLAGS": set(), "exp": np.exp, "bits": bool}
    space |= {"kind": kind, "ZERO": kind(0), "ONE": kind(1), "TWO": kind(2)}
    lines = source[source.index("@njit(cache=") :]
    space["T"] = 4
    exec(compile(lines, "kernel", "exec"), space)

    def train(*arguments):
        with np.errstate(all="ignore"):
            space["train"](*arguments)

    return train


@pytest.mark.parametrize("kind", KINDS)
def test_the_lines_of_the_kernel_train_what_numpy_trains(kind, monkeypatch):
    monkeypatch.setattr(kernel_files, "kernel_of", interpreted)
    study = study_of(kind, epochs=6 if kind != "divergence" else 12, marks=False)
    one, other = swept(study).rows, swept(replace(study, kernel="fast")).rows
    assert one.tobytes() != other.tobytes() or kind == "targets", "it was the kernel that trained"
    close = {"rtol": 1e-4, "atol": 1e-6} if "float32" in kind else {"rtol": 1e-9, "atol": 1e-12}
    for name in ("loss", "best", "accuracy"):
        np.testing.assert_allclose(other[name], one[name], **close, err_msg=name)
    for name in ("steps", "stop", "diverged_at", "epochs_to"):
        np.testing.assert_array_equal(other[name], one[name], err_msg=name)


def test_without_numba_one_sentence_says_how_to_get_it(monkeypatch, capsys):
    monkeypatch.setattr(sweep_command, "find_spec", lambda name: None)
    assert execute(["sweep", "xor", "--over", "schedule.rate=1,2", "--kernel", "fast"]) == 2
    assert "pip install 'nnsim[fast]'" in capsys.readouterr().err
