"""Catalogs of many roles: what a question takes, and what it takes to change one role and ask again."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from itertools import cycle
from typing import Final

from authz_core import (
    Allowed,
    Catalog,
    EnvironmentRoles,
    Model,
    OrganizationRoles,
    Permission,
    Relationships,
    ResourceType,
    Role,
    build_model,
    check,
    parse_object,
)
from benchmarks.engine.organizations import relationships
from benchmarks.engine.shapes import ANNE, Shape, Values
from benchmarks.engine.timing import microseconds

VIEW: Final = frozenset({"folder:view"})
EDIT: Final = VIEW | {"folder:edit"}
FOLDER: Final = parse_object("folder:f")
_OWN: Final = "org-editor"


@dataclass(frozen=True, slots=True)
class Book:
    """So many roles, half of them the environment's and half the organization's own, and the model they make."""

    environment: EnvironmentRoles
    organization: OrganizationRoles
    model: Model


def book(roles: int) -> Book:
    """Return a book of so many roles and two."""
    types = (ResourceType("folder", ("organization",)),)
    permissions = tuple(Permission(slug, "folder") for slug in sorted(EDIT))
    shared = tuple(Role(f"role-{number}", "folder", VIEW) for number in range(roles // 2))
    member = Role("member", "organization", VIEW)
    environment = EnvironmentRoles(Catalog(types, permissions, (member, *shared)), default="member")
    organization = OrganizationRoles(environment).with_role(Role(_OWN, "folder", EDIT))
    for number in range(roles - roles // 2):
        organization = organization.with_role(Role(f"org-role-{number}", "folder", VIEW))
    return Book(environment, organization, build_model(environment.catalog))


def roles_in_the_catalog(roles: int) -> Values:
    """Return what a question takes among so many roles, and what a change of one of them and the question take."""
    known = book(roles)
    facts = Relationships(relationships([(ANNE, _OWN, FOLDER)]))
    model = known.organization.model(known.model)
    question = partial(check, model, facts, ANNE, "folder:edit", FOLDER)
    return {
        "the question alone": microseconds(question),
        "after a change of an own role": microseconds(_changing_own(known, facts)),
        "after a change for everybody": microseconds(_changing_shared(known, facts)),
    }


def _changing_own(known: Book, facts: Relationships) -> Callable[[], None]:
    """Return the change of a role of the organization's own, which the question is about."""
    contents = cycle((VIEW, EDIT))

    def change() -> None:
        contained = next(contents)
        changed = known.organization.with_permissions(_OWN, contained)
        answer = check(changed.model(known.model), facts, ANNE, "folder:edit", FOLDER)
        if isinstance(answer, Allowed) is not (contained is EDIT):
            raise RuntimeError("an old answer is given: what it takes means nothing")

    return change


def _changing_shared(known: Book, facts: Relationships) -> Callable[[], None]:
    """Return the change of a role of the environment, all of whose roles are validated for it."""

    def change() -> None:
        changed = known.organization.under(known.environment.with_permissions("member", EDIT))
        check(changed.model(known.model), facts, ANNE, "folder:edit", FOLDER)

    return change


CATALOGS: Final = Shape("catalog", "Roles in the catalog", "roles", (10, 100, 1_000, 10_000), roles_in_the_catalog)
