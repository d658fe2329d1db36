"""Who is in the database: very many small organizations, a few large ones, one enormous one."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from typing import Final

from delegation.audit import Record
from delegation.store import Change, PartitionChange, Put, Store, Unit

TOGETHER: Final = 256
"""Units asked for at one moment."""
LARGE: Final = 8
"""Large organizations, each asked about once while it is cold."""
ROWS: Final = 2_000_000
"""More than everything that is asked about has."""
ASKER: Final = "anne"
"""A member of every organization that is asked about."""
ENORMOUS: Final = "enormous"
_MEMBERS: Final = 3
_PIECE: Final = 10_000
"""Rows that are written at once."""


@dataclass(frozen=True, slots=True)
class Population:
    """How many there are of what."""

    organizations: int
    """Small ones: eleven rows each, and one user who belongs to nothing else."""
    large: int
    """Relationships of each large one."""
    enormous: int
    """Relationships of the enormous one."""

    def large_names(self) -> Sequence[str]:
        """Return the names of the large organizations."""
        return [f"large{n}" for n in range(LARGE)]


async def populate(url: str, population: Population, service: str) -> None:
    """Write a population through the store, log and chains included; the service is admitted everywhere."""
    async with opened(url) as store:
        await _commit_all(store, _small(range(population.organizations), service))
        for name in population.large_names():
            rows = [*_crowd(name, population.large), _admitted(service), _member(ASKER)]
            await store.commit(_founded(name, rows))
        await _found_in_pieces(store, ENORMOUS, _crowd(ENORMOUS, population.enormous))


async def small(url: str, numbers: Iterable[int], service: str) -> None:
    """Write the small organizations of these numbers through the store; the service is admitted by each."""
    async with opened(url) as store:
        await _commit_all(store, _small(numbers, service))


async def populated(url: str, name: str, relationships: int) -> None:
    """Write one organization with about this many relationships."""
    async with opened(url) as store:
        await _found_in_pieces(store, name, _crowd(name, relationships))


async def _found_in_pieces(store: Store, name: str, rows: Iterator[Change]) -> None:
    # One entry of the log with a million rows is not what anybody's history looks like.
    await store.commit(_founded(name, ()))
    revision = 1
    while piece := list(islice(rows, _PIECE)):
        await store.commit(_changed(name, revision, piece))
        revision += 1


@asynccontextmanager
async def opened(url: str) -> AsyncIterator[Store]:
    """Hold a store open."""
    store = Store(url, instance="benchmark", clock=lambda: datetime.now(UTC))
    await store.open()
    try:
        yield store
    finally:
        await store.close()


async def _commit_all(store: Store, units: Iterable[Unit]) -> None:
    left = iter(units)

    async def one_after_the_other() -> None:
        for unit in left:
            await store.commit(unit)

    await asyncio.gather(*(one_after_the_other() for _ in range(TOGETHER)))


def _small(numbers: Iterable[int], service: str) -> Iterator[Unit]:
    for n in numbers:
        yield _of_user(f"u{n}")
        yield _founded(f"o{n}", _rows(f"o{n}", n, service))


def _rows(name: str, n: int, service: str) -> list[Change]:
    users = [f"u{(n + k) % (n + _MEMBERS)}" for k in range(_MEMBERS)]
    return [
        Put("resources", {"resource": "workspace:w", "parent": f"organization:{name}", "name": "Work"}),
        Put("resources", {"resource": "project:p", "parent": "workspace:w", "name": "Project"}),
        Put("resources", {"resource": "app:a", "parent": "project:p", "name": "App"}),
        *(_member(user) for user in users),
        *(_assigned(f"user:{user}", "project-editor", "project:p") for user in users),
        _admitted(service),
    ]


def _crowd(name: str, relationships: int) -> Iterator[Change]:
    """Yield an organization with about this many relationships: a tree of four levels and who holds what in it."""
    yield Put("resources", {"resource": "workspace:w", "parent": f"organization:{name}", "name": "Work"})
    yield _assigned(f"user:{ASKER}", "workspace-member", "workspace:w")
    projects = max(relationships // 100, 1)
    for p in range(projects):
        yield Put("resources", {"resource": f"project:p{p}", "parent": "workspace:w", "name": ""})
        for a in range(9):
            yield Put("resources", {"resource": f"app:p{p}-a{a}", "parent": f"project:p{p}", "name": ""})
    for n in range(max(relationships - projects * 10, 0)):
        yield _assigned(f"user:v{n % 997}", "project-editor", f"project:p{n // 997 * 7 % projects}")


def _member(user: str) -> Change:
    return Put("memberships", {"user": user, "active": True})


def _assigned(principal: str, role: str, resource: str) -> Change:
    return Put("assignments", {"principal": principal, "role": role, "resource": resource})


def _admitted(service: str) -> Change:
    return Put("admitted_services", {"service": service, "follow": False})


def _of_user(id: str) -> Unit:
    profile = Put("users", {"id": id, "name": "", "status": "active"})
    return Unit(partitions=(PartitionChange(f"user:{id}", 0, _record("create-user", None), (profile,)),))


def _founded(name: str, rows: Sequence[Change]) -> Unit:
    row = Put("organizations", {"id": name, "name": name.title(), "status": "active"})
    root = Put("resources", {"resource": f"organization:{name}", "parent": None, "name": ""})
    return _changed(name, 0, [row, root, *rows])


def _changed(name: str, revision: int, rows: Sequence[Change]) -> Unit:
    record = _record("create-organization", name)
    return Unit(partitions=(PartitionChange(f"org:{name}", revision, record, tuple(rows)),))


def _record(action: str, organization: str | None) -> Record:
    return Record(datetime.now(UTC), action, "changed", "benchmark", organization, {})
