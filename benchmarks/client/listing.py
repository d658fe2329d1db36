"""Rows that the database chooses: one search of the issuer, and one query among a hundred thousand rows."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import httpx2
from sqlalchemy import Column, Connection, MetaData, NullPool, Table, Text, create_engine, insert, select

from benchmarks.administration import Administration
from benchmarks.client.agents import WANTED, Counted
from benchmarks.client.timing import ROUNDS, Took, awaited, called
from benchmarks.organization import PROJECT
from benchmarks.world import DOCUMENTS, World
from delegation.client import AgentClient, DelegatedCaller, Receipt, ServiceClient
from delegation.client.sqlalchemy import Visible, visible_to

ROWS: Final = 100_000
VISIBLE: Final = (1_000, 10_000)
_TABLE: Final = Table("documents", MetaData(), Column("app", Text, index=True), Column("title", Text))


@dataclass(frozen=True, slots=True)
class Chosen:
    """What it took to show so many rows: the search, with the requests it sends, and the query with its rows."""

    visible: int
    search: Took
    asked: float
    query: Took


async def chosen(world: World) -> list[Chosen]:
    """Return what it takes where a caller may see some of the rows; puts as many apps into the project.

    Raises RuntimeError if not exactly those are shown.
    """
    found = []
    with TemporaryDirectory(prefix="delegation-benchmark-") as directory:
        engine = create_engine(f"sqlite:///{Path(directory) / 'rows.db'}", poolclass=NullPool)
        with engine.connect() as database:
            _fill(database)
            for before, visible in zip((0, *VISIBLE), VISIBLE, strict=False):
                _let_see(world, range(before, visible))
                found.append(await _chosen(world, database, visible))
    return found


async def _chosen(world: World, database: Connection, visible: int) -> Chosen:
    counted, planner = Counted(), world.planner
    issuer, name, secret = world.deployment.issuer, world.service_id, world.service_secret
    async with AgentClient(issuer, planner.id, secret=planner.secret) as agent:
        token = (await agent.token(Receipt(planner.receipt), **WANTED)).value
    async with (
        counted.pool() as http,
        ServiceClient(issuer, name, client_secret=secret, audience=DOCUMENTS, http=http) as service,
    ):
        caller = await service.verify(token)
        if caller is None:
            raise RuntimeError("the token is not good")
        shown = await _sought(service, caller)
        if len(_titles(database, shown)) != visible:
            raise RuntimeError("other rows are shown than those that may be seen")
        counted.asked.clear()
        search = await awaited(lambda: _sought(service, caller), 1)
        return Chosen(visible, search, len(counted.asked) / ROUNDS, called(lambda: _titles(database, shown), 3))


async def _sought(service: ServiceClient, caller: DelegatedCaller) -> Visible:
    return await visible_to(service, caller, "document:edit", type="app")


def _titles(database: Connection, shown: Visible) -> list[str]:
    return list(database.scalars(select(_TABLE.c.title).where(shown.rows(_TABLE.c.app))))


def _fill(database: Connection) -> None:
    _TABLE.metadata.create_all(database)
    database.execute(insert(_TABLE), [{"app": f"row{n}", "title": f"Document {n}"} for n in range(ROWS)])
    database.commit()


def _let_see(world: World, numbers: range) -> None:
    with httpx2.Client(base_url=world.deployment.issuer, timeout=30.0) as http:
        administration = Administration(http, world.deployment.administrator)
        for number in numbers:
            administration.add_resource(f"app:row{number}", PROJECT)


def rows(found: list[Chosen]) -> Iterator[dict[str, Any]]:
    """Yield what was found."""
    for each in found:
        who = f"{each.visible:,} rows of {ROWS:,}, `visible_to`"
        yield {
            "what": f"{who}: the search",
            "processor": each.search.processor,
            "clock": each.search.clock,
            "asked": each.asked,
        }
        yield {
            "what": f"{who}: the query",
            "processor": each.query.processor,
            "clock": each.query.clock,
            "asked": 0,
        }
