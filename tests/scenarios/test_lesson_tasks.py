"""What lessons ask and set: every answer is the right one, every challenge is open at first and can be reached."""

import re

import pytest
from shared import bundled

from nnsim.lessons.learner import Learner
from nnsim.lessons.trials import mending, named_settings
from nnsim.session.session import Session
from nnsim.session.track import Track
from nnsim.timeline import Cursor
from scenarios import names

SCENARIOS = {name: bundled(name) for name in names()}
QUESTIONS = [
    (name, page) for name, one in SCENARIOS.items() for page, part in enumerate(one.lesson.parts) if part.question
]
CHALLENGES = [(name, page) for name, one in SCENARIOS.items() for page in one.lesson.challenges]

# The right choice of each question, by its page from 0: what the run comes to, known beforehand.
ANSWERS = {
    ("a-guess", 1): "between",
    ("activations", 1): "linear",
    ("adam-at-rest", 1): "0.001, as in the first steps",
    ("adam-at-rest", 2): "adam",
    ("backprop-vs-finite-differences", 1): "35",
    ("backprop-vs-finite-differences", 2): "1",
    ("batch-size", 1): "0.6",
    ("clinic-1", 1): "rate-too-high",
    ("clinic-10", 1): "leakage",
    ("clinic-11", 1): "imbalanced-classes",
    ("clinic-12", 1): "overfitting",
    ("clinic-2", 1): "rate-too-low",
    ("clinic-3", 1): "unscaled-inputs",
    ("clinic-4", 1): "labels-unrelated",
    ("clinic-5", 1): "wrong-loss",
    ("clinic-6", 1): "no-bias",
    ("clinic-7", 1): "dead-units",
    ("clinic-8", 1): "saturated-units",
    ("clinic-9", 1): "symmetric-units",
    ("border-of-trainability", 1): "yes",
    ("border-of-trainability", 2): "3: they have parted",
    ("cross-validation", 1): "degree-12",
    ("cross-validation", 2): "degree-3",
    ("digits", 1): "no",
    ("edge-of-stability", 1): "about 10",
    ("exploding-gradients", 1): "yes, far above",
    ("exploding-gradients", 2): "he",
    ("four-steps", 2): "layer 2",
    ("four-steps", 3): "0.039, less than half",
    ("initialization", 1): "0",
    ("initialization", 2): "xavier",
    ("learning-rate-finder", 1): "0.8",
    ("learning-rate-finder", 2): "minimum-tenth",
    ("learning-rate-schedules", 1): "0.015",
    ("learning-rate-schedules", 2): "yes, higher",
    ("linear-regression", 1): "more than half: 0.6 of it",
    ("linear-regression", 4): "zigzag",
    ("linear-regression", 5): "yes, it rises",
    ("losses", 1): "3",
    ("needle-in-a-haystack", 1): "guess-2",
    ("needle-in-a-haystack", 2): "no, it is worse",
    ("one-step-downhill", 1): "big",
    ("optimizer-race", 1): "l-bfgs",
    ("optimizer-race", 2): "72",
    ("optimizer-race-beale", 1): "adam",
    ("optimizer-race-himmelblau", 1): "sgd",
    ("optimizer-race-ravine", 1): "nesterov",
    ("optimizer-race-rosenbrock", 1): "0.08",
    ("optimizer-race-saddle", 1): "0, it rests on the saddle",
    ("overfitting", 1): "degree 9",
    ("overfitting", 2): "degree 3",
    ("parity-4bit", 1): "no",
    ("playground-circle", 1): "squares",
    ("playground-gauss", 1): "noisy",
    ("playground-plane", 1): "line",
    ("playground-plane", 2): "0.02",
    ("playground-spiral", 1): "no",
    ("playground-xor", 1): "line",
    ("random-search-vs-gradient-descent", 1): "1.0 times: as good as equal",
    ("random-search-vs-gradient-descent", 2): "50 times",
    ("regularization", 1): "more than 1.5 times as large",
    ("regularization", 2): "l2",
    ("digits-convolution", 1): "yes",
    ("digits-convolution", 3): "shuffled",
    ("double-descent", 1): "hidden [80]",
    ("vanishing-gradients", 1): "layer 1",
    ("vanishing-gradients", 2): "10,000 times",
    ("vanishing-gradients", 4): "relu",
    ("layer-normalization", 1): "yes, or more",
    ("losses-of-classes", 1): "weighted",
    ("optimizers-of-today", 1): "sam",
    ("optimizers-of-today", 2): "60",
    ("recipe-before-training", 1): "2.5",
    ("recipe-before-training", 2): "2.3",
    ("recipe-output-bias", 1): "0.2",
    ("recipe-what-depends", 1): "60 %",
    ("grokking", 1): "0 %",
    ("grokking", 2): "95 %",
    ("recipe-wrong-labels", 1): "75 %",
    ("weight-averages", 1): "0.25",
    ("xor", 1): "no",
    ("xor-plateau", 1): "0.125, as before",
    ("xor-plateau", 4): "larger-weights",
}


def go(session, epoch):
    """Let every run get to an epoch, as far as it goes."""
    session.motion.head_for(Cursor(epoch * session.view.steps_per_epoch))
    while (track := session.training.lagging()) is not None:
        session.training.train(track, 4096)


def asked(name, trained):
    """A session of a scenario for all its questions, over the runs that the other tests of lessons look at, too.

    A large network is left out, unless a question asks about its run.
    """
    scenario = SCENARIOS[name]
    if scenario.sweep is not None:
        return Session.of_scenario(scenario)
    sizes = {one.name: scenario.plan(one.name).network.size for one in scenario.variants}
    asked = " ".join(part.question.answer.text for part in scenario.lesson.parts if part.question)
    small = [one for one, size in sizes.items() if size < 10_000 or one in asked]
    runs = [trained(name, one) for one in small or sizes]
    return Session([Track(run.timeline, run, index) for index, run in enumerate(runs)])


def test_every_question_has_its_answer_here():
    assert set(ANSWERS) == set(QUESTIONS)


@pytest.mark.parametrize("name", names())
def test_the_answers_to_the_questions(name, trained):
    """One test a scenario: its questions come in the order of their epochs, and its runs are trained once."""
    session = asked(name, trained)
    for page in [page for one, page in QUESTIONS if one == name]:
        question = SCENARIOS[name].lesson.parts[page].question
        learner = Learner(SCENARIOS[name].lesson)
        learner.open(page)
        right = question.choices.index(ANSWERS[name, page])
        learner.predict(right)
        go(session, 0)
        assert learner.look(session.view) == [], page
        assert page not in learner.revealed, "it is revealed before the step"
        go(session, int(question.at.number))
        news = learner.look(session.view)
        assert [one.kind for one in news] == ["revealed"], page
        assert news[0].text.startswith("Right: "), (page, news)
        assert re.search(r"\d|never", learner.revealed[page].told), "it names the figures"


@pytest.mark.parametrize(("name", "page"), CHALLENGES)
def test_a_challenge_is_open_at_first_and_reached_with_what_its_last_hint_names(name, page):
    scenario = SCENARIOS[name]
    part = scenario.lesson.parts[page]
    challenge = part.challenge
    settings = mending(scenario, part)
    assert settings, "the last hint names no settings"
    swept = scenario.sweep
    values = (
        [{swept.key: one} for one in swept.values if challenge.run.endswith(swept.name_of(one))] if swept else [{}]
    )
    named = [one.name for one in scenario.variants if challenge.run.startswith(one.name)]
    variant = max(named, key=len, default=None)
    for given, reached in (({}, False), (settings, True)):
        session = Session.of_scenario(scenario, variant, {**given, **values[0]})
        learner = Learner(scenario.lesson)
        learner.open(page)
        go(session, min(challenge.within or 10**9, session.view.end.step // session.view.steps_per_epoch))
        news = [one.kind for one in learner.look(session.view) if one.kind == "reached"]
        assert (news == ["reached"]) == reached, (given, session.focused.timeline.record(session.cursor.step))


def test_what_is_not_allowed_to_change_does_not_count():
    scenario = SCENARIOS["xor"]
    hinted = named_settings(scenario.lesson.parts[5].hints[-1])
    twice = {"loss.reduction": "sum", "schedule.rate": hinted["schedule.rate"] / 2}  # the same steps
    session = Session.of_scenario(scenario, "article", {**hinted, **twice})
    learner = Learner(scenario.lesson)
    learner.open(5)
    go(session, 200)
    assert session.focused.timeline.series["accuracy"].values(0, 200).max() == 1
    assert learner.look(session.view) == []
    assert learner.reached == {}


@pytest.mark.parametrize("name", names())
def test_a_lesson_is_a_few_short_pages_with_a_question_and_a_challenge(name):
    parts = SCENARIOS[name].lesson.parts
    assert 4 <= len(parts) <= 9
    assert sum(part.question is not None for part in parts) >= 1
    assert sum(part.challenge is not None for part in parts) == 1
    assert parts[0].text.startswith("# ")
    assert all(part.hints for part in parts if part.challenge)
    for part in parts:
        for text in (part.text, part.question.why if part.question else ""):
            assert len(text) <= 1100, text[:60]
