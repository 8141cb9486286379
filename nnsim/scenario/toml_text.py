"""TOML, read with bounds on what it may cost, and values as it writes them."""

import json
import re
import tomllib
from typing import Any

from nnsim.errors import ScenarioError
from nnsim.text import clean_line, quote

MAX_DEPTH = 16
MAX_LISTS = 205_000  # opening brackets: the inputs and targets of 100,000 rows, and all else
_NAME = r"""(?:[\w-]++|"[^"\n]*+"|'[^'\n]*+')"""
_LONG_KEY = re.compile(rf"(?<![\w-]){_NAME}(?:[ \t]*+\.[ \t]*+{_NAME}){{{MAX_DEPTH}}}")


def parse_toml(text: str) -> dict[str, Any]:
    """Reads TOML, but refuses long dotted keys and huge integers, which cost too much.  Raises: ScenarioError."""
    if long := _LONG_KEY.search(text):
        line = text.count("\n", 0, long.start()) + 1
        raise ScenarioError(f"is no TOML: a key of more than {MAX_DEPTH} names (at line {line})")
    if (lists := text.count("[")) > MAX_LISTS:  # before reading them takes seconds
        raise ScenarioError(
            f"has {lists:,} lists (allowed: {MAX_LISTS:,}): rows in such a number belong into a CSV file"
        )
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ScenarioError(f"is no TOML: {clean_line(str(error))}") from None
    except ValueError:
        raise ScenarioError("is no TOML: an integer has too many digits (allowed: 19)") from None
    except RecursionError:
        raise ScenarioError(f"is no TOML: nested too deep (allowed: {MAX_DEPTH} levels)") from None
    check_value(table, "")
    return table


def check_value(value: object, key: str) -> None:
    """Refuses deep nesting and huge integers before anything copies or prints them.  Raises: ScenarioError."""
    level: list[tuple[str, object]] = [(key, value)]
    for _ in range(MAX_DEPTH):
        inner: list[tuple[str, object]] = []
        for path, one in level:
            if isinstance(one, dict):
                entries = [(f"{path}.{name}" if path else name, entry) for name, entry in one.items()]
            else:
                entries = [(path, entry) for entry in (one if isinstance(one, list) else [one])]
            for place, entry in entries:
                if isinstance(entry, dict | list):
                    inner.append((place, entry))
                elif isinstance(entry, int) and not -(2**63) <= entry < 2**63:
                    raise ScenarioError(f"{quote(place)[1:-1]}: an integer has too many digits (allowed: 19)")
        if not inner:
            return
        level = inner
    raise ScenarioError(f"{quote(level[0][0])[1:-1]}: nested too deep (allowed: {MAX_DEPTH} levels)")


def toml(value: Any) -> str:
    """A value as TOML writes it; what is not set is an empty text."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key} = {toml(one)}" for key, one in value.items()) + "}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(toml(one) for one in value)}]"
    return quoted(value) if isinstance(value, str) else str(value)


def quoted(text: str) -> str:
    """A text as TOML quotes it: as JSON does, but for the one control character that TOML does not let stand."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
