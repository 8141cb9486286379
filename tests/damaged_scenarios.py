"""Damages scenario files in many ways, and says what reading one of them came to."""

import random
import re
from pathlib import Path

from nnsim.errors import ScenarioError
from nnsim.scenario.scenario import read_scenario, sweep_settings
from nnsim.timeline.run import Run

NUMBERS = [
    "nan", "inf", "-inf", "-1", "0", "1", "0.0", "1e308", "-1e308", "5e-324", "1e400", "12", "13", "64", "100000",
    "16384", "100000000", "9223372036854775807", "9223372036854775808", "0x" + "f" * 6000, "9" * 6000, "1_0",
    "true", "1979-05-27", "1979-05-27T07:32:00Z", '"1"', "[]", "[[]]", "{}", "[1, [2, [3]]]", "{kind = 3}", "''",
    "+", "0b1",
]  # fmt: skip
WORDS = [
    "kind", "mse", "relu", "linear", "tanh", "he", "zeros", "random-search", "cosine", "table", "parity", "legacy",
    "title", "data", "model", "set", "lesson", "variants", "sweep", "surface", "half-mean", "binary-cross-entropy",
    "", "a" * 300, "\\u0000", "\\u202e", "\\uD800", "ä", "\U0001f600", "model.hidden", "data.bits", "train.epochs",
]  # fmt: skip
LINES = [
    "[model]", "[[variants]]", "[sweep]", "[data.x]", "hidden = [16384, 16384]", "hidden = [16384]", "bits = 12",
    "epochs = 100000000", "batch_size = 1", 'key = "data.bits"', "values = [12, 12, 12, 12, 12, 12, 12, 12]",
    "inputs = [[1]]", "targets = [[1, 2]]", "x" * 5000 + " = 1", "a." * 3000 + "a = 1", "x = " + "[" * 3000,
    "x = " + "{a = " * 500, 'name = "article"', 'set = { "model.hidden" = [10000, 900] }', "validation = 0.99",
    'set = { "data" = { kind = "parity", bits = 12 } }', "'''", '"""', "\x00", "\ufeff", "\r", "# " + "é" * 50,
    'solver = "random-search"', 'loss = "binary-cross-entropy"', "target_loss = 1e-300",
]  # fmt: skip
NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
WORD = re.compile(r'"[^"\n]*"|[A-Za-z_]+')


def _replace(rng: random.Random, text: str, pattern: re.Pattern[str], options: list[str]) -> str:
    found = list(pattern.finditer(text))
    if not found:
        return text
    one, new = rng.choice(found), rng.choice(options)
    if one.group().startswith('"'):
        new = f'"{new}"'
    return text[: one.start()] + new + text[one.end() :]


def damaged(rng: random.Random, originals: list[str]) -> bytes:
    """A scenario file with one to six things wrong, or by chance right."""
    text = rng.choice(originals)
    if rng.random() < 0.7:  # the lesson is most of the text, and little in it can be wrong
        text = text.split("[[lesson]]")[0].split("[lesson]")[0]
    for _ in range(rng.randint(1, 6)):
        lines = text.split("\n")
        at, to = rng.randrange(len(lines)), rng.randrange(len(lines))
        match rng.randrange(11):
            case 0 | 1 | 2:
                text = _replace(rng, text, NUMBER, NUMBERS)
            case 3 | 4:
                text = _replace(rng, text, WORD, WORDS)
            case 5:
                text = "\n".join([*lines[:at], rng.choice(LINES), *lines[at:]])
            case 6:
                text = "\n".join([*lines[:at], *lines[at + 1 :]])
            case 7:
                text = "\n".join([*lines[:at], lines[to], *lines[at:]])
            case 8:
                other = rng.choice(originals).split("\n")
                start = rng.randrange(len(other))
                text = "\n".join([*lines[:at], *other[start : start + rng.randint(1, 20)], *lines[at:]])
            case 9:
                text = "\n".join([*lines[:at], *[lines[at]] * rng.choice([2, 40, 3000]), *lines[at:]])
            case _:
                text = text[: rng.randrange(len(text) + 1)] if rng.random() < 0.3 else text
    content = text.encode("utf-8", "surrogatepass")
    for _ in range(rng.choice([0, 0, 0, 0, 1, 3])):
        place = rng.randrange(len(content) + 1)
        content = content[:place] + rng.randbytes(rng.choice([1, 1, 8])) + content[place + rng.randrange(3) :]
    return content


def outcome(path: Path) -> str:
    """Read a file, and train its runs for some steps where it can be read.

    Returns: "valid", or the error's line. Raises: whatever is no ScenarioError.
    """
    try:
        scenario = read_scenario(path)
    except ScenarioError as error:
        message = str(error)
        assert message.startswith(f"{path}: "), message
        assert message.isprintable(), message
        assert len(message) < 700, message
        return message
    for variant in scenario.variants:
        for settings in sweep_settings(scenario)[:2]:
            plan = scenario.plan(variant.name, settings)
            if plan.network.size * plan.examples.rows <= 1_000_000:  # else a step takes long, as it may
                run = Run(scenario, variant.name, settings)
                run.advance_to(3)
                run.trainer.evaluate()
    return "valid"
