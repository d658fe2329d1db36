"""An organization's own roles: laid over those of the environment, and unknown to any other organization."""

from collections.abc import Callable
from random import Random

import pytest

from authz_core import (
    EnvironmentRoles,
    InvalidModel,
    OrganizationRoles,
    Role,
    RoleConflict,
    RoleInUse,
    RoleUse,
    UnknownRole,
    build_model,
    parse_object,
    validate_assignment,
)
from tests.authz_core.role_books import CATALOG, ENVIRONMENT, NORTH, SOUTH, order, role
from tests.authz_core.worlds import allows, facts

PLAIN = OrganizationRoles(ENVIRONMENT)
MODEL = build_model(CATALOG)
TREE = ("organization:o parent workspace:w", "workspace:w parent project:apollo")


def test_an_organization_without_own_roles_follows_the_environment() -> None:
    """Default and order are the environment's, and so is every later change of them."""
    changed = PLAIN.under(
        ENVIRONMENT.with_default("editor").with_order(["member", "editor", "project-editor", "admin"])
    )

    assert (PLAIN.default, order(PLAIN)) == ("member", ["admin", "editor", "member", "project-editor"])
    assert (changed.default, order(changed)) == ("editor", ["member", "editor", "project-editor", "admin"])
    assert dict(PLAIN.roles) == dict(ENVIRONMENT.by_slug)


def test_the_first_own_role_copies_default_and_order() -> None:
    """From its first own role on, the environment's default and order mean nothing to an organization."""
    environment = ENVIRONMENT.with_default("editor").with_order(["member", "editor", "project-editor", "admin"])
    later = NORTH.under(environment)

    assert order(NORTH) == order(later) == ["admin", "editor", "member", "project-editor", "org-auditor"]
    assert later.default == "member"
    assert len(later.roles) == len(order(later))


def test_newer_roles_of_the_environment_appear_at_the_bottom() -> None:
    """What the environment adds later lies lowest, until the organization adds a role that lies lower still."""
    environment = ENVIRONMENT.with_role(role("guest", "organization")).with_role(role("visitor", "organization"))
    later = NORTH.under(environment)
    added = later.with_role(role("org-late", "app"))
    reordered = added.under(environment.with_role(role("last", "organization")))

    assert order(later)[-3:] == ["org-auditor", "guest", "visitor"]
    assert order(added)[-3:] == ["guest", "visitor", "org-late"]
    assert order(reordered)[-2:] == ["org-late", "last"]


def test_an_organization_orders_its_roles() -> None:
    """An organization with roles of its own puts them and the environment's in any order."""
    wanted = ["org-auditor", "project-editor", "member", "editor", "admin"]
    ordered = NORTH.with_order(wanted)

    assert order(ordered) == wanted
    assert order(ordered.with_role(role("org-late", "app"))) == [*wanted, "org-late"]
    with pytest.raises(RoleConflict, match="names each role once"):
        NORTH.with_order([*wanted[1:], "org-planner"])


def test_an_organization_chooses_its_default() -> None:
    """The default is any role at organization level that exists there."""
    assert NORTH.with_default("org-auditor").default == "org-auditor"
    with pytest.raises(RoleConflict, match="the default is a role of type `organization`, not of `project`"):
        NORTH.with_default("project-editor")
    with pytest.raises(UnknownRole):
        SOUTH.with_default("org-auditor")


@pytest.mark.parametrize(
    "attempt", [lambda: PLAIN.with_default("editor"), lambda: PLAIN.with_order(order(PLAIN)[::-1])]
)
def test_before_the_first_own_role_the_environment_decides(attempt: Callable[[], object]) -> None:
    """An organization without own roles has neither a default nor an order of its own to change."""
    with pytest.raises(RoleConflict, match="until the organization has a role of its own"):
        attempt()


def test_a_role_of_another_organization_is_nowhere() -> None:
    """One organization's own role is not named, listed, ordered, matched or changed in another."""
    stored = facts(*TREE, "user:anne org-planner project:apollo")

    assert allows(SOUTH.model(MODEL), stored, "user:anne", "project:view", "project:apollo")
    assert not allows(NORTH.model(MODEL), stored, "user:anne", "project:view", "project:apollo")
    assert "org-planner" not in NORTH.roles
    assert NORTH.roles.get("org-planner") is None
    assert "org-planner" not in order(NORTH)
    assert NORTH.by_priority(["org-planner"]) == ()
    for attempt in (
        lambda: NORTH.with_permissions("org-planner", ()),
        lambda: NORTH.with_permission("org-planner", "app:view"),
        lambda: NORTH.without_permission("org-planner", "project:view"),
        lambda: NORTH.without_role("org-planner"),
        lambda: validate_assignment(NORTH.roles, "org-planner", parse_object("project:apollo")),
    ):
        with pytest.raises(UnknownRole, match="no role `org-planner`"):
            attempt()


def test_the_same_slug_is_another_role_in_another_organization() -> None:
    """Two organizations may each have a role of one slug, and neither sees the other's permissions."""
    north = NORTH.with_role(role("org-planner", "project", "app:view"))
    stored = facts(*TREE, "user:anne org-planner project:apollo")

    assert not allows(north.model(MODEL), stored, "user:anne", "project:view", "project:apollo")
    assert allows(north.model(MODEL), stored, "user:anne", "app:view", "project:apollo")
    assert not allows(SOUTH.model(MODEL), stored, "user:anne", "app:view", "project:apollo")


@pytest.mark.parametrize("slug", ["admin", "parent", "member", "project:view", "auditor", "", "organization-x"])
def test_own_slugs_stand_apart(slug: str) -> None:
    """An own slug begins with `org-`, and so is never that of an environment role, a relation or a permission."""
    with pytest.raises(RoleConflict, match="begins with `org-`"):
        NORTH.with_role(role(slug, "project"))


@pytest.mark.parametrize("slug", ["org-A", "org-a:b", "org-" + "x" * 45, "org-é"])
def test_own_slugs_are_slugs(slug: str) -> None:
    """The slug of an own role is one of a role."""
    with pytest.raises(InvalidModel, match="is not 1-48 of lower-case"):
        NORTH.with_role(role(slug, "project"))


def test_an_own_slug_is_given_once() -> None:
    """No own slug is given again, neither while the role exists nor after it was deleted, nor after a new order."""
    deleted = NORTH.without_role("org-auditor")
    for roles in (NORTH, deleted, deleted.with_order(order(deleted))):
        with pytest.raises(RoleConflict, match="`org-auditor` was defined before"):
            roles.with_role(role("org-auditor", "app"))


def test_own_permissions_are_replaced_added_and_removed() -> None:
    """An own role's permissions change at once for all who hold it, within its type and what lies beneath."""
    stored = facts(*TREE, "user:anne org-planner project:apollo")
    cleared = SOUTH.with_permissions("org-planner", ())
    added = SOUTH.with_permission("org-planner", "project:edit")

    assert not allows(cleared.model(MODEL), stored, "user:anne", "project:view", "project:apollo")
    assert allows(added.model(MODEL), stored, "user:anne", "project:edit", "project:apollo")
    assert added.with_permission("org-planner", "project:edit") == added
    assert added.without_permission("org-planner", "project:edit") == SOUTH
    assert SOUTH.without_permission("org-planner", "app:view") == SOUTH
    with pytest.raises(InvalidModel, match="whose type is not `project` or beneath it"):
        SOUTH.with_permission("org-planner", "workspace:delete")
    with pytest.raises(InvalidModel, match="whose type is not `app` or beneath it"):
        SOUTH.with_role(role("org-viewer", "app", "project:view"))


def test_roles_of_the_environment_are_not_changed_by_an_organization() -> None:
    """An organization changes and deletes its own roles only."""
    with pytest.raises(UnknownRole):
        NORTH.with_permissions("editor", ())
    with pytest.raises(UnknownRole):
        NORTH.without_role("editor")


def test_a_role_in_use_is_not_deleted() -> None:
    """Deletion is refused with all that speaks of the role, and done where nothing is said to."""
    with pytest.raises(RoleInUse) as caught:
        NORTH.without_role("org-auditor", frozenset(RoleUse))

    assert caught.value.uses == {RoleUse.ASSIGNMENTS, RoleUse.MAPPINGS}
    assert "role_has_assignments, role_has_group_role_mappings" in str(caught.value)
    assert "org-auditor" not in NORTH.without_role("org-auditor").roles


def test_an_organizations_default_is_not_deleted() -> None:
    """Neither its own default role goes before another is chosen, nor the environment's without a replacement."""
    own = NORTH.with_default("org-auditor")
    with pytest.raises(RoleConflict, match="`org-auditor` is the default"):
        own.without_role("org-auditor", frozenset(RoleUse))
    assert "org-auditor" not in own.with_default("editor").without_role("org-auditor").roles

    smaller = ENVIRONMENT.with_default("editor").without_role("member")
    with pytest.raises(RoleConflict, match="`member` is an organization's default; a replacement is wanted"):
        NORTH.under(smaller)
    assert NORTH.under(smaller, "org-auditor").default == "org-auditor"
    assert "member" not in order(NORTH.under(smaller, "editor"))


def test_the_last_own_role_leaves_the_order_behind() -> None:
    """What an organization has once chosen stays when its own roles are gone."""
    chosen = NORTH.with_default("editor").without_role("org-auditor")
    later = chosen.under(ENVIRONMENT.with_default("admin").with_order(["member", "editor", "project-editor", "admin"]))

    assert (later.default, order(later)) == ("editor", ["admin", "editor", "member", "project-editor"])


def test_many_roles_are_what_a_plain_mapping_would_hold() -> None:
    """However many roles come, change and go, each earlier value stays what it was."""
    random = Random(8)
    roles, twin = OrganizationRoles(ENVIRONMENT), dict[str, Role]()
    kept: list[tuple[OrganizationRoles, dict[str, Role]]] = []
    for number in range(600):
        slug = f"org-{number}"
        twin = {**twin, slug: role(slug, "project", "project:view")}
        roles = roles.with_role(twin[slug])
        changed, gone = random.choice(list(twin)), random.choice(list(twin))
        twin = {**twin, changed: role(changed, "project", "app:view")}
        roles = roles.with_permissions(changed, ["app:view"])
        if number % 2:
            twin = {slug: each for slug, each in twin.items() if slug != gone}
            roles = roles.without_role(gone)
        kept.append((roles, twin))

    for value, expected in kept:
        assert dict(value.own) == expected
        assert len(value.own) == len(expected)
    assert repr(NORTH.own) == f"Shelves({dict(NORTH.own)!r})"


def test_one_organizations_order_is_not_anothers() -> None:
    """What one organization does to its order leaves those that have none with the environment's."""
    ordered = NORTH.with_order(order(NORTH)[::-1])
    later = OrganizationRoles(ENVIRONMENT).with_role(role("org-auditor", "organization"))

    assert order(ordered) == order(NORTH)[::-1]
    assert order(later) == order(NORTH)
    assert order(OrganizationRoles(ENVIRONMENT)) == order(PLAIN) == order(NORTH)[:-1]


def test_the_environment_comes_first() -> None:
    """Even where values are put together past all rules, no organization changes a role of the environment."""
    forged = OrganizationRoles(
        ENVIRONMENT, NORTH.own.having("member", role("member", "organization", "organization:view"))
    )

    assert forged.roles["member"] == ENVIRONMENT.by_slug["member"]
    assert forged.roles["org-auditor"] == NORTH.roles["org-auditor"]


def test_a_changed_environment_reaches_every_organization() -> None:
    """What the environment changes in its roles is seen beneath each organization's own at once."""
    environment: EnvironmentRoles = ENVIRONMENT.with_permissions("editor", ["app:view"])

    assert NORTH.under(environment).roles["editor"].permissions == {"app:view"}
    assert NORTH.under(environment).own is NORTH.own
