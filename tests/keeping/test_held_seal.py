"""The seal that a host holds beside its database: what cannot be read proves nothing, and is not passed over."""

import asyncio
from pathlib import Path
from time import monotonic

import pytest

from delegation.app.clock import utc_now
from delegation.app.held_seal import FILE, HeldSeal
from delegation.app.rounds import Rounds
from delegation.store import Store
from tests.databases import execute
from tests.keeping.desk import Desk


@pytest.mark.threat("62")
@pytest.mark.parametrize("content", [b"", b"\x00" * 64, b'{"entry": {"chain": "se'])
def test_a_seal_that_cannot_be_read_keeps_the_service_from_starting(desk: Desk, content: bytes) -> None:
    """Where the file tells no seal any more, nothing starts until somebody has said what that means."""
    held = desk.terminal.directory / FILE
    held.parent.mkdir(parents=True, exist_ok=True)
    held.write_bytes(content)
    said = desk.type("do", "create-group", "organization=acme", "id=g9")
    assert said.code == 1
    assert "tells no seal" in said.err
    assert held.read_bytes() == content
    held.unlink()
    desk.group("g9")


async def troubles(directory: Path, database: str) -> list[str]:
    """Return what a process says is wrong that has tried once to hold the newest seal in a directory."""
    store, rounds = Store(database, instance="held", clock=utc_now), Rounds(asyncio.sleep, monotonic)
    await store.open()
    try:
        async with HeldSeal(directory).at_intervals(store, 3600.0, rounds):
            pass
    finally:
        await store.close()
    return rounds.troubles


@pytest.mark.anyio
async def test_a_seal_that_cannot_be_held_is_told(desk: Desk, tmp_path: Path) -> None:
    """A process that cannot write the newest seal beside its database says so for as long as that is so."""
    blocked, free = tmp_path / "blocked", tmp_path / "free"
    free.mkdir()
    assert await troubles(blocked, desk.database) == ["keeping the newest seal beside the database fails"]
    assert await troubles(free, desk.database) == []
    assert (free / FILE).read_text().endswith("\n")


@pytest.mark.anyio
async def test_a_database_that_lost_a_seal_under_a_process_is_told(desk: Desk, tmp_path: Path) -> None:
    """A process whose database was restored to before the newest seal says so."""
    assert await troubles(tmp_path, desk.database) == []
    execute(desk.database, "UPDATE log SET hash = 'another' WHERE chain = 'seals' AND sequence = 2")
    assert await troubles(tmp_path, desk.database) == ["keeping the newest seal beside the database fails"]
