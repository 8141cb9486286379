"""What stands beside the course: the lesson under the cursor, what else there is to open, and the words so far."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text
from textual.screen import Screen
from textual.widgets import Static

from nnsim.lessons.course import Course, CourseLesson, Group
from nnsim.serve.served_folder import ServedFolder
from screens.widgets.course_list import Row
from screens.widgets.lead_preview import LeadPicture

if TYPE_CHECKING:
    from nnsim.lessons.glossary import Glossary


class CourseDetails:
    """Fills the boxes of home that follow the cursor.  Args: screen: whose boxes (`home_widgets`)."""

    def __init__(self, screen: Screen[None]) -> None:
        self._screen = screen
        self._glossary: Glossary | None = None

    def show(self, course: Course, row: Row | None, recordings: int, served: ServedFolder | None) -> None:
        """Says what the cursor is on, and draws its picture soon.

        Args:
            row: the line of the course that the cursor is on.
            recordings: how many there are.
            served: the folder that home is of, where it is served.
        """
        box = self._screen.query_one("#next")
        about, below = self._screen.query_one("#about", Static), self._screen.query_one("#below", Static)
        picture = self._screen.query_one("#picture", LeadPicture)
        width = max(box.content_region.width, 20)
        if self._screen.has_class("-recordings") or row is None:
            box.border_title = "Recordings"
            back = "\nR goes back to the lessons." if served is None or served.training else ""
            about.update(Text(f"enter replays a recording.{back}"))
            below.update("")
            picture.show(None)
        elif row.lesson is None:
            self._show_group(course, row, width)
        else:
            self._show_lesson(course, row.lesson, width)
        self.show_elsewhere(course, row, recordings, served)

    def show_elsewhere(self, course: Course, row: Row | None, recordings: int, served: ServedFolder | None) -> None:
        """Says what else there is to open and, where there is room, which words were met."""
        from screens.widgets.lesson_preview import explained, learned_lines, words_of

        tour, table = ("t", "the keys, in three minutes"), ("o", "your own table (a CSV file)")
        listed = ("R", f"recordings: {recordings}")
        rows = [tour, table, listed] if served is None else [tour, listed] if served.training else []
        rows.append(("?", "all keys"))
        lines = [Text.assemble((key, "bold"), f"  {told}") for key, told in rows]
        self._screen.query_one("#other-keys", Static).update(Text("\n").join(lines))
        if self._screen.has_class("-wide"):
            region = self._screen.query_one("#words").content_region
            room = max(region.width, 20), max(region.height, 5)
            lines = learned_lines(course, self._words_known, *room)
            self._screen.query_one("#words").border_title = "Words so far" if lines else "Words on the way"
            if not lines and row is not None and row.lesson is not None:
                lines = explained(words_of(row.lesson, self._words_known), *room)
            self._screen.query_one("#learned", Static).update(Text("\n").join(lines))

    def _show_group(self, course: Course, row: Row, width: int) -> None:
        from screens.widgets.lesson_preview import group_lines, short_group_lines

        group = next((one for one in course.groups if one.title == row.group), Group(row.group, ()))
        self._screen.query_one("#next").border_title = "Group"
        lines_of = short_group_lines if self._screen.has_class("-stacked") else group_lines
        self._screen.query_one("#about", Static).update(Text("\n").join(lines_of(group, width)))
        self._screen.query_one("#below", Static).update("")
        self._screen.query_one("#picture", LeadPicture).show(None)

    def _show_lesson(self, course: Course, lesson: CourseLesson, width: int) -> None:
        from screens.widgets.lesson_preview import closing_lines, opening_lines, short_lines, words_of

        is_next = course.next is not None and lesson.key == course.next.key
        self._screen.query_one("#next").border_title = "Next" if is_next else "Lesson"
        about, below = self._screen.query_one("#about", Static), self._screen.query_one("#below", Static)
        picture = self._screen.query_one("#picture", LeadPicture)
        picture.display = not self._screen.has_class("-stacked")
        if self._screen.has_class("-stacked"):
            about.update(Text("\n").join(short_lines(lesson, width)))
            below.update("")
            return
        words = words_of(lesson, self._words_known)
        about.update(Text("\n").join(opening_lines(lesson, width)))
        below.update(Text("\n").join(closing_lines(course, lesson, words, width)))
        picture.show(None if lesson.fault else lesson.entry.path, lesson.page - 1)

    @property
    def _words_known(self) -> Glossary:
        if self._glossary is None:
            from nnsim.lessons.glossary import read_glossary

            self._glossary = read_glossary()
        return self._glossary
