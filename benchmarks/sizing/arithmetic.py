"""What a workload needs, worked out from the constants: products and quotients alone, each shown as it is done."""

from collections.abc import Iterator
from dataclasses import dataclass
from math import ceil
from typing import Final

from benchmarks.sizing.constants import Constants
from benchmarks.sizing.workloads import Workload

FILL: Final = 0.6
"""Share of a processor that is planned for: what waits grows without bound near one."""
SPREAD: Final = 1.3
"""What is added where there are several cells, since none has just its even share."""
PROCESS: Final = 150e6
"""Bytes of a process that knows nothing yet."""
DAY: Final = 86_400
SEALS: Final = 60.0
"""Seconds between two seals, as a deployment has it unless told otherwise."""
_MILLION: Final = 1e6


@dataclass(frozen=True, slots=True)
class Line:
    """One result, and how it was had."""

    name: str
    title: str
    value: float
    unit: str
    how: str


@dataclass(frozen=True, slots=True)
class Need:
    """What a workload needs."""

    workload: Workload
    lines: tuple[Line, ...]

    def __getitem__(self, name: str) -> float:
        return next(line.value for line in self.lines if line.name == name)


def need(workload: Workload, constants: Constants) -> Need:
    """Return what a workload needs."""
    return Need(workload, (*_service(workload, constants), *_database(workload, constants)))


def processes(workload: Workload, constants: Constants) -> int:
    """Return how many processes answer: whole ones in every cell."""
    busy = cores(workload, constants)
    return workload.cells * max(ceil(busy / FILL * (SPREAD if workload.cells > 1 else 1) / workload.cells), 2)


def cores(workload: Workload, constants: Constants) -> float:
    """Return the processors that requests keep busy at the busiest moment."""
    times = constants.times
    checks = workload.checks * (times.introspection + workload.cold * _loading(constants))
    return (checks + workload.exchanges * times.exchange) / _MILLION


def _loading(constants: Constants) -> float:
    """Return the microseconds that a question takes beyond another when its organization has to be loaded."""
    return max(constants.times.cold - constants.times.introspection, 0.0)


def _service(workload: Workload, constants: Constants) -> Iterator[Line]:
    times, weights = constants.times, constants.weights
    busy, count = cores(workload, constants), processes(workload, constants)
    yield Line(
        "cores", "processors kept busy by requests", busy, "",
        f"{workload.checks:,} x ({times.introspection:,.0f} + {workload.cold:g} x {_loading(constants):,.0f} µs) + "
        f"{workload.exchanges:,} x {times.exchange:,.0f} µs",
    )  # fmt: skip
    spread = f" x {SPREAD:g} as no cell has just its share" if workload.cells > 1 else ""
    yield Line(
        "processes", "processes of the service", count, "",
        f"{busy:,.2f} / {FILL:g}{spread}, whole ones and at least two in each of {workload.cells:,} cells",
    )  # fmt: skip
    whole = (
        workload.relationships * weights.relationship_in_memory
        + workload.delegations * weights.delegation_in_memory
        + workload.organizations * weights.organization_in_memory
    )
    yield Line(
        "pictures", "pictures of everything, once", whole / 1e9, "GB",
        f"{workload.relationships:,} x {weights.relationship_in_memory:,.0f} + {workload.delegations:,} x "
        f"{weights.delegation_in_memory:,.0f} + {workload.organizations:,} x {weights.organization_in_memory:,.0f} "
        "bytes",
    )  # fmt: skip
    held = whole * workload.active / workload.cells
    yield Line(
        "memory", "memory of a process that keeps all that is active in its cell", (held + PROCESS) / 1e9, "GB",
        f"{whole / 1e9:,.2f} GB x {workload.active:g} active / {workload.cells:,} cells + {PROCESS / 1e6:g} MB",
    )  # fmt: skip
    yield following(workload, constants)
    yield Line(
        "network", "network, checks and their answers", workload.checks * weights.check_on_wire * 8 / 1e9, "Gbit/s",
        f"{workload.checks:,} x {weights.check_on_wire:,.0f} bytes x 8",
    )  # fmt: skip


def following(workload: Workload, constants: Constants) -> Line:
    """Return what it takes every process of a cell to follow the changes of its organizations."""
    each, followed = processes(workload, constants) // workload.cells, constants.times.followed
    share = workload.changes / workload.cells * followed / _MILLION
    return Line(
        "following",
        "share of each process that follows changes",
        share * 100,
        "%",
        f"{workload.changes:,} / {workload.cells:,} x {followed:,.0f} µs, in each of the {each:,} of a cell at most",
    )


def _database(workload: Workload, constants: Constants) -> Iterator[Line]:
    times, weights = constants.times, constants.weights
    each = processes(workload, constants) // workload.cells
    asked = (workload.checks + workload.exchanges) / workload.cells
    turns = min(asked, each * _MILLION / times.read_clock)
    yield Line(
        "reads", "freshness reads a second, of one database", turns, "/s",
        f"the smaller of {asked:,.0f} requests and {each:,} processes x one at a time, {times.read_clock:,.0f} µs each",
    )  # fmt: skip
    exchanged = workload.exchanges / workload.cells * times.exchange_in_database / _MILLION
    reading = turns * times.read / _MILLION
    yield Line(
        "database", "processors of one database", reading + exchanged, "",
        f"{turns:,.0f} x {times.read:,.0f} µs + {workload.exchanges / workload.cells:,.0f} x "
        f"{times.exchange_in_database:,.0f} µs",
    )  # fmt: skip
    written = workload.exchanges * weights.token_on_disk + workload.changes * weights.change_on_disk
    day = written * workload.average * DAY / workload.cells / 1e9
    yield Line(
        "growth", "growth of one database a day", day, "GB",
        f"({workload.exchanges:,} x {weights.token_on_disk:,.0f} + {workload.changes:,} x "
        f"{weights.change_on_disk:,.0f} bytes) x {workload.average:g} x {DAY:,} s / {workload.cells:,}",
    )  # fmt: skip
    covered = workload.changes / workload.cells + each / SEALS
    yield Line(
        "seals", "rows a second that seals of one cell add, at most", covered, "/s",
        f"{workload.changes:,} / {workload.cells:,} + {each:,} processes / {SEALS:g} s",
    )  # fmt: skip
    standing = (
        workload.delegations * weights.delegation_on_disk + workload.relationships * weights.change_on_disk
    ) / workload.cells
    yield Line(
        "standing", "what one database begins with", standing / 1e9, "GB",
        f"({workload.delegations:,} x {weights.delegation_on_disk:,.0f} + {workload.relationships:,} x "
        f"{weights.change_on_disk:,.0f} bytes) / {workload.cells:,}",
    )  # fmt: skip
