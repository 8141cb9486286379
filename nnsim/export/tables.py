"""CSV, JSON, NPZ and safetensors: step records of all steps, and what a network has learnt at one of them."""

import csv
import io
import json
import math
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

from nnsim.errors import NnsimError
from nnsim.export.exporter import Chosen, Exporter, Extra, Request, layer_arrays, one_file, one_run
from nnsim.nn.arrays import Array
from nnsim.timeline import RunLog, Series, Timeline

ROWS_AT_ONCE = 4096


def records_csv(runs: Sequence[Chosen]) -> Iterator[str]:
    """A row for each step of each run, to the last bit; a figure that a step lacks leaves its cell empty."""
    if not all(isinstance(one.log, Timeline) for one in runs):
        yield from log_csv([one.log for one in runs])
        return
    names = list(dict.fromkeys(name for one in runs for name in one.timeline.series))
    yield _rows([["run", "step", "epoch", *names]])
    for one in runs:
        timeline = one.timeline
        series = [timeline.series.get(name) for name in names]
        for first in range(0, timeline.length, ROWS_AT_ONCE):
            last = min(first + ROWS_AT_ONCE, timeline.length)
            steps = np.arange(first + 1, last + 1)
            columns = [_cells(each, steps) for each in series]
            epochs = -(-steps // timeline.steps_per_epoch)
            yield _rows(zip([timeline.name] * len(steps), steps.tolist(), epochs.tolist(), *columns, strict=True))


def log_csv(logs: Sequence[RunLog]) -> Iterator[str]:
    """A row for each step that has a figure, each step once: the step, and figures under our names.

    Figures are written to the last bit. Of several runs the name of the run stands behind the step.
    """
    several = len(logs) > 1
    names = list(dict.fromkeys(name for log in logs for name in log.series))
    yield _rows([["step", *(["run"] if several else []), *names]])
    for log in logs:
        for steps in steps_of(log):
            columns: list[Sequence[object]] = [steps.tolist()]
            if several:
                columns.append([log.name] * len(steps))
            columns += [_cells(log.series.get(name), steps) for name in names]
            yield _rows(zip(*columns, strict=True))


def steps_of(log: RunLog) -> Iterator[npt.NDArray[np.int64]]:
    """The steps at which a run has any figure, in pieces."""
    found = [series.steps_at(np.arange(len(series))) for series in log.series.values()]
    steps = found[0] if found and all(one is found[0] or np.array_equal(one, found[0]) for one in found) else None
    if steps is None:
        steps = np.unique(np.concatenate([np.empty(0, np.int64), *found]))
    for first in range(0, len(steps), ROWS_AT_ONCE):
        yield steps[first : first + ROWS_AT_ONCE]


def _cells(series: Series | None, steps: npt.NDArray[np.int64]) -> list[str]:
    """A figure at some steps; an empty cell where it has no value at the step itself."""
    cells = [""] * len(steps)
    if series is None:
        return cells
    first, last = series.count_at(int(steps[0]) - 1), series.count_at(int(steps[-1]))
    own = series.steps_at(np.arange(first, last))
    values = series.values(first, last).tolist()
    for place, value in zip(np.searchsorted(steps, own).tolist(), values, strict=True):
        cells[place] = repr(value)
    return cells


def parameters_csv(runs: Sequence[Chosen]) -> Iterator[str]:
    """A row for each number learnt: run, step, layer, part, from, to, value; `from` is empty for vectors."""
    yield _rows([["run", "step", "layer", "part", "from", "to", "value"]])
    for one in runs:
        for key, array in layer_arrays(one.trainer()).items():
            layer, _, part = key.rpartition(".")
            head = (one.timeline.name, one.step, layer, part)
            if array.ndim == 1:
                yield _rows((*head, "", unit, repr(v)) for unit, v in enumerate(array.tolist(), start=1))
            else:
                yield _rows(
                    (*head, row, unit, repr(value))
                    for row, values in enumerate(array.tolist(), start=1)
                    for unit, value in enumerate(values, start=1)
                )


def _rows(rows: Any) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue()


def records_json(runs: Sequence[Chosen]) -> Iterator[str]:
    """The runs as one JSON object, in pieces; value i of a figure is of step (i + 1) * stride, null if not finite.

    A figure of another program has its steps beside its values.
    """
    first = runs[0].log
    head = {"scenario": first.scenario.name, "title": first.scenario.title} if isinstance(first, Timeline) else {}
    yield json.dumps({**head, "runs": []}, allow_nan=False).removesuffix("]}")
    for number, one in enumerate(runs):
        yield ", " if number else ""
        yield from _run(one)
    yield "]}\n"


def _run(one: Chosen) -> Iterator[str]:
    log, stop = one.log, one.log.stop
    own = isinstance(log, Timeline)
    plan = {"variant": log.variant} if isinstance(log, Timeline) else {"source": getattr(log, "source", "")}
    head = {
        "run": one.number,
        "name": log.name,
        **plan,
        "settings": log.settings,
        **({"seed": one.timeline.plan.seed} if own else {}),
        "steps": log.length,
        "steps_per_epoch": log.steps_per_epoch,
        "stop": None if stop is None else {"reason": stop.reason, "step": stop.step, "message": stop.message},
        **(
            {"commands": [{"step": c.step, "key": c.key, "value": c.value} for c in one.timeline.commands]}
            if own
            else {}
        ),
        "marks": [{"step": each.step, "kind": each.kind, "text": each.text} for each in log.marks],
        "figures": {},
    }
    yield json.dumps(head, allow_nan=False).removesuffix("}}")
    for number, (name, series) in enumerate(log.series.items()):
        yield f"{', ' if number else ''}{json.dumps(name)}: {{"
        if series.stepped:
            yield '"steps": ['
            yield from _pieces(len(series), partial(_steps, series))
            yield "], "
        else:
            yield f'"stride": {series.stride}, '
        yield '"values": ['
        yield from _pieces(len(series), partial(_values, series))
        yield "]}"
    yield "}"
    if own:
        layers = {name: _finite(array) for name, array in layer_arrays(one.trainer()).items()}
        yield f', "parameters": {json.dumps({"step": one.step, "layers": layers}, allow_nan=False)}'
    else:
        yield f', "names": {json.dumps(dict(getattr(log, "originals", {})))}'
    yield "}"


def _pieces(count: int, elements: Callable[[int, int], list[Any]]) -> Iterator[str]:
    """The elements of a list as JSON, some at a time."""
    for first in range(0, count, ROWS_AT_ONCE):
        last = min(first + ROWS_AT_ONCE, count)
        yield (", " if first else "") + json.dumps(elements(first, last), allow_nan=False)[1:-1]


def _steps(series: Series, first: int, last: int) -> list[int]:
    found: list[int] = series.steps_at(np.arange(first, last)).tolist()
    return found


def _values(series: Series, first: int, last: int) -> list[Any]:
    found = _finite(series.values(first, last))
    series.release()  # else the whole run would stand in memory at the end
    return found


def _finite(array: Array) -> list[Any]:
    if array.ndim > 1:
        return [_finite(row) for row in array]
    return [value if math.isfinite(value) else None for value in array.tolist()]


def arrays_npz(request: Request) -> Iterator[bytes]:
    """Arrays named `RUN/figures/NAME` and `RUN/parameters/LAYER.PART`; RUN counts from 1.

    `RUN/step` is the step of the parameters, `runs` the names of all runs. Value i of a figure belongs to step
    (i + 1) times its stride, which is 1, or the steps of an epoch for what starts with `validation`; of a log, to
    value i of `RUN/steps/NAME`.
    """
    runs = request.runs()
    arrays: dict[str, Any] = {"runs": np.array([one.log.name for one in runs])}
    for one in runs:
        arrays[f"{one.number}/step"] = np.array(one.step)
        arrays[f"{one.number}/steps_per_epoch"] = np.array(one.log.steps_per_epoch)
        for name, series in one.log.series.items():
            key = name.replace(":", ".")
            arrays[f"{one.number}/figures/{key}"] = series.values(0, len(series))
            if series.stepped:
                arrays[f"{one.number}/steps/{key}"] = series.steps_at(np.arange(len(series)))
        for name, array in layer_arrays(one.trainer()).items() if isinstance(one.log, Timeline) else ():
            arrays[f"{one.number}/parameters/{name}"] = array
    file = io.BytesIO()
    np.savez_compressed(file, **arrays)
    yield file.getvalue()


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


CSV = Exporter(
    ".csv", one_file(lambda asked: (parameters_csv if asked.place is not None else records_csv)(asked.runs()))
)
JSON = Exporter(".json", one_file(lambda request: records_json(request.runs())))
NPZ = Exporter(".npz", one_file(arrays_npz), is_text=False)
SAFETENSORS = Exporter(
    ".safetensors",
    one_file(weights),
    is_text=False,
    needs=Extra("safetensors", "safetensors", "safetensors.numpy", "npz"),
)
