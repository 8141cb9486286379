"""Private names of Textual and Rich are imported and used in screens.terminal, and nowhere else."""

import ast
import importlib
import inspect
import re
from functools import cache
from pathlib import Path

import rich
import textual
from shared import tree_of

import screens

ROOT = Path(screens.__file__).parent
LIBRARIES = ("textual", "rich")
# Names of others that Textual happens to have as well: a named tuple's method, and lists of Python's event loop.
OTHERS = {"_replace", "_ready", "_scheduled"}

DEFINED = re.compile(r"(?:def|class) (_\w+)|\.(_\w+)(?::[^=\n]+)? = |^ *(_\w+)(?::[^=\n]+)? = ", re.M)


def is_private(name):
    return len(name) > 1 and name.startswith("_") and not name.startswith("__") and name not in OTHERS


def of_library(module):
    return module is not None and module.split(".")[0] in LIBRARIES


def private_names(tree):
    """Private names that a syntax tree defines: functions, classes, variables and attributes of `self`."""
    for node in ast.walk(tree):
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                yield from filter(is_private, (name,))
            case ast.Attribute(attr=name, ctx=ast.Store()):
                yield from filter(is_private, (name,))
        if isinstance(node, ast.ClassDef | ast.Module):
            yield from (name for name in assigned_in(node) if is_private(name))


def assigned_in(body):
    """Names that a class or a module assigns to, but for those in its functions."""
    for statement in body.body:
        if isinstance(statement, ast.Assign | ast.AnnAssign):
            yield from (node.id for node in ast.walk(statement) if is_stored(node))


def is_stored(node):
    return isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)


@cache
def library_names():
    """Every private name that Textual or Rich define anywhere; their trees would take seconds."""
    folders = [Path(package.__file__).parent for package in (textual, rich)]
    texts = (path.read_text(encoding="utf-8") for folder in folders for path in folder.rglob("*.py"))
    return {name for text in texts for found in DEFINED.findall(text) for name in found if is_private(name)}


@cache
def names_of(base):
    """Private names that a class of a library defines."""
    tree = tree_of(Path(inspect.getfile(base)))
    found = next(node for node in ast.walk(tree) if isinstance(node, ast.ClassDef) and node.name == base.__name__)
    return set(private_names(found))


def inherited_names(kind):
    """Private names that a class has from Textual or Rich."""
    return set().union(*(names_of(base) for base in kind.__mro__ if of_library(base.__module__)))


def class_of(module, node):
    """The class that a syntax tree in a module defines, or None inside of functions."""
    return getattr(module, node.name, None)


def violations(tree, module):
    """Lines of a module at which it reaches below the public interface of Textual or Rich, and how."""
    for node in ast.walk(tree):
        match node:
            case ast.ImportFrom(module=source, names=names) if of_library(source):
                if any(map(is_private, source.split("."))) or any(is_private(one.name) for one in names):
                    yield node.lineno, f"imports {ast.unparse(node)}"
            case ast.Import(names=names):
                if any(of_library(one.name) and any(map(is_private, one.name.split("."))) for one in names):
                    yield node.lineno, f"imports {ast.unparse(node)}"
            case ast.Attribute(value=owner, attr=name) if name in library_names():
                if not (isinstance(owner, ast.Name) and owner.id in ("self", "cls")):
                    yield node.lineno, f"uses {ast.unparse(node)}"
            case ast.Call(
                func=ast.Name(id="getattr" | "setattr" | "hasattr"), args=[_, ast.Constant(value=name), *_]
            ):
                if name in library_names():
                    yield node.lineno, f"uses {ast.unparse(node)}"
            case ast.ClassDef() if isinstance(kind := class_of(module, node), type):
                theirs = inherited_names(kind)
                for inner in ast.walk(node):
                    match inner:
                        case ast.Attribute(value=ast.Name(id="self" | "cls"), attr=name) if name in theirs:
                            yield inner.lineno, f"uses {ast.unparse(inner)}"
                        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) if name in theirs:
                            yield inner.lineno, f"overrides {name}"
                yield from ((node.lineno, f"overrides {name}") for name in assigned_in(node) if name in theirs)


def test_no_other_room_reaches_below_the_public_interface_of_textual():
    found = {}
    for path in ROOT.rglob("*.py"):
        parts = path.relative_to(ROOT.parent).with_suffix("").parts
        if "terminal" not in parts:
            module = importlib.import_module(".".join(part for part in parts if part != "__init__"))
            found |= {f"{path.relative_to(ROOT)}:{line}": how for line, how in violations(tree_of(path), module)}
    assert found == {}


VIOLATION = """
from textual._compositor import Compositor
from textual.widgets import _toast
import rich._palettes
from textual.widget import Widget

class Bad(Widget):
    _size = None
    def _on_idle(self):
        self._dirty_regions.clear()
        self._own = super()._on_mount
        getattr(self, "_nodes")

def paint(screen):
    screen._on_timer_update()
"""


def test_a_violation_of_each_kind_is_found(tmp_path, monkeypatch):
    (tmp_path / "violation.py").write_text(VIOLATION)
    monkeypatch.syspath_prepend(tmp_path)
    module = importlib.import_module("violation")
    found = sorted(violations(ast.parse(VIOLATION), module))
    assert [line for line, _ in found] == [2, 3, 4, 7, 9, 10, 11, 12, 15]
    assert {how.split()[0] for _, how in found} == {"imports", "uses", "overrides"}
