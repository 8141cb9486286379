"""JSON: lines of objects with a step, and the `trainer_state.json` of Hugging Face's Trainer.

Python's reader takes `NaN` and `Infinity` as bare words, which wandb and others write.
"""

import json
from pathlib import Path
from typing import Any

from nnsim.errors import NnsimError
from nnsim.logs.figure_names import EPOCHS, STEPS
from nnsim.logs.logged_run import LoggedRun
from nnsim.logs.rows import MOST_NAMED, LogRows, flat, key_among
from nnsim.text import clean_line, count
from nnsim.training.records import Stop

TRAINER_STATE = "trainer_state.json"
LINES, HUGGING_FACE = "JSON lines", "Hugging Face trainer_state.json"
LARGEST_STATE = 500_000_000  # bytes
LONGEST_LINE = 10_000_000
SETTINGS = ("train_batch_size", "max_steps", "num_train_epochs", "logging_steps", "eval_steps", "best_metric")


def is_trainer_state(path: Path) -> bool:
    """Whether a file is the state of a trainer."""
    if path.name == TRAINER_STATE:
        return True
    try:
        with path.open("rb") as file:
            return path.suffix == ".json" and b'"log_history"' in file.read(4_000_000)
    except OSError:
        return False


def read_trainer_state(path: Path, run: LoggedRun) -> None:
    """Takes the history of a trainer into a run.  Raises: NnsimError where it is none."""
    name = clean_line(str(path))
    if (size := path.stat().st_size) > LARGEST_STATE:
        raise NnsimError(f"{name}: is too large ({size:,} bytes; allowed: {LARGEST_STATE:,})")
    try:
        state = json.loads(path.read_bytes())
    except (ValueError, RecursionError) as error:
        raise NnsimError(
            f"{name}: is no JSON ({clean_line(str(error), 80)}): its writer may be at work, or was killed"
        ) from None
    history = state.get("log_history") if isinstance(state, dict) else None
    if not isinstance(history, list):
        raise NnsimError(f"{name}: has no log_history, so it is no state of a trainer")
    run.source = HUGGING_FACE
    rows = LogRows(run, "step", "epoch")
    for number, entry in enumerate(history, start=1):
        if isinstance(entry, dict):
            rows.take(f"entry {number:,}", flat(entry))
        else:
            run.damage.append(f"entry {number:,} of the history is no object and left out")
    rows.end()
    for key in SETTINGS:
        run.set(key, state.get(key))
    done, planned = state.get("global_step"), state.get("max_steps")
    if type(done) is int and type(planned) is int and 0 < planned <= done:
        run.stop = Stop("epochs", done, f"all {planned:,} steps are done")


def recognises_lines(path: Path) -> bool:
    """Whether a file begins with an object that has a step or an epoch."""
    try:
        with path.open("rb") as file:
            line = file.readline(LONGEST_LINE)
    except OSError:
        return False
    found = _object(line)
    return found is not None and key_among(found, (*STEPS, *EPOCHS)) is not None


def read_lines(path: Path, run: LoggedRun) -> None:
    """Takes a file of objects, one a line, into a run.  Raises: NnsimError where no line has a step."""
    run.source = LINES
    rows: LogRows | None = None
    bad: list[int] = []
    with path.open("rb") as file:
        number = 0
        while line := file.readline(LONGEST_LINE):
            number += 1
            if len(line) == LONGEST_LINE:
                raise NnsimError(f"{clean_line(str(path))}: line {number:,} has over {LONGEST_LINE:,} bytes")
            if not line.strip():
                continue
            found = _object(line)
            if found is None:
                if line.endswith(b"\n"):
                    bad.append(number)
                else:
                    run.remark(f"line {number:,}, the last, is cut off and left out")
                continue
            if rows is None and key_among(found, (*STEPS, *EPOCHS)) is not None:
                rows = LogRows.of_names(run, found)
            if rows is not None:
                rows.take(f"line {number:,}", found)
    if bad:
        listed = ", ".join(f"{one:,}" for one in bad[:MOST_NAMED])
        are = "is no JSON object" if len(bad) == 1 else "are no JSON objects"
        run.damage.append(f"{count(len(bad), 'line')} ({listed}) {are} and left out")
    if rows is None:
        allowed = ", ".join((*STEPS[:3], EPOCHS[0]))
        raise NnsimError(f"{clean_line(str(path))}: no line has a step (allowed: a key called {allowed})")
    rows.end()


def _object(line: bytes) -> dict[str, Any] | None:
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return flat(found) if isinstance(found, dict) else None
