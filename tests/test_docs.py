"""The documents say what the program does: their tables are made from it, their links and pictures exist."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")])


def test_the_tables_of_the_readme_are_those_of_the_program(tmp_path):
    before = (ROOT / "README.md").read_text("utf-8")
    program = "import sys; from make import readme; sys.stdout.write(readme(sys.stdin.read()))"
    made = subprocess.run(
        [sys.executable, "-c", program],
        input=before,
        capture_output=True,
        encoding="utf-8",
        cwd=ROOT / "docs",
        env={"PYTHONPATH": str(ROOT), "PATH": "", "PYTHONUTF8": "1"},
        check=True,
    )
    assert made.stdout == before, "make docs brings the tables up to date"


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_links_lead_somewhere(document):
    text = document.read_text("utf-8")
    links = re.findall(r"\]\(([^)#]+)[^)]*\)", text)
    for link in [one for one in links if "://" not in one]:
        assert (document.parent / link).exists(), link


def test_the_readme_shows_a_picture_first_then_the_two_commands_then_the_keys():
    text = (ROOT / "README.md").read_text("utf-8")
    places = [text.index(part) for part in ("![", "make run", "make test", "| key |")]
    assert places == sorted(places)


def test_every_room_of_the_architecture_exists():
    text = (ROOT / "docs/architecture.md").read_text("utf-8")
    rooms = re.findall(r"`((?:nnsim|screens|scenarios)/[\w./]*)`", text)
    assert len(rooms) > 8
    for room in rooms:
        assert (ROOT / room).exists(), room
