"""`nnsim learn`: goes on with the course where a person has left it, or begins it anew."""

import sys

from nnsim.cli.environment import reading_language
from nnsim.cli.output import complain, is_terminal, say
from nnsim.errors import NnsimError
from nnsim.lessons.course import Course, read_course
from nnsim.output_files import OutputFiles
from nnsim.text import count, printable_path


def learn(files: OutputFiles, plain: bool, student: str, theme: str | None = None) -> int:
    """Opens the next lesson at the page where it was left, with the course behind it.  Returns: the exit status."""
    course = read_course(files, language=reading_language(files))
    if plain:
        return _learn_plain(course, files, student)
    from nnsim.cli.open import show_home, show_lesson

    if course.next is None:  # all are done: choose
        return show_home(files, theme)
    return show_lesson(course.next.entry.path, files, student, theme)


def _learn_plain(course: Course, files: OutputFiles, student: str) -> int:
    from nnsim.cli.plain import converse_about
    from nnsim.lessons.progress_notes import session_of_lesson
    from nnsim.narration.describe_course import standing

    if course.next is None:
        say("\n".join(standing(course)))
        return 0
    session = session_of_lesson(course.next.entry.path, files, student, reading_language(files))
    return converse_about(session, files, standing(course))


def reset(files: OutputFiles, sure: bool) -> int:
    """Begins the course anew, after a question unless `sure`.  Returns: the exit status.  Raises: NnsimError."""
    from nnsim.lessons.progress import read_progress, reset_progress

    files.check()
    read = read_progress(files)
    if read.complaint:
        complain(read.complaint)
    begun = len(read.progress.lessons)
    if not begun:
        say("nothing is begun: there is no progress")
        return 0
    if not sure and not _agrees(f"Forget the progress in {count(begun, 'lesson')}? y or n: "):
        say("the progress stays as it is")
        return 0
    kept = reset_progress(files)
    say(f"the course begins anew; what was there is kept in {printable_path(kept)}" if kept else "nothing is begun")
    return 0


def _agrees(question: str) -> bool:
    if not is_terminal(sys.stdin):
        raise NnsimError("--reset: asks, and standard input is no terminal (allowed: --reset --yes)")
    say(question, end="")
    return sys.stdin.readline(100).strip().lower() in ("y", "yes")
