"""Values as TOML writes them."""

import json
from typing import Any


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
