"""Optimizers in a program: their own lines (`Optimizer.lines`), for a parameter w and its gradient g at a time."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import msgspec

from nnsim.export.programs.program import number, piece_of
from nnsim.optim import adam_variants, adaptive, matrices, sgd
from nnsim.optim.lbfgs import LBFGS
from nnsim.optim.sgd import Optimizer
from nnsim.optim.sharpness_aware import SAM

COUNTS = "t = t + 1"
FUNCTIONS = {"max": "np.maximum", "min": "np.minimum", "abs": "np.abs", "sqrt": "np.sqrt", "sign": "np.sign"}
_CALL = re.compile(r"(?<![\w.])(" + "|".join(FUNCTIONS) + r")\(")


@dataclass(frozen=True)
class OptimizerPiece:
    """What an optimizer remembers, and the lines of its update.

    Args: memory: by name, what each parameter w has at the start. lines: statements for one parameter, in place of
    the optimizer's own `lines`. start: what holds for all parameters, before the first step. once: statements at
    the beginning of every update, behind `t += 1`. define: functions that they call. whole: whether the update
    looks at other points, and is written by `line_search`. factors: of what is remembered, the setting that nnsim
    keeps it divided by 1 minus of: a change of that setting under way changes it, too.
    """

    memory: Mapping[str, str] = field(default_factory=dict)
    lines: tuple[str, ...] = ()
    start: tuple[str, ...] = ()
    once: tuple[str, ...] = ()
    define: str = ""
    whole: bool = False
    factors: Mapping[str, str] = field(default_factory=dict)


ZEROS = "np.zeros_like(w)"
MEANS = {"m": "beta1", "v": "beta2"}
ORTHOGONALIZED = """
def orthogonalized(u):  # the same singular vectors, singular values near 1
    x = u if len(u) <= u.shape[1] else u.T
    x = x / max(np.sqrt(np.sum(x * x)), 1e-7)
    for _ in range(iterations):
        gram = x @ x.T
        x = 3.4445 * x + (-4.775 * gram + 2.0315 * gram @ gram) @ x
    return x if len(u) <= u.shape[1] else x.T
"""
RMS = """
def rms(values):
    return np.sqrt(np.mean(values * values))
"""


def _muon(one: matrices.Muon) -> OptimizerPiece:
    original = one.scale == "original"
    scale = "max(1, w.shape[1] / w.shape[0]) ** 0.5" if original else "0.2 * max(w.shape) ** 0.5"
    ahead = "momentum * m + (1 - momentum) * g" if one.nesterov else "m"
    return OptimizerPiece(
        {"m": ZEROS, "v": ZEROS},
        (
            "if w.ndim == 2:",
            "    m[...] = momentum * m + (1 - momentum) * g",
            f"    turned = orthogonalized({ahead})",
            f"    w -= rate * ({scale} * turned + weight_decay * w)",
            "else:  # biases are no matrices: Adam",
            "    m[...] = beta1 * m + (1 - beta1) * g",
            "    v[...] = beta2 * v + (1 - beta2) * g**2",
            "    w -= rate * m / (1 - beta1**t) / (np.sqrt(v / (1 - beta2**t)) + epsilon)",
        ),
        define=ORTHOGONALIZED,
        once=("t += 1",),
    )


ADAFACTOR = (
    "if w.ndim == 2:",
    "    R += b * (np.mean(g * g, axis=1) - R)",
    "    C += b * (np.mean(g * g, axis=0) - C)",
    "    V = np.outer(R, C) / max(R.mean(), least)",
    "else:",
    "    R += b * (g * g - R)",
    "    V = R",
    "u = g / np.sqrt(np.maximum(V, least**2))",
    "u = max(smallest, rms(w)) * min(rate, t**-0.5) * u / max(1, rms(u) / threshold)",
    "w -= u + rate * weight_decay * w",
)
RECTIFIED = (
    "r = 2 / (1 - beta2) - 1",
    "r_t = r - 2 * t * beta2**t / (1 - beta2**t)",
    "early, l = (r_t <= 5) * 1.0, 0.0",
    "if not early:",
    "    l = ((r_t - 4) * (r_t - 2) * r / ((r - 4) * (r - 2) * r_t)) ** 0.5",
)

OPTIMIZERS: dict[type[Optimizer], OptimizerPiece | Callable[..., OptimizerPiece]] = {
    adam_variants.AdaBelief: OptimizerPiece({"m": ZEROS, "s": ZEROS}),
    adam_variants.NAdam: OptimizerPiece(
        {"m": ZEROS, "v": ZEROS},
        start=("p = 1.0",),
        once=(
            "u = beta1 * (1 - 0.5 * 0.96 ** (t * momentum_decay))",
            "u_next = beta1 * (1 - 0.5 * 0.96 ** ((t + 1) * momentum_decay))",
            "p = p * u",
        ),
        factors=MEANS,
    ),
    adam_variants.RAdam: OptimizerPiece({"m": ZEROS, "v": ZEROS}, once=RECTIFIED, factors=MEANS),
    adaptive.Adadelta: OptimizerPiece({"s": ZEROS, "a": ZEROS}),
    adaptive.Adagrad: OptimizerPiece({"s": "np.full_like(w, initial_sum)"}),
    adaptive.Adam: OptimizerPiece({"m": ZEROS, "v": ZEROS}, factors=MEANS),
    adaptive.AdamW: OptimizerPiece({"m": ZEROS, "v": ZEROS}, factors=MEANS),
    adaptive.AMSGrad: OptimizerPiece({"m": ZEROS, "v": ZEROS, "x": ZEROS}, factors={**MEANS, "x": "beta2"}),
    adaptive.RMSProp: OptimizerPiece({"s": ZEROS, "b": ZEROS, "c": ZEROS}),
    LBFGS: OptimizerPiece(whole=True),
    matrices.Adafactor: OptimizerPiece(
        {
            "R": "np.zeros_like(w[:, 0] if w.ndim == 2 else w)",
            "C": "np.zeros_like(w[0])",
        },
        ADAFACTOR,
        once=("t += 1", "b, least = t**beta2_decay, float(np.finfo(parameters[0].dtype).eps)"),
        define=RMS,
    ),
    matrices.Muon: _muon,
    sgd.Lion: OptimizerPiece({"m": ZEROS}),
    sgd.Momentum: OptimizerPiece({"b": ZEROS}),
    sgd.Nesterov: OptimizerPiece({"b": ZEROS}),
    sgd.SGD: OptimizerPiece(),
    SAM: OptimizerPiece(whole=True),
}


@dataclass(frozen=True)
class OptimizerText:
    """An optimizer as source text.

    Args: settings: its own, by name. memory: by name, what each parameter starts with. start, once: as in its
    piece. body: statements for one parameter w with gradient g. whole: whether it looks at other points.
    """

    settings: Mapping[str, str]
    memory: Mapping[str, str]
    start: tuple[str, ...]
    once: tuple[str, ...]
    body: tuple[str, ...]
    define: str
    whole: bool
    factors: Mapping[str, str]


def optimizer_text(optimizer: Optimizer) -> OptimizerText:
    """The text of an optimizer.  Raises: NnsimError where it has no piece."""
    found = piece_of(OPTIMIZERS, optimizer, "optimizer")
    piece = found if isinstance(found, OptimizerPiece) else found(optimizer)
    own = () if piece.lines else optimizer.lines
    body = piece.lines or tuple(_statement(one, piece.memory) for one in own if one != COUNTS)
    once = (*(("t += 1",) if COUNTS in own else ()), *piece.once)
    start = (*(("t = 0",) if "t += 1" in once else ()), *piece.start)
    said = " ".join([*once, *body, *piece.memory.values(), piece.define])
    settings = {
        name: number(value) if isinstance(value, float) else str(value)
        for name, value in msgspec.structs.asdict(optimizer).items()
        if not piece.whole and re.search(rf"\b{name}\b", said)
    }
    memory = {name: init for name, init in piece.memory.items() if re.search(rf"\b{name}\b", " ".join(body))}
    return OptimizerText(settings, memory, start, once, body, piece.define, piece.whole, piece.factors)


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
