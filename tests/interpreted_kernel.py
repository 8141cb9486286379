"""The lines of compiled kernels, carried out by Python itself: so they are tested without a compiler."""

import re

import numpy as np


def interpreted(source):
    """The function that numba would make of a kernel's source: the same lines, a number at a time."""
    kind = getattr(np, re.search(r"^kind = np\.(\w+)$", source, re.M)[1])
    space = {"np": np, "njit": lambda **_: lambda function: function, "FLAGS": set(), "exp": np.exp, "bits": bool}
    space |= {"kind": kind, "ZERO": kind(0), "ONE": kind(1), "TWO": kind(2), "k": 0, "alike": True}
    lines = source[source.rindex("@njit(") :]
    space["T"] = 4 if "for tile in" in lines else 1
    exec(compile(lines, "kernel", "exec"), space)

    def train(*arguments):
        with np.errstate(all="ignore"):
            space["train"](*arguments)

    return train
