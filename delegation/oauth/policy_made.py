"""What an administrator's policy makes at an exchange: a delegation for a member of its group."""

from collections.abc import Callable
from dataclasses import replace
from operator import attrgetter

from delegation.authority.chain import chain_of, not_in_force
from delegation.authority.granting import GrantRefused, Limits, Wish, grant
from delegation.authority.holding import contained
from delegation.authority.policies import in_group, is_open, may_make
from delegation.oauth.covering import Case, covers
from delegation.oauth.errors import InvalidRequest
from delegation.state.entities import Delegation
from delegation.state.policies import DelegationPolicy


def by_policy(case: Case, limits: Limits, identifier: Callable[[str], str]) -> Delegation | None:
    """Return the delegation that a policy makes for what is asked; None where none is needed or can be made.

    Only a person's own token brings one about. Raises InvalidRequest when nothing says which of several is meant.
    """
    policies = sorted(case.world.organization.policies.values(), key=attrgetter("created_at", "id"))
    if not policies or not _by_person(case) or _is_covered(case):
        return None
    id = identifier("dlg")
    made = [made for policy in policies if (made := _made(case, policy, limits, id)) is not None]
    covering = [each for each in made if covers(replace(case, made=each), each)]
    if len(covering) > 1 and case.request.details is None:
        raise InvalidRequest("several policies would let this agent act; name a resource and a role")
    return next(iter(covering), None)


def _by_person(case: Case) -> bool:
    subject, details = case.subject, case.request.details
    named = subject.delegation or subject.derived_from or (details and details.delegation)
    return not named


def _is_covered(case: Case) -> bool:
    world = case.world
    held = world.organization.delegations.between(case.subject.user, case.agent.id)
    in_force = (link for link in held if not_in_force(world, chain_of(world, link), case.now) is None)
    return any(covers(case, link) for link in in_force)


def _made(case: Case, policy: DelegationPolicy, limits: Limits, id: str) -> Delegation | None:
    world, user = case.world, case.subject.user
    held = world.organization.delegations.between(user, policy.agent)
    if policy.agent != case.agent.id or not is_open(policy, case.now) or not in_group(world, user, policy.group):
        return None
    if not may_make(policy, user, held, case.now):
        return None
    try:
        granted = grant(world, user, _wish(case, policy, limits), id=id, limits=limits)
    except GrantRefused:
        return None  # What it needs is gone, or gives this user nothing.
    consent = {"by": "policy", "policy": policy.id, "author": policy.author}
    return replace(granted.delegation, consent=consent, created_by=f"policy:{policy.id}")


def _wish(case: Case, policy: DelegationPolicy, limits: Limits) -> Wish:
    ends = case.now + min(policy.lifetime, limits.lifetime)
    return Wish(
        at=case.now,
        agent=policy.agent,
        resource=policy.resource,
        roles=policy.roles,
        # A role that lost something since gives less; one that grew gives nothing more.
        permissions=policy.permissions & contained(case.world, policy.roles, policy.resource),
        audiences=policy.audiences,
        not_before=0,
        expires_at=ends if policy.until is None else min(ends, policy.until),
        depth=min(policy.depth, limits.chain_length - 1),
        unattended=policy.unattended,
        purpose=policy.purpose,
        budget=policy.budget,
    )
