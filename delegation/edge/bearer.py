"""Bearers: who presents a token, and what the issuer answers about them, by the issuer's own rules."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final, NamedTuple

from authz_core import Object, parse_object
from delegation.authority.budgets import Kind, spends_of
from delegation.authority.candidates import Candidates
from delegation.authority.effective import Ground, chain_in_force, decide_on, effective_at
from delegation.authority.prepared import prepared
from delegation.authority.refusal import Refusal
from delegation.authzen.hearing import ELSEWHERE, UNKNOWN_TOKEN, resource_of
from delegation.authzen.questions import Entity
from delegation.client import Allowed, Answer, DelegatedCaller, Denied, Unavailable
from delegation.client.errors import printable
from delegation.client.service.answers import resource_parts
from delegation.edge.replicated import Replicated
from delegation.oauth.presented import presented_by
from delegation.state.user import User
from delegation.state.world import World
from delegation.tokens import JSON, AccessToken

_NAMES: Final = 4_096
"""Names of resources that were asked about last, and what they say."""
_MALFORMED: Final = Denied("malformed", "`resource`: Input should be an object", {}, None)
"""What the issuer says of a question of several that names nothing. One that is asked alone is not sent to it."""


class Bearer(NamedTuple):
    """Who presents a token that is good for a service, and what it stands on. Valid until the next await."""

    token: AccessToken
    seen: Replicated
    world: World
    ground: Ground | Refusal
    """What decides, with the delegations that it stands on; or why they are not in force."""

    @property
    def is_counted(self) -> bool:
        """Whether a budget counts the answers that let it through."""
        ground = self.ground
        return not isinstance(ground, Refusal) and bool(spends_of(ground.chain, Kind.EVALUATIONS))

    def refusal(self, permission: str, resource: Object) -> Refusal | None:
        """Return the first term that says no to something; None where none does."""
        ground = self.ground
        if isinstance(ground, Refusal):
            return ground
        # What is allowed is found sooner for all terms at one place; which term says no, by asking one after the other.
        if effective_at(ground, frozenset((permission,)), resource, self.seen.place(self.world, resource)):
            return None
        decision = decide_on(ground, permission, resource)
        return decision if isinstance(decision, Refusal) else None

    def answer(self, who: DelegatedCaller, permission: str, resource: Object | Refusal) -> Answer:
        """Return the issuer's answer to a question about whoever presents the token."""
        revision = self.world.organization.revision
        if who.organization != self.token.organization:
            return denied(ELSEWHERE, revision)
        refusal = resource if isinstance(resource, Refusal) else self.refusal(permission, resource)
        return Allowed(revision) if refusal is None else denied(refusal, revision)

    def reachable(self, candidates: Candidates, permission: str, type: str) -> Sequence[Object]:
        """Return the resources of a type, in order, beyond which it may do it to none."""
        ground = self.ground
        if isinstance(ground, Refusal):
            return ()
        return candidates.of(self.world, ground.presented, permission, type, ground.now)

    def caller(self, text: str) -> DelegatedCaller | None:
        """Return what introspection tells of the token; None where nothing is left of it at this moment."""
        token, ground = self.token, self.ground
        if isinstance(ground, Refusal):
            return None
        told = _told_of(token)
        left = effective_at(ground, token.asked, told.resource, self.seen.place(self.world, told.resource))
        if not left:
            return None
        return DelegatedCaller(
            token=text,
            subject=token.subject,
            actor=told.actor,
            earlier_actors=told.earlier_actors,
            organization=token.organization,
            details=({**told.entry, "actions": sorted(left)},),
            expires_at=told.expires_at,
            revision=self.world.organization.revision,
            key=token.key,
        )


@dataclass(frozen=True, slots=True)
class _Told:
    """What is told of a token whenever it is good."""

    actor: str
    earlier_actors: tuple[str, ...]
    resource: Object
    entry: Mapping[str, JSON]
    expires_at: int


@prepared
def _told_of(token: AccessToken) -> _Told:
    return _Told(
        actor=token.client_id,
        earlier_actors=token.actors[1:],
        resource=parse_object(token.details.identifier),
        entry=token.details.entry(token.audience),
        expires_at=int(token.expires_at.timestamp()),
    )


def bearer_of(token: AccessToken, seen: Replicated, world: World, now: int) -> Bearer:
    """Return who presents a token in a world that is seen; `now` in epoch seconds.

    Raises Unavailable where the issuer did not tell of the user, and does not say by that alone that nothing is left.
    """
    presented = presented_by(token)
    if token.subject in world.users:
        chain = chain_in_force(world, presented, now)
        return Bearer(token, seen, world, chain if isinstance(chain, Refusal) else Ground(world, presented, chain, now))
    # The issuer tells of every user with a delegation that has not ended. So there is none, and all that is to be
    # found out is what ended it, as the issuer says: not that the user, who may well be active, is not here.
    fault = chain_in_force(_with(world, token.subject), presented, now)
    if not isinstance(fault, Refusal):
        raise Unavailable("a delegation is in force of a user of whom the issuer does not tell")
    return Bearer(token, seen, world, fault)


def _with(world: World, user: str) -> World:
    someone = User(user)
    someone.profiles.put({"id": user, "name": "", "status": "active"})
    return replace(world, users={**world.users, user: someone})


def denied(refusal: Refusal, revision: int | None) -> Denied:
    """Return a refusal as the issuer tells it."""
    shown = refusal.shown()
    return Denied(refusal.reason, printable(refusal.detail), shown["failing"], revision)


def answer_about(bearer: Bearer | None, who: DelegatedCaller, permission: str, resource: str) -> Answer:
    """Return the answer to one of several questions about whoever presents a token; None where that is no good."""
    about = resource_in(resource)
    if about is None:
        return _MALFORMED
    return denied(UNKNOWN_TOKEN, None) if bearer is None else bearer.answer(who, permission, about)


def is_counted(bearer: Bearer | None, answer: Answer) -> bool:
    """Return whether a budget counts an answer about whoever presents a token."""
    return bearer is not None and isinstance(answer, Allowed) and bearer.is_counted


@lru_cache(maxsize=_NAMES)
def resource_in(reference: str) -> Object | Refusal | None:
    """Return a resource `type:id`, or why nothing can have such a name; None where nothing can be asked by it."""
    parts = resource_parts(reference)
    return None if parts is None else resource_of(Entity(*parts))
