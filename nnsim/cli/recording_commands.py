"""The commands that take recordings and logs: replay, watch, show, verify, grade, export, import."""

from pathlib import Path
from typing import Any

import click

from nnsim.cli.export import FORMATS
from nnsim.cli.options import (
    JSON,
    LANGUAGE,
    MAP,
    MNIST,
    PLAIN,
    READ_ONLY,
    RECORDING,
    RUNS,
    SEED,
    SET,
    STUDENT,
    TARGET,
    THEME_OPTION,
    VARIANT,
    asked_names,
    asked_theme,
    output_files,
)
from nnsim.cli.sweep_export import OF_SWEEPS
from nnsim.cli.task_options import TaskOptions


def add_recording_commands(nnsim: click.Group) -> None:
    """Adds them to the group of all commands."""
    for command in (
        replay_command,
        watch_command,
        show_command,
        verify_command,
        grade_command,
        export_command,
        import_command,
    ):
        nnsim.add_command(command)


@click.command("replay", epilog="Example: nnsim replay run.nnsim --speed 50")
@RUNS
@MAP
@click.option(
    "--speed", metavar="N", default=None, help="Play at once, N epochs a second, or 'max' for as fast as it goes."
)
@click.option("--at", metavar="PLACE", help="Start at an epoch, 'step 480', 50%, 'loss<0.1', best, mark:NAME.")
@THEME_OPTION
@LANGUAGE
@click.option("--loop", is_flag=True, help="Play at once, and again from the start at the end.")
@click.option("--pause-at-marks", is_flag=True, help="Pause wherever the run is marked.")
@click.option(
    "--idle-limit",
    "idle_limit_s",
    type=float,
    metavar="SECONDS",
    help="Play no longer than this where nothing is marked and the loss stays within 1 %.",
)
@click.option("--despite-damage", is_flag=True, help="Open what is left of a damaged recording.")
@PLAIN
@READ_ONLY
def replay_command(file: Path, **played: Any) -> int:
    """Open a recording in the workbench.

    What is left out of a damaged one is named afterwards.
    """
    from nnsim.cli.replay import show_recording

    return show_recording(file, output_files(), asked_names(), theme=asked_theme(), **played)


@click.command("watch", epilog="Example: nnsim watch run.nnsim --json")
@RUNS
@MAP
@THEME_OPTION
@LANGUAGE
@click.option("--json", "as_json", is_flag=True, help="Print a line of JSON a second instead of opening a screen.")
@READ_ONLY
def watch_command(file: Path, as_json: bool) -> int:
    """Watch a recording that another process is still writing.

    The newest step is shown; a move away lets go of it, `end` takes hold again. Where the writer is gone
    that is said, and the screen goes on as a replay.

    Exit status with --json: 0 when the recording is closed, 1 when its writer is gone.
    """
    from nnsim.cli.watch import watch_recording

    return watch_recording(file, asked_names(), as_json, output_files(), asked_theme())


@click.command("show", epilog="Example: nnsim show run.nnsim --json")
@RUNS
@MAP
@click.option("--find", "place", metavar="PLACE", help="Tell where something holds: 'loss<0.1', best, mark:NAME.")
@JSON
def show_command(file: Path, place: str | None, as_json: bool) -> int:
    """Tell what a recording holds, or where in it something holds.

    Exit status: 1 when --find finds nothing.
    """
    if place is not None:
        from nnsim.cli.show import find_in_recording

        return find_in_recording(file, place, as_json, asked_names(), output_files())
    from nnsim.cli.show import show_recording

    return show_recording(file, as_json, asked_names(), output_files())


@click.command("verify", epilog="Example: nnsim verify run.nnsim")
@RECORDING
@click.option(
    "--tolerance", type=float, metavar="X", help="Allow differences up to X; by default what roundings come to."
)
@click.option("--budget", type=float, metavar="N", help="Multiply-adds that it may take at most; by default 1e12.")
@JSON
def verify_command(file: Path, tolerance: float | None, budget: float | None, as_json: bool) -> int:
    """Train a recording again and compare every step with it.

    Answers to a lesson's questions and challenges are held against what the runs come to here.

    Exit status: 0 when it is true, 1 when anything differs by more than roundings come to, an answer is false
    or roundings alone decide what follows, 2 when it cannot be read or takes too much arithmetic.
    """
    from nnsim.cli.verify import verify_recording

    return verify_recording(file, tolerance, budget, as_json)


@click.command("grade", epilog="Example: nnsim grade hand-ins/ --against lesson.toml --csv > marks.csv")
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="FILE|FOLDER...")
@click.option(
    "--against",
    metavar="SCENARIO|FILE.toml",
    help="Judge by this scenario; by default the installed one of the name.",
)
@JSON
@click.option("--csv", "as_csv", is_flag=True, help="Print CSV, a line a file.")
@click.option("--budget", type=float, metavar="N", help="Multiply-adds that one file may cost; by default 1e12.")
def grade_command(**asked: Any) -> int:
    """Judge the recordings of a class by the teacher's scenario.

    Every recording is trained again; every question and challenge is judged by what the runs come to, not by what
    the file says.

    Exit status: 0 when every file could be judged, 1 when one could not.
    """
    from nnsim.cli.grade import grade

    return grade(**asked)


@click.command("export", epilog="Example: nnsim export run.nnsim --to csv -o run.csv")
@click.argument("file", metavar="FILE.nnsim|FILE.nnsweep|LOG|SCENARIO")
@MAP
@click.option(
    "--to", "format", type=click.Choice(dict.fromkeys([*FORMATS, *OF_SWEEPS])), required=True, help="What to write."
)
@click.option("-o", "--output", metavar="OUT", help="The file to write; - is standard output.")
@click.option("--overwrite", is_flag=True, help="Replace what is there.")
@click.option("--step", metavar="PLACE", help="Parameters, or the picture, at this place; a film starts there.")
@click.option("--run", metavar="NAME", help="This run alone; in pictures, the run with the focus.")
@click.option("--pane", metavar="NAME", help="A picture of what this pane draws, alone.")
@click.option("--title", metavar="TEXT", help="Above the picture of a pane; empty for none.")
@click.option("--x-label", metavar="TEXT", help="Below the horizontal axis of a pane's plot.")
@click.option("--y-label", metavar="TEXT", help="At the vertical axis of a pane's plot.")
@THEME_OPTION
@click.option("--size", metavar="120x40", help="Columns and lines of a picture.")
@click.option("--speed", metavar="N", help="Epochs a second of an asciicast, or 'max'; else it takes some 10 s.")
@click.option("--idle-limit", "idle_limit_s", type=float, metavar="SECONDS", help="As for replay.")
@click.option(
    "--despite-damage", is_flag=True, help="Write what is left of a damaged recording, and name the rest."
)
@VARIANT
@click.option("--epochs", type=int, metavar="N", help="Of a program: train for so many epochs.")
@SEED
@SET
@TARGET
@MNIST
@STUDENT
def export_command(
    file: str,
    variant: str | None,
    epochs: int | None,
    seed: int | None,
    assignments: tuple[str, ...],
    targets: tuple[str, ...],
    mnist: Path | None,
    student: str,
    **options: Any,
) -> int:
    """Write a recording for other programs, or the run of a scenario as a program.

    \b
    csv          step records, a row each; with --step the parameters there
    json, npz    step records, and the parameters at a step
    svg, png     the screen at a step (png: extra nnsim[png])
    asciicast    the screen while the recording plays, for asciinema
    tensorboard  event files (extra nnsim[tensorboard])
    pytorch      a program that rebuilds the network and goes on training it
    vega-lite    the curves of a pane at a step, for a web page
    safetensors  the parameters at a step (extra nnsim[safetensors])
    onnx         the network at a step (extra nnsim[onnx])
    numpy        a program that makes the run again, in plain NumPy
    notebook     the same as a notebook, with the lesson (extra nnsim[notebook])

    pytorch, numpy and notebook also take a scenario in place of a recording, with the options that nnsim run has.
    """
    from nnsim.cli.export import export
    from nnsim.cli.task_options import ExportOptions

    task = TaskOptions(file, variant, seed, assignments, targets, mnist, student)
    asked = ExportOptions(
        file=Path(file),
        files=output_files(),
        task=task,
        epochs=epochs,
        names=asked_names(),
        theme=asked_theme(),
        **options,
    )
    return export(asked)


@click.command("import", epilog="Example: nnsim import lightning_logs/ -o run.nnsim")
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
