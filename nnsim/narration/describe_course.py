"""The course in sentences: what is done, answered and reached, and what is next."""

from collections.abc import Iterator

from nnsim.lessons.course import Course, CourseLesson, Group
from nnsim.text import count


def standing(course: Course) -> Iterator[str]:
    """Where a person stands."""
    yield f"{progress(course)}."
    if course.next is not None:
        yield going_on(course.next)
    else:
        yield "All lessons are done."
    for one in course.complaints:
        yield f"{one[:1].upper()}{one[1:]}."


def progress(course: Course) -> str:
    """`2 of 33 lessons done · 8 minutes so far`."""
    told = f"{course.done} of {count(course.count, 'lesson')} done"
    minutes = round(course.seconds / 60)
    return f"{told} · {count(minutes, 'minute')} so far" if minutes else told


def going_on(lesson: CourseLesson) -> str:
    """What is next, and about how long it takes."""
    about = f"about {count(lesson.minutes_left, 'minute')}"
    if lesson.begun and lesson.page > 1:
        where = f"where you stopped on page {lesson.page} of {lesson.pages}"
        return f"Next: {lesson.entry.title}, {where}; {about} more."
    return f"Next: {lesson.entry.title}; {about}."


def groups(course: Course) -> Iterator[str]:
    """A sentence for each group of lessons, and one for each lesson that is begun."""
    for group in course.groups:
        yield f"{group.title}: {_done(group)}."
        for lesson in group.lessons:
            if lesson.begun:
                yield f"{lesson.entry.title}: {standing_of(lesson)}."
            elif lesson.fault:
                yield f"{lesson.entry.name}: {lesson.fault}."


def _done(group: Group) -> str:
    if not group.count:
        return f"{count(len(group.lessons), 'scenario')} without a lesson"
    return f"{group.done} of {count(group.count, 'lesson')} done, about {count(group.minutes, 'minute')}"


def standing_of(lesson: CourseLesson) -> str:
    """How far a person has come in a lesson that is begun."""
    parts = ["done" if lesson.done else f"on page {lesson.page} of {lesson.pages}"]
    if lesson.questions:
        right = f", {lesson.right} right" if lesson.answered else ""
        parts.append(f"{lesson.answered} of {count(len(lesson.questions), 'question')} answered{right}")
    if lesson.challenges:
        parts.append(f"{lesson.reached} of {count(len(lesson.challenges), 'challenge')} reached")
    return ", ".join(parts)
