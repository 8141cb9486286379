"""Hand-ins as students make them: a lesson gone through with the keys' own means, and saved."""

from pathlib import Path

from nnsim.lessons.answers import uncover
from nnsim.lessons.progress import Learner
from nnsim.recording import Facts, save
from nnsim.scenario.scenario import Scenario, parse_scenario
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


def hand_in(session: Session, path: Path) -> Path:
    """Save a session as `w` does."""
    held = session.saving
    save(path, held.timelines(256), answers=[*held.answers.values()], facts=Facts(student=held.student))
    return path


def finished_hand_in(path: Path, scenario: Scenario | None = None, student: str = "Ada", hints: int = 0) -> Path:
    """A hand-in of the class's lesson with everything answered right, and the challenge reached."""
    scenario = scenario or class_lesson()
    session, learner = answered(scenario, right_choices(scenario, student), student=student, hints=hints)
    reach(session, learner, LAST_HINT, 200)
    return hand_in(session, path)
