"""Hand-ins whose file was edited row by row, with checksums and hashes that fit, and the words that name each."""

import sqlite3

import msgspec
import numpy as np
from cheats import forged, row_of, with_answers
from forged_recordings import forge_facts, forge_first, rehash
from hand_ins import LESSON, PERSONAL, answered, class_lesson, finished_hand_in, hand_in, right_choices

from nnsim.recording import save
from nnsim.recording.format import CHECKPOINTS, COMMANDS, RUNS, SEGMENTS
from nnsim.recording.packing import pack, unpack
from nnsim.scenario.student import personal_settings
from nnsim.timeline.run import Run


def losses(change):
    """The recorded losses of the first run, changed as a column."""

    def make(row):
        row[3] = pack(change(unpack(row[3], row[2])))

    return row_of(SEGMENTS, make, "series = 0")


def with_its_last(value):
    def change(values):
        values[-1] = value
        return values

    return change


def left_out(series):
    def make(path):
        connection = sqlite3.connect(path, isolation_level=None)
        for table in ("series", "segments", "summaries"):
            connection.execute(f"DELETE FROM {table} WHERE series = {series}")
        connection.close()

    return make


def invented_command(path):
    """A larger rate from epoch 100 on, of which the figures know nothing."""
    forge_first(path, RUNS, lambda row: row.__setitem__(6, 1), "run = 0")
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute(COMMANDS.insert, COMMANDS.row(0, 0, 100, "schedule.rate", "10.0"))
    connection.close()


def copied_checkpoint(path):
    """The weights before all training, as if they were those of step 150."""
    connection = sqlite3.connect(path, isolation_level=None)
    run, _, *state, _ = connection.execute(CHECKPOINTS.select("run = 0")).fetchone()
    connection.execute(CHECKPOINTS.insert, CHECKPOINTS.row(run, 150, *state))
    connection.close()


def with_a_seed_put_in(path):
    """Somebody else's file, with the name, and the seed in its settings, of another student."""
    finished_hand_in(path, class_lesson(PERSONAL), "Ada")
    seed = personal_settings(class_lesson(PERSONAL), "Eve")["random.seed"]

    def change(row):
        row[2] = msgspec.json.encode(msgspec.json.decode(row[2]) | {"random.seed": seed}).decode()

    for run in (0, 1):
        forge_first(path, RUNS, change, f"run = {run}")
    rehash(path)
    forge_facts(path, student="Eve")
    return path


def answers_of_another(path):
    """One's own runs, beside which another student's answers are said to be right."""
    session, _ = answered(class_lesson(PERSONAL), {1: 0, 2: 0}, student="Ada")
    other, _ = answered(class_lesson(PERSONAL), right_choices(class_lesson(PERSONAL), "Eve"), student="Eve")
    session.saving.answers = dict(other.saving.answers)
    return hand_in(session, path)


def one_run(steps, count=1):
    """A hand-in of the slow run alone, with all answers said to be right."""

    def make(path):
        session, _ = answered(class_lesson(), {1: 0, 2: 0})
        answers = [msgspec.structs.replace(one, right=True) for one in session.saving.answers.values()]
        runs = [Run(class_lesson(), "slow") for _ in range(count)]
        for run in runs:
            run.advance_to(steps)
        save(path, [run.timeline for run in runs], answers=answers)
        return path

    return make


def with_facts(**facts):
    return forged(lambda path: forge_facts(path, **facts))


# What is made, whose lesson it is judged by, what must not be there, and the words that name it.
EDITED = {
    "losses in another order": (
        forged(losses(lambda values: values[::-1])),
        LESSON,
        "verified",
        "loss at step 1 of run 1",
    ),
    "a loss below all others": (forged(losses(with_its_last(-np.inf))), LESSON, "verified", "run 1: -inf recorded"),
    "a loss that is no number": (forged(losses(with_its_last(np.nan))), LESSON, "verified", "run 1: nan recorded"),
    "an end reworded": (
        forged(row_of(RUNS, lambda row: row.__setitem__(10, "all 400 epochs are trained"))),
        LESSON,
        "verified",
        "the end of run 1, 'all 400 epochs are trained', is another",
    ),
    "an end hidden": (
        forged(row_of(RUNS, lambda row: row.__setitem__(slice(8, 11), [None] * 3))),
        LESSON,
        "verified",
        "ends at step 200, which is not recorded",
    ),
    "a fork invented": (
        forged(row_of(RUNS, lambda row: row.__setitem__(slice(11, 13), [0, 100]), "run = 1")),
        LESSON,
        "verified",
        "run 2 did not leave run 1 at step 100",
    ),
    "a change invented": (forged(invented_command), LESSON, "verified", "learning_rate at step 101 of run 1"),
    "weights of another step": (
        forged(copied_checkpoint),
        LESSON,
        "verified",
        "the checkpoint at step 150 of run 1: parameters recorded otherwise",
    ),
    "another precision claimed": (
        with_facts(precision="float32"),
        LESSON,
        "verified",
        "it says that its numbers are float32, and they are float64",
    ),
    "a copy under another name and seed": (
        with_a_seed_put_in,
        PERSONAL,
        "verified",
        "the checkpoint at step 0 of run 1: parameters recorded otherwise",
    ),
    "answers of another student": (
        answers_of_another,
        PERSONAL,
        "right",
        "was answered beside numbers that are not this student's",
    ),
    "the faster run left out": (one_run(200), LESSON, "right", "part 3: says that 'a: slow' was right"),
    "the slow run handed in as both": (one_run(200, 2), LESSON, "right", "part 3: says that 'a: slow' was right"),
    "nothing trained": (one_run(0), LESSON, "right", "part 3: says that 'a: slow' was right"),
}

# The same, which are damage: nothing of them can be judged.
BROKEN = {
    "a figure left out": (forged(left_out(4)), "gradient:layer2 is missing"),
    "fewer steps an epoch": (forged(row_of(RUNS, lambda row: row.__setitem__(3, 10))), "does not fit its scenario"),
    "closer checkpoints claimed": (
        forged(row_of(RUNS, lambda row: row.__setitem__(5, 1))),
        "some checkpoints of run 1 are missing",
    ),
    "hints given back": (
        lambda path: with_answers(path, lambda one: msgspec.structs.replace(one, hints=-5)),
        "its answers are damaged",
    ),
}
