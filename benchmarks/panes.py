"""Draws every pane of every scenario, at its start and two epochs on, in two sizes.

    python benchmarks/panes.py [SCENARIO ...]

A pane that cannot show a scenario has to say so in a sentence; one that fails, or stays empty, is named. Exit
status 1 where any does.
"""

import asyncio
import sys
import time

from textual.screen import Screen

from nnsim.scenario.catalog import read
from nnsim.session.session import Session
from scenarios import names
from screens.app import NnsimApp
from screens.panes import PANES, made
from screens.panes.pane import Pane
from screens.preferences import Preferences

SIZES = ((40, 12), (120, 40))
EPOCHS = 2
TURNS = 50  # of the event loop, until a pane has drawn


class Frame(Screen[None]):
    """One pane at a time."""

    pane: Pane | None = None

    async def put(self, name: str) -> Pane:
        """Put a pane into the place of the last one."""
        if self.pane is not None:
            await self.pane.remove()
        self.pane = made(name)
        await self.mount(self.pane)
        return self.pane

    def drawn(self) -> str:
        """What the pane shows, without its frame."""
        assert self.pane is not None
        region = self.pane.content_region
        rows = self._compositor.render_strips()[region.y : region.bottom]
        return "".join(row.crop(region.x, region.right).text for row in rows).strip()


async def draw(chosen: list[str], size: tuple[int, int]) -> list[str]:
    """Draw all panes of these scenarios.  Returns: those that show nothing."""
    empty = []
    app = NnsimApp(chosen=Preferences())
    async with app.run_test(size=size) as pilot:
        frame = Frame()
        await app.push_screen(frame)
        for scenario in chosen:
            began, session = time.perf_counter(), Session.of_scenario(read(scenario))
            for step in (0, EPOCHS):
                session.motion.move("epoch", step)
                while (track := session.training.lagging()) is not None:
                    session.training.train(track, 256)
                for name in PANES:
                    pane = await frame.put(name)
                    for _ in range(TURNS):
                        pane.present(session.view)
                        await pilot.pause()
                        if frame.drawn():
                            break
                    else:
                        empty.append(f"{scenario}, epoch {step}, {size[0]}x{size[1]}: {name} shows nothing")
            print(f"{scenario} at {size[0]}x{size[1]}: {time.perf_counter() - began:.1f} s", flush=True)
    return empty


def main() -> int:
    """Draw all, or those that are named."""
    chosen = sys.argv[1:] or list(names())
    empty = [line for size in SIZES for line in asyncio.run(draw(chosen, size))]
    print("\n".join(empty) or f"{len(PANES)} panes of {len(chosen)} scenarios drawn")
    return 1 if empty else 0


if __name__ == "__main__":
    sys.exit(main())
