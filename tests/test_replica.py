"""A replica knows where a run's plan ends."""

import pytest

from nnsim.run import Replica, Run


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
