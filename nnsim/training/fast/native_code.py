"""Machine code of kernels, as numba has made it, carried out without numba: LLVM alone loads it.

Importing numba and asking it for what it keeps takes longer than most runs of small networks. A kernel asks for no
memory and raises nothing, so that it needs nothing of numba while it runs. It is called as numba calls it: a place
for the result, one for an exception, and of each array owner, base, numbers, bytes of one, data, shape and strides.
"""

import ctypes
import hashlib
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

INTEGER = "int"
# What the wrappers beside a kernel ask for, and the kernel never does.
UNUSED = (
    *("NRT_Allocate", "NRT_Free", "NRT_MemInfo_alloc_aligned", "NRT_MemInfo_call_dtor", "NRT_Reallocate"),
    *("NRT_adapt_ndarray_from_python", "NRT_adapt_ndarray_to_python_acqref", "numba_do_raise", "numba_gil_ensure"),
    *("numba_gil_release", "numba_runtime_build_excinfo_struct", "numba_unpickle"),
)
TRIAL = "import sys, pathlib; from nnsim.training.fast.native_code import load; load(pathlib.Path(sys.argv[1]))"
TRIAL_S = 30.0

Kernel = Callable[..., None]


class Head(msgspec.Struct):
    """What stands before the code.  Args: arguments: "int", or an array's type and dimensions: "float64 2"."""

    symbol: str
    arguments: list[str]


def processor() -> str:
    """The processor that code is made for, and what it has."""
    import llvmlite.binding as llvm

    return f"{llvm.get_host_cpu_name()} {llvm.get_host_cpu_features().flatten()}"


def packed(dispatcher: Any, arguments: tuple[Any, ...]) -> bytes | None:
    """The code of a function that numba has just compiled for such arguments; None where it does not give it."""
    try:
        (compiled,) = dispatcher.overloads.values()
        symbol, code = compiled.fndesc.llvm_func_name, compiled.library._get_compiled_object()
    except (AttributeError, RuntimeError, ValueError):  # none of this is promised to us
        return None
    content = msgspec.json.encode(Head(symbol, [_kind(one) for one in arguments])) + b"\n" + bytes(code)
    return checksum(content) + b"\n" + content


def checksum(content: bytes) -> bytes:
    """SHA-256 of head and code, in hexadecimal: the first line of a kept file."""
    return hashlib.sha256(content).hexdigest().encode()


def sound(path: Path) -> bool:
    """Whether kept code can be loaded, found out by another process: where it cannot, LLVM ends that."""
    # Without the folder that it is started in, where anything may be called nnsim.
    command = [sys.executable, "-P", "-c", TRIAL, str(path.resolve())]
    own = Path(__file__).resolve().parents[3]
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(filter(None, [str(own), os.environ.get("PYTHONPATH")])),
    }
    try:
        found = subprocess.run(command, check=False, capture_output=True, timeout=TRIAL_S, env=environment)
        return found.returncode == 0
    except subprocess.TimeoutExpired:
        return False


def load(path: Path) -> Kernel:
    """The kernel whose code is kept in a file.

    Raises: OSError where the file cannot be read, ValueError where it is not whole: its code is not loaded.
    """
    kept, _, content = path.read_bytes().partition(b"\n")
    # A file that a full disk cut short, or a broken one altered, would end this process, or compute something else.
    if kept != checksum(content):
        raise ValueError(f"{path}: its checksum does not fit what it holds")
    import llvmlite.binding as llvm

    first, _, code = content.partition(b"\n")
    head = msgspec.json.decode(first, type=Head)
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    if "numba" not in sys.modules:  # which has told LLVM where its own are
        nowhere = ctypes.cast(ctypes.CDLL(None).abort, ctypes.c_void_p).value
        for name in UNUSED:
            llvm.add_symbol(name, nowhere)
    machine = llvm.Target.from_default_triple().create_target_machine()
    engine = llvm.create_mcjit_compiler(llvm.parse_assembly(""), machine)
    engine.add_object_file(llvm.ObjectFileRef.from_data(code))
    engine.finalize_object()
    address = engine.get_function_address(head.symbol)
    types: list[Any] = [ctypes.c_void_p, ctypes.c_void_p]
    for kind in head.arguments:
        if kind == INTEGER:
            types.append(ctypes.c_int64)
        else:
            numbers = [ctypes.c_int64] * (2 * int(kind.split()[1]))
            types += [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int64, ctypes.c_int64, ctypes.c_void_p, *numbers]
    function = ctypes.CFUNCTYPE(ctypes.c_int32, *types)(address)
    result, error = (ctypes.c_void_p * 1)(), (ctypes.c_void_p * 1)()

    def train(*arguments: Any) -> None:
        # The engine holds the code: it lives as long as this function.
        assert engine is not None, "it holds the code"
        given: list[Any] = [ctypes.addressof(result), ctypes.addressof(error)]
        for one, kind in zip(arguments, head.arguments, strict=True):
            assert _kind(one) == kind, f"{kind} is wanted, and not {_kind(one)}"
            if kind == INTEGER:
                given.append(one)
            else:
                data = one.__array_interface__["data"][0]
                given += [None, None, one.size, one.itemsize, data, *one.shape, *one.strides]
        function(*given)

    return train


def _kind(argument: Any) -> str:
    if isinstance(argument, np.ndarray):
        return f"{argument.dtype.name} {argument.ndim}" if argument.flags.c_contiguous else "not contiguous"
    return INTEGER
