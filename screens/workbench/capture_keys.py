"""Copying: the screen or a pane as text or picture, and the command that gives the run again."""

from importlib.util import find_spec
from typing import Any

from textual import getters
from textual.geometry import Region
from textual.screen import Screen
from textual.strip import Strip

from nnsim import paths
from nnsim.atomic_file import replace_file
from nnsim.errors import NnsimError
from nnsim.paths import free_path
from nnsim.session.session import Session
from nnsim.text import clean_line
from screens.dialogs.picker import Choice, PickDialog
from screens.host import Host
from screens.panes.base import Pane

LONGEST_CLIP = 100_000  # characters: terminals pass longer ones over, without a word


def cells_of(screen: Screen[Any], region: Region) -> list[Strip]:
    """What a part of a screen shows, in rows."""
    rows = screen._compositor.render_strips()[region.y : region.bottom]
    return [row.crop(region.x, region.right) for row in rows]


def as_text(strips: list[Strip]) -> str:
    """Rows of cells as lines of text, with nothing behind their ends."""
    return "\n".join(strip.text.rstrip() for strip in strips).strip("\n") + "\n"


class Copying(Screen[None]):
    """The part of a workbench that copies."""

    app = getters.app(Host)
    session: Session
    panes: list[Pane]
    _focused_pane = 0

    def _count(self) -> int:
        raise NotImplementedError

    # ------------------------------------------------------------------ pictures

    def action_copy(self) -> None:
        """Ask what to copy, and as what; the session stands still meanwhile."""
        self._count()
        self.session.stay()
        pane = self.panes[self._focused_pane]
        missing = "" if find_spec("PIL") else "needs Pillow: install nnsim[png]"
        choices = []
        for what, called, keys in (("pane", f"This pane · {pane.title}", "tvp"), ("screen", "The screen", "TVP")):
            for key, kind, told in zip(
                keys,
                ("txt", "svg", "png"),
                ("text, also into the clipboard", "SVG picture", missing or "PNG picture"),
                strict=True,
            ):
                possible = kind != "png" or not missing
                choices.append(Choice(f"{what} {kind}", called, told, key, possible=possible))
        self.app.push_screen(PickDialog("Copy", choices), self._copy)

    def _copy(self, answer: str | None) -> None:
        if answer is None:
            return
        what, _, kind = answer.partition(" ")
        # A frame later the dialog is gone, and all that it hid is drawn.
        self.call_after_refresh(self._picture, what, kind)

    def _picture(self, what: str, kind: str) -> None:
        pane = self.panes[self._focused_pane]
        name = f"{self.session.scenario.name}-step{self.session.cursor.showing}"
        if what == "pane":
            name += f"-{pane.kind}"
        strips = cells_of(self, pane.region if what == "pane" else self.region)
        if not strips:
            self.app.tell("This pane is not on the screen: the terminal is too small for it.", severity="warning")
            return
        self.run_worker(lambda: self._write(strips, name, kind), thread=True, group="copy")

    def _write(self, strips: list[Strip], name: str, kind: str) -> None:
        """Make a picture and write it, in a thread of its own: a large one takes longer than a frame."""
        content = self._made(strips, name, kind)
        folder = paths.pictures()
        try:
            path = free_path(folder, name, f".{kind}")
            replace_file(path, content)
        except OSError as error:
            told = f"{clean_line(str(folder))}: cannot be written: {error.strerror}"
            self.app.call_from_thread(self.app.tell, told, "error", 10)
            return
        copied = ""
        if kind == "txt" and len(text := content.decode()) <= LONGEST_CLIP:
            self.app.call_from_thread(self.app.copy_to_clipboard, text)
            copied = ", and to the clipboard"
        self.app.call_from_thread(self.app.tell, f"copied to {clean_line(str(path))}{copied}", "information", 8)

    def _made(self, strips: list[Strip], name: str, kind: str) -> bytes:
        if kind == "txt":
            return as_text(strips).encode()
        if kind == "svg":
            from screens.capture.svg import svg

            return svg(strips, f"nnsim · {name}").encode()
        from screens.capture.png import png

        return png(strips)

    # ------------------------------------------------------------------ the command

    def action_copy_command(self) -> None:
        """Copy the command that gives the focused run again, or say why none does."""
        self._count()
        from nnsim.export.command_line import command_of

        timeline = self.session.focused.timeline
        try:
            command = command_of(timeline)
        except NnsimError as error:
            self._copy_replay(str(error))
            return
        self.app.copy_to_clipboard(command)
        self.app.tell(f"copied, trains the run to its end: {command}", timeout=10)

    def _copy_replay(self, reason: str) -> None:
        """No command trains this run again: its recording shows it."""
        import shlex

        path = self.app.recorded_in
        if path is None or self.session.focused.run is not None:  # a fork is not in the recording
            self.app.tell(f"No command gives this run: {reason}. w saves it, nnsim replay shows it.", timeout=10)
            return
        command = shlex.join(["nnsim", "replay", str(path)])
        self.app.copy_to_clipboard(command)
        self.app.tell(f"copied: {command} (no command trains it again: {reason})", timeout=10)
