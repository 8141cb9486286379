"""What the monkey types and presses: sizes, words, keys, and ways that lead somewhere."""

KEYS = {"minus": "hyphen_minus", "plus": "plus_sign", "slash": "solidus", "underscore": "low_line"}  # in Unicode


SIZES = ((20, 5), (39, 11), (40, 12), (60, 15), (80, 24), (100, 30), (120, 40), (160, 45), (200, 50), (220, 60))


WORDS = (
    "0", "1", "2", "7", "0.5", "-1", "1e-300", "1e300", "nan", "inf", "999999999", "adam", "sgd", "lbfgs", "true",
    "[4, 4]", "[3]", "[]", "relu", "cosine", "loss<0.1", "grad:layer1<1e-6", "best", "diverged", "changed", "50%",
    "epoch 3", "step 9", "mark:x", "x", "noise", "rate", "theme", "pane", "fork", "layer", "[/x]",
    "é 日本", "'", "y" * 300,
)  # fmt: skip


CONTROL = tuple(f"ctrl+{letter}" for letter in "abdefghklnoprstuvwxyz")  # ctrl+c and ctrl+q end what is tested


OTHERS = (
    "enter", "escape", "tab", "shift+tab", "backspace", "delete", "insert", "home", "end", "pageup", "pagedown",
    "up", "down", "left", "right", "shift+left", "shift+right", "shift+up", "shift+down", "ctrl+left", "ctrl+right",
    "space", "f1", "f5", "f12", "alt+x", "ctrl+backslash", "colon", "question_mark", "plus", "minus", "full_stop",
    "comma", "slash", "asterisk", "less_than_sign", "exclamation_mark",
)  # fmt: skip


# Ways that single random keys hardly ever take to their end. A number is a choice of as many presses at most.
WAYS = (
    ("9",) * 9 + ("right",), ("5", "0", "right"), ("3", "left"), ("space", "wait", "space"), ("end",), ("home",),
    ("e", "down 30", "right 3", "escape"), ("e", "down 30", "left 2", "down 9", "right 2", "escape"),
    ("e", "down 30", "enter", "ctrl+u", "word", "enter", "escape 2"),
    ("e", "word", "right 2", "ctrl+z 2", "escape"),
    ("f", "down 12", "right 2", "escape"),
    ("left 5", "f", "down 12", "enter", "ctrl+u", "word", "enter", "escape 3"),
    ("3", "0", "right", "9", "left", "f", "down", "right", "escape", "3", "right"),
    ("1", "2", "right", "e", "down 4", "right 3", "escape", "4", "right", "ctrl+z 2", "2", "right", "ctrl+y"),
    ("r", "7", "right", "v", "e", "word", "down 9", "left 2", "escape", "home", "2", "right"),
    ("F", "down 3", "enter"), ("ctrl+z 4", "ctrl+y 4"), ("ctrl+z 9",), ("v 2", "right 2"),
    ("c", "left 9", "shift+right 3", "enter"), ("c", "4", "left", "v", "escape"), ("c", "home", "tab 3", "z", "c"),
    ("x", "a", "enter 2", "h 3", "b", "enter", "backspace 2"), ("g", "ctrl+u", "word", "enter", "escape", "n 3"),
    ("m", "word", "enter", "escape"), ("w", "enter", "escape"), ("w", "ctrl+u", "word", "enter", "escape"),
    ("p", "down 17", "enter"), ("p", "+", "down 9", "enter"), ("p", "-"), ("p", "="), ("z", "tab 4", "z"),
    ("ctrl+s", "down 3", "enter"), ("y",), ("T 3",), ("ctrl+p", "word", "wait", "enter"), ("r", "5", "right"),
    ("s", "2", "right"), ("tab 6", "enter", "right 3", "down 3", "enter", "ctrl+u", "word", "enter", "escape"),
    ("tab 6", "enter", "plus 2", "minus 2"), ("tab 6", "a", "down 3", "right 3", "enter", "delete", "escape"),
    ("plus 9", "space", "wait"), ("question_mark", "down 4", "escape"), ("l", "L"),
)  # fmt: skip
