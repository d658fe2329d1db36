"""Whom an end or a suspension affects: what hangs on the thing itself, and what lies below that in a chain."""

from collections.abc import Callable, Iterable, Mapping
from typing import Final, TypeAlias

from authz_core import parse_subject
from delegation.authority.ending import dependent, on_agent, on_role
from delegation.authority.policies import policy_named
from delegation.state.entities import Delegation, DelegationStatus
from delegation.state.organization import Organization
from delegation.state.policies import DelegationPolicy


def with_below(organization: Organization, struck: Iterable[Delegation]) -> list[Delegation]:
    """Return delegations and every one below them that was not revoked, each once, the oldest first."""
    children: dict[str, list[Delegation]] = {}
    for delegation in organization.delegations.values():
        if delegation.parent is not None and delegation.status is not DelegationStatus.REVOKED:
            children.setdefault(delegation.parent, []).append(delegation)
    found = {delegation.id: delegation for delegation in struck}
    waiting = list(found)
    while waiting:
        for child in children.get(waiting.pop(), ()):
            if child.id not in found:
                found[child.id] = child
                waiting.append(child.id)
    return sorted(found.values(), key=lambda one: (one.created_at, one.id))


Hangs: TypeAlias = Callable[[Delegation], bool]
"""Whether a delegation ends, or sleeps, with something."""


def _on_policies(organization: Organization, holds: Callable[[DelegationPolicy], bool]) -> Hangs:
    found = {policy.id for policy in organization.policies.values() if holds(policy)}
    return lambda delegation: policy_named(delegation) in found


def _on_user(organization: Organization, user: str) -> Hangs:
    by_author = _on_policies(organization, lambda policy: policy.author == user)
    return lambda delegation: delegation.user == user or by_author(delegation)


def _on_resource(organization: Organization, resource: str) -> Hangs:
    """Return what is rooted at a resource or beneath it: nothing of it is left when the resource goes."""
    beneath, waiting = set[str](), [resource]
    while waiting:
        current = waiting.pop()
        if current not in beneath:
            beneath.add(current)
            facts = organization.facts.by_subject(parse_subject(current))
            waiting += [fact.object for fact in facts if fact.relation == "parent"]
    return lambda delegation: delegation.resource in beneath


_HANGING: Final[Mapping[str, Callable[[Organization, str], Hangs]]] = {
    "agent": lambda _, agent: on_agent(agent),
    "delegation": lambda _, id: lambda delegation: delegation.id == id,
    "group": lambda organization, group: _on_policies(organization, lambda policy: policy.group == group),
    "policy": lambda organization, id: _on_policies(organization, lambda policy: policy.id == id),
    "resource": _on_resource,
    "role": lambda _, role: on_role(role),
    "user": _on_user,
}
KINDS: Final = tuple(_HANGING)
"""What of an organization delegations hang on."""


def affected(organization: Organization, kind: str, name: str, now: int) -> list[Delegation]:
    """Return the delegations that end or sleep with a thing of a kind, those below included; not what is over."""
    struck = with_below(organization, dependent(organization, _HANGING[kind](organization, name)))
    return [delegation for delegation in struck if now < delegation.expires_at]
