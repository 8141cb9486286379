"""The importance of the columns: how much the loss rises when the values of one change places."""

from nnsim.analysis.feature_importance import permutation_importance
from nnsim.session.view import View
from nnsim.timeline import RunLog
from screens.panes.pane import PlotPane
from screens.panes.pane_context import ANSWERS
from screens.plots import Bar, Bars, number


class ImportancePane(PlotPane):
    """A bar a column, the most important first."""

    kind = "importance"
    needs = ANSWERS
    figures_drawn = frozenset({"rows"})

    def __init__(self) -> None:
        super().__init__()
        self.plot.show(Bars(empty="counted when the cursor rests"))
        self._counted: tuple[RunLog, int] | None = None  # whose and at which step

    def update_from(self, view: View) -> None:
        track = view.focused
        step = view.step_of(track)
        self.title_with_run(view)
        # While a run is trained or played, counting anew at each frame would take its time.
        if self._counted == (track.log, step) or (self._counted is not None and not view.arrived):
            return
        self._counted = track.log, step
        found, part = permutation_importance(track.asked_at(step))
        bars = tuple(Bar(one.column, max(one.loss, 0.0), style=track.style) for one in found)
        self.plot.show(Bars(bars, unit="rise of the loss without it"))
        least = f"{found[0].column} {number(found[0].loss)}" if found else ""
        self.set_reading(f"{part} rows at step {step:,} · most: {least}")
