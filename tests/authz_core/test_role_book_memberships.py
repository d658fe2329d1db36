"""Where a membership's roles come from: directory, sign-in, by hand, by groups, and by default."""

from collections.abc import Callable, Iterable
from dataclasses import replace

import pytest

from authz_core import (
    EffectiveRole,
    MembershipRoles,
    OrganizationRoles,
    RoleSource,
    after_group_change,
    effective_roles,
    mapped_roles,
)
from tests.authz_core.role_books import ENVIRONMENT, NORTH, SOUTH

SINGLE = OrganizationRoles(ENVIRONMENT)
MULTIPLE = OrganizationRoles(replace(ENVIRONMENT, multiple=True))
NEW = MembershipRoles()

Event = Callable[[MembershipRoles, Iterable[str]], MembershipRoles]


def slugs(roles: OrganizationRoles, membership: MembershipRoles) -> list[str]:
    """The slugs of the roles that count, highest priority first."""
    return [each.slug for each in effective_roles(roles, membership)]


@pytest.mark.parametrize("roles", [SINGLE, MULTIPLE])
def test_every_membership_has_a_role(roles: OrganizationRoles) -> None:
    """A membership to which nobody gave a role has the default role."""
    assert effective_roles(roles, NEW) == (EffectiveRole("member", (RoleSource.DEFAULT,)),)
    assert slugs(roles.under(roles.environment.with_default("editor")), NEW) == ["editor"]


def test_groups_of_a_provider_are_mapped_to_roles() -> None:
    """A group without a mapping gives no role of its own, and so the default where no other group has one."""
    mapping = {"staff": ["editor"], "board": ["admin", "editor"]}

    assert mapped_roles(mapping, ["staff", "board", "canteen"]) == {"admin", "editor"}
    assert mapped_roles(mapping, ["canteen"]) == frozenset()


@pytest.mark.parametrize("event", [MembershipRoles.after_directory_event, MembershipRoles.after_sign_in])
def test_an_explicit_mapping_overrides_what_was_set_by_hand(event: Event) -> None:
    """What directory or sign-in map explicitly counts instead of a manual role, whatever its priority."""
    by_hand = NEW.after_manual_change(["admin"])

    assert slugs(SINGLE, event(by_hand, ["editor"])) == ["editor"]


@pytest.mark.parametrize("event", [MembershipRoles.after_directory_event, MembershipRoles.after_sign_in])
def test_a_default_mapping_overrides_nothing(event: Event) -> None:
    """Groups without an explicit mapping leave a manual role alone."""
    by_hand = NEW.after_manual_change(["editor"])

    assert slugs(SINGLE, event(by_hand, [])) == ["editor"]


def test_an_explicit_mapping_to_the_default_role_is_explicit() -> None:
    """Whoever maps a group to the role that is also the default means it, and overrides a manual role."""
    assert slugs(SINGLE, NEW.after_manual_change(["admin"]).after_directory_event(["member"])) == ["member"]


def test_a_sign_in_never_overrides_an_explicit_directory_role() -> None:
    """What the directory maps explicitly stands, whatever a sign-in says before or after."""
    directory = NEW.after_sign_in(["admin"]).after_directory_event(["editor"])

    assert slugs(SINGLE, directory) == ["editor"]
    assert slugs(SINGLE, directory.after_sign_in(["admin"])) == ["editor"]
    assert slugs(SINGLE, directory.after_sign_in([])) == ["editor"]
    assert slugs(SINGLE, directory.after_directory_event([])) == ["admin"]


def test_a_manual_change_over_a_directory_role_lasts_until_the_next_sync() -> None:
    """A role set by hand counts at once over a mapped one, through sign-ins, until the directory speaks again."""
    changed = NEW.after_directory_event(["editor"]).after_manual_change(["admin"])

    assert slugs(SINGLE, changed) == ["admin"]
    assert slugs(SINGLE, changed.after_sign_in(["member"])) == ["admin"]
    assert slugs(SINGLE, changed.after_directory_event(["editor"])) == ["editor"]


def test_a_manual_change_over_a_sign_in_role_lasts_until_the_next_sign_in() -> None:
    """A role set by hand over what a sign-in mapped counts until the next sign-in maps explicitly again."""
    changed = NEW.after_sign_in(["editor"]).after_manual_change(["admin"])

    assert slugs(SINGLE, changed) == ["admin"]
    assert slugs(SINGLE, changed.after_directory_event([])) == ["admin"]
    assert slugs(SINGLE, changed.after_sign_in([])) == ["admin"]
    assert slugs(SINGLE, changed.after_sign_in(["editor"])) == ["editor"]


def test_taking_the_manual_roles_away_leaves_the_mapping() -> None:
    """A manual change to nothing is no change over a mapping."""
    changed = NEW.after_directory_event(["editor"]).after_manual_change(["admin"]).after_manual_change([])

    assert slugs(SINGLE, changed) == ["editor"]


def test_a_source_replaces_what_it_said_before() -> None:
    """New results of one source take the place of its earlier ones, explicit or not."""
    spoken = NEW.after_directory_event(["admin"])

    assert slugs(SINGLE, spoken.after_directory_event(["editor"])) == ["editor"]
    assert slugs(SINGLE, spoken.after_directory_event([])) == ["member"]
    assert slugs(SINGLE, NEW.after_sign_in(["admin"]).after_sign_in([])) == ["member"]
    assert slugs(SINGLE, NEW.after_manual_change(["admin"]).after_manual_change(["editor"])) == ["editor"]


def test_of_several_mapped_roles_one_or_all_count() -> None:
    """Several explicit mappings give the role of highest priority in single mode, and all of them in multiple mode."""
    mapped = NEW.after_directory_event(["member", "editor"])

    assert slugs(SINGLE, mapped) == ["editor"]
    assert slugs(MULTIPLE, mapped) == ["editor", "member"]


def test_switching_to_single_mode_keeps_the_highest() -> None:
    """When the environment goes back to single roles, the one of highest priority survives."""
    by_hand = NEW.after_manual_change(["member", "admin", "editor"])
    own = NORTH.with_order(["editor", "member", "admin", "project-editor", "org-auditor"])

    assert slugs(MULTIPLE, by_hand) == ["admin", "editor", "member"]
    assert slugs(MULTIPLE.under(ENVIRONMENT), by_hand) == ["admin"]
    assert slugs(own, by_hand) == ["editor"]


def test_a_role_may_come_from_several_sources() -> None:
    """Roles given to groups add to the membership's own, and each role says where it comes from."""
    both = after_group_change(MULTIPLE, NEW.after_manual_change(["editor"]), ["editor", "admin"])

    assert effective_roles(MULTIPLE, both) == (
        EffectiveRole("admin", (RoleSource.GROUP,)),
        EffectiveRole("editor", (RoleSource.MANUAL, RoleSource.GROUP)),
    )
    assert slugs(MULTIPLE, after_group_change(MULTIPLE, both, [])) == ["editor"]
    assert slugs(MULTIPLE, both.after_manual_change([])) == ["admin", "editor"]


def test_in_single_mode_the_highest_of_all_sources_counts() -> None:
    """A role from a group wins over a mapped or manual one if its priority is higher, and only then."""
    mapped = NEW.after_directory_event(["editor"])

    assert slugs(SINGLE, after_group_change(SINGLE, mapped, ["admin"])) == ["admin"]
    assert slugs(SINGLE, after_group_change(SINGLE, mapped, ["member"])) == ["editor"]
    assert slugs(SINGLE, after_group_change(SINGLE, NEW, ["member"])) == ["member"]


def test_losing_the_groups_role_resets_a_single_role() -> None:
    """In single mode, whoever loses the group's role that counted has the default role, not an earlier manual one."""
    in_group = after_group_change(SINGLE, NEW.after_manual_change(["editor"]), ["admin"])

    assert slugs(SINGLE, in_group) == ["admin"]
    assert slugs(SINGLE, after_group_change(SINGLE, in_group, [])) == ["member"]


def test_losing_a_groups_role_that_did_not_count_changes_nothing() -> None:
    """A role of the member's own stays when a group's weaker role or the same one goes."""
    by_hand = NEW.after_manual_change(["editor"])
    for given in ("member", "editor"):
        left = after_group_change(SINGLE, after_group_change(SINGLE, by_hand, [given]), [])
        assert slugs(SINGLE, left) == ["editor"]


@pytest.mark.parametrize("roles", [SINGLE, MULTIPLE])
@pytest.mark.parametrize("slug", ["ghost", "org-auditor", "project-editor"])
def test_roles_that_do_not_exist_here_are_passed_over(roles: OrganizationRoles, slug: str) -> None:
    """A deleted role, one of another organization and one for other resources give nothing at organization level."""
    given = NEW.after_manual_change([slug])

    assert slugs(roles, given) == ["member"]
    assert slugs(roles, after_group_change(roles, given, [slug])) == ["member"]
    assert slugs(NORTH, NEW.after_manual_change(["org-auditor"])) == ["org-auditor"]
    assert slugs(SOUTH, NEW.after_manual_change(["org-auditor"])) == ["member"]


def test_holders_of_a_deleted_role_have_the_default() -> None:
    """Who held a role that is deleted has the roles left or else the default, not what a mapping had overridden."""
    both = NORTH.under(replace(ENVIRONMENT, multiple=True))
    deleted = both.without_role("org-auditor")
    mapped = NEW.after_manual_change(["admin"]).after_directory_event(["org-auditor"])

    assert slugs(both, mapped) == ["org-auditor"]
    assert slugs(deleted, mapped) == ["member"]
    assert slugs(deleted, mapped.after_directory_event(["org-auditor", "editor"])) == ["editor"]
