"""Checkpoints of a run, close enough that any step is reached quickly, few enough to stay small."""

import bisect
from collections.abc import Callable, Iterator

from nnsim.trainer import Checkpoint

BUDGET = 32_000_000  # bytes
WORK = 120_000_000  # multiplications between two checkpoints: some ten milliseconds
WIDEST = 256  # steps between two checkpoints, before thinning


def spacing_for(work_per_step: int) -> int:
    """Steps between checkpoints of a run whose steps take so many multiplications: a power of 2."""
    spacing = WIDEST
    while spacing > 1 and spacing * work_per_step > WORK:
        spacing //= 2
    return spacing


class Checkpoints:
    """Checkpoints in the order of their steps, every `spacing` steps.

    When they outgrow the budget every other one is dropped and the spacing doubles; the first always stays.
    """

    def __init__(self, spacing: int, budget: int = BUDGET) -> None:
        self.spacing = spacing
        self._budget = budget
        self._steps: list[int] = []
        self._kept: list[Checkpoint | Callable[[int], Checkpoint]] = []

    def __len__(self) -> int:
        return len(self._steps)

    def __iter__(self) -> Iterator[Checkpoint]:
        return (self._get(i) for i in range(len(self._steps)))

    @property
    def steps(self) -> tuple[int, ...]:
        """The steps that have a checkpoint."""
        return tuple(self._steps)

    def steps_to_next(self, step: int) -> int:
        """How many steps from here until the next checkpoint is due."""
        return self.spacing - step % self.spacing

    def due(self, step: int) -> bool:
        """Whether a run at this step owes a checkpoint."""
        return step % self.spacing == 0 and (not self._steps or step > self._steps[-1])

    def add(self, checkpoint: Checkpoint) -> None:
        """Keep a checkpoint of a later step than all before."""
        self._steps.append(checkpoint.step)
        self._kept.append(checkpoint)
        while len(self._steps) > 2 and len(self._steps) * checkpoint.nbytes > self._budget:
            self.spacing *= 2
            keep = [i for i, step in enumerate(self._steps) if step % self.spacing == 0]
            self._steps = [self._steps[i] for i in keep]
            self._kept = [self._kept[i] for i in keep]

    def add_unloaded(self, steps: list[int], load: Callable[[int], Checkpoint]) -> None:
        """Know of checkpoints at later steps that stay in a file; each is read anew whenever it is asked for."""
        self._steps += steps
        self._kept += [load] * len(steps)

    def before(self, step: int) -> Checkpoint:
        """The last checkpoint at or before a step."""
        return self._get(bisect.bisect_right(self._steps, step) - 1)

    def up_to(self, step: int) -> "Checkpoints":
        """A copy that ends at a step."""
        copy = Checkpoints(self.spacing, self._budget)
        end = bisect.bisect_right(self._steps, step)
        copy._steps, copy._kept = self._steps[:end], self._kept[:end]
        return copy

    def _get(self, index: int) -> Checkpoint:
        kept = self._kept[index]
        return kept if isinstance(kept, Checkpoint) else kept(self._steps[index])
