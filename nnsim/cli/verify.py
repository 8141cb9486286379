"""`nnsim verify`: a recording trained again, and whether it tells the truth."""

import math
from pathlib import Path

from nnsim.cli.output import complain, finite, say, say_json
from nnsim.cli.progress_line import terminal_progress
from nnsim.cli.run import ending_signals
from nnsim.errors import NnsimError
from nnsim.text import clean_line, count
from nnsim.timeline import Timeline

DIFFERS = 1


def verify_recording(path: Path, tolerance: float | None, as_json: bool) -> int:
    """Train a recording again and say whether it is true. Returns: the exit status, 1 where it is not.

    Raises: RecordingError where the file is damaged; NnsimError where the tolerance is none.
    """
    from nnsim.lessons.grading import borne_out
    from nnsim.recording import open_recording
    from nnsim.recording.verification import verify

    if tolerance is not None and not tolerance >= 0:
        raise NnsimError(f"--tolerance {tolerance:g}: is no tolerance (allowed: a number from 0 on)")
    with ending_signals() as caught, open_recording(path) as recording, terminal_progress() as progress:

        def look(timeline: Timeline, step: int) -> bool:
            per_epoch, loss = timeline.steps_per_epoch, timeline.series["loss"].at_step(step)
            progress.report(step // per_epoch, timeline.length // per_epoch, math.nan if loss is None else loss)
            return not caught

        verdict = verify(recording, look, tolerance)
        answers = [*borne_out(recording.timelines, recording.answers, look)] if verdict.verified else []
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
                "largest_difference": finite(verdict.largest),
                "tolerance": verdict.tolerance,
                "steps": verdict.steps,
                "checkpoints": verdict.checkpoints,
                "recorded_on": verdict.recorded,
                "verified_on": verdict.here,
                "differing": verdict.differing,
                "answers": [
                    {"part": one.given.part, "borne_out": one.out, "told": clean_line(one.told)} for one in answers
                ],
            }
        )
    else:
        compared = f"{count(verdict.steps, 'step')} and {count(verdict.checkpoints, 'checkpoint')} trained again"
        say(
            f"{clean_line(str(path))}: {'verified' if verdict.verified else 'NOT verified'} ({compared})\n"
            f"  largest difference  {verdict.largest:g}\n"
            f"  allowed             {verdict.tolerance:g}\n"
            f"  recorded on         {verdict.recorded['platform']}, NumPy {verdict.recorded['numpy']}\n"
            f"  verified on         {verdict.here['platform']}, NumPy {verdict.here['numpy']}"
        )
        for one in answers:
            said = {True: "borne out", False: "NOT borne out", None: "not shown"}[one.out]
            say(f"  answer to part {one.given.part:<3}  {said}: {one.told}")
        for sentence in verdict.differing:
            complain(f"{path}: {sentence}")
    return 0 if verdict.verified else DIFFERS
