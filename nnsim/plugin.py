"""What packages with parts of their own may import: these names stay, wherever the classes move.

`docs/own-parts.md` shows how such a package is made. Each base class says what a part has to define.
"""

from nnsim.data.examples import DataSource, Examples
from nnsim.nn.activations import Activation
from nnsim.nn.arrays import Array, Op, Ops
from nnsim.nn.initializers import Initializer
from nnsim.nn.losses import Loss
from nnsim.optim.schedule_base import Schedule
from nnsim.optim.sgd import Optimizer

__all__ = [
    "Activation",
    "Array",
    "DataSource",
    "Examples",
    "Initializer",
    "Loss",
    "Op",
    "Ops",
    "Optimizer",
    "Schedule",
]
