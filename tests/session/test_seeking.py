"""A place that has not come yet is trained towards: until it comes, or the run ends, or a person has had enough."""

import pytest

from nnsim.errors import NnsimError
from nnsim.session.session import Session
from nnsim.timeline import find, find_next, parse_place
from screens.workbench.status import status_line


def train(session, steps=37, most=10_000):
    for _ in range(most):
        track = session.training.lagging()
        if track is None:
            return
        session.training.train(track, steps)
    raise AssertionError("it trains for ever")


@pytest.fixture
def session(scenario):
    return Session.of_scenario(scenario("xor"), settings={"train.epochs": 4000})


@pytest.fixture
def whole(scenario):
    """The same run to its end, where the places are known."""
    session = Session.of_scenario(scenario("xor"), settings={"train.epochs": 4000})
    session.motion.head_for(session.view.end)
    train(session, 4000)
    return session.focused.timeline


def test_it_trains_until_the_place_and_no_further_than_a_slice(session, whole):
    loss = whole.series["loss"].values(0, 4000)
    place = parse_place(f"loss<{float(loss[1234])!r}")
    first = find(whole, place).one()
    assert 1000 < first < 2000
    session.motion.go_to(place)
    assert session.state.sought is place
    train(session)
    assert (session.cursor.step, session.state.sought) == (first, None)
    assert session.focused.timeline.length < first + 37
    assert session.notices.take() == ""


def test_next_goes_on_to_the_next_stretch_of_it(scenario):
    settings = {"train.epochs": 2000, "schedule.kind": "step", "schedule.every": 700}
    session, place, seen = Session.of_scenario(scenario("xor"), settings=settings), parse_place("lr-change"), []
    for _ in range(3):
        session.motion.go_to(place, session.cursor.step)
        train(session)
        seen.append(session.cursor.step)
    assert seen == [701, 1401, 2000]  # the first steps with another rate; then there is none, and it ends
    assert session.notices.take() == "lr-change: no other until the end; 1401 g goes back to epoch 1,401"
    assert session.notices.take() == ""


def test_where_it_never_comes_the_run_ends_and_says_how_near_it_was(session):
    session.motion.go_to(parse_place("loss<1e-30"))
    session.training.train(session.focused, 100)
    assert "training until loss<1e-30 (esc stops)" in status_line(session, "", None)
    train(session, 500)
    assert session.cursor == session.view.end
    told = session.notices.take()
    assert told.startswith("loss<1e-30: not reached, the smallest is 0.")
    assert told.endswith("; home goes back to the start")
    with pytest.raises(NnsimError, match="not reached, the smallest is"):
        session.motion.go_to(parse_place("loss<1e-30"))


def test_it_is_left_by_whatever_else_is_asked_for(session):
    place = parse_place("loss<1e-30")
    for leave in (
        session.motion.stay,
        session.editor.new_seed,
        lambda: session.motion.move("epoch", 5),
        lambda: session.playback.play(True),
    ):
        session.motion.go_to(place)
        session.training.train(session.focused, 100)
        leave()
        assert session.state.sought is None
        session.motion.stay()


@pytest.mark.parametrize("text", ["mark:here", "best-val"])
def test_what_training_cannot_bring_is_not_waited_for(session, text):
    with pytest.raises(NnsimError):
        session.motion.go_to(parse_place(text))
    assert session.training.lagging() is None


@pytest.mark.parametrize("text", ["loss<0.25", "accuracy>0.5", "accuracy=0.75", "grad:layer1<0.01", "lr-change"])
def test_looking_behind_a_step_finds_what_looking_at_all_finds(whole, text):
    place = parse_place(text)
    found = find(whole, place)
    for since in (
        0,
        1,
        63,
        64,
        65,
        127,
        128,
        1000,
        *found.first[:5].tolist(),
        *(found.first[:5] - 1).tolist(),
        3999,
    ):
        assert find_next(whole, place, since) == found.after(since), since
