"""Commands on the model: resource types, permissions, environment roles and an organization's own roles."""

from collections.abc import Iterable
from typing import Annotated, Any, ClassVar

from pydantic import Field
from typing_extensions import override

from authz_core import Catalog, Permission, ResourceType, Role, build_model
from delegation.audit import JSON
from delegation.authority.ending import on_role
from delegation.directory.command import Answer, Command, Kind, Name, OrganizationCommand, PermissionSlug, Slug
from delegation.directory.draft import Draft
from delegation.directory.ending import ONLY_TAKES
from delegation.directory.errors import Conflict, Unknown
from delegation.state.entities import RoleRow

Permissions = Annotated[tuple[PermissionSlug, ...], Field(max_length=200)]


class PutResourceType(Command):
    """Add a resource type, or change which parents it may have."""

    do: ClassVar[str] = "put-resource-type"
    only_with: ClassVar[Kind | None] = Kind.CATALOG
    slug: Slug
    parents: tuple[Slug, ...] = ()
    delegable: bool = True

    @override
    def draft(self, on: Draft) -> Answer:
        catalog = on.view.platform.catalog
        types = {t.slug: t for t in catalog.types}
        types[self.slug] = ResourceType(self.slug, self.parents, delegable=self.delegable)
        build_model(Catalog(tuple(types.values()), catalog.permissions, catalog.roles))
        row: dict[str, JSON] = {"slug": self.slug, "parents": list(self.parents), "delegable": self.delegable}
        on.put_platform("resource_types", **row)
        return row


class PutPermission(Command):
    """Add a permission of a resource type, or mark it as one of administration."""

    do: ClassVar[str] = "put-permission"
    only_with: ClassVar[Kind | None] = Kind.CATALOG
    slug: PermissionSlug
    type: Slug
    administrative: bool = False

    @override
    def draft(self, on: Draft) -> Answer:
        catalog = on.view.platform.catalog
        permissions = {p.slug: p for p in catalog.permissions}
        known = permissions.get(self.slug)
        if known is not None and known.type != self.type:
            raise Conflict(f"the permission `{self.slug}` belongs to the type `{known.type}` for ever")
        permissions[self.slug] = Permission(self.slug, self.type, administrative=self.administrative)
        build_model(Catalog(catalog.types, tuple(permissions.values()), catalog.roles))
        row: dict[str, JSON] = {"slug": self.slug, "type": self.type, "administrative": self.administrative}
        on.put_platform("permissions", **row)
        return row


class PutRole(Command):
    """Add an environment role, for all organizations, or replace its permissions."""

    do: ClassVar[str] = "put-role"
    only_with: ClassVar[Kind | None] = Kind.CATALOG
    slug: Slug
    type: Slug
    permissions: Permissions
    name: Name = ""

    @override
    def draft(self, on: Draft) -> Answer:
        if self.slug.startswith("org-"):
            raise Conflict("slugs that begin with `org-` are for organizations' own roles")
        row = _role_row(on, self, on.view.platform.roles.get(self.slug), "role")
        build_model(_with_role(on.view.platform.catalog, self))
        on.put_platform("roles", **row)
        return row


class DeleteRole(Command):
    """Delete an environment role: whoever holds it loses what it gave, at once and everywhere."""

    do: ClassVar[str] = "delete-role"
    only_with: ClassVar[Kind | None] = Kind.CATALOG
    slug: Slug

    @override
    def draft(self, on: Draft) -> Answer:
        if self.slug not in on.view.platform.roles:
            raise Unknown(f"no environment role `{self.slug}`")
        on.remove_platform("roles", slug=self.slug)
        return {"slug": self.slug}


class PutOrganizationRole(OrganizationCommand):
    """Add a role of one organization, or replace its permissions; you must hold what it contains."""

    do: ClassVar[str] = "put-organization-role"
    only_with: ClassVar[Kind | None] = Kind.CATALOG
    slug: Annotated[str, Field(pattern=r"^org-[a-z0-9_-]{1,44}$")]
    type: Slug
    permissions: Permissions
    name: Name = ""

    @override
    def draft(self, on: Draft) -> Answer:
        row = _role_row(on, self, on.organization.roles.get(self.slug), f"{self.organization}:role")
        build_model(_with_role(on.view.platform.catalog, self))
        on.must_hold(self.permissions, on.organization.root)
        on.put_here("roles", **row)
        return {"organization": self.organization, **row}


class DeleteOrganizationRole(OrganizationCommand):
    """Delete an organization's own role and its assignments; delegations that hold it are revoked."""

    do: ClassVar[str] = "delete-organization-role"
    only_with: ClassVar[Kind | None] = Kind.CATALOG
    slug: Slug

    @override
    def draft(self, on: Draft) -> Answer:
        if self.slug not in on.organization.roles:
            raise Unknown(f"no role `{self.slug}` of the organization")
        on.remove_here("roles", slug=self.slug)
        for fact in [fact for fact in on.organization.facts if fact.relation == self.slug]:
            on.remove_here("assignments", principal=fact.subject, role=self.slug, resource=fact.object)
        revoked = on.revoke(on_role(self.slug), lambda policy: self.slug in policy.roles)
        return {"organization": self.organization, "slug": self.slug, "revoked": revoked}


def _role_row(on: Draft, role: "PutRole | PutOrganizationRole", known: RoleRow | None, purpose: str) -> dict[str, Any]:
    if known is None:
        on.name(purpose, role.slug)
    elif known.type != role.type:
        raise Conflict(f"the role `{role.slug}` belongs to the type `{known.type}` for ever")
    permissions = sorted(set(role.permissions))
    if known is not None and set(permissions) < set(known.permissions):
        on.noted[ONLY_TAKES] = True
    return {"slug": role.slug, "type": role.type, "permissions": permissions, "name": role.name}


def _with_role(catalog: Catalog, role: "PutRole | PutOrganizationRole") -> Catalog:
    others: Iterable[Role] = (other for other in catalog.roles if other.slug != role.slug)
    added = Role(role.slug, role.type, frozenset(role.permissions))
    return Catalog(catalog.types, catalog.permissions, (*others, added))
