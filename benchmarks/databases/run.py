"""One run on one database: the world is furnished, the others are written beside it, then everything is measured."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, TypeAlias

from benchmarks import children
from benchmarks.children import Deployment
from benchmarks.databases import cold
from benchmarks.databases.changes import changes_per_second
from benchmarks.databases.population import Population, populate
from benchmarks.effort import Effort
from benchmarks.figures import figure_of
from benchmarks.organization import Size
from benchmarks.plan import BARE, SERVICE, Endpoint, Occasion
from benchmarks.run import sample
from benchmarks.world import furnish

Values: TypeAlias = Mapping[str, float]
"""What was measured, by the name of the figure."""

CHANGED: Final = 5_000
"""Organizations that the changes are spread over."""
_ENDPOINTS: Final = {endpoint.name: endpoint for endpoint in (*BARE, *SERVICE)}
_SERVED: Final = ("introspect", "exchange-receipt", "exchange-key")
_SPREAD: Final = ("introspect", "exchange-receipt")
"""What is measured with two workers too."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How much is done."""

    population: Population
    seconds: float
    """For each endpoint."""
    connections: int = 32


def measure(directory: Path, url: str | None, plan: Plan, tell: Callable[[str], None]) -> Values:
    """Return what the service does on the database at `url`, or on SQLite in the directory.

    Raises NotFurnished, ServerFailed, GeneratorFailed and WrongAnswer.
    """
    deployment = Deployment(directory, children.free_port(), database=url)
    found: dict[str, float] = {}
    tell("starting on an empty database")
    found["first-start"] = cold.first_start(deployment)
    tell("furnishing the world")
    with children.service(deployment):
        world = furnish(deployment, Size())
    where = url or f"sqlite:///{directory / 'delegation.db'}"
    tell(f"writing {plan.population.organizations:,} organizations beside it")
    asyncio.run(populate(where, plan.population, world.service_id))
    tell("starting with all of them")
    found["start"] = cold.start(world)
    tell("asking about cold organizations")
    found["cold"], found["warm"] = cold.first_answers(world, plan.population.large_names())
    tell("loading the enormous one")
    found["load"] = cold.load(where)
    tell("changing many")
    many = [f"o{n}" for n in range(min(CHANGED, plan.population.organizations))]
    found["changes"] = asyncio.run(changes_per_second(where, many))
    effort = Effort(plan.seconds, plan.connections, Size())
    with children.service(deployment):
        occasion = Occasion.of(world, effort.size, plan.seconds + effort.warm_up)
    found |= _rates(deployment, occasion, effort, tell)
    return found


def _rates(deployment: Deployment, occasion: Occasion, effort: Effort, tell: Callable[[str], None]) -> Values:
    """Return requests a second: of the bare endpoint, of one process, of two."""
    rates: dict[str, float] = {}
    with children.bare(deployment) as server:
        rates |= {name: _rate(server, name, occasion, effort, tell) for name in ("bare-form", "bare-exchange")}
    with children.service(deployment) as server:
        rates |= {name: _rate(server, name, occasion, effort, tell) for name in _SERVED}
    with children.service(replace(deployment, workers=2)) as server:
        rates |= {f"{name}-two": _rate(server, name, occasion, effort, tell) for name in _SPREAD}
    return rates


def _rate(server: children.Server, name: str, occasion: Occasion, effort: Effort, tell: Callable[[str], None]) -> float:
    endpoint: Endpoint = _ENDPOINTS[name]
    tell(f"measuring {name}")
    figure = figure_of([sample(server, endpoint, occasion, effort)])
    if figure.error_count:
        raise cold.WrongAnswer(f"{name}: {dict(figure.errors)}")
    return figure.requests_per_second
