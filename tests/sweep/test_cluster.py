"""Tasks of a sweep on a cluster: what a worker of Dask is given, and what the command says without Dask."""

import json

from test_runs import study_of, swept

from nnsim.cli import execute
from nnsim.sweep import cluster
from nnsim.sweep.file import as_meta


def test_without_dask_one_sentence_says_how_to_get_it(monkeypatch, capsys):
    monkeypatch.setattr(cluster, "find_spec", lambda name: None)
    assert execute(["sweep", "xor", "--over", "schedule.rate=1,2", "--dask", "tcp://127.0.0.1:1"]) == 2
    assert "pip install 'nnsim[dask]'" in capsys.readouterr().err


def test_a_task_that_travels_as_text_has_the_bits_of_one_at_home():
    study = study_of("adam in batches", marks=False)
    found = [cluster.train_task(json.dumps(as_meta(study)), task) for task in study.tasks]
    assert b"".join(content for _, content in found) == swept(study).rows.tobytes()
