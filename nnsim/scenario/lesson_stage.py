"""The stage of a lesson's page: the panes it shows, the run in focus, the cursor's first place, what is marked."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from nnsim.components import build_struct, nearest
from nnsim.errors import NnsimError, ScenarioError
from nnsim.scenario.places import Place, parse_place
from nnsim.scenario.schema import PANES
from nnsim.terminal.keymap import WORKBENCH, written
from nnsim.text import clean_line, quote

LESSON = "lesson"  # the pane that stands on every stage, and that `show` therefore does not name
MOST_SHOWN = 3
LARGEST_ROW = 10_000_000


class MarkTable(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a page marks: one of a layer, a point of the data and a key."""

    layer: Annotated[str, Meta(max_length=200)] = ""
    point: Annotated[int, Meta(ge=0, le=LARGEST_ROW)] = 0
    key: Annotated[str, Meta(max_length=20)] = ""


@dataclass(frozen=True)
class StageMark:
    """What a page marks on its stage.

    Args: layer: its name, such as `layer1`; empty for none. point: the row of the data, from 1; 0 for none. key: as
    it is written in the footer; empty for none.
    """

    layer: str = ""
    point: int = 0
    key: str = ""


@dataclass(frozen=True)
class LessonStage:
    """What a page puts on the screen.

    Args: show: names of panes, the first of which leads; empty for those of the page before. run: the variant that
    gets the focus; empty for the one that has it. cursor: where the cursor goes when the page is opened; None for
    where it is.
    """

    show: tuple[str, ...] = ()
    run: str = ""
    cursor: Place | None = None
    mark: StageMark = StageMark()


NO_STAGE = LessonStage()


def read_stage(show: Sequence[str], run: str, cursor: str, mark: Mapping[str, Any] | None, key: str) -> LessonStage:
    """Checks what a page says of its stage.  Raises: ScenarioError naming key, value and what is allowed."""
    if len(show) > MOST_SHOWN or len(set(show)) < len(show):
        raise ScenarioError(f"{key}.show: {quote(list(show))} (allowed: 1 to {MOST_SHOWN} different panes)")
    for name in show:
        if name == LESSON:
            raise ScenarioError(f"{key}.show: {LESSON} stands on every stage (allowed: the panes beside it)")
        if name not in PANES:
            allowed = ", ".join(one for one in PANES if one != LESSON)
            raise ScenarioError(
                f"{key}.show: {quote(name)} is no pane{nearest(name, list(PANES))} (allowed: {allowed})"
            )
    try:
        place = parse_place(cursor) if cursor else None
    except NnsimError as error:
        raise ScenarioError(f"{key}.cursor: {error}") from None
    return LessonStage(tuple(show), clean_line(run), place, _mark(mark, f"{key}.mark"))


def _mark(value: Mapping[str, Any] | None, key: str) -> StageMark:
    if value is None:
        return StageMark()
    table = build_struct(MarkTable, value, key)
    given = [one for one in (table.layer, table.point, table.key) if one]
    if len(given) != 1:
        raise ScenarioError(f"{key}: {quote(dict(value))} (allowed: one of layer, point and key)")
    keys = {written(one) for binding in WORKBENCH for one in binding.keys.split(",") if one}
    if table.key and table.key not in keys:
        raise ScenarioError(f"{key}.key: {quote(table.key)} is no key (allowed: {' '.join(sorted(keys))})")
    return StageMark(clean_line(table.layer), table.point, table.key)
