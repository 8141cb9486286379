"""The tasks of a sweep on a Dask cluster: populations, half a second to five each, and never single runs.

The study and the number of a task travel as arguments, and what is drawn follows from them; so a task that is done
twice, because a worker was lost, comes to the same. This process alone writes the file.
"""

import json
from collections.abc import Iterator
from functools import lru_cache
from importlib.util import find_spec
from typing import Any

from nnsim.errors import NnsimError
from nnsim.recording.facts import own_bits
from nnsim.sweep.file import as_meta, study_of
from nnsim.sweep.rungs import SweepTask
from nnsim.sweep.study import Study
from nnsim.sweep.task import Bench
from nnsim.sweep.workers import Done, Event, one_thread
from nnsim.text import clean_line
from nnsim.training.outcome import Outcomes

CONNECT_S = 10.0
AHEAD = 4  # tasks under way for each thread of the cluster


def require_dask() -> None:
    """Refuses a cluster where Dask is missing.  Raises: NnsimError with the command that installs it."""
    if find_spec("distributed") is None:
        raise NnsimError(
            "--dask: needs dask.distributed (pip install 'nnsim[dask]'); allowed without it: --workers N"
        )


def trained_on_cluster(study: Study, tasks: list[SweepTask], address: str, mixed: Any) -> Iterator[Event]:
    """Trains tasks on a cluster.  Args: mixed: is called with a sentence where workers may differ in last bits.

    Raises: NnsimError where there is no scheduler, or it is lost: what is done stays done.
    """
    import distributed

    dask: Any = distributed  # whose functions have no types
    try:
        client = dask.Client(address, timeout=CONNECT_S)
    except (OSError, ValueError) as error:
        raise NnsimError(f"--dask {clean_line(address)}: no scheduler answers: {clean_line(str(error))}") from None
    try:
        bits = set(client.run(_bits, on_error="ignore").values())  # a worker that ends now is not asked again
        if len(bits) > 1:
            mixed(f"its workers compute with {len(bits)} sets of libraries: last bits depend on who trains what")
        # A task of its own, and no scattered data: the scheduler makes it again where the worker that has it ends.
        shared = client.submit(str, json.dumps(as_meta(study)), pure=False)
        threads = max(1, sum(client.nthreads().values()))
        left, most, by_number = iter(tasks), AHEAD * threads, {one.number: one for one in tasks}
        first = [
            client.submit(train_task, shared, task, pure=False) for task, _ in zip(left, range(most), strict=False)
        ]
        done = dask.as_completed(first, with_results=True)
        for future, (number, content) in done:
            yield Done(by_number[number], Outcomes.from_bytes(content))
            future.release()
            following = next(left, None)
            if following is not None:
                done.add(client.submit(train_task, shared, following, pure=False))
    except (OSError, TimeoutError) as error:
        raise NnsimError(
            f"--dask {clean_line(address)}: the scheduler is lost ({clean_line(str(error))}); --resume goes on"
        ) from None
    finally:
        client.close(timeout=2)


@lru_cache(maxsize=2)  # a worker is given many tasks of one study
def _bench(meta: str) -> Bench:
    return Bench(study_of(json.loads(meta), "the sweep"))


def train_task(meta: str, task: SweepTask) -> tuple[int, bytes]:
    """What a worker does: one task, with linear algebra held to one thread.  Args: meta: the study, as JSON."""
    with one_thread():
        for step in _bench(meta).train(task):
            if isinstance(step, Outcomes):
                return task.number, step.table.tobytes()
    raise AssertionError("training ends with outcomes")


def _bits() -> str:
    return repr(sorted(own_bits().items()))
