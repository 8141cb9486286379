"""CSV, JSON and NPZ: step records of all steps, and what a network has learnt at one of them."""

import csv
import io
import json
import math
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from nnsim.arrays import Array
from nnsim.export.exporter import Chosen, Exporter, Request, layer_arrays, one_file
from nnsim.timeline import Series

ROWS_AT_ONCE = 4096


def records_csv(runs: Sequence[Chosen]) -> Iterator[str]:
    """A row for each step of each run, to the last bit; a figure that a step lacks leaves its cell empty."""
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
    """The runs as one JSON object; value i of a figure is of step (i + 1) * stride, null if not finite."""
    scenario = runs[0].timeline.scenario
    objects = [_run(one) for one in runs]
    yield json.dumps({"scenario": scenario.name, "title": scenario.title, "runs": objects}, allow_nan=False)
    yield "\n"


def _run(one: Chosen) -> dict[str, Any]:
    timeline, stop = one.timeline, one.timeline.stop
    return {
        "run": one.number,
        "name": timeline.name,
        "variant": timeline.variant,
        "settings": timeline.settings,
        "seed": timeline.plan.seed,
        "steps": timeline.length,
        "steps_per_epoch": timeline.steps_per_epoch,
        "stop": None if stop is None else {"reason": stop.reason, "step": stop.step, "message": stop.message},
        "commands": [{"step": each.step, "key": each.key, "value": each.value} for each in timeline.commands],
        "marks": [{"step": each.step, "kind": each.kind, "text": each.text} for each in timeline.marks],
        "figures": {
            name: {"stride": series.stride, "values": _finite(series.values(0, len(series)))}
            for name, series in timeline.series.items()
        },
        "parameters": {
            "step": one.step,
            "layers": {name: _finite(array) for name, array in layer_arrays(one.trainer()).items()},
        },
    }


def _finite(array: Array) -> list[Any]:
    if array.ndim > 1:
        return [_finite(row) for row in array]
    return [value if math.isfinite(value) else None for value in array.tolist()]


def arrays_npz(request: Request) -> Iterator[bytes]:
    """Arrays named `RUN/figures/NAME` and `RUN/parameters/LAYER.PART`; RUN counts from 1.

    `RUN/step` is the step of the parameters, `runs` the names of all runs. Value i of a figure belongs to step
    (i + 1) times its stride, which is 1, or the steps of an epoch for what starts with `validation`.
    """
    runs = request.runs()
    arrays: dict[str, Array] = {"runs": np.array([one.timeline.name for one in runs])}
    for one in runs:
        arrays[f"{one.number}/step"] = np.array(one.step)
        arrays[f"{one.number}/steps_per_epoch"] = np.array(one.timeline.steps_per_epoch)
        for name, series in one.timeline.series.items():
            arrays[f"{one.number}/figures/{name.replace(':', '.')}"] = series.values(0, len(series))
        for name, array in layer_arrays(one.trainer()).items():
            arrays[f"{one.number}/parameters/{name}"] = array
    file = io.BytesIO()
    np.savez_compressed(file, **arrays)  # type: ignore[arg-type]
    yield file.getvalue()


CSV = Exporter(
    ".csv", one_file(lambda asked: (parameters_csv if asked.place is not None else records_csv)(asked.runs()))
)
JSON = Exporter(".json", one_file(lambda request: records_json(request.runs())))
NPZ = Exporter(".npz", one_file(arrays_npz), is_text=False)
