"""Processes that start at the same moment on an empty directory."""

import asyncio
import sqlite3
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest

from delegation.app.preparation import prepare
from delegation.settings import Settings
from tests.app.starting import prepare_together
from tests.children import children, context, ended
from tests.clock import Clock

PROCESSES = 6
PURPOSES = [("access-token",), ("audit-seal",), ("introspection",), ("receipt",), ("user-token",)]


async def prepare_all(directory: Path) -> None:
    """Prepare for two that want the development key and two that do not, all in one breath."""
    wanted = [Settings(data_directory=directory, development_identity_provider=bool(n % 2)) for n in range(4)]
    await asyncio.gather(*(prepare(each, clock=Clock(), instance=f"p{n}") for n, each in enumerate(wanted)))


@pytest.mark.threat("I18")
def test_whoever_was_slower_still_gets_what_it_needs(tmp_path: Path) -> None:
    """Of several that prepare at the same moment each finds, in the end, every key it needs, and once."""
    for attempt in range(3):
        directory = tmp_path / f"data{attempt}"
        asyncio.run(prepare_all(directory))
        with closing(sqlite3.connect(directory / "delegation.db")) as connection:
            purposes = connection.execute("SELECT purpose FROM signing_keys").fetchall()
        assert sorted(purposes) == PURPOSES


@pytest.mark.threat("I18")
@pytest.mark.parametrize("attempt", range(4))
def test_processes_that_start_at_once_agree(tmp_path: Path, attempt: int) -> None:
    """All find the same two secrets and the same model, one key for each purpose, and nothing is left lying about."""
    directory = tmp_path / f"data{attempt}"
    barrier, found = context().Barrier(PROCESSES), context().SimpleQueue()
    with children(*[partial(prepare_together, directory, barrier, found)] * PROCESSES) as processes:
        assert ended(processes) == [0] * PROCESSES
    assert len({found.get() for _ in range(PROCESSES)}) == 1
    with closing(sqlite3.connect(directory / "delegation.db")) as connection:
        purposes = connection.execute("SELECT purpose FROM signing_keys").fetchall()
        roles = connection.execute("SELECT count(*), count(DISTINCT slug) FROM roles").fetchone()
    assert sorted(purposes) == PURPOSES
    assert roles[0] == roles[1] > 0
    assert not [path for path in directory.iterdir() if path.name.startswith(".")]
