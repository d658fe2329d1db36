"""The roles of an environment and of two organizations, as tests of the role book speak of them."""

from authz_core import Catalog, EnvironmentRoles, OrganizationRoles, Permission, ResourceType, Role


def role(slug: str, type_: str, *permissions: str) -> Role:
    """A role from plain texts."""
    return Role(slug, type_, frozenset(permissions))


CATALOG = Catalog(
    types=(
        ResourceType("workspace", ("organization",)),
        ResourceType("project", ("workspace",)),
        ResourceType("app", ("project",)),
    ),
    permissions=(
        *(Permission("organization:view", "organization"), Permission("workspace:delete", "workspace")),
        *(Permission("project:view", "project"), Permission("project:edit", "project"), Permission("app:view", "app")),
    ),
    roles=(
        role("admin", "organization", "organization:view", "project:edit"),
        role("editor", "organization", "project:view", "project:edit"),
        role("member", "organization"),
        role("project-editor", "project", "project:view", "project:edit", "app:view"),
    ),
)
ENVIRONMENT = EnvironmentRoles(CATALOG, "member")
NORTH = OrganizationRoles(ENVIRONMENT).with_role(role("org-auditor", "organization", "project:view"))
SOUTH = OrganizationRoles(ENVIRONMENT).with_role(role("org-planner", "project", "project:view"))


def order(roles: OrganizationRoles) -> list[str]:
    """The slugs of all roles, highest priority first."""
    return [each.slug for each in roles.by_priority(roles.roles)]
