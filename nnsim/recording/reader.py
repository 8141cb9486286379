"""Recordings that are open for reading: whole or not at all, or as far as they are sound."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal, Protocol, Self

from nnsim.data.data_files import ScenarioFiles
from nnsim.errors import RecordingError, ScenarioError
from nnsim.recording.checksummed_tables import Row, Table, Value
from nnsim.recording.codec import (
    read_answers,
    read_files,
)
from nnsim.recording.facts import Facts
from nnsim.recording.format import (
    ANSWERS_KEY,
    DATA_KEY,
    FACTS,
    HASH_KEY,
    LEFT_KEY,
    MAX_DATA,
    MAX_RUNS,
    META,
    PAGE_KEY,
    RUNS,
    VERSION,
    WRITER_KEY,
)
from nnsim.recording.run_reader import RunReader
from nnsim.recording.salvage import Salvage
from nnsim.recording.sqlite_reader import ROW_BYTES, RecordingTables
from nnsim.scenario.lesson_schema import GivenAnswer
from nnsim.scenario.scenario import Scenario, parse_scenario
from nnsim.scenario.translation import in_language
from nnsim.text import clean_line, printable_path
from nnsim.timeline import Timeline

MAX_FACTS = 100
VERSIONS = ("nnsim", "numpy", "python", "platform", "created_by")


class ReadingPolicy(Protocol):
    """How a file is read of which something may be damaged."""

    damage: list[str]  # what is left out, in sentences

    def rows(
        self, tables: RecordingTables, table: Table, what: str, where: str, values: Sequence[Value], most: int
    ) -> list[Row]:
        """Rows as `RecordingTables.rows` gives them."""

    def check_numbers(self, numbers: Sequence[int]) -> bool:
        """Whether runs of these numbers can be read, though some may be missing."""

    def timelines(self, runs: RunReader, rows: list[Row]) -> tuple[Timeline, ...]:
        """The timelines of the rows of the runs."""


class WholeFile:
    """All of a file is read, or it is refused."""

    def __init__(self) -> None:
        self.damage: list[str] = []

    def rows(
        self, tables: RecordingTables, table: Table, what: str, where: str, values: Sequence[Value], most: int
    ) -> list[Row]:
        """The rows, all of them intact."""
        return tables.rows(table, what, where, values, most)

    def check_numbers(self, numbers: Sequence[int]) -> bool:
        """Whether no run is missing."""
        return list(numbers) == list(range(len(numbers)))

    def timelines(self, runs: RunReader, rows: list[Row]) -> tuple[Timeline, ...]:
        """The timelines of all runs."""
        runs.check_work(rows)
        return tuple(runs.timeline(row) for row in rows)


class Recording:
    """A recording that is open for reading.

    Its timelines are like those of live runs. A part that turns out damaged when it is first looked at raises
    RecordingError then, and so does everything after `close`.
    """

    def __init__(
        self,
        path: Path,
        tables: RecordingTables,
        policy: ReadingPolicy,
        scenario: Scenario | None = None,
        language: str = "",
    ) -> None:
        """Args: scenario: that the runs are to be of, in place of the one in the file. language: that their lesson
        is shown in, where it is translated."""
        self.path = path
        self.damage = policy.damage
        with tables.moment():
            meta = _meta(tables, policy)
            self.versions: Mapping[str, str] = {key: clean_line(meta.get(key, "?")) for key in VERSIONS}
            self.format = f"{VERSION // 1000}.{tables.minor}"
            self.hash: str | None = meta.get(HASH_KEY)  # written on closing; None where that never happened
            self.writer = meta.get(WRITER_KEY, "")  # who writes it, by which one can tell whether that goes on
            self.left_runs = meta.get(LEFT_KEY, "")  # the numbers of the runs that the writer has left behind
            self.page = meta.get(PAGE_KEY, "")  # of the lesson that its writer looks at, from 1
            self.scenario = in_language(_scenario(meta, tables.name), language)[0]
            self.answers = _answers(meta, tables.name)
            known = _facts(tables, policy)
            self._facts_hash = known.pop(HASH_KEY, None)
            self.facts = Facts.read(known, self.scenario, self.versions["numpy"])
            rows = run_rows(tables, policy)
            self.runs = RunReader(tables, scenario or self.scenario, len(rows) > 1)
            self.timelines = policy.timelines(self.runs, rows)

    @property
    def title(self) -> str:
        """Title of the scenario."""
        return self.scenario.title

    @property
    def size(self) -> int:
        """Bytes of the file when it was opened."""
        return self.runs.tables.size

    @property
    def closed_properly(self) -> bool:
        """Whether its writer came to the end."""
        return self.hash is not None

    def hash_holds(self) -> bool:
        """Whether the content has the hash that was written on closing; reads the whole file."""
        try:
            return self.hash == self.runs.tables.content_hash() and self.facts_hold()
        except RecordingError:  # some of it cannot be read at all
            return False

    def facts_hold(self) -> bool:
        """Whether the facts have the hash that was written with them; so they have where the format knows none."""
        tables = self.runs.tables
        return not tables.has_facts or self._facts_hash == tables.facts_hash()

    def close(self) -> None:
        """Close the file."""
        self.runs.tables.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _meta(tables: RecordingTables, policy: ReadingPolicy) -> dict[str, str]:
    """The meta data: of them the data files alone may be large."""
    found = policy.rows(tables, META, "the meta data", "key != ?", (DATA_KEY,), 100)
    tables.allow(MAX_DATA + ROW_BYTES)
    found += policy.rows(tables, META, "the data files", "key = ?", (DATA_KEY,), 1)
    return {row[0]: row[1] for row in found}


def _facts(tables: RecordingTables, policy: ReadingPolicy) -> dict[str, str]:
    """The facts by their names; none in a file whose format has none."""
    if not tables.has_facts:
        return {}
    return {row[0]: row[1] for row in policy.rows(tables, FACTS, "the facts", "TRUE", (), MAX_FACTS)}


def _scenario(meta: dict[str, str], file: str) -> Scenario:
    """The scenario of the meta data, which give up its data files: what is large need not be held twice."""
    if "scenario" not in meta or "scenario_name" not in meta:
        raise RecordingError(f"{file}: its scenario is missing")
    try:
        files = ScenarioFiles(contents=read_files(meta.pop(DATA_KEY, "{}")))
    except ValueError:
        raise RecordingError(f"{file}: its data files are damaged") from None
    try:
        return parse_scenario(meta["scenario"], name=meta["scenario_name"], source=file, files=files)
    except ScenarioError as error:
        raise RecordingError(str(error)) from None


def _answers(meta: Mapping[str, str], file: str) -> tuple[GivenAnswer, ...]:
    """What was answered to the lesson."""
    try:
        return read_answers(meta.get(ANSWERS_KEY, "[]"))
    except ValueError:
        raise RecordingError(f"{file}: its answers are damaged") from None


def run_rows(tables: RecordingTables, policy: ReadingPolicy) -> list[Row]:
    """The rows of the runs, as the policy takes them.  Raises: RecordingError where runs are missing."""
    rows = policy.rows(tables, RUNS, "the runs", "TRUE", (), MAX_RUNS)
    if not rows or not policy.check_numbers([row[0] for row in rows]):
        raise RecordingError(f"{tables.name}: its runs are missing")
    return rows


def open_recording(
    path: Path, damaged: Literal["refuse", "gaps"] = "refuse", scenario: Scenario | None = None, language: str = ""
) -> Recording:
    """Open a recording; this takes no longer for a long run than for a short one.

    Args: damaged: "refuse" a damaged file, on opening or when its damaged part is first looked at; or open it with
    "gaps": what cannot be read is NaN or left out, and `damage` of the recording names it. All of the file is read
    then. scenario: that the runs are to be of, as a teacher has it, in place of the one in the file. language: that
    the lesson is shown in, where it is translated.
    Raises: RecordingError in one line where the file is damaged, foreign, or of a format that is too new.
    """
    if damaged == "refuse":
        return _opened(path, RecordingTables(path), WholeFile(), scenario, language)
    recording = _opened(path, RecordingTables(path, cut=True), Salvage(), scenario, language)
    if not recording.damage and recording.closed_properly and not recording.hash_holds():
        recording.damage.append("something was changed after it was recorded (the hash is another)")
    elif not recording.damage and not recording.facts_hold():
        recording.damage.append("the facts were changed after they were recorded (their hash is another)")
    if not recording.damage:
        try:
            RecordingTables(path).close()
        except RecordingError as error:  # it is the file that is damaged, and nothing that stands in it
            recording.damage.append(str(error).removeprefix(f"{printable_path(path)}: "))
    return recording


def _opened(
    path: Path, tables: RecordingTables, policy: ReadingPolicy, scenario: Scenario | None, language: str
) -> Recording:
    try:
        return Recording(path, tables, policy, scenario, language)
    except BaseException:
        tables.close()
        raise
