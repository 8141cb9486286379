"""A recording run of the command line that also writes down when it has reached which step.

What it writes down survives a kill, so that it tells how far the recording is behind.
"""

WRITER = """
import struct, sys, time
from nnsim.cli import execute, training
notes, train = open(sys.argv[2], "ab", buffering=0), training._train
def noting(run, look, *changes):
    def noted():
        notes.write(struct.pack("<dd", time.monotonic(), run.timeline.length))
        return look()
    return train(run, noted, *changes)
training._train, training.MOST_STEPS = noting, {most}
sys.exit(execute(["run", "xor", "--epochs", "100000000", "--record", sys.argv[1]]))
"""


def writer(most: int) -> str:
    """The program; its arguments are the recording and the file of notes.

    Args: most: steps between two notes.
    """
    return WRITER.replace("{most}", str(most))
