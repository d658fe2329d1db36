"""Catalogs from files: read strictly, since a word misspelt must not become a right."""

import tomllib

import pytest

from authz_core import (
    Catalog,
    EnvironmentRoles,
    InvalidModel,
    Permission,
    ResourceType,
    Role,
    catalog_from,
    environment_roles_from,
)

TEXT = """
[types.organization]
permissions = ["organization:view"]

[types.project]
parents = ["organization"]
permissions = ["project:view", "project:purge"]
administrative = ["project:purge"]
delegable = false

[roles.viewer]
type = "organization"
permissions = ["organization:view", "project:view"]

[memberships]
default_role = "viewer"
"""


def test_a_document_becomes_a_catalog() -> None:
    """Types with their permissions, and roles, are taken over as they stand."""
    assert catalog_from(tomllib.loads(TEXT)) == Catalog(
        types=(ResourceType("organization", ()), ResourceType("project", ("organization",), delegable=False)),
        permissions=(
            Permission("organization:view", "organization"),
            Permission("project:view", "project"),
            Permission("project:purge", "project", administrative=True),
        ),
        roles=(Role("viewer", "organization", frozenset({"organization:view", "project:view"})),),
    )


def test_an_empty_document_is_an_empty_catalog() -> None:
    """Nothing is defaulted."""
    assert catalog_from({}) == Catalog((), ())


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("role = 1", "`the document` has `role`, where only memberships, roles, types are known"),
        ("types = 1", "`types` is no table"),
        ("types.app = 1", "`types.app` is no table"),
        ("[types.app]\nparent = ['x']", "`types.app` has `parent`, where only"),
        ("[types.app]\nparents = 'x'", "`types.app.parents` is no list of texts"),
        ("[types.app]\nparents = [1]", "`types.app.parents` is no list of texts"),
        ("[types.app]\ndelegable = 'no'", "`types.app` wants true or false as `delegable`"),
        ("[types.app]\nadministrative = ['x']", "marks `x` as administrative, which it does not define"),
        ("[roles.a]\npermissions = []", "`roles.a` wants a type"),
        ("[roles.a]\ntype = 1", "`roles.a` wants a type"),
        ("[roles.a]\ntype = 'app'\nextra = 1", "`roles.a` has `extra`, where only permissions, type are known"),
    ],
)
def test_a_document_of_another_form_is_refused(text: str, problem: str) -> None:
    """Whatever is missing, unknown or of another type is named by its place."""
    with pytest.raises(InvalidModel) as caught:
        catalog_from(tomllib.loads(text))

    assert problem in str(caught.value)


def test_a_document_says_how_memberships_take_roles() -> None:
    """The order of the roles is their priority; the default role must be named, and one role is enough unless told."""
    document = tomllib.loads(TEXT)
    several = {**document, "memberships": {"default_role": "viewer", "multiple_roles": True}}

    assert environment_roles_from(document) == EnvironmentRoles(catalog_from(document), "viewer")
    assert environment_roles_from(several) == EnvironmentRoles(catalog_from(document), "viewer", multiple=True)


@pytest.mark.parametrize(
    ("memberships", "problem"),
    [
        (1, "`memberships` is no table"),
        ({}, "`memberships` wants a role as `default_role`"),
        ({"default_role": 1}, "`memberships` wants a role as `default_role`"),
        ({"default_role": "ghost"}, "the default `ghost` is no role of type `organization`"),
        ({"default_role": "viewer", "multiple_roles": "yes"}, "wants true or false as `multiple_roles`"),
        ({"default": "viewer"}, "`memberships` has `default`, where only default_role, multiple_roles are known"),
    ],
)
def test_memberships_of_another_form_are_refused(memberships: object, problem: str) -> None:
    """A default that is missing, misspelt or no role is named."""
    with pytest.raises(InvalidModel) as caught:
        environment_roles_from({**tomllib.loads(TEXT), "memberships": memberships})

    assert problem in str(caught.value)


def test_names_must_be_texts() -> None:
    """A table keyed by anything but texts, which TOML cannot write but a program can, is refused."""
    with pytest.raises(InvalidModel):
        catalog_from({"types": {1: {}}})
