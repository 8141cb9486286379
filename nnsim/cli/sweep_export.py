"""`nnsim export FILE.nnsweep`: the table of a sweep for other programs, and its map as a picture."""

import csv
import io
import json
from collections.abc import Callable, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nnsim.cli.output import say
from nnsim.cli.task_options import ExportOptions
from nnsim.errors import NnsimError
from nnsim.output_files import check_untaken
from nnsim.text import clean_line, count, quote

if TYPE_CHECKING:
    from nnsim.sweep.outcome_table import OutcomeTable
    from nnsim.sweep.study import Study

NOTHING = "nothing is exported"
OF_SWEEPS = ("csv", "json", "parquet", "svg", "png")  # what the table or the map of a sweep is written as
EXTRAS = {"parquet": ("pyarrow", "parquet"), "png": ("PIL", "png")}


def export_sweep(options: ExportOptions, size: tuple[int, int]) -> int:
    """Writes a sweep in another format.  Returns: the exit status.  Raises: NnsimError."""
    from nnsim.sweep.file import SweepFile

    makers: dict[str, Callable[[Study, OutcomeTable], str | bytes]] = {
        "csv": _csv,
        "json": _json,
        "parquet": _parquet,
    }
    pictures = ("svg", "png")
    if options.pane is not None and options.format not in pictures:
        raise NnsimError(f"--pane: means nothing for --to {options.format} (allowed for {', '.join(pictures)})")
    if options.format not in OF_SWEEPS:
        raise NnsimError(f"--to {options.format}: means nothing for a sweep (allowed: {', '.join(OF_SWEEPS)})")
    module, extra = EXTRAS.get(options.format, ("", ""))
    if module and find_spec(module) is None:
        raise NnsimError(f"--to {options.format}: needs {module} (pip install 'nnsim[{extra}]')")
    if options.format in pictures:
        content = _picture(options, size)
    else:
        file = SweepFile.open(options.file)
        content = makers[options.format](file.study, file.read())
    if options.output == "-":
        if isinstance(content, bytes):
            raise NnsimError(f"--output -: {options.format} is no text (allowed for csv, json, svg)")
        say(content, end="")
        return 0
    path = Path(options.output or f"{options.file.stem}.{options.format}")
    check_untaken(path, options.overwrite)
    data = content.encode() if isinstance(content, str) else content
    with options.files.open_new(path, NOTHING, replace=options.overwrite) as out:
        out.write(data)
    say(f"{clean_line(str(path))}: {count(len(data), 'byte')}")
    return 0


def _columns(study: "Study", table: "OutcomeTable") -> dict[str, list[Any]]:
    from nnsim.sweep.results import rows_of

    rows = list(rows_of(study, table))
    return {name: [one[name] for one in rows] for name in (rows[0] if rows else ())}


def _csv(study: "Study", table: "OutcomeTable") -> str:
    columns = _columns(study, table)
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(zip(*(map(_plain, one) for one in columns.values()), strict=True))
    return out.getvalue()


def _plain(value: Any) -> Any:
    """A value as a cell of a table holds it; a number keeps all its digits."""
    if isinstance(value, list | Mapping):
        return json.dumps(value)
    return "" if value is None else repr(value) if isinstance(value, float) else value


def _json(study: "Study", table: "OutcomeTable") -> str:
    from nnsim.sweep.results import as_object

    return json.dumps(as_object(study, table), indent=2, allow_nan=False) + "\n"


def _parquet(study: "Study", table: "OutcomeTable") -> bytes:
    import pyarrow
    import pyarrow.parquet

    columns = {
        name: [_plain(one) if isinstance(one, list | Mapping) else one for one in values]
        for name, values in _columns(study, table).items()
    }
    out = io.BytesIO()
    pyarrow.parquet.write_table(pyarrow.table(columns), out)
    return out.getvalue()


def _picture(options: ExportOptions, size: tuple[int, int]) -> str | bytes:
    from screens.capture.svg import svg
    from screens.sweep.photograph import photograph_map
    from screens.sweep.sweep_screen import PICTURES

    if options.pane not in (None, *PICTURES):
        raise NnsimError(f"--pane {quote(options.pane)}: is no picture of a sweep (allowed: {', '.join(PICTURES)})")
    if options.pane == "importance":
        from nnsim.sweep.setting_importance import require_forest

        require_forest()
    strips, title = photograph_map(options.file, size, options.theme, options.pane or "map")
    if options.format == "svg":
        return svg(strips, f"nnsim · {title}")
    from screens.capture.png import png

    return png(strips)
