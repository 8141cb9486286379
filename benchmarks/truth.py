"""Prints the truth table, in Markdown: each method, what it is compared with, and the largest difference found.

    python benchmarks/truth.py

The comparisons are those of the tests. A family adds itself by a function that yields rows, named in FAMILIES. The
exit status is 1 where a difference is larger than allowed.
"""

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

import numpy as np  # noqa: E402
from plain import lion_cases, lion_difference  # noqa: E402
from trajectories import cases, difference, start, stored  # noqa: E402

from nnsim.trainer import PHASES  # noqa: E402


@dataclass(frozen=True)
class Row:
    """One line of the table; differences are relative."""

    method: str
    compared: str  # with what it was combined, or over what the largest was taken
    reference: str
    difference: float
    allowed: float


def optimizers() -> Iterator[Row]:
    """Every optimizer × schedule × clipping, and regularization: parameters over 200 steps."""
    torch = f"PyTorch {str(stored()['version']).split('+')[0]}"
    numbered = sorted(enumerate(cases()), key=lambda one: one[1]["names"][0])
    for name, group in groupby(numbered, key=lambda one: one[1]["names"][0]):
        found = [(difference(index), case["names"]) for index, case in group]
        combined = (
            {names[1] for _, names in found if len(names) > 1},
            {names[2] for _, names in found if len(names) > 2},
        )
        over = " × ".join(
            f"{len(kinds)} {what}"
            for kinds, what in zip(combined, ("schedules", "clippings"), strict=True)
            if len(kinds) > 1
        )
        yield Row(name, over or "constant rate", torch, max(found)[0], 1e-9)
    worst = max(lion_difference(*case) for case in lion_cases())
    yield Row("lion", "3 schedules × 4 clippings × 2 weight decays", "Chen et al., algorithm 2", worst, 1e-9)


def finite_differences() -> Iterator[Row]:
    """The gradient that finite differences find, against backpropagation's."""
    gradients = []
    for kind in ("finite-differences", "gradient-descent"):
        run = start({"solver": {"kind": kind}})
        for phase in PHASES[:3]:
            run.trainer.enter(phase)
        gradients.append(run.trainer._arena.gradient)
    worst = float(np.abs(gradients[0] - gradients[1]).max() / np.abs(gradients[1]).max())
    yield Row("finite-differences", "2-3-1, tanh, mse", "backpropagation", worst, 1e-6)


FAMILIES: tuple[Callable[[], Iterator[Row]], ...] = (optimizers, finite_differences)


def main() -> int:
    rows = [row for family in FAMILIES for row in family()]
    print("| method | over | reference | largest difference | allowed |")
    print("| --- | --- | --- | ---: | ---: |")
    for row in rows:
        print(f"| {row.method} | {row.compared} | {row.reference} | {row.difference:.1e} | {row.allowed:.0e} |")
    return int(any(not row.difference <= row.allowed for row in rows))


if __name__ == "__main__":
    sys.exit(main())
