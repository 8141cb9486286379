"""Each name of a module or a class stands once, but for a few with a reason; and no two files import each other."""

import ast
from collections import Counter
from pathlib import Path

from shared import nodes_of

ROOT = Path(__file__).resolve().parents[1]
MODULES = {
    "run": "the command, and what it runs",
    "schema": "the command, and the structures of a scenario file",
    "recorder": "what training programs import, and what writes a run beside its training",
}
CLASSES = {
    "Command": "what a person does to a run, and what a key stands for: both are called so in their field",
    "Place": "where a weight stands in a network, and a pane on the screen",
    "Recorder": "what training programs import, and what writes a run beside its training",
    "Written": "how far a file holds a run, and a session that is written beside its training",
}


def sources():
    for room in ("nnsim", "screens"):
        yield from (ROOT / room).rglob("*.py")


def test_every_module_has_a_name_of_its_own():
    names = Counter(path.stem for path in sources() if not path.stem.startswith("__"))
    assert {name for name, times in names.items() if times > 1} <= set(MODULES)


def test_every_class_has_a_name_of_its_own():
    names = Counter(node.name for path in sources() for node in nodes_of(path) if isinstance(node, ast.ClassDef))
    assert {name for name, times in names.items() if times > 1} <= set(CLASSES)


def imported(path, modules):
    """The modules that a file imports, wherever in it and for whatever: for types, and when a function runs."""
    found = set()
    for node in nodes_of(path):
        if isinstance(node, ast.ImportFrom) and node.module:
            both = {f"{node.module}.{one.name}" for one in node.names} & modules
            found |= both or {node.module}
        elif isinstance(node, ast.Import):
            found |= {one.name for one in node.names}
    return found & modules


def test_no_files_import_each_other_in_a_circle():
    paths = {
        ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path for path in sources()
    }
    left = {name: imported(path, paths.keys() - {name}) for name, path in paths.items()}
    while True:  # what imports none of the others, and what none of them imports, is in no circle
        wanted = frozenset().union(*left.values())
        inside = {
            name: found & left.keys() for name, found in left.items() if found & left.keys() and name in wanted
        }
        if len(inside) == len(left):
            break
        left = inside
    assert not left
