"""`nnsim open --plain`: a conversation on standard input and output, with or without a terminal."""

import io
import signal
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from types import FrameType

from nnsim.cli.environment import reading_language
from nnsim.cli.output import is_terminal, say
from nnsim.cli.task_options import TaskOptions
from nnsim.narration.console import Conversation
from nnsim.output_files import OutputFiles
from nnsim.scenario.translation import in_language
from nnsim.session.session import Session

LONGEST_LINE = 10_000


def converse(options: TaskOptions, files: OutputFiles) -> int:
    """Answers lines about a scenario until they end, or one says quit.  Returns: the exit status."""
    task = options.task()
    scenario, complaint = in_language(task.scenario, reading_language(files))
    session = Session.of_scenario(scenario, options.variant, task.settings, options.student)
    if complaint:
        session.notices.post(complaint)
    return converse_about(session, files, task.told(session.view.focused.timeline.plan).notice)


def converse_about(session: Session, files: OutputFiles, first: Iterable[str] = ()) -> int:
    """Answers lines about a session likewise.  Args: first: sentences said before the greeting."""
    if isinstance(sys.stdin, io.TextIOWrapper):
        sys.stdin.reconfigure(errors="replace")  # a line that is no text is no command, and no reason to fail
    caught: list[int] = []
    talk = Conversation(session, stopping=lambda: bool(caught), files=files)
    for sentence in (*first, *talk.greeting(), session.notices.take()):
        if sentence:
            say(sentence)
    while not talk.over:
        line = _line()
        if not line:
            break
        with _interrupts(caught):
            for sentence in talk.answer(line.strip()):
                say(sentence)
    for sentence in talk.finish():
        say(sentence)
    return 0


def _line() -> str:
    if sys.stdin is None:
        return ""
    if is_terminal(sys.stdin) and is_terminal(sys.stdout):
        # No line editing of Python's own: it would move the cursor.
        sys.stdout.write("> ")
        sys.stdout.flush()
    return sys.stdin.readline(LONGEST_LINE)


@contextmanager
def _interrupts(caught: list[int]) -> Iterator[None]:
    """While a command is carried out, Ctrl-C asks it to stop between two steps, and no more."""

    def catch(number: int, frame: FrameType | None) -> None:
        caught.append(number)

    caught.clear()
    before = signal.signal(signal.SIGINT, catch)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
