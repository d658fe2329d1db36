"""What a request costs by the number of organizations: in the database, and asked about when memory holds fewer."""

import asyncio
import json
import random
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from benchmarks import children, wire
from benchmarks.chart import Chart
from benchmarks.children import Deployment
from benchmarks.databases.population import small
from benchmarks.growth.cost import Load, cost_of
from benchmarks.growth.service import Service, introduced

IN_MEMORY: Final = 1_000
"""Organizations that the memory of the second picture holds."""
ROWS: Final = 60
"""What a small organization counts for in memory with the user who is asked about: fifteen rows, and 20 for each."""
_ASKED: Final = 20_000
"""Requests that are made beforehand; beyond the memory's size each finds its organization dropped."""
_YES: Final = '"decision":true'
_ALL: Final = (1, 100, 1_000, 10_000, 100_000)
_LINE: Final = "evaluation of a user"


def charts(most: int, load: Load, tell: Callable[[str], None]) -> list[Chart]:
    """Return both pictures, up to a number of organizations. Raises what measuring raises."""
    numbers = [number for number in _ALL if number <= most]
    with TemporaryDirectory(prefix="delegation-benchmark-") as directory:
        deployment = Deployment(Path(directory), children.free_port())
        with children.service(deployment):
            service = introduced(deployment)
        return [
            _kept(deployment, service, numbers, load, tell),
            _touched(deployment, service, numbers, load, tell),
        ]


def _kept(
    deployment: Deployment, service: Service, numbers: Sequence[int], load: Load, tell: Callable[[str], None]
) -> Chart:
    """Measure one organization that is asked about again and again, among more and more others."""
    points, there = [], 0
    for number in numbers:
        tell(f"{number:,} organizations in the database")
        url = f"sqlite:///{deployment.directory / 'delegation.db'}"
        asyncio.run(small(url, range(there, number), service.id))
        there = number
        with children.service(deployment) as server:
            cost = cost_of(server, deployment.port, _asked(service, [0]), _YES, load)
        points.append((number, {_LINE: cost.microseconds}))
    return Chart("organizations", "Organizations in the database", "organizations, one asked about", points, even=True)


def _touched(
    deployment: Deployment, service: Service, numbers: Sequence[int], load: Load, tell: Callable[[str], None]
) -> Chart:
    """Measure questions spread evenly over more and more organizations, with memory for a thousand of them."""
    bounded = replace(deployment, settings={"DELEGATION_ROWS_IN_MEMORY": str(IN_MEMORY * ROWS)})
    points = []
    for number in numbers:
        tell(f"{number:,} organizations asked about, memory for {IN_MEMORY:,}")
        chance = random.Random(number)
        asked = [chance.randrange(number) for _ in range(_ASKED)] if number > IN_MEMORY else list(range(number))
        with children.service(bounded) as server:
            cost = cost_of(server, deployment.port, _asked(service, asked), _YES, load)
        points.append((number, {_LINE: cost.microseconds}))
    varied = f"asked about evenly, memory for {IN_MEMORY:,}"
    return Chart("touched", "Organizations asked about", varied, points)


def _asked(service: Service, organizations: Sequence[int]) -> list[str]:
    return [_question(service, number) for number in organizations]


def _question(service: Service, number: int) -> str:
    question = {
        "subject": {"type": "user", "id": f"u{number}"},
        "action": {"name": "document:edit"},
        "resource": {"type": "app", "id": "a", "properties": {"organization": f"o{number}"}},
    }
    credentials = wire.basic(service.id, service.secret)
    return wire.request("/access/v1/evaluation", "application/json", json.dumps(question), credentials)
