"""Work is done once: a plan is made once, and a run's second trainer when somebody looks back."""

import pytest

import nnsim.scenario.scenario
import scenarios
from nnsim.errors import ScenarioError
from nnsim.recording import open_recording, save
from nnsim.scenario.scenario import parse_scenario, read_scenario
from nnsim.session.session import Session
from nnsim.timeline.run import Run
from nnsim.training.trainer import Trainer


@pytest.fixture
def planned(monkeypatch):
    """The variants whose plans are made, one after the other."""
    made, plan = [], nnsim.scenario.scenario.planned

    def counted(name, variant, *rest):
        made.append(variant)
        return plan(name, variant, *rest)

    monkeypatch.setattr(nnsim.scenario.scenario, "planned", counted)
    return made


@pytest.fixture
def trainers(monkeypatch):
    """The trainers that are made."""
    made, begin = [], Trainer.__init__

    def counted(self, plan, **options):
        made.append(self)
        begin(self, plan, **options)

    monkeypatch.setattr(Trainer, "__init__", counted)
    return made


@pytest.mark.parametrize("name", ["xor", "optimizer-race", "xor-plateau"])
def test_a_scenario_is_opened_with_a_plan_and_a_trainer_for_each_run(name, planned, trainers):
    session = Session.of_scenario(read_scenario(scenarios.FOLDER / f"{name}.toml"))
    assert planned == [track.timeline.variant for track in session.tracks]
    assert [track.run.trainer for track in session.tracks] == trainers
    session.focused.trainer_at(0)
    assert len(trainers) == len(session.tracks) + 1


def test_a_fork_shares_the_plans_of_its_parent(planned, scenario):
    run = Run(scenario("xor"), "article")
    run.change("schedule.rate", 0.5)
    planned.clear()
    fork = run.timeline.fork(0)
    assert (fork.plan, fork.plan_at(0), planned) == (run.timeline.plan, run.timeline.plan_at(0), [])


SWEPT = """
[sweep]
key = "{key}"
values = {values}
"""


@pytest.mark.parametrize(
    ("key", "values", "known"),
    [
        ("train.epochs", [7, 9], True),
        ("model.hidden", [[2], [3, 2]], True),
        ("schedule", [{"kind": "constant", "rate": 0.5}, {"kind": "constant", "rate": 2.0}], False),
    ],
)
def test_each_value_of_a_sweep_has_its_own_plan(key, values, known, scenario):
    told = str(values).replace("': ", "' = ")
    found = parse_scenario(
        scenario("linear-regression").text + SWEPT.format(key=key, values=told), name="x", source="x"
    )
    for value in values:
        plan = found.plan(None, {key: value})
        assert dict(plan.settings) == {key: value}
        assert (plan is found.plan(None, {key: value})) == known
    assert found.plan() not in found.plans.values()


def test_a_setting_of_another_type_is_not_taken_for_the_same(scenario):
    found = parse_scenario(
        scenario("linear-regression").text + SWEPT.format(key="schedule.rate", values="[1.0]"), name="x", source="x"
    )
    plans = [found.plan(None, {"schedule.rate": value}) for value in (1.0, 1)]
    assert [str(one.settings["schedule.rate"]) for one in plans] == ["1.0", "1"]
    with pytest.raises(ScenarioError, match=r"schedule\.rate"):
        found.plan(None, {"schedule.rate": True})


def test_a_recording_is_read_with_a_whole_plan_for_each_run_alone(planned, tmp_path):
    session = Session.of_scenario(read_scenario(scenarios.FOLDER / "xor.toml"))
    for step, rate in enumerate((0.5, 0.25, 0.125)):
        session.focused.run.advance_to(step)
        session.focused.run.change("schedule.rate", rate)
    save(tmp_path / "a.nnsim", [track.timeline for track in session.tracks])
    planned.clear()
    with open_recording(tmp_path / "a.nnsim") as recording:
        assert recording.timelines[0].plan_at(2).schedule.rate == 0.125
        assert len(planned) == len(recording.timelines)  # a change makes its own part of the plan anew
