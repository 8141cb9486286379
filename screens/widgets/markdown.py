"""Markdown as lines of text: headings, lists, code, emphasis, tables. It fetches and follows nothing."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import TYPE_CHECKING

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

if TYPE_CHECKING:
    from markdown_it.token import Token

HEADINGS = {"h1": "bold underline", "h2": "bold"}
CODE = "bold"
BULLET, RULE = "• ", "─"
# What measures and wraps text needs a console; it writes nothing.
_MEASURE = Console(width=80, color_system=None, force_terminal=False)


def wrapped(text: Text, width: int, first: str = "", rest: str = "") -> list[Text]:
    """A text in lines of a width, with one indent for the first line and one for the others."""
    room = max(8, width - max(cell_len(first), cell_len(rest)))
    lines = text.wrap(_MEASURE, room)
    out = []
    for index, line in enumerate(lines):
        line.rstrip()
        out.append(Text(first if index == 0 else rest, end="") + line)
    return out


def lines_of(markdown: str, width: int) -> list[Text]:
    """A Markdown text laid out, without empty lines at either end."""
    return list(_laid_out(markdown, width))


# The page of a lesson is drawn anew wherever a figure on it changes, and its text stays.
@lru_cache(64)
def _laid_out(markdown: str, width: int) -> tuple[Text, ...]:
    # The parser takes longer to import than a frame to draw: the other panes are painted first.
    from markdown_it import MarkdownIt

    tokens = MarkdownIt("commonmark").enable("table").parse(markdown)
    lines = list(_blocks(iter(tokens), max(8, width)))
    while lines and not lines[-1].plain.strip():
        lines.pop()
    return tuple(lines)


def _blocks(tokens: Iterator[Token], width: int) -> Iterator[Text]:
    first, rest = "", ""  # what stands before the next line, and before those behind it
    counts: list[int | None] = []  # of the lists that are open: the next number, or None for bullets
    style = ""
    tight = False
    for token in tokens:
        match token.type:
            case "heading_open":
                style = HEADINGS.get(token.tag, "italic bold")
            case "bullet_list_open":
                counts.append(None)
            case "ordered_list_open":
                counts.append(int(token.attrGet("start") or 1))
            case "bullet_list_close" | "ordered_list_close":
                counts.pop()
                if not counts:
                    yield Text()
            case "list_item_open":
                number = counts[-1]
                mark = BULLET if number is None else f"{number}. "
                counts[-1] = None if number is None else number + 1
                first, rest = rest + mark, rest + " " * len(mark)
            case "list_item_close":
                rest = rest[: -len(BULLET)] if counts[-1] is None else rest[: -len(f"{counts[-1] - 1}. ")]
                first = rest
            case "blockquote_open":
                first = rest = rest + "│ "
            case "blockquote_close":
                first = rest = rest[:-2]
            case "paragraph_open":
                tight = token.hidden
            case "inline":
                yield from wrapped(_inline(token, style), width, first, rest)
                first = rest
            case "heading_close":
                style = ""
                yield Text()
            case "paragraph_close":
                if not tight and not counts:
                    yield Text(rest.rstrip())
            case "fence" | "code_block":
                for line in token.content.rstrip("\n").split("\n"):
                    if cell_len(rest) + 2 + cell_len(line) > width:  # a long command goes on in the next line
                        yield from wrapped(Text(line), width, f"{rest}  ", f"{rest}    ")
                    else:
                        yield Text(f"{rest}  {line}", style="dim" if not line else "")
                yield Text()
            case "html_block":  # what looks like HTML is text
                yield from wrapped(Text(token.content.strip()), width, rest, rest)
                yield Text()
            case "hr":
                yield Text(RULE * width, style="dim")
                yield Text()
            case "table_open":
                yield from _table(tokens, width)
                yield Text()
            case _:
                pass


def _inline(token: Token, style: str) -> Text:
    text = Text(style=style, end="")
    open_styles: list[str] = []
    for child in token.children or []:
        match child.type:
            case "strong_open":
                open_styles.append("bold")
            case "em_open":
                open_styles.append("italic")
            case "strong_close" | "em_close":
                open_styles.pop()
            case "softbreak":
                text.append(" ")
            case "hardbreak":
                text.append("\n")
            case "code_inline":
                text.append(child.content, " ".join([*open_styles, CODE]))
            case _:
                text.append(child.content, " ".join(open_styles))
    return text


def _table(tokens: Iterator[Token], width: int) -> Iterator[Text]:
    rows: list[list[Text]] = []
    for token in tokens:
        if token.type == "table_close":
            break
        if token.type == "tr_open":
            rows.append([])
        elif token.type == "inline":
            rows[-1].append(_inline(token, "bold" if len(rows) == 1 else ""))
    columns = max(map(len, rows), default=0)
    widths = [max((row[i].cell_len for row in rows if i < len(row)), default=0) for i in range(columns)]
    for row in rows:
        line = Text(end="")
        for index, cell in enumerate(row):
            cell.pad_right(widths[index] - cell.cell_len + 2)
            line.append_text(cell)
        line.rstrip()
        line.truncate(width, overflow="ellipsis")
        yield line
