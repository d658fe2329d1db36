"""The model that a deployment starts from: what agents may do with what they are lent."""

import tomllib
from pathlib import Path

import pytest

from authz_core import Holding, build_model, catalog_from, parse_object, permitted
from delegation.policy.reading import read_policy
from delegation.policy.running import facts_of

PATH = Path(__file__).parents[2] / "policies" / "saas.toml"
MODEL = build_model(catalog_from(tomllib.loads(PATH.read_text("utf-8"))))
FACTS = facts_of(read_policy(PATH.with_suffix(".fga.yaml")), None)
EDITING = {"project:view", "app:view", "app:edit", "document:view", "document:edit"}


def lent(role: str, where: str, thing: str) -> frozenset[str]:
    """What an agent may do to a resource that is lent a role."""
    every = frozenset(MODEL.types["organization"])
    return permitted(MODEL, FACTS, Holding(parse_object(where), frozenset({role})), parse_object(thing), every)


@pytest.mark.parametrize("thing", ["project:apollo", "app:storefront", "database:orders"])
def test_what_is_lent_reaches_the_subtree(thing: str) -> None:
    """An agent that is lent a role on a project may do what the role contains, there and beneath, and no more."""
    assert lent("project-editor", "project:apollo", thing) == EDITING


@pytest.mark.parametrize("thing", ["app:console", "project:gemini", "workspace:design", "organization:acme"])
def test_what_is_lent_on_one_project_is_worth_nothing_elsewhere(thing: str) -> None:
    """Neither the project beside nor what lies above is reached."""
    assert lent("project-editor", "project:apollo", thing) == frozenset()


def test_administration_is_never_lent() -> None:
    """Of an administrator's role an agent gets everything but what administers the organization."""
    everything = MODEL.roles["organization-admin"].permissions

    assert lent("organization-admin", "organization:acme", "workspace:design") == {
        permission for permission in everything if not permission.startswith("organization:")
    }


def test_deleting_documents_is_not_for_project_editors() -> None:
    """A project editor edits documents and does not delete them; a workspace member does both."""
    editor, member = MODEL.roles["project-editor"], MODEL.roles["workspace-member"]

    assert "document:edit" in editor.permissions
    assert "document:delete" not in editor.permissions
    assert member.permissions >= {"document:edit", "document:delete", *editor.permissions}
