"""The keys that act on the focused pane: scrolling, and logarithmic axes."""

from screens.panes.lesson import LessonPane
from screens.panes.pane import Pane, PlotPane
from screens.plots import Chart
from screens.widgets.lines import Lines
from screens.workbench.controller_context import Context


class PaneKeys:
    """Scrolls the focused pane, and switches its axes between logarithmic and linear."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def scroll(self, by: int) -> None:
        """Scrolls so many lines on, or back; the lesson where the focused pane does not scroll."""
        count, pane = self._context.take_count(), self._context.in_focus
        lessons = [one for one in self._context.panes if isinstance(one, LessonPane) and one.display]
        pane = pane if pane.scrolls or not lessons else lessons[0]
        before = _scrolled_to(pane)
        pane.scroll(by * count)
        if not pane.scrolls or (before is not None and before == _scrolled_to(pane)):
            self._context.tell(_why_not_scrolled(pane, by))

    def toggle_logarithm(self, axis: str = "y") -> None:
        self._context.take_count()
        pane = self._context.in_focus
        before = _log_axes(pane)
        if not pane.toggle_logarithm(axis):
            self._context.tell(f"{pane.title} has no such axis to change; tab goes to the next pane.")
            return
        pane.forget()
        self._context.show(pane)
        if before is not None and before == _log_axes(pane) and not self._context.pacer.approaching:
            self._context.tell(f"{pane.title}: what is shown so far is too even for a logarithmic axis.")


def _log_axes(pane: Pane) -> tuple[bool, bool] | None:
    """Which axes of a pane's plot are logarithmic, across and up; None without such a plot."""
    picture = pane.plot.picture if isinstance(pane, PlotPane) else None
    return (picture.log_x, picture.log_y) if isinstance(picture, Chart) else None


def _scrolled_to(pane: Pane) -> int | None:
    """The first visible line of a pane's text, if any."""
    return next((lines.top for lines in pane.query(Lines) if lines.display), None)


def _why_not_scrolled(pane: Pane, direction: int) -> str:
    """Why a pane does not scroll on (1) or back (-1)."""
    if not pane.scrolls:
        return f"{pane.title} has nothing to scroll; tab goes to the next pane."
    reading = next((lines.reading for lines in pane.query(Lines) if lines.display), "")
    if not reading:
        return f"{pane.title}: all of it is shown."
    return f"{pane.title}: this is its {'end' if direction > 0 else 'beginning'}."
