"""Solvers in a program: where a step does not follow the gradient of backpropagation."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from nnsim.export.programs.program import number, piece_of
from nnsim.optim import derivative_free as searches
from nnsim.optim import gradient_descent as descent


@dataclass(frozen=True)
class SolverPiece:
    """A solver as source text.

    Args: guess: for a search, the lines that write the next guess into the flat vector w. differences: the step of
    finite differences, for that solver.
    """

    guess: tuple[str, ...] = ()
    differences: str = ""


def _grid(one: searches.GridSearch) -> SolverPiece:
    width = number((one.high - one.low) / one.bins)
    return SolverPiece(
        (
            "rest = step - 1",
            "for axis in reversed(range(len(w))):",
            f"    rest, k = divmod(rest, {one.bins})",
            f"    w[axis] = {number(one.low)} + (k + 0.5) * {width}",
        )
    )


def _hill(one: searches.HillClimbing) -> SolverPiece:
    move = f"w += rng.normal(0, {number(one.step)}, w.shape)"
    return SolverPiece(("w[...] = best", "if step > 1:", f"    {move}"))


SOLVERS: Mapping[type[descent.Solver], Callable[..., SolverPiece]] = {
    descent.FiniteDifferences: lambda one: SolverPiece(differences=number(one.step)),
    descent.GradientDescent: lambda one: SolverPiece(),
    searches.GridSearch: _grid,
    searches.HillClimbing: _hill,
    searches.RandomSearch: lambda one: SolverPiece(
        (f"w[...] = rng.uniform({number(one.low)}, {number(one.high)}, w.shape)",)
    ),
}


def solver_piece(solver: descent.Solver) -> SolverPiece:
    """The piece of a solver.  Raises: NnsimError where there is none."""
    return piece_of(SOLVERS, solver, "solver")(solver)


def difference_lines(step: str) -> list[str]:
    """The gradient by trying: every parameter a little up and down, (C(w + h) - C(w - h)) / (2 h)."""
    return [
        "for i in range(len(all_w)):",
        "    middle = all_w[i]",
        f"    all_w[i] = middle + {step}",
        "    high, above = all_w[i], loss_at()",
        f"    all_w[i] = middle - {step}",
        "    low, below = all_w[i], loss_at()",
        "    all_g[i], all_w[i] = (above - below) / (high - low), middle",
    ]
