"""The legend of a plot: names of its curves and marks, in as few rows as hold them."""

from collections.abc import Iterator, Sequence
from itertools import product

import numpy as np
from msgspec import Struct

from screens.plots.canvas import glyph_of, role_of
from screens.plots.cells import Cells, cut, cut_middle, flow, one_cell_each
from screens.plots.plot_model import AxisMark, Curve
from screens.plots.plot_style import Look

Entry = tuple[str, str, str]  # marker, name, role
PlacedTexts = tuple[list[tuple[int, int, str, str]], int]  # (row, column, text, role), and the number of rows
SHORTEST = 2  # characters of a name that is cut, where there is no room for a single one that says more
LEGIBLE = 4  # characters of a cut name that still says which one is meant
MOST_HOLLOW = 2  # of the markers that a word stands for


class Legend(Struct, frozen=True):
    """Texts in the rows of a legend, each at a (row, column)."""

    texts: tuple[tuple[int, int, str, str], ...] = ()
    rows: int = 0

    def draw(self, cells: Cells) -> None:
        for row, column, text, role in self.texts:
            cells.write(column, row, text, role)


def most_rows(height: int) -> int:
    """The most rows for a legend: names are cut before curves lose their room."""
    return 0 if height < 4 else 1 if height < 8 else 2 if height < 14 else 3 if height < 24 else 4


def mark_glyph(mark: AxisMark, look: Look) -> str:
    """The character of a mark that the terminal has."""
    glyph = one_cell_each(mark.glyph, True)[:1]
    if look.unicode:
        return glyph if glyph not in ("", "?") else "▼"
    return mark.plain if mark.plain.isascii() and mark.plain else glyph if glyph.isascii() and glyph != "" else "!"


def legend_of(
    title: str,
    curves: Sequence[Curve],
    look: Look,
    width: int,
    height: int,
    *,
    warning: str = "",
    note: str = "",
    marks: Sequence[AxisMark] = (),
    remarks: Sequence[Entry] = (),
    essential: Sequence[Entry] = (),
    solid: bool = False,
    named: bool = True,
) -> Legend:
    """Names the plot's quantity, its curves and its marks, each behind its marker.

    Args: title: the y axis's label. warning: about points left out; it always stands at the right end of the first
    row. note: the same of less weight, where room is left. remarks: more explanations, behind the curves.
    essential: those before the names of unfocused curves. solid: whether paths are blocks. named: whether curves
    are named; else their names stand elsewhere.
    """
    most = most_rows(height)
    told = [curve for curve in curves if curve.name and not curve.faint] if named else []
    if not most or not (title or warning or told or any(mark.kind for mark in marks) or remarks or essential):
        return Legend()
    title, warning, note = (one_cell_each(text, look.unicode) for text in (title, warning, note))
    entries = _entries(told, look, solid)
    if len(told) == 1 and told[0].kind == "line" and entries[0][1] == title:
        title = ""
    kinds = list(dict.fromkeys((mark_glyph(mark, look), mark.kind, mark.of) for mark in marks if mark.kind))
    meanings = _meanings(curves, look)
    first, rest = (
        [(marker, one_cell_each(name, look.unicode), role) for marker, name, role in said]
        for said in (essential, remarks)
    )
    # What marks are called with the names of their runs, and without where those have no room.
    brief = [(glyph, one_cell_each(kind, look.unicode), "warning") for glyph, kind, _ in kinds]
    full = [
        (glyph, one_cell_each(f"{kind} of {of}" if of else kind, look.unicode), "warning")
        for glyph, kind, of in kinds
    ]
    extras = [[*dict.fromkeys([*meanings, *said, *rest])] for said in (full, brief)]
    warning = cut(warning, width, look.unicode)
    room = width - len(warning) - 2 if warning else width
    texts, rows = _placed(title, entries, first, extras, width, room, most, look)
    if warning:
        texts.append((0, width - len(warning), warning, "warning"))
    elif note:
        end = max((column + len(text) for row, column, text, _ in texts if row == rows - 1), default=0)
        if end + 2 + len(note) <= width:
            texts.append((rows - 1, width - len(note), note, "axis"))
    return Legend(tuple(texts), rows)


def _entries(named: Sequence[Curve], look: Look, solid: bool) -> list[Entry]:
    # A value alone is drawn as a marker: there is no line yet.
    line = len(named) == 1 and named[0].kind == "line" and np.isfinite(named[0].low).sum() > 1
    alone = line and look.unicode
    return [
        (
            way_glyph(curve, look) if solid and curve.kind == "path" else "━" if alone else glyph_of(curve, look),
            one_cell_each(curve.name, look.unicode),
            role_of(curve),
        )
        for curve in named
    ]


def way_glyph(curve: Curve, look: Look) -> str:
    """A path in small: its start, its line, its end."""
    end = glyph_of(curve, look)
    return f"○─{end}" if look.unicode else f"S{end}"


def _meanings(curves: Sequence[Curve], look: Look) -> list[Entry]:
    """The meanings of hollow markers, and of the signs of faint curves."""
    found = []
    for word in dict.fromkeys(curve.hollow for curve in curves if curve.hollow and not curve.faint):
        some = [curve for curve in curves if curve.hollow == word and not curve.faint]
        if not any(curve.name.startswith(word) for curve in some):
            markers = "".join(dict.fromkeys(glyph_of(curve, look) for curve in some))
            more = ("…" if look.unicode else "~") if len(markers) > MOST_HOLLOW else ""
            found.append((markers[:MOST_HOLLOW] + more, one_cell_each(word, look.unicode), "text"))
    signs = [curve for curve in curves if curve.faint and curve.sign and curve.name]
    found += [
        (one_cell_each(one.sign, look.unicode), one_cell_each(one.name, look.unicode), "axis") for one in signs
    ]
    return found


def _placed(
    title: str,
    entries: list[Entry],
    essential: list[Entry],
    extras: list[list[Entry]],
    width: int,
    first: int,
    most: int,
    look: Look,
) -> PlacedTexts:
    """Places everything: whole names in as few rows as they need, else names cut to fit into all rows.

    Names that would read alike are replaced by their number.  Args: extras: other entries, in full and in brief.
    """
    for number in range(len(essential), -1, -1):
        said = essential[:number]
        # The meaning of marks is left out before any curve's name is cut.
        for extra, heading in product(_ever_less(extras), (title, "") if title else ("",)):
            found = _wrapped(heading, [*entries, *said, *extra], width, first, most)
            if found is not None:
                return found
        found = _in_focus(entries, said, extras, width, first, most)
        if found is not None:
            return found
    for count in range(len(entries), 0, -1):
        found = _shortened(entries[:count], len(entries) - count, width, first, most, look)
        if found is not None:
            return found
    short = [(glyph, cut_middle(name, SHORTEST, look.unicode), role) for glyph, name, role in entries]
    for count in range(len(short) - 1, -1, -1):
        found = _wrapped("", [*short[:count], ("", f"+{len(short) - count}", "axis")], width, first, most)
        if found is not None:
            return found
    return [], 1


def _ever_less(extras: list[list[Entry]]) -> Iterator[list[Entry]]:
    for count in range(max(map(len, extras)), -1, -1):
        yield from (extra[:count] for extra in extras)


def _in_focus(
    entries: Sequence[Entry], essential: list[Entry], extras: list[list[Entry]], width: int, first: int, most: int
) -> PlacedTexts | None:
    """The whole names of what is in focus, and as many others as fit; None where that has no room."""
    runs = list(dict.fromkeys(role for _, _, role in entries if role.startswith("dim:")))
    if not runs or len(runs) == len({role for _, _, role in entries}):
        return None
    for said in (*extras, *(extra[:1] for extra in extras), []):
        # What marks mean is worth some names of other runs, and the first thing that is to be known is worth more.
        for count in range(len(runs) - 1, len(runs) // 2 if said in extras and said else -1, -1):
            left_out = set(runs[count:])
            visible = [entry for entry in entries if entry[2] not in left_out]
            more = ("", f"+{len(left_out)} more: v", "axis")
            found = _wrapped("", [*visible, more, *essential, *said], width, first, most)
            if found is not None:
                return found
    return None


def _shortened(
    entries: Sequence[Entry], others: int, width: int, first: int, most: int, look: Look
) -> PlacedTexts | None:
    """Names cut as little as makes them fit; None where they would be illegible or alike.

    Args: others: how many more curves there are, which are counted.
    """
    names = [name for _, name, _ in entries]
    more = [("", f"+{others}", "axis")] if others else []
    markers = sum(len(marker) + 3 for marker, _, _ in entries) + (len(more[0][1]) if more else -2)
    for length in range(max(map(len, names)), LEGIBLE - 1, -1):
        if markers + sum(min(len(name), length) for name in names) > first + (most - 1) * (width + 2):
            continue  # far cheaper than to try
        short = _cut_apart(names, length, look.unicode)
        if short is None:
            return None
        cut_entries = [(glyph, name, role) for (glyph, _, role), name in zip(entries, short, strict=True)]
        found = _wrapped("", [*cut_entries, *more], width, first, most)
        if found is not None:
            return found
    return None


def _cut_apart(names: Sequence[str], length: int, unicode: bool) -> list[str] | None:
    """Names cut to a length, as near to the middle as leaves them different, or None."""
    middle = (length - 1) // 2
    for tail in sorted(range(length - 1), key=lambda tail: abs(tail - middle)):
        short = [cut_middle(name, length, unicode, tail) for name in names]
        if len(set(short)) == len(set(names)):
            return short
    return None


def _wrapped(title: str, entries: Sequence[Entry], width: int, first: int, most: int) -> PlacedTexts | None:
    """The texts of whole entries one after the other; None where they take too many rows."""
    lengths = [len(name) + (len(marker) + 1 if marker else 0) for marker, name, _ in entries]
    if (title and len(title) > first) or max(lengths, default=0) > width:
        return None
    places = flow(lengths, width, first, len(title) + 3 if title else 0)
    rows = places[-1][0] + 1 if places else 1
    if rows > most:
        return None
    texts = [(0, 0, title, "axis")] if title else []
    for (marker, name, role), length, (row, column) in zip(entries, lengths, places, strict=True):
        if marker:
            texts.append((row, column, marker, role))
        # A name is to be read, however dim its curve is.
        texts.append((row, column + length - len(name), name, "axis" if role.startswith("dim:") else role))
    return texts, rows
