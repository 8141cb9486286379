"""Connects an app with its terminal: queues input, sends the cells that change, and ends in one line."""

import os
import sys
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from typing import Any

from textual import events
from textual._compositor import CompositorUpdate, LayoutUpdate
from textual.app import App
from textual.driver import Driver
from textual.message_pump import MessagePump
from textual.notifications import Notification
from textual.screen import Screen
from textual.theme import Theme
from textual.widgets import Input
from textual.widgets._toast import Toast
from textual.worker import WorkerFailed

from nnsim.terminal.capabilities import capabilities
from screens.terminal.filters import AsciiFilter, ColourlessFilter, SafeFilter
from screens.terminal.flow_control import FrameAnswered
from screens.terminal.frame_pacing import FramePace
from screens.terminal.input_decoder import InputDropped
from screens.terminal.input_queue import InputQueue
from screens.terminal.screen_diff import ChangedCells
from screens.terminal.textual_internals import keep_no_parts_of_strips

if sys.platform == "win32":
    TerminalDriver = None  # Textual's own
else:
    from screens.terminal.driver import TerminalDriver

ROUNDS = 3  # through the queues: of the key itself, of what a widget says of it, and of what a dialog answers


class TerminalApp(App[int]):
    """An app that takes one key at a time, sends only cells that change, and ends without a page of text."""

    def __init__(self, records: Path | None = None, pace: FramePace | None = None) -> None:
        """Args: records: the file that the run is recorded into; a crash names it. pace: of frames that no key asks
        for, where the processor is shared with other sessions."""
        keep_no_parts_of_strips()
        super().__init__(driver_class=TerminalDriver)
        self.records = records
        self._pace = pace
        self.input_queue = InputQueue()
        self.key_listeners: list[Callable[[], None]] = []  # whose work a key must not wait for
        size = os.get_terminal_size() if os.isatty(1) else os.terminal_size((80, 24))
        self.terminal = capabilities(os.environ, (size.columns, size.lines))
        self._filters.append(SafeFilter())
        if not self.terminal.unicode:
            self._filters.append(AsciiFilter())
        if not self.terminal.colours:
            self._filters.append(ColourlessFilter())

    async def on_event(self, event: events.Event) -> None:
        """Queues keys and clicks until all before them have had their effect."""
        if isinstance(event, events.InputEvent | events.Paste) and not event.is_forwarded:
            self.input_queue.put(event)
            await self.deliver_input()
        else:
            await super().on_event(event)

    async def deliver_input(self) -> None:
        """Handles the next event of the queue, unless the one before is under way.

        Textual passes a key from queue to queue, up to a binding; a pushed screen or a changed text sends messages
        of its own. Bindings with priority do not queue: `enter` behind a word would overtake the word.
        """
        if self._exit or (event := self.input_queue.take()) is None:
            return  # nothing that comes behind the end means anything
        route = self._route()
        await self.handle_input(event)
        self._follow(route, 1 if isinstance(event, events.MouseMove) else ROUNDS, [])

    async def handle_input(self, event: events.Event) -> None:
        """Handles a key, a paste or an event of the mouse; drops a paste that no text field would take."""
        if isinstance(event, events.Paste) and not isinstance(self.focused, Input):
            self.post_message(InputDropped("Pasted text was dropped: no text field has the focus."))
        else:
            await super().on_event(event)

    def _route(self) -> list[MessagePump]:
        """The queues that a key passes, from the focused widget to the app."""
        return list((self.focused or self.screen).ancestors_with_self) if self.screen_stack else [self]

    def _follow(self, route: list[MessagePump], rounds: int, stops: list[MessagePump]) -> None:
        """Goes through the queues behind an event, so that its effects are done when the next one comes."""
        while stops:
            if stops.pop().call_later(self._follow, route, rounds, stops):
                return
        if rounds:
            stops = list(dict.fromkeys([*route, *self._route()]))[::-1]
            self._follow(route, rounds - 1, stops)
        else:
            self.call_later(self._next_input)

    async def _next_input(self) -> None:
        self.input_queue.handled()
        await self.deliver_input()

    def key_pressed(self) -> None:
        """Tells the listeners that a key is on its way; called by the thread of the input."""
        for listener in self.key_listeners:
            listener()

    @property
    def driver(self) -> Driver | None:
        return self._driver

    def may_draw(self, for_key: bool = False) -> bool:
        """Whether the terminal has room for a frame.  Args: for_key: it shows the effect of a key, and comes
        first."""
        if self._pace is not None and not for_key and not self._pace.due:
            return False
        frames = getattr(self._driver, "frames", None)  # a driver without a terminal has none
        may = frames is None or frames.may_draw(for_key)
        if may and self._pace is not None:
            self._pace.begin()
        return may

    def frame_answered(self) -> None:
        """Tells the screen that there may be room for a frame."""
        if self.screen_stack:
            self.screen.post_message(FrameAnswered())

    def _display(self, screen: Screen[Any], renderable: Any) -> None:
        """Sends the cells that change."""
        sent = getattr(self._driver, "sent_cells", None)
        if sent is not None and isinstance(renderable, CompositorUpdate):
            # What is drawn has the size of the compositor; the screen's own may still be the one before.
            if sent.fit(screen._compositor.size) and not isinstance(renderable, LayoutUpdate):
                renderable = screen._compositor.render_full_update()
            renderable = ChangedCells(renderable, sent)
        with getattr(self._driver, "one_piece", nullcontext)():
            super()._display(screen, renderable)
        if self._pace is not None:
            self._pace.end()

    def get_theme(self, theme_name: str) -> Theme | None:
        """A theme by its name. Textual asks for it with every line, and would copy the table of themes twice each
        time."""
        return self._registered_themes.get(theme_name) or super().get_theme(theme_name)

    def retract_notifications(self, done: Callable[[Notification], bool]) -> None:
        """Takes notifications back. Textual would leave an empty line in the place of each."""
        if self.screen_stack:
            for toast in self.screen.query(Toast):
                if toast._notification in self._notifications and done(toast._notification):
                    toast._expire()
        for one in [one for one in self._notifications if done(one)]:
            self._unnotify(one, refresh=False)

    @property
    def can_suspend(self) -> bool:
        """Whether there is a shell to stop for."""
        return hasattr(self._driver, "suspend")

    def suspend_now(self) -> None:
        """Gives the terminal back to the shell, and stops until it continues the program."""
        if self._driver is not None and self.can_suspend:
            self.call_after_refresh(self._driver.suspend)  # type: ignore[attr-defined]

    @property
    def failure(self) -> BaseException | None:
        """The error that has ended the app, if any."""
        error = self._exception
        return error.error if isinstance(error, WorkerFailed) else error

    def fail(self, error: Exception) -> None:
        self._handle_exception(error)

    def _fatal_error(self) -> None:
        """Ends without Textual's page of variables."""
        self._close_messages_no_wait()

    def _print_error_renderables(self) -> None:
        self._exit_renderables.clear()
