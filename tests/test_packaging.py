"""The wheel holds what nnsim needs at run time and nothing else; make refuses an unfit interpreter."""

import os
import re
import subprocess
import tomllib
from email.message import Message
from email.parser import Parser
from pathlib import Path, PurePosixPath
from zipfile import ZipFile

import pytest
from hatchling.build import build_wheel

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("nnsim", "screens", "scenarios")


@pytest.fixture
def wheel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(ROOT)  # a build backend works on the current folder (PEP 517)
    return tmp_path / build_wheel(str(tmp_path))


def metadata_of(wheel: Path) -> Message:
    with ZipFile(wheel) as archive:
        name = next(name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
        return Parser().parsestr(archive.read(name).decode())


def test_the_wheel_holds_every_file_of_the_three_packages_and_no_other(wheel: Path) -> None:
    expected = {
        path.relative_to(ROOT).as_posix()
        for package in PACKAGES
        for path in (ROOT / package).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    with ZipFile(wheel) as archive:
        held = {
            name
            for name in archive.namelist()
            if not PurePosixPath(name).parts[0].endswith(".dist-info") and not name.endswith("/")
        }
        for name in held:
            assert archive.read(name) == (ROOT / name).read_bytes(), name
    assert held == expected
    assert {f"{package}/__init__.py" for package in PACKAGES} <= held


def test_the_wheel_installs_the_command_and_the_licence(wheel: Path) -> None:
    with ZipFile(wheel) as archive:
        names = archive.namelist()
        entry_points = archive.read(next(name for name in names if name.endswith("entry_points.txt"))).decode()
    assert entry_points.split() == ["[console_scripts]", "nnsim", "=", "nnsim.__main__:main"]
    assert any(name.endswith(".dist-info/licenses/LICENSE") for name in names)
    assert metadata_of(wheel)["Requires-Python"] == ">=3.11"


def test_the_wheel_requires_no_development_tool_and_no_plotext_before_its_new_kernel(wheel: Path) -> None:
    required = metadata_of(wheel).get_all("Requires-Dist")
    assert required is not None
    extras = [requirement for requirement in required if "extra ==" in requirement]
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    asked = [one for extra in project["optional-dependencies"].values() for one in extra]
    assert sorted(one.split(";")[0].strip() for one in extras) == sorted(asked)
    names = {re.split(r"[^A-Za-z0-9_-]", requirement)[0] for requirement in required if requirement not in extras}
    assert names == {"click", "msgspec", "numpy", "platformdirs", "plotext", "textual", "threadpoolctl"}
    assert "plotext>=6.1" in required


def test_the_version_of_the_wheel_is_that_of_the_package(wheel: Path) -> None:
    source = (ROOT / "nnsim" / "__init__.py").read_text(encoding="utf-8")
    assert f'__version__ = "{metadata_of(wheel)["Version"]}"' in source


@pytest.mark.parametrize(
    ("modules", "complaint"),
    [
        ("exit 1", "nnsim needs Python 3.11 or newer"),
        ('case "$2" in *ensurepip*) exit 1;; esac', "nnsim needs Python's venv and ensurepip modules"),
    ],
    ids=["too old", "without ensurepip"],
)
def test_make_refuses_an_unfit_interpreter_in_one_line(tmp_path: Path, modules: str, complaint: str) -> None:
    interpreter = tmp_path / "python3.x"
    interpreter.write_text(f"#!/bin/sh\n{modules}\n", encoding="utf-8")
    interpreter.chmod(0o755)
    # MAKEFLAGS of the `make test` around this would bring its own variables along.
    surroundings = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))}
    made = subprocess.run(
        ["make", "run", f"PYTHON={interpreter}", f"VENV={tmp_path / 'venv'}"],
        cwd=ROOT,
        env=surroundings | {"LC_ALL": "C"},
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )
    said_by_make = ("make:", "make[")
    own_lines = [line for line in made.stderr.splitlines() if not line.startswith(said_by_make)]
    assert made.returncode == 2
    assert len(own_lines) == 1, made.stderr
    assert own_lines[0].startswith(complaint)
    assert str(interpreter) in own_lines[0]
    assert not (tmp_path / "venv").exists()


def test_every_development_tool_is_named_once() -> None:
    """The Makefile prints the entries as requirements, so they are strings and no included groups."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    tools = project["dependency-groups"]["dev"]
    assert all(isinstance(tool, str) for tool in tools)
    assert len({tool.split(">")[0].split("~")[0] for tool in tools}) == len(tools)
    # What users can install beside it; a sentence of the README names each.
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    for extra in project["project"]["optional-dependencies"]:
        assert re.search(rf"[\[,]{extra}[\],]", readme), extra
