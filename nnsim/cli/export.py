"""`nnsim export`: a recording written for other programs."""

import math
import os
import re
import shutil
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from nnsim.cli.output import say, tell_damage
from nnsim.errors import NnsimError
from nnsim.output_files import OutputFiles
from nnsim.text import clean_line, count, shown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from nnsim.recording import Recording
    from nnsim.session.session import Session

# What a file is called where nobody names it.
ENDINGS = {
    "csv": ".csv",
    "json": ".json",
    "npz": ".npz",
    "svg": ".svg",
    "png": ".png",
    "tensorboard": "-tensorboard",
    "asciicast": ".cast",
    "pytorch": ".py",
}
FORMATS = tuple(ENDINGS)
TEXTS = ("csv", "json", "svg", "asciicast", "pytorch")  # which standard output can take
PICTURES = ("svg", "png", "asciicast")
LEAST, LARGEST = (40, 12), (400, 150)  # cells of a picture
NOTHING = "nothing is exported"
FILM_S = 10.0  # about how long a film takes where nobody says a speed


@dataclass(frozen=True)
class Wish:
    """What a person asks of an export. Args: output: "-" is standard output; None is a name of its own."""

    file: Path
    format: str
    files: OutputFiles
    output: str | None = None
    overwrite: bool = False
    step: str | None = None
    run: str | None = None
    pane: str | None = None
    size: str | None = None
    speed: str | None = None
    idle_limit_s: float | None = None
    despite_damage: bool = False


def export(wish: Wish) -> int:
    """Write a recording in another format. Returns: the exit status.

    Raises: NnsimError where an option is wrong, the recording is, or the file is there already.
    """
    _check(wish)
    target = _target(wish)
    if wish.format == "tensorboard":
        said = _event_files(wish, Path(target))
    else:
        content = _binary(wish) if wish.format in ("npz", "png") else _text(wish)
        if target == "-":
            for piece in content:
                say(str(piece), end="")
            return 0
        said = _write(wish, Path(target), content)
    say(f"{clean_line(target)}: {said}")
    return 0


def _check(wish: Wish) -> None:
    """Refuse options that mean nothing for the format."""
    meant = {
        "--step": (wish.step, tuple(one for one in FORMATS if one != "tensorboard")),
        "--pane": (wish.pane, PICTURES),
        "--size": (wish.size, PICTURES),
        "--speed": (wish.speed, ("asciicast",)),
        "--idle-limit": (wish.idle_limit_s, ("asciicast",)),
    }
    for option, (value, formats) in meant.items():
        if value is not None and wish.format not in formats:
            raise NnsimError(f"{option}: means nothing for --to {wish.format} (allowed for {', '.join(formats)})")
    if wish.output == "-" and wish.format not in TEXTS:
        raise NnsimError(f"--output -: {wish.format} is no text (allowed for {', '.join(TEXTS)})")


def _target(wish: Wish) -> str:
    if wish.output == "-":
        return "-"
    wish.files.check()
    path = Path(wish.output) if wish.output else Path(wish.file.stem + ENDINGS[wish.format])
    name = clean_line(str(path))
    if os.path.lexists(path):
        if not wish.overwrite:
            raise NnsimError(f"{name}: is there already (--overwrite replaces it)")
        if path.is_dir() != (wish.format == "tensorboard"):
            raise NnsimError(f"{name}: is {'a folder' if path.is_dir() else 'no folder'}")
        if os.path.exists(wish.file) and path.samefile(wish.file):
            raise NnsimError(f"{name}: is the recording itself")
    return str(path)


def _write(wish: Wish, path: Path, content: Iterable[str | bytes]) -> str:
    size = 0
    writing = wish.files.new_file(path, NOTHING, replace=wish.overwrite)
    with _progress() as tell, writing as new, new.open("wb") as file:
        for piece in content:
            size += file.write(piece.encode("utf-8", "replace") if isinstance(piece, str) else piece)
            tell(f"{size / 1e6:,.1f} MB written")
    return count(size, "byte")


@contextmanager
def _progress() -> Iterator[Callable[[str | tuple[int, int, str]], None]]:
    """What paints progress: a text, or what is done, all that there is to do, and of what."""
    from nnsim.cli.progress import Progress
    from nnsim.cli.run import progress_line

    line, began = progress_line(), time.perf_counter()

    def tell(what: str | tuple[int, int, str]) -> None:
        elapsed = time.perf_counter() - began
        if line is None:
            return
        if isinstance(what, str):
            line.say(what, elapsed)
        else:
            done, whole, noun = what
            line.show(Progress(done, whole, None, elapsed, noun))

    try:
        yield tell
    finally:
        if line is not None:
            line.clear()


@contextmanager
def _opened(wish: Wish) -> Iterator["Recording"]:
    """The recording; what is left of a damaged one where that is asked for, and its damage named afterwards."""
    from nnsim.recording import open_recording

    with open_recording(wish.file, "gaps" if wish.despite_damage else "refuse") as recording:
        yield recording
        tell_damage(wish.file, recording.damage)


# ------------------------------------------------------------------ formats


def _text(wish: Wish) -> Iterable[str]:
    if wish.format in PICTURES:
        yield from _picture(wish)
        return
    from nnsim.export import choose
    from nnsim.export.tables import parameters_csv, records_csv, records_json
    from nnsim.timeline import parse_place

    place = None if wish.step is None else parse_place(wish.step)
    with _opened(wish) as recording:
        runs = choose(recording.timelines, wish.run, place)
        if wish.format == "json":
            yield from records_json(runs)
        elif wish.format == "csv":
            yield from records_csv(runs) if place is None else parameters_csv(runs)
        else:
            from nnsim.export.pytorch import program

            if len(runs) > 1:
                names = ", ".join(f"{one.number} ({one.timeline.name})" for one in runs[:20])
                raise NnsimError(f"--to pytorch: writes one network (allowed: --run with one of {names})")
            yield program(runs[0])


def _binary(wish: Wish) -> Iterable[bytes]:
    if wish.format == "png":
        yield from _png(wish)
        return
    import io

    from nnsim.export import choose
    from nnsim.export.arrays import write_npz
    from nnsim.timeline import parse_place

    place = None if wish.step is None else parse_place(wish.step)
    with _opened(wish) as recording:
        file = io.BytesIO()
        write_npz(file, choose(recording.timelines, wish.run, place))
    yield file.getvalue()


def _event_files(wish: Wish, folder: Path) -> str:
    from nnsim.export import choose
    from nnsim.export.tensorboard import event_count, events, require

    require()
    with _whole_folder(folder), _opened(wish) as recording, _progress() as tell:
        written_s = wish.file.stat().st_mtime
        runs = choose(recording.timelines, wish.run, None)
        before, whole = 0, sum(event_count(one.timeline) for one in runs)
        for one in runs:
            name = re.sub(r"[^\w.+-]+", "-", one.timeline.name).strip("-.")[:80]
            place = folder / f"{one.number:02d}-{name}"
            path = place / f"events.out.tfevents.{int(written_s)}.nnsim"
            wish.files.make_folder(place, NOTHING)
            with wish.files.new_file(path, NOTHING, replace=True) as new, new.open("wb") as file:
                for done, piece in events(one.timeline, written_s):
                    file.write(piece)
                    tell((before + done, whole, "steps"))
            wish.files.remove_others(path, "events.out.tfevents.*.nnsim")  # TensorBoard would draw both
            before += event_count(one.timeline)
    return f"event files of {count(len(runs), 'run')} (tensorboard --logdir {clean_line(str(folder))})"


@contextmanager
def _whole_folder(folder: Path) -> Iterator[None]:
    """Leave no folder behind that was made for an export which then fails."""
    there = folder.exists()
    try:
        yield
    except BaseException:
        if not there:
            shutil.rmtree(folder, ignore_errors=True)
        raise


# ------------------------------------------------------------------ pictures


def _size(text: str | None) -> tuple[int, int]:
    if text is None:
        return (120, 40)
    found = re.fullmatch(r"(\d{1,4})x(\d{1,4})", text, re.ASCII)
    size = (int(found[1]), int(found[2])) if found else (0, 0)
    if not all(low <= value <= high for low, value, high in zip(LEAST, size, LARGEST, strict=True)):
        allowed = f"{LEAST[0]}x{LEAST[1]} to {LARGEST[0]}x{LARGEST[1]}"
        raise NnsimError(f"--size {shown(text)}: is no size (allowed: {allowed}, columns and lines)")
    return size


def _picture(wish: Wish) -> Iterable[str]:
    from nnsim.session.session import Session

    size = _size(wish.size)
    with _opened(wish) as recording:
        session = Session.of_timelines(recording.timelines)
        _set_going(session, wish)
        if wish.format == "asciicast":
            yield from _film(session, size, wish.pane)
        else:
            from screens.headless import photograph

            yield photograph(session, size, wish.pane)[0]


def _film(session: "Session", size: tuple[int, int], pane: str | None) -> Iterable[str]:
    """An asciicast, with progress while it is made.

    Raises: KeyboardInterrupt where a person has had enough: half a film is none.
    """
    from nnsim.cli.progress import Progress
    from nnsim.cli.run import ending_signals, progress_line
    from nnsim.export.asciicast import asciicast
    from screens.headless import film

    progress, began = progress_line(), time.perf_counter()
    per_epoch, first = session.steps_per_epoch, session.cursor.step

    def look() -> bool:
        if progress is not None:
            done, epochs = ((one.step - first) // per_epoch for one in (session.cursor, session.end))
            loss = session.focused.timeline.record(session.cursor.step).get("loss", math.nan)
            progress.show(Progress(done, epochs, loss, time.perf_counter() - began))
        return not caught

    with ending_signals() as caught:
        try:
            events = film(session, size, pane, look)
        finally:
            if progress is not None:
                progress.clear()
    if caught:
        raise KeyboardInterrupt
    yield from asciicast(size, session.scenario.title, events)


def _png(wish: Wish) -> Iterable[bytes]:
    from nnsim.session.session import Session
    from screens.capture.png import png, require
    from screens.headless import photograph

    size = _size(wish.size)
    require()
    with _opened(wish) as recording:
        session = Session.of_timelines(recording.timelines)
        _set_going(session, wish)
        yield png(photograph(session, size, wish.pane)[1])


def _set_going(session: "Session", wish: Wish) -> None:
    """Put a session's cursor where the picture is taken, or where the film begins."""
    from nnsim.cli.open import idle_limit, speed_of
    from nnsim.export import choose
    from nnsim.session.session import speed_index
    from nnsim.timeline import Cursor, parse_place

    timelines = [track.timeline for track in session.tracks]
    place = None if wish.step is None else parse_place(wish.step)
    if wish.run is not None:
        chosen = choose(timelines, wish.run, None)[0]
        session.focus_on(chosen.number - 1)
    if place is not None:
        session.go_to(place)
    elif wish.format != "asciicast":
        session.head_for(session.end)
    else:
        session.head_for(Cursor())
    session.idle_limit_s = idle_limit(wish.idle_limit_s)
    epochs = (session.end.step - session.cursor.step) / session.steps_per_epoch
    session.speed = speed_index(epochs / FILM_S if wish.speed is None else speed_of(wish.speed))
