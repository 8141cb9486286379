"""The lesson: what the scenario explains."""

from textual.app import ComposeResult
from textual.containers import VerticalScroll

from nnsim.session import Session
from screens.panes.base import Pane


class LessonPane(Pane):
    """The scenario's text, which scrolls with the arrow keys up and down."""

    title = "Lesson"
    scrolls = True

    def __init__(self) -> None:
        super().__init__()
        self._scroll = VerticalScroll(can_focus=False)
        self._shown: str | None = None

    def compose(self) -> ComposeResult:
        yield self._scroll

    def update_from(self, session: Session) -> None:
        text = session.scenario.lesson or f"# {session.scenario.title}\n\n{session.scenario.summary}"
        if text != self._shown:
            self._shown = text
            self.call_after_refresh(self._show, text)

    def _show(self, text: str) -> None:
        # The parser takes longer to import than a frame to draw: the other panes are painted first.
        from textual.widgets import Markdown

        if not self._scroll.is_attached:
            return  # the screen has been left meanwhile
        self._scroll.remove_children()
        self._scroll.mount(Markdown(text, open_links=False))

    def scroll(self, by: int) -> None:
        self._scroll.scroll_relative(y=by, animate=False)
