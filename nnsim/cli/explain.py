"""`nnsim explain`: what a word of the field means, and what a method does."""

import textwrap
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from nnsim.cli.output import say, say_json
from nnsim.text import columns

if TYPE_CHECKING:
    from nnsim.lessons.glossary import Glossary, GlossaryTerm
    from nnsim.scenario.method_reference import Family, Method, Setting

WIDTH = 100  # of a sentence in the terminal


def explain(name: str | None, as_json: bool = False) -> int:
    """Explains a term, a method or a family, or lists all.  Returns: the exit status.  Raises: NnsimError."""
    from nnsim.lessons.glossary import read_glossary
    from nnsim.scenario.method_reference import Family, called, families, names

    glossary = read_glossary()
    if name is None:
        if as_json:
            say_json(_as_json(glossary.terms, families()))
        else:
            say("\n".join(_list(glossary)))
        return 0
    term, methods = glossary.term(name), called(name)
    if term is None and not methods:
        glossary.find(name, names())  # which names the nearest of both
    if as_json:
        say_json(_as_json(() if term is None else (term,), methods))
        return 0
    texts = [] if term is None else [_term(term)]
    texts += [_family(one) if isinstance(one, Family) else _method(one) for one in methods]
    say("\n\n\n".join("\n".join(text) for text in texts))
    return 0


def _as_json(terms: "tuple[GlossaryTerm, ...]", methods: "tuple[Family | Method, ...]") -> dict[str, Any]:
    from nnsim.scenario.method_reference import Family

    return {
        "terms": [asdict(one) for one in terms],
        "methods": [asdict(one) for one in methods if not isinstance(one, Family)],
        "families": [asdict(one) for one in methods if isinstance(one, Family)],
    }


def _list(glossary: "Glossary") -> list[str]:
    from nnsim.scenario.method_reference import families

    rows = _wrapped("words", [one.name for one in glossary.terms])
    for family in families():
        rows += _wrapped(family.name, [one.name for one in family.methods])
    return columns(rows)


def _wrapped(label: str, names: list[str]) -> list[tuple[str, ...]]:
    """Names in lines of 80 characters, with the label before the first."""
    unbroken = ", ".join(one.replace(" ", "\0") for one in names)
    lines = textwrap.wrap(unbroken, 80, break_on_hyphens=False) or [""]
    return [(label if index == 0 else "", line.replace("\0", " ")) for index, line in enumerate(lines)]


def _term(term: "GlossaryTerm") -> list[str]:
    lines = [term.name, "", *("  " + one for one in textwrap.wrap(term.sentence, WIDTH - 2))]
    rows: list[tuple[str, ...]] = []
    if term.synonyms:
        rows.append(("also called", ", ".join(term.synonyms)))
    if term.builds_on:
        rows.append(("builds on", ", ".join(term.builds_on)))
    if term.first:
        rows.append(("first in", f"{_title(term.first)} (nnsim open {term.first})"))
    return [*lines, "", *("  " + line for line in columns(rows))] if rows else lines


def _title(scenario: str) -> str:
    from nnsim.scenario.catalog import find, read_entry

    return read_entry(find(scenario)).title


def _family(family: "Family") -> list[str]:
    rows: list[tuple[str, ...]] = [(one.name, one.sentence) for one in family.methods]
    lines = [f"{family.title} ({family.key})", "", *("  " + line for line in columns(rows))]
    if family.settings:
        lines += ["", "settings of all of them", *_settings(family.settings)]
    return lines


def _method(method: "Method") -> list[str]:
    from nnsim.scenario.method_reference import families

    family = next(one for one in families() if one.name == method.family)
    lines = [f"{method.name} ({family.key})", "", *(f"  {line}".rstrip() for line in method.text.splitlines())]
    if method.settings:
        lines += ["", "settings", *_settings(method.settings)]
    if family.settings:
        lines += ["", "and as all of its family", *_settings(family.settings)]
    return lines


def _settings(settings: "tuple[Setting, ...]") -> list[str]:
    rows: list[tuple[str, ...]] = [(one.name, f"default {one.default}", one.allowed) for one in settings]
    return ["  " + line for line in columns(rows)]
