"""Keys of the screens and commands of the plain console, in one table, for bindings, footers, help and README."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

# How a key is written for a reader, where Textual's name for it is another.
WRITTEN = {
    "right": "→", "left": "←", "up": "↑", "down": "↓", "right_square_bracket": "]", "left_square_bracket": "[",
    "right_curly_bracket": "}", "left_curly_bracket": "{", "full_stop": ".", "comma": ",", "colon": ":",
    "plus": "+", "minus": "-", "asterisk": "*", "slash": "/", "question_mark": "?", "backspace": "bksp",
    "pagedown": "pgdn", "pageup": "pgup", "escape": "esc", "shift+tab": "sh-tab",
}  # fmt: skip


def written(keys: str) -> str:
    """The first of some keys, separated by commas, as a reader knows it."""
    first = keys.partition(",")[0]
    held, plus, key = first.rpartition("+")
    return WRITTEN.get(first) or f"{held}{plus}{WRITTEN.get(key, key)}"


@dataclass(frozen=True)
class Situation:
    """What decides which keys the footer of a workbench offers."""

    playing: bool = False  # time moves
    arrived: bool = True  # the cursor is at its goal
    on: bool = True  # anything is ahead of the cursor
    back: bool = True  # anything is behind it
    batches: bool = False  # an epoch has several
    phases: bool = True  # the run has steps to look inside
    panes: int = 1
    scrolls: bool = False  # the focused pane does
    logarithmic: bool | None = None  # its scale; None where it has no choice
    sought: bool = False  # a place was looked for
    marks: bool = False  # the run has any
    runs: int = 1
    edits: bool = True  # the run has settings that can be changed
    live: bool = True  # runs can be trained
    worth_saving: bool = True  # a recording would hold anything new


@dataclass(frozen=True)
class Command:
    """A command of the plain console."""

    name: str  # what is typed, such as `batch`, or `batch back`
    help: str = ""  # empty where that of the command it begins with says it
    words: tuple[str, ...] = ()  # that mean the same


@dataclass(frozen=True)
class KeyBinding:
    """A key, or several that do the same."""

    keys: str = ""  # Textual's names, separated by commas
    action: str = ""  # `controller.method(arguments)`, or an action of the screen
    does: str = ""  # in words, for `?` and README.md
    footer: str = ""  # the word behind it, shared by keys that belong together; empty where it is never offered
    offered: Callable[[Situation], bool] = lambda now: True  # whether it does something now
    listed: bool = True  # whether `?` and README.md have it
    priority: bool = False  # whether it goes before what has the focus
    command: Command | None = None  # that does the same in the plain console
    example: str = ""  # written in place of the key

    @property
    def name(self) -> str:
        return self.example or written(self.keys)


# The list of keys in groups: a title, and the beginnings of their actions; the last group has the rest.
GROUPS = (
    ("the lesson", ("lesson.", "count.erase")),
    ("time", ("navigation.play", "navigation.move", "navigation.change_speed", "navigation.go_to_start",
              "navigation.go_to_newest", "navigation.stop", "")),
    ("places", ("navigation.go", "navigation.mark", "events.", "crosshair.")),
    ("runs and settings", ("edit.", "navigation.next_run")),
    ("panes", ("slots.", "stage.", "pane.")),
    ("the program", ("save.", "capture.", "app.", "keys")),
)  # fmt: skip
# What the list of keys begins with: the keys that most people need, with a lesson and without one.
FIRST_WITH_LESSON = ("enter", "a", "space", "right", "left", "tab", "e", "q")
FIRST_WITHOUT = ("space", "right", "left", "e", "v", "tab", "z", "q")

EVERYWHERE = (
    KeyBinding("ctrl+p", "app.command_palette", "palette: all actions"),
    KeyBinding("colon", "app.command_palette", "palette: all actions", "palette", listed=False),
    KeyBinding("T", "app.next_theme", "next theme", "theme"),
)

WORKBENCH = (
    KeyBinding(
        "space", "navigation.play", "play / pause", "play", lambda now: now.playing or now.on,
        command=Command(
            "play", "play: train to the end and tell what happens; play N: for N epochs; control C stops",
            ("p", "space"),
        ),
    ),
    KeyBinding(does="a number repeats a key", example="25 →"),
    KeyBinding(
        "right", "navigation.move('epoch', 1)", "one epoch on", "epoch", lambda now: now.on,
        command=Command("forward", "forward N, or N>: train, or go, N epochs on", (">", "→", "right", "on", "f")),
    ),
    KeyBinding(
        "left", "navigation.move('epoch', -1)", "one epoch back", "epoch", lambda now: now.back,
        command=Command("back", "back N, or N<: go N epochs back, exactly", ("<", "←", "left", "b")),
    ),
    KeyBinding(
        "right_square_bracket", "navigation.move('batch', 1)", "one batch on", "batch", lambda now: now.batches,
        command=Command(
            "batch", "batch N, or N]: N batches on; batch back N, or N[: N batches back", ("]",)
        ),
    ),
    KeyBinding(
        "left_square_bracket", "navigation.move('batch', -1)", "one batch back", "batch", lambda now: now.batches,
        command=Command("batch back", words=("[",)),
    ),
    KeyBinding(
        "full_stop", "navigation.move('phase', 1)", "one phase on", "phase",
        lambda now: now.phases and (now.on or now.back),
        command=Command(
            "phase",
            "phase, or a full stop: one phase on: forward, loss, backward, update; phase back, or a comma: back",
            (".",),
        ),
    ),
    KeyBinding(
        "comma", "navigation.move('phase', -1)", "one phase back", "phase",
        lambda now: now.phases and (now.on or now.back),
        command=Command("phase back", words=(",",)),
    ),
    KeyBinding(
        "plus,equals_sign", "navigation.change_speed(1)", "faster", "speed", lambda now: now.on or now.playing
    ),
    KeyBinding("minus", "navigation.change_speed(-1)", "slower", "speed", lambda now: now.on or now.playing),
    KeyBinding(
        "home", "navigation.go_to_start", "to the start",
        command=Command("start", "start: before the first step", ("home",)),
    ),
    KeyBinding(
        "end", "navigation.go_to_newest", "to the newest step",
        command=Command("end", "end: the newest step", ("newest",)),
    ),
    KeyBinding(
        "g", "navigation.go", "go to a place", "go to",
        command=Command("epoch", "epoch N: go to an epoch, trained already or not", ("g", "go", "goto")),
    ),
    KeyBinding("n", "navigation.go_to_next(1)", "the next such place", "next", lambda now: now.sought),
    KeyBinding("N", "navigation.go_to_next(-1)", "the one before", "next", lambda now: now.sought),
    KeyBinding("m", "navigation.mark", "mark this step", "mark"),
    KeyBinding("right_curly_bracket", "navigation.go_to_mark(1)", "next mark", "marks", lambda now: now.marks),
    KeyBinding("left_curly_bracket", "navigation.go_to_mark(-1)", "previous mark", "marks", lambda now: now.marks),
    KeyBinding(
        "E", "events.show", "what happened: answers, changes, marks", "events",
        lambda now: not now.live and now.worth_saving,
        command=Command("events", "events: what happened, numbered; events N: go to that one"),
    ),
    KeyBinding(
        "r", "edit.restart", "restart, same seed", "restart", lambda now: now.live,
        command=Command("restart", "restart: begin again with the same seed", ("r",)),
    ),
    KeyBinding(
        "s", "edit.new_seed", "restart, new seed", "seed", lambda now: now.live,
        command=Command("seed", "seed: begin again with the next seed; seed N: with that one", ("s",)),
    ),
    KeyBinding(
        "e", "edit.show_settings", "change settings", "setting", lambda now: now.edits,
        command=Command("settings", "settings WORD: the settings that hold the word, with what is allowed", ("e",)),
    ),
    KeyBinding(
        "ctrl+z", "edit.undo", "undo a change", command=Command("undo", "undo: take the last change back")
    ),
    KeyBinding("ctrl+y", "edit.redo", "redo it", command=Command("redo", "redo: make it again")),
    KeyBinding("f", "edit.fork", "fork: a second run from here", "fork", lambda now: now.edits),
    KeyBinding("F", "edit.show_forks", "compare runs, forks"),
    KeyBinding(
        "l", "pane.toggle_logarithm", "log / linear", "log", lambda now: now.logarithmic is not None
    ),
    KeyBinding("L", "pane.toggle_logarithm('x')", "log / linear, the other axis"),
    KeyBinding("c", "lesson.answer(2)", "answer c", listed=False),  # while a question waits for it
    KeyBinding("c", "crosshair.toggle", "crosshair: read a step"),
    KeyBinding(
        "v", "navigation.next_run(1)", "next run", "run", lambda now: now.runs > 1,
        command=Command("run", "run: the next run; run NAME: that one", ("v", "variant")),
    ),
    KeyBinding("V", "navigation.next_run(-1)", "previous run"),
    KeyBinding("tab", "slots.focus_next(1)", "next pane", "pane", lambda now: now.panes > 1, priority=True),
    KeyBinding("shift+tab", "slots.focus_next(-1)", "previous pane", priority=True),
    KeyBinding("z", "slots.zoom", "this pane alone, larger", "zoom"),
    KeyBinding("p", "slots.pick", "choose what a place shows", "panes"),
    KeyBinding("P", "stage.restore", "the page's panes again"),
    KeyBinding("down", "pane.scroll(1)", "scroll down", "scroll", lambda now: now.scrolls),
    KeyBinding("up", "pane.scroll(-1)", "scroll up", "scroll", lambda now: now.scrolls),
    KeyBinding("pagedown", "pane.scroll(8)", "scroll a page down"),
    KeyBinding("pageup", "pane.scroll(-8)", "scroll a page up"),
    KeyBinding(
        "enter", "lesson.turn_page(1)", "read on, next lesson page",
        command=Command("lesson", "lesson: the next page of the lesson; lesson N: that page"),
    ),
    KeyBinding("x", "lesson.focus", "to the lesson, and back"),
    KeyBinding(
        "a", "lesson.answer(0)", "answer a (also b, c, d)",
        command=Command("answer", "answer A: your prediction, a to d or a number, where the lesson asks"),
    ),
    KeyBinding("b", "lesson.answer(1)", "answer b", listed=False),
    KeyBinding("d", "lesson.answer(3)", "answer d", listed=False),
    KeyBinding(
        "h", "lesson.hint", "a hint of the lesson", command=Command("hint", "hint: the next hint of the page")
    ),
    KeyBinding(
        "K", "lesson.words", "the words of the page",
        command=Command("words", "words: what the words of the page mean; words WORD: what that one means"),
    ),
    KeyBinding(
        "w", "save.save", "save the recording", "save", lambda now: now.worth_saving,
        command=Command("save", "save FILE.nnsim: record the runs in a file", ("w",)),
    ),
    KeyBinding("ctrl+s", "capture.copy", "copy as text or picture", "copy"),
    KeyBinding("y", "capture.copy_command", "copy the run's command", "command", lambda now: now.edits),
    *EVERYWHERE,
    KeyBinding(
        "question_mark", "keys", "all keys", "keys",
        command=Command("help", "help: the commands; help COMMAND: what one does", ("?",)),
    ),
    KeyBinding("escape", "navigation.stop", "stop here", "stop", lambda now: not now.arrived),
    KeyBinding("q", "save.leave", "back / quit", "back", command=Command("quit", "quit: leave", ("q", "exit"))),
    *(KeyBinding(str(one), f"count.type({one})", "a count for the next key", listed=False) for one in range(10)),
    KeyBinding("backspace", "count.erase", "previous page, or digit"),
)  # fmt: skip

# They stand before the workbench's own for these keys, and mean something only while there is a crosshair. They
# have no priority: a key that has would overtake the digits typed before it.
CROSSHAIR = (
    KeyBinding("left", "crosshair.move(-1)", footer="column", listed=False),
    KeyBinding("right", "crosshair.move(1)", footer="column", listed=False),
    KeyBinding("enter", "crosshair.go_there", footer="goes there", listed=False),
    KeyBinding("escape", "crosshair.remove", footer="leaves", listed=False),
    KeyBinding(example="10 →", footer="ten steps", listed=False),
    KeyBinding("shift+right", "crosshair.move_steps(1)", footer="step", listed=False),
    KeyBinding("shift+left", "crosshair.move_steps(-1)", listed=False),
    KeyBinding("home", "crosshair.move_steps(-1000000000)", listed=False),
    KeyBinding("end", "crosshair.move_steps(1000000000)", listed=False),
)

HOME = (
    KeyBinding("enter", "choose", "open", "open"),
    KeyBinding("down", "next", "next line", "choose"),
    KeyBinding("up", "previous", "previous line", "choose"),
    KeyBinding("right", "unfold", "unfold a group"),
    KeyBinding("left", "fold", "fold it"),
    KeyBinding("slash", "find", "find a lesson", "find"),
    KeyBinding("t", "tour", "the keys, in three minutes", "the keys"),
    KeyBinding("o", "own_table", "a network on your own table", "own table"),
    KeyBinding("R,tab", "other_list", "lessons / recordings", "recordings", priority=True),
    *EVERYWHERE,
    KeyBinding("question_mark", "keys", "all keys", "keys"),
    KeyBinding("q,escape", "leave", "quit", "quit"),
)

SWEEP = (
    KeyBinding("right", "move(1, 0)", "cursor right", "cursor"),
    KeyBinding("left", "move(-1, 0)", "cursor left", "cursor"),
    KeyBinding("up", "move(0, 1)", "cursor up", "cursor"),
    KeyBinding("down", "move(0, -1)", "cursor down", "cursor"),
    KeyBinding("shift+right", "jump(1, 0)", "a tenth of the axis right"),
    KeyBinding("shift+left", "jump(-1, 0)", "a tenth of the axis left"),
    KeyBinding("shift+up", "jump(0, 1)", "a tenth of the axis up"),
    KeyBinding("shift+down", "jump(0, -1)", "a tenth of the axis down"),
    KeyBinding("enter", "open", "open the run under the cursor", "open"),
    KeyBinding("plus,equals_sign", "zoom", "sweep what is under the cursor anew, finer", "zoom"),
    KeyBinding("minus", "zoom_out", "back to the sweep before", "zoom"),
    KeyBinding("b", "best", "to the best cell", "best"),
    KeyBinding("m", "figure(1)", "next figure", "figure"),
    KeyBinding("M", "figure(-1)", "previous figure"),
    KeyBinding("s", "statistic", "mean, lowest, highest or spread over the runs of a cell", "over runs"),
    KeyBinding("x", "turn", "other settings as axes", "axes"),
    KeyBinding("right_square_bracket", "pick(1)", "next value of a setting that is no axis", "value"),
    KeyBinding("left_square_bracket", "pick(-1)", "previous value of it", "value"),
    KeyBinding("p", "picture('parallel')", "parallel coordinates of all settings, and back", "parallel"),
    KeyBinding("i", "picture('importance')", "how much each setting decides, and back", "importance"),
    KeyBinding("R", "train", "train what is missing", "train"),
    *EVERYWHERE,
    KeyBinding("question_mark", "keys", "all keys", "keys"),
    KeyBinding("escape", "back", "back to the map, to the sweep before, or to where this was opened"),
    KeyBinding("q", "leave", "back / quit", "back"),
)

# The words of a footer, the most useful first. In the workbench the keys of the pane with the focus stand between.
WORKBENCH_FOOTER = ("play", "stop", "epoch", "batch", "phase", "keys", "back")
WORKBENCH_FOOTER_REST = (
    "events", "speed", "pane", "zoom", "panes", "scroll", "log", "go to", "next", "marks", "run", "setting", "fork",
    "restart", "seed", "save", "mark", "theme", "copy", "command",
)  # fmt: skip
CROSSHAIR_FOOTER = ("column", "goes there", "leaves", "ten steps", "step")
SWEEP_FOOTER = (
    *(
        "cursor",
        "open",
        "zoom",
        "best",
        "figure",
        "over runs",
        "axes",
        "value",
        "parallel",
        "importance",
        "keys",
        "back",
        "train",
    ),
    *("palette", "theme"),
)
HOME_FOOTER = ("open", "choose", "find", "the keys", "own table", "keys", "quit", "recordings", "palette", "theme")

# Commands of the plain console that no key has: they say what the panes show.
SPOKEN = (
    Command("where", "where, or an empty line: where you are and what is happening", ("", "say")),
    Command("loss", "loss: the loss, and the validation loss"),
    Command("rate", "rate: the learning rate", ("schedule",)),
    Command(
        "runs",
        "runs EXPRESSION: all runs in a table, such as runs loss<0.5 sort:lowest:loss; the first is compared with",
        ("compare",),
    ),
    Command("gradients", "gradients: the size of each layer's gradient"),
    Command(
        "predictions",
        "predictions N: what the network answers, and whether it is right; of many rows, the worst N",
        ("answers",),
    ),
    Command(
        "progress", "progress: which lessons are done, what is answered and reached, and what is next", ("course",)
    ),
    Command("importance", "importance: how much the loss rises without each column"),
    Command("metrics", "metrics: accuracy, confusions, mean absolute error, R squared", ("accuracy",)),
    Command("weights", "weights: the weights of each layer, dead and saturated units"),
    Command("phase 0", words=("arrays",)),
    Command("code", "code: the lines of the plain NumPy program for this phase, with the variables in them"),
    Command("arithmetic", "arithmetic LAYER FROM TO: the gradient of one weight, row by row, and its check"),
    Command("set", "set KEY VALUE: change a setting, or a weight, such as set schedule.rate 0.5"),
)


def grouped(table: Sequence[KeyBinding]) -> list[tuple[str, list[KeyBinding]]]:
    """The listed keys of a table in their groups, each with its title."""
    found: dict[str, list[KeyBinding]] = {title: [] for title, _ in GROUPS}
    for one in table:
        if one.listed:
            found[_group_of(one.action)].append(one)
    return [(title, keys) for title, keys in found.items() if keys]


def _group_of(action: str) -> str:
    for title, beginnings in GROUPS:
        if any(action.startswith(one) if one else not action for one in beginnings):
            return title
    return GROUPS[-1][0]


def commands() -> tuple[Command, ...]:
    """Every command of the plain console: those that keys of the workbench have, too, and those that speak."""
    return (*(one.command for one in WORKBENCH if one.command is not None), *SPOKEN)


def footer_word(word: str, now: Situation) -> str:
    """A word of the footer, as it is when pressing its key would change it back."""
    return {"play": "pause" if now.playing else "play", "log": "linear" if now.logarithmic else "log"}.get(
        word, word
    )
