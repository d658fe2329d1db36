"""What roles one organization has: those of the environment, and its own."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from authz_core.errors import quoted
from authz_core.model.policy import Model, Role
from authz_core.rbac.catalog import ROOT
from authz_core.rbac.environment import EnvironmentRoles, check_order
from authz_core.rbac.refusals import RoleConflict, RoleInUse, RoleUse, UnknownRole
from authz_core.rbac.shelves import Shelves
from authz_core.rbac.soundness import OWN, validate_role
from authz_core.rbac.visible import VisibleRoles


@dataclass(frozen=True, slots=True)
class OrganizationRoles:
    """The environment's roles as one organization has them, with its own beside them.

    From its first own role on, the organization has a default and an order of priority of its own, copied at that
    moment. Own roles of other organizations are in no part of it.
    """

    environment: EnvironmentRoles
    own: Shelves[Role] = field(default_factory=Shelves)
    own_default: str | None = None
    places: Shelves[int] = field(default_factory=Shelves)
    """Slug → place in its own order of priority. Deleted roles keep theirs, so that no slug is given again."""

    @property
    def roles(self) -> VisibleRoles:
        """All roles that exist in this organization, by slug."""
        return VisibleRoles(self.environment.by_slug, self.own)

    @property
    def default(self) -> str:
        """The role of a membership that has no other."""
        return self.environment.default if self.own_default is None else self.own_default

    def model(self, environment: Model) -> Model:
        """Return the environment's model with this organization's roles, nothing compiled and nothing copied.

        It is for this organization's facts alone: another's would be read by these roles.
        """
        return environment.with_roles(self.roles)

    def by_priority(self, slugs: Iterable[str]) -> tuple[Role, ...]:
        """Return those of the roles that exist here, highest first."""
        visible = self.roles
        found = [role for role in map(visible.get, set(slugs)) if role is not None]
        return tuple(sorted(found, key=lambda role: self._place(role.slug)))

    def _place(self, slug: str) -> tuple[int, int]:
        """Return where a role stands: what the environment added later lies beneath the organization's own order."""
        place = self.places.get(slug)
        return (1, self.environment.places[slug]) if place is None else (0, place)

    def with_role(self, role: Role) -> "OrganizationRoles":
        """Return the roles with another one of the organization's own, whose priority is the lowest.

        Raises `RoleConflict` for a slug that does not begin with `org-` or was given before, and `InvalidModel` for
        a role that contains what its type does not allow.
        """
        if not role.slug.startswith(OWN):
            raise RoleConflict(f"the slug of an organization's own role begins with {quoted(OWN)}, not so {role.slug}")
        if role.slug in self.places:
            raise RoleConflict(f"role {quoted(role.slug)} was defined before; another slug is wanted")
        validate_role(self.environment.catalog, role)
        places = self._own_places()
        return replace(
            self,
            own=self.own.having(role.slug, role),
            own_default=self.default,
            places=places.having(role.slug, len(places)),
        )

    def with_permissions(self, slug: str, permissions: Iterable[str]) -> "OrganizationRoles":
        """Return the roles with these permissions in place of all that the own role contained."""
        role = replace(self._own(slug), permissions=frozenset(permissions))
        validate_role(self.environment.catalog, role)
        return replace(self, own=self.own.having(slug, role))

    def with_permission(self, slug: str, permission: str) -> "OrganizationRoles":
        """Return the roles with one more permission in the own role; one that it contained is no change."""
        return self.with_permissions(slug, self._own(slug).permissions | {permission})

    def without_permission(self, slug: str, permission: str) -> "OrganizationRoles":
        """Return the roles with one permission less in the own role; one that it did not contain is no change."""
        return self.with_permissions(slug, self._own(slug).permissions - {permission})

    def without_role(self, slug: str, uses: frozenset[RoleUse] = frozenset()) -> "OrganizationRoles":
        """Return the roles without one of the organization's own.

        Raises `RoleInUse` where uses are named, and `RoleConflict` for the default role. Whoever names no uses moves
        its holders: a membership that is left without a role has the default role.
        """
        self._own(slug)
        if slug == self.own_default:
            raise RoleConflict(f"role {quoted(slug)} is the default; another default is wanted before it is deleted")
        if uses:
            raise RoleInUse(slug, uses)
        return replace(self, own=self.own.without(slug))

    def with_default(self, slug: str) -> "OrganizationRoles":
        """Return the roles with another default, which the organization chooses once it has roles of its own."""
        self._check_independent()
        role = self.roles.get(slug)
        if role is None:
            raise UnknownRole(slug)
        if role.type != ROOT:
            raise RoleConflict(f"the default is a role of type {quoted(ROOT)}, not of {quoted(role.type)}")
        return replace(self, own_default=slug)

    def with_order(self, slugs: Sequence[str]) -> "OrganizationRoles":
        """Return the roles in another order of priority, which names each of them once."""
        self._check_independent()
        check_order(slugs, self.roles)
        deleted = [slug for slug in self.places if slug not in self.roles]
        return replace(self, places=Shelves({slug: place for place, slug in enumerate((*slugs, *deleted))}))

    def under(self, environment: EnvironmentRoles, replacement: str | None = None) -> "OrganizationRoles":
        """Return the organization's roles over a changed environment.

        Raises `RoleConflict` where the organization's default is no more and nothing is to replace it.
        """
        moved = replace(self, environment=environment)
        if self.own_default is None or self.own_default in moved.roles:
            return moved
        if replacement is None:
            raise RoleConflict(f"role {quoted(self.own_default)} is an organization's default; a replacement is wanted")
        return moved.with_default(replacement)

    def _own_places(self) -> Shelves[int]:
        """Return the organization's order with the environment's newer roles at the bottom."""
        places = self.places
        for slug in self.environment.by_slug:
            if slug not in places:
                places = places.having(slug, len(places))
        return places

    def _own(self, slug: str) -> Role:
        role = self.own.get(slug)
        if role is None:
            raise UnknownRole(slug)
        return role

    def _check_independent(self) -> None:
        if not self.places:
            raise RoleConflict("the environment's default and order hold until the organization has a role of its own")
