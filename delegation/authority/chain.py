"""Chains: the delegations from a user to the agent that acts now, and whether all of them are in force."""

from collections.abc import Iterator

from delegation.authority.refusal import Refusal, Term
from delegation.state.entities import Delegation, DelegationStatus, Standing
from delegation.state.world import World


def chain_of(world: World, delegation: Delegation) -> tuple[Delegation, ...]:
    """Return the delegations from the root to this one.

    Invariant: a parent is older than its child and never deleted, so the walk ends and misses nothing.
    """
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
        yield Refusal(Term.STATUS, "user_inactive", "the user is not an active member of the organization")
    for hop, link in enumerate(chain, start=1):
        if reason := _ended(link, now):
            yield Refusal(Term.STATUS, f"delegation_{reason}", f"the delegation is {reason}", link.id, hop)
        if reason := absent(world, link.agent):
            yield Refusal(Term.STATUS, f"agent_{reason}", f"the agent is {reason}", link.id, hop)


def _ended(link: Delegation, now: int) -> str | None:
    if link.status is not DelegationStatus.ACTIVE:
        return str(link.status)
    if now >= link.expires_at:
        return "expired"
    return "not_yet_valid" if now < link.not_before else None


def absent(world: World, agent: str) -> str | None:
    """Return why an agent does not take part in the organization now; None when it does."""
    known = world.platform.agents.get(agent)
    if known is None or known.status is not Standing.ACTIVE:
        return "suspended" if known and known.status is Standing.SUSPENDED else "unknown"
    return None if agent in world.organization.agents else "not_admitted"


def status_of(world: World, delegation: Delegation, now: int) -> str:
    """Return what people are shown: active, suspended, revoked, expired, or dormant because of another."""
    chain = chain_of(world, delegation)
    if any(link.status is DelegationStatus.REVOKED for link in chain):
        return "revoked"
    own = _ended(delegation, now)
    if own is not None:
        return own
    fault = not_in_force(world, chain, now)
    if fault is None:
        return "active"
    return "expired" if fault.reason == "delegation_expired" else "dormant"
