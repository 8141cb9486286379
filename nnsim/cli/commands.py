"""The commands and their options. What they do stands in the modules beside this one, imported when needed."""

from pathlib import Path
from typing import Any

import click

from nnsim import __version__
from nnsim.cli.export import FORMATS, OF_SWEEPS
from nnsim.cli.lesson_commands import add_lesson_commands
from nnsim.cli.options import (
    JSON,
    MAP,
    MNIST,
    OVERWRITE,
    PLAIN,
    READ_ONLY,
    RUNS,
    SCENARIO,
    SEED,
    SET,
    STUDENT,
    TARGET,
    THEME_OPTION,
    VARIANT,
    asked_names,
    asked_theme,
    asks,
    output_files,
)
from nnsim.cli.output import say
from nnsim.cli.run_commands import add_run_commands
from nnsim.cli.serve_commands import serve
from nnsim.cli.sweep_command import add_sweep_command
from nnsim.cli.task_options import TaskOptions
from nnsim.errors import NnsimError
from nnsim.output_files import SWEEP_SUFFIX

# A paragraph that begins with this keeps its line breaks (click).
_EXAMPLES = """\b
Examples:
  nnsim open xor
  nnsim run xor --epochs 500 --set schedule.rate=2 --record run.nnsim"""


def invoke(arguments: list[str]) -> int:
    """Runs a command line.  Returns: the exit status.  Raises: NnsimError where it is wrong."""
    try:
        status = nnsim.main(arguments, prog_name="nnsim", standalone_mode=False)
    except click.Abort:
        raise KeyboardInterrupt from None  # which is what click made it of
    except click.ClickException as error:
        raise NnsimError(_one_line(error)) from None
    return status if isinstance(status, int) else 0


def _one_line(error: click.ClickException) -> str:
    message = " ".join(error.format_message().split())
    message = message[:1].lower() + message[1:].removesuffix(".")
    context = error.ctx if isinstance(error, click.UsageError) else None
    return message if context is None else f"{message} (see {context.command_path} --help)"


@click.group(
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog=_EXAMPLES,
)
@click.option("--version", is_flag=True, help="Print the version and exit.")
@THEME_OPTION
@click.pass_context
def nnsim(context: click.Context, version: bool) -> int:
    """Train neural networks in the terminal, one step at a time, forwards and backwards.

    Without a command, choose a scenario from a list.
    """
    if version:
        say(f"nnsim {__version__}")
        context.exit(0)
    if context.invoked_subcommand is None:
        from nnsim.cli.open import show_home

        return show_home(output_files(), asked_theme())
    return 0


@nnsim.command("open", epilog="Example: nnsim open xor --seed 3, or nnsim open a.nnsim runs/b events/")
@asks(
    SCENARIO,
    click.option("--variant", metavar="NAME", help="Open this variant alone."),
    SEED,
    SET,
    STUDENT,
    TARGET,
    MNIST,
)
@click.argument("others", nargs=-1, type=click.Path(path_type=Path), metavar="[RUNS...]")
@MAP
@THEME_OPTION
@PLAIN
@click.option("--record", type=click.Path(path_type=Path), metavar="FILE.nnsim", help="Record all runs in a file.")
@OVERWRITE
@READ_ONLY
def open_command(
    options: TaskOptions, others: tuple[Path, ...], plain: bool, record: Path | None, overwrite: bool
) -> int:
    """Open a scenario, a network on a CSV file, the map of a sweep, or runs in the workbench.

    Runs are recordings, and files or folders of other programs' logs; any number of them are compared.
    """
    if plain and record is not None:
        raise NnsimError("--record: does not go with --plain (allowed: with the screen, or nnsim run --record)")
    if options.scenario.lower().endswith(SWEEP_SUFFIX):
        from nnsim.cli.sweep_map import open_map

        return open_map(options, record, output_files(), asked_theme(), plain)
    from nnsim.cli.run_paths import paths_of_runs

    if paths := paths_of_runs(options, others, record):
        from nnsim.cli.open_runs import open_runs

        return open_runs(paths, asked_names(), output_files(), asked_theme(), plain)
    if plain:
        from nnsim.cli.plain import converse

        return converse(options, output_files())
    from nnsim.cli.open import show_scenario

    return show_scenario(options, output_files(), record, overwrite, asked_theme())


@nnsim.command("tour", epilog="Example: nnsim tour")
@PLAIN
def tour_command(plain: bool) -> int:
    """Learn the keys, in three minutes."""
    if plain:
        from nnsim.cli.plain import converse

        return converse(TaskOptions("tour"), output_files())
    from nnsim.cli.open import show_tour

    return show_tour(output_files(), asked_theme())


@nnsim.command("run", epilog="Example: nnsim run xor --epochs 500 --set model.hidden=[3] --json")
@asks(
    SCENARIO,
    click.option("--epochs", type=int, metavar="N", help="How many epochs to train."),
    SEED,
    VARIANT,
    SET,
    click.option(
        "--at",
        "changes",
        type=(int, str),
        multiple=True,
        metavar="STEP KEY.PATH=VALUE",
        help="Change a live setting after so many steps; may be given again.",
    ),
    click.option(
        "--record", type=click.Path(path_type=Path), metavar="FILE.nnsim", help="Record the run in a file."
    ),
    click.option(
        "--save",
        type=click.Path(path_type=Path),
        metavar="FILE.toml",
        help="Write the scenario that is made of a table.",
    ),
    OVERWRITE,
    STUDENT,
    TARGET,
    MNIST,
)
@click.option(
    "--seeds", "count", type=int, metavar="N", help="Train N seeds, counted up, and tell how their losses spread."
)
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON, alone on standard output.")
@click.option("--narrate", is_flag=True, help="Say on standard error what is happening, a sentence at a time.")
def run_command(options: TaskOptions, epochs: int | None, count: int | None, as_json: bool, **recorded: Any) -> int:
    """Train a scenario, or a network on a CSV file, without a screen.

    Exit status: 0 when training ends as planned, 1 when it diverges (of several seeds, all) or the recording fails,
    130 after Ctrl-C.
    """
    if count is None:
        from nnsim.cli.run import run_scenario

        return run_scenario(options, epochs, as_json=as_json, files=output_files(), **recorded)
    alone = (("--record", "record"), ("--narrate", "narrate"), ("--at", "changes"), ("--save", "save"))
    for option, name in alone:
        if recorded[name]:
            raise NnsimError(f"{option}: does not go with --seeds (allowed: a run of one seed)")
    from nnsim.cli.seeds import run_seeds

    return run_seeds(options, epochs, count, as_json)


@nnsim.command("replay", epilog="Example: nnsim replay run.nnsim --speed 50")
@RUNS
@MAP
@click.option(
    "--speed", metavar="N", default=None, help="Play at once, N epochs a second, or 'max' for as fast as it goes."
)
@click.option("--at", metavar="PLACE", help="Start at an epoch, 'step 480', 50%, 'loss<0.1', best, mark:NAME.")
@THEME_OPTION
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


@nnsim.command("grade", epilog="Example: nnsim grade hand-ins/ --against lesson.toml --csv > marks.csv")
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


@nnsim.command("list", epilog="Example: nnsim list --json")
@JSON
def list_command(as_json: bool) -> int:
    """List the scenarios that come with nnsim."""
    from nnsim.cli.list import list_scenarios

    return list_scenarios(as_json)


@nnsim.command("check", epilog="Example: nnsim check my-scenario.toml run.nnsim")
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@TARGET
@SET
@JSON
@click.option("--try", "tries", is_flag=True, help="Train what a lesson asks, claims and sets, for 5 seeds.")
def check_command(
    files: tuple[str, ...], targets: tuple[str, ...], assignments: tuple[str, ...], as_json: bool, tries: bool
) -> int:
    """Check scenario files and recordings, a line each; tell what becomes of each column of a table.

    Exit status: 0 when all are correct, 2 when any is not, 1 when --try finds a lesson that does not hold.
    """
    from nnsim.cli.check import check_files

    return check_files(files, targets, assignments, as_json, tries)


@nnsim.command("show", epilog="Example: nnsim show run.nnsim --json")
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


@nnsim.command("diagnose", epilog="Example: nnsim diagnose xor --variant article")
@asks(SCENARIO, SEED, VARIANT, SET, TARGET, MNIST)
@MAP
@JSON
def diagnose_command(options: TaskOptions, as_json: bool) -> int:
    """Say what is wrong with a run: a scenario's, of a network on a CSV file, or a recording's.

    The run is trained, and beside it short runs with one thing changed, at most twice as long and ten seconds.

    Exit status: 0 when it could judge, whatever it found.
    """
    from nnsim.cli.diagnose import diagnose_run

    return diagnose_run(options, as_json, asked_names(), output_files())


@nnsim.command("lr-find", epilog="Example: nnsim lr-find digits --variant sgd")
@asks(SCENARIO, SEED, VARIANT, SET, TARGET, MNIST)
@click.option("--low", type=float, default=1e-7, show_default=True, metavar="RATE", help="First rate.")
@click.option("--high", type=float, default=10.0, show_default=True, metavar="RATE", help="Last rate.")
@click.option("--steps", type=int, default=100, show_default=True, metavar="N", help="Steps from first to last.")
@JSON
def lr_find_command(options: TaskOptions, low: float, high: float, steps: int, as_json: bool) -> int:
    """Suggest a learning rate, from a short run whose rate grows."""
    from nnsim.cli.lr_find import find_learning_rate

    return find_learning_rate(options, low, high, steps, as_json)


@nnsim.command("gradcheck", epilog="Example: nnsim gradcheck xor")
@asks(SCENARIO, SEED, VARIANT, SET, TARGET, MNIST)
@click.option(
    "--tolerance",
    type=float,
    default=1e-6,
    show_default=True,
    metavar="R",
    help="Largest relative difference that passes.",
)
@JSON
def gradcheck_command(options: TaskOptions, tolerance: float, as_json: bool) -> int:
    """Check every variant's gradients against central differences.

    Exit status: 0 when they agree, 1 when any does not.
    """
    from nnsim.cli.gradcheck import check_gradients

    return check_gradients(options, tolerance, as_json)


@nnsim.command("explain", epilog="Example: nnsim explain gradient")
@click.argument("words", nargs=-1, metavar="[TERM]")
@JSON
def explain_command(words: tuple[str, ...], as_json: bool) -> int:
    """Explain a word (gradient, epoch, overfitting), a method (adam, cosine, he) or a family of them (optimizers).

    Without a word, all are listed.
    """
    from nnsim.cli.explain import explain

    return explain(" ".join(words) or None, as_json)


@nnsim.command("export", epilog="Example: nnsim export run.nnsim --to csv -o run.csv")
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
    from nnsim.cli.export import ExportOptions, export

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


@nnsim.command("doctor", epilog="Example: nnsim doctor")
@JSON
def doctor_command(as_json: bool) -> int:
    """Tell what this terminal can do, and what nnsim will use of it."""
    from nnsim.cli.doctor import examine

    return examine(as_json)


nnsim.add_command(serve)
add_run_commands(nnsim)
add_lesson_commands(nnsim)
add_sweep_command(nnsim)
