"""What is simulated of the largest deployment: how its organizations spread, and what one of its cells goes through."""

from collections.abc import Callable, Iterator
from dataclasses import asdict, replace
from math import ceil
from typing import Any, Final

from benchmarks.sizing import spreading
from benchmarks.sizing.arithmetic import need
from benchmarks.sizing.cell import Costs
from benchmarks.sizing.constants import Constants
from benchmarks.sizing.simulation import Behaviour, Cell, behaviour
from benchmarks.sizing.workloads import WORLD

POWERS: Final = (0.6, 0.8, 1.0)
_POWER: Final = 0.8
"""That of the cell that is simulated."""
_WAY: Final = 0.0005
"""Seconds to the database and back within a data centre."""
_FLUSH: Final = 0.001
"""Seconds until a commit is on a disk of a data centre, or on a standby."""
_SECONDS: Final = 3.0
_OUTAGE: Final = (1.0, 2.0)

Row = dict[str, Any]


def spread(tell: Callable[[str], None], organizations: int = WORLD.organizations) -> Iterator[Row]:
    """Yield how evenly the organizations can be spread, by how unequal they are."""
    for power in POWERS:
        tell(f"spreading {organizations:,} organizations, power {power:g}")
        loads = spreading.shares(organizations, power)
        of_a_cell = loads[:: WORLD.cells]
        yield {
            "power": power,
            "largest": loads[0],
            "by_name": spreading.by_name(loads, WORLD.cells),
            "by_load": spreading.by_load(loads, WORLD.cells),
            "missing": spreading.missing(of_a_cell, len(of_a_cell) * WORLD.active),
        }


def lives(
    constants: Constants, missing: float, tell: Callable[[str], None], seconds: float = _SECONDS
) -> Iterator[Row]:
    """Yield what a cell of the largest deployment goes through; `missing` is the share of its questions that load."""
    costs, cell = _costs(constants), _cell(constants, missing)
    fewer = max(cell.processes * 3 // 4, 1)
    situations = (
        ("an ordinary cell", cell, None),
        ("nothing has to be loaded", replace(cell, cold=0.0), None),
        ("ten times as many changes", replace(cell, changed=min(cell.changed * 10, 1 - cell.cold)), None),
        (f"a quarter of its {cell.processes} processes are lost", replace(cell, processes=fewer), None),
        ("half as much again comes", replace(cell, checks=cell.checks * 1.5, exchanges=cell.exchanges * 1.5), None),
        (f"its database is lost for one second of {seconds:g}", cell, _OUTAGE),
    )
    for what, there, outage in situations:
        tell(f"simulating: {what}")
        yield _row(what, behaviour(there, costs, seconds, outage))


def _row(what: str, found: Behaviour) -> Row:
    return {"what": what, **asdict(found)}


def _cell(constants: Constants, missing: float) -> Cell:
    needed = need(WORLD, constants)
    processes = round(needed["processes"] / WORLD.cells)
    return Cell(
        processes=processes,
        processors=ceil(needed["database"] / 0.6),
        checks=WORLD.checks / WORLD.cells,
        exchanges=WORLD.exchanges / WORLD.cells,
        cold=missing,
        # Every process of the cell hears of each change once, at the next question about that organization.
        changed=WORLD.changes * processes / WORLD.checks,
    )


def _costs(constants: Constants) -> Costs:
    times = constants.times
    return Costs(
        check=times.introspection / 1e6,
        exchange=times.exchange / 1e6,
        read=times.read / 1e6,
        commit=times.exchange_in_database / 1e6,
        cold=max(times.cold - times.introspection, 0.0) / 1e6,
        followed=times.followed / 1e6,
        way=_WAY,
        flush=_FLUSH,
    )
