"""NumPy: the run as a plain program that makes it again, number for number but for rounding."""

import io
from collections.abc import Callable, Iterator

import numpy as np

from nnsim.errors import NnsimError
from nnsim.export.exporter import Exporter, Pieces, Request
from nnsim.export.programs.numpy_program import numpy_program
from nnsim.export.programs.program import Program
from nnsim.text import count
from nnsim.timeline import Timeline

USUAL = "run"  # the stem of the names, where nobody has chosen one


def single_run(request: Request, format_name: str) -> Timeline:
    """The one run that a program is made of.  Raises: NnsimError where several are meant."""
    runs = request.runs()
    if len(runs) > 1:
        names = ", ".join(f"{one.number} ({one.timeline.name})" for one in runs[:20])
        raise NnsimError(f"--to {format_name}: writes one run (allowed: --run with one of {names})")
    return runs[0].timeline


def packed(program: Program) -> bytes:
    """What lies beside a program, as an .npz file."""
    file = io.BytesIO()
    np.savez_compressed(file, **program.arrays)  # type: ignore[arg-type]
    return file.getvalue()


def program_files(
    request: Request, format_name: str, beside: bool, text: Callable[[Timeline, Program], str]
) -> Iterator[tuple[str, Pieces]]:
    """The file that holds a program, and before it what the program reads; says what it leaves out.

    Args: beside: whether it looks for that in its own folder, else in the one that it is run in.
    """
    stem = USUAL if request.target is None else request.target.rpartition(".")[0] or request.target
    file, timeline = f"{stem}.npz", single_run(request, format_name)
    program = numpy_program(timeline, file, beside)
    for sentence in program.left_out:
        request.note(f"left out of the program: {sentence}")
    if program.arrays and request.target is None:
        rows = count(len(next(iter(program.arrays.values()))), "row")
        request.note(f"the program reads its {rows} from {file}, which -o FILE writes beside it")
    elif program.arrays:
        yield file, [packed(program)]
    yield "", [text(timeline, program)]


def _files(request: Request) -> Iterator[tuple[str, Pieces]]:
    return program_files(request, "numpy", True, lambda timeline, program: program.text)


NUMPY = Exporter(".py", _files, options=frozenset(), takes_scenarios=True)
