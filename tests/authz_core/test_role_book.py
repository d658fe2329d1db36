"""The roles of an environment: their order of priority, the default, and what may be changed."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from authz_core import Catalog, EngineError, EnvironmentRoles, InvalidModel, Permission, RoleConflict, UnknownRole
from tests.authz_core.role_books import CATALOG, ENVIRONMENT, role


def slugs(roles: EnvironmentRoles) -> list[str]:
    """The slugs of the environment's roles, highest priority first."""
    return [each.slug for each in roles.catalog.roles]


def test_a_new_role_goes_to_the_bottom() -> None:
    """The environment's roles stand in order of priority, and one that is added has the lowest."""
    changed = ENVIRONMENT.with_role(role("guest", "organization"))

    assert slugs(changed) == ["admin", "editor", "member", "project-editor", "guest"]
    assert slugs(ENVIRONMENT) == ["admin", "editor", "member", "project-editor"]


def test_the_order_can_be_changed_as_a_whole() -> None:
    """An order of priority names each role once; any other list is refused."""
    assert slugs(ENVIRONMENT.with_order(["member", "project-editor", "admin", "editor"])) == [
        *("member", "project-editor", "admin", "editor")
    ]
    for wrong in (["admin"], ["admin", "admin", "editor", "member"], ["admin", "editor", "member", "ghost"]):
        with pytest.raises(RoleConflict, match="names each role once"):
            ENVIRONMENT.with_order(wrong)


def test_permissions_are_replaced_or_added() -> None:
    """Setting permissions replaces them all, none being allowed too; adding one twice is adding it once."""
    replaced = ENVIRONMENT.with_permissions("editor", ["app:view"])
    added = ENVIRONMENT.with_permission("editor", "app:view")

    assert replaced.by_slug["editor"].permissions == {"app:view"}
    assert replaced.with_permissions("editor", ()).by_slug["editor"].permissions == frozenset()
    assert added.by_slug["editor"].permissions == {"project:view", "project:edit", "app:view"}
    assert added.with_permission("editor", "app:view") == added
    assert slugs(replaced) == slugs(ENVIRONMENT)


def test_a_role_keeps_to_its_type_and_what_lies_beneath() -> None:
    """A permission of a type above the role's cannot get into it, whichever way it is tried."""
    attempts: tuple[Callable[[], object], ...] = (
        lambda: ENVIRONMENT.with_permission("project-editor", "workspace:delete"),
        lambda: ENVIRONMENT.with_permissions("project-editor", ["organization:view"]),
        lambda: ENVIRONMENT.with_role(role("viewer", "app", "project:view")),
    )
    for attempt in attempts:
        with pytest.raises(InvalidModel, match="or beneath it"):
            attempt()


def test_the_default_is_not_deleted() -> None:
    """The role of those who have no other cannot be deleted before another one is the default."""
    with pytest.raises(RoleConflict, match="`member` is the default"):
        ENVIRONMENT.without_role("member")

    left = ENVIRONMENT.with_default("editor").without_role("member")

    assert (left.default, slugs(left)) == ("editor", ["admin", "editor", "project-editor"])


def test_a_slug_is_given_once() -> None:
    """No slug is given to another role, not even after the first has been deleted."""
    with pytest.raises(RoleConflict, match="`admin` was defined before"):
        ENVIRONMENT.with_role(role("admin", "organization"))
    with pytest.raises(RoleConflict, match="`admin` was defined before"):
        ENVIRONMENT.without_role("admin").with_role(role("admin", "organization"))


@pytest.mark.parametrize("slug", ["ghost", "org-auditor", ""])
def test_an_unknown_role_is_not_changed(slug: str) -> None:
    """Whatever is to be done to a role that the environment does not have is refused."""
    attempts: tuple[Callable[[], object], ...] = (
        lambda: ENVIRONMENT.with_permissions(slug, ()),
        lambda: ENVIRONMENT.with_permission(slug, "app:view"),
        lambda: ENVIRONMENT.without_role(slug),
        lambda: ENVIRONMENT.with_default(slug),
    )
    for attempt in attempts:
        with pytest.raises(UnknownRole, match=f"no role `{slug}`"):
            attempt()


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"default": "ghost"}, "the default `ghost` is no role of type `organization`"),
        ({"default": "project-editor"}, "the default `project-editor` is no role of type `organization`"),
        ({"catalog": replace(CATALOG, roles=(*CATALOG.roles, role("org-x", "app")))}, "`org-x` begins with `org-`"),
        ({"catalog": replace(CATALOG, permissions=())}, "which is no permission"),
        (
            {"catalog": replace(CATALOG, permissions=(*CATALOG.permissions, Permission("org-x", "app")))},
            "permission `org-x` begins with `org-`",
        ),
    ],
)
def test_roles_that_make_no_sense_cannot_be_made(change: dict[str, object], problem: str) -> None:
    """The default is a role at organization level, and slugs that begin with `org-` are for organizations."""
    parts: dict[str, object] = {"catalog": CATALOG, "default": "member"}
    with pytest.raises(InvalidModel) as caught:
        EnvironmentRoles(**(parts | change))  # type: ignore[arg-type]  # the parts are of the kinds they should be

    assert any(problem in each for each in caught.value.problems)


def test_an_environment_without_roles_has_no_default() -> None:
    """Since every membership has a role, there is at least one."""
    with pytest.raises(EngineError, match="the default `member`"):
        EnvironmentRoles(Catalog((), ()), "member")
