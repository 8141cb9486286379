"""The rows of the course: groups that fold, and their lessons with what is answered, reached, and the time."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from rich.cells import cell_len, set_cell_size
from rich.text import Text

from nnsim.lessons.course import CourseLesson, Group

DONE, BEGUN, OPEN, FAULTY = "✓", "◐", "·", "!"
REACHED, NOT_REACHED = "★", "☆"
UNFOLDED, FOLDED = "▾", "▸"
COLUMNS = (("answered", 8), ("goal", 5), ("time", 7))
LEAST_TITLE = 26  # columns: what has less room names no figures


@dataclass(frozen=True)
class Row:
    """A line of the list.  Args: lesson: None in the line of a group. stops: whether the cursor stops there."""

    text: Text
    group: str
    lesson: CourseLesson | None = None
    stops: bool = True


def course_rows(groups: Iterable[Group], unfolded: Collection[str], width: int, current: str = "") -> list[Row]:
    """The lines of the list.

    Args: unfolded: the groups whose lessons are shown. width: in cells. current: the key of the next lesson.
    """
    found = []
    for group in groups:
        is_open = group.title in unfolded
        found.append(Row(_group_line(group, is_open, width), group.title, stops=not is_open))
        for lesson in group.lessons if is_open else ():
            found.append(Row(_lesson_line(lesson, width, lesson.key == current), group.title, lesson))
        if is_open:
            found.append(Row(Text(), group.title, stops=False))
    return found[:-1] if found and not found[-1].text else found


def heads(width: int) -> str:
    """The heads of the columns; empty where there is no room for them."""
    return _joined("", [name for name, _ in COLUMNS], width) if _has_columns(width) else ""


def fitting_groups(groups: Sequence[Group], current: str, height: int) -> frozenset[str]:
    """The groups to unfold: that of the lesson which is next, and those behind it as far as there are lines."""
    here = next((at for at, one in enumerate(groups) if any(each.key == current for each in one.lessons)), 0)
    taken, found = len(groups), list[str]()
    for group in groups[here:]:
        taken += len(group.lessons) + (group is not groups[-1])  # a blank line behind each but the last
        if found and taken > height:
            break
        found.append(group.title)
    return frozenset(found)


def matching(groups: Iterable[Group], words: str) -> list[Group]:
    """The groups with the lessons in whose name, title, summary or group all of these words stand."""
    wanted = words.lower().split()
    found: list[Group] = []
    for group in groups:
        lessons = [one for one in group.lessons if all(word in _searched(one) for word in wanted)]
        found += [Group(group.title, tuple(lessons))] if lessons else []
    return found


def _searched(lesson: CourseLesson) -> str:
    entry = lesson.entry
    return f"{entry.name} {entry.title} {entry.summary} {entry.group}".lower()


def _has_columns(width: int) -> bool:
    return width >= LEAST_TITLE + sum(room for _, room in COLUMNS)


def _group_line(group: Group, is_open: bool, width: int) -> Text:
    left = f" {UNFOLDED if is_open else FOLDED} {group.title}"
    if not any(one.pages for one in group.lessons):
        return Text(_joined(left, [], width))
    done = f"{group.done} of {group.count}"
    return Text(_joined(left, [done, "", f"{group.minutes} min"], width))


def _lesson_line(lesson: CourseLesson, width: int, is_current: bool) -> Text:
    mark = FAULTY if lesson.fault else DONE if lesson.done else BEGUN if lesson.begun else OPEN
    left = f"   {mark if lesson.pages or lesson.fault else ' '} {lesson.entry.title}"
    cells = []
    if lesson.pages:
        answered = f"{lesson.answered}/{len(lesson.questions)}" if lesson.questions else ""
        whole = lesson.challenges and lesson.reached == len(lesson.challenges)
        goal = (REACHED if whole else NOT_REACHED) if lesson.challenges else ""
        cells = [answered, goal, f"{lesson.own_minutes} min"]
    return Text(_joined(left, cells, width), "bold" if is_current else "")


def _joined(left: str, cells: Sequence[str], width: int) -> str:
    """A line of a title and the cells of the columns, each at the right of its own."""
    if not cells or not _has_columns(width):
        return _cut(left, width)
    right = "".join(f"{cell:>{room}}" for cell, (_, room) in zip(cells, COLUMNS, strict=True))
    return f"{_cut(left, width - len(right) - 1)}{right} "


def _cut(text: str, width: int) -> str:
    return set_cell_size(text if cell_len(text) <= width else f"{set_cell_size(text, max(width - 1, 0))}…", width)
