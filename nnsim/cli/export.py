"""`nnsim export`: a recording written for other programs, or the run of a scenario as a program."""

import errno
import os
import re
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from nnsim.cli.output import complain, report_damage, say
from nnsim.cli.progress_line import ProgressLine, terminal_progress
from nnsim.cli.task_options import ExportOptions
from nnsim.errors import NnsimError
from nnsim.output_files import RECORDING_SUFFIX, SWEEP_SUFFIX, check_untaken
from nnsim.text import clean_line, count, quote

if TYPE_CHECKING:
    from nnsim.export.exporter import Exporter, Pieces
    from nnsim.timeline import RunLog

# Where the exporter of a format stands, imported when it is asked for.
EXPORTERS = {
    "csv": "nnsim.export.tables:CSV",
    "json": "nnsim.export.tables:JSON",
    "npz": "nnsim.export.tables:NPZ",
    "svg": "screens.capture.picture_exporters:SVG",
    "png": "screens.capture.picture_exporters:PNG",
    "tensorboard": "nnsim.export.tensorboard:TENSORBOARD",
    "asciicast": "screens.capture.picture_exporters:ASCIICAST",
    "pytorch": "nnsim.export.pytorch:PYTORCH",
    "numpy": "nnsim.export.numpy_source:NUMPY",
    "notebook": "nnsim.export.notebook:NOTEBOOK",
    "vega-lite": "screens.capture.picture_exporters:VEGA_LITE",
    "safetensors": "nnsim.export.tables:SAFETENSORS",
    "onnx": "nnsim.export.onnx_model:ONNX",
}
FORMATS = tuple(EXPORTERS)
LEAST, LARGEST = (40, 12), (400, 150)  # cells of a picture
USUAL = (120, 40)
NOTHING = "nothing is exported"


def export(options: ExportOptions) -> int:
    """Writes a recording in another format.  Returns: the exit status.  Raises: NnsimError; KeyboardInterrupt."""
    from nnsim.cli.replay import idle_limit, speed_of
    from nnsim.cli.run import ending_signals
    from nnsim.export.exporter import PictureOptions, Request
    from nnsim.timeline import parse_place

    if options.file.suffix.lower() == SWEEP_SUFFIX:
        from nnsim.cli.sweep_export import export_sweep

        return export_sweep(options, _size(options.size))
    if options.format not in EXPORTERS:
        raise NnsimError(f"--to {options.format}: is for a sweep alone (allowed: {', '.join(FORMATS)})")
    exporter = exporter_of(options.format)
    _check(options, exporter)
    target = _target(options, exporter)
    if exporter.needs is not None:
        exporter.needs.require(options.format)
    place, size = None if options.step is None else parse_place(options.step), _size(options.size)
    speed, idle_s = None if options.speed is None else speed_of(options.speed), idle_limit(options.idle_limit_s)
    written: list[tuple[Path, int]] = []
    signals = ending_signals() if exporter.interruptible else nullcontext(list[int]())
    with (
        _opened(options, exporter) as runs,
        terminal_progress() as line,
        signals as caught,
        _whole_folder(exporter, target),
    ):

        def progress(done: int, whole: int, noun: str, loss: float | None) -> bool:
            line.report(done, whole, loss, noun)
            return not caught

        name = None if target is None else target.name
        chosen = options.run, place, options.pane, size, speed, idle_s
        picture = PictureOptions(options.theme, options.title, options.x_label, options.y_label)
        request = Request(runs.timelines, runs.recorded_s, *chosen, progress, name, complain, picture)
        for name, pieces in exporter.write(request):
            content = _until(pieces, caught)
            if target is None:
                for piece in content:
                    say(str(piece), end="")
            else:
                path = target / name if exporter.stale or not name else target.with_name(name)
                written.append((path, _write(options, exporter, path, content, line)))
        report_damage(options.file, runs.damage)
    found = count(len(written), "run")
    if target is not None and exporter.stale:  # a folder is told as one
        written = [(target, sum(size for _, size in written))]
    for path, size_bytes in written:
        told = clean_line(str(path))
        say(f"{told}: {exporter.summary.format(size=count(size_bytes, 'byte'), runs=found, target=told)}")
    return 0


@dataclass(frozen=True)
class _Runs:
    """What is exported.  Args: recorded_s: when it was written, in seconds since 1970."""

    timelines: "Sequence[RunLog]"
    recorded_s: float
    damage: "Sequence[str]" = ()


@contextmanager
def _opened(options: ExportOptions, exporter: "Exporter") -> Iterator[_Runs]:
    """The runs of a recording, or the run that a scenario makes, before its first step."""
    from nnsim.logs.log_source import name_rules
    from nnsim.logs.run_set import RunSet
    from nnsim.scenario.student import missing_student, personal_settings
    from nnsim.timeline.run import Run

    if exporter.takes_scenarios and not _is_recording(options.file):
        task, student = options.task.task(options.epochs), options.task.student
        if notice := missing_student(task.scenario, student):
            complain(notice)
        settings = {**personal_settings(task.scenario, student), **task.settings}
        yield _Runs([Run(task.scenario, options.task.variant, settings).timeline], 0.0)
        return
    rules = name_rules(options.names, options.files)
    with RunSet([options.file], rules, despite_damage=options.despite_damage) as recording:
        yield _Runs(recording.timelines, options.file.stat().st_mtime, recording.damage)


def _is_recording(path: Path) -> bool:
    """Whether a path names runs: a recording, or logs of other programs; a table of data is a scenario's."""
    if path.suffix == RECORDING_SUFFIX:
        return True
    if not os.path.exists(path):
        return False
    from nnsim.logs.run_set import holds_runs

    return holds_runs(path)


def exporter_of(format_name: str) -> "Exporter":
    module, _, name = EXPORTERS[format_name].partition(":")
    exporter: Exporter = getattr(import_module(module), name)
    return exporter


def _check(options: ExportOptions, exporter: "Exporter") -> None:
    task = options.task
    of_task = {
        "--variant": task.variant,
        "--epochs": options.epochs,
        "--seed": task.seed,
        "--set": task.assignments or None,
        "--target": task.targets or None,
        "--mnist": task.mnist,
    }
    for option, given_ in of_task.items():
        if given_ is not None and not exporter.takes_scenarios:
            takers = ", ".join(one for one in FORMATS if exporter_of(one).takes_scenarios)
            raise NnsimError(f"{option}: means nothing for --to {options.format} (allowed for {takers})")
        if given_ is not None and _is_recording(options.file):
            name = clean_line(str(options.file))
            raise NnsimError(
                f"{option}: means nothing for a recording, and {name} is one (allowed: with a scenario)"
            )
    given = {
        "--step": options.step,
        "--title": options.title,
        "--x-label": options.x_label,
        "--y-label": options.y_label,
        "--pane": options.pane,
        "--size": options.size,
        "--speed": options.speed,
        "--idle-limit": options.idle_limit_s,
    }
    for option, value in given.items():
        if value is not None and option not in exporter.options:
            others = ", ".join(one for one in FORMATS if option in exporter_of(one).options)
            raise NnsimError(f"{option}: means nothing for --to {options.format} (allowed for {others})")
    if options.output == "-" and not exporter.is_text:
        texts = ", ".join(one for one in FORMATS if exporter_of(one).is_text)
        raise NnsimError(f"--output -: {options.format} is no text (allowed for {texts})")


def _target(options: ExportOptions, exporter: "Exporter") -> Path | None:
    """The file to write, or the folder; None is standard output."""
    if options.output == "-":
        return None
    options.files.check()
    path = Path(options.output or options.file.stem + exporter.suffix)
    name = clean_line(str(path))
    if os.path.lexists(path):
        check_untaken(path, options.overwrite)
        if path.is_dir() != bool(exporter.stale):
            raise NnsimError(f"{name}: is {'a folder' if path.is_dir() else 'no folder'}")
        if os.path.exists(options.file) and path.samefile(options.file):
            raise NnsimError(f"{name}: is the recording itself")
    elif not exporter.stale and not path.absolute().parent.is_dir():
        raise NnsimError(f"{name}: cannot be written: {os.strerror(errno.ENOENT)}; {NOTHING}")
    return path


def _size(text: str | None) -> tuple[int, int]:
    if text is None:
        return USUAL
    found = re.fullmatch(r"(\d{1,4})x(\d{1,4})", text, re.ASCII)
    size = (int(found[1]), int(found[2])) if found else (0, 0)
    if not all(low <= value <= high for low, value, high in zip(LEAST, size, LARGEST, strict=True)):
        allowed = f"{LEAST[0]}x{LEAST[1]} to {LARGEST[0]}x{LARGEST[1]}"
        raise NnsimError(f"--size {quote(text)}: is no size (allowed: {allowed}, columns and lines)")
    return size


def _until(pieces: "Pieces", caught: list[int]) -> Iterator[str | bytes]:
    """Yields the pieces of a file.  Raises: KeyboardInterrupt once a signal was caught: half a film is none."""
    for piece in pieces:
        if caught:
            raise KeyboardInterrupt
        yield piece


def _write(options: ExportOptions, exporter: "Exporter", path: Path, pieces: "Pieces", line: ProgressLine) -> int:
    size = 0
    if exporter.stale:
        options.files.make_folder(path.parent, NOTHING)
    with options.files.open_new(path, NOTHING, replace=options.overwrite or bool(exporter.stale)) as file:
        for piece in pieces:
            size += file.write(piece.encode("utf-8", "replace") if isinstance(piece, str) else piece)
            if not exporter.stale:
                line.say(f"{size / 1e6:,.1f} MB written")
    if exporter.stale:
        options.files.remove_others(path, exporter.stale)
    return size


@contextmanager
def _whole_folder(exporter: "Exporter", folder: Path | None) -> Iterator[None]:
    """Removes a folder again that an export has made before it failed."""
    there = not exporter.stale or folder is None or folder.exists()
    try:
        yield
    except BaseException:
        if not there and folder is not None:
            shutil.rmtree(folder, ignore_errors=True)
        raise
