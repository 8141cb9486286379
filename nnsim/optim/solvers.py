"""The solvers that a scenario can name: what the four phases of a step do."""

from nnsim.optim.derivative_free import GridSearch, HillClimbing, RandomSearch
from nnsim.optim.gradient_descent import FiniteDifferences, GradientDescent, Solver

__all__ = ["SOLVERS", "Solver"]

SOLVERS: dict[str, type[Solver]] = {
    "finite-differences": FiniteDifferences,
    "gradient-descent": GradientDescent,
    "grid-search": GridSearch,
    "hill-climbing": HillClimbing,
    "random-search": RandomSearch,
}
