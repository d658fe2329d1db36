"""A program that the store of any release runs: fills a database, or uses one until told to stop.

It is started with the path of one release and nothing of another, and prints what it did as JSON.
"""

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import BigInteger, Boolean, Column, Table

import delegation.store
from delegation.audit import Head, Outcome, Record
from delegation.store import (
    Change,
    Claim,
    PartitionChange,
    Put,
    Remove,
    Stale,
    Store,
    Taken,
    Unit,
    changes,
    migrate,
    tables,
    verify_all,
)
from delegation.store.columns import Document
from delegation.store.tables import tables_of

NOON: Final = datetime(2026, 1, 1, 12, tzinfo=UTC)
PARTITIONS: Final = ("platform", "org:acme", "org:Acme", "user:anne", "user:ann\u00e9")
SHARED: Final = "org:shared"
"""The partition that two releases change at the same time."""
WORDS: Final = ("a", "A", "a ", "\u00e4", "a\u0308", "\ufb01", "\U0001f600", "x" * 300)


@asynccontextmanager
async def opened(url: str, instance: str) -> AsyncIterator[Store]:
    """Yield an open store."""
    store = Store(url, instance=instance, clock=lambda: NOON)
    await store.open()
    try:
        yield store
    finally:
        await store.close()


def record(action: str) -> Record:
    """Return the record of something that was done."""
    outcome: Outcome = "changed"
    return Record(NOON, action, outcome, "user:anne", "acme", {"n": 1})


def value(column: Column[Any], number: int) -> object:
    """Return a value that a column may hold, another one for each number."""
    if column.nullable and number % 3 == 1:
        return None
    if isinstance(column.type, Document):
        return {"words": [WORDS[number], None, True], "number": number}
    if isinstance(column.type, Boolean):
        return number % 2 == 0
    return number * 2**55 - 1 if isinstance(column.type, BigInteger) else WORDS[number]


def rows(table: Table, numbers: range) -> list[dict[str, Any]]:
    """Return rows of a table, each with another key."""
    columns = [column for column in table.columns if column.name != "partition"]
    return [{column.name: value(column, number) for column in columns} for number in numbers]


def key(table: Table, row: dict[str, Any]) -> dict[str, Any]:
    """Return the key of a row."""
    return {column.name: row[column.name] for column in table.primary_key if column.name != "partition"}


async def purge_from_fourth(store: Store, url: str) -> int:
    """Seal and purge what happened so far, where the release knows how to; return the number of the last seal."""
    if not hasattr(tables, "ANCHORS"):
        return 0
    heads = await store.newest(["process:filler"])
    await store.commit(Unit(seal=changes.SealedHeads(0, '{"seal":"first"}', tuple(heads.values()))))
    await asyncio.to_thread(delegation.store.purge, url, 1)
    return 1


async def fill_from_second(store: Store, sealed: int) -> None:
    """Keep an answer and seal heads after the last seal, where the release knows how to."""
    if hasattr(changes, "KeptAnswer"):
        head = Head("org:acme", 1, "a" * 64)
        await store.commit(Unit(answer=changes.KeptAnswer("key", "fingerprint", "sealed", 2**40)))
        await store.commit(Unit(seal=changes.SealedHeads(sealed, '{"seal":"none"}', (head,))))


async def fill_from_third(store: Store) -> None:
    """Use a budget and note a use, where the release knows how to."""
    if hasattr(changes, "Spend"):
        await store.commit(Unit(spends=(changes.Spend("dlg", "tokens", 2),), uses=(("dlg", 2**30),)))


async def fill(url: str) -> dict[str, Any]:
    """Make the tables of this release and fill them all; return the rows of every partition."""
    migrate(url)
    async with opened(url, "filler") as store:
        for partition in PARTITIONS:
            known = tables_of(partition)
            steps: list[list[Change]] = [
                [Put(table.name, row) for table in known for row in rows(table, range(len(WORDS)))],
                [Remove(table.name, key(table, rows(table, range(1))[0])) for table in known],
                [],
            ]
            for revision, changes in enumerate(steps):
                change = PartitionChange(partition, revision, record("filled"), tuple(changes))
                claims = (
                    Claim("name", f"{partition} {revision}", None),
                    Claim("jti", f"{partition} {revision}", 2**40),
                )
                await store.commit(Unit(claims=claims, partitions=(change,), events=(record("noted"),)))
        await fill_from_second(store, await purge_from_fourth(store, url))
        await fill_from_third(store)
        snapshots = {partition: await store.snapshot(partition) for partition in PARTITIONS}
        return {
            partition: {name: [dict(row) for row in found] for name, found in snapshot.rows.items()}
            for partition, snapshot in snapshots.items()
        }


class Use:
    """One process that changes the shared partition, follows it, and races for one-time things."""

    def __init__(self, store: Store, name: str) -> None:
        """Use a store under a name."""
        self._store = store
        self._name = name
        self.made: list[str] = []
        self.won: list[int] = []
        self.seen: list[list[Any]] = []

    async def round(self, number: int) -> None:
        """Make one group, claim one thing that the other process claims too, read what is new."""
        await self._make(f"{self._name}{number}")
        try:
            await self._store.commit(Unit(claims=(Claim("contested", str(number), None),), events=(record("won"),)))
        except Taken:
            pass  # Another process won it: as it should be for all but one.
        else:
            self.won.append(number)
        await self.follow()

    async def _make(self, group: str) -> None:
        while True:
            revision = (await self._store.heads([SHARED]))[SHARED]
            put = Put("groups", {"id": group, "name": self._name})
            change = PartitionChange(SHARED, revision, record("made"), (put,))
            try:
                await self._store.commit(Unit(claims=(Claim("made", group, None),), partitions=(change,)))
            except Stale:
                continue
            self.made.append(group)
            return

    async def follow(self) -> None:
        """Read what was added to the log of the shared partition."""
        entries = await self._store.records_after(SHARED, len(self.seen))
        for entry in entries:
            (change,) = entry.changes
            assert isinstance(change, Put)
            self.seen.append([entry.revision, change.row["id"]])


async def use(url: str, name: str) -> dict[str, Any]:
    """Use a database until a line comes in; when the input ends, return what was done and what is there."""
    async with opened(url, name) as store:
        process, number = Use(store, name), 0
        told = asyncio.create_task(asyncio.to_thread(sys.stdin.readline))
        while not told.done():
            await process.round(number)
            number += 1
            if number == 1:
                print("busy", flush=True)  # noqa: T201 - whoever started it waits for this line
        print("still", flush=True)  # noqa: T201 - and for this one
        await asyncio.to_thread(sys.stdin.read)
        await process.follow()
        groups = (await store.snapshot(SHARED)).rows["groups"]
        return {
            "rounds": number,
            "made": process.made,
            "won": process.won,
            "seen": process.seen,
            "groups": [row["id"] for row in groups],
            "faults": [each.chain async for each in verify_all(store) if each.findings],
        }


async def admit(url: str, service: str) -> dict[str, Any]:
    """Let a service into acme again, with a row as this release has it; return the row."""
    async with opened(url, "admitting") as store:
        (table,) = (table for table in tables_of("org:acme") if table.name == "admitted_services")
        row = {column.name: service for column in table.columns if column.name != "partition"}
        revision = (await store.heads(["org:acme"]))["org:acme"]
        change = PartitionChange("org:acme", revision, record("admitted"), (Put(table.name, row),))
        await store.commit(Unit(partitions=(change,)))
        return row


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["fill", url]:
            task = fill(url)
        case ["admit", url, service]:
            task = admit(url, service)
        case [name, url]:
            task = use(url, name)
        case _:
            raise SystemExit("fill URL, admit URL SERVICE, or NAME URL")
    print(json.dumps(asyncio.run(task)))  # noqa: T201 - the answer to whoever started it
