"""The group of all commands, and those that open, train and inform; what each does is imported when it runs."""

import errno
from pathlib import Path
from typing import Any

import click

from nnsim import __version__
from nnsim.cli.lesson_commands import add_lesson_commands
from nnsim.cli.options import (
    JSON,
    KERNEL,
    LANGUAGE,
    MAP,
    MNIST,
    OVERWRITE,
    PLAIN,
    READ_ONLY,
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
from nnsim.cli.recording_commands import add_recording_commands
from nnsim.cli.serve_commands import serve
from nnsim.cli.sweep_command import add_sweep_command
from nnsim.cli.task_options import TaskOptions
from nnsim.errors import NnsimError
from nnsim.output_files import SWEEP_SUFFIX
from nnsim.text import clean_line

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
    except OSError as error:
        if error.errno != errno.ENAMETOOLONG:  # which, of a path, even the question whether it exists raises
            raise
        raise NnsimError(f"{clean_line(str(error.filename), 60)}: is too long for the name of a file") from None
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
@LANGUAGE
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
@LANGUAGE
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
    from nnsim.cli.task_options import paths_of_runs

    if paths := paths_of_runs(options, others, record):
        from nnsim.cli.replay import open_runs

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
@KERNEL
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
    if recorded["kernel"] != "numpy":
        raise NnsimError(
            "--kernel: does not go with --seeds (allowed: nnsim sweep SCENARIO --seeds N --kernel fast)"
        )
    from nnsim.cli.seeds import run_seeds

    return run_seeds(options, epochs, count, as_json)


@nnsim.command("list", epilog="Example: nnsim list --json")
@JSON
@LANGUAGE
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


@nnsim.command("doctor", epilog="Example: nnsim doctor")
@JSON
def doctor_command(as_json: bool) -> int:
    """Tell what this terminal can do, and what nnsim will use of it."""
    from nnsim.cli.doctor import examine

    return examine(as_json)


nnsim.add_command(serve)
add_recording_commands(nnsim)
add_lesson_commands(nnsim)
add_sweep_command(nnsim)
