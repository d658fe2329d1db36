"""The roles that exist in every organization, in their order of priority, and how memberships take them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from authz_core.errors import InvalidModel, quoted
from authz_core.model.policy import Role
from authz_core.rbac.catalog import ROOT, Catalog
from authz_core.rbac.refusals import RoleConflict, UnknownRole
from authz_core.rbac.soundness import OWN, catalog_problems


@dataclass(frozen=True, slots=True)
class EnvironmentRoles:
    """A catalog whose roles stand in their order of priority, highest first.

    A membership without a role of its own has the `default` role. Unless `multiple`, a membership has one role at
    organization level. The slugs of deleted roles are `retired`: none is given again. A value that makes no sense
    cannot be made: `InvalidModel` names all its faults.
    """

    catalog: Catalog
    default: str
    multiple: bool = False
    retired: frozenset[str] = frozenset()
    by_slug: Mapping[str, Role] = field(init=False, repr=False, compare=False)
    places: Mapping[str, int] = field(init=False, repr=False, compare=False)
    """Slug → place in the order of priority, counted from the highest."""

    def __post_init__(self) -> None:
        by_slug = {role.slug: role for role in self.catalog.roles}
        object.__setattr__(self, "by_slug", by_slug)
        object.__setattr__(self, "places", {slug: place for place, slug in enumerate(by_slug)})
        problems = [*catalog_problems(self.catalog), *self._problems()]
        if problems:
            raise InvalidModel(*problems)

    def with_role(self, role: Role) -> "EnvironmentRoles":
        """Return the roles with another one, whose priority is the lowest."""
        if role.slug in self.by_slug or role.slug in self.retired:
            raise RoleConflict(f"role {quoted(role.slug)} was defined before; another slug is wanted")
        return self._with((*self.catalog.roles, role))

    def with_permissions(self, slug: str, permissions: Iterable[str]) -> "EnvironmentRoles":
        """Return the roles with these permissions in place of all that the role contained."""
        role = replace(self._role(slug), permissions=frozenset(permissions))
        return self._with(tuple(role if each.slug == slug else each for each in self.catalog.roles))

    def with_permission(self, slug: str, permission: str) -> "EnvironmentRoles":
        """Return the roles with one more permission in the role; one that it contained is no change."""
        return self.with_permissions(slug, self._role(slug).permissions | {permission})

    def without_role(self, slug: str) -> "EnvironmentRoles":
        """Return the roles without one, whose holders come to hold the default role where they hold no other.

        Raises `RoleConflict` for the default role; whoever deletes it makes another one the default before.
        """
        self._role(slug)
        if slug == self.default:
            raise RoleConflict(f"role {quoted(slug)} is the default; another default is wanted before it is deleted")
        left = tuple(role for role in self.catalog.roles if role.slug != slug)
        return replace(self, catalog=replace(self.catalog, roles=left), retired=self.retired | {slug})

    def with_default(self, slug: str) -> "EnvironmentRoles":
        """Return the roles with another default."""
        return replace(self, default=self._role(slug).slug)

    def with_order(self, slugs: Sequence[str]) -> "EnvironmentRoles":
        """Return the roles in another order of priority, which names each of them once."""
        check_order(slugs, self.by_slug)
        return self._with(tuple(self.by_slug[slug] for slug in slugs))

    def _role(self, slug: str) -> Role:
        role = self.by_slug.get(slug)
        if role is None:
            raise UnknownRole(slug)
        return role

    def _with(self, roles: tuple[Role, ...]) -> "EnvironmentRoles":
        return replace(self, catalog=replace(self.catalog, roles=roles))

    def _problems(self) -> Iterable[str]:
        for slug in self.by_slug:
            if slug.startswith(OWN):
                yield f"role {quoted(slug)} begins with {quoted(OWN)}, which is for organizations' own roles"
        role = self.by_slug.get(self.default)
        if role is None or role.type != ROOT:
            yield f"the default {quoted(self.default)} is no role of type {quoted(ROOT)}"


def check_order(slugs: Sequence[str], roles: Mapping[str, Role]) -> None:
    """Accept an order that names each role once; raise `RoleConflict`."""
    if len(slugs) != len(roles) or set(slugs) != roles.keys():
        raise RoleConflict("an order of priority names each role once, and no other")
