"""The diagnosis in the workbench: asked for by a key, worked out beside the run, its remedy tried by another."""

import pytest
from textual.worker import WorkerState
from waiting import until

from screens.panes.diagnosis_pane import ASK, BUSY, CLEAN, DiagnosisPane


def text(pane):
    return " ".join(line.plain for line in pane.lines.content)


async def examine(opened):
    """Press the key, and wait until the thread has found what there is to find."""
    (pane,) = [one for one in opened.workbench.panes if isinstance(one, DiagnosisPane)]
    await opened.pilot.press("d")
    await until(opened.pilot, lambda: not pane.busy)  # a short one may be over before its worker is seen
    assert pane.diagnosis is not None
    await opened.settle()


async def test_it_asks_before_it_trains_anything(fly):
    async with fly("xor", size=(100, 30), variant="article", panes=("diagnosis",)) as opened:
        (pane,) = opened.workbench.panes
        assert ASK[:30] in text(pane)
        await opened.press("d")
        assert "train a few epochs first" in opened.notices[-1]


async def test_what_it_finds_stands_until_the_run_goes_on_and_its_remedy_can_be_tried(fly):
    settings = {"train.epochs": 3000}
    async with fly("xor", size=(100, 30), variant="article", settings=settings, panes=("diagnosis",)) as opened:
        (pane,) = opened.workbench.panes
        await opened.press("end")
        await opened.press(*"2900", "right")
        await examine(opened)
        assert "no-bias" in text(pane)
        assert "model.bias = true" in text(pane)
        await opened.press("enter")
        assert opened.session.focused.timeline.plan.model.bias
        assert ASK[:30] in text(pane)


async def test_a_run_that_learned_all_there_is_to_learn_has_no_fault(fly):
    async with fly("linear-regression", size=(100, 30), variant="steady", panes=("diagnosis",)) as opened:
        (pane,) = opened.workbench.panes
        await opened.press(*"200", "right")
        await examine(opened)
        assert CLEAN[:30] in text(pane)
        await opened.press("enter")
        assert "d looks for faults" in opened.notices[-1]


async def test_escape_gives_it_up(fly):
    async with fly("digits", size=(100, 30), panes=("diagnosis",)) as opened:
        (pane,) = opened.workbench.panes
        await opened.press("3", "right")
        await opened.pilot.press("d")
        workers = [one for one in opened.app.workers if one.group == "diagnosis"]
        assert BUSY[:20] in text(pane) or workers[0].state != WorkerState.RUNNING
        await opened.pilot.press("escape")
        await opened.app.workers.wait_for_complete(workers)
        await opened.settle()
        assert pane.diagnosis is None
        assert ASK[:30] in text(pane)


@pytest.mark.parametrize("size", [(40, 12), (80, 24), (120, 40)])
async def test_its_lines_stay_within_the_pane(fly, size):
    async with fly("linear-regression", size=size, variant="too-fast", panes=("diagnosis",)) as opened:
        (pane,) = opened.workbench.panes
        await opened.press(*"150", "right")
        await examine(opened)
        assert "rate-too-high" in text(pane)
        assert all(line.cell_len <= pane.lines.size.width for line in pane.lines.content)


async def press_d(opened):
    await examine(opened)
    assert "rate-too-high" in text(opened.workbench.panes[0])


async def press_enter(opened):
    await examine(opened)
    before = opened.session.focused.timeline.plan.schedule.rate
    await opened.press("enter")
    assert opened.session.focused.timeline.plan.schedule.rate < before


@pytest.mark.parametrize("key", [binding.key for binding in DiagnosisPane.BINDINGS])
async def test_every_key_of_the_pane_is_pressed(key, fly):
    async with fly("linear-regression", size=(80, 24), variant="too-fast", panes=("diagnosis",)) as opened:
        await opened.press(*"150", "right")
        await globals()[f"press_{key}"](opened)
