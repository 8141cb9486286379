"""Processes that note progress as fast as they can, to be killed while they do."""

import os
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]

# Each note answers one more question and adds a second; a number is said when its note is written.
WRITER = """
import sys
from pathlib import Path
from nnsim.lessons.progress import GivenPrediction, LessonProgress, add_note
from nnsim.output_files import OutputFiles
root, lesson, first = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
for number in range(first, 1001):
    note = LessonProgress(number, number, {number: GivenPrediction("a", True)}, (number,), 1.0, float(number))
    add_note(OutputFiles(root=root), lesson, note)
    print(number, flush=True)
"""


class Writer:
    """A process that notes parts of one lesson, counted up from `first`."""

    def __init__(self, root, lesson, first=1):
        self.lesson = lesson
        self.written = first - 1  # the last number that it has said
        self.process = subprocess.Popen(
            [sys.executable, "-c", WRITER, str(root), lesson, str(first)],
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
            env=os.environ | {"OPENBLAS_NUM_THREADS": "1"},
        )

    def wait_for(self, count):
        """Read so many more numbers."""
        for _ in range(count):
            self.written = int(self.process.stdout.readline())

    def kill(self):
        """Kill it, and read what it had said by then."""
        self.process.kill()
        for line in self.process.stdout.read().splitlines():
            self.written = int(line)
        self.process.stdout.close()
        self.process.wait()


@contextmanager
def writers(root, *lessons):
    """Several of them at once."""
    found = [Writer(root, lesson) for lesson in lessons]
    try:
        yield found
    finally:
        for one in found:
            if one.process.poll() is None or not one.process.stdout.closed:
                one.kill()


def lost(progress, writer):
    """The notes that a writer has said and that are not in the progress, and whether its time is not theirs."""
    found = progress.lessons.get(writer.lesson)
    known = set(found.answers) if found else set()
    missing = sorted(set(range(1, writer.written + 1)) - known)
    return missing + (["its time"] if found and found.seconds != len(known) else [])
