"""Makes the pictures of the border of trainability: its map, and three times the part where it is torn most.

python docs/border_pictures.py [FOLDER]     sweeps four maps (about a minute) and writes docs/screens/border-*.svg
"""

import sys
import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np

from nnsim.cli import execute
from nnsim.output_files import OutputFiles
from nnsim.scenario.catalog import read
from nnsim.scenario.sweep_axes import spread_axis
from nnsim.sweep.file import SweepFile
from nnsim.sweep.grid import Grid
from nnsim.sweep.map_view import SweepMap
from nnsim.sweep.opened_sweep import OpenedSweep
from nnsim.sweep.study import Study
from nnsim.sweep.workers import Done, default_workers, trained
from nnsim.sweep.zoom import FACTOR, zoomed

SCREENS = Path(__file__).resolve().parent / "screens"
COUNTS = 124, 92  # cells of a map that fill a screen of 200 columns and 50 lines
ZOOMS = 3
TORN = 0.4  # of the most edges that a part of the map has
SIZES = {"wide": ("200x50", "safe"), "small": ("120x40", "light")}


def torn(shown: SweepMap) -> SweepMap:
    """The map with its cursor where many neighbours differ in whether they diverge."""
    failed = shown.failed
    edges = np.zeros(failed.shape)
    edges[:-1] += failed[:-1] != failed[1:]
    edges[:, :-1] += failed[:, :-1] != failed[:, 1:]
    rows, columns = (int(count / FACTOR) for count in failed.shape)
    sums = np.cumsum(np.cumsum(np.pad(edges, ((1, 0), (1, 0))), axis=0), axis=1)
    within = sums[rows:, columns:] - sums[:-rows, columns:] - sums[rows:, :-columns] + sums[:-rows, :-columns]
    # Where it is torn most there are only grains to see: a part that is torn half as much shows its shape.
    row, column = np.unravel_index(int(np.abs(within - TORN * within.max()).argmin()), within.shape)
    picks = list(shown.picks)
    picks[shown.across], picks[shown.up or 0] = int(column) + columns // 2, int(row) + rows // 2
    return replace(shown, picks=tuple(picks))


def main(folder: Path) -> None:
    scenario = read("border-of-trainability")
    first, second = scenario.axes
    axes = tuple(
        spread_axis(one.key, one.values[0], one.values[-1], "log", count)
        for one, count in zip((first, second), COUNTS, strict=True)
    )
    study = Study(scenario, None, {}, Grid(axes), marks=False)
    with tempfile.TemporaryDirectory() as room:
        for zoom in range(ZOOMS + 1):
            file = SweepFile.create(Path(room) / f"border-{zoom}.nnsweep", study, OutputFiles())
            for event in trained(study, study.tasks, default_workers()):
                if isinstance(event, Done):
                    file.append(event.task, event.outcomes, OutputFiles())
            for name, (size, theme) in SIZES.items():
                target = folder / f"border-{zoom}-{name}.svg"
                command = ["export", str(file.path), "--to", "svg", "--size", size, "--theme", theme]
                assert execute([*command, "--overwrite", "-o", str(target)]) == 0
            study = zoomed(torn(OpenedSweep.open(file.path).map_of()), counts=COUNTS)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else SCREENS)
