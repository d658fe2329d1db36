"""The simulation beside the measurement: one to three processes, PostgreSQL and the generator on the same machine."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

from benchmarks.sizing.cell import Costs
from benchmarks.sizing.constants import Constants
from benchmarks.sizing.simulation import Bench, rate

CONNECTIONS: Final = 16
_SECONDS: Final = 2.0


@dataclass(frozen=True, slots=True)
class Comparison:
    """Requests a second that were measured, and that the simulation says there are."""

    processes: int
    what: str
    measured: float
    simulated: float
    had: float
    """Processors that generator, service and database had together: less than there are where others had some, too."""

    @property
    def error(self) -> float:
        """How much the simulation is above what was measured, as a share; below it where negative."""
        return self.simulated / self.measured - 1

    def raw(self) -> dict[str, Any]:
        """Return the comparison for programs."""
        return {**asdict(self), "error": self.error}


@dataclass(frozen=True, slots=True)
class Steps:
    """What the database takes, in seconds."""

    read: float
    way: float
    flush: float


def compared(
    growth: Mapping[str, Any], constants: Constants, flush: float, seconds: float = _SECONDS
) -> Sequence[Comparison]:
    """Return each point that was measured beside its simulation; a flush takes so many seconds by the clock."""
    times = constants.times
    steps = Steps(times.read / 1e6, max(times.read_clock - times.read, 0.0) / 1e6, flush)
    processors = int(growth["machine"]["cores"])
    return [
        _compared(point, what, processors, steps, seconds)
        for point in growth["processes"]
        for what in ("introspection", "exchange")
    ]


def _compared(point: Mapping[str, Any], what: str, processors: int, steps: Steps, seconds: float) -> Comparison:
    cost = point["costs"][what]
    work = cost["microseconds"] / 1e6
    costs = Costs(
        check=work,
        exchange=work,
        read=steps.read,
        commit=point["costs"]["exchange, the database"]["microseconds"] / 1e6,
        cold=0.0,
        way=steps.way,
        flush=steps.flush,
    )
    bench = Bench(processors, int(point["processes"]), CONNECTIONS, cost["generator"] / 1e6, what == "exchange")
    measured = cost["requests_per_second"]
    each = cost["microseconds"] + cost["generator"] + point["costs"][f"{what}, the database"]["microseconds"]
    return Comparison(int(point["processes"]), what, measured, rate(bench, costs, seconds), measured * each / 1e6)
