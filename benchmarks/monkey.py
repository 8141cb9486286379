"""Let a monkey play with scenarios: no exception, no stuck screen, and runs are reproducible afterwards.

    python benchmarks/monkey.py [INPUTS] [SCENARIO ...] [--seed SEED] [--keep-going]

Each scenario gets so many random keys, mouse events and resizes (tests/monkey.py says which). What fails is told
with its seed, its last inputs and the shortest inputs found that fail alike. Ends with status 1 then.
"""

import argparse
import os
import random
import signal
import sys
import tempfile
import time
import traceback
import warnings
from pathlib import Path

for threads in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(threads, "1")

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from monkey import LAST, Fault, Monkey, caged, run  # noqa: E402

from scenarios import names  # noqa: E402

SHRINKING_S = 120.0
FRAMES = 12  # of a traceback


def too_long(signum: int, frame: object) -> None:
    raise Fault("an input hangs: the traceback says where")


def arm(seconds: float) -> None:
    """Raise a fault in the midst of what takes so much processor time; 0 takes that back."""
    signal.setitimer(signal.ITIMER_PROF, seconds)


def tried(monkey: Monkey, inputs: int | list[str]) -> BaseException | None:
    """Let a monkey loose in a cage of its own."""
    here = Path.cwd()
    with tempfile.TemporaryDirectory(prefix="nnsim-monkey-", ignore_cleanup_errors=True) as folder:
        with caged(Path(folder)):
            error = run(monkey, inputs)
        os.chdir(here)
    return error


def signature(error: BaseException | None) -> tuple[object, ...]:
    """What makes two failures the same one: the kind of error, and the line of nnsim's own that raised it."""
    if error is None:
        return ()
    own = [
        (frame.filename, frame.lineno)
        for frame in traceback.extract_tb(error.__traceback__)
        if frame.filename.startswith((str(ROOT / "nnsim"), str(ROOT / "screens")))
    ]
    return type(error), own[-1] if own else " ".join(str(error).split()[:2])


def shrunk(name: str, inputs: list[str], error: BaseException) -> list[str] | None:
    """The shortest inputs found that fail alike, in bounded time; None where they do not fail a second time."""
    until, wanted = time.monotonic() + SHRINKING_S, signature(error)

    def fails(fewer: list[str]) -> bool:
        return signature(tried(Monkey(name, None, arm), fewer)) == wanted

    last = next((count for count in (5, 20, 80) if count < len(inputs) and fails(inputs[-count:])), 0)
    inputs = inputs[-last:]
    if not last and not fails(inputs):
        return None
    size = len(inputs) // 2
    while size:
        first = len(inputs) - size
        while first >= 0 and time.monotonic() < until:
            fewer = inputs[:first] + inputs[first + size :]
            if fails(fewer):
                inputs = fewer
            first -= size
        size //= 2
    return inputs


def told(name: str, seed: int, monkey: Monkey, error: BaseException) -> None:
    """Say what failed, and how to see it again."""
    lines = "".join(traceback.format_exception(error, limit=-FRAMES))
    print(f"\n{name}, seed {seed}: {len(monkey.done)} inputs\n{lines}", file=sys.stderr)
    print(f"the last of them: {'; '.join(monkey.done[-LAST:])}", file=sys.stderr)
    found = shrunk(name, monkey.done[1:], error)
    short = "not a second time" if found is None else f"{len(found)} inputs: {'; '.join(found)}"
    print(f"fails with {short}", file=sys.stderr, flush=True)


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("inputs", type=int, nargs="?", default=1000)
    parser.add_argument("scenarios", nargs="*", default=names())
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep-going", action="store_true")
    parser.add_argument("--inputs-told", default="", help="inputs with ; between them, instead of random ones")
    given = parser.parse_args()
    signal.signal(signal.SIGPROF, too_long)
    warnings.simplefilter("error")
    failed = 0
    for name in given.scenarios:
        began = time.process_time()
        monkey = Monkey(name, random.Random(f"{given.seed} {name}"), arm)
        repeated = [one.strip() for one in given.inputs_told.split(";") if one.strip()]
        error = tried(monkey, repeated or given.inputs)
        took = time.process_time() - began
        slowest, which = monkey.slowest
        print(
            f"{name:<36} {len(monkey.done):>5} inputs {took:>6.1f} s, slowest {slowest:.2f} s ({which}), "
            f"{monkey.compared} runs made anew: {'the same' if error is None else type(error).__name__}",
            flush=True,
        )
        if error is not None:
            failed += 1
            told(name, given.seed, monkey, error)
            if not given.keep_going:
                break
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main())
