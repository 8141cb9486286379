"""A replica knows where a run's plan ends, and goes a long way in slices."""

import pytest

from nnsim.session.session import Session
from nnsim.timeline import Cursor
from nnsim.timeline.checkpoints import Checkpoints
from nnsim.timeline.replica import Replica
from nnsim.timeline.run import Run
from nnsim.training.trainer import Trainer


def test_a_step_that_the_plan_does_not_have_is_refused(scenario):
    run = Run(scenario("xor"), settings={"train.epochs": 20})
    run.advance_to(20)
    replica = Replica(run.timeline)
    for step in (21, 10_000, -1):
        with pytest.raises(ValueError, match=f"step {step:,} lies"):
            replica.at(step)
    assert (replica.at(20).parameters == run.trainer.parameters).all()


def test_the_plan_is_the_one_that_was_changed_on_the_way(scenario):
    run = Run(scenario("xor"), settings={"train.epochs": 20})
    run.advance_to(15)
    run.change("train.epochs", 30)
    run.advance_to(30)
    run.change("train.epochs", 10)
    assert Replica(run.timeline).at(30).step == 30
    with pytest.raises(ValueError, match="step 31 lies beyond"):
        Replica(run.timeline).at(31)


@pytest.fixture
def far(scenario):
    """A run that has kept its first state alone, with commands on the way."""
    run = Run(scenario("xor"), settings={"train.epochs": 600})
    run.timeline.checkpoints = Checkpoints(1 << 20)
    run.timeline.checkpoints.add(run.trainer.checkpoint())
    run.timeline.checkpoints.quick = 16
    run.advance_to(200)
    run.change("optimizer.kind", "adam")
    run.change("parameters.layer1.weight[1,1]", 0.25)
    run.advance_to(600)
    return run


@pytest.mark.parametrize("step", [0, 1, 2, 3, 199, 200, 201, 202, 203, 600])
@pytest.mark.parametrize("slice_", [1, 7, 1000])
def test_slices_arrive_at_the_same_bits(far, step, slice_):
    replica, missing = Replica(far.timeline), None
    replica.at(450, 2)
    while missing != 0:
        before, missing = replica.missing(step), replica.approach(step, slice_)
        assert missing == max(before - slice_, 0)
    for place in [(step, 0), (max(step - 1, 0), 3), (step, 0), (max(step - 1, 0), 4)]:
        if place[0] == far.timeline.length:
            continue
        expected = Replica(far.timeline).at(*place)
        found = replica.at(*place)
        assert found.parameters.tobytes() == expected.parameters.tobytes()
        assert place == (0, 0) or found.gradient.tobytes() == expected.gradient.tobytes()


def test_what_was_approached_is_near_in_any_order(far, monkeypatch):
    replica = Replica(far.timeline)
    assert replica.distance(500) == 498
    assert replica.approach(500, 1000) == 0
    assert replica.distance(500) == 0
    trained = []
    advance = Trainer.advance
    monkeypatch.setattr(Trainer, "advance", lambda self, steps: trained.append(steps) or advance(self, steps))
    for place in [(500, 0), (499, 3), (499, 4), (500, 3), (500, 1), (500, 0), (499, 1)]:
        replica.at(*place)
    assert sum(trained) <= 7
    assert replica.distance(480) == 478  # another place is far still
    replica.approach(480, 3)
    assert replica.distance(500) == 0  # and this one near until that is reached


def test_what_is_kept_on_the_way_holds_no_command_of_its_own_step(far):
    replica = Replica(far.timeline)
    replica.at(200)  # where it stands behind the commands
    assert replica.missing(202) == 200
    assert replica.approach(202, 1000) == 0
    assert replica.distance(202) == 0
    near, clean = replica.near, Replica(far.timeline).unchanged(200)
    assert near.step == 200
    assert near.parameters.tobytes() == clean.parameters.tobytes()
    assert near.parameters.tobytes() != Replica(far.timeline).at(200).parameters.tobytes()


@pytest.mark.parametrize("step", [201, 202, 500])
def test_a_fork_where_the_cursor_has_been_approached_trains_nothing_again(far, step, monkeypatch):
    expected = Run.fork(far.timeline, step).trainer.checkpoint()
    session = Session.of_timelines([far.timeline])
    session.motion.head_for(Cursor(step))
    session.view.approach(1000)
    trained = []
    advance = Trainer.advance
    monkeypatch.setattr(Trainer, "advance", lambda self, steps: trained.append(steps) or advance(self, steps))
    session.editor.fork("schedule.rate", 0.25)
    assert sum(trained) <= 2
    assert session.focused.run.trainer.parameters.tobytes() == expected.parameters.tobytes()
