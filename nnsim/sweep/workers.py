"""Workers: processes, or threads, that train the tasks of a sweep, each one task at a time.

Study and task numbers travel as arguments, never generators: what is drawn follows from the seed of a member. A
worker that dies is replaced and its task given to another one.
"""

import multiprocessing
import os
import signal
import sys
import threading
import time
import warnings
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib import import_module
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from queue import SimpleQueue
from typing import Any

from nnsim.errors import NnsimError
from nnsim.sweep.rungs import SweepTask
from nnsim.sweep.study import Study
from nnsim.sweep.task import Bench, Trained, prepare_kernels
from nnsim.training.outcome import Outcomes

TURN_S = 0.1  # after which a caller is told how far a task is
ATTEMPTS = 3  # at a task whose worker dies


@dataclass(frozen=True)
class Done:
    """A task that is done, and what came of it."""

    task: SweepTask
    outcomes: Outcomes


Event = Done | Trained


def default_workers() -> int:
    """One for every core that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return max(1, len(os.sched_getaffinity(0)))
    return max(1, os.cpu_count() or 1)


@contextmanager
def one_thread() -> Iterator[None]:
    """Keeps linear algebra to one thread: how many there are decides the last bits of its sums."""
    from threadpoolctl import threadpool_limits

    with threadpool_limits(1):
        yield


def trained_here(study: Study, tasks: Iterable[SweepTask]) -> Iterator[Event]:
    """Trains tasks in this process, one after the other."""
    bench = Bench(study)
    with one_thread():
        for task in tasks:
            yield from _events(bench, task)


def _events(bench: Bench, task: SweepTask) -> Iterator[Event]:
    told, since = time.perf_counter(), 0.0
    for step in bench.train(task):
        if isinstance(step, Outcomes):
            yield Done(task, step)
            return
        since += step.members
        if time.perf_counter() - told >= TURN_S:
            yield Trained(since)
            told, since = time.perf_counter(), 0.0


@dataclass
class _Worker:
    process: BaseProcess
    pipe: Connection
    task: SweepTask | None = None


class Pool:
    """So many processes that train tasks of a study; to be closed, which ends them at once."""

    def __init__(self, study: Study, workers: int) -> None:
        self._study = study
        self._context: Any = multiprocessing.get_context("fork" if sys.platform == "linux" else "spawn")
        self._workers: list[_Worker] = []
        self._count = workers

    def __enter__(self) -> "Pool":
        import_module("threadpoolctl")  # which forked workers then have, and need not import one by one
        return self

    def __exit__(self, *_: object) -> None:
        for worker in self._workers:
            worker.process.kill()
        for worker in self._workers:
            worker.process.join()
            worker.pipe.close()

    def trained(self, tasks: Iterable[SweepTask]) -> Iterator[Event]:
        """Trains tasks, and tells of them as they are done.  Raises: NnsimError where a task ends its workers."""
        left, tries = deque(tasks), dict[int, int]()
        while left or any(one.task is not None for one in self._workers):
            while left and len(self._workers) < self._count:
                self._workers.append(self._begin())
            for worker in self._workers:
                if worker.task is None and left:
                    worker.task = left.popleft()
                    with suppress(OSError):  # it has just died, which the next look tells
                        worker.pipe.send(worker.task)
            ready = wait([one.pipe for one in self._workers], TURN_S)
            if not ready:
                yield Trained(0.0)  # the caller's turn
            for worker in [one for one in self._workers if one.pipe in ready]:
                try:
                    event = worker.pipe.recv()
                except (EOFError, OSError):
                    self._workers.remove(worker)
                    worker.process.join()
                    task = worker.task
                    if task is not None:
                        tries[task.number] = tries.get(task.number, 0) + 1
                        if tries[task.number] >= ATTEMPTS:
                            raise NnsimError(
                                f"task {task.number + 1:,} has ended {ATTEMPTS} workers (exit code "
                                f"{worker.process.exitcode}): is there enough memory?"
                            ) from None
                        left.appendleft(task)
                    continue
                if isinstance(event, NnsimError):
                    raise event
                if isinstance(event, Done):
                    worker.task = None
                yield event

    def _begin(self) -> _Worker:
        ours, theirs = self._context.Pipe()
        others = [one.pipe for one in self._workers] + [ours]
        process = self._context.Process(target=work, args=(self._study, theirs, others), daemon=True)
        with warnings.catch_warnings():
            # Python warns of threads in a process that forks; those of linear algebra are made for it.
            warnings.simplefilter("ignore", DeprecationWarning)
            process.start()
        theirs.close()
        return _Worker(process, ours)


def work(study: Study, pipe: Connection, others: list[Connection]) -> None:
    """What a worker does until its pipe is closed; others: ends of pipes that a forked process has inherited."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN if number == signal.SIGINT else signal.SIG_DFL)
    if sys.platform == "linux":
        for other in others:
            other.close()
    bench = Bench(study)
    with one_thread(), suppress(EOFError, OSError):
        while True:
            task = pipe.recv()
            try:
                for event in _events(bench, task):
                    pipe.send(event)
            except NnsimError as error:
                pipe.send(error)


def trained_on_threads(study: Study, tasks: Iterable[SweepTask], workers: int) -> Iterator[Event]:
    """Trains tasks on so many threads of this process, which begin at once: compiled code lets each other run."""
    bench, left = Bench(study), deque(tasks)
    told: SimpleQueue[Event | BaseException | None] = SimpleQueue()
    over = threading.Event()

    def train() -> None:
        try:
            while (task := _next(left)) is not None:
                for event in _events(bench, task):
                    told.put(event)
                    if over.is_set():
                        return
        except BaseException as error:  # which the caller is to have, whatever it is
            told.put(error)
        finally:
            told.put(None)

    threads = [threading.Thread(target=train, daemon=True) for _ in range(workers)]
    try:
        with one_thread():
            for thread in threads:
                thread.start()
            going = workers
            while going:
                event = told.get()
                if event is None:
                    going -= 1
                elif isinstance(event, BaseException):
                    raise event
                else:
                    yield event
    finally:
        over.set()
        for thread in threads:
            thread.join()


def _next(left: "deque[SweepTask]") -> SweepTask | None:
    """The next task, which no other thread is given."""
    try:
        return left.popleft()
    except IndexError:
        return None


def trained(study: Study, tasks: list[SweepTask], workers: int) -> Iterator[Event]:
    """Trains tasks on so many processes, or threads where all of it is compiled; here where one is enough."""
    compiled = study.kernel == "fast" and bool(tasks) and prepare_kernels(study)
    count = min(workers, len(tasks))
    if count <= 1:
        yield from trained_here(study, tasks)
    elif compiled:
        yield from trained_on_threads(study, tasks, count)
    else:
        with Pool(study, count) as pool:
            yield from pool.trained(tasks)
