"""Where files of this user belong. Nothing is created here: whoever writes a file makes its folder."""

from pathlib import Path

from platformdirs import user_config_path, user_data_path, user_pictures_path, user_state_path


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
