"""The lines of the compiled kernel, carried out by Python itself: they train what NumPy trains."""

from dataclasses import replace

import numpy as np
import pytest
from interpreted_kernel import interpreted
from test_runs import study_of, swept

from nnsim.cli import execute
from nnsim.errors import NnsimError
from nnsim.output_files import OutputFiles
from nnsim.sweep.file import SweepFile
from nnsim.sweep.opened_sweep import OpenedSweep
from nnsim.sweep.workers import Done, trained_here
from nnsim.training.fast import fast_cohort, support, update_source

KINDS = (
    *("gradient descent", "start and momentum", "targets", "divergence", "classes", "a rate of each layer"),
    "float32, shapes",
)


@pytest.mark.parametrize(
    ("kind", "unrolled"), [*((kind, 96) for kind in KINDS), ("start and momentum", 1), ("classes", 1)]
)
def test_the_lines_of_the_kernel_train_what_numpy_trains(kind, unrolled, monkeypatch):
    monkeypatch.setattr(fast_cohort, "compiled", interpreted)
    monkeypatch.setattr(update_source, "UNROLLED", unrolled)
    study = study_of(kind, epochs=6 if kind != "divergence" else 12, marks=False)
    one, other = swept(study).rows, swept(replace(study, kernel="fast")).rows
    assert one.tobytes() != other.tobytes() or kind == "targets", "it was the kernel that trained"
    close = {"rtol": 1e-4, "atol": 1e-6} if "float32" in kind else {"rtol": 1e-9, "atol": 1e-12}
    for name in ("loss", "best", "accuracy"):
        np.testing.assert_allclose(other[name], one[name], **close, err_msg=name)
    for name in ("steps", "stop", "diverged_at", "epochs_to"):
        np.testing.assert_array_equal(other[name], one[name], err_msg=name)


def test_without_numba_one_sentence_says_how_to_get_it(monkeypatch, capsys):
    monkeypatch.setattr(support, "find_spec", lambda name: None)
    assert execute(["sweep", "xor", "--over", "schedule.rate=1,2", "--kernel", "fast"]) == 2
    assert "pip install 'nnsim[fast]'" in capsys.readouterr().err


def test_what_begins_a_sweep_out_of_sight_says_before_that_numba_is_missing(monkeypatch, tmp_path):
    monkeypatch.setattr(support, "find_spec", lambda name: None)
    study = replace(study_of("gradient descent", epochs=3), kernel="fast")
    path = tmp_path / "a.nnsweep"
    with pytest.raises(NnsimError, match="needs numba"):
        OpenedSweep.begun(study, path, OutputFiles())
    assert not [*tmp_path.iterdir()]
    half = OpenedSweep(SweepFile.create(path, study, OutputFiles()))
    with pytest.raises(NnsimError, match="needs numba"):
        half.train(OutputFiles())


def test_a_whole_sweep_of_compiled_code_is_told_without_numba(monkeypatch, tmp_path, capsys):
    study = replace(study_of("gradient descent", epochs=3), kernel="fast")
    path = tmp_path / "a.nnsweep"
    file = SweepFile.create(path, study, OutputFiles())
    monkeypatch.setattr(support, "find_spec", lambda name: None)
    assert execute(["sweep", "--resume", str(path)]) == 2
    assert "needs numba" in capsys.readouterr().err
    for event in trained_here(replace(study, kernel="numpy"), study.tasks):
        if isinstance(event, Done):
            file.append(event.task, event.outcomes, OutputFiles())
    assert execute(["sweep", "--resume", str(path), "--json"]) == 0
