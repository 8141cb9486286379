"""Conditions and answers of a lesson: what is watched for, and what a question asks of a run.

A condition is a place (`loss<0.1`, `epoch 100`, `diverged`; `nnsim.scenario.places`), or something that is done:

    phase = backward   stepped back   forked   run = adam   schedule.rate changed

Several are joined by `and`. An answer is computed from the runs, never written down:

    smallest grad          of the layers            lowest loss       of the runs
    first loss<0.1         of the runs, which gets there first
    worst row              of the rows, which is answered worst
    loss>0.5   loss > loss at step 1                true or false
    loss   grad:layer1 / grad:layer8   epoch of loss<0.1   passes of adam     a number
    fault                  what is wrong with the run, of a scenario that draws faults

A claim of a lesson is one comparison of such numbers, or several joined by `and`; a number may stand before one:

    loss of relu at epoch 100 < 0.5 * loss of sigmoid at epoch 100 and accuracy of relu = 1
"""

import re
from dataclasses import dataclass
from typing import ClassVar, Literal

from msgspec import Struct

from nnsim.components import nearest
from nnsim.errors import NnsimError
from nnsim.scenario.places import FIGURES, OF_LAYERS, Comparison, Place, figure_name, number_of, parse_place
from nnsim.scenario.setting_keys import SETTINGS
from nnsim.text import clean_line, quote

PHASE_NAMES = ("forward", "loss", "backward", "update")
SIGNS = ("<", ">", "=")
FAULT = "fault"  # the answer of a question that asks what is broken
BEST = "best-loss"  # the lowest loss so far, which no step record holds
EXTREMES = {
    "smallest": "layer",
    "largest": "layer",
    "lowest": "run",
    "highest": "run",
    "first": "run",
    "worst": "row",
}


class InPhase(Struct, frozen=True):
    """The cursor stands behind this phase."""

    text: str
    phase: str


class OnRun(Struct, frozen=True):
    """The run with the focus is one of this variant."""

    text: str
    variant: str


class SettingChanged(Struct, frozen=True):
    """A person has changed this setting, or one of this table, of any run."""

    text: str
    key: str


class Deed(Struct, frozen=True):
    """Something that a person has done while the page was open."""

    text: str
    kind: Literal["stepped back", "forked"]


Single = Place | InPhase | OnRun | SettingChanged | Deed


@dataclass(frozen=True)
class Condition:
    """All of these hold."""

    text: str
    parts: tuple[Single, ...]


def parse_condition(text: str) -> Condition:
    """Read a condition.  Raises: NnsimError in one line: what is wrong, and what is allowed."""
    plain = clean_line(text)
    return Condition(plain, tuple(_single(one) for one in re.split(r"\s+and\s+", plain)))


def _single(text: str) -> Single:
    word, equals, value = (one.strip() for one in text.partition("="))
    if equals and word == "phase":
        if value not in PHASE_NAMES:
            raise NnsimError(f"{text}: {quote(value)} is no phase (allowed: {', '.join(PHASE_NAMES)})")
        return InPhase(text, value)
    if equals and word == "run":
        return OnRun(text, value)
    if text in ("stepped back", "forked"):
        return Deed(text, text)  # type: ignore[arg-type]  # which the line above has checked
    if text.endswith(" changed"):
        key = text.removesuffix(" changed").removeprefix("setting ").strip()
        return SettingChanged(text, setting_key(key))
    if found := re.fullmatch(r"epoch\s*>=\s*(\d+)", text):
        return parse_place(f"epoch {found[1]}")
    try:
        return parse_place(text)
    except NnsimError as error:
        more = "phase = backward, run = NAME, stepped back, forked, KEY changed"
        raise NnsimError(f"{str(error).removesuffix(')')}, {more})") from None


def setting_key(key: str) -> str:
    """A setting's key, or that of a table of settings.  Raises: NnsimError where it is none."""
    if key.split(".", maxsplit=1)[0] not in SETTINGS:
        near = nearest(key, list(SETTINGS))
        raise NnsimError(f"{quote(key)}: is no setting{near} (allowed: {', '.join(SETTINGS)})")
    return key


# ---------------------------------------------------------------------- answers


class Quantity(Struct, frozen=True):
    """A number that a run has: a figure at a place, or the epoch of a place.

    Args: figure: its short name; empty where the epoch of the place is meant. run: a variant; empty for the run
    with the focus. place: None where the question is revealed.
    """

    text: str
    figure: str
    run: str = ""
    place: Place | None = None

    @property
    def quantities(self) -> "tuple[Quantity, ...]":
        """The numbers of runs that an answer is made of."""
        return (self,)


class Extreme(Struct, frozen=True):
    """Which layer, run or row stands out.

    Args: of: what is compared. figure: its short name, without a layer. place: of `first`, what is to be reached.
    """

    text: str
    of: Literal["layer", "run", "row"]
    most: bool
    figure: str = ""
    place: Comparison | None = None
    quantities: ClassVar[tuple[Quantity, ...]] = ()


class Ratio(Struct, frozen=True):
    """One value divided by another."""

    text: str
    over: Quantity
    under: Quantity

    @property
    def quantities(self) -> tuple[Quantity, ...]:
        """Both of them."""
        return (self.over, self.under)


class Product(Struct, frozen=True):
    """A number times a value."""

    text: str
    factor: float
    value: Quantity | Ratio

    @property
    def quantities(self) -> tuple[Quantity, ...]:
        """Those of the value."""
        return self.value.quantities


class FaultName(Struct, frozen=True):
    """What is wrong with the run in focus, as its seed has drawn it."""

    text: str
    quantities: ClassVar[tuple[Quantity, ...]] = ()


Side = Quantity | Ratio | Product | float


class Truth(Struct, frozen=True):
    """Whether one value is below, above or equal to another."""

    text: str
    left: Side
    sign: str
    right: Side

    @property
    def quantities(self) -> tuple[Quantity, ...]:
        """Those of the two sides that runs have."""
        sides = (self.left, self.right)
        return tuple(one for side in sides if not isinstance(side, float) for one in side.quantities)


Answer = Extreme | FaultName | Quantity | Ratio | Truth


def parse_answer(text: str) -> Answer:
    """Read what a question asks for.  Raises: NnsimError in one line."""
    plain = clean_line(text)
    word, _, rest = plain.partition(" ")
    if plain == FAULT:
        return FaultName(plain)
    if word in EXTREMES:
        return _extreme(plain, word, rest.strip())
    return _truth(plain) or _ratio(plain)


def parse_claim(text: str) -> tuple[Truth, ...]:
    """Read what a claim says of the runs: comparisons that all hold.  Raises: NnsimError in one line."""
    found = []
    for one in re.split(r"\s+and\s+", clean_line(text, 1000)):
        truth = _truth(one)
        if truth is None:
            raise NnsimError(f"{quote(one)}: compares nothing (allowed: such as loss of adam < 0.5 * loss of sgd)")
        found.append(truth)
    return tuple(found)


def _truth(text: str) -> Truth | None:
    """A comparison; None where there is none."""
    # In `lr at loss<1.5` the sign belongs to the place, unless spaces set it apart.
    bare = not re.search(r" at |\bepoch of ", text)
    for sign in SIGNS:
        left, found, right = text.partition(sign if bare else f" {sign} ")
        if found:
            return Truth(text, _side(text, left), sign, _side(text, right))
    return None


def _ratio(text: str) -> Quantity | Ratio:
    over, found, under = text.partition(" / ")
    return Ratio(text, _value(text, over), _value(text, under)) if found else _value(text, text)


def _extreme(text: str, word: str, rest: str) -> Extreme:
    of = EXTREMES[word]
    most = word in ("largest", "highest", "worst")
    if word == "worst":
        if rest != "row":
            raise NnsimError(f"{text}: is no answer (allowed: worst row)")
        return Extreme(text, "row", most)
    if word == "first":
        place = parse_place(rest)
        if not isinstance(place, Comparison):
            raise NnsimError(f"{text}: needs a comparison (allowed: such as first loss<0.1)")
        return Extreme(text, "run", most, place=place)
    allowed = [*OF_LAYERS] if of == "layer" else [*FIGURES, BEST]
    if rest not in allowed:
        raise NnsimError(f"{text}: {quote(rest)} is no figure (allowed: {', '.join(allowed)})")
    return Extreme(text, "layer" if of == "layer" else "run", most, rest)


def _side(text: str, side: str) -> Side:
    plain = side.strip()
    factor, found, value = plain.partition(" * ")
    if found:
        return Product(plain, number_of(text, factor.strip()), _ratio(value.strip()))
    try:
        return number_of(text, plain)
    except NnsimError:
        return _ratio(plain)


def _value(text: str, value: str) -> Quantity:
    """`FIGURE [of RUN] [at PLACE]`, or `epoch of PLACE [of RUN]`."""
    plain = value.strip()
    if plain.startswith("epoch of "):
        what, _, run = plain.removeprefix("epoch of ").partition(" of ")
        return Quantity(plain, "", run.strip(), parse_place(what))
    what, _, place = plain.partition(" at ")
    figure, _, run = what.partition(" of ")
    name = BEST if figure.strip() == BEST else figure_name(text, figure.strip())
    return Quantity(plain, name, run.strip(), parse_place(place) if place else None)
