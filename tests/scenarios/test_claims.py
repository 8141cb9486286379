"""What lessons claim of their runs is true with other seeds than theirs."""

import re

import numpy as np
import pytest
from shared import WHOLE, bundled

from nnsim.analysis.least_squares import least_squares
from nnsim.errors import NnsimError, ScenarioError
from nnsim.lessons.trials import timelines, try_claims
from nnsim.scenario.conditions import parse_claim
from nnsim.scenario.lesson_schema import read_lesson
from nnsim.timeline.run import Run
from scenarios import names

SCENARIOS = {name: bundled(name) for name in names()}
SEEDS = (7, 2026)  # fixed, so that the suite says the same every time; `make claims` draws others
CLAIMING = [name for name, one in SCENARIOS.items() if any(part.claims for part in one.lesson.parts)]
SEED_OF = {name: SEEDS[index % 2] for index, name in enumerate(CLAIMING)}  # `make test-whole` tries both


@pytest.mark.parametrize("name", CLAIMING)
def test_what_a_lesson_claims_holds(name):
    claims = [claim for part in SCENARIOS[name].lesson.parts for claim in part.claims]
    for tried in try_claims(SCENARIOS[name], claims, SEEDS if WHOLE else (SEED_OF[name],)):
        assert tried.held == tried.seeds, (tried.claim.says, tried.told)


@pytest.mark.parametrize("name", CLAIMING)
def test_what_holds_for_the_shipped_seed_alone_says_so(name):
    for part in SCENARIOS[name].lesson.parts:
        told = f"{part.text} {part.question.why if part.question else ''}"
        if not all(claim.any_seed for claim in part.claims):
            assert re.search(r"\b(seed|here|this run)\b", told, re.I), told


def test_many_seeds_at_once_have_the_figures_of_one_after_the_other():
    scenario = SCENARIOS["activations"]
    seeds = (3, 1, 4, 15)
    for seed, found in zip(seeds, timelines(scenario, "tanh", {}, seeds, 40), strict=True):
        run = Run(scenario, "tanh", {"random.seed": seed})
        run.advance_to(40)
        assert found.record(40) == pytest.approx({name: run.timeline.record(40)[name] for name in found.record(40)})
        assert {"loss", "accuracy", "learning_rate", "gradient:layer1"} <= set(found.record(40))


def test_a_claim_that_is_false_is_told_with_its_figures():
    page = {
        "text": "Tanh is *worse* here.",
        "claims": [{"says": "*worse*", "holds": "loss of tanh at epoch 50 > 2 * loss of linear at epoch 50"}],
    }
    (claim,) = read_lesson([page]).parts[0].claims
    (tried,) = try_claims(SCENARIOS["activations"], (claim,), (7,))
    assert tried.held == ()
    assert re.fullmatch(
        r"seed 7: loss of tanh at epoch 50 is [\d.]+, 2 \* loss of linear at epoch 50 is [\d.]+", tried.told
    )


@pytest.mark.parametrize(
    ("claim", "complaint"),
    [
        ({"says": "nowhere", "holds": "loss<1"}, r"lesson\[0\]\.claims\[0\]\.says: 'nowhere' is not on the page"),
        ({"says": "a text", "holds": "loss of adam"}, r"lesson\[0\]\.claims\[0\]\.holds: .*compares nothing"),
        ({"says": "a text", "holds": "loss<1 and speed<2"}, r"holds: .*'speed' is no figure"),
        ({"says": "a text", "holds": "loss < two * loss at epoch 1"}, r"holds: .*'two' is no number"),
        ({"says": "a text", "holds": "loss<1", "seed": "3"}, r"lesson\[0\]\.claims\[0\].*seed"),
        ({"says": "a text", "holds": "loss<1", "set": {"speed": 2}}, r"lesson\[0\]\.claims\[0\]\.set: 'speed'"),
    ],
)
def test_what_is_wrong_with_a_claim_is_told(claim, complaint):
    with pytest.raises(ScenarioError, match=complaint):
        read_lesson([{"text": "Here is\na text.", "claims": [claim]}])


def test_a_phrase_may_run_over_the_end_of_a_line():
    page = {"text": "It is\na text.", "claims": [{"says": "is a text", "holds": "loss<1 and accuracy = 1"}]}
    assert len(read_lesson([page]).parts[0].claims[0].holds) == 2


def test_what_a_claim_compares():
    text = "grad:layer8 at epoch 1 / grad:layer1 at epoch 1 > 1000 and 0.5 * loss of sgd at epoch 3 < epoch of best"
    ratio, product = parse_claim(text)
    assert [one.figure for one in ratio.quantities] == ["grad:layer8", "grad:layer1"]
    assert (product.left.factor, product.left.value.run, product.right.figure) == (0.5, "sgd", "")
    with pytest.raises(NnsimError, match="compares nothing"):
        parse_claim("loss of adam at loss<1")


@pytest.mark.parametrize("seed", SEEDS)
def test_five_folds_together_pick_degree_3_from_every_start(seed):
    scenario = SCENARIOS["cross-validation"]
    means = {}
    for variant in ("degree-1", "degree-3", "degree-12"):
        plans = [{"train.fold": fold, "random.seed": seed} for fold in range(1, 6)]
        means[variant] = np.mean(
            [ended(scenario, variant, one).timeline.record(100)["validation_loss"] for one in plans]
        )
    assert min(means, key=means.get) == "degree-3"


@pytest.mark.parametrize("seed", SEEDS)
def test_schedules_that_end_near_a_rate_of_0_end_near_the_best_from_any_start(seed):
    scenario = SCENARIOS["learning-rate-schedules"]
    above = {}
    for variant in (
        "constant",
        "cosine",
        "polynomial",
        "one-cycle",
        "plateau",
        "warm-up",
        "stable-decay",
        "cyclic",
    ):
        run = ended(scenario, variant, {"random.seed": seed})
        above[variant] = run.trainer.evaluate().loss - least_squares(run.timeline.plan).loss
    constant = above.pop("constant")
    assert max(above.values()) < 0.1 * constant


def ended(scenario, variant, settings):
    run = Run(scenario, variant, settings)
    run.advance_to(run.timeline.plan.steps)
    return run
