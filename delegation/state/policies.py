"""Administrators' policies, as frozen values made from rows."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Self

from authz_core import Object
from delegation.state.entities import Budget, Row


class PolicyStatus(StrEnum):
    """What was done to an administrator's policy."""

    ACTIVE = "active"
    SUSPENDED = "suspended"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class DelegationPolicy:
    """An administrator's standing consent: an agent may act for each member of a group. Times are epoch seconds."""

    id: str
    group: str
    agent: str
    resource: Object
    roles: frozenset[str]
    permissions: frozenset[str]
    audiences: frozenset[str] | None
    lifetime: int
    """Seconds that a delegation made by it lasts at most."""
    until: int | None
    """When the policy itself ends."""
    depth: int
    unattended: bool
    budget: Budget | None
    purpose: str
    author: str
    """The user whose own rights bound what the policy lets through, live."""
    status: PolicyStatus
    created_at: int
    ended_at: int | None
    ended_by: str | None

    @classmethod
    def of(cls, row: Row) -> Self:
        """Return the policy that a row describes."""
        audiences, budget = row["audiences"], row["budget"]
        return cls(
            **{
                **row,
                "roles": frozenset(row["roles"]),
                "permissions": frozenset(row["permissions"]),
                "audiences": None if audiences is None else frozenset(audiences),
                "budget": None if budget is None else Budget.of(budget),
                "status": PolicyStatus(row["status"]),
            }
        )

    def row(self) -> dict[str, Any]:
        """Return the row that describes this policy."""
        values = {name: getattr(self, name) for name in self.__slots__}
        for name in ("roles", "permissions", "audiences"):
            if values[name] is not None:
                values[name] = sorted(values[name])
        budget = None if self.budget is None else self.budget.row()
        return {**values, "status": str(self.status), "budget": budget}

    @property
    def has_ended(self) -> bool:
        """Whether it was ended, which is for ever."""
        return self.status is PolicyStatus.ENDED
