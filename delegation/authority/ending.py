"""Ending: revocation for ever, suspension until resumed, and what hangs on what."""

from collections.abc import Callable, Iterator
from dataclasses import replace

from authz_core import Object
from delegation.state.entities import Delegation, DelegationStatus
from delegation.state.organization import Organization


class CannotChange(Exception):
    """A delegation that has ended for ever cannot be suspended or resumed."""


def revoked(delegation: Delegation, *, by: str, now: int) -> Delegation:
    """Return the delegation ended for ever; the first end stays on record."""
    if delegation.status is DelegationStatus.REVOKED:
        return delegation
    return replace(delegation, status=DelegationStatus.REVOKED, ended_at=now, ended_by=by)


def suspended(delegation: Delegation, *, by: str, now: int) -> Delegation:
    """Return the delegation suspended; the first to suspend it stays on record. Raises CannotChange when revoked."""
    if delegation.status is DelegationStatus.REVOKED:
        raise CannotChange("the delegation was revoked; grant a new one")
    if delegation.status is DelegationStatus.SUSPENDED:
        return delegation
    return replace(delegation, status=DelegationStatus.SUSPENDED, ended_at=now, ended_by=by)


def resumed(delegation: Delegation, *, by: str) -> Delegation:
    """Return the delegation active again.

    Raises CannotChange when it was revoked, or suspended by the other side: a user does not lift an
    administrator's suspension, nor an administrator the user's.
    """
    if delegation.status is DelegationStatus.REVOKED:
        raise CannotChange("the delegation was revoked; grant a new one")
    if delegation.status is DelegationStatus.ACTIVE:
        return delegation
    user = f"user:{delegation.user}"
    if (delegation.ended_by == user) is not (by == user):
        raise CannotChange("the delegation was suspended by the other side; only that side can resume it")
    return replace(delegation, status=DelegationStatus.ACTIVE, ended_at=None, ended_by=None)


def dependent(organization: Organization, hangs: Callable[[Delegation], bool]) -> Iterator[Delegation]:
    """Return the delegations not yet revoked that hang on what is about to go.

    What lies below them in a chain dies with them and needs no change of its own.
    """
    living = (d for d in organization.delegations.values() if d.status is not DelegationStatus.REVOKED)
    return (delegation for delegation in living if hangs(delegation))


def on_agent(agent: str) -> Callable[[Delegation], bool]:
    """Return what hangs on an agent: the delegations it holds."""
    return lambda delegation: delegation.agent == agent


def on_user(user: str) -> Callable[[Delegation], bool]:
    """Return what hangs on a user: the delegations that act for that user."""
    return lambda delegation: delegation.user == user


def on_role(role: str) -> Callable[[Delegation], bool]:
    """Return what hangs on a role: the delegations that hold it."""
    return lambda delegation: role in delegation.roles


def on_resources(resources: frozenset[Object]) -> Callable[[Delegation], bool]:
    """Return what hangs on resources: the delegations rooted at one of them."""
    return lambda delegation: delegation.resource in resources
