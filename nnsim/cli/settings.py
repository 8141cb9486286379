"""The settings that a command line changes, as one mapping of dotted keys."""

from collections.abc import Iterable
from typing import Any

from nnsim.settings import parse_setting


def changed_settings(assignments: Iterable[str], epochs: int | None, seed: int | None) -> dict[str, Any]:
    """What `--set`, `--epochs` and `--seed` say; an option of its own goes before `--set`.

    Raises: ScenarioError where an assignment is none.
    """
    settings = dict(parse_setting(text) for text in assignments)
    if epochs is not None:
        settings["train.epochs"] = epochs
    if seed is not None:
        settings["random.seed"] = seed
    return settings
