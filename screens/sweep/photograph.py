"""The map of a sweep without a terminal, for pictures."""

import asyncio
from pathlib import Path
from typing import Any

from textual.pilot import Pilot
from textual.strip import Strip

from nnsim.sweep.opened_sweep import OpenedSweep
from nnsim.terminal.theme_names import DEFAULT
from screens.app import NnsimApp
from screens.capture.headless import Camera, lights
from screens.preferences import Preferences
from screens.sweep.sweep_screen import SweepScreen
from screens.terminal.textual_internals import rendered_rows

LONGEST_PAUSES = 400  # until the curve beside the map is trained
PAUSE_S = 0.05


def photograph_map(
    path: Path, size: tuple[int, int], theme: str | None = None, picture: str = "map"
) -> tuple[list[Strip], str]:
    """The map of a sweep in rows of cells, and the title of its scenario.  Raises: NnsimError.

    Args: size: columns and lines. picture: what is drawn, of PICTURES.
    """
    swept, taken = OpenedSweep.open(path), list[list[Strip]]()

    async def direct(pilot: Pilot[Any]) -> None:
        try:
            await pilot.pause()
            screen = pilot.app.screen
            assert isinstance(screen, SweepScreen)
            for _ in range(LONGEST_PAUSES):
                if screen.is_settled:
                    break
                await pilot.pause(PAUSE_S)
            await pilot.pause()
            taken.append(rendered_rows(screen))
        finally:
            pilot.app.exit(0)

    with lights():
        app = NnsimApp(theme=theme or DEFAULT, chosen=Preferences(), first=lambda: SweepScreen(swept, picture))
        app.driver_class = Camera
        asyncio.run(app.run_async(size=size, mouse=False, auto_pilot=direct))
    if (error := app.failure) is not None:
        raise error
    return taken[0], swept.study.scenario.title
