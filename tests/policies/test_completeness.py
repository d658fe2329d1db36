"""The assertions of a policy leave nothing of its model unsaid."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from authz_core import Direct, Exclusion, Model, Rewrite, Role, Union
from delegation.policy.questions import PolicyFile
from delegation.policy.reading import read_policy
from delegation.policy.running import run

FOLDER = Path(__file__).parents[2] / "policies"
Change = tuple[str, Model]


def name(path: Path) -> str:
    """A policy as it is called in reports."""
    return path.name


def narrower(rewrite: Rewrite) -> Iterator[Rewrite]:
    """The expression with one part less, or without its exception, in every way."""
    match rewrite:
        case Direct(entries):
            for entry in entries if len(entries) > 1 else ():
                yield Direct(tuple(each for each in entries if each != entry))
        case Union(operands):
            for operand in operands:
                rest = tuple(each for each in operands if each != operand)
                yield rest[0] if len(rest) == 1 else Union(rest)
                yield from (Union((changed, *rest)) for changed in narrower(operand))
        case Exclusion(base, _):
            yield base
        case _:
            return


def changed_definitions(model: Model) -> Iterator[Change]:
    """The model with one definition changed, in every way."""
    for type_, relations in model.types.items():
        for relation, rewrite in relations.items():
            for changed in narrower(rewrite):
                types = {**model.types, type_: {**relations, relation: changed}}
                yield f"{type_}#{relation} as {changed}", replace(model, types=types)


def changed_roles(model: Model) -> Iterator[Change]:
    """The model with one permission more or less in one role, in every way that makes a difference somewhere."""
    every = sorted({permission for role in model.roles.values() for permission in role.permissions})
    for role in model.roles.values():
        for permission in every:
            changed = Role(role.slug, role.type, role.permissions ^ {permission})
            yield f"{role.slug} ^ {permission}", model.with_roles({**model.roles, role.slug: changed})


def unnoticed(policy: PolicyFile, changes: Iterator[Change]) -> list[str]:
    """The changes of the model after which every assertion still holds."""
    return [what for what, model in changes if _passes(replace(policy, model=replace(policy.model, model=model)))]


def _passes(policy: PolicyFile) -> bool:
    # One test at a time, since mostly the first that fails is not far.
    return all(result.has_passed for test in policy.tests[::-1] for result in run(replace(policy, tests=(test,))))


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.fga")), ids=name)
def test_no_part_of_a_definition_is_without_an_assertion(path: Path) -> None:
    """Whatever is taken out of a relation model, some assertion about it fails."""
    policy = read_policy(path.with_suffix(".fga.yaml"))

    assert unnoticed(policy, changed_definitions(policy.model.model)) == []


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.toml")), ids=name)
def test_no_permission_of_a_role_is_without_an_assertion(path: Path) -> None:
    """Whatever a role of a catalog contains more or less, some assertion fails."""
    policy = read_policy(path.with_suffix(".fga.yaml"))

    assert unnoticed(policy, changed_roles(policy.model.model)) == []
