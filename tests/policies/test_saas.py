"""The model that a deployment starts from says of itself what must be true, and it is."""

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from authz_core import (
    Allowed,
    Holding,
    Relationship,
    Relationships,
    Subject,
    build_model,
    catalog_from,
    check,
    parse_object,
    parse_subject,
    permitted,
    validate_model,
    validate_relationship,
)

DOCUMENT = tomllib.loads((Path(__file__).parents[2] / "policies" / "saas.toml").read_text("utf-8"))
CATALOG = catalog_from(DOCUMENT)
MODEL = build_model(CATALOG)
FACTS = [
    Relationship(parse_subject(subject), relation, parse_object(thing))
    for subject, relation, thing in DOCUMENT["example"]["relationships"]
]
ASSERTIONS: list[dict[str, Any]] = DOCUMENT["example"]["assertions"]


def asking(assertion: dict[str, Any]) -> Subject | Holding:
    """Who an assertion is about."""
    if "subject" in assertion:
        return parse_subject(assertion["subject"])
    return Holding(parse_object(assertion["holding"]), frozenset(assertion["roles"]))


def questions() -> Iterator[Any]:
    """Every single question that the file answers."""
    for assertion in ASSERTIONS:
        for expected in ("allowed", "denied"):
            for permission in assertion.get(expected, ()):
                name = f"{assertion['says']}: {permission} {expected}"
                yield pytest.param(assertion, permission, expected == "allowed", id=name)


@pytest.mark.parametrize(("assertion", "permission", "expected"), [*questions()])
def test_the_file_says_what_is_true(assertion: dict[str, Any], permission: str, *, expected: bool) -> None:
    """Each assertion of the file holds in its own example."""
    decision = check(MODEL, Relationships(FACTS), asking(assertion), permission, parse_object(assertion["object"]))

    assert isinstance(decision, Allowed) is expected


@pytest.mark.parametrize("assertion", ASSERTIONS, ids=lambda assertion: assertion["says"])
def test_the_file_says_the_same_of_all_permissions_at_once(assertion: dict[str, Any]) -> None:
    """The set of permitted permissions contains what an assertion allows and nothing that it denies."""
    every = frozenset(permission.slug for permission in CATALOG.permissions)
    found = permitted(MODEL, Relationships(FACTS), asking(assertion), parse_object(assertion["object"]), every)

    assert found >= set(assertion.get("allowed", ()))
    assert found.isdisjoint(assertion.get("denied", ()))


def test_the_model_and_its_example_make_sense() -> None:
    """The model is valid, and so is every relationship of the example."""
    validate_model(MODEL)
    for fact in FACTS:
        validate_relationship(MODEL, fact)


def test_every_role_and_permission_is_spoken_of() -> None:
    """No role is left without an assertion, and no permission belongs to no role."""
    held = {fact.relation for fact in FACTS} | {role for each in ASSERTIONS for role in each.get("roles", ())}
    contained = {permission for role in CATALOG.roles for permission in role.permissions}

    assert held >= {role.slug for role in CATALOG.roles}
    assert contained == {permission.slug for permission in CATALOG.permissions}


def test_deleting_documents_is_not_for_project_editors() -> None:
    """A project editor edits documents and does not delete them; a workspace member does both."""
    editor, member = MODEL.roles["project-editor"], MODEL.roles["workspace-member"]

    assert "document:edit" in editor.permissions
    assert "document:delete" not in editor.permissions
    assert member.permissions >= {"document:edit", "document:delete", *editor.permissions}
