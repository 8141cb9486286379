"""The keys of the workbench, and what each of them does, in the order of the list that `?` opens."""

from dataclasses import replace

from textual.binding import Binding, BindingType

from screens.host import EVERYWHERE
from screens.workbench.crosshair import CROSSHAIR_BINDINGS


def performing(action: str) -> str:
    """The action of the screen that performs one of a controller, such as `navigation.move('epoch', 1)`."""
    return f"perform({action!r})" if "." in action and not action.startswith("app.") else action


_LISTED: list[Binding] = [
    *CROSSHAIR_BINDINGS,
    Binding("space", "navigation.play", "play / pause"),
    Binding("right", "navigation.move('epoch', 1)", "one epoch on"),
    Binding("left", "navigation.move('epoch', -1)", "one epoch back"),
    Binding("right_square_bracket", "navigation.move('batch', 1)", "one batch on"),
    Binding("left_square_bracket", "navigation.move('batch', -1)", "one batch back"),
    Binding("full_stop", "navigation.move('phase', 1)", "one phase on"),
    Binding("comma", "navigation.move('phase', -1)", "one phase back"),
    Binding("plus,equals_sign", "navigation.change_speed(1)", "faster"),
    Binding("minus", "navigation.change_speed(-1)", "slower"),
    Binding("home", "navigation.go_to_start", "to the start"),
    Binding("end", "navigation.go_to_newest", "to the newest step"),
    Binding("g", "navigation.go", "go to a place"),
    Binding("n", "navigation.go_to_next(1)", "next such place"),
    Binding("N", "navigation.go_to_next(-1)", "previous such place"),
    Binding("m", "navigation.mark", "mark this step"),
    Binding("right_curly_bracket", "navigation.go_to_mark(1)", "next mark"),
    Binding("left_curly_bracket", "navigation.go_to_mark(-1)", "previous mark"),
    Binding("r", "restart", "restart, same seed"),
    Binding("s", "new_seed", "restart, new seed"),
    Binding("e", "settings", "change settings"),
    Binding("ctrl+z", "undo", "undo a change"),
    Binding("ctrl+y", "redo", "redo it"),
    Binding("f", "fork", "fork here"),
    Binding("F", "forks", "compare runs, forks"),
    Binding("l", "logarithm", "log / linear"),
    Binding("L", "logarithm('x')", "log / linear across"),
    Binding("c", "predict(2)", "answer c", show=False),  # while a question waits for it
    Binding("c", "crosshair", "crosshair: read a step"),
    Binding("v", "navigation.next_run(1)", "next run"),
    Binding("V", "navigation.next_run(-1)", "previous run"),
    Binding("tab", "pane(1)", "next pane", priority=True),
    Binding("shift+tab", "pane(-1)", "previous pane", priority=True),
    Binding("z", "zoom", "zoom the pane"),
    Binding("p", "pick_pane", "panes: what a slot shows"),
    Binding("down", "scroll(1)", "scroll down"),
    Binding("up", "scroll(-1)", "scroll up"),
    Binding("pagedown", "scroll(8)", "scroll a page down"),
    Binding("pageup", "scroll(-8)", "scroll a page up"),
    Binding("enter", "page(1)", "read on, next lesson page"),
    Binding("x", "lesson", "to the lesson, and back"),
    Binding("a", "predict(0)", "answer a (also b, c, d)"),
    Binding("b", "predict(1)", "answer b", show=False),
    Binding("d", "predict(3)", "answer d", show=False),
    Binding("h", "hint", "a hint of the lesson"),
    Binding("w", "save", "save the recording"),
    Binding("ctrl+s", "capture.copy", "copy as text or picture"),
    Binding("y", "capture.copy_command", "copy the run's command"),
    *EVERYWHERE,
    Binding("question_mark", "keys", "all keys"),
    Binding("escape", "navigation.stop", "stop here"),
    Binding("q", "leave", "back / quit"),
    *(Binding(str(digit), f"digit({digit})", "a count for the next key", show=False) for digit in range(10)),
    Binding("backspace", "erase", "previous page, or digit"),
]

WORKBENCH_BINDINGS: list[BindingType] = [replace(one, action=performing(one.action)) for one in _LISTED]
