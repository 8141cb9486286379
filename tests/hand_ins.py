"""Hand-ins as students make them: a lesson gone through with the keys' own means, and saved."""

from pathlib import Path

from nnsim.lessons.answers import uncover
from nnsim.lessons.learner import Learner
from nnsim.lessons.trials import mending
from nnsim.recording import Facts, save
from nnsim.scenario.scenario import Scenario, parse_scenario
from nnsim.scenario.student import personal_settings
from nnsim.session.session import Session
from nnsim.timeline import Cursor

LESSON = """title = "Two rates"
summary = "A small lesson with two questions and a challenge"

[data]
kind = "parity"
bits = 2

[model]
hidden = [3]

[schedule]
rate = 1.0

[train]
epochs = 200

[[variants]]
name = "slow"

[[variants]]
name = "fast"
set = { "schedule.rate" = 5.0 }

[[lesson]]
text = "# Two rates"

[[lesson]]
ask = "Is the loss below 0.24 in epoch 200?"
choices = ["yes", "no"]
answer = "loss<0.24"
at = "200"

[[lesson]]
ask = "Which run has the lower loss at the end?"
choices = ["slow", "fast"]
answer = "lowest loss"
at = "200"

[[lesson]]
goal = "loss<0.05"
within = 200
run = "slow"
using = ["schedule.rate", "random.seed"]
hints = ["Steps may be larger.", "Try `schedule.rate = 10`."]
"""
LAST_HINT = {"schedule.rate": 10.0}


def class_lesson(text: str = LESSON, name: str = "class") -> Scenario:
    return parse_scenario(text, name=name, source=f"{name}.toml")


PERSONAL = LESSON.replace("\n[data]", "personal = true\n\n[data]", 1)


def go(session: Session, learner: Learner, epoch: int) -> None:
    """Train all runs up to an epoch, and let the learner look."""
    session.motion.head_for(Cursor(epoch * session.view.steps_per_epoch))
    while (track := session.training.lagging()) is not None:
        session.training.train(track, 4096)
    look(session, learner)


def look(session: Session, learner: Learner) -> None:
    learner.look(session.view)
    if (noted := learner.take_progress()) is not None:
        session.saving.note_progress(*noted)


def right_choices(scenario: Scenario, student: str = "", settings: dict | None = None) -> dict[int, int]:
    """The right choice of each question, by its page from 0, beside all runs of a scenario at their ends."""
    session = Session.of_scenario(scenario, settings=settings, student=student)
    last = max((int(one.question.at.number) for one in scenario.lesson.parts if one.question), default=0)
    go(session, Learner(scenario.lesson), last)
    found = {page: part.question for page, part in enumerate(scenario.lesson.parts) if part.question}
    return {page: uncover(session.view, one).right for page, one in found.items()}


def answered(
    scenario: Scenario, choices: dict[int, int], *, student: str = "", settings: dict | None = None, hints: int = 0
) -> tuple[Session, Learner]:
    """A session whose questions are answered, each before its runs get there.

    Args: choices: by page from 0. settings: that the runs are begun with. hints: that are opened of the challenge.
    """
    session = Session.of_scenario(scenario, settings=settings, student=student)
    learner = Learner(scenario.lesson)
    for page, choice in choices.items():
        learner.open(page)
        learner.predict(choice)
        go(session, learner, int(scenario.lesson.parts[page].question.at.number))
    for page in scenario.lesson.challenges:
        learner.open(page)
        for _ in range(hints):
            learner.hint()
    look(session, learner)
    return session, learner


def reach(session: Session, learner: Learner, settings: dict, epoch: int) -> None:
    """Begin the runs again with these settings, and train them until the challenge is reached."""
    session.editor.restart(settings)
    go(session, learner, epoch)


def reaching(scenario: Scenario, page: int, student: str = "") -> Session:
    """A session that has reached the challenge of a page, from 0, by what its last hint names, or mends it."""
    part, sweep = scenario.lesson.parts[page], scenario.sweep
    named = part.challenge.run
    settings = mending(scenario, part, personal_settings(scenario, student).get("random.seed"))
    swept = [one for one in sweep.values if named.endswith(sweep.name_of(one))] if sweep else []
    settings |= {sweep.key: swept[0]} if swept else {}
    variant = max((one.name for one in scenario.variants if named.startswith(one.name)), key=len, default=None)
    session, learner = Session.of_scenario(scenario, variant, settings, student=student), Learner(scenario.lesson)
    learner.open(page)
    go(session, learner, min(part.challenge.within or 10**9, session.view.end.step // session.view.steps_per_epoch))
    assert page in learner.reached
    return session


def hand_in(session: Session, path: Path, *others: Session) -> Path:
    """Save a session as `w` does; with the runs and answers of others, as one that was recorded all the way."""
    held = [one.saving for one in (session, *others)]
    answers = {key: value for one in held for key, value in one.answers.items()}
    timelines = [timeline for one in held for timeline in one.timelines(256)]
    save(path, timelines, answers=[*answers.values()], facts=Facts(student=held[0].student))
    return path


def finished_hand_in(path: Path, scenario: Scenario | None = None, student: str = "Ada", hints: int = 0) -> Path:
    """A hand-in of the class's lesson with everything answered right, and the challenge reached."""
    scenario = scenario or class_lesson()
    session, learner = answered(scenario, right_choices(scenario, student), student=student, hints=hints)
    reach(session, learner, LAST_HINT, 200)
    return hand_in(session, path)
