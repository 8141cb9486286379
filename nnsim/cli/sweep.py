"""`nnsim sweep`: a scenario trained with every combination of some settings, into one table."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from nnsim.cli.output import complain, say, say_json
from nnsim.cli.progress_line import COMPILING, terminal_progress
from nnsim.cli.run import ending_signals
from nnsim.cli.task_options import TaskOptions
from nnsim.errors import NnsimError
from nnsim.output_files import OutputFiles
from nnsim.text import clean_line, printable_path

if TYPE_CHECKING:
    from nnsim.sweep.file import SweepFile
    from nnsim.sweep.outcome_table import OutcomeTable
    from nnsim.sweep.study import Study


@dataclass(frozen=True)
class SweepOptions:
    """The options of a sweep beside its task.  Args: resume: a file to go on with, instead of all others."""

    over: Sequence[str] = ()
    seeds: int | None = None
    epochs: int | None = None
    until: str | None = None
    output: Path | None = None
    overwrite: bool = False
    resume: Path | None = None
    workers: int | None = None
    marks: bool = True
    kernel: str = "numpy"
    dask: str | None = None
    halving: bool = False
    factor: int | None = None
    as_json: bool = False


def sweep(options: TaskOptions, asked: SweepOptions, files: OutputFiles) -> int:
    """Trains a sweep, or the rest of one.  Returns: the exit status.  Raises: NnsimError."""
    from nnsim.sweep.file import SweepFile
    from nnsim.sweep.outcome_table import OutcomeTable

    if asked.dask is not None:
        from nnsim.sweep.cluster import require_dask

        require_dask()
    notice: tuple[str, ...] = ()
    file: SweepFile | None = None
    if asked.resume is not None:
        _refuse_with_resume(options, asked)
        files.check(asked.resume)
        file = SweepFile.open(asked.resume)
        _warn_of_other_bits(file)
        study, table = file.study, file.read()
        if study.kernel == "fast" and not table.whole:
            from nnsim.training.fast.support import require_fast

            require_fast()
    elif not options.scenario:
        raise NnsimError("SCENARIO: is missing (allowed: a scenario, a file, or --resume FILE.nnsweep)")
    else:
        study, notice = _study(options, asked)
        table = OutcomeTable(study)
        if asked.output is not None:
            file = SweepFile.create(asked.output, study, files, overwrite=asked.overwrite)
    began = time.perf_counter()
    with ending_signals() as caught:
        _train(study, table, file, files, asked.workers, caught, asked.dask)
    wall_s = time.perf_counter() - began
    _tell(study, table, asked, notice, wall_s)
    if caught and not table.whole:
        if file is not None:
            complain(f"{printable_path(file.path)}: stopped; nnsim sweep --resume goes on")
        return 128 + caught[0]
    return 0


def _refuse_with_resume(options: TaskOptions, asked: SweepOptions) -> None:
    given = {
        "SCENARIO": options.scenario,
        "--over": asked.over,
        "--seeds": asked.seeds is not None,
        "--epochs": asked.epochs is not None,
        "--until": asked.until is not None,
        "--seed": options.seed is not None,
        "--variant": options.variant is not None,
        "--set": options.assignments,
        "--target": options.targets,
        "--mnist": options.mnist is not None,
        "--no-marks": not asked.marks,
        "--kernel": asked.kernel != "numpy",
        "-o": asked.output is not None,
        "--overwrite": asked.overwrite,
        "--halving": asked.halving,
        "--factor": asked.factor is not None,
    }
    for name, there in given.items():
        if there:
            raise NnsimError(
                f"{name}: does not go with --resume, whose file says it all (allowed: --workers, --dask, --json)"
            )


def _warn_of_other_bits(file: "SweepFile") -> None:
    from nnsim.recording.facts import own_bits

    others = [key for key, value in own_bits().items() if file.bits.get(key, value) != value]
    if others:
        complain(
            f"{printable_path(file.path)}: was begun with another {' and '.join(others)}: the last bits of figures"
            " trained here may be others"
        )


def _study(options: TaskOptions, asked: SweepOptions) -> tuple["Study", tuple[str, ...]]:
    from nnsim.scenario.setting_keys import parse_setting
    from nnsim.scenario.sweep_axes import parse_axis
    from nnsim.sweep.grid import Grid, seeds_from
    from nnsim.sweep.members import check_axes
    from nnsim.sweep.rungs import USUAL_FACTOR
    from nnsim.sweep.study import Study
    from nnsim.training.outcome import Goal

    if asked.kernel == "fast":
        from nnsim.training.fast.support import require_fast

        require_fast()
    axes = tuple(parse_axis(one) for one in asked.over)
    goal = None if asked.until is None else Goal.parse(asked.until)
    task = options.task(asked.epochs)
    scenario = task.scenario
    if not axes:
        axes = scenario.axes
    if not axes and asked.seeds is None:
        raise NnsimError(
            f"--over: is missing, and {clean_line(scenario.name)} has no sweep of its own"
            " (allowed: --over schedule.rate=0.001:10:log:32, or --seeds 20)"
        )
    fixed = {parse_setting(text)[0] for text in options.assignments}
    for axis in axes:
        if axis.key in fixed:
            raise NnsimError(f"--set {axis.key}: does not go with a sweep over it (allowed: one of the two)")
    first = int(task.settings.get("random.seed", scenario.plan(options.variant, task.settings).seed))
    seeds = None if asked.seeds is None else seeds_from(first, asked.seeds)
    if asked.factor is not None and not asked.halving:
        raise NnsimError("--factor: means nothing without --halving")
    study = Study(scenario, options.variant, task.settings, Grid(axes, seeds), goal, asked.marks, asked.kernel)
    if asked.halving:
        study = replace(study, halving=asked.factor or USUAL_FACTOR)
    check_axes(study)
    return study, task.notice


def _train(
    study: "Study",
    table: "OutcomeTable",
    file: "SweepFile | None",
    files: OutputFiles,
    workers: int | None,
    caught: list[int],
    dask: str | None,
) -> None:
    from nnsim.sweep.workers import Done, default_workers, trained

    if dask is None:
        train = partial(trained, workers=default_workers() if workers is None else workers)
    else:
        from nnsim.sweep.cluster import trained_on_cluster

        train = partial(trained_on_cluster, address=dask, mixed=complain)
    with terminal_progress() as progress:
        if study.kernel == "fast":
            progress.say(COMPILING, at_once=True)
        while not table.whole and not caught:
            rung, under_way = table.rung, 0.0
            noun = "runs" if study.halving is None else f"runs up to epoch {rung.epochs:,}"
            events = train(study, table.left)
            for event in events:
                if isinstance(event, Done):
                    if file is not None:
                        file.append(event.task, event.outcomes, files)
                    table.put(event.task, event.outcomes)
                    under_way = 0.0
                else:
                    under_way += event.members
                done = rung.runs - sum(map(len, table.left)) if table.rung is rung else rung.runs
                progress.report(min(done + under_way, rung.runs), rung.runs, noun=noun)
                if caught:
                    break
            events.close()  # type: ignore[attr-defined]  # a generator: its workers end at once


def _tell(
    study: "Study", table: "OutcomeTable", asked: SweepOptions, notice: tuple[str, ...], wall_s: float
) -> None:
    from nnsim.cli.sweep_summary import as_text
    from nnsim.sweep.results import as_object

    if asked.as_json:
        say_json(as_object(study, table))
        return
    lines = [*notice, as_text(study, table, wall_s)]
    path = asked.resume or asked.output
    if path is not None:
        lines.append(f"kept in {printable_path(path)}: nnsim open {printable_path(path)} draws it")
    say("\n".join(lines))
