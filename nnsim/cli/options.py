"""The options that several commands have, and the task that they name put together."""

import os
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

import click
from click.shell_completion import CompletionItem

from nnsim.cli.task_options import TaskOptions
from nnsim.output_files import READ_ONLY_VARIABLE, OutputFiles
from nnsim.scenario.language import LANGUAGE_VARIABLE, language_code
from nnsim.scenario.student import STUDENT_VARIABLE, student_name
from nnsim.terminal.theme_names import NAMES, THEME, named

NAMES_OF_FIGURES = "names of figures"  # in the context of a command
Command = Callable[..., int]
Option = Callable[[Command], Command]


def asks(*options: Option) -> Callable[[Command], Command]:
    """Declare options in their order, and give the command those that name its task as `TaskOptions`."""

    def declared(command: Command) -> Command:
        @wraps(command)
        def asking(
            scenario: str,
            variant: str | None,
            seed: int | None,
            assignments: tuple[str, ...],
            targets: tuple[str, ...],
            mnist: Path | None,
            student: str = "",
            **others: Any,
        ) -> int:
            return command(TaskOptions(scenario, variant, seed, assignments, targets, mnist, student), **others)

        found: Command = asking
        for option in reversed(options):
            found = option(found)
        return found

    return declared


def _complete_scenario(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    from nnsim.scenario.catalog import entries

    found = [CompletionItem(one.name, help=one.summary) for one in entries() if one.name.startswith(incomplete)]
    return found or [CompletionItem(incomplete, type="file")]


SCENARIO = click.argument("scenario", metavar="SCENARIO|FILE.toml|FILE.csv", shell_complete=_complete_scenario)
RECORDING = click.argument("file", type=click.Path(path_type=Path), metavar="FILE.nnsim")
RUNS = click.argument("file", type=click.Path(path_type=Path), metavar="FILE.nnsim|LOG")
VARIANT = click.option("--variant", metavar="NAME", help="Train this variant of the scenario.")
SEED = click.option("--seed", type=int, metavar="N", help="Seed of all random numbers.")
SET = click.option(
    "--set", "assignments", multiple=True, metavar="KEY.PATH=VALUE", help="Change a setting; may be given again."
)
TARGET = click.option(
    "--target", "targets", multiple=True, metavar="COLUMN", help="Column of a CSV file to predict."
)
MNIST = click.option(
    "--mnist", type=click.Path(path_type=Path), metavar="FOLDER", help="Digits from the IDX files in a folder."
)
KERNEL = click.option(
    "--kernel",
    type=click.Choice(["numpy", "fast"]),
    default="numpy",
    show_default=True,
    help="What trains: NumPy, or compiled code where it has what is needed (extra nnsim[fast]).",
)


def _keep_names(context: click.Context, parameter: click.Parameter, value: tuple[str, ...]) -> None:
    context.meta[NAMES_OF_FIGURES] = value


def asked_names() -> tuple[str, ...]:
    """What --map says, to be read as rules with those of the configuration."""
    found: tuple[str, ...] = click.get_current_context().meta.get(NAMES_OF_FIGURES, ())
    return found


MAP = click.option(
    "--map",
    metavar="NAME=FIGURE",
    multiple=True,
    expose_value=False,
    callback=_keep_names,
    help="What a log's figure is called here, as 'train/loss=loss' or 'norm/*=gradient:*'; may be given again.",
)


def _student(context: click.Context, parameter: click.Parameter, value: str | None) -> str:
    return student_name(value, os.environ)


STUDENT = click.option(
    "--student",
    metavar="NAME",
    callback=_student,
    help=f"Whose recording it is, for whoever grades it (or {STUDENT_VARIABLE}).",
)


def _keep_theme(context: click.Context, parameter: click.Parameter, value: str | None) -> None:
    if value is not None:
        context.meta[THEME] = named(value, {})


def asked_theme() -> str | None:
    theme: str | None = click.get_current_context().meta.get(THEME)
    return theme


def _keep_read_only(context: click.Context, parameter: click.Parameter, value: bool) -> None:
    context.meta[READ_ONLY_VARIABLE] = value


def output_files() -> OutputFiles:
    return OutputFiles.of(os.environ, click.get_current_context().meta.get(READ_ONLY_VARIABLE, False))


READ_ONLY = click.option(
    "--read-only",
    is_flag=True,
    expose_value=False,
    callback=_keep_read_only,
    help=f"Write nothing to the disk, whatever key is pressed (or {READ_ONLY_VARIABLE}=1).",
)
THEME_OPTION = click.option(
    "--theme",
    metavar="NAME",
    expose_value=False,
    callback=_keep_theme,
    help=f"Colours for this time: {', '.join(NAMES)} (or NNSIM_THEME; T changes them).",
)


def _keep_language(context: click.Context, parameter: click.Parameter, value: str | None) -> None:
    if value is not None:
        os.environ[LANGUAGE_VARIABLE] = language_code(value, "--language")


LANGUAGE = click.option(
    "--language",
    metavar="CODE",
    expose_value=False,
    callback=_keep_language,
    help=f"Of lessons that are translated: de, pt_BR, ... (or {LANGUAGE_VARIABLE}; else by the locale).",
)
JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
PLAIN = click.option(
    "--plain", is_flag=True, help="Lines of text in place of a screen, for a screen reader or a script."
)
OVERWRITE = click.option("--overwrite", is_flag=True, help="Let --record or --save replace a file.")
