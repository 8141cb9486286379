"""Where files of this user belong. Nothing is created here: whoever writes a file makes its folder."""

from pathlib import Path

from platformdirs import user_config_path, user_data_path, user_pictures_path, user_state_path

OFFERED = "tour-offered"
SUFFIX = ".nnsim"


def recordings() -> Path:
    """The folder that recordings are saved in when no other is named."""
    return user_data_path("nnsim", appauthor=False) / "recordings"


def configuration() -> Path:
    """The folder of the user's own settings."""
    return user_config_path("nnsim", appauthor=False)


def state() -> Path:
    """The folder of what nnsim remembers of this user."""
    return user_state_path("nnsim", appauthor=False)


def pictures() -> Path:
    """The folder that pictures of the screen are written into."""
    return user_pictures_path() / "nnsim"


def is_first_start() -> bool:
    """Whether nobody has been offered the tour in this account."""
    try:
        return not (state() / OFFERED).exists()
    except OSError:
        return False


def note_first_start() -> None:
    """Remember that it was offered. Where nothing can be written the next start offers it again."""
    try:
        state().mkdir(parents=True, exist_ok=True)
        (state() / OFFERED).touch()
    except OSError:
        return


def free_path(folder: Path, name: str, suffix: str = SUFFIX) -> Path:
    """A file name in a folder that is not taken yet."""
    path, number = folder / f"{name}{suffix}", 2
    while path.exists():
        path, number = folder / f"{name}-{number}{suffix}", number + 1
    return path
