"""What a request costs by the length of its chain, the depth of the tree, and the groups of the user."""

from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from benchmarks import children
from benchmarks.chart import Chart
from benchmarks.children import Deployment, Server
from benchmarks.growth.cost import Load, cost_of
from benchmarks.growth.folders import POLICY, Point, furnish

_TITLES: Final = {
    "chain": ("Length of the chain", "delegations"),
    "depth": ("Depth of the tree", "levels down to the resource"),
    "nesting": ("Groups within groups", "groups, each in the next"),
    "groups": ("Groups of the user", "groups"),
}
_EXCHANGED: Final = "chain"
"""What exchange is measured by too; it commits, and takes longer to measure."""


def charts(load: Load, tell: Callable[[str], None]) -> list[Chart]:
    """Return a chart for each shape. Raises what measuring raises."""
    with TemporaryDirectory(prefix="delegation-benchmark-") as directory:
        deployment = Deployment(Path(directory), children.free_port(), settings={"DELEGATION_POLICY": str(POLICY)})
        with children.service(deployment) as server:
            tell("furnishing folders, groups and chains")
            shapes = furnish(deployment)
            return [_chart(name, shapes[name], _Measure(server, deployment.port, load), tell) for name in _TITLES]


class _Measure:
    def __init__(self, server: Server, port: int, load: Load) -> None:
        self._server = server
        self._port = port
        self._load = load

    def values(self, name: str, point: Point) -> dict[str, float]:
        """Return the microseconds of each line at a point."""
        asked = {
            "introspection": (point.introspections, '"active":true'),
            "evaluation of a token": (point.evaluations, '"decision":true'),
        }
        if name == _EXCHANGED:
            asked["exchange"] = ((point.exchange,), '"issued_token_type":"')
        return {
            line: cost_of(self._server, self._port, requests, marker, self._load).microseconds
            for line, (requests, marker) in asked.items()
        }


def _chart(name: str, points: tuple[Point, ...], measure: _Measure, tell: Callable[[str], None]) -> Chart:
    title, varied = _TITLES[name]
    tell(title.lower())
    values = [(point.number, measure.values(name, point)) for point in points]
    return Chart(name, title, varied, values, even=True, even_across=name in {"chain", "depth", "nesting"})
