"""Proofs under other processors: true recordings are verified by every kernel, forged ones by none.

Each scenario is recorded here, and forged three ways; children with other kernels of the linear algebra, without
vector features, and with other versions of NumPy verify all of them.

    python benchmarks/proofs.py [SCENARIO...] [--python PATH...]

Other versions of NumPy are those of other environments. `make test-floors` leaves one with the lowest; two commands
make another:

    python -m venv /tmp/numpy20 && /tmp/numpy20/bin/python -m pip install . "numpy==2.0.*"
    python benchmarks/proofs.py --python .venv-floors/bin/python /tmp/numpy20/bin/python
"""

import argparse
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from nnsim.__main__ import THREAD_SETTINGS

os.environ.update(dict.fromkeys(THREAD_SETTINGS, "1"))  # as the command does, before NumPy is imported

import numpy as np

from nnsim.recording import open_recording, save
from nnsim.recording.checksummed_tables import Table
from nnsim.recording.format import CHECKPOINTS, HASH_KEY, META, SEGMENTS, SUMMARIES, content_hash
from nnsim.recording.packing import pack, unpack
from nnsim.recording.verification import verify
from nnsim.scenario.catalog import read
from nnsim.timeline.run import Run
from scenarios import names

CORES = ("Haswell", "Zen", "Sandybridge", "Prescott")
BY = 1e-6  # that a forged number is away from the true one, relative to it where it is above 1
MOST_STEPS = 2000  # that are recorded of a scenario
Row = list[object]


def environments(pythons: list[str]) -> Iterator[tuple[str, str, dict[str, str]]]:
    """Name, interpreter and variables of each."""
    for core in CORES:
        yield f"OpenBLAS {core}", sys.executable, {"OPENBLAS_CORETYPE": core}
    for python in [sys.executable, *pythons]:
        yield f"NumPy {version(python)}", python, {}
        yield f"NumPy {version(python)} without AVX2, FMA", python, {"NPY_DISABLE_CPU_FEATURES": dispatched(python)}
    yield "four threads asked for", sys.executable, {"OPENBLAS_NUM_THREADS": "4"}


def version(python: str) -> str:
    """The NumPy of an interpreter."""
    return asked(python, "import numpy; print(numpy.__version__)")


def dispatched(python: str) -> str:
    """The vector features that this NumPy can do without, by its own names; those that others rest on with them."""
    return asked(
        python, "import numpy; print(*numpy.show_config(mode='dicts')['SIMD Extensions'].get('found', []))"
    )


def asked(python: str, code: str) -> str:
    """What a line of code prints."""
    return subprocess.run([python, "-c", code], capture_output=True, text=True, check=True).stdout.strip()


def record(name: str, path: Path) -> None:
    """Record the first variant of a scenario."""
    run = Run(read(name))
    run.advance_to(MOST_STEPS)
    save(path, [run.timeline], replace=True)


def forge(path: Path, to: Path, table: Table, column: int, where: str) -> bool:
    """Move one number of the last row that fits, with its checksum and hash. Returns: whether there is one."""
    shutil.copyfile(path, to)
    connection = sqlite3.connect(to, isolation_level=None)
    rows = connection.execute(table.select(where)).fetchall()
    if not rows:
        connection.close()
        return False
    row = list(rows[-1][:-1])
    if table is SEGMENTS:
        values = unpack(row[3], row[2])
        middle = len(values) // 2
        values[middle] += BY * max(1.0, abs(values[middle]))
        row[3] = pack(values)
    else:
        values = np.frombuffer(row[column]).copy()
        values[np.flatnonzero(np.isfinite(values))[0]] += BY
        row[column] = values.tobytes()
    connection.execute(table.insert, table.row(*row))
    connection.execute(META.insert, META.row(HASH_KEY, content_hash(connection)))
    connection.close()
    return True


def judged(paths: list[str]) -> None:
    """Verify recordings, and print a line of JSON for each."""
    for path in paths:
        with open_recording(Path(path)) as recording:
            verdict = verify(recording)
        found = {"proof": verdict.proof, "verified": verdict.verified, "largest": verdict.largest}
        print(json.dumps({"file": path, **found, "says": [*verdict.differing, *verdict.notes][:1]}), flush=True)


def main() -> int:
    """Print the table.  Returns: 1 where a true recording is refused or a forged one is not."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("scenarios", nargs="*")
    parser.add_argument("--python", nargs="*", default=[], help="interpreters with other versions of NumPy")
    parser.add_argument("--judge", nargs="*", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.judge is not None:
        judged(options.judge)
        return 0
    failed = 0
    with tempfile.TemporaryDirectory() as folder:
        true: list[str] = []
        forged: list[str] = []
        for name in options.scenarios or names():
            path = Path(folder) / f"{name}.nnsim"
            record(name, path)
            true.append(str(path))
            for kind, table, column, where in (
                ("loss", SEGMENTS, 3, "series = 0"),
                ("weights", CHECKPOINTS, 2, "step > 0"),
                ("extremes", SUMMARIES, 2, "series = 0"),
            ):
                to = Path(folder) / f"{name}-{kind}.nnsim"
                if forge(path, to, table, column, where):
                    forged.append(str(to))
        print(f"| verified under | true: bits | rounding | none | largest difference | forged ({BY:g}): refused |")
        print("| --- | --- | --- | --- | --- | --- |")
        for name, python, variables in environments(options.python):
            environment = {**os.environ, **variables}
            done = subprocess.run(
                [python, __file__, "--judge", *true, *forged],
                capture_output=True,
                text=True,
                check=False,
                env=environment,
            )
            lines = [json.loads(line) for line in done.stdout.splitlines()]
            if len(lines) < len(true) + len(forged):
                print(f"| {name} | failed: {done.stderr.strip().splitlines()[-1:]} |", flush=True)
                failed += 1
                continue
            honest, lies = lines[: len(true)], lines[len(true) :]
            proofs = Counter(one["proof"] for one in honest)
            refused = sum(not one["verified"] for one in lies)
            cells = [proofs["bits"], proofs["rounding"], proofs["none"], f"{max(o['largest'] for o in honest):.1e}"]
            print(f"| {name} | {' | '.join(map(str, cells))} | {refused} of {len(lies)} |", flush=True)
            for one in [*(one for one in honest if not one["verified"]), *(one for one in lies if one["verified"])]:
                print(f"{Path(one['file']).name}: {one}", file=sys.stderr, flush=True)
                failed += 1
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main())
