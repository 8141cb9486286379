"""The optimizers and the solvers that a scenario can name; a solver is what the four phases of a step do."""

from nnsim.optim.adaptive import Adadelta, Adagrad, Adam, AdamW, AMSGrad, RMSProp
from nnsim.optim.derivative_free import GridSearch, HillClimbing, RandomSearch
from nnsim.optim.gradient_descent import FiniteDifferences, GradientDescent, Solver
from nnsim.optim.lbfgs import LBFGS
from nnsim.optim.sgd import SGD, Lion, Momentum, Nesterov, Optimizer

OPTIMIZERS: dict[str, type[Optimizer]] = {
    "adadelta": Adadelta,
    "adagrad": Adagrad,
    "adam": Adam,
    "adamw": AdamW,
    "amsgrad": AMSGrad,
    "l-bfgs": LBFGS,
    "lion": Lion,
    "momentum": Momentum,
    "nesterov": Nesterov,
    "rmsprop": RMSProp,
    "sgd": SGD,
}


SOLVERS: dict[str, type[Solver]] = {
    "finite-differences": FiniteDifferences,
    "gradient-descent": GradientDescent,
    "grid-search": GridSearch,
    "hill-climbing": HillClimbing,
    "random-search": RandomSearch,
}
