"""The documents say what the program does: their tables are made from it, their links and pictures exist."""

import re
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

from nnsim.scenario.scenario import parse_scenario
from nnsim.timeline.run import Run
from screens.panes import PANES

ROOT = Path(__file__).resolve().parent.parent
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md"), ROOT / "docs/screens/README.md"])


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


def test_every_pane_is_pictured_at_three_sizes():
    shown = {path.stem for path in (ROOT / "docs/screens/panes").iterdir()}
    assert {f"{name}-{size}" for name in PANES for size in ("80x24", "120x40", "200x50")} <= shown


def test_the_tour_moves_without_a_script_and_fetches_nothing():
    path = ROOT / "docs/screens/tour.svg"
    assert path.stat().st_size < 1_000_000
    assert "http" not in path.read_text("utf-8").replace("http://www.w3.org/2000/svg", "")
    tags = [element.tag.rpartition("}")[2] for element in ElementTree.parse(path).iter()]
    assert set(tags) == {"svg", "title", "style", "rect", "path", "text", "g"}
    assert tags.count("g") > 40  # frames


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_links_lead_somewhere(document):
    text = document.read_text("utf-8")
    links = re.findall(r"\]\(([^)#]+)[^)]*\)", text) + re.findall(r'src="([^"]+)"', text)
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


def test_every_room_has_a_row_in_the_architecture():
    text = (ROOT / "docs/architecture.md").read_text("utf-8").partition("## Rooms")[2].partition("\n## ")[0]
    rooms = [
        path.parent.relative_to(ROOT) for top in ("nnsim", "screens") for path in (ROOT / top).rglob("__init__.py")
    ]
    assert len(rooms) > 8
    first_cells = " ".join(line.split("|")[1] for line in text.splitlines() if line.startswith("|"))
    assert [room for room in rooms if room.parent.name and f"`{room}/`" not in first_cells] == []


def test_the_example_of_a_scenario_is_one():
    text = (ROOT / "docs/scenarios.md").read_text("utf-8")
    example = re.search(r"```toml\n(.*?)```", text, re.S)[1]
    found = parse_scenario(example, name="example", source="docs/scenarios.md")
    assert [one.name for one in found.variants] == ["adam", "plain"]
    for variant in found.variants:
        run = Run(found, variant.name)
        run.advance_to(run.timeline.plan.steps)
        assert run.trainer.evaluate().accuracy == 1.0
