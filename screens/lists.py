"""Lists to choose from, in as little room as there is."""

from textual.widgets import OptionList


class ChoiceList(OptionList):
    """Textual's list; with no room for a single line it has no pages, and Textual's would raise."""

    def action_page_up(self) -> None:
        """A page up."""
        if self.scrollable_content_region:
            super().action_page_up()  # type: ignore[no-untyped-call]

    def action_page_down(self) -> None:
        """A page down."""
        if self.scrollable_content_region:
            super().action_page_down()  # type: ignore[no-untyped-call]
