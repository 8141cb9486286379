"""The glossary: every word of the field that lessons and screens use, in one plain sentence each."""

import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from nnsim.components import nearest
from nnsim.errors import NnsimError
from nnsim.text import quote

if TYPE_CHECKING:
    from nnsim.scenario.lesson_schema import Lesson

FILE = Path(__file__).with_suffix(".toml")
_CODE = re.compile(r"```.*?```|`[^`]*`", re.DOTALL)
_MARKED = re.compile(r"\*\*([^*]+)\*\*")


class TermTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the file says of a term."""

    says: str
    forms: tuple[str, ...] = ()
    synonyms: tuple[str, ...] = ()
    builds_on: tuple[str, ...] = ()
    first: str = ""


@dataclass(frozen=True)
class GlossaryTerm:
    """A word of the field.

    Args: sentence: what it means. forms: its plural and other forms. synonyms: what others call it. builds_on: the
    terms that its sentence needs. first: the scenario in which it stands first; empty where only screens use it.
    """

    name: str
    sentence: str
    forms: tuple[str, ...] = ()
    synonyms: tuple[str, ...] = ()
    builds_on: tuple[str, ...] = ()
    first: str = ""

    @property
    def words(self) -> tuple[str, ...]:
        """What it is called in our own texts."""
        return (self.name, *self.forms)

    @property
    def names(self) -> tuple[str, ...]:
        """Every way to ask for it."""
        return (*self.words, *self.synonyms)


@dataclass(frozen=True)
class Glossary:
    """All terms, in the order of the subject."""

    terms: tuple[GlossaryTerm, ...]

    def term(self, name: str) -> GlossaryTerm | None:
        """The term of a name, a form or a synonym, however it is spelled; None where it is not explained."""
        return self._by_name.get(_plain(name))

    def found_in(self, markdown: str) -> list[GlossaryTerm]:
        """The terms that stand in a text, in the order of their first places; what is set as code is none."""
        found: dict[str, GlossaryTerm] = {}
        for match in self._pattern.finditer(_CODE.sub(" ", markdown)):
            term = self._by_name[_plain(match.group())]
            found.setdefault(term.name, term)
        return list(found.values())

    def marked_in(self, markdown: str) -> list[GlossaryTerm]:
        """The terms that a text marks, as it does where it explains them."""
        marked = (self.term(" ".join(one.split())) for one in _MARKED.findall(_CODE.sub(" ", markdown)))
        return list(dict.fromkeys(one for one in marked if one is not None))

    def find(self, name: str, others: Sequence[str] = ()) -> GlossaryTerm:
        """The term of a name.  Raises: NnsimError naming the nearest one, of these or of the others."""
        if (term := self.term(name)) is not None:
            return term
        names = sorted({*(one for term in self.terms for one in term.names), *others})
        raise NnsimError(f"nothing is called {quote(name)}{nearest(name.lower(), names)} (nnsim explain lists all)")

    @cached_property
    def _by_name(self) -> dict[str, GlossaryTerm]:
        # A name of its own comes before what others call something else.
        synonyms = {_plain(one): term for term in self.terms for one in term.names}
        return synonyms | {_plain(term.name): term for term in self.terms}

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        found = sorted({one for term in self.terms for one in term.words}, key=len, reverse=True)
        words = "|".join(re.sub(r"\\?[ -]", r"[\\s-]+", re.escape(one)) for one in found)
        return re.compile(rf"(?<![\w-])(?:{words})(?![\w-])", re.IGNORECASE)


def read_glossary() -> Glossary:
    """The glossary of nnsim."""
    tables = tomllib.loads(FILE.read_text("utf-8"))
    terms = []
    for name, given in tables.items():
        table = msgspec.convert(given, TermTable)
        forms = tuple(dict.fromkeys((_plural(name), *table.forms)))
        terms.append(GlossaryTerm(name, table.says, forms, table.synonyms, table.builds_on, table.first))
    return Glossary(tuple(terms))


def glossary_of(lesson: "Lesson | None") -> Glossary:
    """The words of a lesson: those that its translation explains, else nnsim's."""
    if lesson is None or not lesson.words:
        return read_glossary()
    return Glossary(tuple(GlossaryTerm(one.name, one.sentence, one.forms) for one in lesson.words))


def _plural(name: str) -> str:
    if name.endswith(("s", "sh", "tch", "x")):
        return f"{name}es"
    return f"{name[:-1]}ies" if re.search(r"[^aeiou]y$", name) else f"{name}s"


def _plain(name: str) -> str:
    """Without what people write differently: mini-batch, Mini batch, l_bfgs."""
    return re.sub(r"[\s_-]+", "", name).lower()
