"""Prints what it costs to train on an event loop, in Markdown: the speed kept, and how late the loop gets its turn.

    python benchmarks/pacing.py [--rounds N] [--write]

A session of xor is trained by the pacer on a bare event loop, without a terminal, and beside it a timer rings 60
times a second. In turn with it a run is trained without a loop, as `nnsim run` does. Speeds are steps in the time
that the processor works, medians over the rounds; the delay is how much later than it was set the timer rings.
The clock of the loop is the time that the processor works, too, so that other programs disturb little. `--write`
puts the table into docs/benchmarks.md.
"""

import argparse
import asyncio
import os
import sys
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median, quantiles
from time import perf_counter, process_time

for variable in ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OMP_NUM_THREADS"):
    os.environ[variable] = "1"

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "benchmarks")]

from report import put, surroundings  # noqa: E402

from nnsim.scenario.catalog import read  # noqa: E402
from nnsim.session.session import Session  # noqa: E402
from nnsim.timeline import Cursor  # noqa: E402
from nnsim.timeline.run import Run, slices  # noqa: E402
from screens.workbench import pacer  # noqa: E402
from screens.workbench.pacer import Pacer  # noqa: E402

ROUND_S = 0.3
ROUNDS = 31
EVERY_S = 1 / 60  # between two rings of the timer: Textual draws as often at most
LEAST_SPEED, MOST_DELAY_MS = 0.97, 1.0
SETTINGS = {"train.epochs": 1_000_000}


class WorkingLoop(asyncio.SelectorEventLoop):
    """An event loop that is never idle, and whose clock stands still while other programs have the processor."""

    def time(self) -> float:
        return process_time()


@dataclass
class Paced:
    """What the pacer did in all rounds: steps a second each, and delays in seconds."""

    speeds: list[float] = field(default_factory=list)
    delays: list[float] = field(default_factory=list)


def headless() -> float:
    """Steps a second of a run without a loop."""
    run = Run(read("xor"), "article", SETTINGS)
    run.advance_to(1000)
    before, until, start = run.timeline.length, perf_counter() + ROUND_S, process_time()
    for _ in slices(run.advance, lambda: run.finished):
        if perf_counter() >= until:
            break
    return (run.timeline.length - before) / (process_time() - start)


def paced(kept: Paced) -> float:
    """Steps a second of the same run, trained by the pacer while a timer rings."""
    session = Session.of_scenario(read("xor"), "article", SETTINGS)
    track = session.focused
    session.motion.head_for(Cursor(1000))
    while session.training.lagging() is not None:
        session.training.train(track, 1000)
    session.motion.head_for(session.view.end)
    before = track.timeline.length

    async def ring(until: float) -> None:
        loop = asyncio.get_running_loop()
        while (at := loop.time() + EVERY_S) < until:
            rung = loop.create_future()
            loop.call_at(at, rung.set_result, None)
            await rung
            kept.delays.append(loop.time() - at)

    async def both() -> None:
        training = asyncio.ensure_future(Pacer(session).run())
        await ring(asyncio.get_running_loop().time() + ROUND_S)
        training.cancel()

    start = process_time()
    with asyncio.Runner(loop_factory=WorkingLoop) as runner:
        runner.run(both())
    speed = (track.timeline.length - before) / (process_time() - start)
    kept.speeds.append(speed)
    return speed


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=ROUNDS, help=f"rounds (default {ROUNDS})")
    parser.add_argument("--write", action="store_true", help="put the table into docs/benchmarks.md")
    options = parser.parse_args()
    own, ratios = Paced(), []
    for _ in range(options.rounds):
        alone = headless()
        ratios.append(paced(own) / alone)
    speed = median(ratios)
    delays_ms = [1000 * one for one in own.delays]
    late = quantiles(delays_ms, n=100)
    lines = [
        "| training xor on an event loop | measured | allowed | reached |",
        "| --- | ---: | ---: | --- |",
        f"| speed, as a part of that without a loop | {speed:.1%} | {LEAST_SPEED:.0%} at least "
        f"| {said(speed >= LEAST_SPEED)} |",
        f"| delay of the loop, 95th percentile | {late[94]:.2f} ms | {MOST_DELAY_MS:g} ms at most "
        f"| {said(late[94] <= MOST_DELAY_MS)} |",
        f"| delay of the loop, median | {late[49]:.2f} ms | - | - |",
        f"| delay of the loop, 99th percentile | {late[98]:.2f} ms | - | - |",
    ]
    note = (
        f"{surroundings()}, {len(ratios)} rounds of {ROUND_S:g} s, {len(delays_ms):,} delays; slices of at most"
        f" {1000 * pacer.SLICE_S:g} ms, chunks of about {1000 * pacer.CHUNK_S:g} ms"
    )
    print("\n".join([*lines, "", note]))
    if options.write:
        put("pacing", [*lines, "", f"{note}."])


def said(reached: bool) -> str:
    return "yes" if reached else "no"


if __name__ == "__main__":
    main()
