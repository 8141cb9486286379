"""Notebooks: valid, the same program in cells, with the lesson's text between them."""

import json

import nbformat
import numpy as np
import pytest
from program_runs import carried_out, largest_difference
from shared import bundled

from nnsim.export.notebook import notebook, spread
from nnsim.export.programs.numpy_program import numpy_program
from nnsim.scenario.catalog import entries
from nnsim.timeline import Timeline
from nnsim.timeline.run import Run


def read(timeline, file="run.npz"):
    program = numpy_program(timeline, file, beside=False)
    found = nbformat.reads(notebook(timeline, program), 4)
    nbformat.validate(found)
    return program, found


def code(found):
    return "\n\n".join(cell.source for cell in found.cells if cell.cell_type == "code")


@pytest.mark.parametrize("name", [one.name for one in entries()])
def test_the_cells_of_a_notebook_are_the_program_and_the_whole_lesson(name):
    scenario = bundled(name)
    program, found = read(Timeline(scenario, scenario.variants[0].name, {}))
    lines = [line for line in program.text.split('"""\n', 1)[1].splitlines() if line]
    assert sorted(line for line in code(found).splitlines() if line) == sorted(lines)
    words = "\n".join(cell.source for cell in found.cells if cell.cell_type == "markdown")
    for part in scenario.lesson.parts:
        assert part.text.strip() in words
        assert part.question is None or part.question.ask in words
    assert len({cell.id for cell in found.cells}) == len(found.cells)
    assert found.cells[-1].cell_type == "markdown" or found.cells[-2].cell_type == "markdown"


def test_the_cells_one_after_the_other_print_what_the_run_records(tmp_path):
    scenario = bundled("playground-spiral")
    run = Run(scenario, scenario.variants[0].name, {"train.epochs": 20})
    program, found = read(run.timeline, str(tmp_path / "run.npz"))
    np.savez(tmp_path / "run.npz", **program.arrays)
    run.advance_to(run.timeline.plan.steps)
    assert largest_difference(run, carried_out(code(found))) <= 1e-9


def test_the_same_run_gives_the_same_file():
    timeline = Timeline(bundled("xor"), "article", {})
    texts = {notebook(timeline, numpy_program(timeline)) for _ in range(2)}
    assert len(texts) == 1
    assert json.loads(texts.pop())["nbformat"] == 4


def test_pages_are_spread_in_their_order():
    assert spread(["a", "b", "c", "d", "e"], 3) == [["a", "b"], ["c", "d"], ["e"]]
    assert spread(["a"], 3) == [["a"], [], []]
    assert spread([], 2) == [[], []]
