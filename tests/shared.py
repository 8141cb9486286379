"""What tests read once for all that look at it: the scenarios that come with nnsim, and syntax trees of sources."""

import ast
import json
import os
from functools import cache
from pathlib import Path

from nnsim.scenario.scenario import Scenario, read_scenario
from scenarios import path_of

# The suite draws a share of what takes long, always the same; `make test-whole` and its like look at all of it.
WHOLE = bool(os.environ.get("NNSIM_WHOLE"))
THIRD = 1 if WHOLE else 3  # of random cases, of which `make fuzz` tries new ones


@cache
def bundled(name: str) -> Scenario:
    """A scenario that comes with nnsim, by its name; a scenario never changes, and holds the plans of its runs."""
    return read_scenario(path_of(name))


@cache
def tree_of(path: Path) -> ast.Module:
    """The syntax tree of a source file."""
    return ast.parse(path.read_text("utf-8"))


@cache
def nodes_of(path: Path) -> tuple[ast.AST, ...]:
    """All nodes of the syntax tree of a source file."""
    return tuple(ast.walk(tree_of(path)))


def strict(text):
    """JSON without the NaN and Infinity that Python would accept."""

    def refuse(constant):
        raise AssertionError(f"{constant} is no JSON")

    return json.loads(text, parse_constant=refuse)
