"""A sheet of five lessons as they open, beside the same before their pages had a stage.

python docs/before_after.py CHECKOUT    of the commit before 0301cdf, with its own .venv; writes
                                        docs/screens/before-after.png
"""

import asyncio
import os
import subprocess
import sys
import tempfile
from io import BytesIO
from pathlib import Path

from camera import camera, lights, opened
from PIL import Image

from screens.capture.png import png

SHEET = Path(__file__).parent / "screens" / "before-after.png"
SCENARIOS = ("linear-regression", "xor", "playground-spiral", "vanishing-gradients", "optimizer-race")
SIZE = 120, 40
WIDTH, GAP = 620, 8  # pixels of a picture, and between two
COLOURS = 72  # of the sheet: more would make the file larger and no letter clearer

# What the checkout runs: its camera has the same names, and its own way to a PNG.
BEFORE = """
import asyncio, sys
from pathlib import Path
from camera import camera, lights, opened
from screens.png import png
async def main(folder, *names):
    for name in names:
        async with camera(opened(name), (120, 40)) as found:
            Path(folder, f"{name}.png").write_bytes(png(found.strips()))
with lights():
    asyncio.run(main(*sys.argv[1:]))
"""


def pictures_before(checkout: Path, folder: Path) -> list[Image.Image]:
    """The scenarios as an earlier build opens them.  Args: folder: where it writes them."""
    python = checkout.resolve() / ".venv" / "bin" / "python"
    environment = {**os.environ, "PYTHONPATH": "."}
    subprocess.run([python, "-c", BEFORE, folder, *SCENARIOS], cwd=checkout / "docs", env=environment, check=True)
    return [Image.open(folder / f"{name}.png").convert("RGB") for name in SCENARIOS]


async def _page(scenario: str) -> Image.Image:
    async with camera(opened(scenario), SIZE) as found:
        return Image.open(BytesIO(png(found.strips()))).convert("RGB")


def pictures_now() -> list[Image.Image]:
    """The first page of each, as this build opens it."""
    with lights():
        return [asyncio.run(_page(name)) for name in SCENARIOS]


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        pairs = list(zip(pictures_before(Path(sys.argv[1]), Path(folder)), pictures_now(), strict=True))
    height = WIDTH * pairs[0][0].height // pairs[0][0].width
    sheet = Image.new("RGB", (2 * WIDTH + GAP, len(pairs) * (height + GAP) - GAP), "#808080")
    for row, pair in enumerate(pairs):
        for column, one in enumerate(pair):
            small = one.resize((WIDTH, height), Image.Resampling.LANCZOS)
            sheet.paste(small, (column * (WIDTH + GAP), row * (height + GAP)))
    sheet.quantize(COLOURS, dither=Image.Dither.NONE).save(SHEET, optimize=True)
    print(f"{SHEET.name}: {SHEET.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
