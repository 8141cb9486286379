"""The two types that the engine is made of: arrays, and operations bound to arrays.

An operation (`Op`) is a NumPy call with all its operands bound ahead, `partial(np.add, a, b, out)`. A step of
training is a flat list of them: nothing is looked up, allocated or decided while it runs, and the four phases
of a step are four pieces of that list, so stepping by phase and running at full speed give the same bits.
"""

from collections.abc import Callable, Iterable
from typing import Any, cast

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.floating[Any]]
Op = Callable[[], object]
Ops = tuple[Op, ...]


def constant(value: float, like: Array) -> Array:
    """A number as an operand, (), like another array: NumPy is faster with it than with a Python number."""
    return np.array(value, like.dtype)


def memory(array: Array) -> "memoryview[float]":
    """A view of a small contiguous array whose numbers Python reads and writes fastest, (numbers,)."""
    return cast("memoryview[float]", array.reshape(-1).data)


def perform(ops: Iterable[Op]) -> None:
    for op in ops:
        op()
