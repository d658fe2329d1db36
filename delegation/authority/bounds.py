"""Bounds: what holding only these roles on this resource, for a time, would allow (semantics: bounds)."""

from dataclasses import dataclass

from authz_core import Allowed, Holding, Object, Place, check, object_of
from delegation.authority.holding import beneath_only, implied
from delegation.authority.refusal import because
from delegation.state.entities import CeilingBound, Delegation
from delegation.state.world import World


@dataclass(frozen=True, slots=True)
class Bound:
    """One limit on an agent, asked of the same engine that decides for people. Times are epoch seconds."""

    holding: Holding | None
    """The roles imagined to be held, and where; None limits permissions and time alone."""
    permissions: frozenset[str] | None
    """What is let through at most; None is whatever the roles contain now."""
    not_before: int = 0
    until: int | None = None
    person: str | None = None
    """A user who must hold the same at this moment, beside whoever acts; None where nobody must."""

    def in_time(self, now: int) -> bool:
        """Return whether the bound lets anything through at `now`."""
        return self.not_before <= now and (self.until is None or now < self.until)


def of_delegation(delegation: Delegation) -> Bound:
    """Return the bound of a delegation: what was consented to, where, while it lasts."""
    holding = Holding(delegation.resource, delegation.roles)
    return Bound(holding, delegation.permissions, delegation.not_before, delegation.expires_at)


def of_ceiling(bound: CeilingBound) -> Bound:
    """Return one alternative of an agent's ceiling as a bound."""
    return Bound(Holding(bound.resource, bound.roles), bound.permissions, bound.not_before, bound.until)


@dataclass(frozen=True, slots=True)
class Outside:
    """A bound does not let something through: a stable word for programs, a phrase for people."""

    reason: str
    detail: str


def within(world: World, bound: Bound, permission: str, resource: Object, now: int) -> Allowed | Outside:
    """Decide whether a bound lets a permission on a resource through at `now`."""
    if not bound.in_time(now):
        return Outside("not_in_time", "its time is not now")
    if permission in world.model.administrative:
        return Outside("administrative", "permissions of administration cannot be delegated")
    if bound.permissions is not None and permission not in bound.permissions:
        return Outside("not_granted", f"`{permission}` is not among the permissions granted")
    if bound.person is not None and not _holds(
        world, bound.person, frozenset({permission}), Place(world.model, world.facts, resource)
    ):
        return Outside("author", f"its author `{bound.person}` does not hold `{permission}` on `{resource}`")
    if bound.holding is None:
        return Allowed(())
    decision = check(world.model, world.facts, bound.holding, permission, resource)
    if isinstance(decision, Allowed):
        return decision
    held = " and ".join(f"`{role}`" for role in sorted(bound.holding.relations))
    gives = f"{held} on `{bound.holding.object}` does not give `{permission}` on `{resource}`"
    return Outside(str(decision.reason), because(gives, decision))


def all_within(world: World, bound: Bound, among: frozenset[str], resource: Object, now: int) -> frozenset[str]:
    """Return those of `among` that the bound lets through on a resource at `now`."""
    return all_within_at(world, bound, among, Place(world.model, world.facts, resource), now)


def all_within_at(world: World, bound: Bound, among: frozenset[str], place: Place, now: int) -> frozenset[str]:
    """Return what `all_within` returns of a resource that is asked about again and again."""
    if not bound.in_time(now):
        return frozenset()
    asked = among if bound.permissions is None else among & bound.permissions
    if bound.person is not None:
        asked = _holds(world, bound.person, asked, place)
    # What is only imagined to be held gives no permission of administration.
    return asked - world.model.administrative if bound.holding is None else place.permitted(bound.holding, asked)


def all_carried(world: World, bound: Bound, holding: Holding, among: frozenset[str], now: int) -> frozenset[str]:
    """Return those of `among` that the bound lets through where something is held, on the object and beneath it.

    What can be asked beneath only is let through where the bound implies all that is held: by the same ways it
    implies what follows from there. This explains a refusal early; each use of a bound asks it about the very place.
    """
    let_through = all_within(world, bound, among, holding.object, now)
    beneath = beneath_only(world, among, holding.object)
    if not beneath or bound.holding is None or not bound.in_time(now):
        return let_through
    if implied(world, bound.holding, holding.relations, holding.object) != holding.relations:
        return let_through
    return let_through | (beneath if bound.permissions is None else beneath & bound.permissions)


def _holds(world: World, person: str, among: frozenset[str], place: Place) -> frozenset[str]:
    return place.permitted(object_of("user", person), among) if world.present(person) else frozenset()
