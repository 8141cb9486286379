"""The optimizers and the solvers that a scenario can name; a solver is what the four phases of a step do."""

from nnsim.optim.adam_variants import AdaBelief, NAdam, RAdam
from nnsim.optim.adaptive import Adadelta, Adagrad, Adam, AdamW, AMSGrad, RMSProp
from nnsim.optim.derivative_free import GridSearch, HillClimbing, RandomSearch
from nnsim.optim.gradient_descent import FiniteDifferences, GradientDescent, Solver
from nnsim.optim.lbfgs import LBFGS
from nnsim.optim.matrices import Adafactor, Muon
from nnsim.optim.sgd import SGD, Lion, Momentum, Nesterov, Optimizer
from nnsim.optim.sharpness_aware import SAM

OPTIMIZERS: dict[str, type[Optimizer]] = {
    "adabelief": AdaBelief,
    "adadelta": Adadelta,
    "adafactor": Adafactor,
    "adagrad": Adagrad,
    "adam": Adam,
    "adamw": AdamW,
    "amsgrad": AMSGrad,
    "l-bfgs": LBFGS,
    "lion": Lion,
    "momentum": Momentum,
    "muon": Muon,
    "nadam": NAdam,
    "nesterov": Nesterov,
    "radam": RAdam,
    "rmsprop": RMSProp,
    "sam": SAM,
    "sgd": SGD,
}

# Those whose operations take a rate for each parameter, or for each of many networks that are trained at once.
RATE_FOR_EACH = (SGD, Momentum, Nesterov, Lion, Adagrad, Adadelta, RMSProp, Adam, AMSGrad, AdamW)


SOLVERS: dict[str, type[Solver]] = {
    "finite-differences": FiniteDifferences,
    "gradient-descent": GradientDescent,
    "grid-search": GridSearch,
    "hill-climbing": HillClimbing,
    "random-search": RandomSearch,
}
