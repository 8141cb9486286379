"""Optimizers in a program that look at other points in a step: L-BFGS along a line, SAM uphill."""

from nnsim.export.programs.program import number
from nnsim.optim.lbfgs import CURVED, LBFGS
from nnsim.optim.line_search import FLATTER_BY, LOWER_BY, MOST_TRIALS, SHORTEST
from nnsim.optim.sgd import Optimizer
from nnsim.optim.sharpness_aware import SAM

FUNCTIONS = """
def newton(g, pairs):  # -H g, with H from the last steps s and the turns q of the gradient
    d, shares = -g, []
    for s, q in reversed(pairs):
        shares.append(s @ d / (q @ s))
        d = d - shares[-1] * q
    d = d * (pairs[-1][0] @ pairs[-1][1]) / (pairs[-1][1] @ pairs[-1][1]) if pairs else d
    for s, q in pairs:
        d = d + (shares.pop() - q @ d / (q @ s)) * s
    return d


def lowest(one, two, low, high):  # of the cubic through two trials: length, loss, slope
    (t1, f1, s1), (t2, f2, s2) = sorted((one, two))
    d1 = s1 + s2 - 3 * (f1 - f2) / (t1 - t2)
    d2 = np.sqrt(d1 * d1 - s1 * s2)
    t = t2 - (t2 - t1) * ((s2 + d2 - d1) / (s2 - s1 + 2 * d2))
    return min(max(t, low), high) if np.isfinite(t) else (low + high) / 2


def line_search(at, start, t, reach):  # strong Wolfe: low enough, and flat enough
    def falls(trial, than):
        return not (trial[1] > start[1] + {lower} * trial[0] * start[2] or trial[1] >= than)
    old, new, trials, stuck = start, at(t), 0, False
    while trials < {most} and falls(new, old[1] if trials > 1 else np.inf):  # farther, until it rises
        if abs(new[2]) <= -{flatter} * start[2]:
            return new
        if new[2] >= 0:
            break
        t = lowest(old, new, new[0] + 0.01 * (new[0] - old[0]), new[0] * 10)
        old, new, trials = new, at(t), trials + 1
    best, other = sorted((old if trials < {most} else start, new), key=lambda trial: trial[1])
    while trials < {most} and abs(other[0] - best[0]) * reach >= {shortest}:  # between, closer and closer
        a, b = sorted((best[0], other[0]))
        t, margin = lowest(best, other, a, b), 0.1 * (b - a)
        near = min(b - t, t - a) < margin
        if near and (stuck or not a < t < b):
            t, near = b - margin if b - t < t - a else a + margin, False
        stuck, new, trials = near, at(t), trials + 1
        if not falls(new, best[1]):
            best, other = sorted((best, new), key=lambda trial: trial[1])
        elif abs(new[2]) <= -{flatter} * start[2]:
            return new
        else:
            best, other = new, best if new[2] * (other[0] - best[0]) >= 0 else other
    return best
"""


def search_functions(optimizer: Optimizer) -> str:
    """The functions that the update calls."""
    if not isinstance(optimizer, LBFGS):
        return ""
    values = {"lower": LOWER_BY, "flatter": FLATTER_BY, "most": MOST_TRIALS, "shortest": SHORTEST}
    text = FUNCTIONS
    for name, value in values.items():
        text = text.replace("{" + name + "}", repr(value))
    return text


def search_memory(optimizer: Optimizer) -> list[str]:
    """What is remembered from the start."""
    if not isinstance(optimizer, LBFGS):
        return ["b = np.zeros_like(w)"]
    return ["pairs, d, t, old_g = [], np.zeros_like(w), 0.0, np.zeros_like(w)  # steps and turns, the last step"]


def search_lines(optimizer: LBFGS, total: str, looks: str) -> list[str]:
    """The update of a step, at the point w with gradient g.

    Args: total: the name of the loss there. looks: the call that finds loss and gradient elsewhere.
    """
    return [
        f"if np.abs(g).max() > {number(optimizer.gradient_tolerance)}:",
        f"    if (g - old_g) @ (d * t) > {number(CURVED)}:",
        f"        pairs = [*pairs, (d * t, g - old_g)][-{optimizer.history}:]",
        "    t = rate if d.any() else min(1, 1 / np.abs(g).sum()) * rate",
        "    d, old_g, base = newton(g, pairs), g.copy(), w.copy()",
        f"    if (slope := g @ d) <= -{number(optimizer.change_tolerance)}:",
        "        def at(length):",
        "            w[...] = base + length * d",
        f"            return length, {looks}, g @ d",
        f"        t = line_search(at, (0.0, {total}, slope), t, np.abs(d).max())[0]",
        "        w[...], g[...] = base + t * d, old_g",
    ]


def uphill_lines(optimizer: SAM) -> list[str]:
    """The update of SAM, at the point w with gradient g: that of the worst point nearby is followed."""
    return [
        "base, first, length = w.copy(), g.copy(), np.sqrt(g @ g)",
        f"w += g * float({number(optimizer.radius)} / length if length else 0.0)",
        "loss_and_gradient()",
        f"b[...] = {number(optimizer.momentum)} * b + g",
        "w[...], g[...] = base - rate * b, first",
    ]
