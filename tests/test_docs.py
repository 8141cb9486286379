"""The documents say what the program does: their tables are made from it, their links and pictures exist."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from nnsim.run import Run
from nnsim.scenario import parse_scenario

ROOT = Path(__file__).resolve().parent.parent
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")])


@pytest.mark.parametrize(
    ("document", "made_by"), [("README.md", "readme"), ("docs/scenarios.md", "scenario_reference")]
)
def test_the_tables_of_a_document_are_those_of_the_program(document, made_by):
    before = (ROOT / document).read_text("utf-8")
    program = f"import sys; from make import {made_by} as made; sys.stdout.write(made(sys.stdin.read()))"
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


def test_the_example_of_a_scenario_is_one():
    text = (ROOT / "docs/scenarios.md").read_text("utf-8")
    example = re.search(r"```toml\n(.*?)```", text, re.S)[1]
    found = parse_scenario(example, name="example", source="docs/scenarios.md")
    assert [one.name for one in found.variants] == ["adam", "plain"]
    for variant in found.variants:
        run = Run(found, variant.name)
        run.advance_to(run.timeline.plan.steps)
        assert run.trainer.evaluate().accuracy == 1.0
