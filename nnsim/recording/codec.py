"""Values to bytes and back: columns of figures, checkpoints, JSON. What is read is checked before it is used."""

import base64
import binascii
import json
import zlib
from collections.abc import Iterable, Mapping
from itertools import islice
from typing import Any

import msgspec
import numpy as np

from nnsim.data.data_files import MAX_FILE
from nnsim.recording.checksummed_tables import Row
from nnsim.recording.format import MAX_ANSWERS
from nnsim.recording.packing import FASTEST, raw, unraw
from nnsim.scenario.lesson_schema import GivenAnswer
from nnsim.scenario.plan import Plan
from nnsim.text import clean_line
from nnsim.training.records import Checkpoint

MAX_FILES = 16  # that a scenario and its variants may name
MAX_UNPACKED = 2 * MAX_FILE  # bytes of all of them
UNPACKED_LEAST, UNPACKED_PER_BYTE = 1_000_000, 16
PIECE = 262_144  # bytes that are unpacked at once


# ------------------------------------------------------------------ JSON


def to_json(value: object) -> str:
    """JSON in ASCII; NaN and infinities as Python's reader understands them."""
    return json.dumps(value, separators=(",", ":"))


def answers_text(answers: Iterable[GivenAnswer]) -> str:
    """The answers to a lesson as JSON, or nothing where there are none."""
    found = [msgspec.to_builtins(one) for one in islice(answers, MAX_ANSWERS)]
    return to_json(found) if found else ""


def read_answers(text: str) -> tuple[GivenAnswer, ...]:
    """The answers of a recording.

    Raises: ValueError where it holds something else.
    """
    found = msgspec.convert(from_json(text), list[GivenAnswer])
    if len(found) > MAX_ANSWERS:
        raise ValueError("more than there may be")
    return tuple(
        msgspec.structs.replace(one, asked=clean_line(one.asked, 1000), answer=clean_line(one.answer, 1000))
        for one in found
    )


def read_runs(text: str, most: int) -> tuple[int, ...]:
    """The numbers of runs that stand in the meta data, of a recording that has so many runs.

    Raises: ValueError where it holds something else.
    """
    found = msgspec.convert(from_json(text), list[int])
    if any(not 0 <= one < most for one in found) or len(set(found)) < len(found):
        raise ValueError("no runs")
    return tuple(found)


def from_json(text: str) -> Any:
    """A JSON value whose texts are clean.

    Raises: ValueError where it is none.
    """
    try:
        return _cleaned(json.loads(text))
    except RecursionError:
        raise ValueError("depth") from None


def _cleaned(value: Any) -> Any:
    if isinstance(value, str):
        return _clean_text(value, 10_000)
    if isinstance(value, list):
        return [_cleaned(one) for one in value]
    if isinstance(value, dict):
        return {_clean_text(key, 200): _cleaned(one) for key, one in value.items()}
    return value


def _clean_text(text: str, limit: int) -> str:
    """Clean, and without the halves of characters that JSON can name and no terminal can show."""
    return clean_line(text.encode("utf-8", "replace").decode("utf-8"), limit)


# ------------------------------------------------------------------ files of the scenario


def files_text(contents: Mapping[str, bytes]) -> str:
    """The files that a scenario has read, packed, as JSON: name -> base64 text."""
    return to_json({name: base64.b64encode(_packed(one)).decode() for name, one in contents.items()})


def _packed(content: bytes) -> bytes:
    packed = zlib.compress(content, FASTEST if len(content) > UNPACKED_LEAST else -1)
    return packed if len(content) <= _unpacked_most(packed) else zlib.compress(content, 0)


def _unpacked_most(packed: bytes) -> int:
    """Bytes that a file may unpack to: a small recording must not ask for much memory."""
    return min(UNPACKED_LEAST + UNPACKED_PER_BYTE * len(packed), MAX_FILE)


def read_files(text: str) -> dict[str, bytes]:
    """What `files_text` has packed.

    Raises: ValueError where it is damaged, or larger than files may be.
    """
    found: dict[str, bytes] = {}
    try:
        table = json.loads(text)
        del text  # what is large need not be held twice, here and below
    except RecursionError:
        raise ValueError("depth") from None
    if not isinstance(table, dict) or len(table) > MAX_FILES:
        raise ValueError("files")
    left = MAX_UNPACKED
    for name in list(table):
        encoded = table.pop(name)
        if not isinstance(encoded, str):
            raise ValueError("file")
        packed = binascii.a2b_base64(encoded, strict_mode=True)
        del encoded
        found[name] = _unpacked(packed, max(min(left, _unpacked_most(packed)), 1))
        left -= len(found[name])
        if left < 0:
            raise ValueError("file size")
    return found


def _unpacked(packed: bytes, most: int) -> bytes:
    """A file of at most so many bytes, counted first: zlib unpacks into a place of its size without a second one.

    Raises: ValueError where it is damaged or larger.
    """
    unpacker, size = zlib.decompressobj(), 0
    try:
        for start in range(0, len(packed), PIECE):
            rest = packed[start : start + PIECE]
            while rest and not unpacker.eof:
                size += len(unpacker.decompress(rest, PIECE))
                rest = unpacker.unconsumed_tail
                if size > most:
                    raise ValueError("file size")
    except zlib.error:
        raise ValueError("file") from None
    if not unpacker.eof:
        raise ValueError("file size")
    return zlib.decompress(packed, bufsize=max(size, 1))


# ------------------------------------------------------------------ checkpoints


def checkpoint_values(run: int, checkpoint: Checkpoint) -> tuple[int, int, bytes, bytes, str, bytes]:
    """The columns of a checkpoint; the key of the legacy generator, an array, stands beside its other state."""
    state, key = _without_key(checkpoint.random)
    kept: Any = state
    if checkpoint.random_now:  # both states, one after the other
        now, its_key = _without_key(checkpoint.random_now)
        kept, key = [state, now], key + its_key
    slots = raw(checkpoint.slots) + raw(checkpoint.statistics)
    return run, checkpoint.step, raw(checkpoint.parameters), slots, to_json(kept), key


def same_random_state(one: Checkpoint, other: Checkpoint) -> bool:
    """Whether the generators of two checkpoints go on with the same numbers."""
    return checkpoint_values(0, one)[4:] == checkpoint_values(0, other)[4:]


def _without_key(random: Mapping[str, Any]) -> tuple[dict[str, Any], bytes]:
    state, key = dict(random), b""
    if state and "key" in state["state"]:
        inner = dict(state["state"])
        key = np.ascontiguousarray(inner.pop("key"), "<u4").tobytes()
        state["state"] = inner
    return state, key


def checkpoint_bytes(plan: Plan) -> int:
    """Bytes that a checkpoint of this plan may take in a file."""
    return 8 * (plan.network.size + int(np.prod(_slots_shape(plan))) + _statistics(plan)) + 16384


def read_checkpoint(row: Row, plan: Plan) -> Checkpoint:
    """The checkpoint in a row, whose arrays and random state must be those of the plan.

    Raises: ValueError where they are not.
    """
    _, step, parameters, slots, random, key, _ = row
    shape = _slots_shape(plan)
    count = int(np.prod(shape))
    rest = unraw(slots, count + _statistics(plan))
    state = from_json(random)
    now: dict[str, Any] = {}
    if plan.network.draws and not plan.batches.full and isinstance(state, list):
        if len(state) != 2 or len(key) % 2:
            raise ValueError("random state")
        half = len(key) // 2
        now = _random_state(state[1], key[half:], plan)
        state, key = state[0], key[:half]
    precision = np.dtype(plan.train.precision)  # the file has all numbers in float64, which holds either exactly
    return Checkpoint(
        step,
        unraw(parameters, plan.network.size).astype(precision),
        rest[:count].reshape(shape).astype(plan.solver.init(plan.optimizer, np.zeros(1, precision)).dtype),
        _random_state(state, key, plan),
        now,
        rest[count:].astype(precision),
    )


def _statistics(plan: Plan) -> int:
    return int(plan.network.initial_statistics().size)


def _slots_shape(plan: Plan) -> tuple[int, ...]:
    return plan.memory(np.zeros(plan.network.size)).rows.shape


def _random_state(state: Any, key: bytes, plan: Plan) -> dict[str, Any]:
    """The state of the plan's generator, each number in its range: NumPy does not check them all itself."""
    draws = not plan.solver.uses_gradient or not plan.batches.full or plan.network.draws
    if not draws:
        if state != {} or key:
            raise ValueError("random state")
        return {}
    if not isinstance(state, dict) or not isinstance(inner := state.get("state"), dict):
        raise ValueError("random state")
    if plan.random.generator == "legacy":
        fields = state.keys() == {"bit_generator", "state", "has_gauss", "gauss"} and inner.keys() == {"pos"}
        gauss = state.get("gauss")
        if (
            not fields
            or state["bit_generator"] != "MT19937"
            or len(key) != 624 * 4
            or not _whole(inner["pos"], 624)
            or not _whole(state["has_gauss"], 1)
            or not isinstance(gauss, float)
            or not np.isfinite(gauss)
        ):
            raise ValueError("random state")
        return {**state, "state": {"key": np.frombuffer(key, "<u4").astype(np.uint32), **inner}}
    fields = state.keys() == {"bit_generator", "state", "has_uint32", "uinteger"} and inner.keys() == {
        "state",
        "inc",
    }
    if (
        not fields
        or key
        or state["bit_generator"] != "PCG64"
        or not _whole(inner["state"], 2**128 - 1)
        or not _whole(inner["inc"], 2**128 - 1)
        or inner["inc"] % 2 == 0
        or not _whole(state["has_uint32"], 1)
        or not _whole(state["uinteger"], 2**32 - 1)
    ):
        raise ValueError("random state")
    return state


def _whole(value: object, most: int) -> bool:
    return type(value) is int and 0 <= value <= most
