"""Schedules against their closed forms, number by number, and the one that depends on losses against plain code."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from trajectories import toml

from nnsim.components import build_part
from nnsim.errors import ScenarioError
from nnsim.optim.schedules import SCHEDULES, ReduceOnPlateau
from nnsim.scenario.scenario import parse_scenario
from nnsim.timeline.run import Run

TOTAL = 50


def cosine(part):
    return 0.5 * (1.0 + math.cos(math.pi * min(part, 1.0)))


def restarted(p, first, growth):
    length = first
    while p >= length:
        p, length = p - length, length * growth
    return cosine(p / length)


def triangles(p, up, down):
    height = 0.1 - 0.02
    while p >= up + down:
        p, height = p - up - down, height * 0.5
    return 0.02 + height * (p / up if p <= up else 1.0 - (p - up) / down)


def one_cycle(p, total):
    top, end = 0.3 * total - 1.0, total - 1.0
    if p <= top:
        return 0.1 / 25.0 + (0.1 - 0.1 / 25.0) * (1.0 - cosine(p / top))
    return 0.1 / 25e4 + (0.1 - 0.1 / 25e4) * cosine((p - top) / (end - top))


# Settings, and the rate at progress p of a whole of `total`.
CLOSED = {
    "constant": ({}, lambda p, total: 0.1),
    "step": ({"every": 7, "drop": 0.3}, lambda p, total: 0.1 * 0.3 ** (p // 7)),
    "multi-step": (
        {"milestones": [5, 9, 30], "drop": 0.5},
        lambda p, total: 0.1 * 0.5 ** sum(p >= one for one in (5, 9, 30)),
    ),
    "exponential": ({"decay": 0.9}, lambda p, total: 0.1 * 0.9**p),
    "cosine": ({"minimum": 0.02}, lambda p, total: 0.02 + 0.08 * cosine(p / total)),
    "warm-restarts": ({"first": 6, "growth": 3}, lambda p, total: 0.1 * restarted(p, 6, 3)),
    "polynomial": ({"power": 2.5}, lambda p, total: 0.1 * (1.0 - min(p / total, 1.0)) ** 2.5),
    "inverse-sqrt": ({"timescale": 3}, lambda p, total: 0.1 * math.sqrt(3.0 / (3.0 + p))),
    "one-cycle": ({}, one_cycle),
    "cyclic": ({"low": 0.02, "up": 4, "down": 7, "shrink": 0.5}, lambda p, total: triangles(p, 4, 7)),
    "warmup-stable-decay": (
        {"decay": 0.25, "minimum": 0.02},
        lambda p, total: 0.02 + 0.08 * (1.0 - math.sqrt(max(0.0, (p - 0.75 * total) / (0.25 * total)))),
    ),
    "range-test": ({"end": 2.0}, lambda p, total: 1e-5 * 2e5 ** min(p / (total - 1), 1.0)),
}


@pytest.mark.parametrize("warmup", [0, 8])
@pytest.mark.parametrize("by", ["epoch", "step"])
@pytest.mark.parametrize("kind", sorted(CLOSED))
def test_every_schedule_is_its_closed_form_with_and_without_warmup(kind, by, warmup):
    settings, rate = CLOSED[kind]
    schedule = build_part(
        SCHEDULES, {"kind": kind, "by": by, "warmup": warmup, "warmup_start": 1.0 / 3.0, **settings}, "schedule"
    )
    per_epoch = 3
    steps = np.arange(TOTAL * per_epoch)
    found = schedule.over(steps, per_epoch, TOTAL)
    total = (TOTAL if by == "epoch" else TOTAL * per_epoch) - warmup
    for step, one in zip(steps, found, strict=True):
        p = int(step) // per_epoch if by == "epoch" else int(step)
        start = 1.0 / 3.0
        expected = rate(0, total) * (start + (1.0 - start) * p / warmup) if p < warmup else rate(p - warmup, total)
        assert one == pytest.approx(expected, rel=1e-12, abs=1e-16)


def test_the_closed_forms_leave_out_only_what_has_its_own_test():
    assert set(SCHEDULES) - set(CLOSED) == {"warmup-cosine", "reduce-on-plateau"}


def test_the_tutorials_schedules(golden):
    facts = golden["schedules"]
    epochs = np.array(facts["epochs"], dtype=float)
    for kind, settings, total, key in (
        ("step", {"drop": 0.5, "every": 10}, 50, "step_decay initial=0.01 drop=0.5 every=10"),
        ("exponential", {"decay": 0.96}, 50, "exponential_decay initial=0.01 rate=0.96"),
        ("cosine", {"epochs": 50}, 90, "cosine_annealing initial=0.01 max_epochs=50"),
    ):
        schedule = build_part(SCHEDULES, {"kind": kind, "rate": 0.01, **settings}, "schedule")
        assert schedule.rates(epochs, total) == pytest.approx(facts[key], rel=1e-12)
    warm = build_part(SCHEDULES, {"kind": "warmup-cosine", "rate": 0.01, "epochs": 60}, "schedule")
    expected = [0.01 * p / 10 if p < 10 else 0.01 * cosine((p - 10) / 50) for p in range(60)]
    assert warm.rates(np.arange(60.0), 99) == pytest.approx(expected, rel=1e-12)


def test_the_transformers_schedule_is_a_warmup_from_0_and_the_inverse_root():
    schedule = build_part(SCHEDULES, {"kind": "inverse-sqrt", "warmup": 40, "warmup_start": 0.0}, "schedule")
    progress = np.arange(1.0, 400.0)
    expected = 0.1 * 40**0.5 * np.minimum(progress**-0.5, progress * 40**-1.5)
    assert schedule.rates(progress, 400) == pytest.approx(expected, rel=1e-12)


@given(
    losses=st.lists(st.sampled_from([3.0, 2.0, 1.99999, 1.5, 1.0, math.nan]), min_size=1, max_size=60),
    patience=st.integers(0, 4),
    cooldown=st.integers(0, 3),
)
def test_the_plateau_schedule_drops_when_plain_code_drops(losses, patience, cooldown):
    schedule = ReduceOnPlateau(
        rate=1.0, drop=0.5, patience=patience, cooldown=cooldown, threshold=1e-3, minimum=0.05, by="step"
    )
    kept = schedule.init()
    rate, best, bad, pause = 1.0, math.inf, 0, 0
    certain = 0
    for loss in losses:
        before = rate
        bad = 0 if loss < best * (1.0 - 1e-3) else bad + 1
        best = loss if loss < best * (1.0 - 1e-3) else best
        if pause:
            pause, bad = pause - 1, 0
        if bad > patience:
            rate, bad, pause = max(rate * 0.5, 0.05), 0, cooldown
        certain = schedule.certain_for(kept) if certain == 0 else certain
        schedule.see(kept, loss, 1, None)
        certain -= 1
        now = float(schedule.rates(np.zeros(1), 100, kept)[0])
        assert now == rate
        assert now == before or certain == 0  # a rate that it called certain did not change


def test_a_plateau_in_a_run_watches_the_validation_loss_or_the_mean_of_the_epoch():
    for validation in (0.0, 0.25):
        table = {
            "data": {"kind": "parity", "bits": 3},
            "model": {"hidden": [3]},
            "train": {"epochs": 50, "batch_size": 3, "validation": validation},
            "schedule": {"kind": "reduce-on-plateau", "rate": 0.2, "patience": 2, "threshold": 0.01, "drop": 0.5},
        }
        run = Run(parse_scenario(f'title = "t"\nsummary = "s"\n{toml(table)}', name="t", source="t.toml"))
        run.advance_to(10**6)
        series = {name: one.values(0, len(one)) for name, one in run.timeline.series.items()}
        per_epoch = run.timeline.steps_per_epoch
        watched = series["validation_loss"] if validation else series["loss"].reshape(-1, per_epoch).mean(axis=1)
        rate, best, bad, expected = 0.2, math.inf, 0, []
        for loss in watched:
            expected += [rate] * per_epoch
            bad = 0 if loss < best * 0.99 else bad + 1
            best = min(best, loss) if bad == 0 else best
            if bad > 2:
                rate, bad = rate * 0.5, 0
        assert series["learning_rate"] == pytest.approx(expected, rel=1e-12)
        assert expected[-1] < 0.2


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"kind": "multi-step", "milestones": [5, 5]}, r"milestones: \[5, 5\] do not rise"),
        ({"kind": "cosine", "by": "hour"}, r"schedule.by: 'hour' is not allowed \(allowed: epoch, step\)"),
        (
            {"kind": "one-cycle", "rise": 2.0},
            r"schedule.rise: 2.0 is not allowed \(allowed: a number from 0 to 1\)",
        ),
        ({"kind": "cosin"}, "did you mean 'cosine'"),
    ],
)
def test_what_a_schedule_cannot_be_is_said(settings, message):
    with pytest.raises(ScenarioError, match=message):
        build_part(SCHEDULES, settings, "schedule")
