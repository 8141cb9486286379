"""Textual's bindings, and the keys of a footer, made from the table of keys."""

from collections.abc import Sequence

from textual.binding import Binding, BindingType

from nnsim.keymap import KeyBinding, Situation, footer_word
from screens.widgets.footer import Key, performing


def bindings(*tables: Sequence[KeyBinding]) -> list[BindingType]:
    """The bindings of a screen."""
    return [
        Binding(one.keys, performing(one.action), one.does, show=one.listed, priority=one.priority)
        for table in tables
        for one in table
        if one.keys
    ]


def footer_keys(table: Sequence[KeyBinding], words: Sequence[str], now: Situation) -> list[Key]:
    """The keys that do something now. Args: words: of the footer, in their order."""
    found = []
    for word in words:
        keys = [one for one in table if one.footer == word and one.offered(now)]
        if keys:
            text = " ".join([*(one.name for one in keys), footer_word(word, now)])
            found.append(Key(text, keys[0].action, tuple(one.action for one in keys[1:])))
    return found
