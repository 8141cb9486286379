"""Lessons: what is refused at the door, what conditions mean, what a learner sees of a session."""

import json

import pytest
from learners import look

from nnsim.cli.show import show_recording
from nnsim.errors import ScenarioError
from nnsim.lessons.challenges import holds, standing
from nnsim.lessons.learner import Learner
from nnsim.recording import describe, open_recording, save
from nnsim.recording.verification import verify
from nnsim.scenario.conditions import parse_condition
from nnsim.scenario.lesson_reach import beyond_the_end
from nnsim.scenario.lesson_schema import GivenAnswer, LessonStart
from nnsim.session.session import Session
from nnsim.text.number_format import rounded
from nnsim.timeline import Cursor

TRAINED = '[model]\nhidden = [3]\n[schedule]\nkind = "constant"\nrate = 1.0\n[train]\nepochs = 60\n'
RUNS = '[[variants]]\nname = "slow"\n[[variants]]\nname = "fast"\nset = { "schedule.rate" = 5.0 }\n'


def page(**keys):
    return "\n[[lesson]]\n" + "\n".join(f"{key} = {json.dumps(value)}" for key, value in keys.items())


def go(session, step, phase=0):
    session.motion.head_for(Cursor(step, phase))
    while (track := session.training.lagging()) is not None:
        session.training.train(track, 4096)


@pytest.fixture
def taught(small_scenario):
    """A session, and a learner of its lesson."""

    def make(*pages, extra=TRAINED + RUNS):
        scenario = small_scenario(extra + "".join(pages))
        return Session.of_scenario(scenario), Learner(scenario.lesson)

    return make


ASK = {"ask": "?", "choices": ["yes", "no"], "answer": "loss<1", "at": "epoch 1"}


@pytest.mark.parametrize(("keys", "complaint"), [
    ({}, "lesson[0].text: is missing"),
    ({"txt": "a"}, "lesson[0].txt: unknown key, did you mean 'text'?"),
    ({"when": "loss<<1"}, "lesson[0].when: loss<<1: '<1' is no number"),
    ({"when": "los"}, "lesson[0].when: 'los': is no place, did you mean 'loss'?"),
    ({"when": "phase = sideways"}, "'sideways' is no phase (allowed: forward, loss, backward, update)"),
    ({"when": "rate changed"}, "lesson[0].when: 'rate': is no setting"),
    ({"when": "run = fats"}, "lesson[0].when: 'fats' is not there, did you mean 'fast'?"),
    ({"when": "grad:layer7<1"}, "lesson[0].when: 'layer7' is not there"),
    ({"when": "epoch 1", "goal": "epoch 2"}, "lesson[0]: has when and goal (allowed: one of when, ask and goal)"),
    ({"ask": "?"}, "lesson[0].choices: [] (allowed: 2 to 4, all different)"),
    ({**ASK, "choices": ["a", "a"]}, "all different"),
    ({**ASK, "choices": list("abcde")}, "lesson[0].choices"),
    ({**ASK, "choices": list("abc")}, "3 for what is true or false (allowed: 2, true first)"),
    ({**ASK, "answer": ""}, "lesson[0].answer: is missing"),
    ({**ASK, "answer": "accurracy"}, "is no figure, did you mean 'accuracy'?"),
    ({**ASK, "answer": "loss"}, "lesson[0].choices: 'yes' holds no number, and the answer is one"),
    ({**ASK, "answer": "smallest grad"}, "lesson[0].choices: 'yes' is not there (allowed: layer1, layer2)"),
    ({**ASK, "answer": "lowest loss", "choices": ["slow", "mid"]}, "'mid' is not there (allowed: slow, fast)"),
    ({**ASK, "answer": "smallest loss"}, "'loss' is no figure (allowed: grad, clipped, parameter)"),
    ({**ASK, "answer": "loss of none<1"}, "lesson[0].answer: 'none' is not there"),
    ({**ASK, "answer": "worst answer"}, "allowed: worst row"),
    ({**ASK, "at": "soon"}, "lesson[0].at: 'soon': is no place"),
    ({"text": "a", "choices": ["b", "c"]}, "lesson[0].choices: goes with ask, which is missing"),
    ({"text": "a", "within": 5}, "lesson[0].within: goes with goal, which is missing"),
    ({"goal": "loss<1", "run": "medium"}, "lesson[0].run: 'medium' is not there"),
    ({"goal": "loss<1", "using": ["speed"]}, "lesson[0].using: 'speed': is no setting"),
    ({"text": "a\n" * 301}, "lesson: 301 lines, or one too long"),
])  # fmt: skip
def test_what_is_wrong_is_refused_in_one_line(small_scenario, keys, complaint):
    with pytest.raises(ScenarioError) as error:
        small_scenario(TRAINED + RUNS + page(**keys))
    assert complaint in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(("keys", "found"), [
    ({**ASK, "at": "epoch 60"}, []),
    ({**ASK, "at": "100%"}, []),
    ({**ASK, "at": "loss<0"}, []),
    ({**ASK, "at": "epoch 500"}, ["at: epoch 500 lies beyond the end of the run (allowed: epoch 0 to 60)"]),
    ({**ASK, "at": "61"}, ["at: epoch 61 lies beyond the end of the run (allowed: epoch 0 to 60)"]),
    ({**ASK, "answer": "loss of fast at step 70 > loss at 61"},
     ["answer: step 70 lies beyond the end of the run (allowed: step 0 to 60)",
      "answer: epoch 61 lies beyond the end of the run (allowed: epoch 0 to 60)"]),
    ({"when": "phase = loss and epoch 99"},
     ["when: epoch 99 lies beyond the end of the run (allowed: epoch 0 to 60)"]),
    ({"goal": "loss<1 and epoch 99"}, ["goal: epoch 99 lies beyond the end of the run (allowed: epoch 0 to 60)"]),
    ({"goal": "epoch 99", "using": ["train.epochs"]}, []),
    ({"goal": "epoch 60", "within": 60}, []),
    ({"goal": "epoch 50", "within": 40},
     ["goal: epoch 50 lies beyond what `within` leaves (allowed: epoch 0 to 40)"]),
])  # fmt: skip
def test_what_lies_beyond_the_end_of_the_runs_is_found(small_scenario, keys, found):
    assert beyond_the_end(small_scenario(TRAINED + RUNS + page(**keys))) == [f"lesson[0].{one}" for one in found]


def test_a_run_that_comes_so_far_is_enough_where_no_other_is_named(small_scenario):
    longer = TRAINED + RUNS.replace('"schedule.rate" = 5.0', '"train.epochs" = 90')
    assert beyond_the_end(small_scenario(longer + page(**ASK | {"at": "80"}) + page(goal="80"))) == []
    named = (
        page(**ASK | {"answer": "loss of slow at 80 < loss"})
        + page(goal="80", run="slow")
        + page(goal="80", run="fast")
    )
    told = "epoch 80 lies beyond the end of the run (allowed: epoch 0 to 60)"
    assert beyond_the_end(small_scenario(longer + named)) == [
        f"lesson[0].answer: {told}",
        f"lesson[1].goal: {told}",
    ]
    swept = '[sweep]\nkey = "train.epochs"\nvalues = [70, 90]\n'
    assert beyond_the_end(small_scenario(TRAINED + RUNS + swept + page(goal="80", run="slow epochs 90"))) == []
    assert beyond_the_end(small_scenario(TRAINED + RUNS + swept + page(goal="80", run="epochs 70"))) != []


def test_a_challenge_is_not_reached_by_the_end_of_a_run_before_its_place(taught):
    session, learner = taught(page(goal="loss<1 and epoch 20"))
    session.editor.restart({"train.epochs": 10})
    go(session, 10)
    assert (session.focused.timeline.stop.reason, look(learner, session)) == ("epochs", [])
    session.editor.restart({"train.epochs": 20})
    go(session, 20)
    assert [one.kind for one in look(learner, session)] == ["reached"]


def test_one_text_is_a_lesson_of_its_sections(small_scenario):
    text = "intro\n# One\na\n```\n# no heading\n```\n### not a page\n## Two\nb"
    lesson = small_scenario(f"[lesson]\ntext = {json.dumps(text)}").lesson
    assert [part.text.splitlines()[0] for part in lesson.parts] == ["intro", "# One", "## Two"]
    assert lesson.parts[1].text.endswith("### not a page")
    assert small_scenario("[lesson]").lesson.parts == ()


@pytest.mark.parametrize(("condition", "before", "after"), [
    ("epoch 5", (4, 0), (5, 0)), ("epoch>=5", (4, 3), (9, 0)), ("step 5", (4, 0), (5, 0)),
    ("50%", (29, 0), (30, 0)),
    ("phase = backward", (3, 2), (3, 3)), ("phase = update", (3, 2), (4, 0)), ("loss<0.26", (0, 0), (60, 0)),
    ("epoch 5 and phase = loss", (5, 1), (5, 2)), ("run = slow and epoch 2", (1, 0), (2, 0)),
])  # fmt: skip
def test_a_condition_holds_from_its_place_on(taught, condition, before, after):
    session, _ = taught(extra=TRAINED.replace("rate = 1.0", "rate = 20.0") + RUNS.replace("5.0", "9.0"))
    found = parse_condition(condition)
    for place, held in ((before, False), (after, True)):
        go(session, *place)
        assert holds(session.view, found) == held


def test_places_joined_by_and_hold_in_the_same_step(taught):
    session, _ = taught()
    go(session, 60)
    loss = session.focused.timeline.series["loss"].values(0, 60)
    assert loss[59] < loss[0]
    assert holds(session.view, parse_condition(f"loss>{loss[1]}"))  # in step 1
    assert not holds(session.view, parse_condition(f"loss>{loss[1]} and epoch 10"))
    assert holds(session.view, parse_condition(f"loss<{loss[1]} and epoch 10"))


def test_deeds(taught):
    session, _ = taught()
    go(session, 10)
    conditions = [parse_condition(one) for one in ("schedule.rate changed", "schedule changed", "forked")]
    assert not any(holds(session.view, one) for one in conditions)
    session.editor.change("schedule.rate", 0.5)
    assert [holds(session.view, one) for one in conditions] == [True, True, False]
    assert not holds(session.view, parse_condition("model changed"))
    go(session, 5)
    session.editor.fork("schedule.rate", 2.0)
    assert all(holds(session.view, one) for one in conditions)


def test_a_page_turns_when_its_condition_comes_true_and_not_when_it_is_so_already(taught):
    session, learner = taught(page(text="a", when="epoch 2"), page(text="b", when="stepped back"), page(text="c"))
    assert look(learner, session) == []
    go(session, 1)
    assert (look(learner, session), learner.page) == ([], 0)
    go(session, 2)
    assert [one.kind for one in look(learner, session)] == ["turned"]
    assert learner.page == 1
    learner.turn(-1)
    look(learner, session)
    assert (learner.page, learner.done) == (0, {0}), "it holds: the page is left to be read"
    learner.turn(1)
    look(learner, session)
    go(session, 3)
    look(learner, session)
    assert learner.page == 1
    go(session, 2)
    look(learner, session)
    assert learner.page == 2
    session.editor.restart()
    learner.turn(-1)
    look(learner, session)
    assert learner.page == 1, "to begin again is not to step back"
    assert not learner.turn(9)


def test_a_prediction_is_revealed_by_the_step_and_stands(taught):
    question = {"ask": "?", "choices": ["slow", "fast"], "answer": "lowest loss", "at": "epoch 40"}
    session, learner = taught(page(**question))
    look(learner, session)
    learner.predict(0)
    with pytest.raises(Exception, match="the first answer counts"):
        learner.predict(1)
    go(session, 39)
    assert look(learner, session) == []
    go(session, 40)
    news = look(learner, session)
    slow, fast = (track.timeline.record(40)["loss"] for track in session.tracks)
    assert learner.revealed[0].right == int(fast < slow)
    assert news[0].text == f"Not so: slow {slow:.4g}, fast {fast:.4g}"
    assert learner.score == (0, 1)


def test_a_replay_teaches_the_same_lesson(taught, tmp_path):
    question = {"ask": "?", "choices": ["layer 1", "layer 2"], "answer": "smallest grad", "at": "epoch 3"}
    session, learner = taught(page(**question), page(goal="epoch 3", run="slow"))
    go(session, 3)
    save(tmp_path / "a.nnsim", [track.timeline for track in session.tracks])
    told = []
    with open_recording(tmp_path / "a.nnsim") as recording:
        for one in (session, Session.of_timelines(recording.timelines)):
            learner = Learner(one.scenario.lesson)
            go(one, 0)
            look(learner, one)
            learner.predict(0)
            learner.turn(1)
            go(one, 3)
            told.append(sorted(news.text for news in look(learner, one)))
    assert told[0] == told[1]
    assert len(told[0]) == 2


def test_a_recording_keeps_what_was_answered(taught, tmp_path, capsys):
    """A student hands it in; whoever replays it may answer anew, and what stands there is not lost by that."""
    session, learner = taught(page(**ASK, hints=["a hint"]), page(**ASK), page(goal="epoch 2", within=5))
    learner.predict(1)
    learner.hint()
    look(learner, session)
    learner.turn(1)
    learner.predict(0)
    learner.turn(1)
    path, own = tmp_path / "a.nnsim", [
        GivenAnswer(1, "?", "b: no", False, 1),
        GivenAnswer(2, "?", "a: yes", True),
        GivenAnswer(3, "epoch 2 within 5 epochs", "epoch 2, slow", True),
    ]  # fmt: skip
    assert session.saving.answers == {1: GivenAnswer(1, "?", "b: no", None, 1)}
    go(session, 2)
    look(learner, session)
    assert list(session.saving.answers.values()) == own
    save(path, [track.timeline for track in session.tracks], answers=[*session.saving.answers.values()])
    assert show_recording(path, as_json=False) == 0
    told = capsys.readouterr().out
    assert all(one in told for one in ("answers 1", "a: yes", "epoch 2, slow"))
    assert describe(path)["answers"][0] == {
        "part": 1, "asked": "?", "answer": "b: no", "right": False, "hints": 1,
        "settings": {}, "by_hand": False,
    }  # fmt: skip
    with open_recording(path) as recording:
        assert list(recording.answers) == own
        assert verify(recording).verified
        again = Session.of_timelines(recording.timelines, recording.answers)
        learner = Learner(again.scenario.lesson)
        learner.predict(0)
        look(learner, again)
        assert list(again.saving.answers.values()) == [GivenAnswer(1, "?", "a: yes"), *own[1:]]


def test_a_run_that_diverged_has_grown_beyond_all_bounds(taught):
    question = {"ask": "?", "choices": ["slow", "fast"], "answer": "lowest loss", "at": "epoch 60"}
    extra = TRAINED.replace("hidden = [3]", 'hidden = []\noutput = "linear"') + RUNS.replace("5.0", "1e5")
    session, learner = taught(page(**question), extra=extra)
    learner.predict(0)
    go(session, 60)
    assert session.tracks[1].timeline.stop.reason == "diverged"
    look(learner, session)
    assert learner.revealed[0].right == 0


@pytest.mark.parametrize(("answer", "choices", "right"), [
    ("loss of fast / loss of slow", ["0.001", "1 time", "1,000"], 1), ("lr", ["0.01", "0.9", "5"], 1),
    ("lr of fast at epoch 2", ["0.01", "0.9", "5"], 2), ("epoch of accuracy<2", ["1", "30"], 0),
    ("accuracy at epoch 1", ["0 %", "50 %", "100 %"], 1), ("passes", ["1", "120", "9,999"], 1),
    ("best-loss", ["0.0001", "0.125", "9"], 1), ("loss>0.001", ["yes", "no"], 0),
    ("loss < loss of fast at step 1", ["yes", "no"], 0),
])  # fmt: skip
def test_answers_are_computed(taught, answer, choices, right):
    session, learner = taught(page(ask="?", choices=choices, answer=answer, at="epoch 40"))
    learner.predict(0)
    go(session, 40)
    look(learner, session)
    assert learner.revealed[0].right == right, learner.revealed[0].told


def test_a_challenge_counts_epochs_runs_and_settings(taught):
    challenge = {"goal": "loss<0.01", "within": 20, "run": "slow", "using": ["schedule"]}
    session, learner = taught(page(**challenge))
    part = learner.part
    go(session, 1)
    look(learner, session)
    loss = session.view.figures(session.view.focused)["loss"]  # of step 1, which the status line tells as well
    assert standing(session.view, part) == f"now loss {rounded(loss, 4)} before the update, epoch 1 of 20"
    go(session, 20)
    assert standing(session.view, part).endswith("epoch 20 of 20: no more are left, start again (r)")
    go(session, 30)
    assert standing(session.view, part).endswith("epoch 30 of 20: too late, start again (r)")
    session.motion.focus_on(1)
    assert standing(session.view, part) == "only the run slow counts"
    session.editor.restart({"random.seed": 4})
    session.motion.focus_on(0)
    assert standing(session.view, part) == "epoch 0 of 20"  # another start always counts
    session.editor.restart({"model.bias": False})
    assert standing(session.view, part) == "model.bias is changed, which does not count here"


def test_hints_open_one_by_one(taught):
    _, learner = taught(page(text="a", hints=["one", "two"]), page(text="b"))
    assert (learner.hint(), learner.hint(), learner.hints_left) == ("one", "two", 0)
    with pytest.raises(Exception, match="all hints"):
        learner.hint()
    learner.turn(1)
    with pytest.raises(Exception, match="no hint"):
        learner.hint()
    assert learner.progress == "part 2 of 2"


def test_an_answer_that_was_judged_before_is_not_judged_again_by_changed_runs(taught):
    session, learner = taught(page(ask="Below 9?", choices=["yes", "no"], answer="loss<9", at="epoch 3"))
    learner.start(LessonStart(1, {1: "a: yes"}))
    session.editor.restart({"schedule.rate": 5.0})
    go(session, 3)
    assert not look(learner, session)
    assert learner.is_right(0) is None
    session.history.undo()
    go(session, 3)
    assert [one.kind for one in look(learner, session)] == ["revealed"]
    assert learner.is_right(0)
