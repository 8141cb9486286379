"""Rows of pixels that are kept as the bytes they came in, a quarter of the memory of their numbers."""

from typing import Any

import numpy as np
import numpy.typing as npt

WHITE = np.float32(255.0)


class PixelRows:
    """Reads like an array of numbers from 0 to 1 in single precision; those that are asked for are made at once.

    Whatever asks for all of them, as arithmetic does, gets an array of its own, which nothing keeps here.
    """

    def __init__(self, content: npt.NDArray[np.uint8]) -> None:
        """Args: content: (rows, pixels), from 0 to 255."""
        self.content = content

    @property
    def shape(self) -> tuple[int, ...]:
        return self.content.shape

    @property
    def size(self) -> int:
        return self.content.size

    @property
    def ndim(self) -> int:
        return self.content.ndim

    @property
    def dtype(self) -> np.dtype[np.float32]:
        return np.dtype(np.float32)

    def __len__(self) -> int:
        return len(self.content)

    def __getitem__(self, key: Any) -> Any:
        found = self.content[key].astype(np.float32)
        found /= WHITE
        return found

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> npt.NDArray[Any]:
        found: npt.NDArray[np.float32] = self[:]
        return found if dtype is None else found.astype(dtype, copy=False)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):  # asked before there is content, as copying does
            raise AttributeError(name)
        return getattr(self[:], name)
