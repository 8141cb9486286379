"""TensorBoard's event files: every scalar as TensorBoard's own reader sees it."""

import numpy as np
import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from nnsim.export.tensorboard import event_count, events
from nnsim.timeline.run import Run


@pytest.fixture
def read(tmp_path):
    """Write the event file of a run, and read it with TensorBoard: (step, value) by tag."""

    def read(timeline):
        pieces = list(events(timeline, 1e9))
        assert [done for done, _ in pieces] == sorted(done for done, _ in pieces)
        assert pieces[-1][0] == event_count(timeline)
        (tmp_path / "events.out.tfevents.1000000000.nnsim").write_bytes(b"".join(piece for _, piece in pieces))
        reader = EventAccumulator(str(tmp_path), size_guidance={"scalars": 0})
        reader.Reload()
        found = {tag: reader.Scalars(tag) for tag in reader.Tags()["scalars"]}
        assert {one.wall_time for scalars in found.values() for one in scalars} <= {1e9}
        assert reader.file_version == 2.0
        return {tag: [(one.step, one.value) for one in scalars] for tag, scalars in found.items()}

    return read


def test_tensorboard_reads_every_value(read, small_scenario):
    """Several figures, two strides, and more events than stand in one piece."""
    run = Run(small_scenario("[train]\nbatch_size = 2\nepochs = 300\nvalidation = 0.25"))
    run.advance_to(600)
    found = read(run.timeline)
    assert set(found) == {name.replace(":", "/") for name in run.timeline.series}
    assert {series.stride for series in run.timeline.series.values()} == {1, 2}
    for name, series in run.timeline.series.items():
        pairs = found[name.replace(":", "/")]
        assert [step for step, _ in pairs] == [(i + 1) * series.stride for i in range(len(series))]
        values = np.array([value for _, value in pairs], np.float32)
        assert np.array_equal(values, series.values(0, len(series)).astype(np.float32))


def test_what_no_float32_holds_is_infinite_and_nan_stays(read, small_scenario):
    run = Run(small_scenario())
    run.advance_to(3)
    figures = run.timeline.series["loss"]
    series = type(figures)("loss", 300_000)
    series.append(np.array([1e300, np.nan, -1e300]))
    run.timeline.series.clear()
    run.timeline.series["loss"] = series
    assert str(read(run.timeline)["loss"]) == "[(300000, inf), (600000, nan), (900000, -inf)]"


def test_a_run_without_a_step_gives_an_event_file_without_scalars(read, small_scenario):
    assert read(Run(small_scenario()).timeline) == {}
