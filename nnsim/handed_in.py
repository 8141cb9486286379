"""What a learner hands in: whether the runs of a recording bear out the answers that stand in it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from nnsim.learner import reached
from nnsim.lesson import LETTERS, Given, Part, Question
from nnsim.places import Position
from nnsim.reveal import Reveal, uncover
from nnsim.session import Session
from nnsim.text import clean_line
from nnsim.timeline import Cursor, Timeline

MOST_TRAINED = 100_000  # steps of the scenario as it stands that are trained for a question


@dataclass(frozen=True)
class Borne:
    """Whether an answer is borne out: None where neither the runs nor the scenario say anything of it."""

    given: Given
    out: bool | None
    told: str


def borne_out(timelines: Sequence[Timeline], answers: Sequence[Given]) -> Iterator[Borne]:
    """Hold each answer against the lesson and against what the runs have come to.

    What was predicted, and with how many hints, is a person's word; whether it is right is not. A question may have
    been answered beside runs that were begun again since, so the scenario as it stands is asked as well.
    """
    if not answers:
        return
    session = Session.of_timelines(timelines)
    parts = session.scenario.lesson.parts
    for given in answers:
        part = parts[given.part - 1] if given.part <= len(parts) else Part("")
        yield _held(session, part, given)


def _held(session: Session, part: Part, given: Given) -> Borne:
    if part.question is not None and given.asked == clean_line(part.question.ask, 1000):
        return _question(session, part.question, given)
    if part.challenge is not None:
        within = f" within {part.challenge.within:,} epochs" if part.challenge.within else ""
        if given.asked == clean_line(f"{part.challenge.goal.text}{within}", 1000):
            return _challenge(session, part, given)
    return Borne(given, False, "the lesson asks nothing like it there")


def _question(session: Session, question: Question, given: Given) -> Borne:
    choices = [clean_line(f"{LETTERS[at]}: {one}", 1000) for at, one in enumerate(question.choices)]
    if given.answer not in choices:
        return Borne(given, False, "it is none of the choices")
    if given.right is None:
        return Borne(given, None, "it was not revealed")
    choice = choices.index(given.answer)
    found: list[Reveal] = []
    for revealed in _revealed(session, question):
        found.append(revealed)
        if (revealed.right == choice) == given.right:
            return Borne(given, True, revealed.told)
    if not found:
        return Borne(given, None, "no run gets to where it is revealed")
    return Borne(given, False, f"it is {'wrong' if given.right else 'right'}: {found[0].told}")


def _revealed(session: Session, question: Question) -> Iterator[Reveal]:
    """What is right beside each recorded run, and beside those of the scenario as it stands."""
    yield from _beside(session, question)
    plain = Session.of_scenario(session.scenario)
    for track in plain.tracks:
        at, last = question.at, track.last_step
        if isinstance(at, Position) and at.unit != "%":
            last = min(last, int(at.number) * (track.timeline.steps_per_epoch if at.unit == "epoch" else 1))
        if last > MOST_TRAINED or track.run is None:
            return
        track.run.advance_to(last)
    yield from _beside(plain, question)


def _beside(session: Session, question: Question) -> Iterator[Reveal]:
    for index in _each_at_its_end(session):
        session.focus = index
        if (found := uncover(session, question)) is not None:
            yield found


def _challenge(session: Session, part: Part, given: Given) -> Borne:
    for index in _each_at_its_end(session):
        if (found := reached(session, session.tracks[index], part)) is not None:
            return Borne(given, True, found.told)
    return Borne(given, None, "no run of the recording reaches it")


def _each_at_its_end(session: Session) -> Iterator[int]:
    """The numbers of the runs, each while it has the focus and the cursor is at its newest step."""
    for index, track in enumerate(session.tracks):
        session.focus = index
        session.cursor = session.goal = Cursor(track.timeline.length)
        yield index
