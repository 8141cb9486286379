"""Tries what lessons claim and ask with many seeds, and finds challenges that nothing need be done for.

The seeds are trained together where a variant allows it, else one by one.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from nnsim.errors import ScenarioError
from nnsim.lessons.answers import bears_out, uncover
from nnsim.lessons.challenges import reached
from nnsim.scenario.conditions import Extreme, Quantity
from nnsim.scenario.lesson_schema import Claim, LessonPart, plain_name
from nnsim.scenario.places import Position
from nnsim.scenario.scenario import Scenario, sweep_settings
from nnsim.scenario.setting_keys import parse_value
from nnsim.session.session import Session
from nnsim.session.track import Track
from nnsim.session.view import View
from nnsim.timeline import Cursor, Timeline
from nnsim.timeline.run import Run, slices
from nnsim.training.population import Population
from nnsim.training.records import Records, Stop

NOT_REVEALED = "not revealed"
FEWEST_TOGETHER = 4  # seeds: fewer are as quickly trained one after the other
CHUNK = 1000  # steps

Settings = Mapping[str, Any]
Tell = Callable[[int], None]  # is told how many steps were trained, and may end it all by an exception


def nobody(steps: int) -> None:
    """Where nobody asks how far it is."""


# ---------------------------------------------------------------------- runs


def timelines(
    scenario: Scenario,
    variant: str,
    settings: Settings,
    seeds: Sequence[int],
    epochs: int,
    alone: bool = False,
    tell: Tell = nobody,
) -> list[Timeline]:
    """Runs of one variant with these seeds, at most so many epochs of each (0: all).

    They are trained together where that can be; only records of those that are trained alone tell parameters.
    """
    if len(seeds) >= FEWEST_TOGETHER and not alone:
        try:
            return _together(scenario, variant, settings, seeds, epochs, tell)
        except ScenarioError:
            pass  # one after the other, then
    found = []
    for seed in seeds:
        run = Run(scenario, variant, {**settings, "random.seed": seed})
        plan = run.timeline.plan
        _train(run, min(plan.steps, epochs * plan.steps_per_epoch or plan.steps), tell)
        found.append(run.timeline)
    return found


def _train(run: Run, last: int, tell: Tell) -> None:
    timeline = run.timeline

    def advance(steps: int) -> None:
        tell(run.advance(min(last - timeline.length, steps)))

    for _ in slices(advance, lambda: timeline.length >= last or run.finished):
        pass


def _together(
    scenario: Scenario, variant: str, settings: Settings, seeds: Sequence[int], epochs: int, tell: Tell
) -> list[Timeline]:
    population = Population(scenario, variant, settings, seeds=seeds)
    plan = population.plan
    last = min(plan.steps, epochs or plan.steps)  # all rows are in each step
    found = [Timeline(scenario, variant, {**settings, "random.seed": seed}) for seed in seeds]
    while population.step < last:
        before = population.step
        records = population.advance(min(CHUNK, last - before))
        tell((population.step - before) * len(seeds))
        finite = np.logical_and.reduce([np.isfinite(column) for column in records.columns.values()])
        rates = plan.schedule.over(np.arange(records.first - 1, population.step), 1, plan.train.epochs)
        for place, timeline in enumerate(found):
            if timeline.stop is not None:
                continue
            whole = bool(finite[:, place].all())
            count = len(finite) if whole else int(finite[:, place].argmin()) + 1
            columns = {name: column[:count, place] for name, column in records.columns.items()}
            columns["learning_rate"] = rates[:count]
            timeline.append(Records(records.first, count, columns, {}))
            if not whole:
                timeline.end(Stop("diverged", timeline.length, "a figure is not finite"))
            elif timeline.length == plan.steps:
                timeline.end(Stop("epochs", timeline.length, ""))
    return found


def _names(scenario: Scenario, variant: str, value: Settings) -> set[str]:
    """By which names a lesson may call a run."""
    if scenario.sweep is None:
        return {plain_name(variant)}
    swept = scenario.sweep.name_of(value[scenario.sweep.key])
    return set(map(plain_name, (variant, swept, f"{variant} {swept}")))


def views(
    scenario: Scenario,
    wanted: Mapping[str, int],
    settings: Settings,
    seeds: Sequence[int],
    alone: bool = False,
    tell: Tell = nobody,
) -> Iterator[View]:
    """For each seed the runs of these names, each trained so many epochs (0: all), under a cursor at the end.

    The name "" stands for the first run.
    """
    columns = []
    first = True
    for value in sweep_settings(scenario):
        for variant in scenario.variants:
            called = _names(scenario, variant.name, value) | ({""} if first else set())
            first = False
            epochs = [count for name, count in wanted.items() if plain_name(name) in called]
            if epochs:
                most = 0 if 0 in epochs else max(epochs)
                columns.append(timelines(scenario, variant.name, {**settings, **value}, seeds, most, alone, tell))
    for row in zip(*columns, strict=True):
        tracks = tuple(Track(timeline, None, index) for index, timeline in enumerate(row))
        yield View(tracks, 0, Cursor(0)).at(Cursor(max(one.length for one in row)))


def _wanted(quantities: Iterable[Quantity], otherwise: int = 0) -> dict[str, int]:
    """The runs that numbers are about, by name, each with the epochs that it takes to have them."""
    found: dict[str, int] = {}
    for one in quantities:
        epochs = otherwise
        if isinstance(one.place, Position) and one.place.unit == "epoch" and one.figure:
            epochs = int(one.place.number)
        before = found.get(one.run, epochs)
        found[one.run] = 0 if 0 in (before, epochs) else max(before, epochs)
    return found


# ---------------------------------------------------------------------- what is tried


@dataclass(frozen=True)
class Tried:
    """A claim, the seeds tried and those that bear it out; `told`: the figures of one that does not."""

    claim: Claim
    seeds: tuple[int, ...]
    held: tuple[int, ...]
    told: str


def try_claims(
    scenario: Scenario, claims: Sequence[Claim], seeds: Sequence[int], tell: Tell = nobody
) -> list[Tried]:
    """Train what claims are about, with each of the seeds, or with that of the scenario where one is of it alone.

    The runs of claims that begin with the same settings and seeds are trained once for all of them.
    """
    together: dict[tuple[object, ...], list[Claim]] = {}
    for claim in claims:
        together.setdefault((repr(claim.settings), claim.any_seed, _alone(claim)), []).append(claim)
    found = {}
    for some in together.values():
        chosen = tuple(seeds) if some[0].any_seed else (scenario.plan().seed,)
        wanted = _wanted(one for claim in some for one in _quantities(claim))
        borne_out = [
            [bears_out(view, claim) for claim in some]
            for view in views(scenario, wanted, some[0].settings, chosen, _alone(some[0]), tell)
        ]
        for claim, column in zip(some, zip(*borne_out, strict=True), strict=True):
            found[id(claim)] = _tried(claim, chosen, column)
    return [found[id(claim)] for claim in claims]


def _tried(claim: Claim, seeds: tuple[int, ...], found: Sequence[tuple[bool, str] | None]) -> Tried:
    held = tuple(seed for seed, one in zip(seeds, found, strict=True) if one is not None and one[0])
    failed = [
        f"seed {seed}: {one[1] if one else 'it does not get there'}"
        for seed, one in zip(seeds, found, strict=True)
        if seed not in held
    ]
    return Tried(claim, seeds, held, failed[0] if failed else "")


def _quantities(claim: Claim) -> list[Quantity]:
    return [one for truth in claim.holds for one in truth.quantities]


def _alone(claim: Claim) -> bool:
    """Whether a claim is about parameters, which only records of runs that are trained alone tell."""
    return any(one.figure.startswith("parameter") for one in _quantities(claim))


def named_settings(hint: str) -> dict[str, Any]:
    """The settings that a hint names, as `key = value`."""
    return {key: parse_value(value) for key, value in re.findall(r"`([\w.]+) = ([^`]+)`", hint)}


def mending(scenario: Scenario, part: LessonPart, seed: int | None = None) -> dict[str, Any]:
    """The settings by which the challenge of a page is reached.

    They are those that its last hint names; where the task is broken, those that mend what the seed has drawn.
    """
    fault = scenario.fault({} if seed is None else {"random.seed": seed})
    return named_settings(part.hints[-1]) if fault is None else dict(fault.solution)


def try_challenge(
    scenario: Scenario, part: LessonPart, settings: Settings, seeds: Sequence[int], tell: Tell = nobody
) -> list[int]:
    """The seeds with which the challenge of a page is reached by runs that begin with these settings."""
    assert part.challenge is not None, "the page has a challenge"
    run, within = part.challenge.run, part.challenge.within
    runs = [run] if run else [one.name for one in scenario.variants]
    found = views(scenario, dict.fromkeys(runs, within), settings, seeds, tell=tell)
    return [
        seed
        for seed, view in zip(seeds, found, strict=True)
        if any(reached(view, track, part) is not None for track in view.tracks)
    ]


def try_question(scenario: Scenario, part: LessonPart, seeds: Sequence[int], tell: Tell = nobody) -> Counter[str]:
    """How often each choice of a question is the right one."""
    return Counter(right for right, _ in answers_of(scenario, part, seeds, tell))


def answers_of(
    scenario: Scenario, part: LessonPart, seeds: Sequence[int], tell: Tell = nobody
) -> Iterator[tuple[str, str]]:
    """For each seed the right choice of a question, or the number asked for, and the figures that show it."""
    question = part.question
    assert question is not None, "the page has a question"
    answer, at = question.answer, question.at
    epochs = int(at.number) if isinstance(at, Position) and at.unit == "epoch" else 0
    if isinstance(answer, Extreme):
        wanted = dict.fromkeys(question.choices if answer.of == "run" else ("",), 0 if answer.place else epochs)
    else:
        wanted = _wanted(answer.quantities, epochs)
    alone = isinstance(answer, Extreme) and answer.of == "row"  # whose answers take a trainer
    for some in [[seed] for seed in seeds] if alone else [seeds]:
        for view in views(scenario, wanted, {}, some, tell=tell):
            found = uncover(view, question)
            if found is None:
                yield NOT_REVEALED, ""
            else:
                yield f"{found.number:.4g}" if question.typed else question.choices[found.right], found.told


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
