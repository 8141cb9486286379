"""Optimizers in a program: their own lines (`Optimizer.lines`), for a parameter w and its gradient g at a time."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

import msgspec

from nnsim.export.programs.pieces import piece_of
from nnsim.export.programs.program import number
from nnsim.optim import adaptive, sgd
from nnsim.optim.lbfgs import LBFGS
from nnsim.optim.sgd import Optimizer

FUNCTIONS = {"max": "np.maximum", "min": "np.minimum", "abs": "np.abs", "sqrt": "np.sqrt", "sign": "np.sign"}
_CALL = re.compile(r"(?<![\w.])(" + "|".join(FUNCTIONS) + r")\(")


@dataclass(frozen=True)
class OptimizerPiece:
    """What an optimizer remembers, and the lines of its update.

    Args: memory: by name, what each parameter w has at the start. lines: assignments, in place of the optimizer's
    own `lines`. define: functions that they call. whole: whether its lines stand for all parameters at once.
    factors: of what is remembered, the setting that nnsim keeps it divided by 1 minus of: a change of that setting
    under way changes it, too.
    """

    memory: Mapping[str, str]
    lines: tuple[str, ...] = ()
    define: str = ""
    whole: bool = False
    factors: Mapping[str, str] = field(default_factory=dict)


ZEROS = "np.zeros_like(w)"
MEANS = {"m": "beta1", "v": "beta2"}
OPTIMIZERS: dict[type[Optimizer], OptimizerPiece] = {
    adaptive.Adadelta: OptimizerPiece({"s": ZEROS, "a": ZEROS}),
    adaptive.Adagrad: OptimizerPiece({"s": "np.full_like(w, initial_sum)"}),
    adaptive.Adam: OptimizerPiece({"m": ZEROS, "v": ZEROS}, factors=MEANS),
    adaptive.AdamW: OptimizerPiece({"m": ZEROS, "v": ZEROS}, factors=MEANS),
    adaptive.AMSGrad: OptimizerPiece({"m": ZEROS, "v": ZEROS, "x": ZEROS}, factors={**MEANS, "x": "beta2"}),
    adaptive.RMSProp: OptimizerPiece({"s": ZEROS, "b": ZEROS, "c": ZEROS}),
    LBFGS: OptimizerPiece({}, whole=True),  # `line_search` writes it
    sgd.Lion: OptimizerPiece({"m": ZEROS}),
    sgd.Momentum: OptimizerPiece({"b": ZEROS}),
    sgd.Nesterov: OptimizerPiece({"b": ZEROS}),
    sgd.SGD: OptimizerPiece({}),
}


@dataclass(frozen=True)
class OptimizerText:
    """An optimizer as source text.

    Args: settings: its own, by name. memory: by name, what each parameter starts with. counts: whether t counts its
    steps. body: statements for one parameter w with gradient g.
    """

    settings: Mapping[str, str]
    memory: Mapping[str, str]
    counts: bool
    body: tuple[str, ...]
    define: str
    whole: bool
    factors: Mapping[str, str]


def optimizer_text(optimizer: Optimizer) -> OptimizerText:
    """The text of an optimizer.  Raises: NnsimError where it has no piece."""
    piece = piece_of(OPTIMIZERS, optimizer, "optimizer")
    texts = piece.lines or optimizer.lines
    counts = "t = t + 1" in texts
    body = tuple(_statement(one, piece.memory) for one in texts if one != "t = t + 1")
    said = " ".join([*body, *piece.memory.values(), piece.define])
    settings = {
        name: str(value) if isinstance(value, bool | int | str) else number(value)
        for name, value in msgspec.structs.asdict(optimizer).items()
        if re.search(rf"\b{name}\b", said)
    }
    memory = {name: init for name, init in piece.memory.items() if re.search(rf"\b{name}\b", " ".join(body))}
    return OptimizerText(settings, memory, counts, body, piece.define, piece.whole, piece.factors)


def _statement(line: str, memory: Mapping[str, str]) -> str:
    """An assignment as Python has it: what is remembered, and w itself, change in place."""
    name, _, value = line.partition(" = ")
    value = _CALL.sub(lambda found: FUNCTIONS[found[1]] + "(", value)
    if name == "w" and value.startswith("w - "):
        return f"w -= {_negated(value.removeprefix('w - '))}"
    return f"{name}[...] = {value}" if name in memory or name == "w" else f"{name} = {value}"


def _negated(terms: str) -> str:
    """`a - b` of `w - a - b`, as what is taken away from w: a + b."""
    depth, found = 0, ""
    for index, letter in enumerate(terms):
        depth += (letter in "([") - (letter in ")]")
        outside = depth == 0 and terms[index - 1 : index + 2] in (" - ", " + ")
        found += {"-": "+", "+": "-"}.get(letter, letter) if outside else letter
    return found
