"""The dialog of forks: the tree of runs, and how each has gone on."""

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Vertical
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from nnsim.number_format import rounded
from nnsim.session.session import Session
from nnsim.timeline.timeline import Timeline, first_difference, tree
from screens.dialogs.basic import Dialog


class ForksDialog(Dialog[int | None]):
    """The tree of runs: their losses, who left whom, at which step, and where they first differ."""

    closes_on_click_beside = False
    DEFAULT_CSS = "ForksDialog > Vertical { width: 110; max-height: 90%; }"
    BINDINGS = [Binding("escape,q,F", "dismiss(None)", "back")]

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._tree = tree([track.log for track in session.tracks])

    def compose(self) -> ComposeResult:
        with Vertical() as box:
            box.border_title = "Runs and their forks"
            box.border_subtitle = "losses at the cursor · enter takes the focus there · escape goes back"
            yield OptionList(*(Option(self._line(depth, index)) for depth, index in self._tree))

    def on_mount(self) -> None:
        places = [index for _, index in self._tree]
        self.query_one(OptionList).highlighted = places.index(self._session.view.focus)

    def _line(self, depth: int, index: int) -> Text:
        track = self._session.tracks[index]
        log = track.log
        line = Text("  " * depth + ("└ " if depth else ""), no_wrap=True, overflow="ellipsis")
        line.append(
            self._session.view.label(track, self._session.tracks),
            "bold" if index == self._session.view.focus else "",
        )
        # Losses at the cursor, or at the end of a run that is shorter.
        record = self._session.view.figures(track)
        named = (("loss", record.get("loss")), ("validation", record.get("validation_loss")))
        losses = [f"{name} {rounded(value, 4)}" for name, value in named if value is not None]
        parts = [*losses, f"{log.length:,} steps"]
        if isinstance(log, Timeline) and log.fork_step is not None:
            parts.append(f"forked at step {log.fork_step:,}")
            step = first_difference(log)
            parts.append("no figure differs yet" if step is None else f"differs from step {step:,}")
        if log.stop is not None:
            parts.append("complete" if log.stop.reason == "epochs" else log.stop.message)
        if index == self._session.view.focus:
            parts.append("in focus")
        line.append("  " + " · ".join(parts), "dim")
        return line

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        self.dismiss(self._tree[event.option_index][1])
