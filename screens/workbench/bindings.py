"""The keys of the workbench, and what each of them does, in the order of the list that `?` opens."""

from dataclasses import replace

from textual.binding import Binding, BindingType

from screens.host import EVERYWHERE
from screens.widgets.footer import performing
from screens.workbench.crosshair import CROSSHAIR_BINDINGS

LISTED: list[Binding] = [
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
    Binding("r", "edit.restart", "restart, same seed"),
    Binding("s", "edit.new_seed", "restart, new seed"),
    Binding("e", "edit.show_settings", "change settings"),
    Binding("ctrl+z", "edit.undo", "undo a change"),
    Binding("ctrl+y", "edit.redo", "redo it"),
    Binding("f", "edit.fork", "fork here"),
    Binding("F", "edit.show_forks", "compare runs, forks"),
    Binding("l", "pane.toggle_logarithm", "log / linear"),
    Binding("L", "pane.toggle_logarithm('x')", "log / linear across"),
    Binding("c", "lesson.answer(2)", "answer c", show=False),  # while a question waits for it
    Binding("c", "crosshair.toggle", "crosshair: read a step"),
    Binding("v", "navigation.next_run(1)", "next run"),
    Binding("V", "navigation.next_run(-1)", "previous run"),
    Binding("tab", "slots.focus_next(1)", "next pane", priority=True),
    Binding("shift+tab", "slots.focus_next(-1)", "previous pane", priority=True),
    Binding("z", "slots.zoom", "zoom the pane"),
    Binding("p", "slots.pick", "panes: what a slot shows"),
    Binding("down", "pane.scroll(1)", "scroll down"),
    Binding("up", "pane.scroll(-1)", "scroll up"),
    Binding("pagedown", "pane.scroll(8)", "scroll a page down"),
    Binding("pageup", "pane.scroll(-8)", "scroll a page up"),
    Binding("enter", "lesson.turn_page(1)", "read on, next lesson page"),
    Binding("x", "lesson.focus", "to the lesson, and back"),
    Binding("a", "lesson.answer(0)", "answer a (also b, c, d)"),
    Binding("b", "lesson.answer(1)", "answer b", show=False),
    Binding("d", "lesson.answer(3)", "answer d", show=False),
    Binding("h", "lesson.hint", "a hint of the lesson"),
    Binding("w", "save.save", "save the recording"),
    Binding("ctrl+s", "capture.copy", "copy as text or picture"),
    Binding("y", "capture.copy_command", "copy the run's command"),
    *EVERYWHERE,
    Binding("question_mark", "keys", "all keys"),
    Binding("escape", "navigation.stop", "stop here"),
    Binding("q", "save.leave", "back / quit"),
    *(Binding(str(digit), f"count.type({digit})", "a count for the next key", show=False) for digit in range(10)),
    Binding("backspace", "count.erase", "previous page, or digit"),
]

WORKBENCH_BINDINGS: list[BindingType] = [
    replace(one, action=performing(one.action)) for one in (*CROSSHAIR_BINDINGS, *LISTED)
]
