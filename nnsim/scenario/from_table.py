"""What a table's file and its columns seem to be: the settings that read it, where nobody gives them."""

import codecs
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from msgspec import Struct

from nnsim.components import build_part
from nnsim.data.csv_dialect import form_of, has_header
from nnsim.data.csv_file import CSV
from nnsim.data.data_files import ScenarioFiles
from nnsim.data.examples import Examples
from nnsim.data.tables.cell_values import signs_in
from nnsim.data.tables.encoded import as_days, as_written_numbers
from nnsim.data.tables.file_content import check_encoding, encoding_of, unpacked
from nnsim.data.tables.profile import Profile, leaks, profiled
from nnsim.data.tables.report import TableReport
from nnsim.data.tables.table import ROW_LABELS, DataTable, NotPlain, TableColumn, check_size, first_rows, read_table
from nnsim.errors import ScenarioError
from nnsim.scenario.setting_keys import with_settings
from nnsim.scenario.toml_text import quoted
from nnsim.text import clean_line, quote

LISTS = ("ignore", "categories", "numbers", "dates")


class OwnTable(Struct, frozen=True):
    """A table beside the settings of `[data]` that read it.  Args: profile: what was chosen for its columns."""

    files: ScenarioFiles
    data: dict[str, Any]
    table: DataTable
    profile: Profile
    chosen: tuple[str, ...]  # how the file is read, where that is unusual, in lines

    def examples(self) -> Examples:
        """The rows, with the report on all columns.  Raises: ScenarioError."""
        part = build_part({"csv": CSV}, self.data, "data")
        gone = self.profile.reasons
        if gone and not set(self.table.names) - part.left_out - {*part.targets, part.group_by}:
            why = ", ".join(f"{quote(one.name)} {one.reason}" for one in gone.values())
            raise ScenarioError(f"{quote(part.path)}: has no inputs beside its target: {why}")
        found = self.files.examples(part, 0)
        assert found.report is not None
        return replace(found, report=self._completed(found.report, part))

    def report(self) -> TableReport:
        """What becomes of the columns.  Raises: ScenarioError."""
        part = build_part({"csv": CSV}, self.data, "data")
        return self._completed(part.describe(self.table), part)

    def _completed(self, report: TableReport, part: CSV) -> TableReport:
        """A report with the reasons of what was chosen here, and the columns that give the answer away."""
        kept = {one.name: self._typed(one.name, part) for one in report.columns if "left out" not in one.became}
        told: dict[str, str] = {}
        if len(part.targets) == 1:
            target = kept.pop(part.targets[0])
            told = leaks(kept, target)
        columns = []
        for one in report.columns:
            found = self.profile.reasons.get(one.name, one)
            more = (self.profile.remarks.get(one.name), told.get(one.name))
            columns.append(replace(found, reason="; ".join(filter(None, (found.reason, *more)))))
        return replace(report, columns=tuple(columns), leaks=tuple(told))

    def _typed(self, name: str, part: CSV) -> TableColumn:
        column = self.table.columns[name]
        if name in part.numbers:
            return as_written_numbers(self.table, column)
        return as_days(self.table, column, part.day_first) if name in part.dates else column


def own_table(path: Path, targets: Sequence[str], settings: Mapping[str, Any]) -> OwnTable:
    """Reads a table, and chooses the settings that nobody gives.

    Args: settings: by dotted key; those of `data.` are in force. targets: columns to predict, which may be none.
    Raises: ScenarioError.
    """
    if not path.is_file():
        raise ScenarioError(f"{clean_line(str(path))}: is no file that can be read (allowed: a CSV file)")
    source, files, doubtful = clean_line(str(path)), ScenarioFiles(path.parent), ""
    of_data = {key: value for key, value in settings.items() if key.startswith("data.")}
    called = quote(path.name)
    try:
        data: dict[str, Any] = {"kind": "csv", "path": path.name, "target": list(targets)}
        if not of_data.get("data.min_max"):
            data["standardize"] = True
        data = with_settings({"data": data}, of_data)["data"]
        chosen, doubtful = _form(data, files, called, path.suffix.lower() == ".tsv")
        return _profiled(files, data, called, targets, chosen)
    except ScenarioError as error:
        sign = quoted(doubtful)
        hint = f"; if {sign} parts its columns: --set 'data.delimiter={sign}'" if doubtful else ""
        said = str(error)
        said = f"{source}{said.removeprefix(called)}" if said.startswith(called) else f"{source}: {said}"
        raise ScenarioError(f"{said}{hint}") from None


def _form(data: dict[str, Any], files: ScenarioFiles, called: str, tabs: bool) -> tuple[tuple[str, ...], str]:
    """Adds how the file is written to its settings.  Returns: what is said of it; another likely delimiter."""
    content = unpacked(files.read(data["path"]), called)
    check_size(content, called)
    if "encoding" not in data and (encoding := encoding_of(content)) != "utf-8":
        data["encoding"] = encoding
    start = content
    if data.get("encoding") == "utf-16":
        start = codecs.decode(content, "utf-16", "replace").encode()
    found = form_of(start, tabs, str(data.get("delimiter", "")))
    data |= {key: value for key in ("delimiter", "decimal") if (value := getattr(found, key)) and key not in data}
    part = build_part({"csv": CSV}, data, "data")
    check_encoding(content, part.encoding, called)
    rows = first_rows(content, part.form, called)
    if not rows:
        raise ScenarioError(f"{called}: is empty")
    if "header" not in data and not has_header(rows):
        data["header"] = False
    if data.get("header", True) and "names" not in data and (names := _own_names(rows[0])):
        data["names"] = names
    if "decimal" not in data and "thousands" not in data:
        cells = (cell for row in rows[1:] for cell in row)
        decimal, thousands = signs_in(cells, part.delimiter)
        data |= {key: one for key, one in (("decimal", decimal), ("thousands", thousands)) if one}
    return _sayings(data, rows), found.doubtful


def _own_names(first: Sequence[str]) -> list[str]:
    """A name of its own for each column, where the header lacks one or has it twice; empty where all is well."""
    names = [one.strip() for one in first]
    found: list[str] = []
    for index, name in enumerate(names):
        name = name or (ROW_LABELS if index == 0 and len(names) > 1 else f"column {index + 1}")
        count = sum(one == name or one.startswith(f"{name} (") for one in found)
        found.append(f"{name} ({count + 1})" if name in found else name)
    plain = [ROW_LABELS if not one and index == 0 else one for index, one in enumerate(names)]
    return [] if found == plain else found


def _sayings(data: Mapping[str, Any], rows: Sequence[Sequence[str]]) -> tuple[str, ...]:
    said = []
    delimiter = data.get("delimiter", ",")
    if data.get("decimal") == ",":
        said.append(f"read with decimal commas, columns parted by {quoted(delimiter)}")
    if thousands := data.get("thousands"):
        said.append(f"read with {quoted(thousands)} between thousands")
    if data.get("header") is False:
        names = ", ".join(str(i + 1) for i in range(min(len(rows[0]), 3)))
        said.append(
            f"its first line is read as a row, columns are called {names}, ... (--set data.header=true where it "
            "names them)"
        )
    given = data.get("names") or ()
    if len(given) == len(rows[0]):
        own = [new for new, old in zip(given, rows[0], strict=True) if new != old.strip() and new != ROW_LABELS]
        said += [f"what has no name of its own is called {', '.join(map(quote, own))}"] if own else []
    if encoding := data.get("encoding"):
        said.append(f"read as {encoding}")
    return tuple(said)


def _profiled(
    files: ScenarioFiles,
    data: dict[str, Any],
    called: str,
    targets: Sequence[str],
    said: tuple[str, ...],
) -> OwnTable:
    while True:
        part = build_part({"csv": CSV}, data, "data")
        words = frozenset((*part.categories, *part.numbers, *part.dates))
        skip = part.left_out

        def make(part: CSV = part, words: frozenset[str] = words, skip: frozenset[str] = skip) -> DataTable:
            content = unpacked(files.read(part.path), called)
            return read_table(
                content,
                part.form,
                called,
                words=words,
                skip=skip,
                again=lambda: unpacked(files.read(part.path), called),
            )

        try:
            table = files.kept((part.path, part.form), make, lambda _: False)
        except NotPlain as error:  # such as $4.99 below 0: then all of the column is read in that way
            data["numbers"] = [*part.numbers, error.column]
            continue
        break
    if not table.rows:
        raise ScenarioError(f"{called}: has no rows")
    if targets or part.targets:
        part.check_names(table.names, called)
    named = frozenset(name for key in LISTS for name in data.get(key, ())) | {ROW_LABELS}
    named |= {one for one in (part.group_by,) if one}
    profile = profiled(table, part.targets, named)
    if part.time in profile.ignore:  # it orders the rows, whatever else it says
        profile.ignore.remove(part.time)
        del profile.reasons[part.time]
    for key in ("ignore", "numbers", "dates"):
        if found := getattr(profile, key):
            data[key] = [*data.get(key, ()), *found]
    if profile.day_first and "day_first" not in data:
        data["day_first"] = True
    return OwnTable(files, data, table, profile, said)
