"""The formula of effective rights in plain sets: slow, obvious, and without a line of the engine.

Semantics: people's rights, bounds, effective rights of a token. What it says is what the service must say.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

TREE: Final = {
    "organization:o": None,
    "workspace:design": "organization:o",
    "workspace:sales": "organization:o",
    "project:apollo": "workspace:design",
    "project:zeus": "workspace:design",
    "project:forecast": "workspace:sales",
    "app:storefront": "project:apollo",
    "app:backoffice": "project:zeus",
    "app:ledger": "project:forecast",
}
"""Resource → parent, as a fresh organization has it; `o` stands for the organization's own id."""

Slugs = frozenset[str]


@dataclass(frozen=True)
class Bound:
    """Roles on a resource, permissions, and a time from and until when they count."""

    resource: str
    roles: Slugs
    permissions: Slugs
    not_before: int = 0
    until: int = 10**12


@dataclass
class Delegation:
    """What a user let an agent do, and what became of it."""

    user: str
    agent: str
    bound: Bound
    parent: str | None = None
    suspended: bool = False
    revoked: bool = False
    depth: int = 0


@dataclass
class Token:
    """What an agent was given: its delegation, its own bound, others' bounds, and whether it gave it up."""

    delegation: str
    bound: Bound
    ancestors: tuple[Bound, ...] = ()
    given_up: bool = False
    derived_from: "Token | None" = None

    @property
    def dead(self) -> bool:
        """Whether the token, or one that it comes from, was given up."""
        return self.given_up or (self.derived_from is not None and self.derived_from.dead)

    @property
    def line(self) -> "tuple[Token, ...]":
        """The tokens that it comes from, the nearest first."""
        return () if self.derived_from is None else (self.derived_from, *self.derived_from.line)


@dataclass
class Oracle:
    """Everything that decides, as it is now."""

    now: int
    parents: dict[str, str | None] = field(default_factory=lambda: dict(TREE))
    roles: dict[str, tuple[str, Slugs]] = field(default_factory=dict)
    """Slug → type and permissions."""
    assignments: set[tuple[str, str, str]] = field(default_factory=set)
    """Principal, role, resource."""
    groups: dict[str, set[str]] = field(default_factory=dict)
    """Group → its members: users, or `group:g#member`."""
    memberships: dict[str, bool] = field(default_factory=dict)
    """User → whether the membership is active."""
    suspended: set[str] = field(default_factory=set)
    """Users and agents that are suspended everywhere."""
    ceilings: dict[str, tuple[Bound, ...] | None] = field(default_factory=dict)
    """Admitted agent → its ceiling; None for expressly none."""
    delegations: dict[str, Delegation] = field(default_factory=dict)

    def upwards(self, resource: str) -> list[str]:
        """Return a resource and all above it."""
        parent = self.parents[resource]
        return [resource] if parent is None else [resource, *self.upwards(parent)]

    def principals(self, user: str) -> set[str]:
        """Return the user and every group that contains the user, directly or through groups."""
        found = {f"user:{user}"}
        for _ in self.groups:
            found |= {f"group:{name}#member" for name, members in self.groups.items() if members & found}
        return found

    def grantable(self, role: str) -> Slugs:
        """Return what a role contains now, but for administration."""
        contained = self.roles[role][1] if role in self.roles else frozenset()
        return frozenset(slug for slug in contained if not slug.startswith("organization:"))

    def contains(self, role: str, permission: str) -> bool:
        """Return whether a role contains a permission now."""
        return role in self.roles and permission in self.roles[role][1]

    def present(self, user: str) -> bool:
        """Return whether a user takes part."""
        return self.memberships.get(user, False) and user not in self.suspended

    def may(self, user: str, permission: str, resource: str) -> bool:
        """Return whether a person may do something: a role on it or above it contains the permission."""
        who, places = self.principals(user), self.upwards(resource)
        return self.present(user) and any(
            principal in who and place in places and self.contains(role, permission)
            for principal, role, place in self.assignments
        )

    def within(self, bound: Bound, permission: str, resource: str) -> bool:
        """Return whether a bound lets something through."""
        return (
            bound.not_before <= self.now < bound.until
            and permission in bound.permissions
            and not permission.startswith("organization:")
            and bound.resource in self.upwards(resource)
            and any(self.contains(role, permission) for role in bound.roles)
        )

    def chain(self, id: str) -> list[str]:
        """Return the delegations from the user to this one."""
        parent = self.delegations[id].parent
        return [id] if parent is None else [*self.chain(parent), id]

    def faults(self, id: str) -> set[str]:
        """Return what a delegation by itself suffers from, whatever its ancestors do."""
        delegation = self.delegations[id]
        suffers = {
            "revoked": delegation.revoked or not delegation.bound.roles <= self.roles.keys(),
            "expired": self.now >= delegation.bound.until,
            "suspended": delegation.suspended,
            "not_yet_valid": self.now < delegation.bound.not_before,
            "dormant": delegation.agent not in self.ceilings
            or delegation.agent in self.suspended
            or not self.present(delegation.user),
        }
        return {fault for fault, true in suffers.items() if true}

    def status(self, id: str) -> str:
        """Return what people are shown of a delegation: its end by any ancestor, then its own state."""
        everywhere = set[str]().union(*(self.faults(link) for link in self.chain(id)))
        own = self.faults(id)
        for fault in ("revoked", "expired"):
            if fault in everywhere:
                return fault
        for fault in ("suspended", "not_yet_valid"):
            if fault in own:
                return fault
        return "dormant" if everywhere else "active"

    def terms(self, token: Token, permission: str, resource: str) -> Iterator[tuple[str, bool]]:
        """Return the terms of the conjunction in order, each with its answer."""
        chain = [self.delegations[link] for link in self.chain(token.delegation)]
        in_force = not any(self.faults(link) for link in self.chain(token.delegation))
        in_time = token.bound.not_before <= self.now < token.bound.until
        yield "status", in_time and not token.dead and in_force
        yield "user", self.may(chain[0].user, permission, resource)
        for link in chain:
            yield "delegation", self.within(link.bound, permission, resource)
            ceiling = self.ceilings.get(link.agent)
            yield "ceiling", ceiling is None or any(self.within(bound, permission, resource) for bound in ceiling)
        for bound in (token.bound, *token.ancestors, *(each.bound for each in token.line)):
            yield "token", self.within(bound, permission, resource)

    def effective(self, token: Token, permission: str, resource: str) -> bool:
        """Return E: the conjunction of all terms."""
        return all(answer for _, answer in self.terms(token, permission, resource))

    def grants(self, delegation: Delegation) -> bool:
        """Return whether a user may make a delegation now."""
        bound = delegation.bound
        known = delegation.agent in self.ceilings and delegation.agent not in self.suspended
        contained = frozenset[str]().union(*(self.grantable(role) for role in bound.roles))
        held = any(self.may(delegation.user, slug, bound.resource) for slug in bound.permissions)
        in_time = max(self.now, bound.not_before) < bound.until
        return self.present(delegation.user) and known and in_time and bound.permissions <= contained and held

    def delegates(self, parent: str, child: Delegation, most: int) -> bool:
        """Return whether an agent may make a delegation out of its own now, in chains of at most so many."""
        links = self.chain(parent)
        agents = {self.delegations[link].agent for link in links}
        above, bound = self.delegations[parent], child.bound
        known = child.agent in self.ceilings and child.agent not in self.suspended
        contained = frozenset[str]().union(*(self.grantable(role) for role in bound.roles))
        foreign = (self.grantable(role) for role in bound.roles - above.bound.roles)
        needed = bound.permissions.union(*foreign)
        return (
            not any(self.faults(link) for link in links)
            and child.depth < above.depth
            and len(links) < most
            and known
            and child.agent not in agents
            and max(self.now, bound.not_before) < bound.until <= above.bound.until
            and bound.permissions <= contained
            and all(self.within(above.bound, slug, bound.resource) for slug in needed)
            and any(self.may(child.user, slug, bound.resource) for slug in bound.permissions)
        )

    def derived(self, token: Token, delegation: str, placed: tuple[str, str], actions: Slugs | None) -> Slugs:
        """Return the permissions that a request on a token asks for, role first; none where it is refused."""
        role, resource = placed
        wanted = self.asked(self.delegations[delegation], role, resource, actions)
        within = wanted & token.bound.permissions
        if actions is not None and within != wanted:
            return frozenset()
        reach = Bound(token.bound.resource, token.bound.roles, within)
        alive = not token.dead and self.now < token.bound.until and token.delegation in self.chain(delegation)
        in_force = not any(self.faults(link) for link in self.chain(token.delegation))
        there = all(self.within(reach, slug, resource) for slug in within)
        return within if alive and in_force and there else frozenset()

    def asked(self, delegation: Delegation, role: str, resource: str, actions: Slugs | None) -> Slugs:
        """Return the permissions that a request for a role on a resource asks for; none where it is refused."""
        contained = self.grantable(role)
        if role not in self.roles or self.roles[role][0] != resource.partition(":")[0]:
            return frozenset()
        if actions is not None:
            wanted = actions if actions <= contained else frozenset()
        else:
            wanted = contained & delegation.bound.permissions if role in delegation.bound.roles else contained
        covered = all(self.within(delegation.bound, slug, resource) for slug in wanted)
        return wanted if covered else frozenset()
