"""The log as an auditor finds it: read from the database, past the service."""

import json
from typing import Any

from tests.databases import rows
from tests.end_to_end.deployment import Deployment

Record = dict[str, Any]


def found(house: Deployment, statement: str, **values: object) -> list[tuple[Any, ...]]:
    """Return what a statement finds in the database of a deployment; `:name` in it stands for a value."""
    return rows(house.settings.database, statement, **values)


def heads(house: Deployment) -> dict[str, int]:
    """Return the revision of every partition."""
    return dict(found(house, "SELECT chain, sequence FROM heads WHERE chain NOT LIKE 'process:%'"))


def refusals(house: Deployment) -> list[Record]:
    """Return the records of what was refused, oldest first."""
    bodies = found(house, "SELECT body FROM log WHERE chain LIKE 'process:%' ORDER BY chain, sequence")
    return [record for (body,) in bodies if (record := json.loads(body))["outcome"] == "refused"]


def claims(house: Deployment) -> set[tuple[str, str]]:
    """Return every name and one-time thing that was ever claimed."""
    return set(found(house, "SELECT purpose, key FROM claims"))


def records(house: Deployment, chain: str) -> list[Record]:
    """Return the records of a chain, oldest first."""
    bodies = found(house, "SELECT body FROM log WHERE chain = :chain ORDER BY sequence", chain=chain)
    return [json.loads(body) for (body,) in bodies]


def last(house: Deployment, chain: str) -> Record:
    """Return the newest record of a chain."""
    return records(house, chain)[-1]
