"""The rows that are told: which columns each has, what may stand in them, and what stands for the rest."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from delegation.edge.errors import Contradictory
from delegation.tokens import JSON

_Is: TypeAlias = Callable[[JSON], bool]
_FARTHEST: Final = 1 << 53
"""Beyond, numbers of JSON are no longer exact to everybody."""


def _text(value: JSON) -> bool:
    return isinstance(value, str)


def _whole(value: JSON) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and abs(value) < _FARTHEST


def _flag(value: JSON) -> bool:
    return isinstance(value, bool)


def _texts(value: JSON) -> bool:
    return isinstance(value, list) and all(isinstance(each, str) for each in value)


def _document(value: JSON) -> bool:
    return isinstance(value, dict)


def _list(value: JSON) -> bool:
    return isinstance(value, list) and all(isinstance(each, dict) for each in value)


def _or_none(is_one: _Is) -> _Is:
    return lambda value: value is None or is_one(value)


def _consent(value: JSON) -> bool:
    """Tell whether a consent by a policy names it and its author: both bound what it lets through."""
    if not isinstance(value, dict):
        return False
    return value.get("by") != "policy" or (_text(value.get("policy")) and _text(value.get("author")))


@dataclass(frozen=True, slots=True)
class Shape:
    """The rows of one table."""

    columns: Mapping[str, _Is]
    key: tuple[str, ...]
    absent: Mapping[str, JSON] = field(default_factory=dict)
    """What is never told and decides nothing."""

    def row(self, told: JSON) -> dict[str, JSON]:
        """Return a row as a picture takes it. Raises Contradictory for anything else than a row of the table.

        A column that is not known here may bound what a row lets through, so that such a row is no row either.
        """
        if not isinstance(told, dict) or told.keys() != self.columns.keys():
            raise Contradictory("a row has other columns than this release knows")
        if not all(is_one(told[name]) for name, is_one in self.columns.items()):
            raise Contradictory("a column of a row holds what it cannot hold")
        return {**told, **self.absent}

    def name(self, told: JSON) -> dict[str, JSON]:
        """Return the key of a row. Raises Contradictory for anything else."""
        if not isinstance(told, dict) or told.keys() != set(self.key) or not all(map(_text, told.values())):
            raise Contradictory("the key of a row is none")
        return told


_ROLES: Final = Shape({"slug": _text, "type": _text, "permissions": _texts, "name": _text}, ("slug",))
_NAMED: Final = {"id": _text, "name": _text, "status": _text}
_SERVICE: Final = {"id": _text, "audience": _text, "status": _text}
_LIMITS: Final[Mapping[str, _Is]] = {
    "id": _text,
    "agent": _text,
    "resource": _text,
    "roles": _texts,
    "permissions": _texts,
    "audiences": _or_none(_texts),
    "depth": _whole,
    "unattended": _flag,
    "budget": _or_none(_document),
    "purpose": _text,
    "status": _text,
    "created_at": _whole,
    "ended_at": _or_none(_whole),
    "ended_by": _or_none(_text),
}
_PLATFORM: Final = {
    "resource_types": Shape({"slug": _text, "parents": _texts, "delegable": _flag}, ("slug",)),
    "permissions": Shape({"slug": _text, "type": _text, "administrative": _flag}, ("slug",)),
    "roles": _ROLES,
    "agents": Shape(
        {"id": _text, "status": _text}, ("id",), {"name": "", "jwks": None, "secret_hash": None, "created_at": 0}
    ),
    "services": Shape(_SERVICE, ("id",), {"name": "", "secret_hash": "", "created_at": 0}),
    "signing_keys": Shape(
        {
            "kid": _text,
            "purpose": _text,
            "algorithm": _text,
            "state": _text,
            "public": _document,
            "created_at": _whole,
            "not_before": _whole,
        },
        ("kid",),
    ),
    "relationship_models": Shape({"id": _text, "document": _document, "created_at": _whole}, ("id",)),
}
_ORGANIZATION: Final = {
    "organizations": Shape(_NAMED, ("id",)),
    "memberships": Shape({"user": _text, "active": _flag}, ("user",)),
    "roles": _ROLES,
    "groups": Shape({"id": _text, "name": _text}, ("id",)),
    "group_members": Shape({"group": _text, "member": _text}, ("group", "member")),
    "resources": Shape({"resource": _text, "parent": _or_none(_text), "name": _text}, ("resource",)),
    "assignments": Shape({"principal": _text, "role": _text, "resource": _text}, ("principal", "role", "resource")),
    "admitted_agents": Shape({"agent": _text, "ceiling": _or_none(_list), "suspended": _or_none(_flag)}, ("agent",)),
    "admitted_services": Shape({"service": _text, "follow": _or_none(_flag)}, ("service",)),
    "delegations": Shape(
        {
            **_LIMITS,
            "user": _text,
            "parent": _or_none(_text),
            "not_before": _whole,
            "expires_at": _whole,
            "consent": _consent,
            "created_by": _text,
        },
        ("id",),
    ),
    "delegation_policies": Shape(
        {**_LIMITS, "group": _text, "lifetime": _whole, "until": _or_none(_whole), "author": _text}, ("id",)
    ),
    "relationships": Shape(
        {
            "object": _text,
            "relation": _text,
            "subject": _text,
            "condition": _or_none(_text),
            "context": _or_none(_document),
            "until": _or_none(_whole),
        },
        ("object", "relation", "subject"),
    ),
    "revoked_tokens": Shape({"jti": _text, "expires_at": _whole}, ("jti",)),
}
SHAPES: Final[Mapping[str, Mapping[str, Shape]]] = {
    "platform": _PLATFORM,
    "org": _ORGANIZATION,
}
"""By the kind of the partition, and the table."""
USER: Final = Shape({**_NAMED, "revision": _whole}, ("id",))
"""A user, as it is told beside the logs."""


def shape_of(partition: str, table: JSON) -> tuple[str, Shape]:
    """Return a table of a partition and its shape. Raises Contradictory where this release knows of none."""
    found = SHAPES[partition.partition(":")[0]].get(table) if isinstance(table, str) else None
    if not isinstance(table, str) or found is None:
        raise Contradictory("a table is told that this release does not know")
    return table, found
