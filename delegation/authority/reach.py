"""Reach: what a bearer or a principal gets to, and who gets to something; found by listing, settled by deciding.

A listing only proposes: each thing in an answer was decided about like a single question, so that a search
is never more generous than a check.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from authz_core import (
    Allowed,
    Holding,
    Limits,
    Object,
    Reason,
    Situation,
    Subject,
    Unanswerable,
    id_of,
    list_objects,
    list_subjects,
    object_of,
    type_of,
    userset_of,
)
from delegation.authority.bounds import of_delegation
from delegation.authority.effective import (
    Presented,
    chain_in_force,
    decide,
    effective,
    limits,
    principal_may,
    principal_rights,
)
from delegation.authority.explaining import permissions_on
from delegation.authority.holding import objects_of
from delegation.authority.refusal import Refusal
from delegation.state.entities import Delegation, DelegationStatus
from delegation.state.world import World

Who: TypeAlias = Presented | Object
"""The bearer of a token, or a principal."""

_UNKNOWN: Final = frozenset({Reason.UNKNOWN_TYPE, Reason.UNKNOWN_RELATION})
_EFFORTS: Final = (50, 400, 3_200)
"""Steps with which each term is listed before any is listed with more: what is short is found without the long.

What is longer than that is asked about one by one, page by page.
"""


def decided(world: World, who: Who, permission: str, resource: Object, now: int) -> Allowed | Refusal:
    """Decide about a bearer or a principal."""
    if isinstance(who, Presented):
        return decide(world, who, permission, resource, now)
    return principal_may(world, who, permission, resource)


def permissions_of(world: World, who: Who, resource: Object, now: int) -> frozenset[str]:
    """Return everything that somebody may do on a resource; equal to deciding one by one."""
    among = permissions_on(world, resource)
    if isinstance(who, Presented):
        return effective(world, who, among, resource, now)
    return principal_rights(world, who, among, resource)


@dataclass(frozen=True, slots=True)
class Found:
    """A part of what was sought, in order."""

    names: list[str]
    last: str | None
    """The last that was looked at, whatever was found of it; None where nothing was left to look at."""


def found(candidates: Sequence[str], holds: Callable[[str], bool], *, after: str = "", limit: int, looks: int) -> Found:
    """Return up to `limit` of the candidates behind a name that hold, having looked at no more than `looks` of them."""
    first = bisect_right(candidates, after)
    names: list[str] = []
    for place in range(first, len(candidates)):
        if place - first == looks or len(names) == limit:
            return Found(names, candidates[place - 1])
        if holds(candidates[place]):
            names.append(candidates[place])
    return Found(names, None)


Holders: TypeAlias = tuple[Subject | Holding, ...]
"""What limits somebody, as far as it can be listed: any of these has it."""


def reachable(world: World, who: Who, permission: str, type: str, now: int) -> list[Object]:
    """Return the resources of a type, in order, beyond which the permission is held on none."""
    return listed(world, terms_of(world, who, now), permission, type)


def terms_of(world: World, who: Who, now: int) -> tuple[Holders, ...]:
    """Return the terms that limit somebody, those that can be listed; none for who has nothing anywhere."""
    if not isinstance(who, Presented):
        return ((_known_as(world, who),),)
    chain = chain_in_force(world, who, now)
    if isinstance(chain, Refusal):
        return ()
    terms: list[Holders] = [(object_of("user", who.user),)]
    for limit in limits(world, chain, who):
        holdings = tuple([bound.holding for bound in limit.bounds if bound.holding is not None])
        if len(holdings) == len(limit.bounds):
            terms.append(holdings)
    return tuple(terms)


def listed(world: World, terms: Sequence[Holders], permission: str, type: str) -> list[Object]:
    """Return the resources of a type, in order, beyond which some term holds the permission on none.

    Each term that can be listed limits them; the shortest list decides what it costs.
    """
    for steps in _EFFORTS if terms else ():
        lists = []
        for term in terms:
            try:
                lists.append(_listed(world, term, permission, type, world.situation(Limits(steps))))
            except Unanswerable as unanswerable:
                if unanswerable.reason in _UNKNOWN:
                    return []
        if lists:
            return sorted(frozenset.intersection(*lists))
    # What is too long, or cannot be listed, can still be asked about, one after the other.
    return sorted(objects_of(world, type)) if terms else []


def _known_as(world: World, principal: Object) -> Subject:
    as_a_whole = type_of(principal) == "group" and not world.by_relationships
    return userset_of(principal, "member") if as_a_whole else principal


def _listed(world: World, holders: Holders, permission: str, type: str, facts: Situation) -> frozenset[Object]:
    lists = (list_objects(world.model, facts, holder, permission, type) for holder in holders)
    return frozenset[Object]().union(*(each.items for each in lists))


def reaching(world: World, kind: str, permission: str, resource: Object) -> list[str]:
    """Return the ids of the principals of a kind, in order, beyond which nobody holds the permission.

    A wildcard stands for every member of the organization, and each of them is asked about.
    """
    registered = _registered(world, kind)
    form = "group#member" if kind == "group" and not world.by_relationships else kind
    try:
        facts = world.situation(Limits(_EFFORTS[-1]))
        listing = list_subjects(world.model, facts, permission, resource, form)
    except Unanswerable as unanswerable:
        return [] if unanswerable.reason in _UNKNOWN else sorted(registered)
    # `user:anne`, `group:staff#member`, or `user:*`.
    named = {each.partition("#")[0].partition(":")[2] for each in listing.items}
    return sorted(registered if "*" in named else named & registered)


def _registered(world: World, kind: str) -> frozenset[str]:
    if world.by_relationships and kind not in {"user", "agent"}:
        # Whatever else a model knows takes part by its relationships alone.
        subjects = (fact.subject for fact in world.organization.facts)
        return frozenset(id_of(Object(each)) for each in subjects if type_of(each) == kind and "#" not in each)
    match kind:
        case "user":
            return frozenset(world.organization.memberships)
        case "group":
            return frozenset(world.organization.groups)
        case "agent":
            return frozenset(world.organization.agents)
        case _:
            return frozenset()


def delegations_reaching(world: World, permission: str, now: int) -> Iterator[Delegation]:
    """Yield the delegations beyond which none lets a permission through anywhere now."""
    for delegation in world.organization.delegations.values():
        active = delegation.status is DelegationStatus.ACTIVE
        if active and permission in delegation.permissions and of_delegation(delegation).in_time(now):
            yield delegation
