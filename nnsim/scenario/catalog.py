"""The catalog of scenarios, read up to the first table of a file and without NumPy, so that lists come at once."""

import os
import re
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import scenarios
from nnsim.errors import ScenarioError
from nnsim.scenario.language import translated_scenario, translation_path
from nnsim.text import clean_line, quote

if TYPE_CHECKING:
    from nnsim.scenario.scenario import Scenario

SUFFIX = ".toml"
CSV_SUFFIXES = (
    *(".csv", ".tsv", ".data", ".dat", ".txt", ".parquet"),
    *(".csv.gz", ".tsv.gz", ".data.gz", ".dat.gz", ".txt.gz"),
)
CSV_PANES = ("loss", "predicted", "importance", "network", "data", "metrics", "predictions", "gradients")
PLANE_PANES = (
    "loss",
    "decision",
    "predicted",
    "network",
    "data",
    "importance",
    "predictions",
    "gradients",
)  # for two inputs
LAST = 1000  # the order of a scenario that names none
HEAD_BYTES = 16_384
LESSON_BYTES = 262_144  # of a file whose first page is looked at before it is read and checked
# A line of a list or of a long text may begin like a table; a file that does so again and again is no scenario.
HEAD_TRIES = 32
_TABLE = re.compile(r"^[ \t]*\[", re.MULTILINE)


class Entry(NamedTuple):
    """A row in the list of scenarios."""

    name: str
    title: str
    summary: str
    path: Path
    order: int = LAST
    group: str = ""


class Outline(NamedTuple):
    """What is known of a scenario before it is read and checked.

    Args: show: the panes of the lesson's first page, where it names any. goes_on: whether that page begins behind
    the first step.
    """

    name: str
    title: str
    panes: tuple[str, ...]
    show: tuple[str, ...] = ()
    goes_on: bool = False


def entries(language: str = "") -> list[Entry]:
    """The scenarios of nnsim in reading order, with titles and summaries in a language where they are translated.

    Raises: ScenarioError where one has no title or summary.
    """
    found = [read_entry(scenarios.path_of(name), language) for name in scenarios.names()]
    return sorted(found, key=lambda entry: (entry.order, entry.name))


def read_entry(path: Path, language: str = "") -> Entry:
    """Title and summary of a scenario file.  Raises: ScenarioError where it cannot be read, or lacks one."""
    head = _head_of(path)
    shown = {**head, **_translated_head(path, language)}
    for key in ("title", "summary"):
        if not isinstance(head.get(key), str):
            raise ScenarioError(
                f"{clean_line(str(path))}: {key}: is missing before the first table (allowed: text)"
            )
    order, group = head.get("order"), head.get("group")
    return Entry(
        path.stem,
        clean_line(shown["title"]),
        clean_line(shown["summary"]),
        path,
        order if isinstance(order, int) else LAST,
        clean_line(group) if isinstance(group, str) else "",
    )


def _translated_head(path: Path, language: str) -> dict[str, str]:
    """Title and summary of a translation; what it lacks is left out."""
    translation = translation_path(path, language)
    head = _head_of(translation) if translation is not None else {}
    return {key: head[key] for key in ("title", "summary") if isinstance(head.get(key), str)}


def outline_of(scenario: str, language: str = "") -> Outline:
    """The outline of a scenario or CSV file that a command line names.  Raises: ScenarioError without any."""
    if is_table(scenario):
        path = Path(scenario)
        return Outline(stem(path), clean_line(path.name, 40), csv_panes(_columns(path) - 1))
    return read_outline(find(scenario), language)


def is_table(name: str) -> bool:
    """Whether a file's name is that of a table."""
    return name.lower().endswith(CSV_SUFFIXES)


def stem(path: Path) -> str:
    """The name of a table's file without what says how it is written: of `rents.csv.gz` too."""
    return Path(path.stem).stem if path.suffix == ".gz" else path.stem


def csv_panes(inputs: int) -> tuple[str, ...]:
    return PLANE_PANES if inputs == 2 else CSV_PANES


def _columns(path: Path) -> int:
    """How many columns a table seems to have, by its first line: its frames are drawn before it is read."""
    try:
        with path.open("rb") as file:
            head = file.readline(HEAD_BYTES)
    except OSError:
        return 0
    if not head.isascii() and b"\x00" in head:  # packed, or of another kind
        return 0
    return 1 + max(head.count(one) for one in (b",", b";", b"\t", b"|"))


def read_outline(path: Path, language: str = "") -> Outline:
    """Name, title, panes and the first page's panes of a scenario file.  Raises: ScenarioError."""
    head = _head_of(path)
    title, panes = {**head, **_translated_head(path, language)}.get("title"), head.get("panes")
    return Outline(
        path.stem,
        clean_line(title) if isinstance(title, str) else clean_line(path.stem),
        _strings(panes),
        *_first_page(path),
    )


def _strings(value: object) -> tuple[str, ...]:
    return tuple(one for one in value if isinstance(one, str)) if isinstance(value, list) else ()


def _first_page(path: Path) -> tuple[tuple[str, ...], bool]:
    """The panes that the first page of a lesson shows, and whether it moves the cursor; none where the beginning of
    the file does not tell."""
    try:
        with path.open("rb") as file:
            lesson = tomllib.loads(file.read(LESSON_BYTES).decode("utf-8")).get("lesson")
    except (OSError, ValueError, RecursionError):
        return (), False
    first = lesson[0] if isinstance(lesson, list) and lesson else None
    if not isinstance(first, dict):
        return (), False
    return _strings(first.get("show")), first.get("cursor", "start") != "start"


def _head_of(path: Path) -> dict[str, Any]:
    try:
        with path.open("rb") as file:
            text = file.read(HEAD_BYTES).decode("utf-8", "replace")
    except OSError as error:
        raise ScenarioError(f"{clean_line(str(path))}: cannot be read: {error.strerror}") from None
    return _head(text)


def _head(text: str) -> dict[str, Any]:
    """The keys before the first table: the shortest beginning, up to a line that opens one, that is whole TOML."""
    ends = [match.start() for match, _ in zip(_TABLE.finditer(text), range(HEAD_TRIES), strict=False)]
    for end in [*ends, len(text)]:
        try:
            return tomllib.loads(text[:end])
        except (ValueError, RecursionError):
            continue
    return {}


def find(scenario: str) -> Path:
    """The file of a scenario, by its name or path.

    Raises: ScenarioError naming the nearest scenario; of a translation, the scenario that it belongs to.
    """
    if scenario == scenarios.TOUR.stem:
        return scenarios.TOUR
    names = scenarios.names()
    if scenario in names:
        return scenarios.path_of(scenario)
    path = Path(scenario)
    if (
        path.suffix == SUFFIX or path.name != scenario or os.path.isfile(path)
    ):  # which a name too long for a file does not fail
        if (original := translated_scenario(path)) is not None:
            raise ScenarioError(
                f"{clean_line(scenario)}: is the translation of {clean_line(original.name)} (allowed: that, with "
                f"--language {path.stem.rpartition('.')[2]})"
            )
        return path
    # Here for the message alone: the list of names must not wait for it.
    from nnsim.components import nearest

    near = nearest(scenario, names).removeprefix(", ")
    hint = f": {near} (nnsim list shows all)" if near else " (nnsim list shows all; a file ends in .toml)"
    raise ScenarioError(f"no scenario named {quote(scenario)}{hint}")


def read(scenario: str) -> "Scenario":
    """Reads and checks a scenario, by its name or path.  Raises: ScenarioError."""
    path = find(scenario)
    from nnsim.scenario.scenario import read_scenario

    return read_scenario(path)
