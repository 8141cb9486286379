"""`nnsim list` and `nnsim explain`: the scenarios that come with nnsim, and what its methods do."""

from typing import TYPE_CHECKING

from nnsim.cli.output import columns, say, say_json
from nnsim.scenario.catalog import entries

if TYPE_CHECKING:
    from nnsim.scenario.method_reference import Family, Method, Setting


def list_scenarios(as_json: bool) -> int:
    """Say name and summary of each scenario, a line each; with its title and file as JSON."""
    found = entries()
    if as_json:
        say_json([{**entry._asdict(), "path": str(entry.path)} for entry in found])
    elif found:
        say("\n".join(columns([(entry.name, entry.summary) for entry in found])))
    return 0


def explain(name: str | None) -> int:
    """Explains a method or a family, or lists all.  Returns: the exit status.  Raises: NnsimError."""
    from nnsim.scenario.method_reference import Family, find

    if name is None:
        say("\n".join(_list()))
        return 0
    texts = [_family(one) if isinstance(one, Family) else _method(one) for one in find(name)]
    say("\n\n\n".join("\n".join(text) for text in texts))
    return 0


def _list() -> list[str]:
    from nnsim.scenario.method_reference import families

    rows: list[tuple[str, ...]] = []
    for family in families():
        names, line = [one.name for one in family.methods], ""
        label = family.name
        for one in names:
            if len(line) + len(one) > 80:
                rows.append((label, line.strip()))
                label, line = "", ""
            line += f"{one}, " if one != names[-1] else one
        rows.append((label, line.strip()))
    return columns(rows)


def _family(family: "Family") -> list[str]:
    rows: list[tuple[str, ...]] = [(one.name, one.sentence) for one in family.methods]
    lines = [f"{family.title} ({family.key})", "", *("  " + line for line in columns(rows))]
    if family.settings:
        lines += ["", "settings of all of them", *_settings(family.settings)]
    return lines


def _method(method: "Method") -> list[str]:
    from nnsim.scenario.method_reference import families

    family = next(one for one in families() if one.name == method.family)
    lines = [f"{method.name} ({family.key})", "", *(f"  {line}".rstrip() for line in method.text.splitlines())]
    if method.settings:
        lines += ["", "settings", *_settings(method.settings)]
    if family.settings:
        lines += ["", "and as all of its family", *_settings(family.settings)]
    return lines


def _settings(settings: "tuple[Setting, ...]") -> list[str]:
    rows: list[tuple[str, ...]] = [(one.name, f"default {one.default}", one.allowed) for one in settings]
    return ["  " + line for line in columns(rows)]
