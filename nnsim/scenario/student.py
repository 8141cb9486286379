"""Who a student is, and the numbers that are theirs alone."""

import hashlib
import unicodedata
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from nnsim.errors import NnsimError
from nnsim.text import clean_line, quote

if TYPE_CHECKING:
    from nnsim.scenario.scenario import Scenario

STUDENT_VARIABLE = "NNSIM_STUDENT"
LONGEST_STUDENT = 100  # characters
_NOT_COUNTED = "Answers will not count: every student has their own numbers here, and --student names nobody"


def student_name(given: str | None, environment: Mapping[str, str]) -> str:
    """The name of whoever works, as recordings have it; empty where nobody says.

    Args: given: what --student says, which goes before the environment.
    Raises: NnsimError where it is no name.
    """
    source, text = "--student", given
    if text is None:
        source, text = STUDENT_VARIABLE, environment.get(STUDENT_VARIABLE, "")
        if not text.strip():
            return ""
    name = clean_line(text, LONGEST_STUDENT + 1)
    if not 1 <= len(name) <= LONGEST_STUDENT:
        raise NnsimError(f"{source} {quote(text)}: is no name (allowed: 1 to {LONGEST_STUDENT} characters)")
    return name


def personal_seed(student: str, scenario: str) -> int:
    """The seed of a student in a scenario whose numbers are personal, from 0 to 2**32 - 1.

        seed = first 4 bytes, most significant first, of SHA-256(name + NUL + scenario)

    Args: student: a name; it is trimmed, normalized (NFC) and case-folded, so that two ways to write it are one.
    scenario: its name.
    """
    name = unicodedata.normalize("NFC", student.strip()).casefold()
    return int.from_bytes(hashlib.sha256(f"{name}\0{scenario}".encode()).digest()[:4], "big")


def personal_settings(scenario: "Scenario", student: str) -> dict[str, Any]:
    """The settings that a scenario has for this student alone; none where all have the same, or nobody says."""
    return {"random.seed": personal_seed(student, scenario.name)} if scenario.personal and student else {}


def missing_student(scenario: "Scenario", student: str) -> str:
    """What has to be said where numbers are personal, and nobody says whose; else nothing."""
    return _NOT_COUNTED if scenario.personal and not student else ""
