"""The language of lessons: the one that a person reads, and the files that are translations, as `xor.de.toml`."""

import re
from collections.abc import Mapping
from pathlib import Path

from nnsim.errors import NnsimError
from nnsim.text import quote

LANGUAGE_VARIABLE = "NNSIM_LANGUAGE"
_CODE = re.compile(r"[a-z]{2,3}(?:_[A-Z]{2})?")
_TRANSLATION = re.compile(rf"(.+)\.({_CODE.pattern})\.toml")


def language_code(text: str, source: str) -> str:
    """A language as its translations are named: `de`, `pt_BR`.

    Args: source: what said it, for the error.  Raises: NnsimError where it is no language.
    """
    language, _, country = text.replace("-", "_").partition("_")
    code = f"{language.lower()}_{country.upper()}" if country else language.lower()
    if not _CODE.fullmatch(code):
        raise NnsimError(f"{source}: {quote(text)} is no language (allowed: de, pt_BR and the like)")
    return code


def wanted_language(environ: Mapping[str, str]) -> str:
    """The language of a person, by NNSIM_LANGUAGE, else the locale of messages; empty where none says it.

    Raises: NnsimError where the variable names no language; a locale that names none is no reason to complain.
    """
    if asked := environ.get(LANGUAGE_VARIABLE, ""):
        return language_code(asked, LANGUAGE_VARIABLE)
    # POSIX: the first of these that is set and not empty decides.
    names = (environ.get(one, "") for one in ("LC_ALL", "LC_MESSAGES", "LANG"))
    locale = re.split(r"[.@]", next(filter(None, names), ""))[0]
    return locale if _CODE.fullmatch(locale) else ""


def translation_path(scenario: Path, language: str) -> Path | None:
    """The translation beside a scenario's file: of `pt_BR` its own, else that of `pt`; None where there is none.

    A link that leads out of the scenario's folder is none: a class is to see no other files.
    """
    for code in dict.fromkeys((language, language.partition("_")[0]) if language else ()):
        path = scenario.with_name(f"{scenario.stem}.{code}.toml")
        if path.is_file() and lies_beside(path, scenario):
            return path
    return None


def lies_beside(translation: Path, scenario: Path) -> bool:
    """Whether the two are files of one folder, wherever links lead."""
    return translation.resolve().parent == scenario.resolve().parent


def translated_scenario(path: Path) -> Path | None:
    """The scenario whose translation a file is, by their names; None where it is none."""
    found = _TRANSLATION.fullmatch(path.name)
    original = path.with_name(f"{found[1]}.toml") if found else None
    return original if original is not None and original.is_file() else None


def translations(scenario: Path) -> list[Path]:
    """All translations beside a scenario's file."""
    return sorted(path for path in scenario.parent.glob("*.toml") if translated_scenario(path) == scenario)
