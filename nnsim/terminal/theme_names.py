"""The themes by name: for the command line, which has to refuse an unknown one before a screen is there."""

from collections.abc import Mapping

from nnsim.errors import NnsimError
from nnsim.text import quote

VARIABLE = "NNSIM_THEME"
THEME = "nnsim.theme"  # under which a command line keeps what its option says
MEANINGS = {
    "safe": "dark, told apart with every colour vision",
    "dark": "dark, with a blue night behind it",
    "light": "light, told apart with every colour vision",
    "contrast": "white and bright colours on black",
}
NAMES = tuple(MEANINGS)
DEFAULT = NAMES[0]


def named(option: str | None, environ: Mapping[str, str]) -> str | None:
    """The theme of the command line, or of the environment, or None.  Raises: NnsimError for an unknown one."""
    for source, name in (("--theme", option), (VARIABLE, environ.get(VARIABLE))):
        if name:
            if name not in NAMES:
                from nnsim.components import nearest

                raise NnsimError(
                    f"{source} {quote(name)}: is no theme{nearest(name, list(NAMES))} (allowed: {', '.join(NAMES)})"
                )
            return name
    return None


def after(name: str) -> str:
    return NAMES[(NAMES.index(name) + 1) % len(NAMES)] if name in NAMES else DEFAULT
