"""What home says of a lesson: what it is about, how far one has come, what to press, and the words on the way."""

from collections.abc import Sequence

from rich.text import Text

from nnsim.lessons.course import Course, CourseLesson, Group
from nnsim.lessons.glossary import Glossary, GlossaryTerm
from nnsim.text import count
from screens.widgets.markdown import wrapped

MOST_WORDS = 12  # of a lesson that are named


def state_of(lesson: CourseLesson) -> str:
    """How far one has come in a lesson, or what it holds."""
    if lesson.fault:
        return f"Its file is not correct: {lesson.fault}."
    if not lesson.pages:
        return "It has no lesson."
    if not lesson.begun:
        parts = [count(lesson.pages, "page"), count(len(lesson.questions), "question")]
        parts += [count(len(lesson.challenges), "challenge")] if lesson.challenges else []
        return f"{', '.join(parts)}. About {count(lesson.minutes, 'minute')}."
    told = ""
    if lesson.questions:
        right = f", {lesson.right} right" if lesson.answered else ""
        told += f" {lesson.answered} of {count(len(lesson.questions), 'question')} answered{right}."
    if lesson.challenges:
        told += f" {lesson.reached} of {count(len(lesson.challenges), 'challenge')} reached."
    if lesson.done:
        return f"Done, in {count(lesson.own_minutes, 'minute')}.{told}"
    where = f"You stopped on page {lesson.page} of {lesson.pages}."
    return f"{where}{told} About {count(lesson.minutes_left, 'minute')} more."


def press(lesson: CourseLesson) -> str:
    """What enter does."""
    if lesson.fault:
        return "says what is wrong"
    if not lesson.pages:
        return "open it"
    return "read it again" if lesson.done else "go on there" if lesson.begun and lesson.page > 1 else "begin"


def opening_lines(lesson: CourseLesson, width: int) -> list[Text]:
    """What stands above the picture."""
    summary = lesson.entry.summary
    found = [
        *wrapped(Text(lesson.entry.title.upper(), "bold"), width),
        Text(),
        *wrapped(Text(summary if summary.endswith((".", "?", "!")) else f"{summary}."), width),
    ]
    if state := state_of(lesson):
        found += [Text(), *wrapped(Text(state, "bold red" if lesson.fault else ""), width)]
    return found


def closing_lines(course: Course, lesson: CourseLesson, words: Sequence[GlossaryTerm], width: int) -> list[Text]:
    """What stands below the picture: the key, the words on the way, and what comes after it."""
    found = [Text(), Text.assemble(("enter", "bold"), f"  {press(lesson)}")]
    if not any(one.begun for one in course.lessons):
        found.append(Text.assemble(("t", "bold"), "      the keys, in three minutes"))
    if words:
        named = ", ".join(one.name for one in words[:MOST_WORDS])
        found += [Text(), Text("words on the way", "dim"), *wrapped(Text(named), width)]
    if (after := _after(course, lesson)) is not None:
        found += [Text(), Text("after it", "dim"), *wrapped(Text(f"{after.entry.title}."), width)]
    return found


def short_lines(lesson: CourseLesson, width: int) -> list[Text]:
    """All of it in four lines: the summary has two."""
    title = Text(lesson.entry.title.upper(), "bold", no_wrap=True, overflow="ellipsis")
    summary = wrapped(Text(lesson.entry.summary), width)[:2]
    last = Text.assemble(("enter", "bold"), f" {press(lesson)} · ", (state_of(lesson), "dim"))
    last.no_wrap, last.overflow = True, "ellipsis"
    for one in (title, last):
        one.truncate(width, overflow="ellipsis")
    return [title, *summary, last]


def group_lines(group: Group, width: int) -> list[Text]:
    """What stands in place of a lesson where the cursor is on a folded group."""
    found = [*wrapped(Text(group.title.upper(), "bold"), width), Text()]
    for one in group.lessons:
        found += wrapped(Text(one.entry.title), width, "  ", "    ")
    return [*found, Text(), Text.assemble(("enter", "bold"), "  unfold")]


def short_group_lines(group: Group, width: int) -> list[Text]:
    """All of that in four lines."""
    names = wrapped(Text(", ".join(one.entry.title for one in group.lessons)), width)[:3]
    return [Text(group.title.upper(), "bold", no_wrap=True, overflow="ellipsis"), *names]


def words_of(lesson: CourseLesson, glossary: Glossary, pages: int | None = None) -> list[GlossaryTerm]:
    """The words that a lesson explains: those that stand first in it, or that it marks.

    Args: pages: how many of its pages are looked at; None is all.
    """
    text = "\n\n".join(lesson.texts[:pages])
    found = {one.name: one for one in glossary.marked_in(text)}
    found.update({one.name: one for one in glossary.found_in(text) if one.first == lesson.key})
    return list(found.values())


def learned_lines(course: Course, glossary: Glossary, width: int, height: int) -> list[Text]:
    """The words met so far with their sentences, the newest first, as many as fit."""
    found: dict[str, GlossaryTerm] = {}
    begun = [one for one in course.lessons if one.progress is not None]
    for lesson in sorted(begun, key=lambda one: -one.progress.last if one.progress else 0.0):
        pages = lesson.progress.furthest if lesson.progress else 0
        for one in reversed(words_of(lesson, glossary, pages)):
            found.setdefault(one.name, one)
    return explained(list(found.values()), width, height)


def explained(words: Sequence[GlossaryTerm], width: int, height: int) -> list[Text]:
    """Words with their sentences, as many as fit."""
    lines: list[Text] = []
    for one in words:
        told = [*wrapped(Text(one.name, "bold"), width), *wrapped(Text(one.sentence), width), Text()]
        if len(lines) + len(told) > height:
            break
        lines += told
    return lines


def _after(course: Course, lesson: CourseLesson) -> CourseLesson | None:
    places = [index for index, one in enumerate(course.lessons) if one.key == lesson.key]
    return course.lessons[places[0] + 1] if places and places[0] + 1 < len(course.lessons) else None
