"""A hand-in of each scenario that comes with nnsim, answered right and its challenge reached by the last hint."""

import pytest
from hand_ins import answered, go, hand_in, reaching, right_choices
from shared import WHOLE
from test_lesson_tasks import ANSWERS, SCENARIOS, asked

from nnsim.cli.grade import judge_file
from nnsim.lessons.learner import Learner
from scenarios import names

# Their runs take longest to train and to prove; the suite leaves them to `make test-whole`. What they ask, set and
# claim is tried for each of them in the suite as well.
LONGEST = {
    *("adam-at-rest", "cross-validation", "digits-convolution", "double-descent", "edge-of-stability", "grokking"),
    "needle-in-a-haystack",
    *("optimizer-race-rosenbrock", "overfitting", "playground-spiral", "random-search-vs-gradient-descent"),
    *("recipe-before-training", "regularization", "vanishing-gradients", "xor-plateau"),
}


@pytest.mark.parametrize("name", [name for name in names() if WHOLE or name not in LONGEST])
def test_an_honest_hand_in_of_every_lesson_passes(name, trained, tmp_path):
    scenario = SCENARIOS[name]
    lesson, student = scenario.lesson, "Ada" if scenario.personal else ""
    if scenario.personal:
        session, learner = answered(scenario, right_choices(scenario, student), student=student)
    else:
        session, learner = asked(name, trained), Learner(lesson)
    for page, part in enumerate(lesson.parts):
        if part.question is not None and not scenario.personal:
            learner.open(page)
            learner.predict(part.question.choices.index(ANSWERS[name, page]))
            go(session, learner, int(part.question.at.number))
    found = [reaching(scenario, page, student) for page in lesson.challenges]
    row = judge_file(hand_in(session, tmp_path / "a.nnsim", *found), None, None)
    assert (row["error"], row["differs"]) == (None, [])
    assert (row["verified"], row["finished"], row["lesson"]) == (True, True, "same")
    assert all(one["right"] for one in row["questions"])
    assert all(one["reached"] for one in row["challenges"])
