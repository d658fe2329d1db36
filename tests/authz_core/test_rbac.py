"""Role-based access on a tree: what a catalog means, and which catalogs mean nothing."""

import pytest

from authz_core import (
    Catalog,
    InvalidModel,
    Permission,
    ResourceType,
    Role,
    build_model,
    validate_model,
    validate_role,
)
from tests.authz_core.refusals import refusal
from tests.authz_core.worlds import allows, facts, holding

TYPES = (
    ResourceType("workspace", ("organization",)),
    ResourceType("project", ("workspace",)),
    ResourceType("app", ("project",)),
    ResourceType("secret", ("project", "app"), delegable=False),
)
PERMISSIONS = (
    *(Permission("organization:view", "organization"), Permission("billing:view", "organization", administrative=True)),
    *(Permission("workspace:delete", "workspace"), Permission("project:create", "project")),
    *(Permission("project:view", "project"), Permission("project:edit", "project")),
    *(Permission("app:view", "app"), Permission("app:edit", "app"), Permission("secret:read", "secret")),
)


def role(slug: str, type_: str, *permissions: str) -> Role:
    """A role from plain texts."""
    return Role(slug, type_, frozenset(permissions))


ROLES = (
    role("viewer", "organization", "organization:view", "project:view", "app:view"),
    role(
        "workspace-editor",
        "workspace",
        "workspace:delete",
        "project:create",
        "project:view",
        "project:edit",
        "app:edit",
    ),
    role("project-editor", "project", "project:view", "project:edit", "app:view", "app:edit"),
    role("project-viewer", "project", "project:view"),
    role("app-viewer", "app", "app:view"),
)
CATALOG = Catalog(TYPES, PERMISSIONS, ROLES)
SAAS = build_model(CATALOG)
APOLLO = (
    *("organization:o parent workspace:w", "organization:o parent workspace:v"),
    *("workspace:w parent project:apollo", "workspace:v parent project:gemini", "project:apollo parent app:shop"),
)
PEOPLE = (
    *("user:m1 viewer organization:o", "user:m1 project-editor project:apollo"),
    *("user:m2 workspace-editor workspace:w", "user:m3 app-viewer app:shop"),
)


@pytest.mark.parametrize(
    ("subject", "permission", "thing", "expected"),
    [
        ("user:m1", "project:edit", "project:apollo", True),
        ("user:m1", "project:edit", "project:gemini", False),
        ("user:m1", "project:view", "project:gemini", True),
        ("user:m1", "app:edit", "app:shop", True),
        ("user:m2", "project:edit", "project:apollo", True),
        ("user:m2", "project:edit", "project:gemini", False),
        ("user:m2", "project:create", "workspace:w", True),
        ("user:m2", "workspace:delete", "app:shop", True),
        ("user:m3", "app:view", "app:shop", True),
        ("user:m3", "app:view", "project:apollo", False),
        ("user:m3", "project:view", "project:apollo", False),
        ("user:m3", "app:edit", "app:shop", False),
    ],
)
def test_roles_reach_down_and_nowhere_else(subject: str, permission: str, thing: str, *, expected: bool) -> None:
    """A role reaches its resource and what lies beneath it, by the permissions it contains."""
    assert allows(SAAS, facts(*APOLLO, *PEOPLE), subject, permission, thing) is expected


def test_a_weaker_role_takes_nothing_away() -> None:
    """Roles add up, whichever lies lower."""
    stored = facts(*APOLLO, *PEOPLE, "user:m1 project-viewer project:apollo", "user:m2 app-viewer app:shop")

    assert allows(SAAS, stored, "user:m1", "project:edit", "project:apollo")
    assert allows(SAAS, stored, "user:m2", "app:edit", "app:shop")


def test_access_follows_a_move() -> None:
    """When a resource moves, what was inherited is lost and gained at once, and what was direct travels along."""
    stored = facts(*APOLLO, *PEOPLE, "user:m4 workspace-editor workspace:v")
    stored.apply(added=facts("workspace:v parent project:apollo"), removed=facts("workspace:w parent project:apollo"))

    assert not allows(SAAS, stored, "user:m2", "app:edit", "app:shop")
    assert allows(SAAS, stored, "user:m4", "app:edit", "app:shop")
    assert allows(SAAS, stored, "user:m1", "app:edit", "app:shop")
    assert not allows(SAAS, stored, holding("workspace:w", "workspace-editor"), "app:edit", "app:shop")


def test_a_role_means_what_the_catalog_of_the_moment_says() -> None:
    """Changed and vanished roles count from the next question on, as does one of another type with the old name."""
    stored = facts(*APOLLO, "user:anne org-custom project:apollo")
    for custom, expected in (
        (role("org-custom", "project", "app:view"), True),
        (role("org-custom", "project", "app:edit"), False),
        (role("org-custom", "workspace", "app:view"), False),
        (role("org-other", "project", "app:view"), False),
    ):
        model = SAAS.with_roles({**SAAS.roles, custom.slug: custom})
        assert allows(model, stored, "user:anne", "app:view", "app:shop") is expected
        assert not allows(SAAS, stored, "user:anne", "app:view", "app:shop")


def test_agents_and_groups_hold_roles_and_others_do_not() -> None:
    """Users, agents and members of groups may hold roles; everyone, groups as such and unknown types may not."""
    stored = facts(
        *(*APOLLO, "agent:bot app-viewer app:shop", "group:g#member app-viewer app:shop", "agent:b2 member group:g"),
        *("user:* app-viewer app:shop", "group:h app-viewer app:shop", "robot:r app-viewer app:shop"),
        "user:* member group:g",
    )

    assert allows(SAAS, stored, "agent:bot", "app:view", "app:shop")
    assert allows(SAAS, stored, "agent:b2", "app:view", "app:shop")
    for subject in ("user:anne", "group:h", "robot:r", "user:*"):
        assert not allows(SAAS, stored, subject, "app:view", "app:shop")


def test_what_the_model_says_of_bounds() -> None:
    """Resource types are delegable unless they say otherwise, and the organization's own permissions administer."""
    assert SAAS.delegable == {"organization", "workspace", "project", "app"}
    assert SAAS.administrative == {"organization:view", "billing:view"}
    assert not allows(SAAS, facts(), holding("organization:o", "viewer"), "organization:view", "organization:o")


def test_a_model_built_from_a_catalog_is_valid() -> None:
    """Whatever `build_model` accepts passes the general validation too."""
    assert refusal(validate_model, SAAS) is None


def test_the_root_may_be_named() -> None:
    """A catalog that names the root type, perhaps to keep bounds off it, means the same otherwise."""
    named = build_model(Catalog((ResourceType("organization", (), delegable=False), *TYPES), PERMISSIONS, ROLES))

    assert named.types == SAAS.types
    assert named.delegable == SAAS.delegable - {"organization"}


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"types": (*TYPES, TYPES[0])}, "type `workspace` is defined 2 times"),
        ({"types": (*TYPES, ResourceType("a b", ("project",)))}, "`a b` is no type"),
        ({"types": (*TYPES, ResourceType("group", ("project",)))}, "type `group` is one of those who hold roles"),
        ({"types": (*TYPES, ResourceType("x", ("ghost", "app")))}, "lies beneath `ghost`, which is no type"),
        ({"types": (*TYPES, ResourceType("x", ()))}, "type `x` has no way up to `organization`"),
        ({"types": (*TYPES, ResourceType("x", ("y",)), ResourceType("y", ("x",)))}, "type `x` has no way up"),
        ({"types": (*TYPES, ResourceType("x", ("app", "app")))}, "parent of type `x` `app` is defined 2 times"),
        ({"types": (*TYPES, ResourceType("organization", ("app",)))}, "is the root and lies beneath nothing"),
        ({"permissions": (*PERMISSIONS, PERMISSIONS[0])}, "permission `organization:view` is defined 2 times"),
        ({"permissions": (*PERMISSIONS, Permission("App:View", "app"))}, "permission `App:View` is not 1-48 of"),
        ({"permissions": (*PERMISSIONS, Permission("a" * 49, "app"))}, "is not 1-48 of"),
        ({"permissions": (*PERMISSIONS, Permission("parent", "app"))}, "permission `parent` has the name of"),
        ({"permissions": (*PERMISSIONS, Permission("org-x", "app"))}, "permission `org-x` begins with `org-`"),
        ({"permissions": (*PERMISSIONS, Permission("x:y", "ghost"))}, "is of type `ghost`, which is no type"),
        ({"roles": (*ROLES, ROLES[0])}, "role `viewer` is defined 2 times"),
        ({"roles": (role("a:b", "app"),)}, "role `a:b` is not 1-48 of lower-case"),
        ({"roles": (role("", "app"),)}, "role `` is not 1-48 of"),
        ({"roles": (role("parent", "app"),)}, "role `parent` has the name of a relation"),
        ({"roles": (role("x", "ghost"),)}, "role `x` is of type `ghost`, which is no type"),
        ({"roles": (role("x", "app", "app:fly"),)}, "role `x` contains `app:fly`, which is no permission"),
        ({"roles": (role("x", "app", "project:edit"),)}, "contains `project:edit`, whose type is not `app` or beneath"),
    ],
)
def test_a_catalog_that_means_nothing_is_refused(change: dict[str, tuple[object, ...]], problem: str) -> None:
    """Each fault of a catalog is named, and the model not built."""
    parts: dict[str, tuple[object, ...]] = {"types": TYPES, "permissions": PERMISSIONS, "roles": ROLES}
    with pytest.raises(InvalidModel) as caught:
        build_model(Catalog(**(parts | change)))  # type: ignore[arg-type]  # the parts are of the kinds they should be

    assert any(problem in each for each in caught.value.problems)


def test_all_faults_are_named_at_once() -> None:
    """Whoever mends a catalog sees everything that is wrong with it."""
    with pytest.raises(InvalidModel) as caught:
        build_model(Catalog(TYPES, (), (role("A", "ghost", "x"), role("b", "app", "y"))))

    assert len(caught.value.problems) == 4


def test_a_role_is_judged_by_itself() -> None:
    """A role that an organization adds must fit the catalog as any other."""
    validate_role(CATALOG, role("org-custom", "project", "secret:read", "app:edit"))
    with pytest.raises(InvalidModel, match="contains `workspace:delete`, whose type is not `project`"):
        validate_role(CATALOG, role("org-custom", "project", "workspace:delete"))


@pytest.mark.parametrize("slug", ["a.b", "a/b", ""])
def test_the_types_of_a_catalog_have_plain_names(slug: str) -> None:
    """A resource type stands in addresses, so its name has neither dots nor slashes, which other models may use."""
    with pytest.raises(InvalidModel, match="not made of letters"):
        build_model(Catalog(types=(ResourceType(slug, ("organization",)),), permissions=()))


@pytest.mark.parametrize(("types", "permissions"), [(100, 0), (0, 1_001)])
def test_a_catalog_has_its_limits(types: int, permissions: int) -> None:
    """Every permission is a relation of every type, so a catalog with too many of either is refused at once."""
    catalog = Catalog(
        types=tuple(ResourceType(f"t{number}", ("organization",)) for number in range(types)),
        permissions=tuple(Permission(f"organization:p{number}", "organization") for number in range(permissions)),
    )

    with pytest.raises(InvalidModel, match="at most 100 types and 1,000 permissions"):
        build_model(catalog)
