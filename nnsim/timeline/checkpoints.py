"""Checkpoints of a run, close enough that any step is reached quickly, few enough to stay small."""

import bisect
from collections.abc import Callable, Iterator

from nnsim.training.records import Checkpoint

BUDGET = 128_000_000  # bytes: of a network with 500,000 parameters some 32 checkpoints
WORK = 240_000_000  # multiplications between two checkpoints: some tens of milliseconds

_Entry = Checkpoint | Callable[[int], Checkpoint]


def spacing_for(work_per_step: int, widest: int) -> int:
    """Steps between checkpoints of a run whose steps take so many multiplications: a power of 2 up to `widest`."""
    spacing = 1 << (widest.bit_length() - 1)
    while spacing > 1 and spacing * work_per_step > WORK:
        spacing //= 2
    return spacing


class Checkpoints:
    """Checkpoints every `spacing` steps, which doubles, dropping every other one, beyond the budget."""

    def __init__(self, spacing: int, budget: int = BUDGET) -> None:
        self.spacing = spacing
        self.quick = spacing  # so many steps are trained again without a noticeable wait
        self._budget = budget
        self._lists: tuple[list[int], list[_Entry]] = [], []

    def widen(self, spacing: int) -> None:
        """Has checkpoints so far apart, before there are any."""
        self.spacing = max(self.spacing, spacing)

    def __len__(self) -> int:
        return len(self._steps)

    def __iter__(self) -> Iterator[Checkpoint]:
        steps, entries = self._lists
        return (_loaded(one, step) for one, step in zip(entries, steps, strict=True))

    @property
    def _steps(self) -> list[int]:
        return self._lists[0]

    @property
    def _entries(self) -> list[_Entry]:
        return self._lists[1]

    @property
    def steps(self) -> tuple[int, ...]:
        return tuple(self._steps)

    def steps_to_next(self, step: int) -> int:
        """How many steps from here until the next checkpoint is due."""
        return self.spacing - step % self.spacing

    def due(self, step: int) -> bool:
        return step % self.spacing == 0 and (not self._steps or step > self._steps[-1])

    def add(self, checkpoint: Checkpoint) -> None:
        """Adds a checkpoint of a later step than all before."""
        # Another thread may be writing this run to a file: it never finds a step without its checkpoint.
        self._entries.append(checkpoint)
        self._steps.append(checkpoint.step)
        while len(self._steps) > 2 and len(self._steps) * checkpoint.nbytes > self._budget:
            self.spacing *= 2
            keep = [i for i, step in enumerate(self._steps) if step % self.spacing == 0]
            self._lists = [self._steps[i] for i in keep], [self._entries[i] for i in keep]

    def add_unloaded(self, steps: list[int], load: Callable[[int], Checkpoint]) -> None:
        """Adds checkpoints at later steps that stay in a file; each is read whenever it is asked for."""
        self._entries.extend([load] * len(steps))
        self._steps.extend(steps)

    def forget(self) -> None:
        """Removes all."""
        self._lists = [], []

    def before(self, step: int) -> Checkpoint:
        """The last checkpoint at or before a step."""
        steps, entries = self._lists
        index = bisect.bisect_right(steps, step) - 1
        return _loaded(entries[index], steps[index])

    def step_before(self, step: int) -> int:
        """The step of that checkpoint, without loading it."""
        return self._steps[bisect.bisect_right(self._steps, step) - 1]

    def up_to(self, step: int) -> "Checkpoints":
        copy = Checkpoints(self.spacing, self._budget)
        copy.quick = self.quick
        end = bisect.bisect_right(self._steps, step)
        copy._lists = self._steps[:end], self._entries[:end]
        return copy


def _loaded(entries: _Entry, step: int) -> Checkpoint:
    return entries if isinstance(entries, Checkpoint) else entries(step)
