"""The translation of a lesson: a file beside the scenario's that carries its texts, and nothing else.

What a lesson asks for, its answers, stages and claims, is the scenario's own in every language. A recording holds
questions and answers as the scenario's file has them, so that grading and hashes know no language.
"""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct

import scenarios
from nnsim.components import build_struct
from nnsim.errors import ScenarioError
from nnsim.scenario.conditions import Extreme, FaultName, Quantity, Ratio
from nnsim.scenario.language import lies_beside, translated_scenario, translation_path
from nnsim.scenario.lesson_schema import (
    Lesson,
    LessonPart,
    LessonWord,
    Question,
    QuestionTexts,
    sections,
)
from nnsim.scenario.scenario import Scenario, read_scenario, scenario_text
from nnsim.scenario.toml_text import parse_toml
from nnsim.text import clean, clean_line, quote
from nnsim.text.number_format import number_in

Line = Annotated[str, Meta(max_length=200)]
Markdown = Annotated[str, Meta(max_length=50_000)]


class TranslatedPart(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The texts of one page."""

    text: Markdown = ""
    ask: Line = ""
    choices: Annotated[list[Line], Meta(max_length=4)] = []
    why: Markdown = ""
    hints: Annotated[list[Annotated[str, Meta(max_length=1000)]], Meta(max_length=8)] = []


class TranslatedWord(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a word of the field means, in a sentence of the translation's language."""

    says: Annotated[str, Meta(min_length=1, max_length=300)]
    forms: Annotated[list[Line], Meta(max_length=16)] = []


class TranslatedVariant(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The summary of a variant, whose name stays."""

    name: Line
    summary: Line


class TranslationTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A translation file."""

    title: Annotated[str, Meta(min_length=1, max_length=200)]
    summary: Annotated[str, Meta(min_length=1, max_length=200)]
    variants: Annotated[list[dict[str, Any]], Meta(max_length=32)] = []
    words: Annotated[dict[str, dict[str, Any]], Meta(max_length=200)] = {}
    lesson: dict[str, Any] | list[dict[str, Any]] = []


class Translation(Struct, frozen=True):
    """The texts of a translation file, each in its form; whether they fit a scenario is another question."""

    title: str
    summary: str
    variants: dict[str, str]
    words: tuple[LessonWord, ...]
    parts: tuple[TranslatedPart, ...]


def read_translation(path: Path) -> Translation:
    """Reads a translation.  Raises: ScenarioError naming the file, the key, the value and what is allowed."""
    try:
        return _translation(parse_toml(scenario_text(path)))
    except ScenarioError as error:
        named = str(error).removeprefix(f"{clean_line(str(path))}: ")  # which reading the file says itself
        raise ScenarioError(f"{clean_line(path.name)}: {named}") from None


def _translation(table: dict[str, Any]) -> Translation:
    top = build_struct(TranslationTable, table, "")
    if isinstance(top.lesson, dict):
        text = build_struct(TranslatedPart, top.lesson, "lesson").text
        parts = [TranslatedPart(one) for one in sections(clean(text))]
    else:
        parts = [build_struct(TranslatedPart, one, f"lesson[{at}]") for at, one in enumerate(top.lesson)]
    named = [build_struct(TranslatedVariant, one, f"variants[{at}]") for at, one in enumerate(top.variants)]
    words = {name: build_struct(TranslatedWord, one, f"words.{name}") for name, one in top.words.items()}
    return Translation(
        clean_line(top.title),
        clean_line(top.summary),
        {one.name: clean_line(one.summary) for one in named},
        tuple(
            LessonWord(clean_line(name), clean_line(one.says, 300), tuple(map(clean_line, one.forms)))
            for name, one in words.items()
        ),
        tuple(parts),
    )


def differences(translation: Translation, scenario: Scenario) -> list[str]:
    """What a translation lacks of a scenario's texts, or has more than them, a line each; none where it fits."""
    found = [f"title: {quote(translation.title)} holds nothing to read"] if not translation.title else []
    known = {one.name: one.summary for one in scenario.variants}
    for name in translation.variants:
        if name not in known:
            allowed = ", ".join(known)
            found.append(f"variants: {quote(name)} is no variant of the scenario (allowed: {allowed})")
    parts = scenario.lesson.parts
    if len(parts) != len(translation.parts):
        return [*found, f"lesson: {len(translation.parts)} pages (allowed: {len(parts)}, as the scenario has)"]
    for at, (own, part) in enumerate(zip(translation.parts, parts, strict=True)):
        found += [f"lesson[{at}].{one}" for one in _differences(own, part)]
    return found


def _differences(own: TranslatedPart, part: LessonPart) -> Iterator[str]:
    question = part.question
    for key, text in (
        ("text", part.text),
        ("ask", question.ask if question else ""),
        ("why", question.why if question else ""),
    ):
        translated = clean(getattr(own, key)).strip()
        if text and not translated:
            yield f"{key}: is missing (allowed: a text, as the scenario has one)"
        elif translated and not text:
            yield f"{key}: {quote(translated)} is more than the scenario has (allowed: nothing)"
    for key, texts in (("hints", part.hints), ("choices", question.choices if question else ())):
        translations = getattr(own, key)
        if len(translations) != len(texts):
            yield f"{key}: {len(translations)} (allowed: {len(texts)}, as the scenario has)"
        elif not all(map(clean_line, translations)):
            yield f"{key}: one of them holds nothing to read"
        elif question is not None and key == "choices":
            yield from _differing_choices(translations, question)


def _differing_choices(choices: list[str], question: Question) -> Iterator[str]:
    """Choices that are names or numbers, by which the answer is found, stay what they are."""
    for mine, its in zip(choices, question.choices, strict=True):
        if isinstance(question.answer, Extreme | FaultName) and mine != its:
            yield f"choices: {quote(mine)} (allowed: {quote(its)}, which is a name)"
        elif isinstance(question.answer, Quantity | Ratio) and number_in(mine) != number_in(its):
            yield f"choices: {quote(mine)} (allowed: the number of {quote(its)})"


_LITERAL = re.compile(r"`[^`]+`|-?\d(?:[\d,.]*\d)?")


def doubts(translation: Translation, scenario: Scenario) -> list[str]:
    """Keys, names and numbers that stand on a page of one of the two alone: what a translator changes by mistake.

    Args: translation: one that fits.
    """
    found: list[str] = []
    for at, (own, part) in enumerate(zip(translation.parts, scenario.lesson.parts, strict=True)):
        why = part.question.why if part.question else ""
        mine, its = (
            Counter(_LITERAL.findall("\n".join(texts)))
            for texts in ((own.text, own.why, *own.hints), (part.text, why, *part.hints))
        )
        found += [f"lesson[{at}]: {one} is not on the page of the scenario" for one in mine - its]
        found += [f"lesson[{at}]: {one} of the scenario's page is missing" for one in its - mine]
    return found


def translated(scenario: Scenario, translation: Translation, language: str) -> Scenario:
    """The scenario with the texts of a translation that fits; its file's text, by which it is hashed, stays."""
    pairs = zip(scenario.lesson.parts, translation.parts, strict=True)
    parts = tuple(_part(part, own) for part, own in pairs)
    return replace(
        scenario,
        title=translation.title,
        summary=translation.summary,
        language=language,
        lesson=Lesson(parts, translation.words),
        variants=tuple(
            replace(one, summary=translation.variants.get(one.name, one.summary)) for one in scenario.variants
        ),
    )


def _part(part: LessonPart, own: TranslatedPart) -> LessonPart:
    question = part.question
    if question is not None:
        texts = QuestionTexts(clean_line(own.ask), tuple(map(clean_line, own.choices)))
        question = replace(question, why=clean(own.why).strip(), translated=texts)
    return replace(
        part,
        text=clean(own.text).strip(),
        question=question,
        hints=tuple(clean_line(one, 1000) for one in own.hints),
    )


def in_language(scenario: Scenario, language: str) -> tuple[Scenario, str]:
    """A scenario in a language, if there is a translation.

    One out of a recording has those of nnsim's own scenario of its name, where the two lessons are the same.

    Returns: the scenario, and why it stays as it was written although there is a translation, or nothing.
    """
    folder = scenario.files.folder
    path = translation_path((folder or scenarios.FOLDER) / f"{scenario.name}.toml", language)
    if path is None or (folder is None and not _has_lesson_of_ours(scenario)):
        return scenario, ""
    try:
        translation = read_translation(path)
    except ScenarioError as error:
        return scenario, f"{error}; the lesson stands here as it was written"
    if wrong := differences(translation, scenario):
        return scenario, f"{clean_line(path.name)}: {wrong[0]}; the lesson stands here as it was written"
    return translated(scenario, translation, language), ""


def _has_lesson_of_ours(scenario: Scenario) -> bool:
    if scenario.name not in scenarios.names():
        return False
    ours = parse_toml(scenario_text(scenarios.path_of(scenario.name)))
    return ours.get("lesson") == parse_toml(scenario.text).get("lesson")


def check_translation(path: Path) -> list[str]:
    """Checks a translation beside its scenario.  Returns: its doubts, a line each.

    Raises: ExceptionGroup of ScenarioErrors, all that does not fit; ScenarioError where one of the two cannot be
    read.
    """
    original = translated_scenario(path)
    if original is None:
        raise ScenarioError(f"{clean_line(str(path))}: is a translation of no scenario beside it")
    scenario, translation = read_scenario(original), read_translation(path)
    name = clean_line(path.name)
    if not lies_beside(path, original):
        raise ScenarioError(
            f"{name}: is a link out of its folder, and never read (allowed: a file beside the scenario)"
        )
    if wrong := differences(translation, scenario):
        raise ExceptionGroup("of the translation", [ScenarioError(f"{name}: {one}") for one in wrong])
    return [f"{name}: {one}" for one in doubts(translation, scenario)]
