"""Early stopping: the run ends when the validation loss has stopped falling, and the best weights come back."""

import msgspec
import numpy as np

from nnsim.arrays import Array
from nnsim.components import Count, Rate


class EarlyStopping(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """When to end a run that no longer gets better on the validation rows.

        gain  loss < best - minimum_gain
        stop  after `patience` epochs in a row without gain; the parameters of the best epoch are put back where
              `restore_best` says so

    Note: PyTorch has none; patience counts as in Keras, which by default puts nothing back.
    Reference: Prechelt, 1998, Early stopping - but when?
    """

    patience: Count = 10
    minimum_gain: Rate = 0.0
    restore_best: bool = True

    def init(self, parameters: Array, statistics: Array) -> Array:
        """What it remembers, (rows, parameters): best loss, epochs without gain, best parameters, and statistics.

        Args: statistics: what layers learn without a gradient; they fill as many rows as it takes.
        """
        rows = 3 + -(-statistics.size // parameters.size)
        memory = np.zeros((rows, parameters.size), parameters.dtype)
        memory[0] = np.inf
        return memory

    def see(self, loss: float, parameters: Array, statistics: Array, memory: Array) -> bool:
        """Be told the validation loss of an epoch; put the best parameters back when it is time to stop.

        Returns: whether to stop.
        """
        if loss < memory.item(0, 0) - self.minimum_gain:
            memory[0], memory[1], memory[2] = loss, 0.0, parameters
            memory[3:].reshape(-1)[: statistics.size] = statistics
            return False
        memory[1] += 1.0
        if memory.item(1, 0) < self.patience:
            return False
        if self.restore_best and np.isfinite(memory.item(0, 0)):
            np.copyto(parameters, memory[2])
            np.copyto(statistics, memory[3:].reshape(-1)[: statistics.size])
        return True

    def over(self, memory: Array) -> bool:
        """Whether it has said stop."""
        return bool(memory.item(1, 0) >= self.patience)
