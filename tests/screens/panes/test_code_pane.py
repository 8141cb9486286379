"""The code pane shows the program of the run, marks the lines of the phase, and tells the variables in them."""

import re

import numpy as np
import pytest
from harness import redraw

from nnsim.export.programs.numpy_program import numpy_program
from nnsim.export.programs.variables import told, told_in, variables
from nnsim.session.session import Session
from nnsim.timeline import Cursor
from nnsim.training.trainer import PHASES
from screens.app import NnsimApp
from screens.panes.code import MARK, CodePane
from screens.workbench.workbench import Workbench

HIDDEN = '[model]\nhidden = [3]\nactivation = "tanh"\n'
NORMS = """[model]
layers = [
    { kind = "dense", units = 3, activation = "linear" }, { kind = "batch-norm", activation = "tanh" },
    { kind = "residual", layers = [{ kind = "dropout", rate = 0.0 }, { kind = "layer-norm" }] },
]
"""
RUNS = {
    "momentum": HIDDEN + '[optimizer]\nkind = "momentum"\n',
    "batches": HIDDEN + "[train]\nbatch_size = 3\n",
    "norms": NORMS,
    "finite differences": HIDDEN + '[solver]\nkind = "finite-differences"\n',
    "random search": HIDDEN + '[solver]\nkind = "random-search"\n',
    "l-bfgs": HIDDEN + '[optimizer]\nkind = "l-bfgs"\n',
    "sam": HIDDEN + '[optimizer]\nkind = "sam"\n',
}


@pytest.fixture
def fly(small_scenario):
    def opened(extra, size=(120, 40)):
        return NnsimApp(Session.of_scenario(small_scenario(extra, "panes = ['code']\n"))).run_test(size=size)

    return opened


async def at(pilot, step, phase=0):
    await pilot.pause()
    bench = next(screen for screen in pilot.app.screen_stack if isinstance(screen, Workbench))
    session = bench.session
    session.motion.head_for(Cursor(step, phase))
    while (track := session.training.lagging()) is not None:
        session.training.train(track, 4096)
    redraw(bench)
    await pilot.pause()
    return next(one for one in bench.panes if isinstance(one, CodePane)), session


def marked(pane):
    """The lines of code that are marked, as they stand."""
    return [one.plain for one in pane.lines.content if one.plain.startswith(MARK)]


@pytest.mark.parametrize(
    ("name", "size"),
    [(name, (200, 50) if name in ("batches", "norms", "sam") else (80, 24)) for name in RUNS],
)
async def test_the_lines_of_each_phase_are_marked_forwards_and_backwards(name, size, fly):
    async with fly(RUNS[name], size) as pilot:
        seen = {}
        for phase in (1, 2, 3, 0):
            pane, session = await at(pilot, 5 + (phase == 0), phase)
            lines = list(numpy_program(session.view.focused.timeline).listing())
            expected = [one.text for one in lines if one.phase == PHASES[(phase or 4) - 1]]
            for row, one in zip(marked(pane), expected, strict=True):
                begun = row[len(MARK) :][: len(one)].rstrip()  # a line too long goes on below
                assert one.startswith(begun)
                assert len(begun) >= min(len(one), pane.lines.size.width - 16)
            if expected:
                top, height = pane.lines.top, pane.lines.size.height
                first = next(i for i, one in enumerate(pane.lines.content) if one.plain.startswith(MARK))
                assert top <= first < top + height, "the first line of the phase is in sight"
            seen[phase] = [one.plain for one in pane.lines.content]
        for phase in (3, 2, 1):
            pane, _ = await at(pilot, 5, phase)
            assert [one.plain for one in pane.lines.content] == seen[phase]


@pytest.mark.parametrize("name", RUNS)
def test_every_variable_that_is_told_is_what_the_program_has(name, small_scenario):
    session = Session.of_scenario(small_scenario(RUNS[name] + ("" if "[train]" in RUNS[name] else "[train]\n")))
    session.motion.head_for(Cursor(6))
    while (track := session.training.lagging()) is not None:
        session.training.train(track, 100)
    track = session.view.focused
    text = re.sub(r"(for step in range\(1), \d+\):", r"\1, 7):", numpy_program(track.timeline).text)
    names = {"print": lambda *_: None}
    exec(text.split("# After training")[0], names)
    known = variables(track.trainer_at(5, 4), "update")
    compared = 0
    for one, value in known.items():
        if one in names and one not in ("w", "g", "rate") and not isinstance(value, tuple):
            np.testing.assert_allclose(np.asarray(names[one]), value, rtol=1e-6, atol=1e-9, err_msg=one)
            compared += 1
        elif one in names and isinstance(value, tuple):
            assert np.shape(names[one]) == value
    assert compared >= 8


async def test_an_update_tells_one_weight_with_what_is_remembered_of_it(fly):
    async with fly(RUNS["momentum"]) as pilot:
        pane, session = await at(pilot, 4)
        track = session.view.focused
        line = next(one for one in marked(pane) if "b[...] =" in one)
        remembered = track.trainer_at(3, 4).slots.item(0, 0)
        assert told("b", remembered) in line


async def test_the_start_tells_the_weights_as_they_were_drawn_and_o_finds_them_again(fly):
    async with fly(HIDDEN, (80, 24)) as pilot:
        pane, _ = await at(pilot, 0)
        assert any(one.startswith(f"{MARK}W1, b1 = rng") for one in marked(pane))
        top = pane.lines.top
        await pilot.press(*["up"] * 30)
        assert pane.lines.top == 0 < top
        await pilot.press("o")
        await pilot.pause()
        redraw(pilot.app.screen)
        assert pane.lines.top == top


def test_variables_give_way_to_the_room_that_there_is():
    values = {"z1": np.arange(4.0).reshape(2, 2), "b1": np.array([0.5]), "W1": np.zeros((30, 2))}
    names = ("z1", "np", "b1", "W1")
    assert told_in(names, values, 60) == "z1 [0 1 2 3]  b1 0.5  W1 (30, 2)"
    assert told_in(names, values, 29) == "z1 (2, 2)  b1 0.5  W1 (30, 2)"
    assert told_in(names, values, 18) == "z1 (2, 2)  b1 0.5"
    assert told_in(names, values, 5) == ""
