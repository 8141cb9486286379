"""The outcomes of a sweep as they come, and which tasks are next: a rung begins when the one before is done."""

from dataclasses import dataclass

import numpy as np

from nnsim.sweep.grid import Numbers
from nnsim.sweep.rungs import Rung, SweepTask, best_members
from nnsim.sweep.study import Study
from nnsim.training.outcome import HALVING, REASONS, Outcomes


@dataclass(frozen=True)
class EpochSaving:
    """Epochs of all runs together: what halving has trained, and what training every run to its end would have.

    The latter is an upper bound: a run that was stopped early might have ended before its last epoch.
    """

    trained: int
    without: int

    @property
    def share(self) -> float:
        return 1.0 - self.trained / self.without if self.without else 0.0


class OutcomeTable:
    """The outcomes of all members, as far as they are known: `rows`, (members,), and `known`, (members,).

    Of a member that successive halving trains on, the newest outcome; `in_last` says of which members the last rung
    has decided.
    """

    def __init__(self, study: Study) -> None:
        members = len(study.grid)
        self.study = study
        self.rows = Outcomes.empty(members).table
        self.known = np.zeros(members, bool)
        self.done: set[int] = set()  # numbers of tasks
        self._place = 0  # of the rung that is being trained
        self._open: dict[int, SweepTask] = {}
        self._members: Numbers = np.arange(members, dtype=np.int64)
        self._epochs = 0  # trained in all rungs
        self._begin(study.tasks)

    def _begin(self, tasks: list[SweepTask]) -> None:
        self._open = {one.number: one for one in tasks}

    @property
    def rung(self) -> Rung:
        """The rung that is being trained."""
        return self.study.rungs[self._place]

    @property
    def left(self) -> list[SweepTask]:
        """The tasks of this rung that are not done."""
        return [*self._open.values()]

    @property
    def whole(self) -> bool:
        """Whether every task of every rung is done."""
        return not self._open

    @property
    def share(self) -> float:
        """How much of all tasks is done, by runs and epochs."""
        work = [one.runs * one.epochs for one in self.study.rungs]
        begun = 1.0 - sum(map(len, self._open.values())) / self.rung.runs
        return (sum(work[: self._place]) + work[self._place] * begun) / sum(work)

    @property
    def in_last(self) -> Numbers:
        """The members of the last rung; none before it has begun."""
        return self._members if self.rung.is_last else self._members[:0]

    def task(self, number: object) -> SweepTask | None:
        """The task of this number, where it may come next."""
        return self._open.get(number) if isinstance(number, int) else None

    def put(self, task: SweepTask, outcomes: Outcomes) -> None:
        """Takes what came of a task; begins the next rung where it was the last one of its own."""
        if self._open.pop(task.number, None) is None:
            return
        self.rows[task.members], self.known[task.members] = outcomes.table, True
        self._epochs += int(outcomes.table["epochs"].sum())
        self.done.add(task.number)
        if not self._open and not self.rung.is_last:
            figure = "val" if self.study.plan.validation_rows else "loss"
            self._place += 1
            self._members = best_members(self.study.grid, self.rows[figure], self._members, self.rung.combinations)
            self._begin(self.rung.tasks(self._members))

    @property
    def saving(self) -> EpochSaving:
        """What stopping early has saved so far."""
        rows = self.rows[self.known]
        stopped = rows["stop"] == REASONS.index(HALVING)
        whole = np.where(stopped, self.study.plan.train.epochs, rows["epochs"])
        return EpochSaving(self._epochs, int(whole.sum()))
