"""`nnsim run`: training without a screen, with progress, a recording, and an orderly end on Ctrl-C."""

import math
import os
import signal
import sys
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

from nnsim.cli.output import complain, say, say_json
from nnsim.cli.progress_line import COMPILING, ProgressLine, terminal_progress
from nnsim.cli.run_summary import as_object, as_text
from nnsim.cli.task_options import TaskOptions
from nnsim.errors import NnsimError
from nnsim.export.command_line import check_changes, parse_changes
from nnsim.narration.commentary import Teller
from nnsim.output_files import RECORDING_SUFFIX, OutputFiles, check_suffix, check_untaken
from nnsim.scenario.student import missing_student, personal_settings
from nnsim.text import clean_line, printable_path
from nnsim.timeline import Command
from nnsim.timeline.run import Run, slices

if TYPE_CHECKING:
    from nnsim.recording.background import Beside

# Windows knows no SIGHUP, which a terminal sends when it is closed.
ENDING = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]


def run_scenario(
    options: TaskOptions,
    epochs: int | None,
    record: Path | None,
    overwrite: bool,
    as_json: bool,
    files: OutputFiles,
    narrate: bool = False,
    changes: Sequence[tuple[int, str]] = (),
    save: Path | None = None,
    kernel: str = "numpy",
) -> int:
    """Trains a scenario or CSV file, with changes on the way.  Returns: the exit status.  Raises: NnsimError.

    Args: save: where the scenario of a table is written, before it is trained. kernel: "numpy", or "fast" for
    compiled code.
    """
    from nnsim.training.fast.support import check_kernel, require_fast

    fast = kernel == "fast"
    if fast:
        require_fast()
    if record is not None:
        check_record(record, overwrite, files)
    later = parse_changes(changes)
    task = options.task(epochs)
    if save is not None:
        from nnsim.scenario.saved_scenario import save_scenario

        save_scenario(task, save, overwrite, files)
    settings = {**personal_settings(task.scenario, options.student), **task.settings}
    run = Run(task.scenario, options.variant, settings, fast=fast)
    if notice := missing_student(task.scenario, options.student):
        complain(notice)
    for plan in check_changes(run, later):
        if fast:
            check_kernel(plan)
    task = task.told(run.timeline.plan)
    failures: list[str] = []
    student = options.student
    recording = None if record is None else _recording(record, overwrite, run, files, student, failures.append)
    progress = terminal_progress()
    if fast:
        progress.say(COMPILING, at_once=True)
    teller = Teller(run.timeline) if narrate else None
    with ending_signals() as caught:
        began = time.perf_counter()

        def continues() -> bool:
            while failures:
                complain(failures.pop())
            if teller is not None:
                _narrate(teller, run, progress)
            timeline = run.timeline
            loss = timeline.series["loss"].at_step(timeline.length)
            done = timeline.length // timeline.steps_per_epoch
            progress.report(done, timeline.plan.train.epochs, math.nan if loss is None else loss)
            return not caught

        left = _train(run, continues, later)
        if not run.finished:
            run.interrupt()
        if teller is not None:
            _narrate(teller, run, progress, last=True)
        if recording is not None:
            _close(recording, failures)
        wall_s = time.perf_counter() - began
        progress.clear()
        for one in left:
            complain(
                f"--at {one.step} {clean_line(one.key)}: not done: the run ended at step {run.timeline.length}"
            )
        if as_json:
            say_json(as_object(run, wall_s) | task.as_object)
        else:
            written = [f"scenario written to {printable_path(save)}"] if save is not None else []
            if record is not None and recording is not None and not recording.failed:
                written.append(f"recorded in {printable_path(record)}")
            say("\n".join([*task.notice, as_text(run, wall_s), *written]))
    return _status(run, caught, recording)


def _train(run: Run, continues: Callable[[], bool], changes: Sequence[Command] = ()) -> list[Command]:
    """Trains while `continues()`, with changes in the order of their steps.  Returns: those behind the end."""
    left = deque(changes)

    def change() -> None:
        while left and left[0].step == run.timeline.length:
            one = left.popleft()
            run.change(one.key, one.value)

    def advance(steps: int) -> int:
        done = run.advance(min(steps, left[0].step - run.timeline.length) if left else steps)
        change()
        return done

    change()
    for _ in slices(advance, lambda: run.finished):
        if not continues():
            break
    return list(left)


def _narrate(teller: Teller, run: Run, progress: ProgressLine, *, last: bool = False) -> None:
    for step, narration in teller.ending() if last else teller.news():
        progress.clear()
        epoch = -(-step // run.timeline.steps_per_epoch)
        with suppress(OSError):
            print(f"epoch {epoch:,}: {narration.text}", file=sys.stderr, flush=True)


def _status(run: Run, caught: list[int], recording: "Beside | None") -> int:
    stop = run.timeline.stop
    assert stop is not None, "training has ended"
    if stop.reason == "interrupted":
        return 128 + caught[0]
    if stop.reason == "diverged":
        complain(f"{run.timeline.scenario.name}: diverged: {stop.message}")
        return 1
    return 1 if recording is not None and recording.failed else 0


@contextmanager
def ending_signals() -> Iterator[list[int]]:
    """Collects signals that ask for an end, but ignored ones (nohup); a second one ends the program at once."""
    caught: list[int] = []

    def catch(number: int, frame: FrameType | None) -> None:
        caught.append(number)
        restore()

    before = {number: signal.getsignal(number) for number in ENDING}
    for number, handler in before.items():
        if handler is not signal.SIG_IGN:
            signal.signal(number, catch)

    def restore() -> None:
        for number, handler in before.items():
            signal.signal(number, handler)

    try:
        yield caught
    finally:
        restore()


def _recording(
    path: Path, overwrite: bool, run: Run, files: OutputFiles, student: str, failed: Callable[[str], None]
) -> "Beside":
    """Records a run in a file; where that fails, `failed` takes the reason, and training goes on."""
    from nnsim.recording import Facts
    from nnsim.recording.background import Beside

    facts = Facts(student=student)
    if run.trainer.fast:
        from nnsim.training.fast.support import kernel_name

        facts = Facts(student=student, kernel=kernel_name())
    return Beside(
        path,
        lambda: [run.timeline],
        files=files,
        replace=overwrite,
        created_by="nnsim run",
        failed=failed,
        facts=facts,
    )


def _close(recording: "Beside", failures: list[str]) -> None:
    try:
        recording.close()
    except NnsimError as error:
        failures.append(str(error))
    while failures:
        complain(failures.pop())


def check_record(path: Path, overwrite: bool, files: OutputFiles) -> None:
    name = clean_line(str(path))
    check_suffix(path, RECORDING_SUFFIX, "recording", "--record")
    if files.refusal:
        raise NnsimError(f"--record {name}: {files.refusal}")
    if os.path.lexists(path) and not os.path.isfile(path):
        raise NnsimError(f"--record {name}: is no file")
    check_untaken(path, overwrite, "--record")
