"""NumPy: the run as a plain program that makes it again, number for number but for rounding."""

import io
from collections.abc import Callable, Iterator, Mapping, Sequence

import numpy as np

from nnsim.errors import NnsimError
from nnsim.export.exporter import Exporter, Pieces, Request
from nnsim.export.programs.numpy_program import numpy_program
from nnsim.export.programs.program import Program
from nnsim.nn.arrays import Array
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


def packed(arrays: Mapping[str, Array]) -> bytes:
    """What lies beside a program, as an .npz file."""
    file = io.BytesIO()
    np.savez_compressed(file, **arrays)  # type: ignore[arg-type]
    return file.getvalue()


def beside(request: Request) -> str:
    """The name of the .npz file that lies beside what is written."""
    stem = USUAL if request.target is None else request.target.rpartition(".")[0] or request.target
    return f"{stem}.npz"


def tell(request: Request, left_out: Sequence[str], arrays: Mapping[str, Array], file: str) -> None:
    """Says what a program leaves out, and what it will look for where nothing is written beside it."""
    for sentence in left_out:
        request.note(f"left out of the program: {sentence}")
    if arrays and request.target is None:
        rows = count(len(next(iter(arrays.values()))), "row")
        request.note(f"the program reads its {rows} from {file}, which -o FILE writes beside it")


def program_files(
    request: Request, format_name: str, in_its_folder: bool, text: Callable[[Timeline, Program], str]
) -> Iterator[tuple[str, Pieces]]:
    """The file that holds a program, and before it what the program reads; says what it leaves out.

    Args: in_its_folder: where it looks for that, else in the one that it is run in.
    """
    file, timeline = beside(request), single_run(request, format_name)
    program = numpy_program(timeline, file, in_its_folder)
    tell(request, program.left_out, program.arrays, file)
    if program.arrays and request.target is not None:
        yield file, [packed(program.arrays)]
    yield "", [text(timeline, program)]


def _files(request: Request) -> Iterator[tuple[str, Pieces]]:
    return program_files(request, "numpy", True, lambda timeline, program: program.text)


NUMPY = Exporter(".py", _files, options=frozenset(), takes_scenarios=True)
