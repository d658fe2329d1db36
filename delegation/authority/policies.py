"""Administrators' policies: whether a delegation of theirs counts, and whether one may be made.

A policy is an administrator's standing consent that an agent may act for each member of a group. What was consented
to never grows: a policy does not change, and whoever wrote it bounds what it lets through, live.
"""

from collections.abc import Iterable

from authz_core import Allowed, Object, check, object_of, type_of, userset_of
from delegation.authority.bounds import Bound
from delegation.state.entities import Delegation, DelegationStatus
from delegation.state.policies import DelegationPolicy, PolicyStatus
from delegation.state.world import World


def policy_named(delegation: Delegation) -> str | None:
    """Return the id of the policy that made a delegation; None for one that the user made."""
    consent = delegation.consent
    return str(consent["policy"]) if consent.get("by") == "policy" else None


def bound_of_author(delegation: Delegation) -> Bound | None:
    """Return what the author of a delegation's policy puts to it: the author's own rights, live."""
    return None if policy_named(delegation) is None else Bound(None, None, person=str(delegation.consent["author"]))


def not_let(world: World, delegation: Delegation, now: int) -> tuple[str, str] | None:
    """Return why the policy that made a delegation lets it count no longer: a word, and a phrase; None when it does."""
    named = policy_named(delegation)
    if named is None:
        return None
    policy = world.organization.policies.get(named)
    if policy is None or policy.status is PolicyStatus.ENDED:
        return "policy_ended", "the policy that made the delegation has ended"
    if not is_open(policy, now):
        return "policy_suspended", "the policy that made the delegation is not active"
    if not in_group(world, delegation.user, policy.group):
        return "not_in_group", f"the user is not in the group `{policy.group}` of the policy"
    return None


def is_open(policy: DelegationPolicy, now: int) -> bool:
    """Return whether a policy is active at `now`, in epoch seconds."""
    return policy.status is PolicyStatus.ACTIVE and (policy.until is None or now < policy.until)


def is_group(world: World, group: str) -> bool:
    """Return whether there is a group; a relationship model has them where `group` has the relation `member`."""
    if world.by_relationships:
        return "member" in world.model.types.get("group", ())
    return group in world.organization.groups


def in_group(world: World, user: str, group: str) -> bool:
    """Return whether a user is in a group, directly or through groups."""
    wanted, seen = object_of("group", group), set[Object]()
    if world.by_relationships:
        return isinstance(check(world.model, world.facts, object_of("user", user), "member", wanted), Allowed)
    waiting = [fact.object for fact in world.organization.facts.by_subject(object_of("user", user))]
    while waiting:
        current = waiting.pop()
        if current == wanted:
            return group in world.organization.groups
        if type_of(current) == "group" and current not in seen:
            seen.add(current)
            waiting += [fact.object for fact in world.organization.facts.by_subject(userset_of(current, "member"))]
    return False


def may_make(policy: DelegationPolicy, user: str, held: Iterable[Delegation], now: int) -> bool:
    """Return whether a policy may make a delegation for a user who has let its agent hold these until now.

    What the user ended does not come back by a policy, nor what anybody ended that the policy made.
    """
    for delegation in held:
        own = policy_named(delegation) == policy.id
        if delegation.status is DelegationStatus.REVOKED:
            if own or delegation.ended_by == f"user:{user}":
                return False
        elif delegation.status is DelegationStatus.SUSPENDED or (own and now < delegation.expires_at):
            return False
    return True
