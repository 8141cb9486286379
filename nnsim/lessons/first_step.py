"""Challenges that need nothing: whose goal holds with the weights that a run begins with."""

from collections.abc import Iterator

from nnsim.lessons.challenges import reached
from nnsim.scenario.places import Position
from nnsim.scenario.scenario import Scenario
from nnsim.session.session import Session
from nnsim.timeline import Cursor


def reached_at_once(scenario: Scenario) -> Iterator[str]:
    """What is wrong with such challenges, a line each; one step is trained, whose loss is that of the start."""
    pages = [page for page in scenario.lesson.challenges if not _is_place(scenario, page)]
    if not pages:
        return
    session = Session.of_scenario(scenario)
    for track in session.tracks:
        if track.run is not None:
            track.run.advance(1)
    view = session.view.at(Cursor(1))
    for page in pages:
        part = scenario.lesson.parts[page]
        found = next((one for track in view.tracks if (one := reached(view, track, part)) is not None), None)
        if found is not None and part.challenge is not None:
            yield f"lesson[{page}].goal: {part.challenge.goal.text} is true at the start already: {found.told}"


def _is_place(scenario: Scenario, page: int) -> bool:
    """Whether a goal asks to come to an epoch or a step, which may be the first."""
    challenge = scenario.lesson.parts[page].challenge
    return challenge is not None and any(isinstance(one, Position) for one in challenge.goal.parts)
