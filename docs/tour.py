"""The recorded tour: a session driven by keys, as an SVG picture that moves by itself, without a script.

Each frame lies over those before it and holds no more than the cells that changed, so a browser has little to do
and the file stays small. Who asks for less motion, or has a viewer without animations, sees the first frame.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from camera import Camera, camera, opened

from screens.capture.cell_model import Cell, cells_of
from screens.capture.svg import Placed, SvgDrawing, common_ground, document, placed
from screens.preferences import Preferences

SIZE = (100, 30)
SLOTS = ("loss", "network", "arrays", "decision")
INK, GROUND, CAP_INK, CAP_GROUND = "#e0e0e0", "#121212", "#121212", "#ffa62b"  # of the line with the keys
NEAR = 4  # unchanged cells that are painted again rather than to begin anew
Rows = list[list[Cell]]


@dataclass
class Film:
    """Frames with the time at which each is seen first."""

    taken: list[tuple[float, Rows]] = field(default_factory=list)
    at_s: float = 0.0
    keys: str = ""
    told: str = ""

    def shoot(self, found: Camera, seconds: float) -> None:
        """Show what is on the screen, with the keys below it, for so long."""
        rows = [*cells_of(found.strips()), self._line([]), self._line(self._caption())]
        self.taken.append((self.at_s, rows))
        self.at_s += seconds

    def _caption(self) -> list[Cell]:
        cap = [Cell(char, CAP_INK, CAP_GROUND, bold=True) for char in f" {self.keys} "]
        return [*cap, *(Cell(char, INK, GROUND) for char in f"  {self.told}")]

    @staticmethod
    def _line(cells: Sequence[Cell]) -> list[Cell]:
        return [*cells, *[Cell(" ", INK, GROUND)] * (SIZE[0] - len(cells))][: SIZE[0]]


async def shot() -> Film:
    """Drive a session through what is worth seeing first."""
    film = Film()
    async with camera(opened("xor", "biases"), SIZE, chosen=Preferences(layouts={"xor": SLOTS})) as found:

        async def scene(keys: str, told: str, *presses: str, each: float = 1.0, last: float = 1.2) -> None:
            """Press keys one after the other, and show what each has done."""
            film.keys, film.told = keys, told
            for index, key in enumerate(presses):
                await found.press(key)
                film.shoot(found, last if index == len(presses) - 1 else each)

        film.keys, film.told = (
            "nnsim open xor --variant biases",
            "a network with 9 parameters, before its first step",
        )
        film.shoot(found, 2.0)
        for told in (
            "forward: the batch goes through the layers",
            "loss: how wrong the answers are",
            "backward: the gradient of every weight",
            "update: every weight moves",
        ):
            await scene(".", told, "full_stop", last=1.1)
        await scene("25 →", "twenty-five epochs on", "2", "5", "right", each=0.3, last=1.0)
        await scene("← ← ←", "and back, exactly, bit for bit", *["left"] * 3, each=0.4, last=1.0)
        await scene("+ space", "faster, and play", *["plus"] * 3, each=0.2, last=0.2)
        await found.press("space")
        for _ in range(12):
            found.workbench.session.playback.elapse(0.25)
            await found.settled()
            film.shoot(found, 0.25)
        await found.press("space")
        await scene("g loss<0.01", "go to where something holds", "g", *"loss<0.01", each=0.12, last=0.6)
        await scene("enter", "it trains on until it does", "enter", last=1.4)
        await scene("c ← ← ←", "a crosshair reads every pane at another step", "c", *["left"] * 6, each=0.3)
        await scene("esc", "and the cursor has stayed where it was", "escape", last=0.8)
        fork = ["f", *"rate", "enter", "backspace", "backspace", "backspace", *"0.05"]
        await scene("f", "fork: what if the rate were 0.05 from here on?", *fork, each=0.18, last=0.7)
        await scene("enter 400 →", "two futures of one run", "enter", *"400", "right", each=0.3, last=1.8)
        await scene("T", "themes: dark, light, high contrast", "T", "T", "T", each=0.9, last=0.9)
        await scene("T", "the colours of the first are told apart with every colour vision", "T", last=1.6)
    return film


def _changed(before: Rows, now: Rows) -> list[Placed]:
    """The cells that differ, with the few between them."""
    found: list[Placed] = []
    for y, (old, new) in enumerate(zip(before, now, strict=True)):
        different = [x for x, pair in enumerate(zip(old, new, strict=True)) if pair[0] != pair[1]]
        start = -NEAR - 1
        for x in different:
            first = x if x - start > NEAR else start + 1
            found += [(here, y, new[here]) for here in range(first, x + 1)]
            start = x
    return found


def movie(film: Film, until: float | None = None) -> str:
    """The film as an SVG picture.  Args: until: a time in s; what is seen then is a picture that stands still."""
    drawing, (_, rows) = SvgDrawing(), film.taken[0]
    ground, whole = common_ground(rows), film.at_s
    elements = [drawing.elements(placed(rows), ground)]
    moves = []
    for number, (at_s, now) in enumerate(film.taken[1:]):
        patch = drawing.elements(_changed(rows, now))
        rows = now
        if not patch or (until is not None and at_s > until):
            continue
        if until is not None:
            elements.append(patch)
            continue
        moves.append(f"@keyframes k{number}{{{100 * at_s / whole:.2f}%{{visibility:visible}}}}")
        elements.append(f'<g class="moves" style="animation-name:k{number}">{patch}</g>')
    sheet = drawing.sheet + f".moves{{visibility:hidden;animation:{whole:.1f}s step-end infinite}}" + "".join(moves)
    sheet += "@media(prefers-reduced-motion:reduce){.moves{display:none}}"
    return document((SIZE[0], len(rows)), ground, "A tour of nnsim", sheet, "\n".join(elements))
