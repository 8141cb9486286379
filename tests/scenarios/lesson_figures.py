"""What the tests of lessons share: reading figures off a run, and comparing them with those of a text."""

import re

import numpy as np
from shared import bundled

NUMBER = re.compile(r"(?<![\w.^])-?\d[\d,]*(?:\.\d+)?(?:\^\d+)?")


def numbers(text):
    return [one.rstrip(",") for one in NUMBER.findall(text)]


def lesson(name):
    return bundled(name).lesson.text


def losses(run):
    return run.timeline.series["loss"].values(0, run.timeline.length)


def loss(run, epoch):
    return run.timeline.record(epoch)["loss"]


def first_below(run, level):
    """Number, from 1, of the first epoch whose loss is below a level."""
    below = losses(run) < level
    assert below.any()
    return int(np.argmax(below)) + 1


def right(run):
    found = run.trainer.predict(run.timeline.plan.examples.inputs)
    return (found > 0.5) == (run.timeline.plan.examples.targets > 0.5)


def check(name, computed, given):
    """Every number of the lesson is among the computed ones or the given ones, and each of these is in the text."""
    written = numbers(lesson(name))
    computed, given = set(computed), set(given.split())
    unproved, unsaid = set(written) - computed - given, (computed | given) - set(written)
    assert not unproved | unsaid, (
        f"numbers that nothing proves: {unproved}; figures that the text does not say: {unsaid}"
    )
