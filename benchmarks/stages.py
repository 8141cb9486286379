"""Prints what the stages of lessons cost beside a plain Textual app, and which miss their bounds, in Markdown.

    python benchmarks/stages.py [--write] [--only SCENARIO ...] [--jobs N]

Every page's panes at 120x40, all panes of a scenario at once, and the worst three stages at 200x50 play at 10
epochs a second, training included. Then: from a key to its paint, at full speed, and with `→` held down. Some
scenarios are measured at the same time, and the plain app among them: what counts is the ratio. It takes some eight
minutes on two cores; `--write` puts the tables into docs/benchmarks.md.
"""

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from time import perf_counter

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "benchmarks"), str(ROOT / "tests" / "terminal")]

from report import put, surroundings  # noqa: E402
from terminal import Terminal, nnsim  # noqa: E402
from timed_terminal import SIZE, WHERE, Timed, idle, pressed, row, status, worst  # noqa: E402

COLOURS = {"COLORTERM": "truecolor"}
LARGE = (200, 50)
EPOCHS = 600  # of the runs that are watched: played at 10 a second, as by default where a run has so many
WATCHED_S = 1.5
PRESSES = 40  # of the key whose paint is timed
HELD_S, HELD_HZ = 4.0, 30
ALONE_S = 3.0  # of training without a screen, with which full speed is compared
FULL_SPEED = {"xor": "article", "digits": "adam", "playground-spiral": "deep"}
ALL_PANES = "all panes"
PICTURES = frozenset({"decision", "surface", "data", "weights", "network", "hill"})  # maps and pictures


@dataclass(frozen=True)
class Cost:
    """What a stage takes.

    Args: frames: a second. cpu_ms: of the processor, a frame. size: bytes of a frame, median.
    """

    scenario: str
    stage: str
    frames: float
    cpu_ms: float
    size: float


@dataclass(frozen=True)
class Bounds:
    """What a stage may take: frames a second, and parts of what the plain app takes."""

    frames: float
    cpu: float
    size: float


def bounds_of(cost: Cost) -> Bounds:
    """All panes may cost twice as much, and maps and pictures have twice the bytes of curves."""
    panes = {one.strip() for one in cost.stage.split(",")}
    whole = cost.stage == ALL_PANES
    return Bounds(8.0 if whole else 9.5, 0.3 if whole else 0.15, 0.2 if whole or panes & PICTURES else 0.1)


class Watched(Timed):
    """A terminal that shows nothing while it is measured, and answers all the same."""

    blind = False

    def show(self, data: bytes) -> None:
        if self.blind:
            self.sent += data
            self.write(b"\x1b[1;1R" * data.count(WHERE))
        else:
            super().show(data)

    def cpu_s(self) -> float:
        """Seconds that the processor has worked for the program, finer than the clock's ticks where Linux tells
        them."""
        tasks = Path(f"/proc/{self.process.pid}/task").glob("*/schedstat")
        return sum(int(one.read_text().split()[0]) for one in tasks) / 1e9

    def measured(self, scenario: str, stage: str, seconds: float) -> Cost:
        """What the program takes from now on."""
        before, sent, began, self.blind = self.cpu_s(), len(self.sent), perf_counter(), True
        idle(self, seconds)
        took, lasted, self.blind = self.cpu_s() - before, perf_counter() - began, False
        data = self.sent[sent:]
        pictures = data.split(WHERE)[:-1] or [data]
        self._stream.feed(data.replace(b"\x1b[<u", b"").replace(WHERE, b""))
        return Cost(
            scenario, stage, len(pictures) / lasted, 1000 * took / len(pictures), median(map(len, pictures))
        )


def plain_app(size: tuple[int, int]) -> Cost:
    """The plain app, as it is measured."""
    with tempfile.TemporaryDirectory() as folder:
        result = Path(folder) / "result.json"
        command = [sys.executable, str(ROOT / "benchmarks" / "stock_app.py")]
        terminal = Watched(command, *size, environ=COLOURS | {"STOCK_RESULT": str(result)})
        terminal.blind = True
        try:
            while terminal.process.poll() is None:
                idle(terminal, 0.2)
        finally:
            terminal.close()
        found = json.loads(result.read_text(encoding="utf-8"))
    return Cost("", "", found["frames_per_s"], found["cpu_ms"], len(terminal.sent) / found["frames"])


def opened(scenario: str, size: tuple[int, int], *options: object) -> Watched:
    """A workbench before its first epoch."""
    terminal = Watched(nnsim("open", scenario, *options), *size, environ=COLOURS)
    terminal.wait_for(re.compile(r"(epoch|step) \d"), 60)
    terminal.settle(0.3)
    return terminal


def bottom(terminal: Terminal) -> str:
    """The line above the footer, at any size."""
    return terminal.lines[terminal.screen.lines - 2]


def plays(terminal: Watched) -> bool:
    """Starts playing, or goes back to the start where the runs have ended.  Returns: whether it plays."""
    for keys in ((" ",), ("home", " ")):
        if "playing" in bottom(terminal):
            return True
        terminal.keys(*keys)
        idle(terminal, 0.5)
    return "playing" in bottom(terminal)


def turned(terminal: Watched, page: int) -> None:
    """Turns to a page: `enter` a second time skips what a page asks."""
    told = re.compile(rf"part {page} of")
    for _ in range(4):
        terminal.keys("\r")
        idle(terminal, 0.4)
        if told.search(terminal.text):
            break
    until = perf_counter() + 20.0
    while "training" in bottom(terminal) and perf_counter() < until:  # up to where the page begins
        idle(terminal, 0.2)


def stages_of(scenario: str, size: tuple[int, int] = SIZE, only: str = "") -> list[Cost]:
    """What the stages of a scenario take, each once, and all of its panes side by side.

    Args: only: the stage that is wanted.
    """
    from nnsim.scenario.catalog import read

    parts, found = read(scenario).lesson.parts, dict[str, Cost]()
    terminal = opened(scenario, size, "--set", f"train.epochs={EPOCHS}")
    try:
        for page, part in enumerate(parts, 1):
            if page > 1:
                turned(terminal, page)
            stage = ", ".join(part.stage.show)
            if not stage or stage in found or (only and stage != only):
                continue
            if plays(terminal):
                idle(terminal, 0.3)
                found[stage] = terminal.measured(scenario, stage, WATCHED_S)
            terminal.keys(" ")
            idle(terminal, 0.2)
        if only in ("", ALL_PANES):
            terminal.keys("p")
            idle(terminal, 0.3)
            terminal.keys("#")
            idle(terminal, 0.8)
            if plays(terminal):
                idle(terminal, 0.3)
                found[ALL_PANES] = terminal.measured(scenario, ALL_PANES, WATCHED_S)
    finally:
        terminal.close()
    return list(found.values())


# ---------------------------------------------------------------------- keys


def key_to_paint() -> tuple[float, float]:
    """From `z` to its paint while both train, 95th percentile: nnsim at full speed, the plain app, in seconds."""
    terminal = opened("xor", SIZE, "--set", f"train.epochs={20_000_000}")
    try:
        terminal.keys(*"+" * 12)
        terminal.wait_for("speed max")
        terminal.keys(" ")
        terminal.wait_for("playing")
        own = presses(terminal, lambda: row(terminal, 1).count("╮") == 1)
    finally:
        terminal.close()
    plain = Watched(
        [sys.executable, str(ROOT / "benchmarks" / "stock_app.py")], *SIZE, environ=COLOURS | {"STOCK_TRAINS": "1"}
    )
    try:
        plain.wait_for("target", 30)
        other = presses(plain, lambda: "target" not in plain.text)
    finally:
        plain.close()
    return own, other


def presses(terminal: Watched, zoomed: Callable[[], bool]) -> float:
    """Seconds from `z` to the last byte of what it shows, 95th percentile."""
    found = []
    for index in range(PRESSES):
        idle(terminal, 0.15 + 0.013 * (index % 7))  # at any moment of a frame's time
        before = zoomed()
        found.append(pressed(terminal, "z", lambda b=before: zoomed() != b))
    return worst(found)


def held() -> float:
    """Frames a second while `→` is held down."""
    terminal = opened("xor", SIZE)
    try:
        terminal.keys("right")
        idle(terminal, 0.5)
        sent, began, terminal.blind = len(terminal.sent), perf_counter(), True
        for number in range(int(HELD_S * HELD_HZ)):
            terminal.keys("right")
            while (left := began + (number + 1) / HELD_HZ - perf_counter()) > 0:
                terminal.read(min(left, 0.005))
        return terminal.sent[sent:].count(WHERE) / (perf_counter() - began)
    finally:
        terminal.close()


def full_speed(scenario: str, variant: str) -> tuple[float, float]:
    """At full speed, in the panes that a scenario opens with: the part of the epochs of `nnsim run`, and frames a
    second."""

    def alone(epochs: int) -> float:
        given = ("run", scenario, "--variant", variant, "--set", f"train.epochs={epochs}", "--json")
        told = subprocess.run([*nnsim(*given)], cwd=ROOT, check=True, capture_output=True)
        return float(json.loads(told.stdout)["wall_s"])

    epochs = max(20, int(200 * ALONE_S / max(alone(200), 1e-3)))
    ratios, frames = [], []
    for _ in range(3):
        wall = alone(epochs)
        terminal = opened(scenario, SIZE, "--variant", variant, "--set", f"train.epochs={epochs}")
        try:
            terminal.keys(*"+" * 12)
            terminal.wait_for("speed max")
            idle(terminal, 0.3)
            sent = len(terminal.sent)
            inside = pressed(terminal, " ", lambda t=terminal: not status(t).startswith(("playing", "paused")))
            frames.append(terminal.sent[sent:].count(WHERE) / inside)
        finally:
            terminal.close()
        ratios.append(wall / inside)
    return median(ratios), median(frames)


# ---------------------------------------------------------------------- tables


def rows_of(costs: Sequence[Cost], plain: Cost) -> Iterator[tuple[str, bool]]:
    """A line of the table for each stage, and whether it keeps its bounds."""
    for one in costs:
        allowed, cpu, size = bounds_of(one), one.cpu_ms / plain.cpu_ms, one.size / plain.size
        misses = [
            name
            for name, kept in (
                ("frames", round(one.frames, 1) >= allowed.frames),
                ("processor", round(cpu, 2) <= allowed.cpu),
                ("bytes", round(size, 2) <= allowed.size),
            )
            if not kept
        ]
        told = ", ".join(misses) or "yes"
        yield f"| {one.scenario} | {one.stage} | {one.frames:.1f} | {cpu:.2f} | {size:.3f} | {told} |", not misses


def table(costs: Sequence[Cost], plain: Cost) -> tuple[list[str], int]:
    """The table of stages, the costliest first.  Returns: its lines, and how many rows miss a bound."""
    lines = [
        "| scenario | panes | frames a second | processor | bytes | reached |",
        "| --- | --- | ---: | ---: | ---: | --- |",
    ]
    rows = list(rows_of(sorted(costs, key=lambda one: -one.cpu_ms / bounds_of(one).cpu), plain))
    return lines + [line for line, _ in rows], sum(not kept for _, kept in rows)


def main() -> int:
    from nnsim.scenario.catalog import entries

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", action="store_true", help="put the tables into docs/benchmarks.md")
    parser.add_argument("--only", nargs="*", metavar="SCENARIO", help="these scenarios, and nothing else")
    parser.add_argument(
        "--jobs", type=int, default=(os.cpu_count() or 1) + 1, help="scenarios measured at the same time"
    )
    options = parser.parse_args()
    # The other patients of the clinic have the pages of the first.
    alike = re.compile(r"clinic-(?!1$)")
    names = options.only or [one.name for one in entries() if not alike.match(one.name)]
    with ProcessPoolExecutor(options.jobs) as pool:
        # The plain app is measured at the beginning, in the middle and at the end, beside the others.
        half = len(names) // 2
        plains = [pool.submit(plain_app, SIZE)]
        waiting = [pool.submit(stages_of, name) for name in names[:half]]
        plains.append(pool.submit(plain_app, SIZE))
        waiting += [pool.submit(stages_of, name) for name in names[half:]]
        plains.append(pool.submit(plain_app, SIZE))
        costs = [cost for one in waiting for cost in measured(one)]
        plain = middle([one.result() for one in plains])
        stages = [one for one in costs if one.stage != ALL_PANES]
        most = sorted(stages, key=lambda one: -one.cpu_ms)[:3]
        again = [pool.submit(stages_of, one.scenario, LARGE, one.stage) for one in most]
        plain_large = pool.submit(plain_app, LARGE)
        large = [cost for one in again for cost in measured(one)]
        plain_large = plain_large.result()
    print(f"{surroundings()}; the plain app: {plain.cpu_ms:.0f} ms and {plain.size:,.0f} bytes a frame", flush=True)
    lines, missed = table(stages, plain)
    whole, missed_whole = table([one for one in costs if one.stage == ALL_PANES], plain)
    large_lines, missed_large = table(large, plain_large)
    print(*lines, "", *whole, "", *large_lines, "", sep="\n", flush=True)
    summary = [
        "| what | measured | wanted | reached |",
        "| --- | ---: | ---: | --- |",
        summed(f"{len(stages)} stages at {SIZE[0]}x{SIZE[1]}", len(stages), missed),
        summed(f"all panes of {len(whole) - 2} scenarios", len(whole) - 2, missed_whole),
        summed(f"the costliest {len(large)} stages at {LARGE[0]}x{LARGE[1]}", len(large), missed_large),
    ]
    if not options.only:
        summary += list(feel())
    print(*summary, surroundings(), sep="\n")
    if options.write:
        put(
            "stages",
            [
                *summary,
                "",
                f"{surroundings()}; the plain app: {plain.cpu_ms:.0f} ms and {plain.size:,.0f} bytes a frame.",
            ],
        )
        put("each stage", [*lines, *whole[2:], "", f"At {LARGE[0]}x{LARGE[1]}:", "", *large_lines])
    return 0


def measured(waiting: Future[list[Cost]]) -> list[Cost]:
    """What a scenario takes; one that does not do what it is asked for is named, and left out."""
    try:
        return waiting.result()
    except AssertionError as error:
        print(f"not measured: {error}", file=sys.stderr, flush=True)
        return []


def middle(costs: Sequence[Cost]) -> Cost:
    """The medians of one thing that was measured several times."""
    first = costs[0]
    return Cost(
        first.scenario,
        first.stage,
        *(median(getattr(one, name) for one in costs) for name in ("frames", "cpu_ms", "size")),
    )


def summed(what: str, count: int, missed: int) -> str:
    return f"| {what}: within all bounds | {count - missed} of {count} | all | {'yes' if not missed else 'no'} |"


def feel() -> Iterator[str]:
    """The rows that are measured alone."""
    own, other = key_to_paint()
    part = own / other
    yield (
        f"| key to paint while training, 95th percentile of {PRESSES}: {1000 * own:.0f} ms, the plain app"
        f" {1000 * other:.0f} ms | {part:.2f} | ≤ 0.25 | {'yes' if part <= 0.25 else 'no'} |"
    )
    rate = held()
    reached = "yes" if rate >= 29 else "no"
    yield f"| `→` held down at {HELD_HZ} a second: frames a second | {rate:.0f} | ≥ 29 | {reached} |"
    for scenario, variant in FULL_SPEED.items():
        ratio, frames = full_speed(scenario, variant)
        kept = ratio >= 0.8 and frames >= 6
        yield (
            f"| {scenario}, {variant}, at full speed: epochs as a part of those of `nnsim run`, frames a second |"
            f" {100 * ratio:.0f} %, {frames:.1f} | ≥ 80 %, ≥ 6 | {'yes' if kept else 'no'} |"
        )


if __name__ == "__main__":
    sys.exit(main())
