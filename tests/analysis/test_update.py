"""The printed update of every optimizer, evaluated, gives the weight that training gives."""

import inspect
import math
import re

import numpy as np
import pytest

from nnsim.analysis.weight_update import Before, Term, terms, update_terms
from nnsim.optim.optimizers import OPTIMIZERS
from nnsim.timeline.run import Run
from nnsim.training.trainer import PHASES

NAMES = {"sqrt": math.sqrt, "sign": lambda value: float(np.sign(value)), "max": max}
OTHERS = {
    "rmsprop, centered, with momentum": 'kind = "rmsprop"\ncentered = true\nmomentum = 0.5',
    "adagrad from a sum": 'kind = "adagrad"\ninitial_sum = 0.5',
    "lion that decays": 'kind = "lion"\nweight_decay = 0.1',
}
KINDS = {kind: f'kind = "{kind}"' for kind in OPTIMIZERS} | OTHERS


def stepped(small_scenario, optimizer, extra="", step=4, index=3):
    """One update of a run: its terms, and the trainer after it."""
    run = Run(small_scenario(f"[model]\nhidden = [3]\n[optimizer]\n{optimizer}\n{extra}", head=""))
    run.advance_to(step)
    trainer = run.trainer
    for phase in PHASES[:3]:
        trainer.enter(phase)
    before, rate = Before.of(trainer, index), float(trainer.rates(step, 1)[0])
    trainer.enter("update")
    return before, update_terms(run.timeline.plan, before, trainer, rate, index), trainer


@pytest.mark.parametrize("kind", KINDS)
def test_the_terms_give_the_weight_that_training_gives(kind, small_scenario):
    for index in (0, 3, 12):
        before, found, trainer = stepped(small_scenario, KINDS[kind], index=index)
        new = [term.value for term in found if term.name == "w"][-1]
        assert new == pytest.approx(trainer.parameters[index], rel=1e-12)
        assert new != before.weight


@pytest.mark.parametrize("kind", KINDS)
def test_each_line_as_it_is_printed_gives_its_value(kind, small_scenario):
    for term in stepped(small_scenario, KINDS[kind])[1]:
        printed = eval(term.figures, {"__builtins__": {}}, NAMES)
        assert printed == pytest.approx(term.value, rel=2e-3, abs=1e-9), term


@pytest.mark.parametrize("kind", sorted(set(OPTIMIZERS) - {"adamw", "rmsprop", "l-bfgs"}))
def test_the_lines_are_those_of_the_docstring(kind):
    told = " ".join("".join(inspect.getdoc(one) or "" for one in OPTIMIZERS[kind].__mro__[:2]).split())
    for line in OPTIMIZERS[kind]().lines:
        assert line in told or line == "t = t + 1", line


def test_clipping_and_decay_are_part_of_it(small_scenario):
    extra = '[clipping]\nkind = "value"\nlimit = 1e-4\n[regularization]\nweight_decay = 0.1\n'
    before, found, trainer = stepped(small_scenario, KINDS["momentum"], extra)
    assert found[-1].formula == "w - rate * decay * w_old"
    assert found[-1].value == pytest.approx(trainer.parameters[3], rel=1e-12)
    assert abs(trainer.used_gradient[3]) == 1e-4
    assert abs(trainer.gradient[3]) > 1e-4
    assert before.weight == pytest.approx(trainer.parameters[3] + trainer.change[3], rel=1e-12)


def test_a_search_that_takes_no_step_has_no_terms(small_scenario):
    assert stepped(small_scenario, 'kind = "l-bfgs"\ngradient_tolerance = 1e3')[1] == ()


def test_numbers_below_zero_stand_in_brackets_and_overflow_is_no_number():
    assert terms(("b = a * b**2",), {"a": -0.5, "b": -2.0}) == (Term("b", "a * b**2", "(-0.5) * (-2)**2", -2.0),)
    assert math.isnan(terms(("b = sqrt(a)",), {"a": -1.0})[0].value)
    assert math.isnan(terms(("b = a / c",), {"a": 1.0, "c": 0.0})[0].value)
    assert re.fullmatch(r"\S+", terms(("b = a",), {"a": 1e-300})[0].figures)
    with pytest.raises(ValueError, match="has no place"):
        terms(("b = a if a else a",), {"a": 1.0})
