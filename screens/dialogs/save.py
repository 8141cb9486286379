"""Saving a recording: a free name to begin with, a check of the name that is typed, and a progress bar."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Generator
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING

from textual import events
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widgets import Static

from nnsim.errors import NnsimError
from nnsim.output_files import RECORDING_SUFFIX, OutputFiles
from screens.dialogs.basic import Dialog

if TYPE_CHECKING:
    from nnsim.session.session import Session

PATIENCE_S = 0.25  # what takes longer is done behind a dialog that shows how far it is
SLICE_S = 0.02  # between two looks at the keys
BAR = 30


def path_of(text: str) -> Path:
    """The file that a text names.  Raises: ValueError where it cannot be a new recording."""
    try:
        path = Path(text.strip()).expanduser()
        path = path if path.suffix else path.with_name(f"{path.name}{RECORDING_SUFFIX}")
        taken = path.exists()
    except (OSError, RuntimeError, ValueError) as error:
        raise ValueError(f"cannot be used: {error.strerror if isinstance(error, OSError) else error}") from None
    if path.suffix != RECORDING_SUFFIX:
        raise ValueError(f"a recording's name ends in {RECORDING_SUFFIX}")
    if taken:
        raise ValueError(f"{path.name} is there already: choose another name")
    return path


def complaint(text: str) -> str | None:
    """The error in a name for a new recording, or None."""
    try:
        path_of(text)
    except ValueError as error:
        return str(error)
    return None


Outcome = NnsimError | bool  # why nothing is saved, or whether it is: a person may have stopped it


def save_session(
    ask: Callable[[SavingDialog, Callable[[Outcome | None], None]], object],
    files: OutputFiles,
    path: Path,
    session: Session,
    done: Callable[[Outcome | None], None],
) -> None:
    """Writes the runs of a session that are of the focused one's kind; behind a dialog where that takes long.

    Args: ask: opens a dialog. done: called with the outcome.
    """
    from nnsim.session.saving import UNSAVED, saving_session

    parts = saving_session(session, path, files)
    try:
        files.make_folder(path.parent, UNSAVED)
        share = _go_on(parts, PATIENCE_S)
    except NnsimError as error:
        done(error)
        return
    if share is None:
        done(True)
    else:
        ask(SavingDialog(path, parts, share), done)


def _go_on(parts: Generator[float], seconds: float) -> float | None:
    """Saves for so many seconds.  Returns: the share that is done, or None at the end."""
    began = monotonic()
    for share in parts:
        if monotonic() - began >= seconds:
            return share
    return None


class SavingDialog(Dialog[Outcome]):
    """Saves a large recording, shows how far it is, and stops at escape."""

    closes_on_click_beside = False
    DEFAULT_CSS = "SavingDialog > Vertical { width: 50; }"

    def __init__(self, path: Path, parts: Generator[float], share: float) -> None:
        super().__init__()
        self._path, self._parts, self._share = path, parts, share
        self._stopped = False

    def compose(self) -> ComposeResult:
        with Vertical() as box:
            box.border_title = "Saving the recording"
            box.border_subtitle = "escape stops it"
            yield Static(self._path.name, markup=False)
            yield Static(self.bar(), id="bar", markup=False)

    def bar(self) -> str:
        full = int(BAR * self._share)
        return f"{'█' * full}{'░' * (BAR - full)} {self._share:4.0%}"

    def on_mount(self) -> None:
        self.run_worker(self._save())

    async def _save(self) -> None:
        outcome: Outcome = True
        try:
            while not self._stopped and (share := _go_on(self._parts, SLICE_S)) is not None:
                self._share = share
                self.query_one("#bar", Static).update(self.bar(), layout=False)
                await asyncio.sleep(0.001)
            outcome = not self._stopped
        except NnsimError as error:
            outcome = error
        finally:  # also where the program ends meanwhile
            self._parts.close()
        self.dismiss(outcome)

    def on_key(self, event: events.Key) -> None:
        event.stop()
        self._stopped = self._stopped or event.key == "escape"
