"""What of a lesson no run comes to, because the runs of its scenario end before."""

from collections.abc import Iterator
from typing import NamedTuple

from nnsim.scenario.conditions import Condition
from nnsim.scenario.lesson_schema import Challenge, plain_name
from nnsim.scenario.places import Place, Position
from nnsim.scenario.scenario import Scenario, sweep_settings

EPOCHS = "train.epochs"


class _End(NamedTuple):
    """Where a run ends, and by which names the lesson may call it."""

    names: tuple[str, ...]
    steps_per_epoch: int
    last_step: int


def beyond_the_end(scenario: Scenario) -> list[str]:
    """Places of the lesson behind the end of all runs that could reach them; runs can be made longer."""
    ends = list(_ends(scenario)) if scenario.lesson.parts else []
    found: list[str] = []
    for index, part in enumerate(scenario.lesson.parts):
        key = f"lesson[{index}]"
        if part.when is not None:
            found += _beyond(f"{key}.when", _places(part.when), ends)
        if part.stage.cursor is not None:
            found += _beyond(f"{key}.cursor", [part.stage.cursor], _named(part.stage.run, ends))
        if part.question is not None:
            found += _beyond(f"{key}.at", [part.question.at], ends)
            for value in part.question.answer.quantities:
                found += _beyond(f"{key}.answer", [value.place] if value.place else [], _named(value.run, ends))
        if part.challenge is not None:
            found += _challenge(f"{key}.goal", part.challenge, ends)
        for at, claim in enumerate(part.claims):
            for value in [one for truth in claim.holds for one in truth.quantities if EPOCHS not in claim.settings]:
                found += _beyond(
                    f"{key}.claims[{at}]", [value.place] if value.place else [], _named(value.run, ends)
                )
    return found


def _ends(scenario: Scenario) -> Iterator[_End]:
    sweep = scenario.sweep
    for variant in scenario.variants:
        for settings in sweep_settings(scenario):
            plan = scenario.plan(variant.name, settings)
            names = [variant.name]
            if sweep is not None:
                value = sweep.name_of(settings[sweep.key])
                names += [value, f"{variant.name} {value}"]
            yield _End(tuple(map(plain_name, names)), plan.steps_per_epoch, plan.steps)


def _named(run: str, ends: list[_End]) -> list[_End]:
    return [one for one in ends if not run or plain_name(run) in one.names]


def _places(condition: Condition) -> list[Place]:
    return [one for one in condition.parts if isinstance(one, Position)]


def _challenge(key: str, challenge: Challenge, ends: list[_End]) -> Iterator[str]:
    places, counting = _places(challenge.goal), _named(challenge.run, ends)
    # One that names the epochs among what may be changed asks for longer runs.
    if not {EPOCHS, "train"}.intersection(challenge.using):
        yield from _beyond(key, places, counting)
    if challenge.within:
        limited = [one._replace(last_step=challenge.within * one.steps_per_epoch) for one in counting]
        yield from _beyond(key, places, limited, "what `within` leaves")


def _beyond(key: str, places: list[Place], ends: list[_End], what: str = "the end of the run") -> Iterator[str]:
    for place in places:
        if not isinstance(place, Position) or place.unit == "%":
            continue
        most = max(one.last_step // (one.steps_per_epoch if place.unit == "epoch" else 1) for one in ends)
        if place.number > most:
            message = f"{place.unit} {int(place.number):,} lies beyond {what}"
            yield f"{key}: {message} (allowed: {place.unit} 0 to {most:,})"
