"""The command `nnsim sweep` and its options; what it does stands in `nnsim.cli.sweep`."""

from pathlib import Path
from typing import Any

import click

from nnsim.cli.options import KERNEL, MNIST, SEED, SET, TARGET, VARIANT, asks, output_files
from nnsim.cli.task_options import TaskOptions


def add_sweep_command(nnsim: click.Group) -> None:
    """Adds it to the group of all commands."""

    @nnsim.command("sweep", epilog="Example: nnsim sweep xor --over schedule.rate=0.1:100:log:32 --seeds 20")
    @asks(
        click.argument("scenario", required=False, default="", metavar="[SCENARIO|FILE.toml|FILE.csv]"),
        click.option(
            "--over",
            multiple=True,
            metavar="KEY=...",
            help="Values of a setting: FROM:TO:log:COUNT, FROM:TO:linear:COUNT or A,B,C; may be given again.",
        ),
        click.option("--seeds", type=int, metavar="N", help="Train each combination with N seeds, counted up."),
        click.option("--epochs", type=int, metavar="N", help="How many epochs to train."),
        SEED,
        VARIANT,
        SET,
        click.option("--until", metavar="GOAL", help="Count the epochs to a goal, such as 'loss<0.01'."),
        TARGET,
        MNIST,
    )
    @click.option(
        "-o", "--output", type=click.Path(path_type=Path), metavar="FILE.nnsweep", help="Keep the table in a file."
    )
    @click.option("--overwrite", is_flag=True, help="Let -o replace a file.")
    @click.option(
        "--resume",
        type=click.Path(path_type=Path),
        metavar="FILE.nnsweep",
        help="Go on with a sweep that was ended.",
    )
    @click.option(
        "--workers", type=click.IntRange(1, 1024), metavar="N", help="How many processes; one for each core."
    )
    @click.option("--dask", metavar="ADDRESS", help="Train on a Dask cluster, by its scheduler's address.")
    @click.option(
        "--marks/--no-marks",
        default=True,
        help="Train each run again from a start one rounding away, and mark those whose end rests on it.",
    )
    @KERNEL
    @click.option(
        "--halving", is_flag=True, help="Stop early what does badly: successive halving over all combinations."
    )
    @click.option(
        "--factor",
        type=click.IntRange(2, 100),
        metavar="N",
        help="With --halving: one combination in N goes on, for N times the epochs (3).",
    )
    @click.option("--json", "as_json", is_flag=True, help="Print the table as JSON.")
    def sweep_command(options: TaskOptions, **asked: Any) -> int:
        """Train a scenario with every combination of some settings.

        Runs that differ in numbers alone are trained as one population. Exit status: 130 after Ctrl-C.
        """
        from nnsim.cli.sweep import SweepOptions, sweep

        return sweep(options, SweepOptions(**asked), output_files())
