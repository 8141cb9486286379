"""The tones that plots are drawn in, apart from the drawing: themes name them before what draws is imported."""

from typing import NamedTuple

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
    """Colours of curves, of contour levels from low to high, and of text, axes, the cursor and warnings."""

    curves: tuple[str, ...]
    ramp: tuple[str, ...]
    text: str
    axis: str
    cursor: str
    warning: str


def variables(tones: Tones) -> dict[str, str]:
    """Tones as the variables of a theme; plots read them."""
    found = {role: getattr(tones, role) for role in ROLES}
    for name, field in LISTS.items():
        found |= {f"{name}-{index}": tone for index, tone in enumerate(getattr(tones, field))}
    return {f"plot-{name}": tone for name, tone in found.items()}
