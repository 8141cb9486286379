"""What one served session may do and whose it is, as it is passed to the process that carries it out."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from nnsim.scenario.language import LANGUAGE_VARIABLE

TERM = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]{0,63}")
LOCALE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@-]{0,63}")
PASSED_ON = {
    **dict.fromkeys(("LANG", "LC_ALL", "LC_CTYPE", "LC_MESSAGES"), LOCALE),
    **dict.fromkeys(("COLORTERM", "NO_COLOR"), TERM),
}
STUDENT = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,31}")


@dataclass(frozen=True)
class SessionRequest:
    """One session.

    Args: student: the name that logged in; it is the name of a folder, see `student_allowed`. folder: of the
    scenarios and recordings that are served. own: the only folder that the session writes into, None where it
    writes nothing. quota_bytes: that `own` may hold. may_train: whether scenarios open and runs are forked. opens:
    a recording to begin with, in place of home, at the place `at`. loop: plays it again and again. environment: of
    the process, all of it.
    """

    student: str
    folder: Path
    own: Path | None = None
    quota_bytes: int = 0
    may_train: bool = False
    opens: Path | None = None
    at: str | None = None
    loop: bool = False
    environment: dict[str, str] = field(default_factory=dict)

    def to_json(self) -> bytes:
        return msgspec.json.encode(
            {
                **vars(self),
                **{key: str(one) if (one := getattr(self, key)) else None for key in ("folder", "own", "opens")},
            }
        )

    @classmethod
    def from_json(cls, text: bytes) -> "SessionRequest":
        return msgspec.convert(msgspec.json.decode(text), cls, dec_hook=lambda kind, one: kind(one))


def student_allowed(name: str) -> bool:
    """Whether a name may log in: letters, digits, dots, dashes, at most 32, for it is the name of a folder too."""
    return STUDENT.fullmatch(name) is not None


def environment(term: str, offered: Mapping[str, str], language: str = "") -> dict[str, str]:
    """The environment of a session: the terminal's kind, and what the client says of its locale and colours.

    Everything else that a client offers is left out; a value of another form is, too.

    Args: language: that the server has for everybody.
    """
    found = {"TERM": term if TERM.fullmatch(term) else "dumb"}
    found.update((key, offered[key]) for key, form in PASSED_ON.items() if form.fullmatch(offered.get(key, "")))
    found.setdefault("LANG", "C.UTF-8")
    if language:
        found[LANGUAGE_VARIABLE] = language
    return found
