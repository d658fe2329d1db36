"""Bearers: who presents a token, and what the issuer answers about them, by the issuer's own rules."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from authz_core import Allowed as Proven
from authz_core import Object, parse_object
from delegation.authority.budgets import Kind, spends_of
from delegation.authority.effective import Ground, Presented, chain_in_force, decide_on, effective_on
from delegation.authority.prepared import prepared
from delegation.authority.reach import reachable
from delegation.authority.refusal import Refusal
from delegation.authzen.hearing import ELSEWHERE, UNKNOWN_TOKEN, resource_of
from delegation.authzen.questions import Entity
from delegation.client import Allowed, Answer, DelegatedCaller, Denied, Unavailable
from delegation.client.errors import printable
from delegation.client.service.answers import resource_parts
from delegation.oauth.presented import presented_by
from delegation.state.entities import Delegation
from delegation.state.user import User
from delegation.state.world import World
from delegation.tokens import AccessToken


@dataclass(frozen=True, slots=True)
class Bearer:
    """Who presents a token that is good for a service, and what it stands on. Valid until the next await."""

    token: AccessToken
    world: World
    presented: Presented
    chain: tuple[Delegation, ...] | Refusal
    """The delegations that it stands on, or why they are not in force."""
    now: int
    """Epoch seconds."""

    @property
    def is_counted(self) -> bool:
        """Whether a budget counts the answers that let it through."""
        return not isinstance(self.chain, Refusal) and bool(spends_of(self.chain, Kind.EVALUATIONS))

    def decided(self, permission: str, resource: Object) -> Proven | Refusal:
        """Return what is decided, with the first term that says no."""
        if isinstance(self.chain, Refusal):
            return self.chain
        return decide_on(Ground(self.world, self.presented, self.chain, self.now), permission, resource)

    def answer(self, who: DelegatedCaller, permission: str, resource: Object | Refusal) -> Answer:
        """Return the issuer's answer to a question about whoever presents the token."""
        revision = self.world.organization.revision
        if who.organization != self.token.organization:
            return denied(ELSEWHERE, revision)
        decision = resource if isinstance(resource, Refusal) else self.decided(permission, resource)
        return denied(decision, revision) if isinstance(decision, Refusal) else Allowed(revision)

    def reachable(self, permission: str, type: str) -> Sequence[Object]:
        """Return the resources of a type, in order, beyond which it may do it to none."""
        return reachable(self.world, self.presented, permission, type, self.now)

    def caller(self, text: str) -> DelegatedCaller | None:
        """Return what introspection tells of the token; None where nothing is left of it at this moment."""
        token, world = self.token, self.world
        if isinstance(self.chain, Refusal):
            return None
        ground = Ground(world, self.presented, self.chain, self.now)
        left = effective_on(ground, token.asked, _resource_of(token))
        if not left:
            return None
        return DelegatedCaller(
            token=text,
            subject=token.subject,
            actor=token.client_id,
            earlier_actors=token.actors[1:],
            organization=token.organization,
            details=({**token.details.entry(token.audience), "actions": sorted(left)},),
            expires_at=int(token.expires_at.timestamp()),
            revision=world.organization.revision,
            key=token.key,
        )


def bearer_of(token: AccessToken, world: World, now: int) -> Bearer:
    """Return who presents a token; `now` in epoch seconds.

    Raises Unavailable where the issuer did not tell of the user, and does not say by that alone that nothing is left.
    """
    presented = presented_by(token)
    if token.subject in world.users:
        return Bearer(token, world, presented, chain_in_force(world, presented, now), now)
    # The issuer tells of every user with a delegation that has not ended. So there is none, and all that is to be
    # found out is what ended it, as the issuer says: not that the user, who may well be active, is not here.
    chain = chain_in_force(_with(world, token.subject), presented, now)
    if not isinstance(chain, Refusal):
        raise Unavailable("a delegation is in force of a user of whom the issuer does not tell")
    return Bearer(token, world, presented, chain, now)


def _with(world: World, user: str) -> World:
    someone = User(user)
    someone.profiles.put({"id": user, "name": "", "status": "active"})
    return replace(world, users={**world.users, user: someone})


@prepared
def _resource_of(token: AccessToken) -> Object:
    return parse_object(token.details.identifier)


def denied(refusal: Refusal, revision: int | None) -> Denied:
    """Return a refusal as the issuer tells it."""
    shown = refusal.shown()
    return Denied(refusal.reason, printable(refusal.detail), shown["failing"], revision)


def unknown_token() -> Denied:
    """Return the answer about whatever is no token that is good for the service."""
    return denied(UNKNOWN_TOKEN, None)


def resource_in(reference: str) -> Object | Refusal | None:
    """Return a resource `type:id`, or why nothing can have such a name; None where nothing can be asked by it."""
    parts = resource_parts(reference)
    return None if parts is None else resource_of(Entity(*parts))
