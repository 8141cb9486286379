"""The footer: the keys that do something now, each of which a click performs too."""

from collections.abc import Container, Iterable, Sequence
from typing import NamedTuple

from textual.content import Content
from textual.style import Style
from textual.widgets import Static

from nnsim.keymap import WRITTEN

BETWEEN = " · "

TEXTUAL_NAMES = {name: key for key, name in WRITTEN.items()}  # by how they are written
LONG = ("enter", "space", "tab", "home", "end")


class Key(NamedTuple):
    """One key in the footer, or several that belong together, and what a click on them performs.

    Args: action: of the first key and of the words; empty where a click on a key presses it. others: of the keys
    behind the first, in their order.
    """

    text: str
    action: str = ""
    others: tuple[str, ...] = ()


def key_names(text: str) -> list[str]:
    """Textual's names of the keys that a text of the footer begins with."""
    names = [_name(word) for word in text.split(" ")]
    return names[: names.index("")] if "" in names else names


def without(key: Key, taken: Container[str]) -> Key | None:
    """What is left of a key in the footer where some of it means something else now; None where nothing is.

    Args: taken: the keys that do, by Textual's names.
    """
    words, names = key.text.split(" "), key_names(key.text)
    count = len(names)
    left = [index for index in range(count) if names[index] not in taken]
    if len(left) == count:
        return key
    if not left:
        return None
    actions = (key.action, *key.others)
    kept = [actions[index] for index in left if index < len(actions)]
    return Key(
        " ".join([*(words[index] for index in left), *words[count:]]), kept[0] if kept else "", tuple(kept[1:])
    )


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
    """The same as plain text."""
    return BETWEEN.join(key.text for key in as_fit(keys, room))


class Foot(Static):
    """The keys that apply; a click on one performs it."""

    DEFAULT_CSS = """
    Foot { link-style: none; link-color: $text-muted; link-background-hover: $panel; link-color-hover: $text;
           link-style-hover: none; }
    """

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id, markup=False)
        self._shown: tuple[Sequence[Key], int] | None = None

    def show(self, keys: Sequence[Key], room: int) -> None:
        """Show as many keys as there is room for."""
        if (keys, room) == self._shown:
            return
        self._shown = keys, room
        self.update(Content(BETWEEN).join(map(_clickable, as_fit(keys, room))), layout=False)

    def action_press(self, key: str) -> None:
        """Press a key, whatever it means to what has the focus."""
        self.app.simulate_key(key)


def performing(action: str) -> str:
    """The action of the screen that performs one of a controller, such as `navigation.move('epoch', 1)`."""
    return f"perform({action!r})" if "." in action and not action.startswith("app.") else action


def _clickable(key: Key) -> Content:
    """What is written for a key, each part with what a click on it performs; the words go with the first key."""
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
    """Textual's name of a key as it is written; empty where it is none."""
    before, plus, last = word.rpartition("+")
    if plus and before and last:
        return f"{before}+{_name(last)}" if _name(last) else ""
    return TEXTUAL_NAMES.get(word, word if len(word) == 1 or word in LONG else "")


def _performing(text: str, action: str) -> Content:
    return Content.styled(text, Style.from_meta({"@click": action}))
