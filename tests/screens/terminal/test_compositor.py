"""What is sent piece by piece is what Textual would have drawn as a whole."""

from harness import redraw
from textual._compositor import CompositorUpdate

from nnsim.session.session import Session
from screens.app import NnsimApp
from screens.terminal.screen_diff import cells, pieces
from screens.terminal.textual_internals import paint, rendered_rows
from screens.workbench.workbench import Workbench


async def test_dirty_spans_add_up_to_the_whole_screen(small_scenario, monkeypatch):
    grid: dict[tuple[int, int], object] = {}

    def keep(app, screen, update):
        if isinstance(update, CompositorUpdate):
            for y, x, found in pieces(update, colours):
                grid.update({(y, x + i): cell for i, cell in enumerate(found)})

    monkeypatch.setattr(NnsimApp, "_display", keep)
    panes = 'panes = ["loss", "gradients", "predictions", "lesson", "network"]'
    app = NnsimApp(Session.of_scenario(small_scenario(head=panes)))
    colours = app.console._color_system
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        for key in ("right", "2", "5", "right", "tab", "z", "full_stop", "z", "l", "7", "question_mark", "escape"):
            await pilot.press(key)
            await pilot.pause()
        screen = app.screen
        assert isinstance(screen, Workbench)
        redraw(screen)
        paint(screen)
        for y, strip in enumerate(rendered_rows(screen)):
            whole = cells(strip, colours)
            assert [grid.get((y, x)) for x in range(len(whole))] == whole, f"row {y}"
