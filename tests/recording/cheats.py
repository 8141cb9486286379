"""Hand-ins that claim what is not so, and the words that name each of them."""

import sqlite3

import msgspec
import numpy as np
from forged_recordings import forge_facts, forge_first, in_segment, rehash
from hand_ins import (
    LAST_HINT,
    LESSON,
    PERSONAL,
    answered,
    class_lesson,
    finished_hand_in,
    go,
    hand_in,
    reach,
    right_choices,
)

from nnsim.recording import save
from nnsim.recording.format import HASH_KEY, MARKS, RUNS, SEGMENTS, SUMMARIES
from nnsim.timeline.run import Run


def with_answers(path, change, scenario=None, **options):
    """A hand-in whose answers are written as `change` makes them of what was answered wrong."""
    session, _ = answered(scenario or class_lesson(), {1: 0, 2: 0}, **options)
    session.saving.answers = {part: change(one) for part, one in session.saving.answers.items()}
    return hand_in(session, path)


def by_own_lesson(*changes, by_the_last_hint=False):
    """What a student hands in who has edited the scenario, and has gone through that."""

    def make(path):
        text = LESSON
        for before, after in changes:
            assert before in text
            text = text.replace(before, after)
        session, learner = answered(class_lesson(text), right_choices(class_lesson(text)), student="Ada")
        if by_the_last_hint:
            reach(session, learner, LAST_HINT, 200)
        return hand_in(session, path)

    return make


def claimed(**fields):
    return lambda path: with_answers(path, lambda one: msgspec.structs.replace(one, **fields))


def beside_another_variant(path):
    session, _ = answered(class_lesson(), {1: 0, 2: 1})  # below 0.24 is the fast run alone
    answers = session.saving.answers
    answers[2] = msgspec.structs.replace(answers[2], right=True)
    return hand_in(session, path)


def pasted_from_another_seed(path):
    session, _ = answered(class_lesson(), {1: 0, 2: 1}, settings={"random.seed": 2})
    pasted = session.saving.answers[2]
    assert pasted.right
    own, _ = answered(class_lesson(), {2: 1})
    own.saving.answers[2] = pasted
    return hand_in(own, path)


def beside_a_run_that_was_stopped(path):
    """The faster run is stopped after a step, as if it had lost."""
    session, _ = answered(class_lesson(), {2: 0})
    given = session.saving.answers[3]
    slow, fast = (Run(class_lesson(), name) for name in ("slow", "fast"))
    slow.advance_to(200)
    fast.advance_to(1)
    fast.interrupt()
    first = msgspec.structs.replace(given, part=2, asked="Is the loss below 0.24 in epoch 200?", answer="a: yes")
    save(path, [slow.timeline, fast.timeline], answers=[first, msgspec.structs.replace(given, right=True)])
    return path


def pasted_without_its_seed(path):
    session, _ = answered(class_lesson(), {1: 0}, settings={"random.seed": 2})
    own, _ = answered(class_lesson(), {2: 1})
    own.saving.answers[2] = msgspec.structs.replace(session.saving.answers[2], settings={})
    return hand_in(own, path)


def beside_other_settings(path):
    session, _ = answered(class_lesson(), {1: 0, 2: 1}, settings={"schedule.rate": 10.0})
    assert session.saving.answers[2].right
    return hand_in(session, path)


def reached_with(**settings):
    def make(path):
        session, learner = answered(class_lesson(), right_choices(class_lesson()))
        reach(session, learner, {key.replace("__", "."): value for key, value in settings.items()}, 200)
        assert session.focused.timeline.record(200)["loss"] < 0.05
        answers = session.saving.answers
        answers[4] = msgspec.structs.replace(
            answers[2], part=4, asked="loss<0.05 within 200 epochs", answer="loss 0.01, epoch 50, slow"
        )
        return hand_in(session, path)

    return make


def with_the_weights_of_another(path):
    session, learner = answered(class_lesson(), right_choices(class_lesson()))
    better, _ = answered(class_lesson(), {})
    reach(better, learner, LAST_HINT, 200)
    session.editor.restart({})
    for key, value in _weights(better.focused.timeline):
        session.editor.change(key, value)
    go(session, learner, 200)
    assert session.focused.timeline.record(200)["loss"] < 0.05
    return hand_in(session, path)


def _weights(timeline):
    from nnsim.timeline.replica import Replica

    parameters = Replica(timeline).at(200).parameters
    layers = timeline.plan.network.layers
    at = 0
    for number, layer in enumerate(layers, start=1):
        ins, outs = layer.weights(parameters).shape
        for row in range(ins):
            for column in range(outs):
                yield (
                    f"parameters.layer{number}.weight[{row + 1},{column + 1}]",
                    float(layer.weights(parameters)[row, column]),
                )
        at += ins * outs


def forged(*steps):
    """A hand-in that is right, with rows forged, with checksums and hashes that fit."""

    def make(path):
        hand_in(answered(class_lesson(), right_choices(class_lesson()))[0], path)
        for step in steps:
            step(path)
        rehash(path)
        return path

    return make


def row_of(table, change, where="TRUE"):
    return lambda path: forge_first(path, table, change, where)


def better_losses(path):
    """The losses of the first run, far below what it reached."""
    forge_first(path, SEGMENTS, in_segment(150, -0.3), "series = 0 AND chunk = 0")


def better_extremes(path):
    """The extremes of the losses of the first run, from which goals were once read; the losses stay."""

    def change(row):
        extremes = np.frombuffer(row[2]).copy()
        extremes[: len(extremes) // 2] = 0.001
        row[2] = extremes.tobytes()

    forge_first(path, SUMMARIES, change, "series = 0")


def swapped_runs(path):
    """Each of two runs is called as the other."""
    for run, variant in ((0, "fast"), (1, "slow")):
        forge_first(path, RUNS, lambda row, variant=variant: row.__setitem__(1, variant), f"run = {run}")


def invented_mark(path):
    forge_first(path, RUNS, lambda row: row.__setitem__(7, row[7] + 1), "run = 0")
    connection = sqlite3.connect(path, isolation_level=None)
    number = connection.execute("SELECT COUNT(*) FROM marks WHERE run = 0").fetchone()[0]
    connection.execute(MARKS.insert, MARKS.row(0, number, 100, "target", "loss reached 0.001"))
    connection.close()


def unclosed(path):
    finished_hand_in(path)
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute(f"DELETE FROM meta WHERE key = '{HASH_KEY}'")
    connection.close()
    return path


def cut(path):
    path.write_bytes(finished_hand_in(path).read_bytes()[:9000])
    return path


def renamed_to(student):
    """Somebody else's file, with a name and hashes that fit."""

    def make(path):
        finished_hand_in(path, class_lesson(PERSONAL), "Ada")
        forge_facts(path, student=student)
        return path

    return make


def with_a_seed_of_choice(path):
    session, learner = answered(class_lesson(PERSONAL), {1: 0, 2: 1}, settings={"random.seed": 2}, student="Ada")
    reach(session, learner, LAST_HINT, 200)
    assert session.saving.answers[2].right
    return hand_in(session, path)


def without_a_name(path):
    return finished_hand_in(path, class_lesson(PERSONAL), student="")


# What is made, whose lesson it is judged by, what must not be there, and the words that name it.
CHEATS = {
    "the goal edited": (by_own_lesson(("loss<0.05", "accuracy>=0.5")), LESSON, "reached", "lesson differs"),
    "the goal edited, and reached by its words": (
        by_own_lesson(("loss<0.05", "loss<0.9")),
        LESSON,
        "reached",
        "part 4: was to reach 'loss<0.9",
    ),
    "more epochs in the goal": (
        by_own_lesson(("within = 200", "within = 9000"), by_the_last_hint=True),
        LESSON.replace("within = 200", "within = 100"),
        "reached",
        "part 4: says that",
    ),
    "more settings allowed": (
        by_own_lesson(
            ('using = ["schedule.rate", ', 'using = ["schedule.rate", "optimizer", '), by_the_last_hint=True
        ),
        LESSON.replace('"schedule.rate", "random.seed"]', '"random.seed"]'),
        "reached",
        "lesson differs",
    ),
    "other data of the same name": (by_own_lesson(("bits = 2", "bits = 1")), LESSON, "verified", "task differs"),
    "a rate of their own in the scenario": (
        by_own_lesson(("rate = 1.0\n\n[train]", "rate = 10.0\n\n[train]")),
        LESSON,
        "verified",
        "variants differ",
    ),
    "a variant of their own": (
        by_own_lesson(('name = "fast"', 'name = "mine"'), ('"slow", "fast"', '"slow", "mine"')),
        LESSON,
        "verified",
        "variants differ",
    ),
    "a larger network": (by_own_lesson(("hidden = [3]", "hidden = [9]")), LESSON, "verified", "task differs"),
    "choices permuted": (
        by_own_lesson(('choices = ["yes", "no"]', 'choices = ["no", "yes"]'), ("loss<0.24", "loss>0.24")),
        LESSON,
        "right",
        "part 2: 'a: no' is none of the choices",
    ),
    "the answer edited": (
        by_own_lesson(('answer = "loss<0.24"', 'answer = "loss>0.24"')),
        LESSON,
        "right",
        "part 2: says that 'a: yes' was right, and it is wrong",
    ),
    "right instead of wrong": (
        lambda path: with_answers(path, lambda one: msgspec.structs.replace(one, right=True)),
        LESSON,
        "right",
        "part 2: says that 'a: yes' was right, and it is wrong",
    ),
    "settings that were never run": (
        claimed(right=True, settings={"schedule.rate": 10.0}),
        LESSON,
        "right",
        "part 2: no run handed in shows it with schedule.rate = 10.0",
    ),
    "the seed that was never run": (
        claimed(right=True, settings={"random.seed": 2}),
        LESSON,
        "right",
        "part 2: no run handed in shows it with random.seed = 2",
    ),
    "beside settings that make it right": (
        beside_other_settings,
        LESSON,
        "right",
        "part 2: is right beside schedule",
    ),
    "beside another variant": (beside_another_variant, LESSON, "right", "part 2: says that 'a: yes' was right"),
    "pasted from another seed": (pasted_from_another_seed, LESSON, "right", "part 2: no run handed in shows it"),
    "beside a run that was stopped": (
        beside_a_run_that_was_stopped,
        LESSON,
        "right",
        "part 3: says that 'a: slow' was right, and it is wrong",
    ),
    "pasted from another seed, which is not told": (pasted_without_its_seed, LESSON, "right", "part 2: says that"),
    "revealed beside a run changed under way": (
        claimed(right=True, by_hand=True),
        LESSON,
        "right",
        "changed under way",
    ),
    "a challenge that no run reaches": (
        lambda path: with_answers(
            path, lambda one: msgspec.structs.replace(one, part=4, asked="loss<0.05 within 200 epochs", right=True)
        ),
        LESSON,
        "reached",
        "part 4: says that loss<0.05 within 200 epochs was reached",
    ),
    "a challenge by settings that are not allowed": (
        reached_with(model__hidden=[16], schedule__rate=10.0),
        LESSON,
        "reached",
        "part 4: says that",
    ),
    "a challenge with weights set by hand": (with_the_weights_of_another, LESSON, "reached", ""),
    "losses forged": (forged(better_losses), LESSON, "verified", "loss at step 151 of run 1"),
    "extremes forged": (
        forged(better_extremes),
        LESSON,
        "reached",
        "the summary of step records 1-200 of loss of run 1 does not follow from their values",
    ),
    "a version that its bits are not of": (
        forged(lambda path: forge_facts(path, numpy="1.26.4")),
        LESSON,
        "verified",
        "it names two versions of NumPy",
    ),
    "runs swapped": (forged(swapped_runs), LESSON, "verified", " at step 1 of run 1: "),
    "settings of a run forged": (
        forged(row_of(RUNS, lambda row: row.__setitem__(2, '{"schedule.rate": 10.0}'))),
        LESSON,
        "verified",
        "loss at step",
    ),
    "an end invented": (
        forged(row_of(RUNS, lambda row: row.__setitem__(slice(8, 11), ["target", 200, "loss reached 0.001"]))),
        LESSON,
        "verified",
        "the end of run 1",
    ),
    "a mark invented": (forged(invented_mark), LESSON, "verified", "nothing is there to mark at step 100"),
    "a copy under another name": (
        renamed_to("Eve"),
        PERSONAL,
        "finished",
        "runs have other seeds than the student's",
    ),
    "a seed of choice": (with_a_seed_of_choice, PERSONAL, "finished", "runs have other seeds than the student's"),
    "no name where numbers are personal": (without_a_name, PERSONAL, "finished", "names no student"),
    "another personal scenario of the name": (
        lambda path: finished_hand_in(path, class_lesson(LESSON), "Ada"),
        PERSONAL,
        "finished",
        "runs have other seeds than the student's",
    ),
}
