"""Forks: the tree that they make, where they first differ, and that recordings keep it."""

import numpy as np
import pytest

from nnsim.errors import NnsimError
from nnsim.recording import Recorder, open_recording, save
from nnsim.session.session import Session
from nnsim.timeline import Cursor, find, parse_place
from nnsim.timeline.run import Run
from nnsim.timeline.timeline import first_difference, tree


@pytest.fixture
def family(scenario):
    """A run, two forks of it, a fork of the second one, and a run that has nothing to do with them."""
    runs = {"root": Run(scenario("xor"), "article"), "other": Run(scenario("xor"), "biases")}
    for run in runs.values():
        run.advance_to(300)
    for name, parent, step, rate in (
        ("late", "root", 200, 0.5),
        ("early", "root", 100, 2.0),
        ("own", "early", 150, 4.0),
    ):
        runs[name] = Run.fork(runs[parent].timeline, step)
        runs[name].change("schedule.rate", rate)
        runs[name].advance_to(260)
    return {name: run.timeline for name, run in runs.items()}


def test_the_tree_lists_forks_behind_their_parents_by_their_steps(family):
    names = list(family)
    found = [(depth, names[index]) for depth, index in tree(list(family.values()))]
    assert found == [(0, "root"), (1, "early"), (2, "own"), (1, "late"), (0, "other")]
    without = [one for name, one in family.items() if name != "early"]
    assert (0, without.index(family["own"])) in tree(without)


def test_the_first_difference_is_where_a_figure_says_so(family):
    for name, step in (("late", 200), ("early", 100), ("own", 150)):
        fork = family[name]
        # The rate is a figure of its own, and the first to differ: of the very step that the setting decides.
        assert first_difference(fork) == step + 1
        assert find(fork, parse_place("differs")).first.tolist() == [step + 1]
        loss, its = (one.series["loss"].values(0, 260) for one in (fork, fork.parent))
        assert int(np.argmax(loss != its)) + 1 == step + 2
    assert first_difference(family["root"]) is None
    with pytest.raises(NnsimError, match="no fork"):
        find(family["root"], parse_place("differs"))


def test_a_twin_with_the_same_setting_never_differs(scenario):
    run = Run(scenario("xor"), "article")
    run.advance_to(200)
    twin = Run.fork(run.timeline, 100)
    twin.change("schedule.rate", 1.0)
    twin.advance_to(200)
    assert first_difference(twin.timeline) is None


@pytest.mark.parametrize("how", ["save", "record"])
def test_recordings_keep_the_tree(family, tmp_path, how):
    path, timelines = tmp_path / "r.nnsim", list(family.values())
    if how == "save":
        save(path, timelines)
    else:
        with Recorder(path, timelines[:1]) as recorder:
            for one in timelines[1:]:
                recorder.add(one)
    with open_recording(path) as recording:
        assert tree(recording.timelines) == tree(timelines)
        assert [one.fork_step for one in recording.timelines] == [one.fork_step for one in timelines]
        assert [first_difference(one) for one in recording.timelines] == [
            first_difference(one) for one in timelines
        ]
        save(tmp_path / "again.nnsim", recording.timelines[2:])  # without the parent of the first two
    with open_recording(tmp_path / "again.nnsim") as recording:
        assert [depth for depth, _ in tree(recording.timelines)] == [0, 0, 1]


def test_a_session_forks_wherever_the_cursor_stands(scenario):
    session = Session.of_scenario(scenario("xor"), "article")
    session.tracks[0].run.advance_to(50)
    session.motion.head_for(Cursor(50))
    assert "a fork goes on from step 50" in session.editor.fork("schedule.rate", 0.5)
    assert len(session.tracks) == 2
    assert session.focused.timeline.parent is session.tracks[0].timeline
    with pytest.raises(NnsimError, match="applies only to a new run"):
        session.editor.fork("model.hidden", [3])
    with pytest.raises(NnsimError, match=r"schedule\.rate"):
        session.editor.fork("schedule.rate", -1.0)
    assert len(session.tracks) == 2
