"""`nnsim open FILE.nnsweep`: the map of a sweep on a screen, or told in lines."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from nnsim.cli.open import show_sweep
from nnsim.cli.output import say
from nnsim.cli.task_options import TaskOptions
from nnsim.errors import NnsimError
from nnsim.output_files import OutputFiles
from nnsim.text import columns, quote

if TYPE_CHECKING:
    from nnsim.sweep.map_view import SweepMap

HELP = """where          the cell under the cursor, and its figures
right N, left N, up N, down N   move the cursor by N cells
best           to the best cell of the figure
figure NAME    another figure; figure alone lists them
over           mean, lowest, highest or spread over the runs of a cell
axes           other settings as axes
value          the next value of a setting that is no axis
row            the figure along the row of the cursor
importance     how much each setting decides about the figure
command        the command that trains the run under the cursor
quit           leave"""


def open_map(options: TaskOptions, record: Path | None, files: OutputFiles, theme: str | None, plain: bool) -> int:
    """Opens a sweep.  Returns: the exit status.  Raises: NnsimError."""
    given = {
        "--variant": options.variant,
        "--seed": options.seed,
        "--set": options.assignments,
        "--target": options.targets,
        "--mnist": options.mnist,
        "--record": record,
    }
    for name, value in given.items():
        if value:
            raise NnsimError(
                f"{name}: does not go with a sweep, whose file says it all (allowed: --plain, --theme)"
            )
    path = Path(options.scenario)
    return _converse(path) if plain else show_sweep(path, files, theme)


def _converse(path: Path) -> int:
    """Tells of a sweep in lines: what is typed moves the cursor, and each answer is read from the map."""
    from nnsim.cli.sweep_summary import as_text
    from nnsim.sweep.opened_sweep import OpenedSweep

    swept = OpenedSweep.open(path)
    say(as_text(swept.study, swept.table, 0.0))
    say("")
    shown = swept.map_of().at_best()
    say(_where(shown))
    say("help says what may be typed.")
    while True:
        try:
            line = input("> ").strip().lower()
        except EOFError:
            return 0
        word, _, rest = line.partition(" ")
        if word in ("quit", "q", "exit"):
            return 0
        try:
            shown, text = _answer(word, rest.strip(), shown)
        except NnsimError as error:
            text = str(error)
        say(text)


def _answer(word: str, rest: str, shown: "SweepMap") -> tuple["SweepMap", str]:
    from nnsim.sweep.map_view import FIGURES

    moves = {"right": (1, 0), "left": (-1, 0), "up": (0, 1), "down": (0, -1)}
    if word in moves:
        count = int(rest) if rest.isdecimal() and len(rest) < 7 else 1
        across, up = moves[word]
        shown = shown.moved(across * count, up * count)
        return shown, _where(shown)
    if word == "figure":
        names = shown.figures
        if rest:
            found = [one for one in names if rest in (one, FIGURES[one])]
            if not found:
                raise NnsimError(f"{quote(rest)}: is no figure of this sweep (allowed: {', '.join(names)})")
            while shown.figure != found[0]:
                shown = shown.with_next_figure()
            return shown, f"the map shows the {shown.figure_name}"
        return shown, "\n".join(columns([*((one, FIGURES[one]) for one in names)]))
    changes: dict[str, Callable[[], SweepMap]] = {
        "best": shown.at_best,
        "over": shown.with_next_statistic,
        "axes": shown.turned,
        "value": lambda: shown.picked(shown.others[0], 1) if shown.others else shown,
        "where": lambda: shown,
        "": lambda: shown,
    }
    if word in changes:
        shown = changes[word]()
        return shown, _where(shown)
    if word == "row":
        return shown, _row(shown)
    if word == "importance":
        return shown, _importance(shown)
    if word == "command":
        return shown, _command(shown)
    if word == "help":
        return shown, HELP
    raise NnsimError(f"{quote(word)}: is no command (allowed: help says which)")


def _where(shown: "SweepMap") -> str:
    head = ", ".join(shown.settings_text())
    return "\n".join([f"{head}: {shown.figure_name}", *("  " + line for line in columns([*shown.readings()]))])


def _row(shown: "SweepMap") -> str:
    from nnsim.sweep.map_view import value_text
    from nnsim.text.number_format import number

    mean, low, high = shown.band()
    rows: list[tuple[str, ...]] = [(shown.x.key, "mean", "lowest", "highest")]
    for value, *figures in zip(shown.x.values, mean.tolist(), low.tolist(), high.tolist(), strict=True):
        rows.append((value_text(value), *map(number, figures)))
    return "\n".join(columns(rows))


def _importance(shown: "SweepMap") -> str:
    from nnsim.cli.sweep_summary import importance_text
    from nnsim.sweep.combinations import Combinations
    from nnsim.sweep.setting_importance import importances

    return importance_text(importances(Combinations.of(shown)), shown.figure_name)


def _command(shown: "SweepMap") -> str:
    from nnsim.export.command_line import command_of
    from nnsim.timeline import Timeline

    study = shown.study
    variant = study.scenario.variant(study.variant).name
    return command_of(Timeline(study.scenario, variant, study.settings_of(shown.runs[0])))
