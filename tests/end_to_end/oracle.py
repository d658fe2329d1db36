"""The formula of effective rights in plain sets: slow, obvious, and without a line of the engine.

Semantics: people's rights, bounds, effective rights of a token. What it says is what the service must say.
"""

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
    receipt: str
    suspended: bool = False
    revoked: bool = False


@dataclass
class Token:
    """What an agent was given: its delegation and its own bound, and whether it was given up."""

    delegation: str
    bound: Bound
    given_up: bool = False


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
        return self.present(user) and any(
            (principal, role, place) in self.assignments and self.contains(role, permission)
            for principal in self.principals(user)
            for place in self.upwards(resource)
            for role in self.roles
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

    def status(self, id: str) -> str:
        """Return what people are shown of a delegation."""
        delegation = self.delegations[id]
        if delegation.revoked or not delegation.bound.roles <= self.roles.keys():
            return "revoked"
        if self.now >= delegation.bound.until:
            return "expired"
        if delegation.suspended:
            return "suspended"
        if self.now < delegation.bound.not_before:
            return "not_yet_valid"
        agent = delegation.agent
        taking_part = agent in self.ceilings and agent not in self.suspended and self.present(delegation.user)
        return "active" if taking_part else "dormant"

    def effective(self, token: Token, permission: str, resource: str) -> bool:
        """Return E: the conjunction of person, delegation, ceiling, token and status."""
        delegation = self.delegations[token.delegation]
        if token.given_up or self.status(token.delegation) != "active":
            return False
        ceiling = self.ceilings[delegation.agent]
        return (
            self.may(delegation.user, permission, resource)
            and self.within(delegation.bound, permission, resource)
            and (ceiling is None or any(self.within(bound, permission, resource) for bound in ceiling))
            and self.within(token.bound, permission, resource)
        )

    def grants(self, delegation: Delegation) -> bool:
        """Return whether a user may make a delegation now."""
        bound = delegation.bound
        known = delegation.agent in self.ceilings and delegation.agent not in self.suspended
        contained = frozenset[str]().union(*(self.grantable(role) for role in bound.roles))
        held = any(self.may(delegation.user, slug, bound.resource) for slug in bound.permissions)
        in_time = max(self.now, bound.not_before) < bound.until
        return self.present(delegation.user) and known and in_time and bound.permissions <= contained and held

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
