"""The look of plots on a terminal: colours, markers and glyphs."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import count, takewhile
from typing import Any

from rich.style import Style

from screens.themes import DARK, LIGHT, LISTS, RAMP_DARK, RAMP_LIGHT, ROLES

# Exactly sixteen-colour tones as Rich has them: Textual turns colour names into its theme's tones first, and
# those can fall to another of the sixteen.
SIXTEEN_DARK = ("#55ffff", "#ffff55", "#55ff55", "#ff55ff", "#ffffff", "#5555ff")
SIXTEEN_LIGHT = ("#0000aa", "#aa5500", "#00aa00", "#aa00aa", "#00aaaa", "#000000")
# A heat map runs from dark blue through grey to light yellow: lightness alone tells low from high, whatever colours
# an eye can tell apart. Few tones, so that a small change of the values repaints few cells.
HEAT_ENDS = ((12, 44, 112), (56, 82, 130), (124, 124, 122), (206, 168, 60), (255, 232, 112))
HEAT_TONES = 9
RISING = 6  # tones of a ramp from the first on, each of which is lighter than the one before
LAYER_TONES = 8  # of a row of curves or bars, from the first to the last
WRONG = "#b3261e"  # white is read on it at 6.5 to 1, and it differs from every tone


def _between(ends: tuple[tuple[int, int, int], ...], tones: int) -> tuple[str, ...]:
    found = []
    for tone in range(tones):
        index, part = divmod(tone * (len(ends) - 1) / (tones - 1), 1.0)
        low, high = ends[int(index)], ends[min(int(index) + 1, len(ends) - 1)]
        found.append("#" + "".join(f"{round(a + (b - a) * part):02x}" for a, b in zip(low, high, strict=True)))
    return tuple(found)


HEAT = _between(HEAT_ENDS, HEAT_TONES)
# Of a cell in two tones, by the upper one times their number and the lower one.
# And what is drawn in it: nothing where both tones are the same, for a ground alone takes half of the bytes.
HEAT_CHARS = [" " if upper == lower else "▀" for upper in range(HEAT_TONES) for lower in range(HEAT_TONES)]
HEAT_ROLES = [f"heat:{upper}:{lower}" for upper in range(HEAT_TONES) for lower in range(HEAT_TONES)]

# Eleven pairs, filled and hollow: two curves of one run share a shape. None is the glyph of a mark, and with six
# colours it takes 66 styles until two are the same.
GLYPHS, HOLLOW = "●▲■◆▮◉▸◢◤◥◣", "○△□◇▯◎▹◿◸◹◺"
ASCII_GLYPHS, ASCII_HOLLOW = "oxvznukthdm", "OXVZNUKTHDM"


@dataclass(frozen=True)
class Look:
    """Everything about drawing that depends on the terminal and the theme."""

    curves: tuple[str, ...] = DARK  # colours of styles 0, 1, ...; empty where there are no colours
    ramp: tuple[str, ...] = RAMP_DARK  # colours of contour levels, from the lowest to the highest; may be empty
    # Grounds of a heat map, from the lowest to the highest; empty where glyphs must tell the values.
    heat: tuple[str, ...] = HEAT
    text: str = "#c8c8c8"  # "" is the terminal's own colour, here and below
    axis: str = "#808080"
    cursor: str = "#ffffff"
    warning: str = "#ff7b72"
    unicode: bool = True  # braille, blocks and box characters; else nothing but ASCII

    @property
    def signs(self) -> tuple[str, str]:
        """Glyphs of positive and of negative values, from near zero to the largest."""
        return (POSITIVES, NEGATIVES) if self.unicode else (ASCII_POSITIVES, ASCII_NEGATIVES)

    def glyph(self, style: int, hollow: bool = False) -> str:
        filled, empty = (GLYPHS, HOLLOW) if self.unicode else (ASCII_GLYPHS, ASCII_HOLLOW)
        glyphs = empty if hollow else filled
        return glyphs[style % len(glyphs)]

    def style(self, role: str) -> Style:
        """The style of a role: "text", "axis", "cursor", "warning", "curve:N", "dim:N", "faint:N", "fainter:N",
        "layer:N", of a row of so many tones,
        "level:N"; "heat:T:B", the heat tone T on the ground B, "tone:T" on the terminal's own; "on:B", a text on
        the ground B; "wrong", on its own ground."""
        return _style(self, role)


def look(*, dark: bool = True, colours: int = 1 << 24, unicode: bool = True) -> Look:
    """The look for a terminal.

    Args:
        dark: whether the ground is dark.
        colours: how many the terminal shows; below 16 none is used (NO_COLOR).
        unicode: whether the locale can write more than ASCII.
    """
    if colours < 16:
        return Look((), (), (), "", "", "", "", unicode)
    if colours < 256:
        if dark:
            return Look(SIXTEEN_DARK, (), (), "#aaaaaa", "#aaaaaa", "#ffffff", "#ff5555", unicode)
        return Look(SIXTEEN_LIGHT, (), (), "#000000", "#555555", "#000000", "#aa0000", unicode)
    if dark:
        return Look(heat=HEAT if unicode else (), unicode=unicode)
    return Look(LIGHT, RAMP_LIGHT, HEAT if unicode else (), "#333333", "#767676", "#000000", "#b3261e", unicode)


def themed(look: Look, variables: Mapping[str, str]) -> Look:
    """A look in the colours of a theme's variables."""
    roles = {role: variables.get(f"plot-{role}", getattr(look, role)) for role in ROLES}
    found: dict[str, Any] = dict(roles)
    for name, field in LISTS.items():
        keys = takewhile(variables.__contains__, (f"plot-{name}-{index}" for index in count()))
        found[field] = tuple(variables[key] for key in keys) or getattr(look, field)
    return replace(look, **found)


def _layer(look: Look, tone: int) -> str:
    """The colour of something in a row: from a ramp; with sixteen colours the first and the last are told."""
    if look.ramp:
        ends = tuple((int(one[1:3], 16), int(one[3:5], 16), int(one[5:7], 16)) for one in look.ramp[:RISING])
        return _between(ends, LAYER_TONES)[tone]
    if not look.curves:
        return ""
    return look.curves[-1] if tone == 0 else look.curves[1] if tone == LAYER_TONES - 1 else look.text


@lru_cache(maxsize=2048)
def _style(look: Look, role: str) -> Style:
    kind, _, index = role.partition(":")
    if kind == "wrong":
        return Style(color="#ffffff", bgcolor=WRONG, bold=True)
    if kind == "tone":
        return Style(color=look.heat[int(index)] if look.heat else None)
    if kind in ("heat", "on"):
        tone, _, ground = index.rpartition(":")
        if not look.heat:
            return Style(bold=kind == "on" or None)
        light = int(ground) >= len(look.heat) // 2
        written = "#000000" if light else "#ffffff"
        if kind == "heat" and tone == ground:
            return Style(bgcolor=look.heat[int(ground)])
        return Style(
            color=look.heat[int(tone)] if kind == "heat" else written,
            bgcolor=look.heat[int(ground)],
            bold=kind == "on" or None,
        )
    if kind in ("curve", "dim", "faint", "fainter"):
        colour = look.curves[int(index) % len(look.curves)] if look.curves else ""
        if kind in ("faint", "fainter"):
            colour = look.axis
    elif kind == "layer":
        colour = _layer(look, int(index))
    elif kind == "level":
        colour = look.ramp[min(int(index), len(look.ramp) - 1)] if look.ramp else look.axis
    else:
        colour = {"text": look.text, "axis": look.axis, "cursor": look.cursor, "warning": look.warning}[kind]
    bold = kind in ("warning", "cursor")
    return Style(color=colour or None, bold=bold or None, dim=kind in ("dim", "fainter") or None)


# From near zero to the largest. No glyph stands for both signs, but that for almost nothing.
POSITIVES, NEGATIVES = "·░▒▓█", "·-=≡Ξ"


ASCII_POSITIVES, ASCII_NEGATIVES = ".:+*#", ".,-=~"
