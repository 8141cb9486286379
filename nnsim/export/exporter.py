"""What an export is: a module with an `Exporter` for each format, and a row in the table of `nnsim.cli.export`."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from importlib import import_module

from nnsim.components import nearest
from nnsim.errors import NnsimError
from nnsim.nn.arrays import Array
from nnsim.nn.layers import BatchNorm, Convolution, Dense, LayerNormalization
from nnsim.text import quote
from nnsim.timeline import Place, RunLog, Timeline, find
from nnsim.timeline.replica import Replica
from nnsim.training.trainer import Trainer


@dataclass(frozen=True)
class Extra:
    """An optional library: its name, nnsim's extra that installs it, its module, a format without needs."""

    name: str
    package: str
    module: str
    instead: str

    @property
    def missing(self) -> bool:
        try:  # imported rather than looked for: any folder of this name beside the user would be found
            import_module(self.module)
        except ImportError:
            return True
        return False

    def require(self, format_name: str) -> None:
        if self.missing:
            raise NnsimError(
                f"--to {format_name}: needs {self.name}, an optional extra "
                f"(install nnsim[{self.package}]; --to {self.instead} needs nothing)"
            )


@dataclass(frozen=True)
class PictureOptions:
    """How a picture looks.  Args: theme: None takes the usual one. others: words in place of a pane's own."""

    theme: str | None = None
    title: str | None = None
    x_label: str | None = None
    y_label: str | None = None


@dataclass(frozen=True)
class Request:
    """An export to write."""

    timelines: Sequence[RunLog]
    recorded_s: float  # when the recording was written, in seconds since 1970
    run: str | None  # the name of a single run
    place: Place | None  # of the parameters, or of the picture
    pane: str | None  # of a picture
    size: tuple[int, int]  # of a picture, in cells
    epochs_per_s: float | None  # of a film
    idle_limit_s: float | None  # of a film
    # Takes what is done, the whole, its noun and a loss; returns whether to go on.
    progress: Callable[[int, int, str, float | None], bool]
    target: str | None  # the name of the file that is written; None where it goes to standard output
    note: Callable[[str], None]  # takes a sentence for whoever asked
    picture: PictureOptions = PictureOptions()

    def runs(self) -> "list[Chosen]":
        """The runs that are meant, at the place that is.  Raises: NnsimError where there is none."""
        return choose(self.timelines, self.run, self.place)


Pieces = Iterable[str | bytes]


@dataclass(frozen=True)
class Exporter:
    """Writes a recording in one format."""

    suffix: str  # the end of a default name
    # The name of each file, empty for the one that was asked for, and its pieces: others lie beside that one, or in
    # the folder that it is.
    write: Callable[[Request], Iterator[tuple[str, Pieces]]]
    options: frozenset[str] = frozenset({"--step"})  # of the command, that apply
    is_text: bool = True  # whether standard output can take it
    needs: Extra | None = None  # an optional library
    stale: str | None = None  # in a folder, the pattern of an earlier export's names
    summary: str = "{size}"  # printed at the end, from {size}, {runs} and {target}
    takes_scenarios: bool = False  # whether a run that is still to be trained says all that it needs
    interruptible: bool = False  # whether it calls `Request.progress` often enough for Ctrl-C to wait


def one_file(content: Callable[[Request], Pieces]) -> Callable[[Request], Iterator[tuple[str, Pieces]]]:
    def write(request: Request) -> Iterator[tuple[str, Pieces]]:
        yield "", content(request)

    return write


@dataclass(frozen=True)
class Chosen:
    """A run to export.  Args: number: in its recording, from 1. step: of its parameters."""

    number: int
    log: RunLog
    step: int

    @property
    def timeline(self) -> Timeline:
        """The run with its plan.  Raises: NnsimError for one of another program, which has figures alone."""
        if not isinstance(self.log, Timeline):
            raise NnsimError(
                f"{self.log.name}: another program has trained this run, and its log has no parameters "
                "(allowed of it: step records as csv, json, npz or tensorboard, pictures)"
            )
        return self.log

    def trainer(self) -> Trainer:
        return Replica(self.timeline).at(self.step)


def choose(timelines: Sequence[RunLog], run: str | None, place: Place | None) -> list[Chosen]:
    """All runs, or that of a name, variant or number, at a place or the end.  Raises: NnsimError without any."""
    found = list(enumerate(timelines, start=1))
    if run is not None:
        for same in (
            [one for one in found if one[1].name == run],
            [one for one in found if isinstance(one[1], Timeline) and one[1].variant == run],
            [one for one in found if str(one[0]) == run],
        ):
            if same:
                found = same
                break
        else:
            names = [one.name for one in timelines]
            listed = ", ".join(f"{number} ({name})" for number, name in enumerate(names[:20], start=1))
            raise NnsimError(f"--run {quote(run)}: there is no such run{nearest(run, names)} (allowed: {listed})")
        if len(found) > 1:
            listed = ", ".join(f"{number} ({one.name})" for number, one in found[:20])
            raise NnsimError(f"--run {quote(run)}: {len(found)} runs are called so (allowed: one of {listed})")
    return [
        Chosen(number, timeline, timeline.length if place is None else find(timeline, place).one())
        for number, timeline in found
    ]


def layer_arrays(trainer: Trainer) -> dict[str, Array]:
    """What a network has learnt, by `LAYER.PART`: weights (inputs, units), biases (units,), gamma, ...

    The weights of a convolution are (filters, channels, k, k).
    """
    flat, found = trainer.parameters, dict[str, Array]()
    for layer in trainer.plan.network.trained:
        if isinstance(layer, Dense | Convolution):
            weights = layer.weights(flat) if isinstance(layer, Dense) else layer.kernels(flat)
            found[f"{layer.name}.weights"] = weights.copy()
            biases = layer.biases(flat)
            if biases is not None:
                found[f"{layer.name}.biases"] = biases.copy()
        elif isinstance(layer, BatchNorm):
            parts = (*layer.view(flat), *layer.running(trainer.statistics))
            for name, part in zip(("gamma", "beta", "running_mean", "running_variance"), parts, strict=True):
                found[f"{layer.name}.{name}"] = part.copy()
        elif isinstance(layer, LayerNormalization):
            gamma, beta = layer.view(flat)
            found |= {f"{layer.name}.gamma": gamma.copy(), f"{layer.name}.beta": beta.copy()}
    return found


def one_run(runs: list[Chosen], format_name: str) -> Chosen:
    """The run to write, where a file holds a single one.  Raises: NnsimError where there are several."""
    if len(runs) > 1:
        listed = ", ".join(f"{one.number} ({one.timeline.name})" for one in runs[:20])
        raise NnsimError(f"--to {format_name}: holds one run (allowed: --run with one of {listed})")
    return runs[0]
