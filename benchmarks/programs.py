"""Runs the programs that nnsim exports, of every scenario and variant, and compares what they print with the runs.

    python benchmarks/programs.py FOLDER [--only NAME] [--skip notebooks,pytorch] [--write]

FOLDER holds two environments, which `make test-programs` makes: `numpy`, with NumPy alone, and `others`, with
PyTorch, nbclient and ipykernel. NumPy programs run as they are written, up to 200 losses; notebooks are executed
whole, in runs of at most 200 steps; PyTorch programs are trained on for 50 steps from the start, and from step 30
for one. A difference may be as large as the run makes of a rounding, and at least 1e-9. The exit status is 1 where
one is larger. `--write` puts the largest of each scenario into docs/programs.md.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), *(str(ROOT / one) for one in ("benchmarks", "tests", "tests/export"))]

import numpy as np  # noqa: E402
from report import DOCS, Table, put, surroundings  # noqa: E402
from test_numpy_programs import RUNS, SETTINGS  # noqa: E402

from nnsim.errors import NnsimError  # noqa: E402
from nnsim.export.exporter import Chosen  # noqa: E402
from nnsim.export.notebook import notebook  # noqa: E402
from nnsim.export.numpy_source import packed  # noqa: E402
from nnsim.export.programs.numpy_program import numpy_program  # noqa: E402
from nnsim.export.pytorch import torch_program  # noqa: E402
from nnsim.recording.rounding import Amplification, Stretch  # noqa: E402
from nnsim.scenario import catalog  # noqa: E402
from nnsim.scenario.scenario import Scenario, parse_scenario, read_scenario  # noqa: E402
from nnsim.timeline.run import Run  # noqa: E402

LOSSES, TRAINED_ON, LATER, METHOD_STEPS = 200, 50, 30, 15
LEAST, OF_METHODS = 1e-9, 1e-7  # that is allowed, relative; finite differences lose digits
TRIALS = 3
# What a PyTorch program leaves out that changes its losses.
OTHERWISE = (
    "the units that dropout",
    "the order of the rows",
    "what the schedule",
    "double precision of Muon",
    "kernels as",
)

EXECUTED = """
import json, sys
import nbformat
from nbclient import NotebookClient

found = nbformat.read(sys.argv[1], 4)
NotebookClient(found, timeout=300, kernel_name="python3", resources={"metadata": {"path": sys.argv[2]}}).execute()
outputs = [one for cell in found.cells if cell.cell_type == "code" for one in cell.outputs]
print(json.dumps("".join(one.text for one in outputs if one.output_type == "stream" and one.name == "stdout")))
"""
TRAINED = """
import json, runpy, sys
import torch

torch.set_num_threads(1)
for path, steps in json.load(sys.stdin):
    try:
        found = runpy.run_path(path)
        answers, expected = found["answer"](found["inputs"]), found["expected"]
        off = float(((answers - expected).abs() / expected.abs().clamp(min=1)).max())
        mode = found["model"].training
        losses = [loss for _, loss in found["train"](steps)] if "train" in found else None
        print(json.dumps([off, mode, losses]), flush=True)
    except Exception as error:
        print(json.dumps([repr(error), None, None]), flush=True)
"""


@dataclass
class Compared:
    """One run: its losses, and what they may differ by."""

    run: Run | None
    losses: np.ndarray
    allowed: np.ndarray

    @classmethod
    def of(
        cls, scenario: Scenario, variant: str, steps: int = LOSSES, settings: dict[str, object] | None = None
    ) -> "Compared":
        run = Run(scenario, variant, settings)
        trainer, timeline = run.trainer, run.timeline
        first, records = trainer.checkpoint(), []
        while trainer.step < min(steps, timeline.plan.steps) and trainer.stop is None:
            records.append(trainer.advance(min(steps, timeline.plan.steps) - trainer.step))
            timeline.append(records[-1])
        stretch = Stretch.of(records, timeline.steps_per_epoch, trainer.checkpoint())
        amplification = Amplification(timeline)
        found = [amplification.measured(first, stretch, trainer.step, trial).steps for trial in range(TRIALS)]
        losses = timeline.series["loss"].values(0, timeline.length)
        return cls(run, losses, np.maximum(np.max(found, axis=0), LEAST))

    def judged(self, printed: list[float]) -> tuple[float, bool]:
        """The largest difference of losses, relative to the larger number, and whether all are allowed."""
        count = min(len(printed), len(self.losses))
        mine, theirs = self.losses[:count], np.array(printed[:count])
        same = (mine == theirs) | (np.isnan(mine) & np.isnan(theirs))
        with np.errstate(all="ignore"):
            found = np.where(same, 0.0, np.abs(mine - theirs) / np.maximum(np.abs(mine), np.abs(theirs)))
            absolute = np.where(same, 0.0, np.abs(mine - theirs))
        # What is measured of a rounding is absolute below 1.
        right = (found <= LEAST) | (np.minimum(found, absolute) <= self.allowed[:count])
        return float(found.max(initial=0.0)), bool(right.all()) and count > 0


def numpy_losses(python: Path, compared: Compared, folder: Path) -> tuple[list[float], int]:
    """What the program prints, and its length in lines."""
    program = numpy_program(compared.run.timeline)
    (folder / "run.py").write_text(program.text, "utf-8")
    if program.arrays:
        (folder / "run.npz").write_bytes(packed(program.arrays))
    command = [python, "-I", "-u", folder / "run.py"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        printed = [float(line.split()[1]) for line in islice(process.stdout, LOSSES)]
        if len(printed) < LOSSES and process.wait():
            raise NnsimError(process.stderr.read().strip().rpartition("\n")[2])
        process.kill()
    return printed, len(program.text.splitlines())


def notebook_losses(python: Path, compared: Compared, folder: Path) -> list[float]:
    timeline = compared.run.timeline
    program = numpy_program(timeline, beside=False)
    (folder / "run.ipynb").write_text(notebook(timeline, program), "utf-8")
    if program.arrays:
        (folder / "run.npz").write_bytes(packed(program.arrays))
    command = [python, "-c", EXECUTED, folder / "run.ipynb", folder]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    if done.returncode:
        raise NnsimError(done.stderr.strip().rpartition("\n")[2])
    return [float(line.split()[1]) for line in json.loads(done.stdout).splitlines()]


def torch_files(compared: Compared, folder: Path, place: str) -> list[tuple[str, int, str]]:
    """The program of the start, and that of step 30 where the run gets so far.

    Returns: the path of each, the steps to train on, and why it trains otherwise, empty where it does not.
    """
    timeline, found = compared.run.timeline, []
    for step, steps in ((0, TRAINED_ON), (LATER, 1)):
        if step < timeline.length:
            path = folder / f"{place}-{step}.py"
            made = torch_program(Chosen(1, timeline, step), f"{path.stem}.npz")
            path.write_text(made.text, "utf-8")
            if made.arrays:
                path.with_suffix(".npz").write_bytes(packed(made.arrays))
            otherwise = [one for one in made.left_out if one.startswith(OTHERWISE)]
            found.append((str(path), steps, "; ".join(otherwise)))
    return found


@dataclass
class Row:
    """What one run came to: differences by the name of their column, and what was wrong, a sentence each."""

    differences: dict[str, float] = field(default_factory=dict)
    lines: int = 0
    wrong: list[str] = field(default_factory=list)
    notes: set[str] = field(default_factory=set)

    def compared(self, column: str, found: tuple[float, bool]) -> None:
        difference, fine = found
        self.differences[column] = max(difference, self.differences.get(column, 0.0))
        if not fine:
            self.wrong.append(f"{column}: {difference:.0e}")


def pytorch(python: Path, runs: dict[str, Compared], rows: dict[str, Row], folder: Path) -> None:
    """Checks the answers of all PyTorch programs, and trains them on."""
    files: dict[str, list[tuple[str, int, str]]] = {}
    for place, (name, compared) in enumerate(runs.items()):
        try:
            files[name] = torch_files(compared, folder, str(place))
        except NnsimError as error:
            rows[name].notes.add(str(error))
    asked = json.dumps([one[:2] for each in files.values() for one in each])
    done = subprocess.run(
        [python, "-c", TRAINED], input=asked, capture_output=True, text=True, timeout=1800, check=False
    )
    told = iter(map(json.loads, done.stdout.splitlines()))
    for name, each in files.items():
        compared, row = runs[name], rows[name]
        for path, _, otherwise in each:
            off, mode, losses = next(told, ("no answer", None, None))
            if isinstance(off, str) or mode is not True:
                row.wrong.append(f"pytorch: {off}")
                continue
            precise = compared.run.timeline.plan.train.precision == "float64"
            row.compared("answers", (off, off <= (1e-9 if precise else 1e-3)))
            if losses is None:
                row.notes.add("a search: not trained on")
                continue
            first = LATER if path.endswith(f"-{LATER}.py") else 0
            found, fine = Compared(compared.run, compared.losses[first:], compared.allowed[first:]).judged(losses)
            if otherwise:
                row.notes.add(f"left out: {otherwise}")
            else:
                row.compared("pytorch", (found, fine))


def notebooks(python: Path, runs: dict[str, Compared], rows: dict[str, Row], folder: Path) -> None:
    """Executes a notebook of the first variant of each scenario."""
    done = set()
    for name, compared in runs.items():
        timeline = compared.run.timeline
        if timeline.scenario.name in done:
            continue
        done.add(timeline.scenario.name)
        epochs = max(1, min(timeline.plan.train.epochs, LOSSES // timeline.plan.steps_per_epoch))
        short = Compared.of(timeline.scenario, timeline.variant, settings={"train.epochs": epochs})
        try:
            rows[name].compared("notebook", short.judged(notebook_losses(python, short, folder)))
        except NnsimError as error:
            rows[name].wrong.append(f"notebook: {error}")


def methods(python: Path, folder: Path) -> bool:
    """Trains a program for each method that the tests have, in PyTorch.  Returns: whether all are right.

    A program that says what it leaves out may differ.
    """
    small = parse_scenario(SETTINGS, name="small", source="small.toml")
    asked, runs = [], dict[str, tuple[np.ndarray, bool]]()
    for place, (name, settings) in enumerate(RUNS.items()):
        run = Run(small, "plain", settings)
        made = torch_program(Chosen(1, run.timeline, 0), f"method-{place}.npz")
        run.advance_to(METHOD_STEPS)
        losses = run.timeline.series["loss"].values(0, run.timeline.length)
        runs[name] = losses, bool(made.left_out)
        path = folder / f"method-{place}.py"
        path.write_text(made.text, "utf-8")
        if made.arrays:
            path.with_suffix(".npz").write_bytes(packed(made.arrays))
        asked.append((str(path), len(losses)))
    command = [python, "-c", TRAINED]
    done = subprocess.run(
        command, input=json.dumps(asked), capture_output=True, text=True, timeout=600, check=False
    )
    largest, wrong, told = 0.0, [], map(json.loads, done.stdout.splitlines())
    for (name, (losses, leaves_out)), (off, _, theirs) in zip(runs.items(), told, strict=True):
        if isinstance(off, str):
            wrong.append(f"{name}: {off}")
        elif not leaves_out:
            difference, _ = Compared(None, losses, np.full(len(losses), LEAST)).judged(theirs)
            largest = max(largest, difference)
            wrong += [f"{name}: {difference:.0e}"] if difference > OF_METHODS else []
    print(f"{len(runs)} methods in PyTorch, {METHOD_STEPS} losses each: {largest:.0e} apart at most")
    print("\n".join(wrong))
    return not wrong


def summary(rows: dict[str, Row], write: bool) -> None:
    """The largest differences of each scenario, as a table."""
    columns = ("numpy", "rounding", "notebook", "answers", "pytorch")
    heads = ("NumPy, 200 losses", "a rounding", "notebook", "PyTorch answers", "50 losses")
    table = Table("programs", "scenario", "runs", "lines", *heads)
    scenarios: dict[str, list[Row]] = {}
    for name, row in rows.items():
        scenarios.setdefault(name.partition(", ")[0], []).append(row)
    for name, each in scenarios.items():
        cells = []
        for column in columns:
            found = [row.differences[column] for row in each if column in row.differences]
            cells.append(f"{max(found):.0e}" if found else "")
        lines = sorted(row.lines for row in each)
        length = f"{lines[0]}" if lines[0] == lines[-1] else f"{lines[0]}-{lines[-1]}"
        table.row(name, str(len(each)), length, *cells)
    table.note(f"{surroundings()}.")
    if write:
        put("programs", table.lines, DOCS / "programs.md")


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--only")
    parser.add_argument("--skip", default="")
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    alone, others = (options.folder / one / "bin" / "python" for one in ("numpy", "others"))
    runs, rows, right = dict[str, Compared](), dict[str, Row](), True
    with tempfile.TemporaryDirectory() as folder_name:
        folder = Path(folder_name)
        for entry in catalog.entries():
            scenario = read_scenario(catalog.find(entry.name))
            for variant in scenario.variants if options.only in (None, entry.name) else ():
                name = f"{entry.name}, {variant.name}"
                compared = runs[name] = Compared.of(scenario, variant.name)
                row = rows[name] = Row()
                row.differences["rounding"] = float(compared.allowed.max())
                try:
                    printed, row.lines = numpy_losses(alone, compared, folder)
                    row.compared("numpy", compared.judged(printed))
                except NnsimError as error:
                    row.wrong.append(f"numpy: {error}")
        if "notebooks" not in options.skip:
            notebooks(others, runs, rows, folder)
        if "pytorch" not in options.skip:
            pytorch(others, runs, rows, folder)
            right = methods(others, folder)
    summary(rows, options.write)
    for name, row in rows.items():
        for sentence in [*row.wrong, *sorted(row.notes)]:
            print(f"{name}: {sentence}")
    return 0 if right and not any(row.wrong for row in rows.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
