"""Explaining: hop by hop what a person may, what each bound lets through, what is left, and which term says no."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from authz_core import Object, type_of
from delegation.authority.bounds import all_within
from delegation.authority.chain import not_in_force
from delegation.authority.effective import Ground, Limit, Presented, chain_in_force, decide_on, limits, rights
from delegation.authority.refusal import Refusal, Term
from delegation.state.entities import Delegation
from delegation.state.world import World

_FOR_EVER: Final = 2**62
"""A moment that never comes, in epoch seconds."""


@dataclass(frozen=True, slots=True)
class Step:
    """One term of the conjunction: what it lets through by itself, and what is left once it has spoken."""

    term: Term
    lets_through: frozenset[str]
    left: frozenset[str]
    limit: Limit | None = None
    """The bounds that the term is made of; None for the person's own rights."""
    agent: str | None = None

    def shown(self) -> dict[str, Any]:
        """Return the step as it is told."""
        where = {} if self.limit is None else {"delegation_id": self.limit.delegation, "hop": self.limit.hop}
        named = {"term": str(self.term), **where, "agent": self.agent}
        told = {name: value for name, value in named.items() if value is not None}
        return {**told, "lets_through": sorted(self.lets_through), "left": sorted(self.left)}


@dataclass(frozen=True, slots=True)
class Explanation:
    """What becomes of each permission on one resource, from the person's rights to the bearer's."""

    resource: Object
    user: str
    among: frozenset[str]
    """The permissions that are explained."""
    steps: tuple[Step, ...]
    """The person's rights first, then the terms in the order in which they are asked."""
    status: Refusal | None
    """Why the bearer has nothing at all at this moment, whatever the steps leave."""
    denied: Mapping[str, Refusal]
    """Each permission that is not effective, with the first term that says no."""

    @property
    def effective(self) -> frozenset[str]:
        """What the bearer may do on the resource now."""
        return self.among - self.denied.keys()

    def shown(self) -> dict[str, Any]:
        """Return the explanation as it is told; permissions that nobody along the way would allow are left out."""
        reached = frozenset[str]().union(*(step.lets_through for step in self.steps if step.term is not Term.CEILING))
        missing = {permission: self.denied[permission] for permission in sorted(reached & self.denied.keys())}
        return {
            "resource": self.resource,
            "user": self.user,
            "steps": [step.shown() for step in self.steps],
            "effective": sorted(self.effective),
            "missing": {permission: refusal.shown() for permission, refusal in missing.items()},
            **({} if self.status is None else {"status": self.status.shown()}),
        }


def permissions_on(world: World, resource: Object) -> frozenset[str]:
    """Return everything that can be asked about a resource; what makes no sense of its type is asked in vain."""
    return frozenset(world.model.types.get(type_of(resource), ()))


def _explained(world: World, resource: Object) -> frozenset[str]:
    """Return what a bearer may be let do on a resource: a relation that is none of the permissions never is."""
    known = permissions_on(world, resource)
    return known & world.platform.askable if world.by_relationships else known


def by_delegation(delegation: Delegation) -> Presented:
    """Return what an agent would present that asked for all that its delegation gives, and for as long as it gives."""
    return Presented(
        user=delegation.user,
        agent=delegation.agent,
        delegation=delegation.id,
        bounds=(),
        tokens=frozenset(),
        not_before=0,
        expires_at=_FOR_EVER,
    )


def explained(world: World, presented: Presented, resource: Object, now: int) -> Explanation:
    """Return how what a bearer may do on a resource comes about; equal to deciding about each permission."""
    chain = chain_in_force(world, presented, now)
    if isinstance(chain, Refusal):
        return _of_no_use(world, presented, resource, chain)
    return explained_on(Ground(world, presented, chain, now), resource)


def explained_on(ground: Ground, resource: Object) -> Explanation:
    """Return how what a bearer may do comes about on a chain that need not be on record; it may not be in force."""
    world, presented = ground.world, ground.presented
    fault = not_in_force(world, ground.chain, ground.now)
    if fault is not None:
        return _of_no_use(world, presented, resource, fault)
    among = _explained(world, resource)
    answers = {permission: decide_on(ground, permission, resource) for permission in among}
    denied = {permission: answer for permission, answer in answers.items() if isinstance(answer, Refusal)}
    return Explanation(resource, presented.user, among, tuple(_steps(ground, among, resource)), None, denied)


def _of_no_use(world: World, presented: Presented, resource: Object, status: Refusal) -> Explanation:
    among = _explained(world, resource)
    return Explanation(resource, presented.user, among, (), status, dict.fromkeys(among, status))


def _steps(ground: Ground, among: frozenset[str], resource: Object) -> Iterator[Step]:
    world, presented = ground.world, ground.presented
    left = rights(world, presented.user, among, resource)
    yield Step(Term.USER, left, left)
    agents = {link.id: link.agent for link in ground.chain}
    for limit in limits(world, ground.chain, presented):
        let_through = (all_within(world, bound, among, resource, ground.now) for bound in limit.bounds)
        lets_through = frozenset[str]().union(*let_through)
        left &= lets_through
        yield Step(limit.term, lets_through, left, limit, agents.get(limit.delegation or ""))
