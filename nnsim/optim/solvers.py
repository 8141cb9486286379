"""The solvers that a scenario can name: what the four phases of a step do."""

from nnsim.optim.gradients import FiniteDifferences, GradientDescent, Solver
from nnsim.optim.searches import GridSearch, HillClimbing, RandomSearch

__all__ = ["SOLVERS", "Solver"]

SOLVERS: dict[str, type[Solver]] = {
    "finite-differences": FiniteDifferences,
    "gradient-descent": GradientDescent,
    "grid-search": GridSearch,
    "hill-climbing": HillClimbing,
    "random-search": RandomSearch,
}
