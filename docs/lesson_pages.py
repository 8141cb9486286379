"""Pictures of every page of every lesson as it opens, and sheets of them, for whoever writes lessons."""

import asyncio
import io
import os
import tempfile
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

from camera import camera, lights, opened
from PIL import Image
from textual.strip import Strip

from nnsim.scenario import catalog
from screens.capture.png import png

SIZES = ((120, 40), (80, 24))
ACROSS = {SIZES[0]: 3, SIZES[1]: 4}  # pictures in a row of a sheet
WIDTH = 2400  # pixels of a sheet


async def pages(scenario: str) -> AsyncIterator[tuple[int, tuple[int, int], list[Strip]]]:
    """The pages of a scenario, from 0, as they open one after the other, at each size."""
    async with camera(opened(scenario), SIZES[0]) as found:
        workbench = found.workbench
        workbench.stage.begin()
        for page in range(len(workbench.session.scenario.lesson.parts)):
            await found.resize(SIZES[0])
            pane = workbench.lesson.pane
            assert pane is not None, "a lesson stands on every stage"
            assert pane.learner is not None, "it is drawn"
            pane.learner.open(page)
            pane.lines.scroll(-pane.lines.top)
            await workbench.stage.follow()
            for size in SIZES:
                await found.resize(size)
                workbench.redraw(anew=True)
                await found.settled()
                yield page, size, found.strips()


async def _write(folder: Path, scenario: str) -> None:
    images: dict[tuple[int, int], list[Image.Image]] = {size: [] for size in SIZES}
    async for page, size, strips in pages(scenario):
        content = png(strips)
        (folder / f"{scenario}-{page + 1}-{size[0]}x{size[1]}.png").write_bytes(content)
        images[size].append(Image.open(io.BytesIO(content)))
    for size, found in images.items():
        _sheet(found, ACROSS[size]).save(folder / f"sheet-{scenario}-{size[0]}x{size[1]}.png", optimize=True)
    print(f"{scenario}: {len(images[SIZES[0]])} pages")


def _sheet(images: Sequence[Image.Image], across: int) -> Image.Image:
    """All pages of a lesson on one picture."""
    width = WIDTH // across
    height = width * images[0].height // images[0].width
    sheet = Image.new("RGB", (WIDTH, -(-len(images) // across) * height), "#808080")
    for index, one in enumerate(images):
        small = one.resize((width - 8, height - 8), Image.Resampling.LANCZOS)
        sheet.paste(small, (index % across * width + 4, index // across * height + 4))
    return sheet


def write(folder: Path, only: Sequence[str] = ()) -> None:
    """Writes the pictures into a folder.  Args: only: names of scenarios; none for all."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as empty, lights():
        for name in ("XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_CONFIG_HOME"):
            os.environ[name] = empty
        for entry in catalog.entries():
            if not only or entry.name in only:
                asyncio.run(_write(folder, entry.name))
