"""The scenarios that come with nnsim: TOML files in this folder, and how to find them."""

from pathlib import Path

FOLDER = Path(__file__).parent


TOUR = FOLDER / "tour" / "tour.toml"  # opened by its own command, and not among the others


def names() -> list[str]:
    """Names of all scenarios, sorted; `xor.de.toml` is a translation."""
    return sorted(path.stem for path in FOLDER.glob("*.toml") if "." not in path.stem)


def path_of(name: str) -> Path:
    """The file of a scenario of this name."""
    return FOLDER / f"{name}.toml"
