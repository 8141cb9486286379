"""A series: one figure of a run, drawable at any width at a cost that does not grow with the run.

Values lie in chunks of 4,096. Beside them stand the smallest and largest of every 64 and of every 4,096 values, so
that the extremes of a screen column are read from a few hundred numbers at most, whatever it covers.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
from msgspec import Struct

from nnsim.nn.arrays import Array

CHUNK = 4096
BLOCK = 64


class Envelope(Struct, frozen=True):
    """Columns of a series: first and last sample, smallest and largest finite value or NaN, all (columns,)."""

    first: Array
    last: Array
    low: Array
    high: Array


class _Growing:
    """A one-dimensional array that grows at its end, at a constant cost a value."""

    def __init__(self, dtype: type = np.float64) -> None:
        self._values: npt.NDArray[Any] = np.empty(16, dtype)
        self.size = 0

    def append(self, values: npt.NDArray[Any]) -> None:
        need = self.size + len(values)
        if need > len(self._values):
            grown = np.empty(max(need, 2 * len(self._values)), self._values.dtype)
            grown[: self.size] = self._values[: self.size]
            self._values = grown
        self._values[self.size : need] = values
        self.size = need

    @property
    def values(self) -> npt.NDArray[Any]:
        return self._values[: self.size]


class Series:
    """One figure, a value every `stride` steps; sample i belongs to step (i + 1) * stride.

    A figure of another program has its values at whatever steps that has logged: then each comes with its step.
    """

    def __init__(self, name: str, stride: int = 1, *, stepped: bool = False) -> None:
        """Args: stepped: whether each value comes with its own step, from 0 on, in ascending order."""
        self.name = name
        self.stride = stride
        self._steps = _Growing(np.int64) if stepped else None
        self.begins = 0  # the step before which the run had no such figure: its samples until there are gaps
        self._load: Callable[[int], Array] | None = None
        self._load_blocks: Callable[[int, int], tuple[Array, Array]] | None = None
        self._chunks: list[Array | None] = []
        self._size = 0
        self._lows = {BLOCK: _Growing(), CHUNK: _Growing()}
        self._highs = {BLOCK: _Growing(), CHUNK: _Growing()}

    def __len__(self) -> int:
        return self._size

    # ------------------------------------------------------------------ in a file

    def load_from(
        self, load: Callable[[int], Array], load_blocks: Callable[[int, int], tuple[Array, Array]]
    ) -> None:
        """Reads values from a file: `load` those of a chunk, `load_blocks` the extremes of some blocks."""
        self._load, self._load_blocks = load, load_blocks

    def reach(self, count: int) -> None:
        """Notes that the file holds `count` values now; each is read when it is asked for."""
        if self._size % CHUNK:
            self._chunks[-1] = None  # it holds more by now
        self._chunks += [None] * (-(-count // CHUNK) - len(self._chunks))
        self._size = count

    def release(self) -> None:
        """Forgets the values that were read from a file; they are read again when they are asked for."""
        if self._load is not None:
            self._chunks = [None] * len(self._chunks)

    # ------------------------------------------------------------------ steps

    @property
    def stepped(self) -> bool:
        """Whether each value has a step of its own."""
        return self._steps is not None

    def step_at(self, sample: int) -> int:
        """The step that a sample belongs to."""
        return (sample + 1) * self.stride if self._steps is None else int(self._steps.values[sample])

    def steps_at(self, samples: npt.NDArray[Any]) -> npt.NDArray[np.int64]:
        """The steps that samples belong to; both whole numbers, of the same shape."""
        whole = np.asarray(samples, np.int64)
        return (whole + 1) * self.stride if self._steps is None else np.asarray(self._steps.values[whole])

    def count_at(self, step: int) -> int:
        """How many samples there are at or before a step."""
        if self._steps is None:
            return max(0, min(step // self.stride, self._size))
        return int(np.searchsorted(self._steps.values[: self._size], step, side="right"))

    @property
    def spacing(self) -> int:
        """Steps from one value to the next, on the average."""
        if self._steps is None or self._size < 2:
            return self.stride
        steps = self._steps.values
        return max(1, int(steps[self._size - 1] - steps[0]) // (self._size - 1))

    # ------------------------------------------------------------------ writing

    def append(self, values: Array, steps: npt.NDArray[np.int64] | None = None) -> None:
        """Appends values, with their steps where the series is stepped; these come first, for another thread."""
        if steps is not None:
            assert self._steps is not None, "a series whose values come with their steps"
            assert len(steps) == len(values), "a step for each value"
            self._steps.append(steps)
        offset, count = self._size % CHUNK, len(values)
        if offset and offset + count < CHUNK and (last := self._chunks[-1]) is not None:  # as nearly always
            last[offset : offset + count] = values
            self._size += count
            return
        taken = 0
        while taken < len(values):
            offset = self._size % CHUNK
            if offset == 0:
                self._chunks.append(np.empty(CHUNK))
            part = values[taken : taken + CHUNK - offset]
            self.chunk(len(self._chunks) - 1)[offset : offset + len(part)] = part
            self._size += len(part)
            taken += len(part)
            if self._size % CHUNK == 0:  # else at most a chunk is left to sum up when extremes are read
                self._summarize()

    def truncated(self, count: int) -> "Series":
        count = min(count, self._size)
        copy = Series(self.name, self.stride, stepped=self.stepped)
        copy.begins = self.begins
        copy.append(self.values(0, count), None if self._steps is None else self._steps.values[:count])
        return copy

    def _summarize(self) -> None:
        done = self._lows[BLOCK].size
        fresh = self._size // BLOCK - done
        if fresh > 0:
            lows, highs = block_extremes(self.values(done * BLOCK, (done + fresh) * BLOCK))
            self._lows[BLOCK].append(lows)
            self._highs[BLOCK].append(highs)
            self._summarize_chunks()

    def _read_extremes(self) -> None:
        """Reads the extremes that the file has gained."""
        done, whole = self._lows[BLOCK].size, self._size // BLOCK
        if self._load_blocks is None or done == whole:
            return
        lows, highs = self._load_blocks(done, whole)
        self._lows[BLOCK].append(lows)
        self._highs[BLOCK].append(highs)
        self._summarize_chunks()

    def _summarize_chunks(self) -> None:
        ratio = CHUNK // BLOCK
        for levels, reduce in ((self._lows, np.fmin.reduce), (self._highs, np.fmax.reduce)):
            done = levels[CHUNK].size
            fresh = levels[BLOCK].size // ratio - done
            if fresh > 0:
                part = levels[BLOCK].values[done * ratio : (done + fresh) * ratio]
                levels[CHUNK].append(reduce(part.reshape(fresh, ratio), axis=1))

    # ------------------------------------------------------------------ reading

    def chunk(self, index: int) -> Array:
        """The values of a chunk, (4096,) or, where it was loaded as the last, fewer."""
        chunk = self._chunks[index]
        if chunk is None:
            assert self._load is not None
            chunk = self._chunks[index] = self._load(index)
        return chunk

    def blocks(self, start: int, stop: int) -> tuple[Array, Array]:
        """Smallest and largest of each whole block of 64 values from block `start` to `stop`."""
        self._read_extremes()
        self._summarize()
        return self._lows[BLOCK].values[start:stop], self._highs[BLOCK].values[start:stop]

    def values(self, start: int, stop: int) -> Array:
        """Values from sample `start` up to, and without, `stop`, (stop - start,)."""
        start, stop = max(0, start), min(stop, self._size)
        if start >= stop:
            return np.empty(0)
        parts = []
        for index in range(start // CHUNK, (stop - 1) // CHUNK + 1):
            low = max(start - index * CHUNK, 0)
            parts.append(self.chunk(index)[low : min(stop - index * CHUNK, CHUNK)])
        return parts[0].copy() if len(parts) == 1 else np.concatenate(parts)

    def at_step(self, step: int) -> float | None:
        """The newest value at or before a step, or None where there is none yet."""
        sample = self.count_at(step) - 1
        return None if sample < 0 else float(self.chunk(sample // CHUNK)[sample % CHUNK])

    def envelope(self, start: int, stop: int, columns: int) -> Envelope:
        """Extremes of at most `columns` even stretches of the samples from `start` up to `stop`.

        Every finite value lies in exactly one stretch: no minimum and no maximum is lost. Stretches are 1, 2, 3, 4,
        6, 8, 12, ... samples wide and end at multiples of that: while a run grows, those that are whole stay what
        they are, and with them the picture.
        """
        start, stop = max(0, start), min(stop, self._size)
        count = stop - start
        if count <= 0 or columns <= 0:
            empty = np.empty(0)
            return Envelope(empty, empty, empty, empty)
        if count <= columns:
            samples, values = np.arange(start, stop, dtype=float), _finite(self.values(start, stop))
            return Envelope(samples, samples, values, values)
        width = stretch_width(start, stop, columns)
        inner = np.arange(start // width + 1, -(-stop // width)) * width
        edges = np.concatenate(([start], inner, [stop]))
        low, high = self._extremes(edges, max(s for s in (1, BLOCK, CHUNK) if s == 1 or width % (2 * s) == 0))
        return Envelope(edges[:-1].astype(float), edges[1:].astype(float) - 1, low, high)

    def samples_around(self, first: Array, last: Array, count: int) -> Array:
        """Values at even places of stretches, which may overlap.

        Args: first, last: the first and last sample of each stretch, (stretches,). count: values of each.
        Returns: (stretches, count).
        """
        first, last = (np.clip(one, 0, self._size - 1) for one in (first, last))
        share = (np.arange(count) + 0.5) / count
        where = (first[:, None] + np.floor(share * (last - first + 1)[:, None])).astype(np.int64)
        found = np.empty(where.shape)
        chunks = where // CHUNK
        for index in np.unique(chunks).tolist():
            here = chunks == index
            found[here] = self.chunk(index)[where[here] % CHUNK]
        return found

    def _extremes(self, edges: Array, size: int) -> tuple[Array, Array]:
        """Smallest and largest value between neighbouring edges; the inner ones lie on borders of blocks."""
        start, stop = int(edges[0]), int(edges[-1])
        if size == 1:
            values = _finite(self.values(start, stop))
            where = (edges[:-1] - start).astype(np.int64)
            return np.fmin.reduceat(values, where), np.fmax.reduceat(values, where)
        self._read_extremes()
        self._summarize()
        # Only the two ends may lie inside a block; what stands before and behind whole blocks is read as it is.
        first, last = -(-start // size), stop // size
        lows, highs = (
            np.concatenate(([np.nan], one[size].values[first:last], [np.nan])) for one in (self._lows, self._highs)
        )
        head, tail = _finite(self.values(start, first * size)), _finite(self.values(last * size, stop))
        where = np.concatenate(([0], edges[1:-1].astype(np.int64) // size - first + 1))
        low, high = np.fmin.reduceat(lows, where), np.fmax.reduceat(highs, where)
        low[0], high[0] = np.fmin.reduce([low[0], *head]), np.fmax.reduce([high[0], *head])
        low[-1], high[-1] = np.fmin.reduce([low[-1], *tail]), np.fmax.reduce([high[-1], *tail])
        return low, high


def stretch_width(start: int, stop: int, columns: int) -> int:
    """The narrowest of 2, 3, 4, 6, 8, 12, ... samples of which so many stretches hold all from `start` to `stop`:
    it stays while a run grows by a third."""
    width = 1 << max(1, ((stop - start) // columns).bit_length() - 1)
    while -(-stop // width) - start // width > columns:
        width = width * 3 // 2 if width.bit_count() == 1 else width * 4 // 3
    return width


def block_extremes(values: Array) -> tuple[Array, Array]:
    """Smallest and largest finite value of each whole block of 64, (values // 64,); NaN where there is none."""
    whole = len(values) // BLOCK
    blocks = _finite(values[: whole * BLOCK]).reshape(whole, BLOCK)
    return np.fmin.reduce(blocks, axis=1), np.fmax.reduce(blocks, axis=1)


def _finite(values: Array) -> Array:
    return np.where(np.isfinite(values), values, np.nan)
