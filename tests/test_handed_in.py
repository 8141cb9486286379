"""Answers that are handed in: borne out by the runs, contradicted by them, or not shown."""

import msgspec
import pytest

from nnsim.handed_in import borne_out
from nnsim.lesson import Given
from nnsim.session import Session

LESSON = """
[model]
hidden = [3]
[schedule]
rate = 1.0
[train]
epochs = 40
[[lesson]]
ask = "Is the loss below 0.000001 at epoch 20?"
choices = ["yes", "no"]
answer = "loss<0.000001"
at = "20"
[[lesson]]
goal = "epoch 30"
hints = ["Go on."]
"""
ASKED = Given(1, "Is the loss below 0.000001 at epoch 20?", "b: no", True)
GOAL = Given(2, "epoch 30", "epoch 30, main", True)


@pytest.fixture
def timelines(small_scenario):
    def trained(epochs, **settings):
        session = Session.of_scenario(small_scenario(LESSON), settings=settings)
        session.tracks[0].run.advance_to(epochs)
        return [session.tracks[0].timeline]

    return trained


CASES = {
    "right": (ASKED, 20, True),
    "wrong, and said to be": (msgspec.structs.replace(ASKED, answer="a: yes", right=False), 20, True),
    "wrong, and said to be right": (msgspec.structs.replace(ASKED, answer="a: yes"), 20, False),
    "right, and said to be wrong": (msgspec.structs.replace(ASKED, right=False), 20, False),
    "beside a run that was begun again": (ASKED, 5, True),
    "not revealed": (msgspec.structs.replace(ASKED, right=None), 20, None),
    "no choice": (msgspec.structs.replace(ASKED, answer="c: perhaps"), 20, False),
    "another question": (msgspec.structs.replace(ASKED, asked="Is it warm?"), 20, False),
    "no such part": (msgspec.structs.replace(ASKED, part=9), 20, False),
    "reached": (GOAL, 30, True),
    "not reached by what is handed in": (GOAL, 29, None),
}


@pytest.mark.parametrize(("given", "epochs", "out"), CASES.values(), ids=CASES)
def test_an_answer_is_held_against_the_runs(timelines, given, epochs, out):
    (found,) = borne_out(timelines(epochs), [given])
    assert (found.given, found.out) == (given, out), found.told
