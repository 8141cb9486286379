"""The former name of `nnsim.optim.sgd`, which packages with parts of their own import."""

from nnsim.optim.sgd import Optimizer

__all__ = ["Optimizer"]
