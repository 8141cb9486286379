"""The keys of a screen, from the table of keys: Textual's bindings, and the footer that names those that apply."""

from collections.abc import Container, Iterable, Sequence
from typing import NamedTuple

from textual.binding import Binding, BindingType
from textual.content import Content
from textual.style import Style
from textual.widgets import Static

from nnsim.terminal.keymap import WRITTEN, KeyBinding, Situation, footer_word

BETWEEN = " · "

TEXTUAL_NAMES = {name: key for key, name in WRITTEN.items()}  # by how they are written
LONG = ("enter", "space", "tab", "home", "end")


class Key(NamedTuple):
    """One key in the footer, or several that belong together.

    Args: action: what a click on the first key or the words performs; empty where it presses the key. others:
    actions of the keys behind the first.
    """

    text: str
    action: str = ""
    others: tuple[str, ...] = ()


def key_names(text: str) -> list[str]:
    """Textual's names of the keys at the beginning of a footer's text."""
    names = [_name(word) for word in text.split(" ")]
    return names[: names.index("")] if "" in names else names


def without(key: Key, taken: Container[str]) -> Key | None:
    """The rest of a key in the footer where some of it is taken; None where nothing is left.

    Args: taken: keys, by Textual's names.
    """
    words, names = key.text.split(" "), key_names(key.text)
    count = len(names)
    left = [index for index in range(count) if names[index] not in taken]
    if len(left) == count:
        return key
    if not left:
        return None
    actions = (key.action, *key.others)
    first, *others = [actions[index] for index in left if index < len(actions)] or [""]
    return Key(" ".join([*(words[index] for index in left), *words[count:]]), first, tuple(others))


def as_fit(keys: Iterable[Key], room: int) -> list[Key]:
    """As many of the keys as fit into a line, in their order."""
    found, left = list[Key](), room
    for key in keys:
        taken = len(BETWEEN if found else "") + len(key.text)
        if taken <= left:
            left -= taken
            found.append(key)
    return found


def as_text(keys: Iterable[Key], room: int) -> str:
    return BETWEEN.join(key.text for key in as_fit(keys, room))


class Foot(Static):
    """The keys that apply; a click on one performs it."""

    DEFAULT_CSS = """
    Foot { link-style: none; link-color: $text-muted; link-background-hover: $panel; link-color-hover: $text;
           link-style-hover: none; }
    """

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id, markup=False)
        self._last: tuple[Sequence[Key], int] | None = None

    def show(self, keys: Sequence[Key], room: int) -> None:
        if (keys, room) == self._last:
            return
        self._last = keys, room
        self.update(Content(BETWEEN).join(map(_clickable, as_fit(keys, room))), layout=False)

    def action_press(self, key: str) -> None:
        self.app.simulate_key(key)


def performing(action: str) -> str:
    """The screen's action that performs a controller's, such as `navigation.move('epoch', 1)`."""
    return f"perform({action!r})" if "." in action and not action.startswith("app.") else action


def _clickable(key: Key) -> Content:
    """The text of a key, each part with the action of a click on it."""
    words = key.text.split(" ")
    if key.action:
        actions = [
            one if one.startswith("app.") else f"screen.{performing(one)}" for one in (key.action, *key.others)
        ]
    else:
        names = key_names(key.text)
        if not names:
            return Content(key.text)
        actions = [f"press({name!r})" for name in names]
    if len(actions) == 1:
        return _performing(key.text, actions[0])
    parts = [*zip(words, actions, strict=False), (" ".join(words[len(actions) :]), actions[0])]
    return Content(" ").join(_performing(part, action) for part, action in parts if part)


def _name(word: str) -> str:
    """Textual's name of a written key; empty where it is none."""
    before, plus, last = word.rpartition("+")
    if plus and before and last:
        return f"{before}+{_name(last)}" if _name(last) else ""
    return TEXTUAL_NAMES.get(word, word if len(word) == 1 or word in LONG else "")


def _performing(text: str, action: str) -> Content:
    return Content.styled(text, Style.from_meta({"@click": action}))


def bindings(*tables: Sequence[KeyBinding]) -> list[BindingType]:
    return [
        Binding(one.keys, performing(one.action), one.does, show=one.listed, priority=one.priority)
        for table in tables
        for one in table
        if one.keys
    ]


def footer_keys(table: Sequence[KeyBinding], words: Sequence[str], now: Situation) -> list[Key]:
    """The keys that apply now.  Args: words: of the footer, in their order."""
    found = []
    for word in words:
        keys = [one for one in table if one.footer == word and one.offered(now)]
        if keys:
            text = " ".join([*(one.name for one in keys), footer_word(word, now)])
            found.append(Key(text, keys[0].action, tuple(one.action for one in keys[1:])))
    return found
