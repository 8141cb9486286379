"""The course: the scenarios in their order and groups, with what each lesson holds, and how far a person has come.

The order and the groups are those of the scenarios' own keys `order` and `group`, of nnsim's scenarios and of a
person's own alike.
"""

import tomllib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import scenarios
from nnsim.errors import NnsimError, ScenarioError
from nnsim.output_files import OutputFiles
from nnsim.scenario.catalog import SUFFIX, Entry, entries, read_entry
from nnsim.scenario.language import translated_scenario
from nnsim.text import clean, clean_line

if TYPE_CHECKING:  # home shows the names before anything else is imported
    from nnsim.lessons.progress import CourseProgress, LessonProgress

OWN_GROUP = "Your own"
MOST_OWN = 300  # files of a folder
MAX_BYTES = 1_000_000
WORDS_A_MINUTE = 110  # of a text in which every sentence is looked at on the screen
LEAST_S = 30.0  # that somebody spends who reads a lesson
QUESTION_MINUTES, CHALLENGE_MINUTES = 1, 3


def next_scenario(name: str, language: str = "") -> Entry | None:
    """The scenario that follows one of nnsim's own in the course; None behind the last, and for any other."""
    found = entries(language)
    places = [index for index, one in enumerate(found) if one.name == name]
    return found[places[0] + 1] if places and places[0] + 1 < len(found) else None


def lesson_key(name: str, folder: Path | None) -> str:
    """The name of a lesson in the progress: of one of nnsim's own its name, of another one its file."""
    return name if folder is None or folder == scenarios.FOLDER else str(folder.absolute() / f"{name}{SUFFIX}")


@dataclass(frozen=True)
class CourseLesson:
    """A scenario of the course.

    Args: key: its name in the progress. pages: how many parts there are. questions, challenges: the parts that are
    one, from 1. texts: of the pages, in Markdown. fault: why its file cannot be read.
    """

    entry: Entry
    key: str
    pages: int = 0
    questions: tuple[int, ...] = ()
    challenges: tuple[int, ...] = ()
    texts: tuple[str, ...] = ()
    fault: str = ""
    progress: "LessonProgress | None" = None

    @property
    def answered(self) -> int:
        """How many questions are answered."""
        return len(self._found(self.questions, self.progress.answers if self.progress else ()))

    @property
    def right(self) -> int:
        """How many of them rightly."""
        given = self.progress.answers if self.progress else {}
        return sum(given[part].right is True for part in self._found(self.questions, given))

    @property
    def reached(self) -> int:
        """How many challenges are reached."""
        return len(self._found(self.challenges, self.progress.reached if self.progress else ()))

    @staticmethod
    def _found(parts: Sequence[int], among: Iterable[int]) -> list[int]:
        known = set(among)
        return [part for part in parts if part in known]

    @property
    def is_lesson(self) -> bool:
        """Whether it teaches: a scenario without a lesson is listed, and counts for nothing."""
        return bool(self.pages or self.fault)

    @property
    def begun(self) -> bool:
        return self.progress is not None

    @property
    def own_minutes(self) -> int:
        """How long it took, where that is known; else about how long it takes."""
        seconds = self.progress.seconds if self.progress else 0.0
        return max(1, round(seconds / 60)) if self.done and seconds >= LEAST_S else self.minutes

    @property
    def done(self) -> bool:
        """Whether every page was open, up to the last."""
        return self.progress is not None and 0 < self.pages <= self.progress.furthest

    @property
    def page(self) -> int:
        """The page to go on at, from 1: the first of a lesson that is done, or was never open."""
        return 1 if self.progress is None or self.done else min(self.progress.page, max(self.pages, 1))

    @property
    def minutes(self) -> int:
        """About how long the lesson takes, from its texts and tasks."""
        return self._minutes(1)

    @property
    def minutes_left(self) -> int:
        """About how long the rest of it takes, from the page to go on at."""
        return self._minutes(self.page)

    def _minutes(self, first: int) -> int:
        words = sum(len(text.split()) for text in self.texts[first - 1 :])
        asked, set_ = (sum(part >= first for part in parts) for parts in (self.questions, self.challenges))
        return max(1, round(words / WORDS_A_MINUTE + asked * QUESTION_MINUTES + set_ * CHALLENGE_MINUTES))


@dataclass(frozen=True)
class Group:
    """The lessons under one heading, in their order."""

    title: str
    lessons: tuple[CourseLesson, ...]

    @property
    def done(self) -> int:
        return sum(one.done for one in self.lessons)

    @property
    def count(self) -> int:
        """How many of them are lessons, and not scenarios alone."""
        return sum(one.is_lesson for one in self.lessons)

    @property
    def minutes(self) -> int:
        return sum(one.own_minutes for one in self.lessons if one.is_lesson)


@dataclass(frozen=True)
class Course:
    """All lessons.  Args: complaints: what is wrong with files of a person, a line each."""

    lessons: tuple[CourseLesson, ...]
    complaints: tuple[str, ...] = ()

    @property
    def groups(self) -> tuple[Group, ...]:
        """The groups in the order of their first lessons."""
        found: dict[str, list[CourseLesson]] = {}
        for one in self.lessons:
            found.setdefault(one.entry.group, []).append(one)
        return tuple(Group(title, tuple(lessons)) for title, lessons in found.items())

    @property
    def done(self) -> int:
        return sum(one.done for one in self.lessons)

    @property
    def count(self) -> int:
        """How many lessons there are."""
        return sum(one.is_lesson for one in self.lessons)

    @property
    def seconds(self) -> float:
        """That were spent on all lessons."""
        return sum(one.progress.seconds for one in self.lessons if one.progress)

    @property
    def next(self) -> CourseLesson | None:
        """The lesson to go on with: the one that was open last until it is done, then the one behind it, and so on.

        None where all are done.
        """
        open_last = max(
            (index for index, one in enumerate(self.lessons) if one.progress),
            key=lambda index: self.lessons[index].progress.last,  # type: ignore[union-attr]  # has one, see above
            default=0,
        )
        from_there = [*self.lessons[open_last:], *self.lessons[:open_last]]
        return next((one for one in from_there if one.pages and not one.done and not one.fault), None)


def named_course(language: str = "") -> Course:
    """The names of nnsim's own lessons, without what they hold and without progress: that takes no time."""
    return Course(tuple(CourseLesson(one, one.name) for one in entries(language)))


def read_course(
    files: OutputFiles, folder: Path | None = None, listed: Iterable[Path] | None = None, language: str = ""
) -> Course:
    """Reads the course of a person.

    Args: folder: whose scenarios are listed beside nnsim's own, and those of the folder that the configuration
    names; the current folder by default. listed: in place of all these, the files that a server lets be seen.
    language: of titles and summaries, where they are translated.
    Raises: ScenarioError where a file of nnsim's own is damaged.
    """
    from nnsim.configuration import read_configuration
    from nnsim.lessons.progress import read_progress

    complaints: list[str] = []
    if listed is None:
        folders = [folder or Path.cwd()]
        try:
            configured = read_configuration(files).scenarios_folder(files)
        except NnsimError as error:
            complaints.append(str(error))
        else:
            folders += [configured] if configured is not None else []
        listed = [path for one in dict.fromkeys(map(Path.absolute, folders)) for path in own_files(one)]
    read = read_progress(files)
    complaints += [read.complaint] if read.complaint else []
    own = own_entries(listed, language)
    ordered = sorted([*entries(language), *own], key=lambda one: (one.order, one.name))
    return Course(tuple(_lesson(one, read.progress) for one in ordered), tuple(complaints))


def own_files(folder: Path) -> list[Path]:
    """The TOML files of a folder; none of nnsim's own."""
    if folder == scenarios.FOLDER:
        return []
    try:
        found = sorted(path for path in folder.glob(f"*{SUFFIX}") if path.is_file())
        return [path for path in found if translated_scenario(path) is None][:MOST_OWN]
    except OSError:
        return []


def own_entries(paths: Iterable[Path], language: str = "") -> Iterator[Entry]:
    """The scenarios among these files; other TOML files, which have no title and summary, are none."""
    for path in paths:
        try:
            entry = read_entry(path, language)
        except ScenarioError:
            continue
        yield entry._replace(group=entry.group or OWN_GROUP)


def _lesson(entry: Entry, progress: "CourseProgress") -> CourseLesson:
    key = lesson_key(entry.path.stem, entry.path.parent)
    known = progress.lessons.get(key)
    try:
        parts = _parts(entry.path)
    except ValueError as error:
        return CourseLesson(entry, key, fault=clean_line(str(error)), progress=known)
    texts = tuple(clean("\n\n".join(filter(None, (_text(one, "text"), _text(one, "why"))))) for one in parts)
    questions, challenges = (
        tuple(number for number, one in enumerate(parts, start=1) if _text(one, name)) for name in ("ask", "goal")
    )
    return CourseLesson(entry, key, len(parts), questions, challenges, texts, progress=known)


def _parts(path: Path) -> list[dict[str, Any]]:
    """The tables of a lesson.  Raises: ValueError where the file is no TOML of an allowed size."""
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise ValueError(f"cannot be read: {error.strerror}") from None
    if len(content) > MAX_BYTES:
        raise ValueError(f"is larger than {MAX_BYTES:,} bytes")
    try:
        lesson = tomllib.loads(content.decode("utf-8")).get("lesson", [])
    except RecursionError:
        raise ValueError("is nested too deeply") from None
    if isinstance(lesson, dict):
        from nnsim.scenario.lesson_schema import sections

        text = _text(lesson, "text")
        return [{"text": one} for one in sections(text)]
    return [one for one in lesson if isinstance(one, dict)] if isinstance(lesson, list) else []


def _text(table: dict[str, Any], key: str) -> str:
    value = table.get(key)
    return value if isinstance(value, str) else ""
