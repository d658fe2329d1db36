"""The simulation: it agrees with what is known of queues, and what is lost in it is lost."""

from collections import OrderedDict
from dataclasses import replace
from random import Random

import pytest

from benchmarks.sizing import spreading
from benchmarks.sizing.cell import Costs
from benchmarks.sizing.events import Places, Timeline
from benchmarks.sizing.simulation import Bench, Cell, behaviour, rate

COSTS = Costs(check=0.001, exchange=0.002, read=0.0, commit=0.0, cold=0.004)
CELL = Cell(processes=1, processors=1, checks=500.0, exchanges=0.0, cold=0.0)


def test_what_waits_is_served_in_its_order_when_a_place_is_free() -> None:
    """Three uses of two places: the third begins when the first has ended."""
    timeline, ended = Timeline(), list[tuple[str, float]]()
    places = Places(timeline, 2)

    for name, seconds in (("a", 1.0), ("b", 3.0), ("c", 1.0)):
        places.use(seconds, lambda name=name: ended.append((name, timeline.now)))  # type: ignore[misc]  # bound now
    timeline.run(10.0)

    assert ended == [("a", 1.0), ("c", 2.0), ("b", 3.0)]
    assert places.busy == 5.0


def test_two_things_are_held_together() -> None:
    """A thread that waits for a processor lets no other use of its loop begin."""
    timeline, ended = Timeline(), list[float]()
    loop, processors = Places(timeline, 1), Places(timeline, 1)
    processors.use(2.0, lambda: None)

    for _ in range(2):
        loop.with_one_of(processors, 1.0, lambda: ended.append(timeline.now))
    timeline.run(10.0)

    assert ended == [3.0, 4.0]


def test_waiting_is_what_theory_says_of_one_server_with_equal_requests() -> None:
    """Half busy, a request of one millisecond takes one and a half on average (Pollaczek and Khinchine)."""
    found = behaviour(CELL, COSTS, 60.0)

    assert found.process == pytest.approx(0.5, rel=0.03)
    assert found.answered == pytest.approx(500.0, rel=0.03)
    # Of equal requests the median is little more than the work, the slow ones wait for several others.
    assert 1.0 <= found.p50 < 1.6
    assert 3.0 < found.p99 < 7.0


def test_a_database_that_is_lost_refuses_and_comes_back() -> None:
    """A third of the time without it is a third of the requests refused, and nobody waits longer afterwards."""
    well, lost = behaviour(CELL, COSTS, 6.2), behaviour(CELL, COSTS, 6.2, outage=(2.0, 4.0))

    assert well.refused == 0.0
    assert lost.refused == pytest.approx(1 / 3, abs=0.03)
    assert lost.p99 < well.p99 * 1.2


def test_what_is_cold_and_what_has_changed_costs_more() -> None:
    """Both keep processes busier than the same requests about what is in memory."""
    warm = behaviour(CELL, COSTS, 5.0).process

    assert behaviour(replace(CELL, cold=0.1), COSTS, 5.0).process > warm * 1.3
    assert behaviour(replace(CELL, changed=0.1), replace(COSTS, followed=0.004), 5.0).process > warm * 1.3


def test_reads_are_shared_by_those_who_wait() -> None:
    """A slow way to the database makes fewer reads, each for more requests."""
    near = behaviour(CELL, replace(COSTS, read=0.000_01), 5.0)
    far = behaviour(CELL, replace(COSTS, read=0.000_01, way=0.02), 5.0)

    assert near.reads > 450
    assert far.reads <= 50


def test_exchanges_share_their_commits() -> None:
    """More exchanges than there are flushes a second are possible, and each waits for at least one flush."""
    busy = replace(CELL, checks=0.0, exchanges=300.0)
    found = behaviour(busy, replace(COSTS, flush=0.02), 5.0)

    assert found.answered == pytest.approx(300.0, rel=0.1)
    assert found.p50 > 22.0


@pytest.mark.parametrize(("processes", "expected"), [(1, 1_000), (2, 2_000), (3, 2_000)])
def test_processes_on_one_machine_share_its_processors(processes: int, expected: int) -> None:
    """Two processors do twice the work of one process, and a third process adds nothing."""
    bench = Bench(processors=2, processes=processes, connections=16, generator=0.0, exchanging=False)

    assert rate(bench, COSTS, 2.0) == pytest.approx(expected, rel=0.03)


def test_placing_the_largest_first_is_more_even_than_names() -> None:
    """Names leave a cell with much more than its share; the largest organization is the least a cell can have."""
    loads = spreading.shares(2_000, 0.8)

    assert spreading.by_load(loads, 10) == pytest.approx(max(1.0, loads[0] * 10), rel=0.01)
    assert spreading.by_name(loads, 10) > spreading.by_load(loads, 10)


def test_the_share_that_is_not_in_memory_is_that_of_a_memory_that_drops_the_oldest() -> None:
    """The approximation agrees with a memory that is really kept, question by question."""
    loads, chance = spreading.shares(300, 0.8), Random(1)
    held: OrderedDict[int, None] = OrderedDict()
    dropped = 0
    for asked in chance.choices(range(300), loads, k=30_000):
        dropped += asked not in held
        held[asked] = None
        held.move_to_end(asked)
        if len(held) > 60:
            held.popitem(last=False)

    assert spreading.missing(loads, 60) == pytest.approx(dropped / 30_000, abs=0.02)
    assert spreading.missing(loads, 300) == 0.0
