"""Simulated load: on a cell of a large deployment, and on the small machine on which the same was measured."""

from dataclasses import dataclass, replace
from functools import partial
from random import Random
from typing import Final

from benchmarks.figures import percentile
from benchmarks.sizing.cell import Caller, Costs, Database, Process, Tally
from benchmarks.sizing.events import Places, Timeline

_SEED: Final = 1
_WARM_UP: Final = 0.2
"""Seconds before answers count."""


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell and what comes to it; per second."""

    processes: int
    processors: int
    """Of its database."""
    checks: float
    exchanges: float
    cold: float
    """Share of the checks whose organization is not in memory."""
    changed: float = 0.0
    """Share of the checks whose organization has changed since their process was last asked about it."""


@dataclass(frozen=True, slots=True)
class Behaviour:
    """How a cell behaves. Times in milliseconds."""

    p50: float
    p99: float
    answered: float
    """Requests a second."""
    refused: float
    """Share of the requests that were told to come again."""
    process: float
    """Share of the time that an average process was busy."""
    database: float
    """Share of the time that the database's processors were busy."""
    reads: float
    """Freshness reads a second."""


def behaviour(cell: Cell, costs: Costs, seconds: float, outage: tuple[float, float] | None = None) -> Behaviour:
    """Return how a cell behaves when requests come by chance; its database may be lost from one moment to another."""
    timeline, chance, tally = Timeline(), Random(_SEED), Tally()
    processors = Places(timeline, cell.processors)
    database = Database(timeline, processors, costs)
    replicas = [Process(timeline, database) for _ in range(cell.processes)]
    arrivals = _Arrivals(timeline, chance, tally, replicas)
    arrivals.checks(cell)
    arrivals.exchanges(cell.exchanges)
    if outage is not None:
        timeline.after(outage[0], database.lose)
        timeline.after(outage[1], database.recover)
    timeline.run(seconds)
    latencies = sorted(tally.latencies)
    asked = len(latencies) + tally.refused
    return Behaviour(
        p50=percentile(latencies, 50) * 1_000,
        p99=percentile(latencies, 99) * 1_000,
        answered=len(latencies) / (seconds - _WARM_UP),
        refused=tally.refused / asked if asked else 0.0,
        process=sum(replica.busy for replica in replicas) / seconds / cell.processes,
        database=processors.busy / seconds / cell.processors,
        reads=database.reads / seconds,
    )


class _Arrivals:
    """Requests that come independently of each other, each to a process that chance chooses."""

    def __init__(self, timeline: Timeline, chance: Random, tally: Tally, replicas: list[Process]) -> None:
        self._timeline = timeline
        self._chance = chance
        self._tally = tally
        self._replicas = replicas

    def checks(self, cell: Cell) -> None:
        if cell.checks:
            self._timeline.after(self._chance.expovariate(cell.checks), partial(self._check, cell))

    def exchanges(self, rate: float) -> None:
        if rate:
            self._timeline.after(self._chance.expovariate(rate), partial(self._exchange, rate))

    def _check(self, cell: Cell) -> None:
        replica, luck = self._chance.choice(self._replicas), self._chance.random()
        replica.check(self._caller(), cold=luck < cell.cold, changed=luck >= 1 - cell.changed)
        self.checks(cell)

    def _exchange(self, rate: float) -> None:
        self._chance.choice(self._replicas).exchange(self._caller())
        self.exchanges(rate)

    def _caller(self) -> Caller:
        came = self._timeline.now
        return Caller(partial(self._answered, came), partial(self._refused, came))

    def _answered(self, came: float) -> None:
        if came >= _WARM_UP:
            self._tally.latencies.append(self._timeline.now - came)

    def _refused(self, came: float) -> None:
        if came >= _WARM_UP:
            self._tally.refused += 1


@dataclass(frozen=True, slots=True)
class Bench:
    """A small machine on which everything shares the processors: generator, processes and database."""

    processors: int
    processes: int
    connections: int
    generator: float
    """Seconds of a processor that the generator takes for a request."""
    exchanging: bool


def rate(bench: Bench, costs: Costs, seconds: float) -> float:
    """Return how many requests a second are answered there, each connection asking again once it is answered."""
    timeline = Timeline()
    processors = Places(timeline, bench.processors)
    database = Database(timeline, processors, replace(costs, cold=0.0))
    replicas = [Process(timeline, database, processors) for _ in range(bench.processes)]
    generator, done = Places(timeline, 1), Tally()

    def ask(replica: Process) -> None:
        # The generator has one thread, too, and needs a processor for what it does.
        generator.with_one_of(processors, bench.generator, lambda: asked(replica))

    def asked(replica: Process) -> None:
        caller = Caller(partial(answered, replica), partial(ask, replica))
        (replica.exchange if bench.exchanging else replica.check)(caller)

    def answered(replica: Process) -> None:
        done.latencies.append(timeline.now)
        ask(replica)

    for number in range(bench.connections):
        ask(replicas[number % bench.processes])
    timeline.run(seconds)
    counted = sum(moment >= _WARM_UP for moment in done.latencies)
    return counted / (seconds - _WARM_UP)
