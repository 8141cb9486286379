"""How fast sweeps train: beside the build before them, JAX, a loop of runs, one worker; and how they grow.

    python benchmarks/sweep_speed.py [--rounds N] [--only WORDS] [--jax PYTHON] [--write]

Needs the extras nnsim[fast,dask] and git; JAX is installed into an environment of its own, .venv-jax, unless an
interpreter that has it is named. All contestants of a row are processes that wait for their turn: a round lets each
train once, and medians over the rounds are compared. A ratio stands twice: by the clock, with every core at work,
and by the time of the processor, which a busy machine changes less, and in which a second core brings nothing. What
is aimed at is meant by the clock on idle cores. `--write` puts the tables into docs/benchmarks.md.
"""

import argparse
import importlib.metadata
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median

for variable in ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OMP_NUM_THREADS"):
    os.environ[variable] = "1"

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "benchmarks")]

from report import put, surroundings  # noqa: E402

BEFORE = "a5a47b0"  # the last build without sweeps: one population of seeds on one core
ROUNDS = 5
SEEDS, SWEEP = ("--seeds", "1000", "--epochs", "2000"), ("sweep", "xor", "--no-marks")
GRID = ("--over", "schedule.rate=0.1:10:log:{}", "--over", "initializer.deviation=0.1:10:log:{}")


@dataclass(frozen=True)
class Seconds:
    """By the clock, and of the processor."""

    clock: float
    processor: float

    def times(self, factor: float) -> "Seconds":
        return Seconds(self.clock * factor, self.processor * factor)


Turn = Callable[[], Seconds]


@dataclass(frozen=True)
class Places:
    """Where the contestants live: the folder of the build before, and a Python with JAX."""

    before: Path
    jax: Path


@contextmanager
def places(jax: str | None) -> Iterator[Places]:
    with tempfile.TemporaryDirectory() as folder:
        before = Path(folder) / "before"
        subprocess.run(["git", "-C", ROOT, "worktree", "add", "-q", "--detach", before, BEFORE], check=True)
        try:
            yield Places(before, Path(jax) if jax else installed_jax())
        finally:
            subprocess.run(["git", "-C", ROOT, "worktree", "remove", "--force", before], check=True)


def installed_jax() -> Path:
    python = ROOT / ".venv-jax" / "bin" / "python"
    if not python.is_file():
        subprocess.run([sys.executable, "-m", "venv", python.parent.parent], check=True)
        subprocess.run([python, "-m", "pip", "install", "-q", "jax"], check=True)
    return python


@contextmanager
def contestant(python: Path, build: Path, *arguments: str) -> Iterator[Turn]:
    """A process that trains when it is asked to."""
    command = [python, ROOT / "benchmarks" / "sweep_contestant.py", *arguments]
    environment = {**os.environ, "PYTHONPATH": str(build)}
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment, text=True
    ) as process:
        assert process.stdin is not None, "it is a pipe"
        assert process.stdout is not None, "it is a pipe"
        asked, answers = process.stdin, process.stdout
        assert answers.readline() == "ready\n", f"{' '.join(arguments)} does not begin"

        def turn() -> Seconds:
            asked.write("\n")
            asked.flush()
            clock, processor = answers.readline().split()
            return Seconds(float(clock), float(processor))

        try:
            yield turn
        finally:
            asked.close()


def started(command: list[str], environment: dict[str, str] | None = None) -> tuple[Seconds, float]:
    """A whole process, from its start to its end, and the memory of the largest of its processes, MB."""
    began = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, env=environment)
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0, f"{command} fails"
    return Seconds(time.perf_counter() - began, used.ru_utime + used.ru_stime), used.ru_maxrss / 1024


def medians(turns: dict[str, Turn], rounds: int) -> dict[str, Seconds]:
    found: dict[str, list[Seconds]] = {name: [] for name in turns}
    for _ in range(rounds):
        for name, turn in turns.items():
            found[name].append(turn())
    return {
        name: Seconds(median(one.clock for one in each), median(one.processor for one in each))
        for name, each in found.items()
    }


def ratio(one: Seconds, other: Seconds) -> str:
    return f"{one.clock / other.clock:.3g} / {one.processor / other.processor:.3g}"


def line(what: str, ratios: tuple[str, str], aims: tuple[str, str], against: str) -> str:
    """A row of the first table."""
    return f"| {what} | {against} | {ratios[0]} | {aims[0]} | {ratios[1]} | {aims[1]} |"


def seeds_rows(where: Places, scenario: str, members: int, epochs: int, rounds: int) -> Iterator[str]:
    """Seeds of a scenario against the build before and JAX, in both precisions."""
    aims = {
        ("xor", 1000): (("1.5", "6"), ("2.5", "12"), ("0.8", "2.5")),
        ("parity-4bit", 1000): (("1.4", "3.5"), ("3.5", "7"), ("0.75", "1.8")),
        ("xor", 4096): (("-", "-"), ("-", "-"), ("1.7", "5")),
    }[scenario, members]
    work = scenario, str(members), str(epochs)
    with ExitStack() as stack:
        here, there = Path(sys.executable), where.before
        turns = {
            name: stack.enter_context(contestant(python, build, kind, *work, precision))
            for name, python, build, kind, precision in (
                ("before", here, there, "population", "float64"),
                ("jax", where.jax, ROOT, "jax", "float64"),
                *(
                    (f"{kind} {bits}", here, ROOT, kind, bits)
                    for kind in ("numpy", "fast")
                    for bits in ("float64", "float32")
                ),
            )
        }
        found = medians(turns, rounds)
    for rival, precision, aimed in (
        ("before", "float64", aims[0]),
        ("before", "float32", aims[1]),
        ("jax", "float64", aims[2]),
    ):
        one = found[rival]
        per_step = f"{1e9 * one.clock / members / epochs:.0f} / {1e9 * one.processor / members / epochs:.0f} ns"
        named = {"before": "the build before, float64", "jax": "JAX vmap + scan, float64"}[rival]
        yield line(
            f"{members:,} seeds of {scenario}, {epochs:,} epochs, {precision}",
            (ratio(one, found[f"numpy {precision}"]), ratio(one, found[f"fast {precision}"])),
            aimed,
            f"{named}: {per_step} a member's step",
        )


def start_row(where: Places, rounds: int) -> Iterator[str]:
    """From the start of the process to the printed table."""
    own = [sys.executable, "-m", "nnsim"]
    commands = {
        "jax": [str(where.jax), str(ROOT / "benchmarks" / "jax_population.py"), SEEDS[1], SEEDS[3]],
        "numpy": [*own, *SWEEP, *SEEDS],
        "fast": [*own, *SWEEP, *SEEDS, "--kernel", "fast"],
    }
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    environment["PYTHONPATH"] = str(ROOT)
    for command in commands.values():
        started(command, environment)
    found = medians({name: lambda one=one: started(one, environment)[0] for name, one in commands.items()}, rounds)
    one = found["jax"]
    yield line(
        "from the start of the process to the printed table: 1,000 seeds of xor, 2,000 epochs",
        (ratio(one, found["numpy"]), ratio(one, found["fast"])),
        ("2.5", "3"),
        f"a script with JAX: {one.clock:.2f} / {one.processor:.2f} s",
    )


def grid_row(where: Places, rounds: int) -> Iterator[str]:
    members, alone = 64 * 64, 8
    with ExitStack() as stack:
        turns = {
            kind: stack.enter_context(
                contestant(Path(sys.executable), ROOT, kind, "xor", str(count), "500", "float64")
            )
            for kind, count in (("bare", alone), ("grid-numpy", members), ("grid-fast", members))
        }
        found = medians(turns, rounds)
    one = found["bare"].times(members / alone)
    yield line(
        "64 x 64 settings of xor, 500 epochs",
        (ratio(one, found["grid-numpy"]), ratio(one, found["grid-fast"])),
        ("170", "700"),
        f"a loop of runs written by hand: {one.clock:.0f} / {one.processor:.0f} s",
    )


def set_up_row(where: Places, rounds: int) -> Iterator[str]:
    """What a seed costs beside its steps: sweeps of one epoch, of many seeds and of few."""
    counts = (20_000, 4_000)
    kinds = {"before": ("population", where.before), "numpy": ("numpy", ROOT), "fast": ("fast", ROOT)}
    with ExitStack() as stack:
        turns = {
            f"{name} {count}": stack.enter_context(
                contestant(Path(sys.executable), build, kind, "xor", str(count), "1", "float64")
            )
            for name, (kind, build) in kinds.items()
            for count in counts
        }
        found = medians(turns, rounds)
    spread = counts[0] - counts[1]
    each = {
        name: 1e3 * (found[f"{name} {counts[0]}"].processor - found[f"{name} {counts[1]}"].processor) / spread
        for name in kinds
    }
    yield line(
        "set-up of a seed beside its steps, ms of the processor",
        (f"{each['numpy']:.3f}", f"{each['fast']:.3f}"),
        ("≤ 0.06", "≤ 0.06"),
        f"the build before: {each['before']:.3f}",
    )


def dask_row(where: Places, rounds: int) -> Iterator[str]:
    """Two Dask workers against one worker of nnsim's own."""
    from distributed import LocalCluster

    study = ["-m", "nnsim", *SWEEP, "--seeds", "4096", "--epochs", "40000"]
    ratios = []
    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=":0", silence_logs=50) as cluster:
        for kernel in ("numpy", "fast"):
            command = [sys.executable, *study, "--kernel", kernel]
            turns = {
                name: lambda command=command, options=options: started([*command, *options])[0]
                for name, options in (("one", ["--workers", "1"]), ("dask", ["--dask", cluster.scheduler_address]))
            }
            turns["dask"]()
            found = medians(turns, max(1, rounds // 2))
            ratios.append(f"{found['one'].clock / found['dask'].clock:.3g}")
    what = "two Dask workers, 4,096 seeds of xor, 40,000 epochs, by the clock"
    yield line(what, (ratios[0], ratios[1]), ("1.7", "-"), "`--workers 1`")


def growth(rounds: int) -> Iterator[str]:
    """How time and memory grow with members and with workers."""
    yield "| members | workers | NumPy: s, MB | compiled: s, MB | ns of the processor a member's step |"
    yield "| ---: | ---: | ---: | ---: | ---: |"
    sides = {100: 10, 1024: 32, 10_000: 100, 102_400: 320, 1_048_576: 1024}
    own = len(os.sched_getaffinity(0))
    for members, workers in [*((one, own) for one in sides), *((102_400, count) for count in (1, 2, 4, 8))]:
        over = [one.format(sides[members]) for one in GRID]
        cells, steps = [], []
        for kernel in ("numpy", "fast"):
            command = [sys.executable, "-m", "nnsim", *SWEEP, *over, "--set", 'initializer={kind="normal"}']
            with tempfile.TemporaryDirectory() as folder:
                command += ["--epochs", "200", "--kernel", kernel, "--workers", str(workers)]
                found, memory = started([*command, "-o", f"{folder}/x.nnsweep"])
            cells.append(f"{found.clock:.2f} / {found.processor:.2f}, {memory:.0f}")
            steps.append(f"{1e9 * found.processor / members / 200:.0f}")
        yield f"| {members:,} | {workers} | {' | '.join(cells)} | {', '.join(steps)} |"


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=ROUNDS, help=f"rounds for each row (default {ROUNDS})")
    parser.add_argument("--only", default="", help="seeds, start, grid, set-up, dask or growth")
    parser.add_argument("--jax", metavar="PYTHON", help="an interpreter that has JAX")
    parser.add_argument("--write", action="store_true", help="put the tables into docs/benchmarks.md")
    options = parser.parse_args()
    if options.write and options.only not in ("", "growth"):
        parser.error("--write: puts whole tables there (allowed: all rows, or --only growth)")
    rounds, wanted = options.rounds, options.only or "seeds start grid set-up dask growth"
    versions = ", ".join(f"{name} {importlib.metadata.version(name)}" for name in ("numpy", "numba", "distributed"))
    notes = [f"{surroundings()}, {versions}, {rounds} rounds."]
    if options.only != "growth":
        lines = [
            "| what | against | NumPy | aimed at | compiled | aimed at |",
            "| --- | --- | ---: | ---: | ---: | ---: |",
        ]
        print("\n".join(lines), flush=True)
        with places(options.jax) as where:
            rows: dict[str, list[Callable[[], Iterator[str]]]] = {
                "seeds": [
                    lambda: seeds_rows(where, "xor", 1000, 10_000, rounds),
                    lambda: seeds_rows(where, "parity-4bit", 1000, 2_000, rounds),
                    lambda: seeds_rows(where, "xor", 4096, 2_500, rounds),
                ],
                "start": [lambda: start_row(where, rounds)],
                "grid": [lambda: grid_row(where, rounds)],
                "set-up": [lambda: set_up_row(where, rounds)],
                "dask": [lambda: dask_row(where, rounds)],
            }
            for name, makers in rows.items():
                for maker in makers if name in wanted else []:
                    for row in maker():
                        lines.append(row)
                        print(row, flush=True)
        print("\n".join(["", *notes, ""]))
        if options.write:
            put("sweeps", [*lines, "", *notes])
    if "growth" in wanted:
        grown = []
        for row in growth(rounds):
            grown.append(row)
            print(row, flush=True)
        note = f"{surroundings()}, 200 epochs of xor by rate and scale of the start, kept in a file; each once."
        print(f"\n{note}")
        if options.write:
            put("sweeps grow", [*grown, "", note])


if __name__ == "__main__":
    main()
