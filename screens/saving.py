"""Where a recording is saved: a free name to begin with, and what is wrong with one that a person types."""

from pathlib import Path

SUFFIX = ".nnsim"


def free_path(folder: Path, name: str, suffix: str = SUFFIX) -> Path:
    """A file name in a folder that is not taken yet."""
    path, number = folder / f"{name}{suffix}", 2
    while path.exists():
        path, number = folder / f"{name}-{number}{suffix}", number + 1
    return path


def path_of(text: str) -> Path:
    """The file that a person means.

    Raises: ValueError saying what is wrong with it for a new recording.
    """
    try:
        path = Path(text.strip()).expanduser()
        path = path if path.suffix else path.with_name(f"{path.name}{SUFFIX}")
        taken = path.exists()
    except (OSError, RuntimeError, ValueError) as error:
        raise ValueError(f"cannot be used: {error.strerror if isinstance(error, OSError) else error}") from None
    if path.suffix != SUFFIX:
        raise ValueError(f"a recording's name ends in {SUFFIX}")
    if taken:
        raise ValueError(f"{path.name} is there already: choose another name")
    return path


def complaint(text: str) -> str | None:
    """What is wrong with a name for a new recording, or None."""
    try:
        path_of(text)
    except ValueError as error:
        return str(error)
    return None
