"""Compiled kernels: made of their source, and kept for the next time where files may be written."""

import hashlib
import importlib.util
import os
import sys
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from types import ModuleType
from typing import Any

from platformdirs import user_cache_path

from nnsim.errors import OutputError
from nnsim.output_files import OutputFiles

Kernel = Callable[..., None]


@lru_cache(maxsize=64)
def compiled(source: str) -> Kernel:
    """The compiled function `train` of a source; compiling takes some seconds, once."""
    files = OutputFiles.of(os.environ)
    name = f"nnsim_kernel_{hashlib.sha256(source.encode()).hexdigest()[:24]}"
    path = (files.root or user_cache_path("nnsim", appauthor=False)) / "kernels" / f"{name}.py"
    if files.writable:
        try:
            if not path.is_file():
                files.write(path, source.encode())
            return _imported(name, path)
        except (OutputError, OSError):
            pass
    # There is nowhere to keep it: it is compiled for this time alone.
    space: dict[str, Any] = {}
    exec(compile(source.replace("cache=True", "cache=False"), name, "exec"), space)  # the text is nnsim's own
    made: Kernel = space["train"]
    return made


def _imported(name: str, path: Path) -> Kernel:
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None, "a file of Python"
    assert spec.loader is not None, "which is read"
    module: ModuleType = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # numba looks for it there
    spec.loader.exec_module(module)
    made: Kernel = module.train
    return made
