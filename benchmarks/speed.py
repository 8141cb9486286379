"""Prints how fast nnsim trains, in Markdown, beside a loop written by hand and PyTorch.

    python benchmarks/speed.py [--rounds N] [--only WORDS] [--write]

Ratios, interleaved in one process: a round trains each contestant for 30 ms, one after the other, and notes
how many times as long as nnsim each took for a step; the table shows medians over the rounds. All have one
thread, and what is counted is the time that the processor works for them, so that other programs disturb the
ratios little. The bare loop of the floors works in NumPy's own float64, as in the article, whatever nnsim works in;
where that is float32, the same loop in float32 is trained beside it. PyTorch has the precision of nnsim, and is
measured where it is installed. `--write` puts the table into docs/benchmarks.md.
"""

import argparse
import importlib
import os
import struct
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median
from time import process_time
from typing import Any

for variable in ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OMP_NUM_THREADS"):
    os.environ[variable] = "1"

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "benchmarks")]

import numpy as np  # noqa: E402
from report import put, surroundings  # noqa: E402
from works import Advance, Task, by_hand, by_hand_plain, many, of_population, of_scenario, of_torch  # noqa: E402

from nnsim.data.data_files import ScenarioFiles  # noqa: E402
from nnsim.scenario.scenario import Scenario, parse_scenario  # noqa: E402

SLICE = 0.03  # seconds that a contestant trains in a round
ROUNDS = 31
SEEDS = 1000


@dataclass(frozen=True)
class Row:
    """One line of the table: the contestants, and the ratios that they are to reach."""

    work: str
    nnsim: Callable[[], Advance]
    bare: Callable[[], Advance]
    alike: Callable[[], Advance] | None  # the bare loop in the precision of nnsim, where that is another
    torch: Callable[[Any], Advance] | None
    floors: tuple[float, float | None]


@dataclass(frozen=True)
class Result:
    row: Row
    microseconds: float  # a step of nnsim
    bare: float  # times as long as nnsim the bare loop takes
    alike: float | None
    torch: float | None


def scenario(data: str, rest: str, files: ScenarioFiles | None = None) -> Scenario:
    text = f'title = "speed"\nsummary = "speed"\n[data]\n{data}\n{rest}'
    return parse_scenario(text, name="speed", source="speed", files=files)


PLAIN = """
[model]
hidden = [{bits}]
bias = false
[loss]
kind = "mse"
reduction = "half-sum"
[schedule]
kind = "constant"
rate = 1.0
[train]
epochs = 1_000_000
"""
XOR_ADAM = """
[model]
hidden = [4]
[loss]
kind = "binary-cross-entropy"
[optimizer]
kind = "adam"
[schedule]
kind = "constant"
rate = 0.01
[train]
epochs = 1_000_000
"""
DIGITS = """
[model]
hidden = [32]
activation = "relu"
output = "softmax"
[loss]
kind = "softmax-cross-entropy"
[optimizer]
kind = "adam"
[schedule]
kind = "constant"
rate = 0.001
[train]
batch_size = 32
epochs = 1000
"""
IMAGES = """
[model]
hidden = [15]
[loss]
kind = "mse"
[schedule]
kind = "constant"
rate = 0.5
[train]
batch_size = 32
epochs = 1000
"""


def plain_scenario(bits: int) -> Scenario:
    return scenario(f'kind = "parity"\nbits = {bits}', PLAIN.format(bits=bits))


def plain(bits: int) -> Row:
    one = plain_scenario(bits)
    examples = one.plan().examples
    task = Task(examples.inputs, examples.targets, bits, False, "sigmoid", "sigmoid", "half-sum", "sgd", 1.0, 0)
    name = {2: "xor 2-2-1", 4: "parity 4-4-1"}[bits]
    return Row(
        f"{name}, no biases, full batch, gradient descent",
        lambda: of_scenario(one, "float64"),
        lambda: by_hand_plain(task),
        None,
        lambda torch: of_torch(torch, task, "float64"),
        (1.8, 15.0),
    )


def seeds(bits: int, floor: float) -> Row:
    one = plain(bits)
    name = one.work.split(",")[0]
    scenario_ = plain_scenario(bits)
    return Row(
        f"{SEEDS:,} seeds of {name} at once, against a loop of {SEEDS:,} runs",
        lambda: of_population(scenario_, SEEDS),
        lambda: many(one.bare(), SEEDS),
        None,
        None,
        (floor, None),
    )


def pair(work: str, one: Scenario, task: Task, precision: str, floors: tuple[float, float]) -> Row:
    return Row(
        f"{work}, {precision}",
        lambda: of_scenario(one, precision),
        lambda: by_hand(task, "float64"),
        None if precision == "float64" else lambda: by_hand(task, precision),
        lambda torch: of_torch(torch, task, precision),
        floors,
    )


def xor_adam() -> Row:
    one = scenario('kind = "parity"\nbits = 2', XOR_ADAM)
    examples = one.plan().examples
    task = Task(
        examples.inputs,
        examples.targets,
        4,
        True,
        "sigmoid",
        "sigmoid",
        "binary-cross-entropy",
        "adam",
        0.01,
        0,
    )
    return pair("xor 2-4-1, biases, cross-entropy, Adam", one, task, "float64", (4.5, 22.0))


def digits(precision: str, floors: tuple[float, float]) -> Row:
    one = scenario('kind = "digits"', DIGITS)
    examples = one.plan().examples
    task = Task(
        examples.inputs,
        examples.targets,
        32,
        True,
        "softmax",
        "relu",
        "softmax-cross-entropy",
        "adam",
        0.001,
        32,
    )
    return pair("digits 64-32-10, ReLU, softmax cross-entropy, batch 32, Adam", one, task, precision, floors)


def images(precision: str, floors: tuple[float, float]) -> Row:
    """2,000 images of 28 x 28 pixels, drawn at random: what stands on them makes no difference to the time."""
    rng, rows = np.random.default_rng(0), 2000
    pixels = rng.integers(0, 256, (rows, 28, 28), np.uint8)
    labels = rng.integers(0, 10, rows).astype(np.uint8)
    contents = {
        "images": struct.pack(">4I", 0x803, rows, 28, 28) + pixels.tobytes(),
        "labels": struct.pack(">2I", 0x801, rows) + labels.tobytes(),
    }
    data = 'kind = "idx"\nimages = "images"\nlabels = "labels"'
    one = scenario(data, IMAGES, ScenarioFiles(contents=contents))
    examples = one.plan().examples
    task = Task(examples.inputs, examples.targets, 15, True, "sigmoid", "sigmoid", "mean", "sgd", 0.5, 32)
    return pair("784-15-10, sigmoid, MSE, SGD, batch 32", one, task, precision, floors)


def rows() -> list[Row]:
    return [
        plain(2),
        plain(4),
        xor_adam(),
        digits("float64", (2.0, 7.0)),
        digits("float32", (2.8, 9.5)),
        images("float64", (1.1, 2.2)),
        images("float32", (1.8, 4.0)),
        seeds(2, 150.0),
        seeds(4, 35.0),
    ]


def measure(row: Row, torch: Any, rounds: int) -> Result:
    """Train all contestants in turn, in slices of one length, and take medians."""
    makers: dict[str, Callable[[], Advance]] = {"nnsim": row.nnsim, "bare": row.bare}
    if row.alike is not None:
        makers["alike"] = row.alike
    if torch is not None and row.torch is not None:
        makers["torch"] = partial(row.torch, torch)
    contestants = {name: make() for name, make in makers.items()}
    steps = {name: calibrated(advance) for name, advance in contestants.items()}
    times: dict[str, list[float]] = {name: [] for name in contestants}
    for _ in range(rounds):
        for name, advance in contestants.items():
            start = process_time()
            advance(steps[name])
            times[name].append((process_time() - start) / steps[name])
    own = times.pop("nnsim")
    ratios = {
        name: median(other / one for other, one in zip(taken, own, strict=True)) for name, taken in times.items()
    }
    return Result(row, 1e6 * median(own), ratios["bare"], ratios.get("alike"), ratios.get("torch"))


def calibrated(advance: Advance) -> int:
    """How many steps take about a slice."""
    count = 1
    while True:
        start = process_time()
        advance(count)
        taken = process_time() - start
        if taken > SLICE / 4:
            return max(1, round(count * SLICE / taken))
        count *= 2


def table(results: list[Result], torch: Any) -> list[str]:
    missing = "-" if torch is not None else "not installed"
    lines = [
        "| work | nnsim, µs a step | bare NumPy loop / nnsim | floor | reached | the same loop in float32 / nnsim "
        "| PyTorch eager / nnsim | floor | reached |",
        "| --- | ---: | ---: | ---: | --- | ---: | ---: | ---: | --- |",
    ]
    for one in results:
        floor_bare, floor_eager = one.row.floors
        cells = [
            one.row.work,
            f"{one.microseconds:.3g}",
            f"{one.bare:.2f}",
            f"{floor_bare:g}",
            said(one.bare, floor_bare),
            "-" if one.alike is None else f"{one.alike:.2f}",
        ]
        if floor_eager is None:
            cells += ["-", "-", "-"]
        elif one.torch is None:
            cells += [missing, f"{floor_eager:g}", "-"]
        else:
            cells += [f"{one.torch:.1f}", f"{floor_eager:g}", said(one.torch, floor_eager)]
        lines.append(f"| {' | '.join(cells)} |")
    return lines


def said(ratio: float, floor: float) -> str:
    return "yes" if ratio >= floor else "no"


def torch_or_none() -> Any:
    try:
        torch = importlib.import_module("torch")
    except ModuleNotFoundError:
        return None
    torch.set_num_threads(1)
    return torch


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=ROUNDS, help=f"rounds for each work (default {ROUNDS})")
    parser.add_argument("--only", default="", help="works whose name begins like this")
    parser.add_argument("--write", action="store_true", help="put the table into docs/benchmarks.md")
    options = parser.parse_args()
    torch = torch_or_none()
    chosen = [row for row in rows() if row.work.startswith(options.only)]
    results = [measure(row, torch, options.rounds) for row in chosen]
    versions = f"NumPy {np.__version__}" + (f", PyTorch {torch.__version__}" if torch is not None else "")
    lines = table(results, torch)
    print("\n".join(lines))
    print(f"\n{surroundings()}, {versions}, {options.rounds} rounds")
    if options.write:
        put("speed", [*lines, "", f"{surroundings()}, {versions}, {options.rounds} rounds."])


if __name__ == "__main__":
    main()
