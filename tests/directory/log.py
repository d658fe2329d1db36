"""The log as an auditor finds it: read from the file, past the service."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

from tests.end_to_end.deployment import Deployment

Record = dict[str, Any]


def rows(database: Path, statement: str, *values: object) -> list[tuple[Any, ...]]:
    """Return what a statement finds in a database file that somebody else may be using."""
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
        return connection.execute(statement, values).fetchall()


def file_of(house: Deployment) -> Path:
    """Return the database file of a deployment."""
    return house.settings.data_directory / "delegation.db"


def heads(house: Deployment) -> dict[str, int]:
    """Return the revision of every partition."""
    return dict(rows(file_of(house), "SELECT chain, sequence FROM heads WHERE chain NOT LIKE 'process:%'"))


def refusals(house: Deployment) -> list[Record]:
    """Return the records of what was refused, oldest first."""
    found = rows(file_of(house), "SELECT body FROM log WHERE chain LIKE 'process:%' ORDER BY chain, sequence")
    return [record for (body,) in found if (record := json.loads(body))["outcome"] == "refused"]


def claims(house: Deployment) -> set[tuple[str, str]]:
    """Return every name and one-time thing that was ever claimed."""
    return set(rows(file_of(house), "SELECT purpose, key FROM claims"))


def records(house: Deployment, chain: str) -> list[Record]:
    """Return the records of a chain, oldest first."""
    found = rows(file_of(house), "SELECT body FROM log WHERE chain = ? ORDER BY sequence", chain)
    return [json.loads(body) for (body,) in found]


def last(house: Deployment, chain: str) -> Record:
    """Return the newest record of a chain."""
    return records(house, chain)[-1]
