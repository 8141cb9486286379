"""safetensors: what a network has learnt, as arrays by name that other libraries read without running anything."""

from collections.abc import Iterator

import numpy as np

from nnsim.errors import NnsimError
from nnsim.export.exporter import Chosen, Exporter, Extra, Request, layer_arrays, one_file


def one_run(runs: list[Chosen], format_name: str) -> Chosen:
    """The run to write, where a file holds a single one.  Raises: NnsimError where there are several."""
    if len(runs) > 1:
        listed = ", ".join(f"{one.number} ({one.timeline.name})" for one in runs[:20])
        raise NnsimError(f"--to {format_name}: holds one run (allowed: --run with one of {listed})")
    return runs[0]


def weights(request: Request) -> Iterator[bytes]:
    """Arrays named `LAYER.PART` as in npz: weights (inputs, units), biases (units,); the header has the step.

    Raises: NnsimError where the library does not give back what it was given.
    """
    from safetensors.numpy import load, save

    chosen = one_run(request.runs(), "safetensors")
    # It writes the memory of an array as it lies, so that a transposed one would come back scrambled.
    arrays = {name: np.ascontiguousarray(array) for name, array in layer_arrays(chosen.trainer()).items()}
    timeline = chosen.timeline
    header = {"scenario": timeline.scenario.name, "run": timeline.name, "step": str(chosen.step)}
    content = save(arrays, metadata=header)
    read = load(content)
    for name, array in arrays.items():
        if not np.array_equal(read[name], array, equal_nan=True):
            raise NnsimError(f"--to safetensors: the library has changed {name} (allowed: another version of it)")
    yield content


SAFETENSORS = Exporter(
    ".safetensors",
    one_file(weights),
    is_text=False,
    needs=Extra("safetensors", "safetensors", "safetensors.numpy", "npz"),
)
