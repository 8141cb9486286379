"""Every page of every lesson, as it opens: one pane leads, none is empty, and nothing is cut off."""

from dataclasses import replace

import pytest
from harness import redraw, rows
from shared import WHOLE

from nnsim.scenario import catalog
from nnsim.scenario.places import Position
from nnsim.session.session import Session
from nnsim.timeline import Cursor
from scenarios import names
from screens.app import NnsimApp
from screens.capture.headless import Stage
from screens.widgets.layout import LEAST_WIDTH, PANE_HEIGHT

SIZES = (120, 40), (80, 24)
PARTS = 8  # so that several processes have their part
SOON = 1  # epochs; a page that begins later is looked at here, for training takes long
EMPTY = (
    "trains the first epoch",
    "press →",
    "press .",
    "This picture tells the answer",
    "no step yet",
    "nothing to",
)
# `make test-pages` looks at every page at both sizes, the suite at one page of four at one of them: which, differs
# from lesson to lesson.
TURNS = 1 if WHOLE else 4
ALIKE = {f"clinic-{number}" for number in range(2, 13)}  # whose pages are those of clinic-1
LEAST = 24  # characters that a pane draws, at least


def sooner(scenario):
    """The scenario with places of its pages that are soon there."""

    def page(part):
        at = part.stage.cursor
        if at is None or at.text == "start":
            return part
        return replace(part, stage=replace(part.stage, cursor=Position("", "epoch", SOON)))

    parts = tuple(page(part) for part in scenario.lesson.parts)
    return replace(scenario, lesson=replace(scenario.lesson, parts=parts))


def complaints(app, workbench):
    """What is wrong with the panes on the screen."""
    drawn = rows(app)
    layout = workbench.slots.layout(app.size.width, app.size.height - 3)
    for place in layout.places:
        pane = workbench.panes[place.slot]
        box = pane.region
        if box.width < LEAST_WIDTH or box.height < PANE_HEIGHT:
            yield f"{pane.kind} has {box.width}x{box.height} cells"
        inside = [row[box.x + 1 : box.right - 1] for row in drawn[box.y + 1 : box.bottom - 1]]
        text = " ".join(" ".join(inside).split())
        if len(text.replace(" ", "")) < LEAST:
            yield f"{pane.kind} is empty"
        yield from (f"{pane.kind} says {said!r}" for said in EMPTY if said in text and pane.kind != "lesson")
        if pane.kind == "lesson" and "…" in text:
            yield "the lesson is cut off"
        title = drawn[box.y][box.x : box.right]
        if not title.strip("╭╮─ "):
            yield f"{pane.kind} has no title"
    if layout.lead is None:
        yield "no pane leads"
    lead = next(
        one for one in layout.places if one.slot not in (None,) and workbench.panes[one.slot].kind != "lesson"
    )
    if lead.width * lead.height < 0.4 * app.size.width * (app.size.height - 3):
        yield f"the lead has {lead.width}x{lead.height} cells"


@pytest.mark.parametrize("part", range(PARTS))
async def test_a_page_opens_with_a_lead_no_empty_pane_and_nothing_cut_off(part):
    found = []
    app = NnsimApp(Session.of_scenario(catalog.read("a-guess")))
    async with app.run_test(size=SIZES[0]) as pilot:
        for offset, name in list(enumerate(names()))[part::PARTS]:
            session = Session.of_scenario(sooner(catalog.read(name)))
            pages = range(1 if name in ALIKE else len(session.scenario.lesson.parts))
            for size in SIZES if WHOLE else (SIZES[offset % 2],):
                await pilot.resize_terminal(*size)
                session.motion.head_for(Cursor())
                workbench = Stage(session)
                await app.switch_screen(workbench)
                await pilot.pause(0)
                workbench.stage.begin()
                redraw(workbench)
                learner = workbench.lesson.pane.learner
                for page in pages[offset % TURNS :: TURNS] or pages[:1]:
                    with app.batch_update():  # nothing is painted but what is looked at
                        learner.open(page)
                        await workbench.stage.follow()
                        while (track := session.training.lagging()) is not None:
                            session.training.train(track, 1000)
                        session.motion.keep_up()
                    workbench.redraw(anew=True)
                    await pilot.pause(0)
                    found += [f"{name} {page + 1} at {size}: {one}" for one in complaints(app, workbench)]
    assert not found
