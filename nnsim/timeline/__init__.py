"""The timeline: what training appended, in order, and the cursor that a screen moves along it."""

from nnsim.scenario.places import Place, Position, parse_place
from nnsim.timeline.command_index import Command
from nnsim.timeline.cursor import Cursor
from nnsim.timeline.find import Found, find, find_next, may_come
from nnsim.timeline.run_log import ImportedLog, LoggedHistogram, RunLog, name_at
from nnsim.timeline.series import Envelope, Series
from nnsim.timeline.timeline import Mark, Timeline, most_plans

__all__ = [
    "Command",
    "Cursor",
    "Envelope",
    "Found",
    "ImportedLog",
    "LoggedHistogram",
    "Mark",
    "Place",
    "Position",
    "RunLog",
    "Series",
    "Timeline",
    "find",
    "find_next",
    "may_come",
    "most_plans",
    "name_at",
    "parse_place",
]
