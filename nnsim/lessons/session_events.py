"""What happened in the runs of a session, in a list to go through: answers, challenges, forks, settings, marks."""

from collections.abc import Iterator, Mapping

from msgspec import Struct

from nnsim.lessons.answers import asked_of, step_at
from nnsim.lessons.challenges import reached
from nnsim.scenario.lesson_schema import GivenAnswer
from nnsim.session.view import Capability, TrackView, View
from nnsim.timeline import Timeline

MOST = 500  # events: more are none that a person reads
VERDICTS = {None: "not revealed", True: "right", False: "wrong"}


class SessionEvent(Struct, frozen=True):
    """Something that happened.

    Args: track: the index of its run. step: of that run, behind which it is seen. text: what happened, in a
    line. page: the part of the lesson that it belongs to, from 0; None for none.
    """

    track: int
    step: int
    text: str
    page: int | None = None


def session_events(view: View, answers: Mapping[int, GivenAnswer]) -> list[SessionEvent]:
    """The events of all runs, the answers first, and the others in the order of their steps.

    Args: answers: what was given to the parts of the lesson, from 1.
    """
    given = [one for part in sorted(answers) if (one := _given(view, answers[part])) is not None]
    others = [one for index, track in enumerate(view.tracks) for one in _of_run(index, track)]
    others.sort(key=lambda one: (one.step / view.tracks[one.track].log.steps_per_epoch, one.track))
    unique: dict[tuple[int, str], SessionEvent] = {}
    for one in others:
        unique.setdefault((one.step, one.text), one)  # a fork has the marks of the run that it left
    return [*given, *unique.values()][:MOST]


def _given(view: View, answer: GivenAnswer) -> SessionEvent | None:
    """An answer, at the place that its question is about; a challenge, where it was reached."""
    if not any(Capability.SETTINGS in one.capabilities for one in view.tracks):
        return None
    parts = view.scenario.lesson.parts
    if answer.part > len(parts):
        return None
    page, part = answer.part - 1, parts[answer.part - 1]
    if part.question is not None:
        at = asked_of(view)
        step = step_at(at.focused, part.question.at)
        text = f"answer to part {answer.part}: {answer.answer}, {VERDICTS[answer.right]}"
        return SessionEvent(at.focus, min(step or 0, at.focused.log.length), text, page)
    if part.challenge is not None:
        whole = view.at(view.end)
        for index, track in enumerate(whole.tracks):
            found = reached(whole, track, part)
            if found is not None:
                step = min(found.epoch * track.log.steps_per_epoch, track.log.length)
                return SessionEvent(index, step, f"challenge of part {answer.part} reached: {answer.answer}", page)
    return None


def _of_run(index: int, track: TrackView) -> Iterator[SessionEvent]:
    log = track.log
    if isinstance(log, Timeline) and log.fork_step is not None:
        yield SessionEvent(index, log.fork_step, f"fork: {log.name}")
    for one in log.marks:
        yield SessionEvent(index, one.step, f"{one.kind}: {one.text}")
