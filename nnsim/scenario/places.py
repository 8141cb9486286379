"""Places on a timeline: an epoch, a step, a part of the whole, or wherever something holds.

120   epoch 120   step 480   50%
loss<0.1   val<=0.2   accuracy=1   lr>0.5   grad:layer1<1e-6
best   best-val   nan   diverged   changed   lr-change   mark:NAME
"""

import math
import re
from collections.abc import Collection
from typing import Literal

from msgspec import Struct

from nnsim.components import nearest
from nnsim.errors import NnsimError
from nnsim.text import clean_line, quote

LONGEST = 200  # characters
MARKED = "mark"  # the kind of a mark that a person made; its text is the name
SIGNS = ("<=", ">=", "<", ">", "=")

# Short names of figures; those of layers stand before a colon.
FIGURES = {
    "loss": "loss",
    "val": "validation_loss",
    "accuracy": "accuracy",
    "val-accuracy": "validation_accuracy",
    "lr": "learning_rate",
    "penalty": "penalty",
    "passes": "forward_passes",
    "averaged": "averaged_loss",
    "averaged-val": "averaged_validation_loss",
    "sharpness": "sharpness",
}
OF_LAYERS = {"grad": "gradient", "clipped": "clipped", "parameter": "parameter"}
EVENTS = ("nan", "best", "best-val", "lr-change", "changed", "differs", "diverged", "target", "early-stopping")
WHOLE = {"start": 0.0, "end": 100.0}
ALLOWED = (
    "120, step 480, 50%, start, end, loss<0.1, val<0.2, accuracy=1, grad:layer1<1e-6, mark:NAME, "
    + ", ".join(EVENTS)
)

_COUNT = re.compile(r"(?:(epoch|step)\s*)?(\d[\d,_]*)", re.ASCII | re.IGNORECASE)
_PART = re.compile(r"(\d+(?:\.\d*)?|\.\d+)\s*%", re.ASCII)
_COMPARISON = re.compile(rf"(.*?)\s*({'|'.join(SIGNS)})=?\s*(.*)", re.DOTALL)


class Position(Struct, frozen=True):
    """A place by its number: so many epochs, steps, or percent of the whole."""

    text: str
    unit: Literal["epoch", "step", "%"]
    number: float

    def step(self, steps_per_epoch: int, last_step: int) -> int:
        """The step, on a timeline that ends at a step.  Raises: NnsimError where it lies behind that."""
        if self.unit == "%":
            return round(self.number / 100 * last_step)
        size = steps_per_epoch if self.unit == "epoch" else 1
        if self.number * size > last_step:
            raise NnsimError(
                f"{self.text}: there is no such {self.unit} (allowed: {self.unit} 0 to {last_step // size:,})"
            )
        return int(self.number) * size


class Comparison(Struct, frozen=True):
    """Wherever a figure is below, above or equal to a number."""

    text: str
    figure: str  # its short name
    sign: str
    number: float


class Event(Struct, frozen=True):
    """Wherever something happened: one of EVENTS, or a mark of this name."""

    text: str
    kind: str
    name: str = ""


Place = Position | Comparison | Event


def parse_place(text: str, others: Collection[str] = ()) -> Place:
    """Reads a place as a person types it.

    Args: others: names of figures beside our own, as the log of another program may have them.
    Raises: NnsimError naming what is near and what is allowed.
    """
    plain = clean_line(text, LONGEST)
    if found := _COUNT.fullmatch(plain):
        digits = found[2].replace(",", "").replace("_", "")
        if len(digits) > 12:
            raise NnsimError(f"{quote(plain)}: has too many digits (allowed: 12)")
        return Position(plain, "step" if (found[1] or "").lower() == "step" else "epoch", int(digits))
    if found := _PART.fullmatch(plain):
        if float(found[1]) > 100:
            raise NnsimError(f"{plain}: is more than the whole (allowed: 0% to 100%)")
        return Position(plain, "%", float(found[1]))
    if plain.lower() in WHOLE:
        return Position(plain, "%", WHOLE[plain.lower()])
    if plain.startswith("mark:"):
        name = plain.removeprefix("mark:").strip()
        if not name:
            raise NnsimError(f"{plain}: names no mark (allowed: mark:NAME)")
        return Event(plain, MARKED, name)
    if found := _COMPARISON.fullmatch(plain):
        return Comparison(plain, figure_name(plain, found[1], others), found[2], number_of(plain, found[3]))
    if plain.lower() in EVENTS:
        return Event(plain, plain.lower())
    near = nearest(plain, [*EVENTS, *FIGURES, *WHOLE]) if plain else ""
    raise NnsimError(f"{quote(plain)}: is no place{near} (allowed: {ALLOWED})")


def figure_name(text: str, name: str, others: Collection[str] = ()) -> str:
    """The short name of a figure, from any name of it.  Raises: NnsimError naming the text that it is part of.

    Args: others: figures that have no short name.
    """
    if name.strip() in others:
        return short(name.strip())
    kind, colon, layer = name.partition(":")
    kind = kind.strip().lower()
    shortened = {full: short for short, full in (FIGURES | OF_LAYERS).items()}
    found = shortened.get(kind.replace("-", "_"), kind)
    if colon and found in OF_LAYERS:
        return f"{found}:{layer.strip()}"
    if not colon and found in FIGURES:
        return found
    allowed = [*FIGURES, "grad:LAYER", "clipped:LAYER", "parameter:N", *list(others)[:20]]
    near = nearest(kind, list(OF_LAYERS if colon else [*FIGURES, *others]))
    raise NnsimError(f"{text}: {quote(name)} is no figure{near} (allowed: {', '.join(allowed)})")


def number_of(text: str, number: str) -> float:
    """A number as a place has it, `95%` too.  Raises: NnsimError naming the text that it is part of."""
    percent = number.endswith("%")
    try:
        value = float(number.removesuffix("%"))
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise NnsimError(f"{text}: {quote(number)} is no number (allowed: one such as 0.1, 1e-6 or 95%)")
    return value / 100 if percent else value


def short(figure: str) -> str:
    kind, colon, layer = figure.partition(":")
    if colon:
        return f"{next((one for one, full in OF_LAYERS.items() if full == kind), kind)}:{layer}"
    return next((one for one, full in FIGURES.items() if full == figure), figure)


def full(figure: str) -> str:
    """The name of a figure in step records, from its short name."""
    kind, colon, layer = figure.partition(":")
    if colon:
        return f"{OF_LAYERS.get(kind, kind)}:{layer}"
    return FIGURES.get(figure, figure)
