"""Editing panes: those whose keys change the run that they show."""

from collections.abc import Callable
from typing import Any

from nnsim.session.session import Session
from screens.panes.base import Pane


class EditingPane(Pane):
    """A pane that knows the session as it was shown last, at the crosshair too, and changes it by the workbench."""

    session: Session | None = None

    @property
    def editing(self) -> bool:
        """Whether keys change the run now, rather than move through time."""
        return False

    def edit(self, change: Callable[[Session], str]) -> bool:
        """Change the session, which is told and can be undone.  Returns: whether it was possible."""
        edit: Callable[[Callable[[Session], str]], bool] | None = getattr(self.screen, "edit", None)
        return edit is not None and edit(change)

    def change_settings(self, settings: Callable[[Session], dict[str, Any]], told: str = "") -> bool:
        """Change settings that begin the run again; `told` says in words what was changed."""
        return self.edit(lambda session: session.change_together(settings(session), told))

    def settings(self, filtered: str) -> None:
        """Open the settings whose keys hold one of these words."""
        show: Callable[[str], None] | None = getattr(self.screen, "action_settings", None)
        if show is not None:
            show(filtered)
