"""Measures the constants that no other benchmark keeps: what things weigh, and what a freshness read takes."""

import asyncio
import sqlite3
import tracemalloc
from collections.abc import Callable, Mapping
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter, process_time
from typing import Any, Final

import httpx2

from benchmarks import children, wire
from benchmarks.administration import ORGANIZATION, Administration
from benchmarks.children import Deployment, Server
from benchmarks.databases.changes import changed, changes_per_second
from benchmarks.databases.population import ROWS, opened, populated, small
from benchmarks.organization import Size
from benchmarks.sizing.constants import Constants, Times, Weights
from benchmarks.world import ROLE, World, furnish
from delegation.state.pictures import Pictures
from tests import postgresql

DELEGATIONS: Final = 500
TOKENS: Final = 500
ORGANIZATIONS: Final = 1_000
RELATIONSHIPS: Final = 20_000
FOLLOWED: Final = 200
READS: Final = 2_000
_SMALL: Final = Size(users=10, groups=4, assignments=10)
_LARGE: Final = "large"


def constants(results: Mapping[str, Mapping[str, Any]], tell: Callable[[str], None]) -> Constants:
    """Return all constants: those measured here, and those that `results` keep by the name of their benchmark.

    Raises what measuring raises, and Unavailable where there is no PostgreSQL.
    """
    weights, followed = _weights(tell)
    tell("reading the newest revisions from PostgreSQL")
    read, clock = _freshness()
    cpu = {each["name"]: each["cpu_milliseconds"] * 1_000 for each in results["latest"]["endpoints"]}
    one = results["growth"]["processes"][0]["costs"]
    points = next(chart for chart in results["growth"]["charts"] if chart["name"] == "touched")["microseconds"]
    cold = next(row for row in results["databases"]["rows"] if "cold organization" in row["what"])
    return Constants(
        weights,
        Times(
            introspection=cpu["introspect"],
            exchange=cpu["exchange-receipt"],
            cold=points[-1]["evaluation of a user"],
            followed=followed,
            introspection_in_database=one["introspection, the database"]["microseconds"],
            exchange_in_database=one["exchange, the database"]["microseconds"],
            read=read,
            read_clock=clock,
            row_loaded=cold["measured"]["postgresql"] / 10_000 * 1e6,
        ),
    )


def _weights(tell: Callable[[str], None]) -> tuple[Weights, float]:
    with TemporaryDirectory(prefix="delegation-benchmark-") as directory:
        deployment = Deployment(Path(directory), children.free_port())
        database = Path(directory) / "delegation.db"
        url = f"sqlite:///{database}"
        with children.service(deployment):
            tell("furnishing the world")
            world = furnish(deployment, _SMALL)
            tell("weighing a delegation, a token, a check")
            before = _bytes(database)
            weightless = asyncio.run(_picture(url, [ORGANIZATION]))
            _delegate(world)
            delegations = _bytes(database) - before
            wire.access_tokens(world, world.planner, TOKENS)
            tokens = _bytes(database) - before - delegations
            check = _check(world)
        held = asyncio.run(_picture(url, [ORGANIZATION])) - weightless
        tell("weighing organizations and relationships")
        asyncio.run(small(url, range(ORGANIZATIONS), world.service_id))
        asyncio.run(populated(url, _LARGE, RELATIONSHIPS))
        names = [f"o{n}" for n in range(ORGANIZATIONS)]
        before = _bytes(database)
        asyncio.run(changes_per_second(url, names))
        weights = Weights(
            delegation_in_memory=held / DELEGATIONS,
            relationship_in_memory=asyncio.run(_picture(url, [_LARGE])) / RELATIONSHIPS,
            organization_in_memory=asyncio.run(_picture(url, names)) / ORGANIZATIONS,
            token_on_disk=tokens / TOKENS,
            change_on_disk=(_bytes(database) - before) / ORGANIZATIONS,
            delegation_on_disk=delegations / DELEGATIONS,
            check_on_wire=check,
        )
        return weights, asyncio.run(_followed(url, names[:FOLLOWED]))


def _bytes(database: Path) -> int:
    """Return what a database file weighs, with nothing left in its log."""
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        (pages,), (size,) = (connection.execute(f"PRAGMA {each}").fetchone() for each in ("page_count", "page_size"))
        (free,) = connection.execute("PRAGMA freelist_count").fetchone()
    return int((pages - free) * size)


def _delegate(world: World) -> None:
    wish = {"organization": ORGANIZATION, "agent": world.planner.id, "resource": "project:w0-p0", "roles": [ROLE]}
    with httpx2.Client(base_url=world.deployment.issuer, timeout=30.0) as http:
        administration = Administration(http, world.deployment.administrator)
        by_hand = administration.user_token("anne", f"{world.deployment.issuer}/delegations")
        for _ in range(DELEGATIONS):
            administration.ask("POST", "/delegations", {**wish, "expires_in": 7_200}, bearer=by_hand)


def _check(world: World) -> float:
    """Return the bytes of an introspection and its answer, heads included."""
    (token,) = wire.access_tokens(world, world.planner, 1)
    credentials = (world.service_id, world.service_secret)
    with httpx2.Client(base_url=world.deployment.issuer, auth=credentials) as http:
        answer = http.post("/introspect", data={"token": token}).raise_for_status()
    head = sum(len(name) + len(value) + 4 for name, value in answer.headers.raw)
    return len(wire.introspection(world, token)) + head + len(answer.content)


async def _picture(url: str, organizations: list[str]) -> int:
    """Return the bytes that the pictures of some organizations take in memory."""
    async with opened(url) as store:
        pictures = Pictures(store, rows=ROWS)
        await pictures.view()
        tracemalloc.start()
        try:
            for organization in organizations:
                await pictures.view(organization=organization)
            return tracemalloc.get_traced_memory()[0]
        finally:
            tracemalloc.stop()


async def _followed(url: str, organizations: list[str]) -> float:
    """Return the microseconds of a process at the first question after a change, beyond those of another question."""
    async with opened(url) as store, opened(url) as other:
        pictures, theirs = Pictures(store, rows=ROWS), Pictures(other, rows=ROWS)
        took = 0.0
        for organization in organizations:
            await pictures.view(organization=organization)
            await changed(theirs, organization, "project:another")
            first = await _viewed(pictures, organization)
            took += first - await _viewed(pictures, organization)
    return took / len(organizations) * 1e6


async def _viewed(pictures: Pictures, organization: str) -> float:
    began = process_time()
    await pictures.view(organization=organization)
    return process_time() - began


def _freshness() -> tuple[float, float]:
    """Return the microseconds of a freshness read: of PostgreSQL's processor, and by the clock."""
    with (
        postgresql.running(durable=True) as cluster,
        postgresql.database(cluster.url()) as url,
        TemporaryDirectory(prefix="delegation-benchmark-") as directory,
    ):
        where = url.render_as_string(hide_password=False)
        with children.service(Deployment(Path(directory), children.free_port(), database=where)):
            return asyncio.run(_read(where, Server(cluster.pid)))


async def _read(url: str, database: Server) -> tuple[float, float]:
    async with opened(url) as store:
        await store.heads(["platform"])
        before, began = database.cpu(), perf_counter()
        for _ in range(READS):
            await store.heads(["platform", f"org:{ORGANIZATION}"])
        took, after = perf_counter() - began, database.cpu()
    if before is None or after is None:
        raise OSError("this system does not tell the processor time of another process")
    return (after - before) / READS * 1e6, took / READS * 1e6
