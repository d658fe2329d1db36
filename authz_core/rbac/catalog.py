"""Resource types, permissions and roles, as an administrator thinks of them."""

from dataclasses import dataclass, replace

from authz_core.model.policy import Role

ROOT = "organization"
"""The type at the root of every tree."""

PARENT = "parent"
"""The relation that puts a resource beneath another."""

PRINCIPALS = ("user", "agent", "group")
"""Types that are no resources: those who hold roles."""


@dataclass(frozen=True, slots=True)
class ResourceType:
    """A type of resource, the types its resources may lie beneath, and whether a bound may stand on them."""

    slug: str
    parents: tuple[str, ...]
    delegable: bool = True


@dataclass(frozen=True, slots=True)
class Permission:
    """Something that may be done to resources of a type; an administrative one enters no bound."""

    slug: str
    type: str
    administrative: bool = False

    @property
    def is_administrative(self) -> bool:
        """Whether it is marked so, or named as one of the organization's own permissions."""
        return self.administrative or self.slug.startswith(f"{ROOT}:")


@dataclass(frozen=True, slots=True)
class Catalog:
    """Resource types, permissions and roles; the root type is understood where it is not named."""

    types: tuple[ResourceType, ...]
    permissions: tuple[Permission, ...]
    roles: tuple[Role, ...] = ()

    def with_root(self) -> "Catalog":
        """Return the catalog with the root type among its types."""
        if any(each.slug == ROOT for each in self.types):
            return self
        return replace(self, types=(ResourceType(ROOT, ()), *self.types))

    def beneath(self, type: str) -> frozenset[str]:
        """Return the type and all types whose resources may lie beneath its resources."""
        reached = [type]
        for upper in reached:
            reached.extend(each.slug for each in self.types if upper in each.parents and each.slug not in reached)
        return frozenset(reached)
