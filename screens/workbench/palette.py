"""The palette: every action of where one is, by name, and some that no key has."""

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
from nnsim.keymap import written
from nnsim.scenario import catalog
from nnsim.theme_names import MEANINGS
from screens.host import Host
from screens.pane_catalog import about
from screens.panes import PANES
from screens.panes.pane import Pane
from screens.terminal.textual_internals import PagedPalette, bindings_by_node
from screens.workbench.workbench import Workbench

HIDDEN = "app.command_palette"  # it is open
NAMES_END = 32  # columns
WEAKER = 0.9  # what leads away comes behind what acts here, where both match equally well


SAID = 0.1  # the score of what was typed, found in what is said about an action


class PaletteCommand(NamedTuple):
    """A line of the palette.  Args: weight: of its place among lines that match equally well."""

    name: str
    description: str
    act: IgnoreReturnCallbackType
    weight: float = 1.0


class Palette(PagedPalette):
    """Textual's palette, which goes once; see screens.dialogs.basic."""

    def dismiss(self, result: Any = None) -> AwaitComplete:
        """Go back to what is below, unless something else is on top by now."""
        return super().dismiss(result) if self.is_active else AwaitComplete()


class Actions(Provider):
    """The actions of the pane with the focus, of the screen, and of the program."""

    @property
    def _app(self) -> Host:
        assert isinstance(self.app, Host)
        return self.app

    async def discover(self) -> Hits:
        """Everything that acts here, before anything is typed."""
        for one in self._commands():
            if one.weight == 1.0:
                yield DiscoveryHit(_line(Content(one.name), one.description), one.act, text=one.name)

    async def search(self, query: str) -> Hits:
        matcher = self.matcher(query)
        for one in self._commands():
            score = matcher.match(one.name) or SAID * (query.casefold() in one.description.casefold())
            if score > 0:
                line = _line(matcher.highlight(one.name), one.description)
                yield Hit(score * one.weight, line, one.act, text=one.name)

    def _commands(self) -> Iterator[PaletteCommand]:
        """What can be done while the screen is there: a key may leave it before what was picked is done."""
        screen, chosen = self.screen, list[object]()

        def act_if_there(act: Callable[[], Any]) -> Any:
            chosen.append(act)  # enter pressed twice chooses twice
            return act() if screen.is_running and len(chosen) == 1 else None

        for one in self._all():
            yield one._replace(act=partial(act_if_there, one.act))

    def _all(self) -> Iterator[PaletteCommand]:
        yield from self._bound()
        yield from self._themes()
        if self._app.can_suspend:
            yield PaletteCommand("Suspend (fg brings it back)", "ctrl+backslash", self._app.suspend_now)
        if isinstance(self.screen, Workbench):
            yield from self._panes(self.screen)
        yield from self._scenarios()

    def _bound(self) -> Iterator[PaletteCommand]:
        """What keys do here: those of the pane first, as the chain of bindings has them."""
        seen: set[str] = set()
        for node, bindings in bindings_by_node(self.screen):
            if node is self.app:
                continue  # Textual's own
            for _, binding in bindings:
                if binding.show and binding.action not in seen and binding.action != HIDDEN:
                    seen.add(binding.action)
                    owner = node.title if isinstance(node, Pane) else ""
                    yield PaletteCommand(
                        _title(binding, owner), written(binding.key), self._performing(node, binding)
                    )

    def _performing(self, node: Any, binding: Binding) -> IgnoreReturnCallbackType:
        return partial(self.app.run_action, binding.action, default_namespace=node)

    def _themes(self) -> Iterator[PaletteCommand]:
        for name, description in MEANINGS.items():
            yield PaletteCommand(f"Theme {name}", description, partial(self._app.choose_theme, name))

    def _panes(self, workbench: Workbench) -> Iterator[PaletteCommand]:
        for name in PANES:
            title, description = about(name)
            reason = PANES[name].why_not(workbench.session.view)
            yield PaletteCommand(
                f"Show pane {title}", reason or description, partial(workbench.slots.show_pane, name), WEAKER
            )

    def _scenarios(self) -> Iterator[PaletteCommand]:
        try:
            entries = catalog.entries()
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
    """A name, and its key or what else there is to say, in one line."""
    padded = name.pad_right(max(0, NAMES_END - name.cell_length))
    return Content.assemble(padded, "  ", (description, "not bold $text-muted"))


def _title(binding: Binding, owner: str) -> str:
    """What a binding does, as a line that begins with a capital letter."""
    text = binding.description[:1].upper() + binding.description[1:]
    return f"{owner}: {text}" if owner else text
