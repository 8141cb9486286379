"""Reports a fault of nnsim itself in one line, with the traceback for those who ask for it."""

import os
import sys
import traceback
from contextlib import suppress
from pathlib import Path

from textual.worker import WorkerFailed

from nnsim.text import clean_line

DEBUG = "NNSIM_DEBUG"
FAULT = 1  # exit status
ROOT = Path(__file__).resolve().parents[2]


def report(error: BaseException) -> int:
    """Tell what went wrong on standard error.  Returns: the exit status."""
    if isinstance(error, WorkerFailed):
        error = error.error
    with suppress(OSError):  # nobody reads it any more
        if os.environ.get(DEBUG):
            traceback.print_exception(error, file=sys.stderr)
        else:
            what = clean_line(f"{type(error).__name__}: {error}", 300)
            print(
                f"nnsim: a fault in nnsim ended it{place(error)}: {what} "
                f"(saved recordings are whole; {DEBUG}=1 shows the traceback)",
                file=sys.stderr,
                flush=True,
            )
    return FAULT


def place(error: BaseException) -> str:
    """Where it happened, in nnsim's own files."""
    own = [
        frame for frame in traceback.extract_tb(error.__traceback__) if Path(frame.filename).is_relative_to(ROOT)
    ]
    if not own:
        return ""
    return f" at {Path(own[-1].filename).relative_to(ROOT)}:{own[-1].lineno}"
