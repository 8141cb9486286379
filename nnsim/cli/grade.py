"""`nnsim grade`: the recordings of a class, judged by the teacher's scenario, each in a process of its own."""

import csv
import io
import os
import signal
import time
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from multiprocessing import get_all_start_methods, get_context
from multiprocessing.connection import Connection, wait
from multiprocessing.context import BaseContext
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import scenarios
from nnsim.cli.output import complain, say, say_json
from nnsim.cli.progress_line import ProgressLine, terminal_progress
from nnsim.cli.run import ending_signals
from nnsim.errors import NnsimError, RecordingError
from nnsim.output_files import RECORDING_SUFFIX
from nnsim.text import clean_line, columns, count, printable_path
from nnsim.timeline import Timeline

Row = dict[str, Any]  # of the JSON

NOT_JUDGED = 1
FORMULA = ("=", "+", "-", "@")  # by which a spreadsheet takes a text for a formula
POLL_S = 0.2
NOTHING: Row = {
    "student": None,
    "verified": False,
    "finished": False,
    "proof": "none",
    "lesson": "unknown",
    "hints": 0,
    "settings": {},
    "questions": [],
    "challenges": [],
    "word": [],
    "differs": [],
    "error": None,
}


def grade(paths: Sequence[Path], against: str | None, budget: float | None, as_json: bool, as_csv: bool) -> int:
    """Judge recordings, and those in folders. Returns: the exit status, 1 where one could not be judged.

    Args: against: the teacher's scenario; by default the installed one of the name that a recording has.
    Raises: NnsimError where the scenario is wrong, or there is nothing to judge.
    """
    if as_json and as_csv:
        raise NnsimError("--csv: does not go with --json (allowed: one of the two)")
    if budget is not None and not budget > 0:
        raise NnsimError(f"--budget {budget:g}: is no budget (allowed: a number above 0)")
    if against is not None:
        from nnsim.scenario.catalog import read

        read(against)  # which says what is wrong with it, once
    files = _files(paths)
    began = time.perf_counter()
    with ending_signals() as caught, terminal_progress() as progress:
        rows = dict(_judged(files, against, budget, caught, progress))
    if caught:
        complain(f"stopped after {len(rows):,} of {count(len(files), 'file')}")
        return 128 + caught[0]
    found = [rows[path] for path in files]
    summary = _summary(found)
    if as_json:
        say_json({"files": found, "summary": summary})
    elif as_csv:
        say(_as_csv(found), end="")
    else:
        say(_as_text(found, summary, time.perf_counter() - began))
    return NOT_JUDGED if summary["errors"] else 0


def _files(paths: Iterable[Path]) -> list[Path]:
    """The recordings that are named, and those below folders, sorted."""
    found: set[Path] = set()
    for path in paths:
        below = [one for one in path.rglob(f"*{RECORDING_SUFFIX}") if not one.is_dir()] if path.is_dir() else [path]
        if not below:
            raise NnsimError(
                f"{printable_path(path)}: holds no recording (allowed: a folder with *{RECORDING_SUFFIX})"
            )
        found.update(below)
    return sorted(found)


# ---------------------------------------------------------------------- one file


def judge_file(path: Path, against: str | None, budget: float | None) -> Row:
    """What a recording comes to, as JSON has it; `error` says why it could not be judged."""
    row = {"file": printable_path(path), **NOTHING}
    try:
        return row | _assessed(path, against, budget)
    except NnsimError as error:
        return row | {"error": _without(path, error)}


def _without(path: Path, error: NnsimError) -> str:
    """What an error says, without the file that the row names."""
    return clean_line(str(error), 1000).removeprefix(f"{printable_path(path)}: ")


def _assessed(path: Path, against: str | None, budget: float | None) -> Row:
    from nnsim.lessons.assessment import assess
    from nnsim.recording import open_recording
    from nnsim.recording.verification import verify
    from nnsim.recording.verification_budget import BUDGET, Budget, step_work
    from nnsim.scenario.catalog import read
    from nnsim.scenario.scenario_hashes import differing_parts

    allowed, trained = Budget(BUDGET if budget is None else budget), dict[Timeline, int]()

    def look(timeline: Timeline, step: int) -> bool:
        """Counts what is trained to judge answers."""
        allowed.spend(step_work(timeline.plan) * (step - trained.get(timeline, 0)))
        trained[timeline] = step
        return True

    with open_recording(path) as own:
        name, student = own.scenario.name, own.facts.student
        if against is None and name not in scenarios.names():
            raise NnsimError(f"no scenario {name} comes with nnsim (--against names the one to judge by)")
        teacher = read(against or name)
        parts = differing_parts(teacher, own.scenario)
        differs = [] if name == teacher.name else [f"its scenario is called {name}, not {teacher.name}"]
        differs += [
            f"its {part} {'differ from those' if part == 'variants' else 'differs from that'} of {teacher.name}"
            for part in parts
        ]
        differs += [] if own.closed_properly else ["it has no proper end: its writer never closed it"]
        try:
            with open_recording(path, scenario=teacher) as recording:
                verdict = verify(recording, budget=allowed)
                found = assess(teacher, verdict.timelines, own.answers, student, look)
                if verdict.proof == "rounding":
                    recorded = assess(teacher, recording.timelines, own.answers, student, look)
                    found = found.or_within_roundings(recorded)
        except RecordingError as error:
            if not parts:
                raise
            verdict = verify(own, budget=allowed)  # which raises where it is damaged
            verdict.proof = "none"
            verdict.differing.append(f"its runs are none of {teacher.name}'s: {_without(path, error)}")
            found = assess(teacher, (), own.answers, student, look)
    return {
        "student": student or None,
        "verified": verdict.verified,
        "finished": found.finished,
        "proof": verdict.proof,
        "lesson": "differs" if parts else "same",
        "hints": found.hints,
        "settings": found.settings,
        "questions": [{"part": one.part, "answer": one.answer, "right": one.right} for one in found.questions],
        "challenges": [
            {"part": one.part, "goal": one.goal, "reached": one.reached, "epoch": one.epoch}
            for one in found.challenges
        ],
        "word": found.word,
        "differs": [*differs, *map(clean_line, (*verdict.differing, *verdict.notes)), *found.differs],
    }


# ---------------------------------------------------------------------- all files


def _judged(
    files: Sequence[Path], against: str | None, budget: float | None, caught: list[int], progress: ProgressLine
) -> Iterator[tuple[Path, Row]]:
    """Judge each file in a process of its own, so that none that fails or takes all memory stops the others."""
    context = _context()
    waiting, running = deque(files), dict[Connection, tuple[BaseProcess, Path]]()
    done, cores = 0, _cores()
    try:
        while (waiting or running) and not caught:
            while waiting and len(running) < cores:
                path = waiting.popleft()
                receiver, sender = context.Pipe(duplex=False)
                process = context.Process(  # type: ignore[attr-defined]
                    target=_judge, args=(sender, path, against, budget), daemon=True
                )
                process.start()
                sender.close()  # so that the end of the process is the end of what can be received
                running[receiver] = process, path
            ready = wait([*running], POLL_S)
            for receiver in [one for one in running if one in ready]:
                process, path = running.pop(receiver)
                yield path, _received(receiver, process, path)
                done += 1
            progress.report(done, len(files), noun="files")
    finally:
        for receiver, (process, _) in running.items():
            process.terminate()
            process.join()
            receiver.close()


def _received(receiver: Connection, process: BaseProcess, path: Path) -> Row:
    with receiver:
        try:
            row: Row = receiver.recv()
        except EOFError:
            process.join()
            told = f"judging it ended without a result (exit status {process.exitcode})"
            return {"file": printable_path(path), **NOTHING, "error": told}
    process.join()
    return row


def _judge(sender: Connection, path: Path, against: str | None, budget: float | None) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # whoever has started it ends it
    with sender:
        sender.send(judge_file(path, against, budget))


def _context() -> BaseContext:
    if "forkserver" not in get_all_start_methods():
        return get_context("spawn")
    context = get_context("forkserver")
    context.set_forkserver_preload(["nnsim.lessons.assessment", "nnsim.recording.verification", "nnsim.cli.grade"])
    return context


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


# ---------------------------------------------------------------------- what is said


def _summary(rows: Sequence[Row]) -> dict[str, int]:
    questions = [one for row in rows for one in row["questions"]]
    challenges = [one for row in rows for one in row["challenges"]]
    return {
        "files": len(rows),
        "verified": sum(row["verified"] for row in rows),
        "finished": sum(row["finished"] for row in rows),
        "errors": sum(row["error"] is not None for row in rows),
        "differing": sum(bool(row["differs"]) for row in rows),
        "questions": len(questions),
        "right": sum(one["right"] is True for one in questions),
        "challenges": len(challenges),
        "reached": sum(one["reached"] for one in challenges),
    }


def _question(one: Mapping[str, Any]) -> str:
    if one["answer"] is None and one["right"] is None:
        return "-"
    return {True: "right", False: "wrong", None: "not shown"}[one["right"]]


def _challenge(one: Mapping[str, Any]) -> str:
    return f"epoch {one['epoch']:,}" if one["reached"] else "-"


def _as_text(rows: Sequence[Row], summary: Mapping[str, int], seconds: float) -> str:
    table: list[tuple[str, ...]] = [
        ("file", "student", "verified", "proof", "questions", "challenges", "hints", "finished")
    ]
    for row in rows:
        questions = [f"{one['part']} {(one['answer'] or '')[:1]} {_question(one)}" for one in row["questions"]]
        challenges = [f"{one['part']} {_challenge(one)}" for one in row["challenges"]]
        judged = (
            "yes" if row["verified"] else "NO",
            row["proof"],
            "; ".join(" ".join(one.split()) for one in questions),
            "; ".join(challenges),
            str(row["hints"]),
            "yes" if row["finished"] else "no",
        )
        table.append((row["file"], row["student"] or "-", *(judged if row["error"] is None else ["-"] * 6)))
    head, *lines = columns(table)
    said = [head]
    for line, row in zip(lines, rows, strict=True):
        by = ", ".join(f"{key} = {value}" for key, value in row["settings"].items())
        said.append(line)
        said += [f"    error: {row['error']}"] if row["error"] is not None else []
        said += [f"    reached by {clean_line(by)}"] if by else []
        said += [f"    differs: {one}" for one in row["differs"]]
        said += [f"    a person's word: {'; '.join(row['word'])}"] if row["word"] else []
    total = (
        f"{count(summary['files'], 'file')} in {seconds:.1f} s: {summary['verified']:,} verified, "
        f"{summary['finished']:,} finished, {summary['differing']:,} with differences, "
        f"{count(summary['errors'], 'error')}; "
        f"{summary['right']:,} of {count(summary['questions'], 'question')} right, "
        f"{summary['reached']:,} of {count(summary['challenges'], 'challenge')} reached"
    )
    return "\n".join([*said, "", total])


def _as_csv(rows: Sequence[Row]) -> str:
    """A line a file; parts of lessons have columns of their own."""
    parts = sorted({one["part"] for row in rows for one in (*row["questions"], *row["challenges"])})
    facts = ("file", "student", "verified", "finished", "proof", "lesson", "hints", "settings")
    notes = ("word", "differs")
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([*facts, *(f"part {part}" for part in parts), *notes, "error"])
    for row in rows:
        judged = {one["part"]: f"{_question(one)}: {one['answer'] or ''}".rstrip(": ") for one in row["questions"]}
        judged |= {one["part"]: _challenge(one) for one in row["challenges"]}
        settings = "; ".join(f"{key} = {value}" for key, value in row["settings"].items())
        cells = [row[key] for key in facts[:-1]] + [settings]
        cells += (
            [(judged.get(part) or "").removeprefix("-") for part in parts]
            + ["; ".join(row[key]) for key in notes]
            + [row["error"]]
        )
        writer.writerow([_cell(one) for one in cells])
    return text.getvalue()


def _cell(value: object) -> str:
    """A cell that no spreadsheet takes for a formula, whatever a student has written."""
    text = "" if value is None else str(value).lower() if isinstance(value, bool) else clean_line(str(value), 5000)
    return f"'{text}" if text.startswith(FORMULA) else text
