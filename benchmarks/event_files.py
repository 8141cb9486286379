"""Opening an event file of many scalars, side by side with TensorBoard's EventAccumulator that leaves nothing out.

python benchmarks/event_files.py [POINTS]; each reader in a process of its own, whose largest memory is told too.
"""

import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

POINTS = 1_000_000
TAGS = ("train/loss", "lr", "grad_norm/fc1", "grad_norm/fc2")
OURS = """
from pathlib import Path
from nnsim.logs.log_source import LogSource
logs = LogSource(Path(sys.argv[1])).timelines
print(sum(len(one) for one in logs[0].series.values()))
"""
THEIRS = """
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
found = EventAccumulator(sys.argv[1], size_guidance={"scalars": 0, "tensors": 0})
found.Reload()
print(sum(len(found.Scalars(tag)) for tag in found.Tags()["scalars"]))
"""


def write(folder: Path, points: int) -> None:
    """Writes a file of so many scalars, as SummaryWriter does: an event for each."""
    from tensorboard.compat.proto.event_pb2 import Event
    from tensorboard.summary.writer.event_file_writer import EventFileWriter

    writer = EventFileWriter(str(folder), max_queue_size=1000)
    for step in range(points // len(TAGS)):
        for tag in TAGS:
            event = Event(wall_time=1.7e9 + step, step=step)
            event.summary.value.add(tag=tag, simple_value=1.0 / (step + 1))
            writer.add_event(event)
    writer.close()


def timed(code: str, folder: Path) -> tuple[float, float, str]:
    """Processor seconds, megabytes and what was printed."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    measure = "import resource; print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)"
    program = f"import sys\n{code}\n{measure}"
    done = subprocess.run([sys.executable, "-c", program, folder], check=True, capture_output=True, text=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    found, kilobytes = done.stdout.split()
    return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime, int(kilobytes) / 1024, found


if __name__ == "__main__":
    points = int(sys.argv[1]) if len(sys.argv) > 1 else POINTS
    with tempfile.TemporaryDirectory() as name:
        began = time.perf_counter()
        write(Path(name), points)
        print(f"{points:,} points written in {time.perf_counter() - began:.0f} s")
        own, own_mb, found = timed(OURS, Path(name))
        print(f"nnsim            {own:6.2f} s  {own_mb:5.0f} MB  {found} points")
        theirs, their_mb, found = timed(THEIRS, Path(name))
        print(f"EventAccumulator {theirs:6.2f} s  {their_mb:5.0f} MB  {found} points")
        print(f"ratio {theirs / own:.1f}")
