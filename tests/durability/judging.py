"""Judging a database after the fact: what it holds, whether it agrees with its own log, whether the log is sound."""

import asyncio
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from delegation.app.clock import utc_now
from delegation.store import PARTITIONED, Put, Store, verify_all
from tests.directory.log import rows

Table = dict[str, dict[str, Any]]
"""Rows by their keys, both as JSON."""


def issued(database: Path) -> set[str]:
    """Return the `jti` of every token whose issue was recorded."""
    bodies = rows(database, "SELECT body FROM log WHERE instr(body, 'token.issued') AND chain LIKE 'process:%'")
    return {json.loads(body)["detail"]["jti"] for (body,) in bodies}


def members(database: Path) -> set[str]:
    """Return the users who hold a role in the workspace."""
    found = rows(database, "SELECT principal FROM assignments WHERE partition = 'org:acme'")
    return {principal.removeprefix("user:") for (principal,) in found}


def users(database: Path) -> set[str]:
    """Return the users that there are. Fails when a name is claimed for nothing, or a user has no claim."""
    known = {id for (id,) in rows(database, "SELECT id FROM users")}
    parties = {id for (id,) in rows(database, "SELECT id FROM agents UNION SELECT id FROM services")}
    claimed = {key for (key,) in rows(database, "SELECT key FROM claims WHERE purpose = 'name:principal'")}
    assert claimed == known | parties
    return known


def _key(table: str, row: Mapping[str, Any]) -> str:
    columns = [c.name for c in PARTITIONED[table].primary_key if c.name != "partition"]
    return json.dumps([row[name] for name in columns])


async def _replayed(store: Store, partition: str) -> dict[str, Table]:
    tables: dict[str, Table] = {}
    revision = 0
    while entries := await store.records_after(partition, revision):
        for entry in entries:
            assert entry.revision == revision + 1
            revision = entry.revision
            for change in entry.changes:
                table = tables.setdefault(change.table, {})
                if isinstance(change, Put):
                    table[_key(change.table, change.row)] = dict(change.row)
                else:
                    del table[_key(change.table, change.key)]
    return tables


async def _kept(store: Store, partition: str) -> dict[str, Table]:
    snapshot = await store.snapshot(partition)
    return {name: {_key(name, row): dict(row) for row in found} for name, found in snapshot.rows.items()}


async def _judge(database: Path) -> None:
    store = Store(f"sqlite:///{database}", instance="judge", clock=utc_now)
    await store.open()
    try:
        verified = [chain async for chain in verify_all(store)]
        assert [finding for chain in verified for finding in chain.findings] == []
        for partition in (chain.chain for chain in verified if not chain.chain.startswith("process:")):
            replayed, kept = await _replayed(store, partition), await _kept(store, partition)
            assert {name: table for name, table in replayed.items() if table} == {
                name: table for name, table in kept.items() if table
            }
    finally:
        await store.close()


def assert_sound(database: Path) -> None:
    """Fail unless every chain is sound and every table is exactly what its log tells: nothing is half there."""
    asyncio.run(_judge(database))
