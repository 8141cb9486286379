"""The palette: every action by name, with some that no key has."""

import os
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, NamedTuple

from textual.await_complete import AwaitComplete
from textual.binding import Binding
from textual.command import DiscoveryHit, Hit, Hits, Provider
from textual.content import Content
from textual.screen import Screen
from textual.types import IgnoreReturnCallbackType

from nnsim.errors import NnsimError
from nnsim.scenario import catalog
from nnsim.scenario.language import wanted_language
from nnsim.terminal.keymap import written
from nnsim.terminal.theme_names import MEANINGS
from screens.host import Host
from screens.pane_catalog import about
from screens.panes import PANES
from screens.panes.pane import Pane
from screens.terminal.textual_internals import PagedPalette, bindings_by_node
from screens.workbench.workbench import Workbench

HIDDEN = "app.command_palette"  # it is open
NAMES_END = 32  # columns
WEAKER = 0.9  # what leads away comes behind what acts here, where both match equally well

DESCRIPTION_SCORE = 0.1  # the score of what was typed, found in what is said about an action


class PaletteCommand(NamedTuple):
    """A line of the palette.  Args: weight: its rank among lines that match equally well."""

    name: str
    description: str
    act: IgnoreReturnCallbackType
    weight: float = 1.0


class Palette(PagedPalette):
    """Textual's palette, which closes once; see screens.dialogs.basic."""

    def dismiss(self, result: Any = None) -> AwaitComplete:
        """Closes the palette, unless another screen is on top."""
        return super().dismiss(result) if self.is_active else AwaitComplete()


class Actions(Provider):
    """The actions of the focused pane, of the screen, and of the program."""

    @property
    def _app(self) -> Host:
        assert isinstance(self.app, Host)
        return self.app

    async def discover(self) -> Hits:
        """The actions of this screen, before anything is typed."""
        recent = self._app.recent_actions
        listed = [one for one in self._commands() if one.weight == 1.0 or one.name in recent]
        listed.sort(key=lambda one: recent.index(one.name) if one.name in recent else len(recent))
        for one in listed:
            yield DiscoveryHit(_line(Content(one.name), one.description), one.act, text=one.name)

    async def search(self, query: str) -> Hits:
        matcher = self.matcher(query)
        for one in self._commands():
            score = matcher.match(one.name) or DESCRIPTION_SCORE * (query.casefold() in one.description.casefold())
            if score > 0:
                line = _line(matcher.highlight(one.name), one.description)
                yield Hit(score * one.weight, line, one.act, text=one.name)

    def _commands(self) -> Iterator[PaletteCommand]:
        """The commands, which act only while their screen is there."""
        screen, chosen = self.screen, list[object]()

        def act_if_there(name: str, act: Callable[[], Any]) -> Any:
            chosen.append(act)  # enter pressed twice chooses twice
            if not screen.is_running or len(chosen) > 1:
                return None
            self._app.note_action(name)
            return act()

        for one in self._all():
            yield one._replace(act=partial(act_if_there, one.name, one.act))

    def _all(self) -> Iterator[PaletteCommand]:
        yield from self._bound()
        for name, description in MEANINGS.items():
            yield PaletteCommand(f"Theme {name}", description, partial(self._app.choose_theme, name))
        if self._app.can_suspend:
            yield PaletteCommand("Suspend (fg brings it back)", "ctrl+backslash", self._app.suspend_now)
        if isinstance(self.screen, Workbench):
            yield from self._panes(self.screen)
        yield from self._scenarios()

    def _bound(self) -> Iterator[PaletteCommand]:
        """The actions of keys: those of the pane first, in the order of bindings."""
        listed: set[str] = set()
        for node, bindings in bindings_by_node(self.screen):
            if node is self.app:
                continue  # Textual's own
            for _, binding in bindings:
                if binding.show and binding.action not in listed and binding.action != HIDDEN:
                    listed.add(binding.action)
                    owner = node.title if isinstance(node, Pane) else ""
                    perform = partial(self.app.run_action, binding.action, default_namespace=node)
                    yield PaletteCommand(_title(binding, owner), written(binding.key), perform)

    def _panes(self, workbench: Workbench) -> Iterator[PaletteCommand]:
        for name in PANES:
            title, description = about(name)[:2]
            reason = PANES[name].why_not(workbench.session.view)
            yield PaletteCommand(
                f"Show pane {title}", reason or description, partial(workbench.slots.show_pane, name), WEAKER
            )

    def _scenarios(self) -> Iterator[PaletteCommand]:
        try:
            entries = catalog.entries(wanted_language(os.environ))
        except NnsimError:
            return  # home says what is wrong with them
        for entry in entries:
            yield PaletteCommand(
                f"Open scenario {entry.name}", entry.summary, partial(self._open, self.screen, entry), WEAKER
            )

    def _open(self, screen: Screen[Any], entry: catalog.Entry) -> None:
        if isinstance(screen, Workbench):
            screen.session.motion.stay()  # what is below stands still until one comes back
        try:
            self._app.router.open_scenario(entry.path)
        except NnsimError as error:
            self._app.tell(str(error), severity="error", timeout=10)


def _line(name: Content, description: str) -> Content:
    padded = name.pad_right(max(0, NAMES_END - name.cell_length))
    return Content.assemble(padded, "  ", (description, "not bold $text-muted"))


def _title(binding: Binding, owner: str) -> str:
    text = binding.description[:1].upper() + binding.description[1:]
    return f"{owner}: {text}" if owner else text
