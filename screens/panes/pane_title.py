"""What the upper edge of a pane says where there is no room for all of it."""

import re

from nnsim.session.view import View

LEAST_RUN = 4  # characters of a run's name, or of a title behind the pane's, that tell anything
LEAST_PART = 8  # columns of a title's last part that are worth showing, with what stands before it


def run_shown(view: View) -> str:
    """What a title says of the focused run: what tells it from the others, or nothing where it is the only one."""
    return f" · {view.label(view.focused, view.tracks)}" if len(view.tracks) > 1 else ""


def title_cut(pane: str, title: str, run: str, room: int) -> str:
    """A title in at most so many columns: its end gives way, at a part of it where little is left.

    Args: pane: the pane's own name, with which the title begins. run: behind it, the run that is shown. What a
    title says more than the pane's name gives way to it, the name does not.
    """
    if room <= 0 or len(title) + len(run) <= room:
        return title + run
    if not run:
        ends = [found.start() for found in re.finditer(" · ", title) if found.start() <= room]
        return title[: ends[-1]] if ends and room - ends[-1] < LEAST_PART else f"{title[: room - 1]}…"
    name = pane if title.startswith(pane) else title.partition(" · ")[0]
    left = max(room - len(run), len(name))
    if len(title) > left:
        told = re.sub(r" \([^)]*$", "", title[: max(left - 1, 0)]).rstrip(" ·")
        title = f"{told}…" if len(told) >= len(name) + len(" · ") + LEAST_RUN else name
    title += _run_cut(run, room - len(title))
    return title if len(title) <= room else f"{title[: room - 1].rstrip(' ·…')}…"


def _run_cut(run: str, room: int) -> str:
    """What a title says of a run, in at most so many columns; empty where that would tell nothing.

    A fork is called after the run that it left, so its name gives way at its beginning: without its end it would be
    that of another run.
    """
    if len(run) <= room:
        return run
    left = room - len(" · …")
    if left < LEAST_RUN:
        return ""
    name = run.removeprefix(" · ")
    last = name.rpartition(" · ")[2]
    return f" · …{last[-left:].lstrip()}" if last != name else f" · {name[:left]}…"
