"""The tree of a product for many organizations, with the roles of one of them, answered question by question."""

import pytest

from authz_core import (
    Allowed,
    Catalog,
    EnvironmentRoles,
    InvalidAssignment,
    InvalidModel,
    InvalidQuestion,
    OrganizationRoles,
    Permission,
    Relationship,
    Relationships,
    ResourceType,
    Role,
    build_model,
    check,
    list_objects,
    list_subjects,
    parse_object,
    parse_subject,
    place,
    validate_assignment,
    validate_question,
)

CATALOG = Catalog(
    types=(
        ResourceType("workspace", ("organization",)),
        ResourceType("project", ("workspace",)),
        ResourceType("app", ("project",)),
        ResourceType("database", ("project",)),
    ),
    permissions=tuple(
        Permission(slug, slug.partition(":")[0])
        for slug in (
            *("workspace:view", "workspace:delete", "workspace:manage-members"),
            *("project:create", "project:view", "project:edit", "app:view", "app:deploy", "database:query"),
        )
    ),
    roles=(
        Role("member", "organization", frozenset()),
        Role(
            "workspace-admin",
            "workspace",
            frozenset(
                {
                    *("workspace:delete", "workspace:manage-members", "project:create"),
                    *("project:view", "project:edit", "app:view", "app:deploy"),
                }
            ),
        ),
        Role(
            "project-editor",
            "project",
            frozenset({"project:view", "project:edit", "app:view", "app:deploy", "database:query"}),
        ),
        Role("project-viewer", "project", frozenset({"project:view"})),
        Role("app-viewer", "app", frozenset({"app:view"})),
    ),
)
ROLES = OrganizationRoles(EnvironmentRoles(CATALOG, "member")).with_role(
    Role("org-viewer", "organization", frozenset({"workspace:view", "project:view", "app:view"}))
)
MODEL = ROLES.model(build_model(CATALOG))
TREE = (
    *("organization:o parent workspace:w1", "organization:o parent workspace:w2"),
    *("workspace:w1 parent project:p1", "workspace:w2 parent project:p2"),
    *("project:p1 parent app:a1", "project:p1 parent database:d1"),
)
PEOPLE = (
    *("user:m1 org-viewer organization:o", "user:m1 project-editor project:p1"),
    *("user:m2 workspace-admin workspace:w1", "user:m3 app-viewer app:a1"),
)


def facts(*lines: str) -> Relationships:
    """The tree, the people, and further relationships written as `subject relation object`."""
    written = (line.split(" ") for line in (*TREE, *PEOPLE, *lines))
    return Relationships(Relationship(parse_subject(who), what, parse_object(thing)) for who, what, thing in written)


def allows(stored: Relationships, subject: str, permission: str, thing: str) -> bool:
    """Whether the subject has the permission on the resource."""
    return isinstance(check(MODEL, stored, parse_subject(subject), permission, parse_object(thing)), Allowed)


@pytest.mark.parametrize(
    ("subject", "permission", "thing", "expected"),
    [
        ("user:m1", "project:edit", "project:p1", True),
        ("user:m1", "project:edit", "project:p2", False),
        ("user:m1", "project:view", "project:p2", True),
        ("user:m1", "app:deploy", "app:a1", True),
        ("user:m1", "database:query", "database:d1", True),
        ("user:m2", "project:edit", "project:p1", True),
        ("user:m2", "project:edit", "project:p2", False),
        ("user:m2", "project:create", "workspace:w1", True),
        ("user:m3", "app:view", "app:a1", True),
        ("user:m3", "project:view", "project:p1", False),
    ],
)
def test_roles_reach_down_and_add_up(subject: str, permission: str, thing: str, *, expected: bool) -> None:
    """A role counts on its resource and beneath it, whoever else holds what, and nothing flows up or sideways."""
    assert allows(facts(), subject, permission, thing) is expected
    assert allows(facts("user:m1 project-viewer project:p1"), subject, permission, thing) is expected


def test_a_role_is_refused_on_another_type() -> None:
    """A role of projects is not assigned on a workspace."""
    with pytest.raises(InvalidAssignment, match="`project-editor` is held on resources of type `project`"):
        validate_assignment(ROLES.roles, "project-editor", parse_object("workspace:w1"))


def test_a_role_is_refused_a_permission_from_above() -> None:
    """A permission of workspaces does not get into a role of projects."""
    with pytest.raises(InvalidModel, match="contains `workspace:delete`"):
        ROLES.environment.with_permission("project-editor", "workspace:delete")


def test_inherited_access_follows_a_move_and_direct_access_travels() -> None:
    """Once a project lies in another workspace, the first one's administrator has lost it and its editor has not."""
    stored = facts("user:m4 workspace-admin workspace:w2")
    place(MODEL, stored, parse_object("project:p1"), parse_object("workspace:w2"), max_depth=5)
    stored.remove(Relationship(parse_subject("workspace:w1"), "parent", parse_object("project:p1")))
    stored.add(Relationship(parse_subject("workspace:w2"), "parent", parse_object("project:p1")))

    assert not allows(stored, "user:m2", "project:edit", "project:p1")
    assert allows(stored, "user:m4", "project:edit", "project:p1")
    assert allows(stored, "user:m1", "project:edit", "project:p1")


def test_what_is_deleted_with_a_project_is_gone() -> None:
    """Without a project, what lay beneath it and what was held there, other roles are what they were."""
    gone = ("project:p1", "app:a1", "database:d1")
    stored = Relationships(fact for fact in facts() if fact.object not in gone)

    for subject in ("user:m1", "user:m2", "user:m3"):
        for thing in gone:
            assert not allows(stored, subject, "app:view", thing)
    assert allows(stored, "user:m1", "project:view", "project:p2")


def test_lists_agree_with_checks() -> None:
    """Which projects one edits, and who edits one, follows from the roles above as well as from those held there."""
    stored, apollo = facts(), parse_object("project:p1")

    assert list_objects(MODEL, stored, parse_subject("user:m1"), "project:edit", "project").items == (apollo,)
    assert list_subjects(MODEL, stored, "project:edit", apollo, "user").items == ("user:m1", "user:m2")
    assert [*stored.subjects("project-editor", apollo)] == ["user:m1"]


def test_a_permission_from_above_is_asked_below_by_the_letter_or_not_at_all() -> None:
    """What a role above contains is allowed beneath it, and whoever asks strictly is told that it makes no sense."""
    assert allows(facts(), "user:m2", "workspace:delete", "app:a1")
    with pytest.raises(InvalidQuestion, match="`workspace:delete` of type `workspace` is asked on `app:a1`"):
        validate_question(CATALOG, "workspace:delete", parse_object("app:a1"))


def test_another_organizations_resources_are_nowhere() -> None:
    """Roles in one organization mean nothing in another, whose resources are denied like missing ones."""
    stored = facts("organization:other parent workspace:w9", "workspace:w9 parent project:p9")

    for thing in ("project:p9", "project:missing"):
        assert not allows(stored, "user:m1", "project:view", thing)
