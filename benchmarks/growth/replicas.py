"""What a request costs by the number of processes that serve it, on one PostgreSQL beside them."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

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
_SMALL: Final = Size(assignments=200)


def charts(load: Load, tell: Callable[[str], None]) -> list[Chart]:
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
        points = []
        for processes in PROCESSES:
            tell(f"{processes} processes on PostgreSQL")
            with children.service(replace(deployment, workers=processes)) as server:
                points.append((processes, _measured(server, database, occasion, load)))
    costs = [(processes, {name: cost.microseconds for name, cost in line.items()}) for processes, line in points]
    return [Chart("replicas", "Processes on one PostgreSQL", "processes", costs, even=True, even_across=True)]


def _measured(server: Server, database: Server, occasion: Occasion, load: Load) -> dict[str, Cost]:
    endpoints = {endpoint.name: endpoint for endpoint in SERVICE}
    port = occasion.world.deployment.port
    found = {}
    for line, name in _LINES.items():
        endpoint = endpoints[name]
        found[line] = cost_of(server, port, endpoint.requests(occasion), endpoint.marker, load)
        found[f"{line}, the database"] = cost_of(database, port, endpoint.requests(occasion), endpoint.marker, load)
    return found
