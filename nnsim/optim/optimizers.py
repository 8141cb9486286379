"""The optimizers that a scenario can name."""

from nnsim.optim.adaptive import Adadelta, Adagrad, Adam, AdamW, AMSGrad, RMSProp
from nnsim.optim.lbfgs import LBFGS
from nnsim.optim.sgd import SGD, Evaluate, Lion, Momentum, Nesterov, Optimizer

__all__ = ["OPTIMIZERS", "Evaluate", "Optimizer"]

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
