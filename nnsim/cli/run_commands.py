"""The commands that take runs which others write, or have written: watch, verify, import."""

from pathlib import Path

import click

from nnsim.cli.options import (
    JSON,
    MAP,
    READ_ONLY,
    RECORDING,
    RUNS,
    THEME_OPTION,
    asked_names,
    asked_theme,
    output_files,
)


def add_run_commands(group: click.Group) -> None:
    """Adds the commands to those of nnsim."""

    @group.command("watch", epilog="Example: nnsim watch run.nnsim --json")
    @RUNS
    @MAP
    @THEME_OPTION
    @click.option(
        "--json", "as_json", is_flag=True, help="Print a line of JSON a second instead of opening a screen."
    )
    @READ_ONLY
    def watch_command(file: Path, as_json: bool) -> int:
        """Watch a recording that another process is still writing.

        The newest step is shown; a move away lets go of it, `end` takes hold again. Where the writer is gone
        that is said, and the screen goes on as a replay.

        Exit status with --json: 0 when the recording is closed, 1 when its writer is gone.
        """
        from nnsim.cli.watch import watch_recording

        return watch_recording(file, asked_names(), as_json, output_files(), asked_theme())

    @group.command("verify", epilog="Example: nnsim verify run.nnsim")
    @RECORDING
    @click.option(
        "--tolerance", type=float, metavar="X", help="Allow differences up to X; by default what roundings come to."
    )
    @click.option(
        "--budget", type=float, metavar="N", help="Multiply-adds that it may take at most; by default 1e12."
    )
    @JSON
    def verify_command(file: Path, tolerance: float | None, budget: float | None, as_json: bool) -> int:
        """Train a recording again and compare every step with it.

        Answers to a lesson's questions and challenges are held against what the runs come to here.

        Exit status: 0 when it is true, 1 when anything differs by more than roundings come to, an answer is false
        or roundings alone decide what follows, 2 when it cannot be read or takes too much arithmetic.
        """
        from nnsim.cli.verify import verify_recording

        return verify_recording(file, tolerance, budget, as_json)

    @group.command("import", epilog="Example: nnsim import lightning_logs/ -o run.nnsim")
    @click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="LOG...")
    @click.option(
        "-o", "--output", type=click.Path(path_type=Path), metavar="FILE.nnsim", help="The recording to write."
    )
    @click.option("--overwrite", is_flag=True, help="Replace what is there.")
    @MAP
    def import_command(paths: tuple[Path, ...], output: Path | None, overwrite: bool) -> int:
        """Make a recording of other programs' logs.

        \b
        TensorBoard      event files and folders of them
        Lightning        metrics.csv
        Keras            the CSV of CSVLogger
        Hugging Face     trainer_state.json
        trackio, MLflow  their SQLite files
        wandb            offline .wandb files
        others           CSV and JSON lines with a step
        """
        from nnsim.cli.import_logs import import_logs

        return import_logs(paths, output, asked_names(), output_files(), overwrite)
