"""A race on a function of two parameters opens like any other scenario, and the surface pane names x and y."""

from harness import redraw, rows
from shared import bundled
from waiting import pauses

from nnsim.session.session import Session
from screens.app import NnsimApp


async def test_the_surface_of_a_function_is_drawn_with_the_paths_over_it():
    session = Session.of_scenario(bundled("optimizer-race-saddle"))
    app = NnsimApp(session)
    async with app.run_test(size=(160, 50)) as pilot:
        await pilot.pause()
        await pilot.press(*"40", "right")
        async for _ in pauses(pilot):
            if session.view.arrived and session.training.lagging() is None:
                break
        else:
            raise AssertionError("it does not arrive")
        redraw(app.screen)
        await pilot.pause()
        shown = "\n".join(rows(app))
    assert "Loss surface" in shown
    assert "x 0.0295" in shown  # 2 * 0.9**40
    assert "Loss" in shown
