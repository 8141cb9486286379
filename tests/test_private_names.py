"""Tests go through public doors: how often they reach for a private name is counted, and may only become less.

Counted are, in every file below `tests`,
- an attribute `owner._name`, read, written or called, unless the owner is the test's own `self` or `cls`;
- an import of `_name`, or from or of a module one of whose parts is `_name`;
- a string with such a name as an argument of `getattr`, `setattr`, `hasattr` or `delattr`, a fixture's too.
Names with two underscores on both sides are public, and `_` alone is no name.
"""

import ast
from pathlib import Path

import pytest
from shared import nodes_of

TESTS = Path(__file__).parent
MOST = 60
BY_NAME = {"getattr", "setattr", "hasattr", "delattr"}


def is_private(name):
    return any(
        len(part) > 1 and part.startswith("_") and not (part.startswith("__") and part.endswith("__"))
        for part in name.split(".")
    )


def accesses(nodes):
    """The lines of a syntax tree that reach for a private name, and what they say."""
    for node in nodes:
        match node:
            case ast.Attribute(value=ast.Name(id="self" | "cls")):
                continue
            case ast.Attribute(attr=name) if is_private(name):
                yield node.lineno, ast.unparse(node)
            case ast.ImportFrom(module=module, names=names):
                for one in names:
                    if is_private(f"{module or ''}.{one.name}"):
                        yield node.lineno, f"from {module} import {one.name}"
            case ast.Import(names=names):
                yield from ((node.lineno, f"import {one.name}") for one in names if is_private(one.name))
            case ast.Call(func=ast.Name(id=function) | ast.Attribute(attr=function), args=arguments):
                if function in BY_NAME:
                    for one in arguments:
                        if isinstance(one, ast.Constant) and isinstance(one.value, str) and is_private(one.value):
                            yield node.lineno, ast.unparse(node)


def test_private_names_are_reached_for_no_more_often_than_before():
    found = [
        f"{path.relative_to(TESTS)}:{line}: {text}"
        for path in sorted(TESTS.rglob("*.py"))
        for line, text in accesses(nodes_of(path))
    ]
    assert len(found) <= MOST, "\n".join(found)


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("a._b.c", 1),
        ("a._b._c = 1", 2),
        ("self._b._c()", 1),
        ("self._b", 0),
        ("a.__doc__", 0),
        ("from a import _b, c, _d", 2),
        ("from a._b import c", 1),
        ("import a._b", 1),
        ("setattr(a, '_b', 1)", 1),
        ("patch.setattr('a.b._c', None)", 1),
        ("patch.setattr(a._b, 'c', None)", 1),
        ("print('_b')", 0),
    ],
)
def test_an_access_is_counted_where_there_is_one(text, count):
    assert len(list(accesses(ast.walk(ast.parse(text))))) == count
