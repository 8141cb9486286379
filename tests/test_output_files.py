"""The one door for files that are written at a person's wish, and that a session closes."""

import ast
from pathlib import Path

import pytest
from shared import nodes_of, tree_of

from nnsim.errors import OutputError
from nnsim.output_files import ANYWHERE, READ_ONLY, OutputFiles, free_path
from nnsim.recording import save

ROOT = Path(__file__).resolve().parents[1]
CLOSED = OutputFiles(writable=False)

# Calls that write or make something on the disk, by the name that is called.
WRITING = {
    "chmod", "copy", "copyfile", "copytree", "hardlink_to", "link", "link_to", "makedirs", "mkdir", "mkdtemp",
    "mkfifo", "mkstemp", "move", "NamedTemporaryFile", "remove", "removedirs", "rename", "renames", "rmdir",
    "rmtree", "savez", "savez_compressed", "symlink", "symlink_to", "TemporaryDirectory", "TemporaryFile", "tofile",
    "touch", "unlink", "write_bytes", "write_text",
}  # fmt: skip
# What is written all the same: no file of a person's, or into a file that the door has opened.
ALLOWED = {
    ("nnsim/recording/sqlite_reader.py", "_rolled_back"): "a private copy in the system's folder, to read from",
    ("nnsim/cli/export.py", "_whole_folder"): "removes the folder that the export has made itself",
    ("nnsim/export/tables.py", "arrays_npz"): "into memory",
    ("nnsim/export/numpy_source.py", "packed"): "into memory",
    ("nnsim/serve/control.py", "_remove_name"): "of a socket that the server has made itself",
}


def called(call):
    """The last name of what is called, and what is asked of it there."""
    function = call.func
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def writes(call):
    name, texts = called(call), [one.value for one in call.args if isinstance(one, ast.Constant)]
    texts += [one.value.value for one in call.keywords if one.arg == "mode" and isinstance(one.value, ast.Constant)]
    owner = getattr(getattr(call.func, "value", None), "id", "")
    if name == "open":  # a mode that writes; os.open for anything but reading
        flags = {one.attr for one in ast.walk(call) if isinstance(one, ast.Attribute)}
        modes = [one for one in texts if isinstance(one, str) and set(one) <= set("rwxabt+")]
        return any(set(mode) & set("wxa+") for mode in modes) or bool(flags & {"O_CREAT", "O_RDWR", "O_APPEND"})
    if name == "replace":
        return owner == "os"
    if name == "copy":
        return owner == "shutil"
    if name == "connect":
        return owner == "sqlite3" and "mode=ro" not in ast.unparse(call)
    if name in ("remove", "move", "link"):
        return owner in ("os", "shutil")
    return name in WRITING


def writing_places(tree, path):
    """The functions of a module that write, as (path, function)."""
    found = set()

    def walk(node, function):
        for child in ast.iter_child_nodes(node):
            inside = child.name if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef) else function
            if isinstance(child, ast.Call) and writes(child):
                found.add((path, inside))
            walk(child, inside)

    walk(tree, "")
    return found


@pytest.mark.parametrize(
    "line",
    [
        "open(path, 'w')", "path.open('xb')", "path.open(mode='a')", "path.write_text('x')",
        "path.write_bytes(b'')",
        "path.mkdir()", "path.touch()", "path.rename(other)", "os.replace(a, b)", "sqlite3.connect(path)",
        "os.open(path, os.O_CREAT | os.O_WRONLY)", "shutil.copyfile(a, b)", "os.makedirs(path)",
    ],
)  # fmt: skip
def test_the_search_finds_what_writes(line):
    assert writing_places(ast.parse(f"def f():\n    {line}\n"), "x.py") == {("x.py", "f")}


@pytest.mark.parametrize(
    "line",
    ["open(path)", "path.open('rb')", "text.replace('a', 'b')", "sqlite3.connect(f'{path}?mode=ro', uri=True)"],
)
def test_the_search_lets_pass_what_reads(line):
    assert not writing_places(ast.parse(f"def f():\n    {line}\n"), "x.py")


def test_nothing_writes_but_through_the_door():
    found = set()
    for room in ("nnsim", "screens", "scenarios"):
        for path in (ROOT / room).rglob("*.py"):
            name = path.relative_to(ROOT).as_posix()
            if name != "nnsim/output_files.py":
                found |= writing_places(tree_of(path), name)
    # What holds a door writes through it: files.write, files.new_file and the file that this gave it.
    assert found == set(ALLOWED)


@pytest.mark.parametrize("room", ["nnsim/cli", "nnsim/narration", "screens"])
def test_whoever_records_for_a_person_passes_their_door_on(room):
    for path in (ROOT / room).rglob("*.py"):
        for call in nodes_of(path):
            if isinstance(call, ast.Call) and called(call) in ("Beside", "Recorder", "saving", "save"):
                names = {one.arg for one in call.keywords}
                assert "files" in names or called(call) == "save", f"{path}:{call.lineno}"


def test_a_closed_door_writes_nothing_and_says_so(tmp_path, small_scenario):
    from nnsim.timeline.run import Run

    run = Run(small_scenario())
    folder = tmp_path / "new"
    for write in (
        lambda: CLOSED.write(folder / "x", b"x"),
        lambda: CLOSED.make_folder(folder),
        lambda: CLOSED.set_aside(folder / "x", "y"),
        lambda: CLOSED.remove_others(folder / "x", "*"),
        lambda: CLOSED.connect(folder / "x"),
        lambda: save(tmp_path / "x.nnsim", [run.timeline], files=CLOSED),
    ):
        with pytest.raises(OutputError, match=READ_ONLY):
            write()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("value", "option", "writable"),
    [(None, False, True), ("", False, True), ("0", False, True), ("1", False, False), ("yes", False, False),
     (None, True, False), ("0", True, False)],
)  # fmt: skip
def test_an_option_or_the_environment_closes_it(value, option, writable):
    environment = {} if value is None else {"NNSIM_READ_ONLY": value}
    assert OutputFiles.of(environment, option).writable is writable


def test_nothing_is_written_outside_of_a_root(tmp_path):
    files = OutputFiles(root=tmp_path / "mine")
    for folder in (files.recordings, files.configuration, files.state, files.pictures):
        files.write(folder / "x", b"x")
        assert folder.is_relative_to(tmp_path / "mine")
    (tmp_path / "mine" / "out").symlink_to(tmp_path)
    for path in (tmp_path / "x", tmp_path / "mine" / ".." / "x", tmp_path / "mine" / "out" / "x"):
        with pytest.raises(OutputError, match="outside"):
            files.write(path, b"x")
    assert not (tmp_path / "x").exists()


def test_a_file_is_replaced_whole_or_not_at_all(tmp_path, smallest_files):
    path = tmp_path / "folder" / "x"
    ANYWHERE.write(path, b"old")
    assert path.read_bytes() == b"old"
    ANYWHERE.write(path, b"new")
    assert path.read_bytes() == b"new"
    smallest_files(100)
    with pytest.raises(OutputError, match=r"x: cannot be written: .*MB free\); it is as it was$"):
        ANYWHERE.write(path, bytes(1000), "it is as it was")
    assert [(one.name, one.read_bytes()) for one in path.parent.iterdir()] == [("x", b"new")]


def test_what_is_set_aside_gets_a_free_name(tmp_path):
    for number, name in enumerate(("kept.json", "kept-2.json")):
        (tmp_path / "x.json").write_text(str(number))
        ANYWHERE.set_aside(tmp_path / "x.json", "kept")
        assert (tmp_path / name).read_text() == str(number)
    assert free_path(tmp_path, "kept", ".json") == tmp_path / "kept-3.json"
