"""CSV, JSON and NPZ: step records of all steps, and what a network has learnt at one of them."""

import csv
import io
import json
import math
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any

import numpy as np

from nnsim.export.exporter import Chosen, Exporter, Request, layer_arrays, one_file
from nnsim.export.log_tables import log_csv
from nnsim.nn.arrays import Array
from nnsim.timeline import Series, Timeline

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
            columns = [_cells(each, first, last) for each in series]
            steps = range(first + 1, last + 1)
            epochs = [-(-step // timeline.steps_per_epoch) for step in steps]
            yield _rows(zip([timeline.name] * len(steps), steps, epochs, *columns, strict=True))


def _cells(series: Series | None, first: int, last: int) -> list[str]:
    if series is None:
        return [""] * (last - first)
    stride = series.stride
    values = [repr(value) for value in series.values(first // stride, last // stride).tolist()]
    if stride == 1:
        return values
    found = iter(values)
    return [next(found, "") if step % stride == 0 else "" for step in range(first + 1, last + 1)]


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


CSV = Exporter(
    ".csv", one_file(lambda asked: (parameters_csv if asked.place is not None else records_csv)(asked.runs()))
)
JSON = Exporter(".json", one_file(lambda request: records_json(request.runs())))
NPZ = Exporter(".npz", one_file(arrays_npz), is_text=False)
