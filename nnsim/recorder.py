"""Records any training loop, as nnsim records its own: `Recorder("run.nnsim").log(loss=...)`.

The file opens in nnsim while it is written (`nnsim watch run.nnsim`) and afterwards (`nnsim open run.nnsim`). A
killed process loses half a second at most, and a disk that is full stops nothing but the recording. To write, only
NumPy is needed; what is watched in a torch module is read in the watched steps alone.
"""

import atexit
import os
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Self

import numpy as np

from nnsim.errors import NnsimError
from nnsim.logs.figures_format import LARGEST_STEP
from nnsim.logs.figures_writer import FigureColumn, FigureRun, FiguresWriter
from nnsim.output_files import RECORDING_SUFFIX, OutputFiles, check_suffix
from nnsim.text import clean_line

FLUSH_S = 0.4  # between two writes: what a killed process loses, and how far behind is who watches
RETRY_S = 2.0  # after a write that failed
MOST_WAITING = 2_000_000  # calls of `log` that are kept while the file cannot be written
SOURCE = "nnsim.recorder"

Row = tuple[int, Mapping[str, float]]


class Recorder:
    """Records the figures of a run in a file.

    Args: path: of the file, which ends in `.nnsim`. settings: of the run, such as its learning rate, for
    comparisons. name: of the run; that of the file by default. steps_per_epoch: where there are epochs. replace:
    whether a file of this name may be overwritten. report: is told, once, when the recording cannot be written;
    standard error by default.
    Raises: nnsim.errors.OutputError, in one line, where the file has another ending, exists or cannot be made.
    """

    def __init__(
        self,
        path: str | Path,
        *,
        settings: Mapping[str, Any] | None = None,
        name: str | None = None,
        steps_per_epoch: int = 1,
        replace: bool = False,
        report: Callable[[str], None] | None = None,
    ) -> None:
        self.path = Path(path)
        check_suffix(self.path, RECORDING_SUFFIX, "recording")
        self.step = 0  # of the last call of `log`
        self.failed = ""  # why nothing is written just now
        self._report = report or _to_standard_error
        self._run = FigureRun(
            name or self.path.stem,
            SOURCE,
            "epoch" if steps_per_epoch > 1 else "step",
            max(1, int(steps_per_epoch)),
            {str(key): _plain(value) for key, value in (settings or {}).items()},
        )
        files = OutputFiles.of(os.environ)
        self._writer = FiguresWriter(self.path, [self._run], files=files, replace=replace, created_by=SOURCE)
        self._waiting: list[Row] = []
        self._beside: dict[str, float] = {}
        self._lost = 0
        self._lock = threading.Lock()  # of the writer
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._flush_often, name="recorder", daemon=True)
        self._thread.start()
        atexit.register(self._end, None)  # a program that does not close it has not said that its run ended

    # ------------------------------------------------------------------ what a loop calls

    def log(self, figures: Mapping[str, Any] | None = None, /, *, step: int | None = None, **named: Any) -> None:
        """Records figures of a step: numbers, or arrays and tensors of one.

        Args: figures: by names that are none of Python's, such as `gradient:layer1`. step: by default the one
        behind that of the last call, from 1 on. named: `loss`, `lr`, `val_loss`, `accuracy`, and any others.
        Raises: TypeError, ValueError where a step or a figure is no number that a file holds; the rest is kept.
        """
        step = self.step + 1 if step is None else _step(step)
        if figures is not None:
            named.update(figures)
        for name, value in named.items():
            if type(value) is not float:
                named[name] = _figure(name, value)
            elif type(name) is not str:
                raise TypeError(f"figure {name!r}: its name is no text (allowed: a name such as 'loss')")
        self.step = step
        if self._beside:
            named.update(self._beside)
            self._beside = {}
        self._waiting.append((step, named))

    def log_beside(self, figures: Mapping[str, float]) -> None:
        """Records further figures with the next call of `log`, as what watches a module does."""
        self._beside = {**self._beside, **{name: _figure(name, value) for name, value in figures.items()}}

    def mark(self, text: str, step: int | None = None) -> None:
        """Names a step, for `nnsim open` to go to it by `mark:TEXT`."""
        self._run.marks = [
            *self._run.marks,
            (max(self.step, 0) if step is None else _step(step, 0), "mark", clean_line(text, 60)),
        ]

    def watch(self, module: Any, optimizer: Any = None, every: int = 10) -> Any:
        """Records norms of gradients, weights and updates of a torch module by layer, and its dead units.

        Args: module: of torch. optimizer: whose `step` ends a step of training; without it the module's next
        forward pass in training does. every: so many steps, of which one is watched, with hooks in that step alone.
        Returns: what watches; its `close` ends that.
        """
        from nnsim.logs.module_watch import ModuleWatch

        return ModuleWatch(self, module, optimizer, every)

    def close(self) -> None:
        """Writes what is left, and that the run came to its end; further calls do nothing."""
        self._end("epochs", f"the recording was closed at step {self.step:,}")

    def _end(self, reason: str | None, message: str = "") -> None:
        if self._ending.is_set():
            return
        self._ending.set()
        atexit.unregister(self._end)
        self._thread.join()
        if reason is not None:
            self._run.stop = reason, max(self.step, 0), message
        if self._beside:
            self._waiting.append((self.step, self._beside))
        with self._lock:
            try:
                self._take()
                self._writer.close()
            except NnsimError as error:
                self._complain(error)

    def flush(self) -> None:
        """Writes what is waiting now."""
        with self._lock:
            self._take()
            try:
                self._writer.flush()
            except NnsimError as error:
                self._complain(error)
            else:
                self.failed = ""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: object) -> None:
        if kind is None:
            self.close()
        else:
            self._end("interrupted", f"{kind.__name__} was raised at step {self.step:,}")

    # ------------------------------------------------------------------ beside it

    def _flush_often(self) -> None:
        while not self._ending.wait(RETRY_S if self.failed else FLUSH_S):
            self.flush()

    def _take(self) -> None:
        """Takes the calls that wait into columns."""
        rows, self._waiting = self._waiting, []
        if self.failed and sum(len(one.steps) for one in self._run.columns.values()) > MOST_WAITING:
            self._lost += len(rows)
            return
        start = 0
        while start < len(rows):  # calls with the same names come one behind the other
            names = rows[start][1].keys()
            stop = start + 1
            while stop < len(rows) and rows[stop][1].keys() == names:
                stop += 1
            steps = np.fromiter((row[0] for row in rows[start:stop]), np.int64, stop - start)
            for name in names:
                values = np.fromiter((row[1][name] for row in rows[start:stop]), np.float64, stop - start)
                self._column(name).add(steps, values)
            start = stop

    def _column(self, name: str) -> FigureColumn:
        return self._run.columns.get(name) or self._writer.column(self._run, name)

    def _complain(self, error: NnsimError) -> None:
        if not self.failed:
            self._report(f"{error} (training goes on)")
        self.failed = str(error)


def _step(step: Any, smallest: int = -LARGEST_STEP) -> int:
    """A step at the door: one that does not fit would keep the whole file from being written."""
    try:
        number = int(step)
    except (TypeError, ValueError, OverflowError):
        number = smallest - 1
    if not smallest <= number <= LARGEST_STEP:
        told = clean_line(str(step), 60)
        raise ValueError(f"step {told}: is not allowed (allowed: {smallest:,} to {LARGEST_STEP:,})")
    return number


def _figure(name: Any, value: Any) -> float:
    if type(name) is not str:
        raise TypeError(f"figure {name!r}: its name is no text (allowed: a name such as 'loss')")
    try:
        return float(value)
    except OverflowError:
        return float("inf") if value > 0 else float("-inf")
    except (TypeError, ValueError, RuntimeError):  # the last is that of torch for a tensor of several
        told = clean_line(repr(value), 60)
        raise TypeError(f"figure {name!r}: {told} is no number (allowed: a number, or an array of one)") from None


def _plain(value: Any) -> Any:
    """A setting as JSON can hold it."""
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if isinstance(value, Sequence) and all(isinstance(one, (bool, int, float, str)) for one in value):
        return ", ".join(str(one) for one in value)
    return str(value)


def _to_standard_error(text: str) -> None:
    print(f"nnsim: {text}", file=sys.stderr, flush=True)


def lightning_callback(recorder: Recorder, every: int = 10) -> Any:
    """A callback for `lightning.Trainer`: what modules log, learning rates, and what `Recorder.watch` records.

    Args: every: so many steps, of which one is watched; 0 watches none.
    """
    from nnsim.logs.training_callbacks import lightning_callback as made

    return made(recorder, every)


def keras_callback(recorder: Recorder, batches: bool = True) -> Any:
    """A callback for `keras.Model.fit`: losses, metrics and the rate of every batch, and those of epochs.

    Args: batches: whether those of batches too; the mean of an epoch so far is what Keras tells of them.
    """
    from nnsim.logs.training_callbacks import keras_callback as made

    return made(recorder, batches)
