"""What is said where a key can go no further, so that no press goes without an answer."""

from nnsim.session.session import SPEEDS, Session
from nnsim.timeline import Cursor
from screens.panes.base import Pane, PlotPane
from screens.plots import Chart
from screens.widgets.lines import Lines


def why_still(session: Session, direction: int) -> str:
    """Where the cursor stands that a key cannot move on (1) or back (-1), and what keys do from there."""
    ways = "→ trains on, space plays" if session.live else "→ goes on from it, space plays it"
    if direction < 0:
        return f"This is the start of the run: {ways}."
    if session.cursor == session.end and not session.follow:
        more = "e train.epochs trains on, " if session.live else ""
        return f"This is the end of the run: {more}← and , go back into it."
    if session.follow:
        return "This is the newest step: what is trained comes as it is written."
    if session.cursor == Cursor():
        return "Nothing is trained yet: → trains an epoch, space plays."
    return f"This is the newest step: {ways}."


def speed_told(session: Session, before: int, direction: int, shown: str) -> str:
    """What to say of the speed behind a key that changes it: that it is at its end, or what it is.

    Args: before: the notch it was at. shown: the line that tells the speed where there is room for it.
    """
    speed = SPEEDS[session.speed]
    told = "as fast as it goes" if speed is None else f"{speed:,} epochs a second"
    if session.speed == before:
        return f"This is the {'highest' if direction > 0 else 'lowest'} speed: {told}."
    return "" if "speed " in shown else f"Speed: {told}."


def log_axes(pane: Pane) -> tuple[bool, bool] | None:
    """Which axes of a pane's plot are drawn logarithmically, across and up; None where it has no such plot."""
    picture = pane.plot.picture if isinstance(pane, PlotPane) else None
    return (picture.log_x, picture.log_y) if isinstance(picture, Chart) else None


def scrolled_to(pane: Pane) -> int | None:
    """The line from which on a pane shows its text, or None where it shows none."""
    return next((lines.top for lines in pane.query(Lines) if lines.display), None)


def why_not_scrolled(pane: Pane, direction: int) -> str:
    """Why a key that scrolls on (1) or back (-1) moves nothing in a pane."""
    if not pane.scrolls:
        return f"{pane.title} has nothing to scroll; tab goes to the next pane."
    reading = next((lines.reading for lines in pane.query(Lines) if lines.display), "")
    if not reading:
        return f"{pane.title}: all of it is shown."
    return f"{pane.title}: this is its {'end' if direction > 0 else 'beginning'}."
