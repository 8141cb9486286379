"""TensorBoard's event files: the published check sums, and every scalar as TensorBoard's own reader sees it."""

import importlib.util
import struct

import numpy as np
import pytest

from nnsim.export.tensorboard import _checks, _scalars, events
from nnsim.run import Run
from nnsim.timeline import Series


def crc32c(data):
    """The masked sum taken off again."""
    (masked,) = struct.unpack("<I", _checks(np.frombuffer(data, np.uint8)[None, :]).tobytes())
    turned = (masked - 0xA282EAD8) % 2**32
    return (turned << 15 | turned >> 17) % 2**32


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"\0" * 32, 0x8A9136AA),
        (b"\xff" * 32, 0x62A8AB43),
        (bytes(range(32)), 0x46DD794E),
        (b"123456789", 0xE3069283),
    ],
)
def test_the_sums_of_rfc_3720_appendix_b_4(data, expected):
    assert crc32c(data) == expected


@pytest.fixture
def run(small_scenario):
    """Several figures, two strides, and steps of one byte and of two."""
    run = Run(small_scenario("[train]\nbatch_size = 2\nepochs = 300\nvalidation = 0.25"))
    run.advance_to(600)
    return run


def fields(data):
    """The fields of a protocol buffer: numbers, and what they hold."""
    at, found = 0, []

    def varint():
        nonlocal at
        value = shift = 0
        while True:
            byte = data[at]
            at += 1
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return value

    while at < len(data):
        key = varint()
        kind = key & 7
        if kind == 0:
            found.append((key >> 3, varint()))
        else:
            size = {1: 8, 5: 4}.get(kind) or varint()
            found.append((key >> 3, bytes(data[at : at + size])))
            at += size
    return found


def scalars(content):
    """(step, tag, value) of an event file, read by the specification."""
    at, found = 0, []
    while at < len(content):
        (length,) = struct.unpack_from("<Q", content, at)
        data = content[at + 12 : at + 12 + length]
        event = dict(fields(data))
        at += 16 + length
        for _, value in fields(event.get(5, b"")):
            tag, number = dict(fields(value))[1], dict(fields(value))[2]
            found.append((event[2], tag.decode(), struct.unpack("<f", number)[0]))
    return found


def test_every_value_is_there(run):
    found = {}
    for step, tag, value in scalars(b"".join(events(run.timeline, 1e9))):
        found.setdefault(tag, []).append((step, value))
    assert set(found) == {name.replace(":", "/") for name in run.timeline.series}
    for name, series in run.timeline.series.items():
        pairs = found[name.replace(":", "/")]
        assert [step for step, _ in pairs] == [(i + 1) * series.stride for i in range(len(series))]
        values = np.array([value for _, value in pairs], np.float32)
        assert np.array_equal(values, series.values(0, len(series)).astype(np.float32))


def test_numbers_of_steps_of_any_length():
    series = Series("loss", 300_000)
    series.append(np.arange(1000.0))
    content = b"".join(_scalars([series], series.stride, 0.0))
    assert scalars(content) == [((i + 1) * 300_000, "loss", float(i)) for i in range(1000)]


if importlib.util.find_spec("tensorboard") is not None:  # an optional extra

    @pytest.mark.filterwarnings("ignore")  # of a package that is not ours
    def test_tensorboard_reads_every_value(run, tmp_path):
        from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

        (tmp_path / "events.out.tfevents.1000000000.nnsim").write_bytes(b"".join(events(run.timeline, 1e9)))
        read = EventAccumulator(str(tmp_path), size_guidance={"scalars": 0})
        read.Reload()
        assert set(read.Tags()["scalars"]) == {name.replace(":", "/") for name in run.timeline.series}
        for name, series in run.timeline.series.items():
            found = read.Scalars(name.replace(":", "/"))
            assert [one.step for one in found] == [(i + 1) * series.stride for i in range(len(series))]
            values = np.array([one.value for one in found], np.float32)
            assert np.array_equal(values, series.values(0, len(series)).astype(np.float32))
            assert {one.wall_time for one in found} == {1e9}
