"""Damage scenario files and read them: no exception but ScenarioError, no file takes long, memory stays bounded.

    python benchmarks/fuzz_scenarios.py [FILES] [FIRST_SEED]

Ends with status 1 and the seed of the first file that breaks a bound; the file stays in the folder named.
"""

import random
import resource
import signal
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from damaged_scenarios import damaged, outcome  # noqa: E402

from scenarios import names, path_of  # noqa: E402

LONGEST_S = 5
MOST_MEGABYTES = 1_000


def too_long(signum: int, frame: object) -> None:
    raise TimeoutError(f"took longer than {LONGEST_S} s")


def main() -> int:
    files = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    first = int(sys.argv[2]) if len(sys.argv) > 2 else 10_000
    originals = [path_of(name).read_text() for name in names()]
    signal.signal(signal.SIGALRM, too_long)
    came_to: Counter[str] = Counter()
    slowest = 0.0
    path = Path(tempfile.mkdtemp(prefix="nnsim-fuzz-")) / "damaged.toml"
    for seed in range(first, first + files):
        path.write_bytes(damaged(random.Random(seed), originals))
        start = time.perf_counter()
        signal.setitimer(signal.ITIMER_REAL, LONGEST_S)
        try:
            said = outcome(path)
        except BaseException:
            print(f"seed {seed}: {path}", file=sys.stderr)
            raise
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
        slowest = max(slowest, time.perf_counter() - start)
        came_to["valid" if said == "valid" else "refused"] += 1
    megabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{files} files: {dict(came_to)}, slowest {slowest:.2f} s, at most {megabytes:.0f} MB")
    path.unlink()
    path.parent.rmdir()
    return int(megabytes > MOST_MEGABYTES)


if __name__ == "__main__":
    sys.exit(main())
