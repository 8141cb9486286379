"""Images: the handwritten digits that come with nnsim, and IDX files, the format of MNIST."""

import io
import math
import zlib
from dataclasses import replace
from importlib import resources
from typing import Annotated, Any, cast

import numpy as np
import numpy.typing as npt
from msgspec import Meta

from nnsim.data.examples import MAX_COLUMNS, MAX_ROWS, DataSource, Examples, Read
from nnsim.errors import ScenarioError
from nnsim.nn.arrays import Array
from nnsim.nn.initializers import RandomSource
from nnsim.text import quote

FileName = Annotated[str, Meta(min_length=1, max_length=200)]
Bytes = npt.NDArray[np.uint8]

MAX_CONTENT = 100_000_000  # bytes of an IDX file, uncompressed
MAX_PIXELS = 50_000_000  # MNIST has 47,040,000
WHITE = np.float32(255.0)


class Digits(DataSource, frozen=True):
    """1,797 handwritten digits of 8 x 8 pixels, from 0 (paper) to 1 (ink), in ten classes.

    `shuffled` puts the pixels of all digits into another order, drawn at random and the same for all: none is lost,
    but neighbours are no longer beside each other.

    Reference: Alpaydin and Kaynak, 1998, Optical Recognition of Handwritten Digits, UCI Machine Learning
    Repository, CC BY 4.0.
    """

    shuffled: bool = False

    def examples(self, *, rng: RandomSource, read: Read) -> Examples:
        content = (resources.files("scenarios") / "data" / "digits.npz").read_bytes()
        with np.load(io.BytesIO(content), allow_pickle=False) as file:
            images, labels = file["images"], file["labels"]
        found = image_examples(images / 16.0, labels, (8, 8))
        if not self.shuffled:
            return found
        order = rng.permutation(found.inputs.shape[1])
        return replace(found, inputs=found.inputs[:, order], input_names=tuple(found.input_names[i] for i in order))


class IDX(DataSource, frozen=True):
    """Images and labels from two IDX files beside the scenario, as MNIST has them; they may end in .gz.

    Pixels from 0 to 255 become numbers from 0 to 1, in single precision. `rows` takes only so many from the start
    (0: all).

    Reference: LeCun, Bottou, Bengio and Haffner, 1998, Gradient-based learning applied to document recognition
    (MNIST).
    """

    images: FileName
    labels: FileName
    rows: Annotated[int, Meta(ge=0, le=MAX_ROWS)] = 0

    def examples(self, *, rng: RandomSource, read: Read) -> Examples:
        images, labels = (idx_array(read(name), name) for name in (self.images, self.labels))
        if images.ndim < 2 or labels.ndim != 1:
            raise ScenarioError(
                f"data.images: {quote(self.images)} holds {images.ndim} dimensions, "
                f"{quote(self.labels)} {labels.ndim} (allowed: images of 3, labels of 1)"
            )
        if len(images) != len(labels):
            raise ScenarioError(
                f"data.labels: {len(labels):,} labels for {len(images):,} images (allowed: as many)"
            )
        pixels = math.prod(images.shape[1:])
        count = min(self.rows or len(images), len(images))
        if not 1 <= count <= MAX_ROWS or not 1 <= pixels <= MAX_COLUMNS:
            raise ScenarioError(
                f"data.images: {count:,} images of {pixels:,} pixels (allowed: 1 to {MAX_ROWS:,} of at most "
                f"{MAX_COLUMNS:,})"
            )
        if count * pixels > MAX_PIXELS:
            raise ScenarioError(
                f"data.images: {count:,} images of {pixels:,} pixels are too many (allowed: {MAX_PIXELS:,}"
                " pixels in all; data.rows takes fewer images)"
            )
        flat = cast(Array, PixelRows(images[:count].reshape(count, pixels)))
        shape = (int(images.shape[1]), int(images.shape[2])) if images.ndim == 3 else None
        return image_examples(flat, labels[:count], shape)


def image_examples(images: Array, labels: Bytes, shape: tuple[int, int] | None) -> Examples:
    """Examples of pixels (rows, pixels) and labels (rows,); shape: rows and columns of each picture."""
    classes = tuple(str(i) for i in range(max(int(labels.max()) + 1, 2)))
    names = tuple(f"pixel {i + 1}" for i in range(images.shape[1]))
    return Examples(images, labels[:, None].astype(np.float64), names, ("digit",), classes, picture=shape)


def idx_array(content: bytes, name: str) -> Bytes:
    """The array in an IDX file of bytes, packed or not.  Raises: ScenarioError naming what is wrong with it."""
    quoted = quote(name)
    if content[:2] == b"\x1f\x8b":
        unpacker = zlib.decompressobj(wbits=31)
        try:
            content = unpacker.decompress(content, MAX_CONTENT)
        except zlib.error as error:
            raise ScenarioError(f"{quoted}: cannot be unpacked: {error}") from None
        if not unpacker.eof:
            raise ScenarioError(f"{quoted}: is cut off or larger than {MAX_CONTENT:,} bytes unpacked")
    if len(content) < 8 or content[:3] != b"\x00\x00\x08" or not 1 <= content[3] <= 4:
        raise ScenarioError(f"{quoted}: is no IDX file of bytes (allowed: one that begins with 00 00 08)")
    dimensions = content[3]
    start = 4 + 4 * dimensions
    if len(content) < start:
        raise ScenarioError(f"{quoted}: ends within its header")
    shape = tuple(int(size) for size in np.frombuffer(content, ">u4", dimensions, 4))
    if len(content) - start != math.prod(shape):
        sizes = " x ".join(str(size) for size in shape)
        raise ScenarioError(f"{quoted}: holds {len(content) - start:,} bytes, but its header says {sizes}")
    return np.frombuffer(content, np.uint8, offset=start).reshape(shape)


class PixelRows:
    """Pixels kept as the bytes they came in, a quarter of the memory of their numbers.

    It reads like an array of numbers from 0 to 1 in single precision; those that are asked for are made at once.

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
