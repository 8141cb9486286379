"""The keys that copy: the screen or a pane as text or picture, and the command that repeats the run."""

from collections.abc import Callable
from functools import partial
from importlib.util import find_spec

from textual.strip import Strip

from nnsim.errors import NnsimError
from nnsim.output_files import free_path
from nnsim.text import clean_line
from nnsim.timeline import Timeline
from screens.dialogs.picker import Choice, PickDialog
from screens.workbench.controller_context import Context

LONGEST_CLIP = 100_000  # characters: terminals pass longer ones over, without a word


def as_text(strips: list[Strip]) -> str:
    """Rows of cells as lines of text, without blanks at their ends."""
    return "\n".join(strip.text.rstrip() for strip in strips).strip("\n") + "\n"


class CaptureKeys:
    """Copies the screen, a pane, or the command of the run."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def copy(self) -> None:
        """Asks what to copy, and in which form; time stands still meanwhile."""
        self._context.take_count()
        self._context.session.motion.stay()
        pane = self._context.in_focus
        missing = "" if find_spec("PIL") else "needs Pillow: install nnsim[png]"
        choices = []
        for what, called, keys in (("pane", f"This pane · {pane.title}", "tvp"), ("screen", "The screen", "TVP")):
            for key, kind, about in zip(
                keys,
                ("txt", "svg", "png"),
                ("text, also into the clipboard", "SVG picture", missing or "PNG picture"),
                strict=True,
            ):
                possible = kind != "png" or not missing
                choices.append(Choice(f"{what} {kind}", called, about, key, possible=possible))
        self._context.ask(PickDialog("Copy", choices), self._copy)

    def _copy(self, answer: str | None) -> None:
        if answer is None:
            return
        what, _, kind = answer.partition(" ")
        # A frame later the dialog is gone, and all that it hid is drawn.
        self._context.after_frame(lambda: self._picture(what, kind))

    def _picture(self, what: str, kind: str) -> None:
        context = self._context
        name = f"{context.session.scenario.name}-step{context.session.cursor.showing}"
        if what == "pane":
            name += f"-{context.in_focus.kind}"
        strips = context.cells_of(context.in_focus if what == "pane" else None)
        if not strips:
            context.tell("This pane is not on the screen: the terminal is too small for it.", severity="warning")
            return
        context.in_thread(lambda: self._write(strips, name, kind))  # a large one takes longer than a frame

    def _write(self, strips: list[Strip], name: str, kind: str) -> Callable[[], None]:
        """Makes a picture and writes it, in a thread.  Returns: reports the outcome."""
        content, files = _encoded(strips, name, kind), self._context.files
        text = content.decode() if kind == "txt" else ""
        try:
            path = free_path(files.pictures, name, f".{kind}")
            files.write(path, content, "nothing is copied to it")
        except NnsimError as error:
            return partial(self._report_copied, [], text, str(error))
        return partial(self._report_copied, [f"to {clean_line(str(path))}"], text)

    def _report_copied(self, places: list[str], text: str, complaint: str = "") -> None:
        if text and len(text) <= LONGEST_CLIP:
            self._context.copy_to_clipboard(text)
            places = [*places, "to the clipboard"]
        copied = f"copied {', and '.join(places)}" if places else ""
        message = "; ".join(filter(None, (copied, complaint)))
        self._context.tell(message, "warning" if complaint else "information", 10 if complaint else 8)

    def copy_command(self) -> None:
        """Copies the command that repeats the focused run, or says why there is none."""
        self._context.take_count()
        from nnsim.export.command_line import command_of

        timeline = self._context.session.focused.log
        if not isinstance(timeline, Timeline):
            self._context.tell("Another program has trained this run: no command of nnsim repeats it.")
            return
        try:
            command = command_of(timeline)
        except NnsimError as error:
            self._copy_replay(str(error))
            return
        self._context.copy_to_clipboard(command)
        self._context.tell(f"copied, trains the run to its end: {command}", timeout=10)

    def _copy_replay(self, reason: str) -> None:
        """Copies the command that opens the recording of a run that no command repeats."""
        import shlex

        path = self._context.recorded_in
        if path is None or self._context.session.focused.run is not None:  # a fork is not in the recording
            self._context.tell(
                f"No command gives this run: {reason}. w saves it, nnsim replay shows it.", timeout=10
            )
            return
        command = shlex.join(["nnsim", "replay", str(path)])
        self._context.copy_to_clipboard(command)
        self._context.tell(f"copied: {command} (no command trains it again: {reason})", timeout=10)


def _encoded(strips: list[Strip], name: str, kind: str) -> bytes:
    if kind == "txt":
        return as_text(strips).encode()
    if kind == "svg":
        from screens.capture.svg import svg

        return svg(strips, f"nnsim · {name}").encode()
    from screens.capture.png import png

    return png(strips)
