"""Kills programs while they write the progress of a course, and looks whether anything is lost.

    python benchmarks/kill_progress.py [KILLS] [--seed 0]

Two programs note progress at a time, as fast as they can; one of them is killed at a random moment and begins
again. After each kill the file has to be readable without a complaint, and to hold every note that was said to be
written, of both. Ends with status 1 where it is not.
"""

import argparse
import sys
import tempfile
import time
from pathlib import Path
from random import Random

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests"), str(ROOT / "benchmarks")]

from progress_writers import Writer, lost, writers  # noqa: E402
from report import surroundings  # noqa: E402

from nnsim.lessons.progress import read_progress  # noqa: E402
from nnsim.output_files import OutputFiles  # noqa: E402

LONGEST_S = 0.05  # from a note to the kill: some notes later
MOST_NOTES = 900  # of a lesson, which may have 1,000 parts


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("kills", nargs="?", type=int, default=100)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    random = Random(given.seed)
    faults, notes, unfinished = 0, 0, 0
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        files = OutputFiles(root=root)
        with writers(root, "first", "second") as found:
            for kill in range(1, given.kills + 1):
                place = random.randrange(2)
                victim = found[place]
                victim.wait_for(1)
                time.sleep(random.uniform(0, LONGEST_S))
                victim.kill()
                notes += victim.written
                read = read_progress(files)
                missing = [*lost(read.progress, victim), *lost(read.progress, found[1 - place])]
                known = read.progress.lessons[victim.lesson].answers
                unfinished += max(known) > victim.written
                if missing or read.complaint:
                    faults += 1
                    print(f"kill {kill}: lost {missing} {read.complaint}")
                again = max(known) + 1 if max(known) < MOST_NOTES else None
                found[place] = (
                    Writer(root, victim.lesson, again) if again else Writer(root, f"{victim.lesson}-{kill}")
                )
        left = len(list(files.state.glob("*.part")))
    print(f"kills: {given.kills} · at the file's own moment, its note written and not said yet: {unfinished}")
    print(f"faults: {faults} · unfinished files left beside it: {left} · {surroundings()}")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
