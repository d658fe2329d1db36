"""Questions about people in the organization, and what the engine answers: the same for the service and for others."""

import random
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from authz_core import (
    Allowed,
    Catalog,
    Model,
    Relationship,
    Relationships,
    build_model,
    catalog_from,
    check,
    parse_object,
    parse_subject,
)
from benchmarks.administration import ORGANIZATION
from benchmarks.organization import ANNE, APP, Size

PERMISSION: Final = "document:edit"
COUNT: Final = 64
"""Questions of each kind."""
_POLICY: Final = Path(__file__).parents[1] / "policies" / "saas.toml"


@dataclass(frozen=True, slots=True)
class Asked:
    """Users and the ids of apps: of each pair is asked whether that user may edit documents of that app."""

    allowed: tuple[tuple[str, str], ...]
    """Anne and the app that she may edit by two groups and two levels come first."""
    refused: tuple[tuple[str, str], ...]


def catalog() -> Catalog:
    """Return the roles and permissions that a deployment starts from."""
    return catalog_from(tomllib.loads(_POLICY.read_text(encoding="utf-8")))


def relationships(size: Size) -> Iterator[tuple[str, str, str]]:
    """Yield every fact of the organization as subject, relation and object."""
    for resource, parent in size.resources():
        yield parent or f"organization:{ORGANIZATION}", "parent", resource
    for group, member in size.members():
        yield member, "member", f"group:{group}"
    yield from dict.fromkeys(size.held())  # Whoever is given a role twice holds it once.


def questions(size: Size, count: int = COUNT) -> Asked:
    """Return questions drawn from all users and apps, sorted by the engine's answer; fewer where there are no more."""
    model, facts = build_model(catalog()), _facts(size)
    apps = [resource.partition(":")[2] for resource, _ in size.resources() if resource.startswith("app:")]
    pairs = [(user, app) for user in size.people() for app in apps if (user, app) != (ANNE, APP)]
    random.Random(3).shuffle(pairs)
    answers = [(pair, _may(model, facts, pair)) for pair in [(ANNE, APP), *pairs]]
    allowed = tuple(pair for pair, may in answers if may)
    refused = tuple(pair for pair, may in answers if not may)
    return Asked(allowed[:count], refused[:count])


def _facts(size: Size) -> Relationships:
    parsed = (
        Relationship(parse_subject(subject), relation, parse_object(thing))
        for subject, relation, thing in relationships(size)
    )
    return Relationships(parsed)


def _may(model: Model, facts: Relationships, pair: tuple[str, str]) -> bool:
    user, app = pair
    decision = check(model, facts, parse_subject(f"user:{user}"), PERMISSION, parse_object(f"app:{app}"))
    return isinstance(decision, Allowed)
