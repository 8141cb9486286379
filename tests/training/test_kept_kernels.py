"""Machine code that is kept in a file is loaded where the file is whole, and compiled anew where it is not."""

import sys
from types import SimpleNamespace
from unittest.mock import MagicMock

import numpy as np
import pytest

from nnsim.output_files import OutputFiles
from nnsim.training.fast import kernel_files
from nnsim.training.fast.native_code import load, packed

CODE = b"\x7fELF machine\ncode"
SOURCE = "def train(numbers, count):\n    numbers[0] = count\n"
DAMAGES = {
    "a byte of the code": lambda kept: kept[:-1] + b"?",
    "cut short": lambda kept: kept[:-3],
    "longer": lambda kept: kept + b"\0",
    "another function": lambda kept: kept.replace(b"train", b"other"),
    "other arguments": lambda kept: kept.replace(b"float64 1", b"float64 2"),
    "empty": lambda kept: b"",
    "no checksum": lambda kept: kept.partition(b"\n")[2],
    "no text": lambda kept: b"\xff" * 200,
}


@pytest.fixture
def llvm(monkeypatch):
    """LLVM, whose part a stub plays: it says which code it was given."""
    binding = MagicMock()
    binding.create_mcjit_compiler().get_function_address.return_value = 4096  # never called
    monkeypatch.setitem(sys.modules, "llvmlite", SimpleNamespace(binding=binding))
    monkeypatch.setitem(sys.modules, "llvmlite.binding", binding)
    return binding.ObjectFileRef.from_data


@pytest.fixture
def kept():
    """A file's content, as numba's code of a kernel is kept."""
    compiled = SimpleNamespace(
        fndesc=SimpleNamespace(llvm_func_name="train"), library=SimpleNamespace(_get_compiled_object=lambda: CODE)
    )
    return packed(SimpleNamespace(overloads={(): compiled}), (np.zeros(1), 3))


def test_code_is_loaded_as_it_was_kept(llvm, kept, tmp_path):
    (tmp_path / "a.kernel").write_bytes(kept)
    assert callable(load(tmp_path / "a.kernel"))
    llvm.assert_called_once_with(CODE)


@pytest.mark.parametrize("damage", sorted(DAMAGES))
def test_damaged_code_never_comes_to_llvm(damage, llvm, kept, tmp_path):
    (tmp_path / "a.kernel").write_bytes(DAMAGES[damage](kept))
    with pytest.raises(ValueError, match="checksum"):
        load(tmp_path / "a.kernel")
    llvm.assert_not_called()


def test_what_is_damaged_is_compiled_anew(llvm, kept, tmp_path, monkeypatch):
    monkeypatch.setattr(kernel_files, "kernel_name", lambda: "numba 9.9")
    monkeypatch.setattr(kernel_files, "processor", lambda: "any")
    monkeypatch.setattr(kernel_files, "sound", lambda path: True)
    monkeypatch.setattr(kernel_files, "packed", lambda train, arguments: kept)
    monkeypatch.setattr(OutputFiles, "of", lambda environment: OutputFiles(writable=True, root=tmp_path))
    numbers = np.zeros(1)
    kernel_files.compiled.__wrapped__(SOURCE)(numbers, 7)
    assert numbers[0] == 7
    (path,) = (tmp_path / "kernels").iterdir()
    path.write_bytes(kept[:-1])
    kernel_files.compiled.__wrapped__(SOURCE)(numbers, 8)
    assert numbers[0] == 8
    llvm.assert_not_called()
    assert path.read_bytes() == kept
