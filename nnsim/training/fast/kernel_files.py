"""Compiled kernels: made of their source once, and kept as machine code where files may be written."""

import hashlib
import os
from collections.abc import Callable
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from threading import Lock
from typing import Any

from platformdirs import user_cache_path

from nnsim.errors import OutputError
from nnsim.output_files import OutputFiles
from nnsim.training.fast.native_code import Kernel, load, packed, processor, sound
from nnsim.training.fast.support import kernel_name


@lru_cache(maxsize=64)
def compiled(source: str) -> Kernel:
    """The compiled function `train` of a source; compiling takes some seconds, once."""
    files = OutputFiles.of(os.environ)
    # Code is kept for this very compiler and processor: others come to other bits, or have other instructions.
    name = hashlib.sha256("\n".join([kernel_name(), processor(), source]).encode()).hexdigest()[:32]
    path = (files.root or user_cache_path("nnsim", appauthor=False)) / "kernels" / f"{name}.kernel"
    with suppress(OSError, ValueError):  # it is not there, or damaged: it is compiled anew
        return load(path)
    return FreshKernel(source, path, files)


class FreshKernel:
    """A kernel that numba compiles when it is first called, and whose code is then kept."""

    def __init__(self, source: str, path: Path, files: OutputFiles) -> None:
        space: dict[str, Any] = {}
        exec(compile(source, path.stem, "exec"), space)  # the text is nnsim's own
        self._train: Callable[..., None] = space["train"]
        self._path, self._files, self._kept, self._lock = path, files, False, Lock()

    def __call__(self, *arguments: Any) -> None:
        self._train(*arguments)
        with self._lock:
            if not self._kept:
                self._kept = True
                self._keep(arguments)

    def _keep(self, arguments: tuple[Any, ...]) -> None:
        content = packed(self._train, arguments)
        if content is None or not self._files.writable:
            return
        with suppress(OutputError):  # it is compiled again the next time
            self._files.make_folder(self._path.parent)
            with self._files.open_new(self._path, "it is not kept", replace=True) as file:
                file.write(content)
                file.flush()
                if not sound(Path(file.name)):
                    raise OutputError(f"{self._path}: cannot be loaded")
