"""The names in a lesson, checked beside the runs of its scenario: variants, layers, rows of the data."""

from collections.abc import Iterable

from nnsim.components import nearest
from nnsim.errors import ScenarioError
from nnsim.scenario.conditions import Extreme, FaultName, OnRun, Quantity
from nnsim.scenario.lesson_schema import Lesson, Question, plain_name
from nnsim.scenario.lesson_stage import LessonStage
from nnsim.scenario.places import OF_LAYERS, Comparison
from nnsim.text import quote


def check_lesson(lesson: Lesson, runs: list[str], layers: list[str], rows: int, faults: list[str]) -> None:
    """Check the names in a lesson.

    Args: runs: the variants. layers: the layers of all of them. rows: of the data. faults: that are drawn.
    Raises: ScenarioError naming the key and what is allowed.
    """
    for index, part in enumerate(lesson.parts):
        key = f"lesson[{index}]"
        for name, condition in (("when", part.when), ("goal", part.challenge and part.challenge.goal)):
            for one in condition.parts if condition else ():
                if isinstance(one, OnRun):
                    _check_name(f"{key}.{name}", one.variant, runs)
                elif isinstance(one, Comparison):
                    _check_figure(f"{key}.{name}", one.figure, layers)
        _check_stage(key, part.stage, runs, layers, rows)
        if part.question:
            _check_question(key, part.question, runs, layers, faults)
        for at, claim in enumerate(part.claims):
            for truth in claim.holds:
                _check_quantities(f"{key}.claims[{at}].holds", truth.quantities, runs, layers)


def _check_stage(key: str, stage: LessonStage, runs: list[str], layers: list[str], rows: int) -> None:
    if stage.run:
        _check_name(f"{key}.run", stage.run, runs)
    if isinstance(stage.cursor, Comparison):
        _check_figure(f"{key}.cursor", stage.cursor.figure, layers)
    if stage.mark.layer:
        _check_name(f"{key}.mark.layer", stage.mark.layer, layers)
    if stage.mark.point > rows:
        raise ScenarioError(f"{key}.mark.point: {stage.mark.point:,} is no row (allowed: 1 to {rows:,})")


def _check_question(key: str, question: Question, runs: list[str], layers: list[str], faults: list[str]) -> None:
    answer = question.answer
    if isinstance(answer, FaultName):
        if missing := [one for one in faults or ["faults"] if one not in question.choices]:
            listed = ", ".join(faults) or "a scenario with faults"
            raise ScenarioError(f"{key}.choices: {quote(missing[0])} is missing (allowed: {listed})")
        return
    if isinstance(answer, Extreme):
        if answer.of != "row":
            allowed = layers if answer.of == "layer" else runs
            for choice in question.choices:
                _check_name(f"{key}.choices", choice, allowed)
        return
    _check_quantities(f"{key}.answer", answer.quantities, runs, layers)


def _check_quantities(key: str, quantities: Iterable[Quantity], runs: list[str], layers: list[str]) -> None:
    for one in quantities:
        if one.run:
            _check_name(key, one.run, runs)
        _check_figure(key, one.figure, layers)


def _check_name(key: str, name: str, allowed: list[str]) -> None:
    if plain_name(name) not in map(plain_name, allowed):
        near = nearest(name, allowed)
        raise ScenarioError(f"{key}: {quote(name)} is not there{near} (allowed: {', '.join(allowed[:20])})")


def _check_figure(key: str, figure: str, layers: list[str]) -> None:
    kind, colon, layer = figure.partition(":")
    if colon and kind in OF_LAYERS and kind != "parameter":
        _check_name(key, layer, layers)
