"""What became of a table: of every column, how many rows were left out and why, what gives the answer away."""

from dataclasses import dataclass
from typing import Any

from nnsim.text import clean_line, count

MOST_NAMED = 5  # columns because of which rows were left out
LONGEST_NAME = 60


@dataclass(frozen=True)
class ColumnReport:
    """What became of a column, and why, or of how many values."""

    name: str
    became: str
    reason: str = ""


@dataclass(frozen=True)
class TableReport:
    """What became of a table.  Args: rows: of the file, all. leaks: columns that tell the target."""

    columns: tuple[ColumnReport, ...]
    rows: int
    left_out: int = 0
    because: tuple[str, ...] = ()  # columns whose missing values left rows out, the most frequent first
    leaks: tuple[str, ...] = ()

    def as_object(self) -> dict[str, Any]:
        return {
            "columns": [{"name": one.name, "became": one.became, "reason": one.reason} for one in self.columns],
            "rows": self.rows,
            "left_out": self.left_out,
            "leaks": list(self.leaks),
        }

    def in_short(self) -> tuple[str, ...]:
        """Rows and columns that were left out, and the sentences, for where a line has to do."""
        gone = [clean_line(one.name, LONGEST_NAME) for one in self.columns if one.became.endswith("left out")]
        more = f" and {len(gone) - MOST_NAMED} more" if len(gone) > MOST_NAMED else ""
        said = (f"left out: {', '.join(gone[:MOST_NAMED])}{more}",) if gone else ()
        return (*said, *self.sentences())

    def sentences(self) -> tuple[str, ...]:
        """Rows left out, and columns that give the answer away, where there are any."""
        found = []
        if self.left_out:
            names = [clean_line(one, LONGEST_NAME) for one in self.because[:MOST_NAMED]]
            more = f" and {len(self.because) - MOST_NAMED} more" if len(self.because) > MOST_NAMED else ""
            columns = "column" if len(self.because) == 1 else "columns"
            why = f": values are missing in {columns} {', '.join(names)}{more}" if names else ""
            found.append(f"{self.left_out:,} of {count(self.rows, 'row')} were left out{why}")
        for name in self.leaks:
            reason = next((one.reason for one in self.columns if one.name == name), "")
            found.append(f"{clean_line(name, LONGEST_NAME)} may give the answer away: {reason}")
        return tuple(found)

    def lines(self) -> tuple[str, ...]:
        """A line for each column, and the sentences."""
        names = [clean_line(one.name, LONGEST_NAME) for one in self.columns]
        wide, mid = max(map(len, names), default=0), max((len(one.became) for one in self.columns), default=0)
        rows = [
            f"  {name:<{wide}}  {one.became:<{mid}}  {one.reason}".rstrip()
            for name, one in zip(names, self.columns, strict=True)
        ]
        return (*rows, *self.sentences())
