"""What a service that follows is told: the one list of tables and columns. What is not named here never leaves.

No names of people and things, no secrets, no keys but those that verify access tokens, and of services its own alone.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Final

from delegation.audit import JSON
from delegation.store import Change, Put, Remove, Row


@dataclass(frozen=True, slots=True)
class Teller:
    """Whom it is told to."""

    service: str
    audience: str


_Concerns = Callable[[Row, Teller], bool]


def _anybody(_: Row, __: Teller) -> bool:
    return True


def _own(column: str, row: Row, teller: Teller) -> bool:
    return row[column] == teller.service


def _verifies_access_tokens(row: Row, _: Teller) -> bool:
    # The key of a row that goes does not say what it was for, and says nothing to whoever never had the row.
    return row.get("purpose", "access-token") == "access-token"


@dataclass(frozen=True, slots=True)
class Telling:
    """What is told of one table."""

    columns: tuple[str, ...]
    """Told as they are."""
    blank: Mapping[str, JSON] = field(default_factory=dict)
    """Told as something that says nothing, so that the row is whole."""
    members: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """Documents of which no other members are told."""
    audiences: bool = False
    """Whether there are audiences, of which the service's own alone is told."""
    concerns: _Concerns = _anybody
    """Whether a row, or the key of one, is for this service."""

    def row(self, row: Row, teller: Teller) -> dict[str, JSON]:
        """Return what is told of a row."""
        told: dict[str, JSON] = {name: row.get(name) for name in self.columns}
        for name, members in self.members.items():
            document = row.get(name)
            told[name] = {k: v for k, v in document.items() if k in members} if isinstance(document, dict) else {}
        if self.audiences:
            found = row.get("audiences")
            told["audiences"] = [each for each in found if each == teller.audience] if isinstance(found, list) else None
        return {**told, **self.blank}


_UNNAMED: Final[Mapping[str, JSON]] = {"name": ""}
_ROLES: Final = Telling(("slug", "type", "permissions"), _UNNAMED)
_PLATFORM: Final = {
    "resource_types": Telling(("slug", "parents", "delegable")),
    "permissions": Telling(("slug", "type", "administrative")),
    "roles": _ROLES,
    "agents": Telling(("id", "status")),
    "services": Telling(("id", "audience", "status"), concerns=partial(_own, "id")),
    "signing_keys": Telling(
        ("kid", "purpose", "algorithm", "state", "public", "created_at", "not_before"), concerns=_verifies_access_tokens
    ),
    "relationship_models": Telling(("id", "document", "created_at")),
}
_ORGANIZATION: Final = {
    "organizations": Telling(("id", "status"), _UNNAMED),
    "memberships": Telling(("user", "active")),
    "roles": _ROLES,
    "groups": Telling(("id",), _UNNAMED),
    "group_members": Telling(("group", "member")),
    "resources": Telling(("resource", "parent"), _UNNAMED),
    "assignments": Telling(("principal", "role", "resource")),
    "admitted_agents": Telling(("agent", "ceiling", "suspended")),
    "admitted_services": Telling(("service", "follow"), concerns=partial(_own, "service")),
    "delegations": Telling(
        (
            *("id", "user", "agent", "parent", "resource", "roles", "permissions", "not_before", "expires_at"),
            *("depth", "unattended", "status", "created_at", "ended_at", "budget"),
        ),
        {"purpose": "", "created_by": "", "ended_by": None},
        members={"consent": frozenset({"by", "policy", "author"})},
        audiences=True,
    ),
    "delegation_policies": Telling(
        (
            *("id", "group", "agent", "resource", "roles", "permissions", "lifetime", "until"),
            *("depth", "unattended", "budget", "author", "status", "created_at", "ended_at"),
        ),
        {"purpose": "", "ended_by": None},
        audiences=True,
    ),
    "relationships": Telling(("object", "relation", "subject", "condition", "context", "until")),
    "revoked_tokens": Telling(("jti", "expires_at")),
}
_USER: Final = {"users": Telling(("id", "status"), _UNNAMED)}

TOLD: Final[Mapping[str, Mapping[str, Telling]]] = {"platform": _PLATFORM, "org": _ORGANIZATION, "user": _USER}
"""What is told of each table, by the kind of the partition that it is in."""


def told_of(partition: str) -> Mapping[str, Telling]:
    """Return what is told of the tables of a partition; nothing of one that is not of these kinds."""
    return TOLD.get(partition.partition(":")[0], {})


def told_rows(partition: str, table: str, rows: Sequence[Row], teller: Teller) -> list[dict[str, JSON]]:
    """Return what a service is told of rows of a table."""
    telling = told_of(partition).get(table)
    return [] if telling is None else [telling.row(row, teller) for row in rows if telling.concerns(row, teller)]


def told_change(partition: str, change: Change, teller: Teller) -> dict[str, JSON] | None:
    """Return what a service is told of a change; None where that is nothing."""
    telling = told_of(partition).get(change.table)
    if telling is None:
        return None
    match change:
        case Put(table, row):
            return {"put": table, "row": telling.row(row, teller)} if telling.concerns(row, teller) else None
        case Remove(table, key):
            return {"remove": table, "key": dict(key)} if telling.concerns(key, teller) else None
