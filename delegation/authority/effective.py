"""Effective rights: what the bearer of a token may do now, and the first term that says no."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from authz_core import Allowed, Object, Place, Subject, check, id_of, object_of, type_of, userset_of
from delegation.authority.bounds import Bound, Outside, all_within_at, of_ceiling, of_delegation, within
from delegation.authority.chain import absent, chain_of, not_in_force
from delegation.authority.holding import exists
from delegation.authority.policies import bound_of_author
from delegation.authority.prepared import prepared
from delegation.authority.refusal import Refusal, Term, because
from delegation.state.entities import Admission, Delegation
from delegation.state.world import World


@dataclass(frozen=True, slots=True)
class Presented:
    """What a bearer presents, reduced to what decides. Times are epoch seconds."""

    user: str
    agent: str
    delegation: str
    bounds: tuple[Bound, ...]
    """The token's own bound and those of every token it was derived from."""
    tokens: frozenset[str]
    """The `jti` of the token and of every token it was derived from."""
    not_before: int
    expires_at: int


class Ground(NamedTuple):
    """What a bearer stands on at a moment: a chain that is in force, and need not be on record."""

    world: World
    presented: Presented
    chain: tuple[Delegation, ...]
    now: int
    """Epoch seconds."""


@dataclass(frozen=True, slots=True)
class Limit:
    """One term that limits an agent: any one of its bounds suffices."""

    term: Term
    bounds: tuple[Bound, ...]
    delegation: str | None = None
    hop: int | None = None


def may(world: World, user: str, permission: str, resource: Object) -> Allowed | Refusal:
    """Decide whether a person may do something (semantics: people's rights)."""
    if not world.present(user):
        return _no_member(user)
    return _decided(world, object_of("user", user), permission, resource)


def principal_may(world: World, principal: Object, permission: str, resource: Object) -> Allowed | Refusal:
    """Decide what a person, a group as a whole, or an agent by roles of its own, may do."""
    subject = _subject(world, principal)
    return subject if isinstance(subject, Refusal) else _decided(world, subject, permission, resource)


def principal_rights(world: World, principal: Object, among: frozenset[str], resource: Object) -> frozenset[str]:
    """Return those of `among` that a principal may do on a resource; equal to deciding one by one."""
    subject = _subject(world, principal)
    if isinstance(subject, Refusal) or not exists(world, resource):
        return frozenset()
    return Place(world.model, world.facts, resource).permitted(subject, among)


def _subject(world: World, principal: Object) -> Subject | Refusal:
    """Return as whom the engine knows a principal that takes part in the organization."""
    kind, name = type_of(principal), id_of(principal)
    if kind == "user":
        return principal if world.present(name) else _no_member(name)
    if world.organization.active and world.by_relationships and kind not in {"user", "agent"}:
        # Whatever else a model knows takes part by its relationships alone.
        return principal if kind in world.model.types else _unknown(principal)
    if world.organization.active and kind == "group" and name in world.organization.groups:
        return userset_of(principal, "member")
    if world.organization.active and kind == "agent" and not absent(world, name):
        return principal
    return _unknown(principal)


def _unknown(principal: Object) -> Refusal:
    return Refusal(Term.USER, "unknown_principal", f"`{principal}` takes no part in the organization")


def _no_member(user: str) -> Refusal:
    return Refusal(Term.USER, "not_a_member", f"user `{user}` is not an active member of the organization")


def _decided(world: World, principal: Subject, permission: str, resource: Object) -> Allowed | Refusal:
    if not exists(world, resource):
        return Refusal(Term.USER, "unknown_resource", f"no resource `{resource}` in the organization")
    decision = check(world.model, world.facts, principal, permission, resource)
    if isinstance(decision, Allowed):
        return decision
    lacks = f"`{principal}` holds nothing that gives `{permission}` on `{resource}`"
    return Refusal(Term.USER, str(decision.reason), because(lacks, decision))


def rights(world: World, user: str, among: frozenset[str], resource: Object) -> frozenset[str]:
    """Return those of `among` that a person may do on a resource."""
    return principal_rights(world, object_of("user", user), among, resource)


def chain_in_force(world: World, presented: Presented, now: int) -> tuple[Delegation, ...] | Refusal:
    """Return the chain that a bearer stands on, or why it bears nothing at `now`."""
    if not presented.not_before <= now < presented.expires_at:
        return Refusal(Term.STATUS, "token_expired", "the token is not valid at this time")
    if not world.organization.revoked.keys().isdisjoint(presented.tokens):
        return Refusal(Term.STATUS, "token_revoked", "the token was revoked")
    delegation = world.organization.delegations.get(presented.delegation)
    if delegation is None or (delegation.user, delegation.agent) != (presented.user, presented.agent):
        return Refusal(Term.STATUS, "delegation_unknown", "no such delegation of this user to this agent")
    chain = chain_of(world, delegation)
    fault = not_in_force(world, chain, now)
    return chain if fault is None else fault


def decide(world: World, presented: Presented, permission: str, resource: Object, now: int) -> Allowed | Refusal:
    """Decide whether the bearer may do something now: the conjunction of all terms, none of it remembered."""
    chain = chain_in_force(world, presented, now)
    if isinstance(chain, Refusal):
        return chain
    return decide_on(Ground(world, presented, chain, now), permission, resource)


def decide_on(ground: Ground, permission: str, resource: Object) -> Allowed | Refusal:
    """Decide what `decide` does once it is known that the chain is in force."""
    world, presented = ground.world, ground.presented
    person = may(world, presented.user, permission, resource)
    if isinstance(person, Refusal):
        return person
    for limit in limits(world, ground.chain, presented):
        answers = [within(world, bound, permission, resource, ground.now) for bound in limit.bounds]
        if not any(isinstance(answer, Allowed) for answer in answers):
            return _refusal(limit, answers)
    return person


def effective(world: World, presented: Presented, among: frozenset[str], resource: Object, now: int) -> frozenset[str]:
    """Return those of `among` that the bearer may do on a resource now; equal to deciding one by one."""
    chain = chain_in_force(world, presented, now)
    if isinstance(chain, Refusal):
        return frozenset()
    return effective_on(Ground(world, presented, chain, now), among, resource)


def effective_on(ground: Ground, among: frozenset[str], resource: Object) -> frozenset[str]:
    """Return what `effective` returns once it is known that the chain is in force."""
    return effective_at(ground, among, resource, Place(ground.world.model, ground.world.facts, resource))


def effective_at(ground: Ground, among: frozenset[str], resource: Object, place: Place) -> frozenset[str]:
    """Return what `effective_on` returns, of a resource that is asked about again and again: its place in the world."""
    world, presented = ground.world, ground.presented
    if not world.present(presented.user) or not exists(world, resource):
        return frozenset()
    left = place.permitted(_person(presented), among)
    for limit in limits(world, ground.chain, presented):
        if not left:
            break
        if len(limit.bounds) == 1:
            left = all_within_at(world, limit.bounds[0], left, place, ground.now)
        else:
            left = frozenset().union(*[all_within_at(world, each, left, place, ground.now) for each in limit.bounds])
    return left


@prepared
def _person(presented: Presented) -> Object:
    return object_of("user", presented.user)


def limits(world: World, chain: tuple[Delegation, ...], presented: Presented) -> Sequence[Limit]:
    """Return the terms that limit an agent, hop by hop from the user, those of the token last."""
    found: list[Limit] = []
    for hop, link in enumerate(chain, start=1):
        found += _limits_of_hop(link, world.organization.agents[link.agent], hop)
    found += _limits_of_token(presented)
    return found


@prepared
def _limits_of_hop(link: Delegation, admission: Admission, hop: int) -> tuple[Limit, ...]:
    limits = [Limit(Term.DELEGATION, (of_delegation(link),), link.id, hop)]
    author = bound_of_author(link)
    if author is not None:
        limits.append(Limit(Term.DELEGATION, (author,), link.id, hop))
    if admission.ceiling is not None:
        limits.append(Limit(Term.CEILING, tuple(map(of_ceiling, admission.ceiling)), link.id, hop))
    return tuple(limits)


@prepared
def _limits_of_token(presented: Presented) -> tuple[Limit, ...]:
    return tuple(Limit(Term.TOKEN, (bound,)) for bound in presented.bounds)


def _refusal(limit: Limit, answers: list[Allowed | Outside]) -> Refusal:
    """Return why none of a term's bounds lets it through; the first of several alternatives speaks for all."""
    first = next((answer for answer in answers if isinstance(answer, Outside)), Outside("empty", "nothing is allowed"))
    about = f"the {limit.term}" if limit.term is not Term.CEILING else "the organization's ceiling for the agent"
    return Refusal(limit.term, first.reason, f"{about}: {first.detail}", limit.delegation, limit.hop)
