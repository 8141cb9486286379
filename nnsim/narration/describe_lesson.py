"""The lesson in sentences: for a screen reader, a line or a script."""

import re
from collections.abc import Iterable, Iterator

from nnsim.lessons.challenges import standing
from nnsim.lessons.course import next_scenario
from nnsim.lessons.learner import Learner, outcome
from nnsim.lessons.session_events import SessionEvent
from nnsim.scenario.lesson_schema import LETTERS
from nnsim.scenario.lesson_stage import LessonStage
from nnsim.scenario.places import Position
from nnsim.session.view import View
from nnsim.text import count

# Keys of the screen that nobody types as a line, and the command that is typed in their place; keys that have none.
TYPED = {"space": "play", "→": "forward", "←": "back"}
ONLY_ON_A_SCREEN = "+-"
# The commands that say what panes of a stage draw.
SAID_BY = {
    **{name: name for name in ("arithmetic", "code", "gradients", "importance", "loss", "metrics", "predictions")},
    **{name: name for name in ("runs", "weights")},
    **{
        "arrays": "phase",
        "data": "predictions",
        "decision": "predictions",
        "network": "weights",
        "schedule": "rate",
    },
}


def page(learner: Learner, view: View) -> Iterator[str]:
    part = learner.part
    if part.text:
        yield plain(part.text)
    if part.question:
        question = part.question
        yield plain(question.shown.ask)
        for letter, choice in zip(LETTERS, question.shown.choices, strict=False):
            yield f"{letter}: {_sentence(choice)}"
        if learner.asking:
            yield f"Answer with answer and a {'number' if question.typed else 'letter'}."
        else:
            yield from waiting(learner, view)
    elif part.challenge:
        yield from challenge(learner, view)
    elif part.when and learner.page not in learner.done:
        yield f"Type {TYPED.get(part.key, part.key)} to go on." if part.key else f"It goes on at: {part.when.text}."
    if learner.hints_left:
        yield f"There {'is 1 hint' if learner.hints_left == 1 else f'are {learner.hints_left} hints'}: type hint."
    yield from stage(part.stage)
    left = learner.page + 1 < len(learner.lesson.parts)
    progress = learner.progress.replace(" · ", ", ")
    reached = " reached" if learner.lesson.challenges else ""
    again = ", the last; lesson begins again" if len(learner.lesson.parts) > 1 else ", the last"
    yield f"{progress[:1].upper()}{progress[1:]}{reached}{'; lesson goes on' if left else again}."
    if not left and len(learner.lesson.parts) > 1:
        yield f"The end of the lesson: {outcome(learner)}."
        if (following := next_scenario(view.scenario.name, view.scenario.language)) is not None:
            yield f"The next one is {_sentence(following.title)} Its name is {following.name}."


def stage(shown: LessonStage) -> Iterator[str]:
    """What a screen shows of a page, and what is typed to hear it."""
    if shown.show:
        typed = dict.fromkeys(SAID_BY[one] for one in shown.show if one in SAID_BY)
        hear = f" Type {' or '.join(typed)} to hear what it shows." if typed else ""
        yield f"This page looks at: {', '.join(shown.show)}.{hear}"
    places = [f"the run {shown.run}"] if shown.run else []
    places += [shown.cursor.text] if shown.cursor is not None else []
    if places:
        yield f"It begins at {', '.join(places)}."


def waiting(learner: Learner, view: View) -> Iterator[str]:
    question = learner.part.question
    assert question is not None, "the page asks"
    found = learner.revealed.get(learner.page)
    if found is not None:
        yield f"{learner.verdict(learner.page)}: {_sentence(found.told)}"
        if question.why:
            yield plain(question.why)
    elif not (isinstance(question.at, Position) and view.cursor.epoch(view.steps_per_epoch) >= question.at.number):
        yield f"Go to {question.at.text} to see: {how(question.at.text)}."


def how(place: str) -> str:
    return place if place.startswith("epoch ") else "forward, or play"


def challenge(learner: Learner, view: View) -> Iterator[str]:
    part, found = learner.part, learner.reached.get(learner.page)
    assert part.challenge is not None, "the page has a challenge"
    text = f"Challenge: {part.challenge.asked}"
    if part.challenge.run:
        text += f", by the run {part.challenge.run}"
    if part.challenge.changes:
        text += f", with at most {count(part.challenge.changes, 'setting')} changed"
    if part.challenge.using:
        text += f", changing only {', '.join(part.challenge.using)}"
    yield text + "."
    if found is not None:
        yield f"Reached: {found.told}."
    elif near := standing(view, part):
        yield _sentence(near[:1].upper() + near[1:])


def events(view: View, found: Iterable[SessionEvent]) -> Iterator[str]:
    """What happened in the runs of a session, numbered."""
    for number, one in enumerate(found, start=1):
        track = view.tracks[one.track]
        run = f", run {view.label(track, view.tracks)}" if len(view.tracks) > 1 else ""
        yield f"{number}: step {one.step:,}{run}: {one.text}."


def news(learner: Learner, view: View) -> Iterator[str]:
    for one in learner.look(view):
        if one.kind == "turned":
            yield from page(learner, view)
        else:
            yield _sentence(one.text)
            question = learner.lesson.parts[one.page].question
            if one.kind == "revealed" and question is not None and question.why:
                yield plain(question.why)


def _typed(found: re.Match[str]) -> str:
    return f"{found[1]} ({f'type {TYPED[found[1]]}' if found[1] in TYPED else 'only on a screen'})"


def _sentence(text: str) -> str:
    return text if text.endswith((".", "?", "!", ":")) else f"{text}."


def plain(text: str) -> str:
    """Markdown without its marks: headings as sentences."""
    text = re.sub(r"(?m)^#{1,6} +(.*?)[ \t]*$", lambda found: _sentence(found[1].rstrip(".:")) + "\n", text.strip())
    text = re.sub(rf"`({'|'.join(TYPED)}|[{ONLY_ON_A_SCREEN}])`", _typed, text)
    text = re.sub(r"[*`]+", "", text)
    paragraphs = [" ".join(one.split()) for one in re.split(r"\n\s*\n|\n(?=- )", text)]
    return "\n".join(one.removeprefix("- ") for one in paragraphs if one)
