"""Sub-delegation: an agent lets another do a part of what it may do itself (semantics: delegations).

What is refused here is explained early. The protection is elsewhere: every use of a child asks the whole chain again.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from authz_core import Holding
from delegation.authority.bounds import Bound, all_carried, all_within, of_delegation
from delegation.authority.chain import chain_of, not_in_force
from delegation.authority.effective import rights
from delegation.authority.granting import (
    Grant,
    GrantRefused,
    Limits,
    Wish,
    consented,
    recorded,
    refuse_times,
    withheld,
)
from delegation.authority.holding import contained, not_implied
from delegation.state.entities import Budget, Delegation
from delegation.state.world import World


@dataclass(frozen=True, slots=True)
class Widening:
    """One way in which a child would be more than its parent."""

    code: str
    """The member of the wish that would widen; a stable word for programs."""
    detail: str
    beyond: tuple[str, ...] = ()
    """What goes beyond the parent, where it can be listed."""


class Widens(GrantRefused):
    """The child asked for would be more than its parent; all the ways in which it would are told at once."""

    def __init__(self, widenings: tuple[Widening, ...]) -> None:
        """Keep at least one widening."""
        told = "; ".join(widening.detail for widening in widenings)
        super().__init__("widens", f"this would go beyond the delegation it is made out of: {told}")
        self.widenings = widenings


def sub_delegate(world: World, parent: Delegation, wish: Wish, *, id: str, limits: Limits) -> Grant:
    """Return the child that the agent of a delegation makes out of it, for another agent.

    What the wish leaves open is the parent's own: permissions of the parent's roles, audiences.
    Raises GrantRefused, and of its kinds Widens where the child would be more than its parent.
    """
    _refuse_hop(world, chain_of(world, parent), wish, limits)
    permissions = _consented(world, parent, wish)
    refuse_times(wish, limits)
    widenings = tuple(_widenings(world, parent, wish, permissions))
    if widenings:
        raise Widens(widenings)
    held = rights(world, parent.user, permissions, wish.resource)
    if not held:
        raise GrantRefused("nothing_held", f"the user holds none of these permissions on `{wish.resource}`")
    child = replace(
        recorded(parent.user, wish, permissions, id=id),
        parent=parent.id,
        audiences=parent.audiences if wish.audiences is None else wish.audiences,
        consent={"by": "agent", "agent": parent.agent, "delegation": parent.id},
        created_by=f"agent:{parent.agent}",
    )
    return Grant(child, withheld(world, permissions, held, wish.resource))


def _refuse_hop(world: World, chain: tuple[Delegation, ...], wish: Wish, limits: Limits) -> None:
    """Refuse a further hop of a chain, whatever it is to be allowed. Raises GrantRefused."""
    fault = not_in_force(world, chain, wish.at)
    if fault is not None:
        raise GrantRefused("not_in_force", f"{fault.detail}; nothing can be made out of it now")
    if chain[-1].depth < 1:
        raise GrantRefused("no_depth", "the delegation may not be passed on; ask the user for one with `depth`")
    if len(chain) + 1 > limits.chain_length:
        raise GrantRefused("chain_too_long", f"a chain has {limits.chain_length} delegations at most")
    if any(link.agent == wish.agent for link in chain):
        raise GrantRefused("loop", f"agent `{wish.agent}` is in the chain already")


def _consented(world: World, parent: Delegation, wish: Wish) -> frozenset[str]:
    permissions = consented(world, wish)
    # Asking for the parent's own roles by name asks for what was consented to, not for what they became.
    own = wish.permissions is None and wish.roles <= parent.roles
    return permissions & parent.permissions if own else permissions


def _widenings(world: World, parent: Delegation, wish: Wish, permissions: frozenset[str]) -> Iterator[Widening]:
    yield from _wider_rights(world, parent, wish, permissions)
    if wish.expires_at > parent.expires_at:
        yield Widening("expires_at", f"its end, which can be at {parent.expires_at} at the latest")
    if wish.depth >= parent.depth:
        yield Widening("depth", f"its depth, which can be {parent.depth - 1} at most")
    if wish.unattended and not parent.unattended:
        yield Widening("unattended", "unattended use, which the user did not consent to")
    if parent.audiences is not None and (beyond := (wish.audiences or frozenset()) - parent.audiences):
        yield Widening("audiences", "its audiences, which the delegation is not for", tuple(sorted(beyond)))
    if beyond_budget := tuple(_beyond_budget(wish.budget, chain_of(world, parent))):
        yield Widening("budget", "its budget, of which there is less", beyond_budget)


def _wider_rights(world: World, parent: Delegation, wish: Wish, permissions: frozenset[str]) -> Iterator[Widening]:
    """Yield what holding the parent's roles on the parent's resource does not imply on the child's."""
    bound = of_delegation(parent)
    if not all_within(world, bound, parent.permissions, wish.resource, wish.at):
        detail = f"{_named(parent.roles)} on `{parent.resource}` gives nothing on `{wish.resource}`"
        yield Widening("resource", detail, (wish.resource,))
        return
    # A role that the parent does not hold itself must be implied whole, and not only what is taken of it.
    foreign = wish.roles - parent.roles
    holding = Holding(wish.resource, wish.roles)
    # What a relation only helps to is in its name alone: by itself it gives nothing, of the parent's or beyond.
    given = all_carried(world, Bound(holding, None), holding, contained(world, wish.roles, wish.resource), wish.at)
    needed = contained(world, foreign, wish.resource) & given
    if beyond := needed - all_carried(world, bound, holding, needed, wish.at):
        detail = f"{_named(foreign)}, which contains `{min(beyond)}`: take a smaller role"
        yield Widening("roles", detail, tuple(sorted(beyond)))
    elif beyond := not_implied(world, Holding(parent.resource, parent.roles), wish.roles, wish.resource):
        yield Widening("roles", f"{_named(beyond)}, which does not follow from what it holds", tuple(sorted(beyond)))
    known = all_carried(world, bound, holding, permissions & given, wish.at) | (parent.permissions - given)
    if beyond := permissions - needed - known:
        yield Widening("permissions", f"the permission `{min(beyond)}`", tuple(sorted(beyond)))


def _named(roles: frozenset[str]) -> str:
    return " and ".join(f"`{role}`" for role in sorted(roles))


def _beyond_budget(wanted: Budget | None, chain: tuple[Delegation, ...]) -> Iterator[str]:
    # Whatever a child says of itself, it draws from the budgets of all above it too.
    asked = {} if wanted is None else wanted.row()
    for kind, most in asked.items():
        limits = [link.budget.row()[kind] for link in chain if link.budget is not None]
        if most is not None and any(limit is not None and most > limit for limit in limits):
            yield kind
