"""NPZ: the figures and what the networks have learnt, as NumPy arrays."""

import io
from collections.abc import Iterator

import numpy as np

from nnsim.arrays import Array
from nnsim.export.exporter import Exporter, Request, layer_arrays, one_file


def arrays_npz(request: Request) -> Iterator[bytes]:
    """Arrays named `RUN/figures/NAME` and `RUN/parameters/LAYER.PART`; RUN counts from 1.

    `RUN/step` is the step of the parameters, `runs` the names of all runs. Value i of a figure belongs to step
    (i + 1) times its stride, which is 1, or the steps of an epoch for what starts with `validation`.
    """
    runs = request.runs()
    arrays: dict[str, Array] = {"runs": np.array([one.timeline.name for one in runs])}
    for one in runs:
        arrays[f"{one.number}/step"] = np.array(one.step)
        arrays[f"{one.number}/steps_per_epoch"] = np.array(one.timeline.steps_per_epoch)
        for name, series in one.timeline.series.items():
            arrays[f"{one.number}/figures/{name.replace(':', '.')}"] = series.values(0, len(series))
        for name, array in layer_arrays(one.trainer()).items():
            arrays[f"{one.number}/parameters/{name}"] = array
    file = io.BytesIO()
    np.savez_compressed(file, **arrays)  # type: ignore[arg-type]
    yield file.getvalue()


NPZ = Exporter(".npz", one_file(arrays_npz), is_text=False)
