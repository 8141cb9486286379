"""`nnsim verify`: a recording trained again, and whether it tells the truth."""

import math
from collections.abc import Mapping
from pathlib import Path

from nnsim.cli.output import complain, say, say_json
from nnsim.cli.progress_line import terminal_progress
from nnsim.cli.run import ending_signals
from nnsim.errors import NnsimError
from nnsim.text import clean_line, count
from nnsim.text.number_format import finite
from nnsim.timeline import Timeline

DIFFERS = 1
PROOFS = {
    "bits": "all bits agree",
    "rounding": "agrees but for roundings",
    "none": "none: roundings alone decide what follows",
}
LESSONS = {
    "same": "that of this nnsim",
    "differs": "differs from that of this nnsim",
    "unknown": "not known to this nnsim",
}


def verify_recording(path: Path, tolerance: float | None, budget: float | None, as_json: bool) -> int:
    """Train a recording again and say whether it is true. Returns: the exit status, 1 where it is not.

    Raises: RecordingError where the file is damaged; NnsimError where the tolerance or the budget is none, or it
    takes more arithmetic than that.
    """
    from nnsim.recording import open_recording
    from nnsim.recording.verification import judge_answers, verify
    from nnsim.recording.verification_budget import BUDGET, Budget, BudgetError
    from nnsim.scenario.scenario_hashes import installed_lesson

    if tolerance is not None and not tolerance >= 0:
        raise NnsimError(f"--tolerance {tolerance:g}: is no tolerance (allowed: a number from 0 on)")
    with ending_signals() as caught, open_recording(path) as recording, terminal_progress() as progress:

        def look(timeline: Timeline, step: int) -> bool:
            per_epoch, loss = timeline.steps_per_epoch, timeline.series["loss"].at_step(step)
            progress.report(step // per_epoch, timeline.length // per_epoch, math.nan if loss is None else loss)
            return not caught

        try:
            verdict = verify(recording, look, tolerance, Budget(BUDGET if budget is None else budget))
            judged = verdict.complete and not verdict.differing
            answers = judge_answers(recording, verdict, look) if judged else []
        except BudgetError as error:
            raise NnsimError(f"{clean_line(str(path))}: {error}") from None
        lesson, differs = installed_lesson(recording.scenario)
    if caught:
        complain(f"{path}: not verified: stopped after {count(verdict.steps, 'step')}")
        return 128 + caught[0]
    verdict.differing += [
        f"the answer to part {one.given.part}, {one.given.answer!r}, is not borne out: {one.told}"
        for one in answers
        if one.out is False
    ]
    if as_json:
        say_json(
            {
                "file": clean_line(str(path)),
                "verified": verdict.verified,
                "proof": verdict.proof,
                "lesson": lesson,
                "lesson_differs": differs,
                "student": recording.facts.student or None,
                "largest_difference": finite(verdict.largest),
                "tolerance": verdict.tolerance,
                "steps": verdict.steps,
                "checkpoints": verdict.checkpoints,
                "recorded_on": verdict.recorded,
                "verified_on": verdict.here,
                "differing": verdict.differing,
                "notes": verdict.notes,
                "answers": [
                    {"part": one.given.part, "borne_out": one.out, "told": clean_line(one.told)} for one in answers
                ],
            }
        )
    else:
        compared = f"{count(verdict.steps, 'step')} and {count(verdict.checkpoints, 'checkpoint')} trained again"
        said = "verified" if verdict.verified else "NOT verified" if verdict.differing else "not proven"
        rows = [
            ("proof", PROOFS[verdict.proof] if not verdict.differing else "none: it differs"),
            ("lesson", f"{LESSONS[lesson]}{': ' if differs else ''}{', '.join(differs)}"),
            *([("student", recording.facts.student)] if recording.facts.student else []),
            ("largest difference", f"{verdict.largest:g}"),
            ("allowed", f"{verdict.tolerance:g}"),
            ("recorded on", _machine(verdict.recorded)),
            ("verified on", _machine(verdict.here)),
        ]
        say("\n".join([f"{clean_line(str(path))}: {said} ({compared})", *(f"  {a:<18}  {b}" for a, b in rows)]))
        for note in verdict.notes:
            say(f"  {clean_line(note, 1000)}")
        for one in answers:
            said = {True: "borne out", False: "NOT borne out", None: "not shown"}[one.out]
            say(f"  answer to part {one.given.part:<3}  {said}: {one.told}")
        for sentence in verdict.differing:
            complain(f"{path}: {sentence}")
    return 0 if verdict.verified else DIFFERS


def _machine(bits: Mapping[str, str]) -> str:
    """What decides the bits, in a line."""
    rest = ", ".join(bits[key] for key in ("blas", "vector", "kernel") if bits.get(key))
    return f"{bits['platform']}, NumPy {bits['numpy']}{', ' if rest else ''}{rest}"
