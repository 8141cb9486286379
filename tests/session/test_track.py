"""A run that is asked where it stands answers as a replica does, bit for bit, and is not disturbed by it."""

import numpy as np
import pytest

from nnsim.analysis.evaluation_metrics import update_ratios
from nnsim.session.track import Track
from nnsim.timeline.replica import Replica
from nnsim.timeline.run import Run

DRAWS = [
    {"kind": "dense", "units": 6, "activation": "linear"},
    {"kind": "batch-norm", "activation": "sigmoid"},
    {"kind": "dropout", "rate": 0.4},
]
CASES = [
    ("xor", {}),
    ("xor", {"train.precision": "float32"}),
    ("xor", {"model.hidden": [], "model.layers": DRAWS, "random.seed": 3}),
    ("xor", {"optimizer.kind": "adam", "regularization.l2": 0.01}),
    ("xor", {"schedule.rate": 1.0}),
    ("overfitting", {}),
    ("batch-size", {}),
    ("random-search-vs-gradient-descent", {}),
]


def answers(trainer):
    """All that is asked of a trainer, as bytes."""
    found = trainer.evaluate()
    with np.errstate(all="ignore"):
        ratios = repr(update_ratios(trainer)) if trainer.step else ""
    arrays = (
        trainer.activation(trainer.plan.examples.inputs, 0, 0),
        found.predictions,
        found.scored,
        found.loss,
        trainer.parameters,
        trainer.change,
        trainer.statistics,
        trainer.predict(trainer.plan.examples.inputs[:3]),
    )
    return [np.asarray(one).tobytes() for one in arrays], found.accuracy, ratios


def alike(track):
    step = track.timeline.length
    found = answers(track.asked_at(step))
    assert found == answers(track.trainer_at(step))
    assert found == answers(Replica(track.timeline).at(step))


def tracked(run):
    return Track(run.timeline, run, 0)


@pytest.mark.parametrize(("name", "settings"), CASES)
def test_the_run_answers_as_a_replica_does(scenario, name, settings):
    for variant in scenario(name).variants:
        run = Run(scenario(name), variant.name, settings)
        track, epoch = tracked(run), run.timeline.steps_per_epoch
        for step in sorted({0, 1, 2, epoch, epoch + 1, 37, 255, 256, 257}):
            run.advance_to(step)
            assert track.asked_at(run.timeline.length) is run.trainer
            alike(track)


def test_what_is_asked_does_not_change_the_run(scenario):
    settings = {"model.hidden": [], "model.layers": DRAWS}
    asked, left = (Run(scenario("xor"), settings=settings) for _ in range(2))
    track = tracked(asked)
    for step in range(0, 60, 7):
        asked.advance_to(step)
        answers(track.asked_at(step))
    left.advance_to(56)
    assert asked.trainer.parameters.tobytes() == left.trainer.parameters.tobytes()
    assert asked.trainer.statistics.tobytes() == left.trainer.statistics.tobytes()


def test_a_step_with_commands_and_those_behind_the_run_are_a_replicas(scenario):
    run = Run(scenario("xor"), settings={"train.epochs": 90})
    track = tracked(run)
    run.advance_to(40)
    assert track.asked_at(39) is track.replica.at(39)
    assert track.asked_at(39, 2) is track.replica.at(39, 2), "phases of a step that the run has behind it"
    run.change("schedule.rate", 0.05)
    run.change("parameters.layer1.weight[1,1]", 0.25)
    assert track.asked_at(40) is track.replica.at(40)
    alike(track)
    for step in (41, 42, 60):
        run.advance_to(step)
        assert track.asked_at(step) is run.trainer
        alike(track)
    run.change("train.epochs", 60)
    alike(track)


def test_a_run_that_diverged_within_a_tape_or_stopped_early_answers_from_its_last_step(scenario):
    diverged = Run(scenario("linear-regression"), settings={"schedule.rate": 1e3})
    diverged.advance_to(diverged.timeline.plan.steps)
    assert diverged.timeline.stop.reason == "diverged"
    alike(tracked(diverged))

    stopped = Run(scenario("overfitting"), settings={"train.early_stopping": {"patience": 2}, "train.epochs": 300})
    stopped.advance_to(stopped.timeline.plan.steps)
    alike(tracked(stopped))


def test_a_fork_answers_from_where_it_began(scenario):
    run = Run(scenario("xor"))
    run.advance_to(50)
    for step in (0, 20, 50):
        fork = tracked(Run.fork(run.timeline, step))
        alike(fork)
        fork.run.advance_to(step + 3)
        alike(fork)
