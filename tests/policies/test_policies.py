"""The policies that come with the project say of themselves what must be true, and it is."""

import tomllib
from pathlib import Path

import pytest

from authz_core import build_model, catalog_from, environment_roles_from, validate_model
from delegation.policy.reading import read_policy
from delegation.policy.report import FileResult, told
from delegation.policy.running import facts_of, run

FOLDER = Path(__file__).parents[2] / "policies"
TESTED = sorted(FOLDER.glob("*.fga.yaml"))
CATALOGS = sorted(FOLDER.glob("*.toml"))


def name(path: Path) -> str:
    """A policy as it is called in reports."""
    return path.name


@pytest.mark.parametrize("path", TESTED, ids=name)
def test_a_policy_says_what_is_true(path: Path) -> None:
    """Every assertion of the file holds, and nothing in it is worth a warning."""
    policy = read_policy(path)
    results = run(policy)

    assert all(result.has_passed for result in results), told([FileResult(path.name, results)])
    assert policy.warnings == ()


@pytest.mark.parametrize("path", TESTED, ids=name)
def test_a_policy_is_asked_in_every_way(path: Path) -> None:
    """Each file asserts single answers and both kinds of list."""
    kinds = {type(assertion.question) for test in read_policy(path).tests for assertion in test.assertions}

    assert len(kinds) == 3


def test_every_model_has_assertions() -> None:
    """No model comes without a file that says what must be true of it."""
    models = {path.stem for path in FOLDER.iterdir() if path.suffix in {".toml", ".fga"}}

    assert {path.name.removesuffix(".fga.yaml") for path in TESTED} == models


@pytest.mark.parametrize("path", CATALOGS, ids=name)
def test_a_catalog_makes_sense(path: Path) -> None:
    """The catalog is a valid model with a default role, and no permission belongs to no role."""
    document = tomllib.loads(path.read_text("utf-8"))
    catalog = catalog_from(document)
    contained = {permission for role in catalog.roles for permission in role.permissions}

    validate_model(build_model(catalog))
    assert environment_roles_from(document).catalog == catalog
    assert contained == {permission.slug for permission in catalog.permissions}


@pytest.mark.parametrize("path", CATALOGS, ids=name)
def test_every_role_of_a_catalog_is_held_by_somebody(path: Path) -> None:
    """No role is left out of the facts of which the assertions speak."""
    policy = read_policy(path.with_suffix(".fga.yaml"))
    held = {fact.relation for fact in facts_of(policy, None)}

    assert held >= {role.slug for role in catalog_from(tomllib.loads(path.read_text("utf-8"))).roles}
