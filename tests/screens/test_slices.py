"""The pacer hands back in time, on an event loop whose clock is moved by hand."""

import asyncio
from functools import partial

import pytest

from screens.slices import CHUNK_S, LEAST_CHUNK, SLICE_S, Pace, in_slices

STEP_S = 1e-5
LATE_S = 0.5 * CHUNK_S  # a chunk that is begun close to the end of its time ends so much later


class ByHand(asyncio.SelectorEventLoop):
    """A loop on which a step takes 10 microseconds, and everything else no time."""

    now = 0.0

    def time(self):
        return self.now

    def train(self, steps):
        self.now += steps * STEP_S
        return steps


class Foreign(ByHand):
    """A loop that keeps neither list by the names that Python's own loops have."""

    def __getattribute__(self, name):
        if name in ("_ready", "_scheduled") and object.__getattribute__(self, "__dict__").get("foreign"):
            raise AttributeError(name)
        return super().__getattribute__(name)


def paced(check, kind=ByHand):
    with asyncio.Runner(loop_factory=kind) as runner:
        runner.run(check(runner.get_loop()))


def one_slice(pace, loop, steps):
    pace.begin()
    began, sizes = loop.now, []
    while not pace.over():
        done, steps = pace.chunk(loop.train, steps)
        sizes.append(done)
    return loop.now - began, sizes, steps


def test_chunks_grow_to_their_length_and_slices_stay_within_theirs():
    async def check(loop):
        pace, steps = Pace(SLICE_S), 1
        for _ in range(20):
            took, sizes, steps = one_slice(pace, loop, steps)
            assert took <= SLICE_S + LATE_S
        assert CHUNK_S / 2 <= steps * STEP_S <= 1.6 * CHUNK_S
        assert all(size & (size - 1) == 0 for size in sizes)
        assert len(set(sizes)) == 1  # none is cut to fill the slice
        assert SLICE_S - sum(sizes) * STEP_S < CHUNK_S

    paced(check)


@pytest.mark.parametrize("due_s", [0.0004, 0.0011, 0.0017, 0.0026, 0.0035])
def test_a_slice_ends_where_the_next_timer_is_due(due_s):
    async def check(loop):
        pace, rung = Pace(SLICE_S), []
        due = loop.now + due_s
        loop.call_at(due, lambda: rung.append(loop.now))
        took, _, _ = one_slice(pace, loop, 128)
        assert due_s <= took + 1e-12 or took >= SLICE_S - LEAST_CHUNK * CHUNK_S
        await pace.turn()
        await pace.turn()
        assert rung
        assert rung[0] - due <= LATE_S

    paced(check)


def test_what_is_ready_has_its_turn_after_one_chunk():
    async def check(loop):
        pace, called = Pace(SLICE_S), []
        loop.call_soon(lambda: called.append(loop.now))
        _, sizes, _ = one_slice(pace, loop, 32)
        assert sizes == [32]
        await pace.turn()
        assert called

    paced(check)


def test_a_loop_that_tells_nothing_is_handed_back_to_after_each_slice():
    async def check(loop):
        loop.foreign = True
        pace = Pace(SLICE_S)
        loop.foreign = False
        loop.call_later(0.0001, lambda: None)
        took, _, _ = one_slice(pace, loop, 128)
        assert SLICE_S - LEAST_CHUNK * CHUNK_S <= took <= SLICE_S + LATE_S
        await pace.turn()

    paced(check, Foreign)


def test_two_that_train_side_by_side_both_get_on():
    async def check(loop):
        shares = {"one": 0, "other": 0}

        def advance(name, steps):
            shares[name] += steps
            return loop.train(steps)

        await asyncio.gather(
            *(in_slices(partial(advance, name), lambda: sum(shares.values()) < 20_000) for name in shares)
        )
        assert min(shares.values()) >= 5_000

    paced(check)


def test_other_work_is_done_in_slices_until_nobody_wants_it():
    async def check(loop):
        done, rung = [], []

        def advance(steps):
            done.append(steps)
            return loop.train(steps)

        def ring():
            rung.append(loop.now)
            loop.call_later(0.005, ring)

        ring()
        await in_slices(advance, lambda: sum(done) < 20_000)
        assert 20_000 <= sum(done) <= 20_600
        assert len(rung) >= 35  # 0.2 s, every 5 ms

    paced(check)
