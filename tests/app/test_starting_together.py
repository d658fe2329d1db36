"""Processes that start at the same moment on an empty directory."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.app.starting import context, prepare_together

PROCESSES = 6


@pytest.mark.threat("I18")
@pytest.mark.parametrize("attempt", range(4))
def test_processes_that_start_at_once_agree(tmp_path: Path, attempt: int) -> None:
    """All find the same two secrets and the same model, one key for each purpose, and nothing is left lying about."""
    directory = tmp_path / f"data{attempt}"
    processes = context()
    barrier, found = processes.Barrier(PROCESSES), processes.SimpleQueue()
    started = [processes.Process(target=prepare_together, args=(directory, barrier, found)) for _ in range(PROCESSES)]
    for process in started:
        process.start()
    for process in started:
        process.join(60)
    assert [process.exitcode for process in started] == [0] * PROCESSES
    assert len({found.get() for _ in range(PROCESSES)}) == 1
    with closing(sqlite3.connect(directory / "delegation.db")) as connection:
        purposes = connection.execute("SELECT purpose FROM signing_keys").fetchall()
        roles = connection.execute("SELECT count(*), count(DISTINCT slug) FROM roles").fetchone()
    assert sorted(purposes) == [("access-token",), ("receipt",), ("user-token",)]
    assert roles[0] == roles[1] > 0
    assert not [path for path in directory.iterdir() if path.name.startswith(".")]
