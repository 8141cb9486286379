"""The first start: whether this user has been offered the tour already."""

from nnsim import paths

OFFERED = "tour-offered"


def is_first() -> bool:
    """Whether nobody has been offered the tour in this account."""
    try:
        return not (paths.state() / OFFERED).exists()
    except OSError:
        return False


def note() -> None:
    """Remember that it was offered. Where nothing can be written the next start offers it again."""
    try:
        paths.state().mkdir(parents=True, exist_ok=True)
        (paths.state() / OFFERED).touch()
    except OSError:
        return
