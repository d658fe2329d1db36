"""Chains: the delegations from a user to the agent that acts now, and whether all of them are in force."""

from collections.abc import Iterator
from typing import Final

from authz_core import type_of
from delegation.authority.policies import not_let
from delegation.authority.refusal import Refusal, Term
from delegation.state.entities import Delegation, DelegationStatus, Standing
from delegation.state.world import World

_FOR_EVER: Final = frozenset({"delegation_revoked", "agent_deleted", "user_deleted", "policy_ended"})
"""Faults that nothing mends."""


def chain_of(world: World, delegation: Delegation) -> tuple[Delegation, ...]:
    """Return the delegations from the root to this one.

    Invariant: a parent is older than its child and never deleted, so the walk ends and misses nothing.
    """
    if delegation.parent is None:
        return (delegation,)
    links = [delegation]
    while links[-1].parent is not None:
        links.append(world.organization.delegations[links[-1].parent])
    return tuple(reversed(links))


def not_in_force(world: World, chain: tuple[Delegation, ...], now: int) -> Refusal | None:
    """Return why a chain is not in force at `now`; None when it is."""
    return next(_faults(world, chain, now), None)


def _faults(world: World, chain: tuple[Delegation, ...], now: int) -> Iterator[Refusal]:
    if not world.organization.active:
        yield Refusal(Term.STATUS, "organization_inactive", "the organization is not active")
    if not world.present(chain[0].user):
        account = world.users.get(chain[0].user)
        reason = "user_deleted" if account is not None and account.deleted else "user_inactive"
        yield Refusal(Term.STATUS, reason, "the user is not an active member of the organization")
    for hop, link in enumerate(chain, start=1):
        if ended := _ended(world, link, now):
            yield Refusal(Term.STATUS, f"delegation_{ended}", f"the delegation is {ended}", link.id, hop)
        if fault := not_let(world, link, now):
            yield Refusal(Term.STATUS, *fault, link.id, hop)
        if gone := absent(world, link.agent):
            yield Refusal(Term.STATUS, f"agent_{gone}", f"the agent is {gone}", link.id, hop)


def _ended(world: World, link: Delegation, now: int) -> str | None:
    # The name of a role is never given again: what held a role that is gone has ended with it, for ever.
    if link.status is DelegationStatus.REVOKED or not _still_there(world, link):
        return "revoked"
    if now >= link.expires_at:
        return "expired"
    if link.status is not DelegationStatus.ACTIVE:
        return str(link.status)
    return "not_yet_valid" if now < link.not_before else None


def _still_there(world: World, link: Delegation) -> bool:
    known = world.model.types.get(type_of(link.resource), {}) if world.by_relationships else world.model.roles
    return link.roles <= known.keys()


def absent(world: World, agent: str) -> str | None:
    """Return why an agent does not take part in the organization now; None when it does."""
    known = world.platform.agents.get(agent)
    if known is None:
        return "unknown"
    if known.status is not Standing.ACTIVE:
        return str(known.status)
    admission = world.organization.agents.get(agent)
    if admission is None:
        return "not_admitted"
    return str(Standing.SUSPENDED) if admission.suspended else None


def status_of(world: World, delegation: Delegation, now: int) -> str:
    """Return what people are shown: active, suspended, revoked, expired, or dormant because of another."""
    reasons = {fault.reason for fault in _faults(world, chain_of(world, delegation), now)}
    if reasons & _FOR_EVER:
        return "revoked"
    if "delegation_expired" in reasons:
        return "expired"
    return _ended(world, delegation, now) or ("dormant" if reasons else "active")
