"""What a request costs by the number of processes that serve it, on one PostgreSQL beside them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from benchmarks import children
from benchmarks.chart import Chart
from benchmarks.children import Deployment, Server
from benchmarks.growth.cost import Cost, Load, cost_of
from benchmarks.organization import Size
from benchmarks.plan import SERVICE, Occasion
from benchmarks.world import furnish
from tests import postgresql

PROCESSES: Final = (1, 2, 3)
_LINES: Final = {"introspection": "introspect", "exchange": "exchange-receipt"}
_LONGER: Final = 3
_SMALL: Final = Size(assignments=200)


@dataclass(frozen=True, slots=True)
class Point:
    """What was measured with so many processes, by the name of the line."""

    processes: int
    costs: Mapping[str, Cost]

    def raw(self) -> dict[str, Any]:
        """Return the point for programs."""
        return {"processes": self.processes, "costs": {line: asdict(cost) for line, cost in self.costs.items()}}


def chart(points: Sequence[Point]) -> Chart:
    """Return what a request costs as a chart."""
    values = [(point.processes, {line: cost.microseconds for line, cost in point.costs.items()}) for point in points]
    return Chart("replicas", "Processes on one PostgreSQL", "processes", values, even=True, even_across=True)


def measure(load: Load, tell: Callable[[str], None], numbers: Sequence[int] = PROCESSES) -> list[Point]:
    """Return what a request costs the service and the database, and how many there are a second.

    Raises what measuring raises, and Unavailable where there is no PostgreSQL.
    """
    with (
        TemporaryDirectory(prefix="delegation-benchmark-") as directory,
        postgresql.running(durable=True) as cluster,
        postgresql.database(cluster.url()) as url,
    ):
        where = url.render_as_string(hide_password=False)
        deployment = Deployment(Path(directory), children.free_port(), database=where)
        with children.service(deployment):
            occasion = Occasion.of(furnish(deployment, _SMALL), _SMALL, load.seconds)
        database = Server(cluster.pid)
        # A database is many processes that each do little, of whose time the system tells hundredths of a second.
        longer = replace(load, seconds=load.seconds * _LONGER)
        points: list[Point] = []
        for processes in numbers:
            tell(f"{processes} processes on PostgreSQL")
            with children.service(replace(deployment, workers=processes)) as server:
                points.append(Point(processes, _measured(server, database, occasion, longer)))
    return points


def _measured(server: Server, database: Server, occasion: Occasion, load: Load) -> dict[str, Cost]:
    endpoints = {endpoint.name: endpoint for endpoint in SERVICE}
    port = occasion.world.deployment.port
    found = {}
    for line, name in _LINES.items():
        endpoint = endpoints[name]
        found[line] = cost_of(server, port, endpoint.requests(occasion), endpoint.marker, load)
        found[f"{line}, the database"] = cost_of(database, port, endpoint.requests(occasion), endpoint.marker, load)
    return found
