"""A person's progress through the course: pages, answers, challenges and time, in a small JSON file and its copy.

The file is replaced as a whole, then the copy; each says its revision and its own checksum. So a process that is
killed at any moment leaves the state before its note or the one after it, and one damaged file loses nothing. A
note says what is new alone, and is added to what stands in the file, under a lock: two programs at once lose
nothing.
"""

import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct, field

from nnsim.output_files import OutputFiles, free_path
from nnsim.text import printable_path

FILE, COPY, LOCK = "progress.json", "progress-copy.json", "progress.lock"
FORMAT = 1
LARGEST = 4_000_000  # bytes
MOST_LESSONS = 2_000
CONSEQUENCE = "progress stays as it was"

Part = Annotated[int, Meta(ge=1, le=1_000)]  # of a lesson, from 1
Number = Annotated[int, Meta(ge=0, le=1_000)]


class GivenPrediction(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What was answered to a question: a letter, or a number as it was typed; right: None until it is revealed."""

    answer: Annotated[str, Meta(max_length=1000)]
    right: bool | None = None


class LessonProgress(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How far a person has come in one lesson.

    Args: page: that was open last, from 1. furthest: that was ever open. answers, reached: by the lesson's parts.
    seconds: that were spent. last: when that was, in seconds since 1970.
    """

    page: Part = 1
    furthest: Part = 1
    answers: dict[int, GivenPrediction] = field(default_factory=dict)
    reached: tuple[Part, ...] = ()
    seconds: Annotated[float, Meta(ge=0, le=1e10)] = 0.0
    last: float = 0.0

    def with_note(self, note: "LessonProgress") -> "LessonProgress":
        """This with what a note adds: times are added, a verdict stays until there is another."""
        answers = dict(self.answers)
        for part, given in note.answers.items():
            before = answers.get(part)
            if before is None or given.right is not None or given.answer != before.answer:
                answers[part] = given
        return LessonProgress(
            note.page,
            max(self.furthest, note.furthest, note.page),
            answers,
            tuple(sorted({*self.reached, *note.reached})),
            self.seconds + note.seconds,
            max(self.last, note.last),
        )


class CourseProgress(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All lessons, by the names that `nnsim.lessons.course` gives them; revision: grows with every note."""

    revision: Annotated[int, Meta(ge=0)] = 0
    lessons: Annotated[dict[str, LessonProgress], Meta(max_length=MOST_LESSONS)] = field(default_factory=dict)


class ReadProgress(Struct, frozen=True):
    """What is in the files.  Args: damaged: those that cannot be used, with the reason of each."""

    progress: CourseProgress
    damaged: Mapping[Path, str]

    @property
    def complaint(self) -> str:
        """What is damaged, in a line; empty where nothing is."""
        if not self.damaged:
            return ""
        found = ", ".join(f"{printable_path(path)}: {reason}" for path, reason in self.damaged.items())
        instead = "its copy is used" if self.progress.revision else "progress begins anew"
        return f"{found}; {instead}, and a damaged file is kept aside"


def read_progress(files: OutputFiles) -> ReadProgress:
    """Reads the newer of the two files that are whole; nothing is done yet where there is none."""
    found, damaged = CourseProgress(), dict[Path, str]()
    for name in (FILE, COPY):
        path = files.state / name
        try:
            one = _read(path)
        except ValueError as error:
            damaged[path] = str(error)
        else:
            found = one if one is not None and one.revision > found.revision else found
    return ReadProgress(found, damaged)


def add_note(files: OutputFiles, lesson: str, note: LessonProgress) -> ReadProgress:
    """Adds what is new of a lesson to what stands in the file by now, and sets a damaged file aside.

    Returns: all progress, and what was damaged.  Raises: OutputError where it cannot be written.
    """
    with _locked(files):
        before = read_progress(files)
        known = before.progress.lessons
        after = known.get(lesson, LessonProgress()).with_note(note)
        others = {name: one for name, one in known.items() if name != lesson}
        kept = sorted(others, key=lambda name: others[name].last)[-(MOST_LESSONS - 1) :]
        lessons = {**{name: others[name] for name in others if name in set(kept)}, lesson: after}
        return ReadProgress(_write(files, before, lessons), before.damaged)


def reset_progress(files: OutputFiles) -> Path | None:
    """Begins the course anew.  Returns: where what was there is kept; None where there was nothing.

    Raises: OutputError where it cannot be written.
    """
    with _locked(files):
        before = read_progress(files)
        if not before.progress.lessons:
            return None
        kept = free_path(files.state, "progress-before", ".json")
        files.write(kept, _encoded(before.progress), CONSEQUENCE)
        _write(files, before, {})
        return kept


@contextmanager
def _locked(files: OutputFiles) -> Iterator[None]:
    files.make_folder(files.state, CONSEQUENCE)
    with files.locked(files.state / LOCK, CONSEQUENCE):
        yield


def _write(files: OutputFiles, before: ReadProgress, lessons: dict[str, LessonProgress]) -> CourseProgress:
    for path in before.damaged:
        files.set_aside(path, f"{path.stem}-damaged")
    after = CourseProgress(before.progress.revision + 1, lessons)
    content = _encoded(after)
    for name in (FILE, COPY):
        files.write(files.state / name, content, CONSEQUENCE)
    files.remove_unfinished(files.state)
    return after


def _encoded(progress: CourseProgress) -> bytes:
    content = msgspec.to_builtins(progress, str_keys=True)
    table = {"format": FORMAT, "checksum": _checksum(progress), **content}
    return msgspec.json.format(msgspec.json.encode(table), indent=1) + b"\n"


def _checksum(progress: CourseProgress) -> int:
    return zlib.crc32(msgspec.json.encode(progress))


def _read(path: Path) -> CourseProgress | None:
    """The progress in a file; None where there is no file.  Raises: ValueError saying what is wrong with it."""
    try:
        if path.exists() and not path.is_file():
            raise ValueError("is no file")
        with path.open("rb") as file:
            content = file.read(LARGEST + 1)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise ValueError(f"cannot be read: {error.strerror}") from None
    if len(content) > LARGEST:
        raise ValueError(f"is larger than {LARGEST:,} bytes")
    try:
        table = msgspec.json.decode(content, type=dict[str, Any])
        form, checksum = table.pop("format", None), table.pop("checksum", None)
        progress = msgspec.convert(table, CourseProgress, str_keys=True)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise ValueError("is damaged") from None
    if form != FORMAT:
        raise ValueError(f"is no file of format {FORMAT}")
    if checksum != _checksum(progress):
        raise ValueError("is damaged (its checksum is another)")
    return progress
