"""Where a role may be held, and where a permission may be asked for."""

from dataclasses import replace

import pytest

from authz_core import (
    InvalidAssignment,
    InvalidQuestion,
    ResourceType,
    UnknownRole,
    parse_object,
    validate_assignment,
    validate_question,
)
from tests.authz_core.refusals import refusal
from tests.authz_core.role_books import CATALOG, NORTH, SOUTH


@pytest.mark.parametrize(
    ("role", "thing"),
    [("admin", "organization:o"), ("project-editor", "project:apollo"), ("org-auditor", "organization:o")],
)
def test_a_role_is_held_on_its_own_type(role: str, thing: str) -> None:
    """A role that exists in the organization may be held on resources of its type."""
    assert refusal(validate_assignment, NORTH.roles, role, parse_object(thing)) is None


@pytest.mark.parametrize(
    ("role", "thing"),
    [("project-editor", "workspace:w"), ("project-editor", "app:shop"), ("org-auditor", "project:apollo")],
)
def test_a_role_is_held_on_no_other_type(role: str, thing: str) -> None:
    """The role's type must be the resource's, neither one above nor one beneath."""
    with pytest.raises(InvalidAssignment, match=f"role `{role}` is held on resources of type"):
        validate_assignment(NORTH.roles, role, parse_object(thing))


@pytest.mark.parametrize("role", ["org-auditor", "ghost", "parent", "project:view"])
def test_a_role_that_does_not_exist_here_is_not_given(role: str) -> None:
    """A role of another organization is refused in the same words as one that exists nowhere."""
    with pytest.raises(UnknownRole) as caught:
        validate_assignment(SOUTH.roles, role, parse_object("organization:o"))

    assert str(caught.value) == f"there is no role `{role}`"


@pytest.mark.parametrize(
    ("permission", "thing"),
    [("project:edit", "project:a"), ("app:view", "organization:o"), ("app:view", "workspace:w")],
)
def test_a_permission_may_be_asked_at_its_type_and_above(permission: str, thing: str) -> None:
    """The permission of a type is asked on resources of the type, or above for what is not registered beneath."""
    assert refusal(validate_question, CATALOG, permission, parse_object(thing)) is None


@pytest.mark.parametrize(
    ("permission", "thing", "problem"),
    [
        ("project:edit", "app:shop", "permission `project:edit` of type `project` is asked on `app:shop`"),
        ("organization:view", "workspace:w", "beneath which no such resource lies"),
        ("app:view", "folder:f", "there is no resource type `folder`"),
        ("app:view", "user:anne", "there is no resource type `user`"),
        ("app:fly", "app:shop", "there is no permission `app:fly`"),
        ("member", "group:g", "there is no permission `member`"),
    ],
)
def test_a_question_that_nobody_could_be_allowed_is_refused(permission: str, thing: str, problem: str) -> None:
    """Whoever asks strictly is told of a permission of a type above, and of what does not exist."""
    with pytest.raises(InvalidQuestion, match=problem):
        validate_question(CATALOG, permission, parse_object(thing))


def test_a_named_root_is_asked_like_an_understood_one() -> None:
    """A catalog that names its root type is asked strictly in the same way."""
    named = replace(CATALOG, types=(ResourceType("organization", ()), *CATALOG.types))

    for thing in map(parse_object, ("organization:o", "app:shop", "folder:f")):
        assert refusal(validate_question, named, "app:view", thing) == refusal(
            validate_question, CATALOG, "app:view", thing
        )
    assert refusal(validate_question, named, "app:view", parse_object("organization:o")) is None
