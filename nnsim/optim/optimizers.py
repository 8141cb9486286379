"""The optimizers that a scenario can name."""

from nnsim.optim.adaptive import Adadelta, Adagrad, Adam, AdamW, AMSGrad, RMSProp
from nnsim.optim.descent import SGD, Evaluate, Lion, Momentum, Nesterov, Optimizer
from nnsim.optim.lbfgs import LBFGS

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
