"""The update of one weight, written out: the optimizer's formula, line by line, with the numbers of a step."""

import ast
import operator
from collections.abc import Callable, Mapping
from math import sqrt

import msgspec
import numpy as np
from msgspec import Struct

from nnsim.scenario.plan import Plan
from nnsim.training.trainer import Trainer

_BINARY: dict[type[ast.operator], Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: operator.pow,
}


def _sign(value: float) -> float:
    return float(np.sign(value))


FUNCTIONS: dict[str, Callable[..., float]] = {"sqrt": sqrt, "sign": _sign, "max": max}


class Term(Struct, frozen=True):
    """One line of an update: `name` becomes `value` by `formula`, in which `figures` has numbers for all names."""

    name: str
    formula: str
    figures: str
    value: float


class Before(Struct, frozen=True):
    """What an update starts from: the weight, and what the optimizer remembers of it."""

    weight: float
    remembered: Mapping[str, float]

    @classmethod
    def of(cls, trainer: Trainer, index: int) -> "Before":
        """Read it off a trainer whose next phase is the update.  Args: index: of the parameter."""
        optimizer = trainer.plan.optimizer
        return cls(trainer.parameters.item(index), optimizer.remembered(trainer.slots, index))


def update_terms(plan: Plan, before: Before, after: Trainer, rate: float, index: int) -> tuple[Term, ...]:
    """The lines by which an optimizer's step and weight decay have changed one parameter, but for max-norm.

    Args: after: the trainer after the update.  Returns: empty where the optimizer has no formula, or took no step.
    """
    optimizer, remembered = plan.optimizer, before.remembered
    rate = rate if plan.rate_factors is None else rate * plan.rate_factors.item(index)
    if optimizer.searches:
        if not after.change.any():
            return ()
        remembered = optimizer.remembered(after.slots, index)
    fields = msgspec.structs.asdict(optimizer)
    settings = {key: float(value) for key, value in fields.items() if not isinstance(value, str)}
    values = {**settings, **remembered, "rate": rate, "g": after.used_gradient.item(index), "w": before.weight}
    lines = optimizer.lines
    decay = plan.regularization.weight_decay * plan.regularization.mask(plan.network).item(index)
    if optimizer.by_block:
        values["d"] = after.change.item(index) - rate * decay * before.weight
    if lines and decay:
        lines = (*lines, "w = w - rate * decay * w_old")
        values |= {"decay": decay, "w_old": before.weight}
    return terms(lines, values)


def terms(lines: tuple[str, ...], values: Mapping[str, float]) -> tuple[Term, ...]:
    """Work assignments out one after the other; each sees what the ones before it have set."""
    known, found = dict(values), []
    for line in lines:
        name, _, formula = line.partition(" = ")
        tree = ast.parse(formula, mode="eval").body
        value = _value(tree, known)
        found.append(Term(name, formula, _figures(tree, known), value))
        known[name] = value
    return tuple(found)


def _value(node: ast.expr, known: Mapping[str, float]) -> float:
    match node:
        case ast.BinOp(left, op, right):
            try:
                return _BINARY[type(op)](_value(left, known), _value(right, known))
            except (OverflowError, ZeroDivisionError):
                return float("nan")
        case ast.Call(ast.Name(name), arguments):
            values = [_value(one, known) for one in arguments]
            return FUNCTIONS[name](*values) if name != "sqrt" or values[0] >= 0 else float("nan")
        case ast.Name(name):
            return known[name]
        case ast.Constant(value):
            return float(str(value))
    raise ValueError(f"{ast.unparse(node)} has no place in the formula of an update")


def _figures(node: ast.expr, known: Mapping[str, float]) -> str:
    """The formula with five digits for each name, those below zero in brackets."""

    class Filled(ast.NodeTransformer):
        def visit_Call(self, call: ast.Call) -> ast.AST:
            call.args = [self.visit(one) for one in call.args]
            return call

        def visit_Name(self, name: ast.Name) -> ast.AST:
            return ast.Name(formatted(known[name.id]))

    return ast.unparse(Filled().visit(ast.parse(ast.unparse(node), mode="eval").body)).replace(" ** ", "**")


def formatted(value: float) -> str:
    return f"({value:.5g})" if value < 0 else f"{value + 0.0:.5g}"
