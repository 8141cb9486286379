"""Where a recording is saved: a free name to begin with, and what is wrong with one that a person types."""

from pathlib import Path


def free_path(folder: Path, name: str) -> Path:
    """A file name in a folder that is not taken yet."""
    path, number = folder / f"{name}.nnsim", 2
    while path.exists():
        path, number = folder / f"{name}-{number}.nnsim", number + 1
    return path


def check_path(text: str) -> str | None:
    """What is wrong with a name for a new recording, or None."""
    path = Path(text.strip()).expanduser()
    if path.suffix != ".nnsim":
        return "a recording's name ends in .nnsim"
    return f"{path.name} is there already: choose another name" if path.exists() else None
