"""The steps of a single run as a population does them, in place of a trainer's bound operations.

A population takes sums in another order than a single run, so a run whose end rests on rounding ends otherwise in
it. Trained by these steps it comes to what it has come to there, bit by bit.
"""

import numpy as np
import numpy.typing as npt

from nnsim.nn.arrays import Array
from nnsim.optim.binding import Arena
from nnsim.training.block import Pass, PopulationBlock
from nnsim.training.cohort_members import Members
from nnsim.training.tape import Tape

COPIES = 4  # of the member: sums over one alone are taken in another order
KNOWN = ("gradient", "scored", "parameters")  # of a tape


def why_no_member(members: Members, tape: Tape) -> str:
    """What keeps a member from being trained by itself as in its population; empty where nothing does."""
    reasons = {
        "single precision, whose products follow from how many there are": members.starts.dtype != np.float64,
        "batches": not members.plan.batches.full,
        "rows of each member's own": len(members.rows) > 1 or members.plan.validation_rows > 0,
        "figures that a population does not keep": not set(tape.parts) <= set(KNOWN),
    }
    return next((reason for reason, holds in reasons.items() if holds), "")


class PopulationSteps:
    """Trains the arrays of a trainer by the operations of the population that a member belongs to."""

    def __init__(self, members: Members, member: int, arena: Arena, tape: Tape) -> None:
        """Args: members: the population. member: its place there."""
        some = members.part(np.full(COPIES, member))
        self._plan, self._arena, self._tape = members.plan, arena, tape
        self._block = PopulationBlock(
            members.plan, some.rules, np.ascontiguousarray(some.starts), own=True, factors=some.factors
        )
        rows = some.rows[0].training
        self._pass = Pass(self._block, rows.inputs, rows.targets[:, :, None])
        names = ("loss", "accuracy") if members.plan.accuracy_applies else ("loss",)
        layers = [f"gradient:{layer.name}" for layer in members.plan.network.layers]
        self._columns = {name: np.empty((self._pass.rows, COPIES)) for name in (*names, *layers)}

    def train(
        self,
        first: int,
        rates: Array,
        order: npt.NDArray[np.int64] | None,
        shape: tuple[int, ...],
        offset: int,
    ) -> None:
        """Trains the steps after step `first`, and fills in the rows of the tape from one on.

        Args: rates: of each step, (steps,). order: None, for all rows are taken in their order. shape: of what is
        scored, (outputs, batch).
        """
        assert order is None, "a member in batches is trained otherwise"
        arena, block = self._arena, self._block
        block.parameters[...] = arena.parameters[:, None]
        for mine, slot in zip(block.slots, arena.slots, strict=True):
            mine[...] = slot.reshape(-1, 1)
        for start in range(0, len(rates), self._pass.rows):
            some = rates[start : start + self._pass.rows]
            columns = {name: column[: len(some)] for name, column in self._columns.items()}
            each = np.repeat(some[:, None], COPIES, axis=1)
            self._pass.run(each, columns, after=lambda row, at=offset + start: self._keep(at + row))  # type: ignore[misc]
        np.copyto(arena.parameters, block.parameters[:, 0])
        for mine, slot in zip(block.slots, arena.slots, strict=True):
            slot[...] = mine[:, 0].reshape(slot.shape)

    def _keep(self, row: int) -> None:
        """Puts a step onto the tape, as the trainer's own operations do."""
        tape, block = self._tape, self._block
        kept = tape.rows[row]
        gradient = block.gradient[:, 0]
        if tape.whole:
            kept[tape.parts["gradient"]] = gradient
        else:
            layers = (gradient[one.offset : one.offset + one.size] for one in self._plan.network.layers)
            kept[tape.parts["gradient"]] = [float(part.dot(part)) for part in layers]
        scored = self._pass.scored[:, :, 0].T
        kept[tape.parts["scored"].start :][: scored.size] = scored.ravel()
        if "parameters" in tape.parts:
            kept[tape.parts["parameters"]] = block.parameters[:, 0]
        tape.now[: len(kept)] = kept
