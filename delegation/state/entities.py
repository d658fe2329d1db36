"""What the platform and an organization consist of, as frozen values made from rows."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Self, TypeAlias

from authz_core import Object

Row: TypeAlias = Mapping[str, Any]
"""A row of an entity table, decoded, without the partition column."""


class Standing(StrEnum):
    """Whether an agent, a service, a user or an organization may take part."""

    ACTIVE = "active"
    SUSPENDED = "suspended"
    DELETED = "deleted"


@dataclass(frozen=True, slots=True)
class Agent:
    """An OAuth client that acts for users; belongs to nobody by itself."""

    id: str
    name: str
    status: Standing
    jwks: Mapping[str, Any] | None
    secret_hash: str | None
    created_at: int
    previous_secret_hash: str | None = None
    """The secret before the last rotation, good until the next."""
    previous_secret_until: int | None = None
    """Epoch seconds at which it is good no longer."""
    jwks_uri: str | None = None
    """Where the public keys are that it signs its assertions with, instead of `jwks`."""
    dpop_bound: bool | None = None
    """Whether it gets tokens bound to a key alone (`dpop_bound_access_tokens`, RFC 9449 §5.2)."""

    @classmethod
    def of(cls, row: Row) -> Self:
        """Return the agent that a row describes."""
        return cls(**{**row, "status": Standing(row["status"])})


@dataclass(frozen=True, slots=True)
class Service:
    """A resource server: tokens are issued for its audience, and it asks about them."""

    id: str
    name: str
    audience: str
    status: Standing
    secret_hash: str
    created_at: int
    previous_secret_hash: str | None = None
    previous_secret_until: int | None = None

    @classmethod
    def of(cls, row: Row) -> Self:
        """Return the service that a row describes."""
        return cls(**{**row, "status": Standing(row["status"])})


@dataclass(frozen=True, slots=True)
class IdentityProvider:
    """A trusted issuer of user tokens; one that belongs to an organization speaks only for its members."""

    id: str
    issuer: str
    jwks_uri: str | None
    jwks: Mapping[str, Any] | None
    audience: str | None
    organization: str | None
    subjects: str
    """`same`: the token's subject is the user's id here; `linked`: only an explicit link names the user."""

    @classmethod
    def of(cls, row: Row) -> Self:
        """Return the provider that a row describes."""
        return cls(**row)


@dataclass(frozen=True, slots=True)
class RoleRow:
    """A role as stored: a slug, the resource type it is held on, its permissions."""

    slug: str
    type: str
    permissions: tuple[str, ...]
    name: str

    @classmethod
    def of(cls, row: Row) -> Self:
        """Return the role that a row describes."""
        return cls(**{**row, "permissions": tuple(row["permissions"])})


@dataclass(frozen=True, slots=True)
class CeilingBound:
    """One alternative of a ceiling: these roles on this resource, perhaps fewer permissions, perhaps for a time."""

    resource: Object
    roles: frozenset[str]
    permissions: frozenset[str] | None
    not_before: int
    until: int | None

    @classmethod
    def of(cls, row: Row) -> Self:
        """Return the alternative that a stored member of a ceiling describes."""
        named = row.get("permissions")
        return cls(
            resource=row["resource"],
            roles=frozenset(row["roles"]),
            permissions=None if named is None else frozenset(named),
            not_before=row.get("not_before") or 0,
            until=row.get("until"),
        )

    def row(self) -> dict[str, Any]:
        """Return the member of a ceiling that describes this alternative."""
        values = {name: getattr(self, name) for name in self.__slots__}
        named = None if self.permissions is None else sorted(self.permissions)
        return {**values, "roles": sorted(self.roles), "permissions": named}


@dataclass(frozen=True, slots=True)
class Admission:
    """An organization lets an agent in, under a ceiling; None is expressly no ceiling."""

    agent: str
    ceiling: tuple[CeilingBound, ...] | None
    suspended: bool = False
    """Whether it counts for nothing until it is resumed."""

    @classmethod
    def of(cls, row: Row) -> Self:
        """Return the admission that a row describes."""
        ceiling = row["ceiling"]
        bounds = None if ceiling is None else tuple(CeilingBound.of(bound) for bound in ceiling)
        return cls(row["agent"], bounds, bool(row.get("suspended")))

    def row(self) -> dict[str, Any]:
        """Return the row that describes this admission."""
        ceiling = None if self.ceiling is None else [bound.row() for bound in self.ceiling]
        return {"agent": self.agent, "ceiling": ceiling, "suspended": self.suspended}


class DelegationStatus(StrEnum):
    """What was done to a delegation; expiry and dormancy follow from the time and from others."""

    ACTIVE = "active"
    SUSPENDED = "suspended"
    REVOKED = "revoked"


@dataclass(frozen=True, slots=True)
class Budget:
    """How often a delegation may be used, by everything below it together; None is any number."""

    tokens: int | None
    """Access tokens issued."""
    evaluations: int | None
    """Answers that let the bearer through."""

    @classmethod
    def of(cls, row: Row) -> Self:
        """Return the budget that a stored document describes."""
        return cls(row.get("tokens"), row.get("evaluations"))

    def row(self) -> dict[str, Any]:
        """Return the document that describes this budget."""
        return {"tokens": self.tokens, "evaluations": self.evaluations}


@dataclass(frozen=True, slots=True)
class Delegation:
    """The standing record *user lets agent hold roles on resource*, with its limits. Times are epoch seconds."""

    id: str
    user: str
    agent: str
    parent: str | None
    resource: Object
    roles: frozenset[str]
    permissions: frozenset[str]
    """What was consented to: a role that grows later gives the agent nothing."""
    audiences: frozenset[str] | None
    """Audiences tokens may be issued for; None is any."""
    not_before: int
    expires_at: int
    depth: int
    """How many further hops may be delegated."""
    unattended: bool
    purpose: str
    consent: Mapping[str, Any]
    status: DelegationStatus
    created_at: int
    created_by: str
    ended_at: int | None
    """When it was revoked or, while it is, suspended."""
    ended_by: str | None
    """Who revoked or suspended it."""
    budget: Budget | None = None

    @classmethod
    def of(cls, row: Row) -> Self:
        """Return the delegation that a row describes."""
        audiences, budget = row["audiences"], row.get("budget")
        return cls(
            **{
                **row,
                "roles": frozenset(row["roles"]),
                "permissions": frozenset(row["permissions"]),
                "audiences": None if audiences is None else frozenset(audiences),
                "status": DelegationStatus(row["status"]),
                "budget": None if budget is None else Budget.of(budget),
            }
        )

    def row(self) -> dict[str, Any]:
        """Return the row that describes this delegation."""
        values = {name: getattr(self, name) for name in self.__slots__}
        for name in ("roles", "permissions", "audiences"):
            if values[name] is not None:
                values[name] = sorted(values[name])
        budget = None if self.budget is None else self.budget.row()
        return {**values, "status": str(self.status), "consent": dict(self.consent), "budget": budget}
