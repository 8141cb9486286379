"""Named facts of a recording: whose it is, which lesson it belongs to, and what decides the bits of its figures."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace

import numpy as np

from nnsim.scenario.scenario import Scenario
from nnsim.scenario.scenario_hashes import part_hashes
from nnsim.text import clean_line
from nnsim.timeline import Timeline

MAX_STUDENT = 200  # characters
MAX_FACT = 10_000


@dataclass(frozen=True)
class Facts:
    """What a recording says of itself beside its runs; empty text where nothing is said.

    Whoever records gives `student`, and `kernel` and `source` where they are others; `completed` measures the rest.
    All of it is a claim of the file: who judges a recording compares figures, and takes these as hints.

    Args:
        student: whose recording it is, as they wrote their name.
        lesson_hash, task_hash, variants_hash: of the scenario, by `nnsim.scenario.scenario_hashes.part_hashes`.
        numpy: version of NumPy. blas: libraries of linear algebra with the kernel that each has chosen for this
        processor. vector: the vector features that NumPy uses. precision: that of the runs' numbers.
        kernel: what computes the steps; `numpy` is the trainer of nnsim, `numba` and its version compiled code.
        source: where a run comes from that another program has trained.
    """

    student: str = ""
    lesson_hash: str = ""
    task_hash: str = ""
    variants_hash: str = ""
    numpy: str = ""
    blas: str = ""
    vector: str = ""
    precision: str = ""
    kernel: str = "numpy"
    source: str = ""

    def completed(self, timelines: Sequence[Timeline]) -> "Facts":
        """The same with what can be measured here for these runs of one scenario, where it is empty."""
        measured = {**hashes(timelines[0].scenario), **own_bits(), "precision": precision_of(timelines)}
        return replace(self, **{key: value for key, value in measured.items() if not getattr(self, key)})

    def rows(self) -> list[tuple[str, str]]:
        """Keys and values of those that say something, as they stand in a file."""
        limits = {"student": MAX_STUDENT}
        named = {key: clean_line(value, limits.get(key, MAX_FACT)) for key, value in asdict(self).items()}
        return sorted((key, value) for key, value in named.items() if value)

    @classmethod
    def read(cls, rows: Mapping[str, str], scenario: Scenario, numpy: str) -> "Facts":
        """Those of a file; an older one has none, and its hashes are taken of the text of its scenario.

        Args: numpy: the version that the older file names.
        """
        known = {one.name for one in fields(cls)}
        found = {key: clean_line(value, MAX_FACT) for key, value in rows.items() if key in known}
        return cls(**({**hashes(scenario), "numpy": numpy} if not rows else {"kernel": "", **found}))


def precision_of(timelines: Sequence[Timeline]) -> str:
    """That of the numbers of runs, as they begin; several where they differ."""
    return " ".join(sorted({one.plan.train.precision for one in timelines}))


def hashes(scenario: Scenario) -> dict[str, str]:
    """The hashes of a scenario by the names of the facts."""
    return {f"{part}_hash": digest for part, digest in part_hashes(scenario).items()}


def own_bits() -> dict[str, str]:
    """What decides the last bits of a sum here: NumPy, the kernel of the linear algebra, the vector features."""
    from threadpoolctl import threadpool_info

    found = [one for one in threadpool_info() if one["user_api"] == "blas"]
    libraries = {
        " ".join(str(one[key]) for key in ("internal_api", "version", "architecture") if one.get(key))
        for one in found
    }
    simd = np.show_config(mode="dicts")["SIMD Extensions"]
    features = dict.fromkeys([*simd.get("baseline", ()), *simd.get("found", ())])
    return {"numpy": np.__version__, "blas": "; ".join(sorted(libraries)), "vector": " ".join(features)}
