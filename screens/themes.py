"""The themes: the colours of screens and plots.

Lightness, marker or label tells all that hue tells. Text has a contrast of 4.5 to 1 or more, curves of 3 to 1 (WCAG
2.2, 1.4.3 and 1.4.11).
"""

from collections.abc import Mapping
from typing import NamedTuple

from textual.theme import Theme

# Okabe and Ito (2008), "Color universal design": told apart with every common colour vision;
# darker relatives of the same hues on a light ground, where the yellow and the sky blue would vanish.
DARK = ("#56b4e9", "#e69f00", "#2fc49a", "#e58fc0", "#f0e442", "#f0743e")
LIGHT = ("#0072b2", "#b35900", "#00755a", "#a3407f", "#6b6100", "#333333")
# Matplotlib's viridis and its like run from dark to light; these keep to the part that shows on the ground.
RAMP_DARK = ("#5f6fd0", "#4f8fc8", "#40aabb", "#45c39a", "#7fd06a", "#b9d24d", "#e6cf45", "#f5b85a")
RAMP_LIGHT = ("#3b2f8f", "#33508d", "#2a6b8e", "#20807f", "#237f55", "#4f7a1e", "#7a6a00", "#8f4d00")
ROLES = ("text", "axis", "cursor", "warning")  # each one colour
LISTS = {"curve": "curves", "level": "ramp"}  # each several


class Tones(NamedTuple):
    """The colours of curves, of contour levels from low to high, and of text, axes, the cursor and warnings."""

    curves: tuple[str, ...]
    ramp: tuple[str, ...]
    text: str
    axis: str
    cursor: str
    warning: str


def variables(tones: Tones) -> dict[str, str]:
    """Tones as the variables of a theme, which plots read."""
    found = {role: getattr(tones, role) for role in ROLES}
    for name, field in LISTS.items():
        found |= {f"{name}-{index}": tone for index, tone in enumerate(getattr(tones, field))}
    return {f"plot-{name}": tone for name, tone in found.items()}


_SAFE = Tones(DARK, RAMP_DARK, text="#c8c8c8", axis="#808080", cursor="#ffffff", warning="#ff7b72")
_DAY = Tones(LIGHT, RAMP_LIGHT, text="#333333", axis="#6a6a6a", cursor="#000000", warning="#b3261e")
_NIGHT = Tones(
    ("#7aa2f7", "#ff9e64", "#9ece6a", "#bb9af7", "#f7768e", "#7dcfff"),
    RAMP_DARK,
    text="#c0caf5",
    axis="#8088ad",
    cursor="#ffffff",
    warning="#ff8b98",
)
_STARK = Tones(
    ("#5fd7ff", "#ffaf00", "#5fffaf", "#ff9fdf", "#ffff5f", "#ff875f"),
    ("#87afff", "#87d7ff", "#5fffff", "#5fffaf", "#afff5f", "#ffff5f", "#ffd75f", "#ffaf5f"),
    text="#ffffff",
    axis="#b8b8b8",
    cursor="#ffffff",
    warning="#ff9b94",
)


def _cursor(ground: str, ink: str) -> dict[str, str]:
    """The line of a list under the cursor: bright or dark enough to be reversed without colours."""
    return {"block-cursor-background": ground, "block-cursor-foreground": ink}


THEMES: Mapping[str, Theme] = {
    one.name: one
    for one in (
        Theme(  # the colours of Okabe and Ito, on a dark ground
            "safe", primary="#2f8fdd", secondary="#004578", accent="#ffa62b", warning="#e69f00", error="#ff7b72",
            success="#2fc49a", foreground="#e0e0e0", background="#121212", surface="#1e1e1e", panel="#24292f",
            variables=variables(_SAFE) | _cursor("#56b4e9", "#000000"),
        ),
        Theme(
            "dark", primary="#7aa2f7", secondary="#3d59a1", accent="#ff9e64", warning="#e0af68", error="#ff8b98",
            success="#9ece6a", foreground="#c0caf5", background="#16161e", surface="#1f2030", panel="#292e42",
            variables=variables(_NIGHT) | _cursor("#7aa2f7", "#000000"),
        ),
        Theme(
            "light", primary="#005a9c", secondary="#0072b2", accent="#8f4d00", warning="#8f4d00", error="#b3261e",
            success="#00664a", foreground="#1c1c1c", background="#fafafa", surface="#f0f0f0", panel="#e2e6ea",
            dark=False, variables=variables(_DAY) | _cursor("#004578", "#ffffff"),
        ),
        Theme(
            "contrast", primary="#ffd75f", secondary="#87d7ff", accent="#ffaf00", warning="#ffd75f",
            error="#ff9b94", success="#5fffaf", foreground="#ffffff", background="#000000", surface="#000000",
            panel="#1c1c1c",
            variables=variables(_STARK) | _cursor("#ffffff", "#000000") | {"text-muted": "auto 82%"},
        ),
    )
}  # fmt: skip
