"""Prints the truth tables, in Markdown: each method, what it is compared with, and the largest difference found.

    python benchmarks/truth.py [--write]

The comparisons are those of the tests. `--write` puts the tables into docs/truth.md. The exit status is 1 where a
difference is larger than allowed.
"""

import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests"), str(ROOT / "benchmarks")]

import averages  # noqa: E402
import convolutions  # noqa: E402
import numpy as np  # noqa: E402
from gradients import backpropagated, by_differences, difference  # noqa: E402
from gradients import cases as gradient_cases  # noqa: E402
from plain import lion_cases, lion_difference  # noqa: E402
from report import put  # noqa: E402
from trajectories import cases, start, stored  # noqa: E402
from trajectories import difference as trajectory_difference  # noqa: E402

from nnsim.components import build_part  # noqa: E402
from nnsim.data.batches import Batches  # noqa: E402
from nnsim.nn.losses import LOSSES  # noqa: E402
from nnsim.optim.schedules import SCHEDULES  # noqa: E402
from nnsim.scenario.scenario import read_scenario  # noqa: E402
from nnsim.timeline.replica import Replica  # noqa: E402
from nnsim.timeline.run import Run  # noqa: E402
from nnsim.training.epoch_figures import sharpness  # noqa: E402
from nnsim.training.trainer import PHASES  # noqa: E402
from scenarios import path_of  # noqa: E402

DOCUMENT = ROOT / "docs" / "truth.md"
TORCH = f"PyTorch {str(stored()['version']).split('+')[0]}"
OPTAX = f"Optax {stored('optax')['version']}"


@dataclass(frozen=True)
class Row:
    """One line of a table; differences are relative."""

    method: str
    compared: str  # with what it was combined, or over what the largest was taken
    reference: str
    difference: float
    allowed: float


# ------------------------------------------------------------------ gradients


def gradients() -> Iterator[tuple[str, str, float, float]]:
    """Every loss × activation × kind of layer: the part they share, over what, and both largest differences."""
    found = []
    for case, _, theirs in gradient_cases():
        network, parameters, gradient = backpropagated(case)
        numeric = by_differences(network, parameters)
        # A case is named: loss, activation of the hidden layers, kind of layer, activation of the output.
        found.append((case["name"].split(", "), difference(gradient, theirs), difference(numeric, gradient)))
    for place, what, over in (
        (0, "loss", "11 activations × 6 kinds of layers"),
        (1, "activation", "12 losses × 6 kinds of layers"),
        (2, "layers", "12 losses × 11 activations"),
    ):
        for name in dict.fromkeys(names[place] for names, _, _ in found):
            chosen = [one for one in found if one[0][place] == name]
            yield f"{what}: {name}", over, max(one[1] for one in chosen), max(one[2] for one in chosen)
    yield from convolved()


def convolved() -> Iterator[tuple[str, str, float, float]]:
    """Layers that read pictures, likewise: both kinds, in all the networks that are stored."""
    found: dict[str, list[tuple[float, float]]] = {}
    for layers, _, theirs in convolutions.cases():
        network, parameters, gradient = convolutions.backpropagated(layers)
        numeric = by_differences(network, parameters)
        for kind in {"convolution", "pooling"} & {one["kind"] for one in layers}:
            found.setdefault(kind, []).append((difference(gradient, theirs), difference(numeric, gradient)))
    for kind, each in sorted(found.items()):
        over = f"{len(each)} networks on pictures of 7 x 6"
        yield f"layers: {kind}", over, max(one[0] for one in each), max(one[1] for one in each)


def others() -> Iterator[Row]:
    """Gradients that another thing than a loss or a layer has made."""
    yield from penalties()
    yield from finite_differences()
    yield from sharpnesses()


def penalties() -> Iterator[Row]:
    """L1 and L2 in the loss, against central differences of loss and penalty written out."""
    weights = np.r_[0:6, 9:12]  # of 2-3-1 with biases, whose biases are not punished
    data = stored()

    def cost(w: np.ndarray, l1: float, l2: float) -> float:
        hidden = np.tanh(data["inputs"] @ w[:6].reshape(2, 3) + w[6:9])
        error = hidden @ w[9:12].reshape(3, 1) + w[12:] - data["targets"]
        punished = w[weights]
        return float((error**2).mean() + l1 * np.abs(punished).sum() + l2 / 2 * (punished**2).sum())

    for name, l1, l2 in (("L1", 0.02, 0.0), ("L2", 0.0, 0.05), ("L1 and L2", 0.02, 0.05)):
        run = start(
            {"regularization": {"l1": l1, "l2": l2, "biases": False}, "schedule": {"kind": "constant", "rate": 0.1}}
        )
        w = run.trainer.parameters.copy()
        for phase in PHASES[:3]:
            run.trainer.enter(phase)
        nudges = 1e-6 * np.eye(w.size)
        slopes = np.array([(cost(w + one, l1, l2) - cost(w - one, l1, l2)) / 2e-6 for one in nudges])
        yield Row(
            f"penalty: {name}",
            "2-3-1, tanh, mse",
            "central differences",
            difference(slopes, run.trainer.gradient),
            1e-6,
        )


def sharpnesses() -> Iterator[Row]:
    """Sharpness by power iteration, against the eigenvalues of the Hessian by differences of exact gradients."""
    worst = 0.0
    for activation in ("tanh", "sigmoid", "gelu", "silu", "softplus"):
        run = start({"model": {"hidden": [3], "activation": activation, "output": "linear"}})
        run.advance_to(20)
        trainer, columns, step = run.trainer, [], 1e-4
        w = trainer.parameters
        for at, kept in enumerate(w.copy()):
            found = []
            for moved in (kept + step, kept - step):
                w[at] = moved
                for phase in PHASES[:3]:
                    trainer.enter(phase)
                found.append(trainer.gradient.copy())
            w[at] = kept
            columns.append((found[0] - found[1]) / (2 * step))
        expected = float(np.linalg.eigvalsh(np.array(columns))[-1])
        worst = max(worst, apart(sharpness(trainer, tolerance=1e-12, most=20_000).value, expected))
    yield Row("sharpness", "2-3-1, 5 activations, mse", "the whole Hessian, by differences", worst, 1e-6)


def finite_differences() -> Iterator[Row]:
    """The gradient that finite differences find, against backpropagation's."""
    found = []
    for kind in ("finite-differences", "gradient-descent"):
        run = start({"solver": {"kind": kind}})
        for phase in PHASES[:3]:
            run.trainer.enter(phase)
        found.append(run.trainer.gradient)
    yield Row("solver: finite-differences", "2-3-1, tanh, mse", "backpropagation", difference(*found), 1e-6)


# ------------------------------------------------------------------ training


def optimizers() -> Iterator[Row]:
    """Every optimizer × schedule × clipping, and regularization: parameters over 200 steps."""
    yield from trajectories_of("pytorch", TORCH)
    yield from trajectories_of("optax", OPTAX)
    for kind in averages.RULES:
        found = difference(averages.averages(kind), averages.expected(kind))
        yield Row(f"averaging: {kind}", "12 steps, 4 epochs", TORCH, found, 1e-12)
    worst = max(lion_difference(*case) for case in lion_cases())
    yield Row("lion", "3 schedules × 4 clippings × 2 weight decays", "Chen et al., algorithm 2", worst, 1e-9)


def trajectories_of(library: str, reference: str) -> Iterator[Row]:
    """The largest difference from a library's stored runs, a row for each optimizer."""
    numbered = sorted(enumerate(cases(library)), key=lambda one: one[1]["names"][0])
    for name, group in groupby(numbered, key=lambda one: one[1]["names"][0]):
        found = [(trajectory_difference(index, library), case["names"]) for index, case in group]
        combined = (
            {names[1] for _, names in found if len(names) > 1},
            {names[2] for _, names in found if len(names) > 2},
        )
        over = " × ".join(
            f"{len(kinds)} {what}"
            for kinds, what in zip(combined, ("schedules", "clippings"), strict=True)
            if len(kinds) > 1
        )
        yield Row(name, over or "constant rate", reference, max(found)[0], 1e-9)


# ------------------------------------------------------------------ figures


def figures() -> Iterator[Row]:
    """The figures of the articles, computed again by plain programs."""
    golden = json.loads((ROOT / "tests" / "golden.json").read_text(encoding="utf-8"))
    for name, key in (("xor", "xor_article"), ("parity-4bit", "parity4_article")):
        run = trained(name, "article")
        for epoch, expected in golden[key]["after"].items():
            found = Replica(run.timeline).at(int(epoch)).evaluate()
            rows = len(found.targets)
            yield Row(
                f"{name}: mean squared error",
                f"after epoch {int(epoch):,}",
                "the article's program",
                apart(found.loss * 2 / rows, expected["mse"]),
                1e-9,
            )
    for seed, costs in golden["xor_tutorial"]["cost_at_last_epoch_before_update"].items():
        run = trained("xor-plateau", "tutorial", {"random.seed": int(seed.split()[1])})
        for epoch, cost in costs.items():
            found = run.timeline.record(int(epoch))["loss"]
            yield Row(
                f"xor-plateau, {seed}: cost",
                f"epoch {int(epoch):,}",
                "the tutorial's program",
                apart(found, cost),
                1e-9,
            )
    for kind, expected in golden["losses"].items():
        outputs, targets = (np.array(expected[part], dtype=float)[None, None] for part in ("pred", "true"))
        name = kind.replace("_", "-")
        scored = np.log(outputs / (1 - outputs)) if name == "binary-cross-entropy" else outputs
        value = float(build_part(LOSSES, {"kind": name}, "loss").values(scored, targets)[0])
        yield Row(f"loss: {name}", "3 rows", "by hand", apart(value, expected["value"]), 1e-12)
    epochs = np.array(golden["schedules"]["epochs"], dtype=float)
    for kind, settings, key in (
        ("step", {"drop": 0.5, "every": 10}, "step_decay initial=0.01 drop=0.5 every=10"),
        ("exponential", {"decay": 0.96}, "exponential_decay initial=0.01 rate=0.96"),
        ("cosine", {"epochs": 50}, "cosine_annealing initial=0.01 max_epochs=50"),
    ):
        rates = build_part(SCHEDULES, {"kind": kind, "rate": 0.01, **settings}, "schedule").rates(epochs, 90)
        yield Row(
            f"schedule: {kind}", "5 epochs", "its formula", difference(rates, golden["schedules"][key]), 1e-12
        )


def counts() -> Iterator[tuple[str, str, str]]:
    """Numbers that have to be exact: what, found, expected."""
    golden = json.loads((ROOT / "tests" / "golden.json").read_text(encoding="utf-8"))
    for name, key in (("xor", "xor_article"), ("parity-4bit", "parity4_article")):
        expected = golden[key]["after"]["10000"]
        right = trained(name, "article").trainer.evaluate()
        assert right.accuracy is not None
        rows = len(right.targets)
        yield (
            f"{name}: right answers after 10,000 epochs",
            f"{round(right.accuracy * rows)} of {rows}",
            f"{expected['correct']} of {rows}",
        )
        predicted = right.predictions[:, 0].round(8).tolist()
        same = sum(one == other for one, other in zip(predicted, expected["predictions"], strict=True))
        yield f"{name}: predictions equal to 8 decimals", f"{same} of {rows}", f"{rows} of {rows}"
    scenario = read_scenario(path_of("needle-in-a-haystack"))
    sizes = [scenario.plan(f"gradient-{one}").network.size for one in ("2", "3", "9", "65", "11935")]
    yield "needle-in-a-haystack: parameters", ", ".join(f"{one:,}" for one in sizes), "2, 3, 9, 65, 11,935"
    batches = golden["batches"]
    one = Batches(batches["rows"], batches["batch_size"])
    widths = [one.width(index) for index in range(one.per_epoch)]
    yield "batches of 32 out of 100 rows", str(widths), str(batches["sizes"])


def trained(name: str, variant: str, settings: dict[str, object] | None = None) -> Run:
    """A variant of a scenario that comes with nnsim, trained to its end."""
    run = Run(read_scenario(path_of(name)), variant, settings)
    run.advance_to(run.timeline.plan.steps)
    return run


def apart(found: float, expected: float) -> float:
    """The relative difference of two numbers."""
    return abs(found - expected) / abs(expected)


# ------------------------------------------------------------------ the tables


def table(rows: list[Row]) -> list[str]:
    return [
        "| method | over | reference | largest difference | allowed |",
        "| --- | --- | --- | ---: | ---: |",
        *(
            f"| {one.method} | {one.compared} | {one.reference} | {one.difference:.1e} | {one.allowed:.0e} |"
            for one in rows
        ),
    ]


TABLES: dict[str, Callable[[], Iterator[Row]]] = {"others": others, "training": optimizers, "figures": figures}
AUTOGRAD, CENTRAL = 1e-10, 1e-6  # allowed differences of gradients


def main() -> int:
    tables, wrong = {}, 0
    compared = list(gradients())
    wrong += sum(not (torch <= AUTOGRAD and central <= CENTRAL) for _, _, torch, central in compared)
    tables["gradients"] = [
        f"| part | over | {TORCH}, autograd (allowed {AUTOGRAD:.0e}) | central differences ({CENTRAL:.0e}) |",
        "| --- | --- | ---: | ---: |",
        *(f"| {part} | {over} | {torch:.1e} | {central:.1e} |" for part, over, torch, central in compared),
    ]
    for name, family in TABLES.items():
        rows = list(family())
        wrong += sum(not row.difference <= row.allowed for row in rows)
        tables[name] = table(rows)
    exact = list(counts())
    wrong += sum(found != expected for _, found, expected in exact)
    tables["counts"] = [
        "| what | found | expected |",
        "| --- | --- | --- |",
        *(f"| {what} | {found} | {expected} |" for what, found, expected in exact),
    ]
    for name, lines in tables.items():
        print(f"{name}\n", *lines, "", sep="\n")
        if "--write" in sys.argv[1:]:
            put(name, lines, DOCUMENT)
    return int(wrong > 0)


if __name__ == "__main__":
    sys.exit(main())
