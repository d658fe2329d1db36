"""Organizations of people, groups, resources and roles, and questions about them.

Each organization is a tree of four levels with 150 users, who hold roles themselves and through groups within groups.
"""

from collections.abc import Iterable, Iterator
from itertools import pairwise
from random import Random
from typing import Final, TypeAlias

from authz_core import (
    Catalog,
    Model,
    Object,
    Permission,
    Relationship,
    ResourceType,
    Role,
    Subject,
    build_model,
    parse_object,
    parse_subject,
)
from benchmarks.engine.by_hand import Hand

TYPES: Final = ("organization", "workspace", "project", "app")
PERMISSIONS: Final = {
    type_: [f"{type_}:{action}" for action in ("view", "edit", "deploy", "share", "delete")] for type_ in TYPES
}
PER_ORGANIZATION: Final = 2_000
_USERS, _GROUPS, _FANOUT = 150, 20, (10, 10, 3)
_DEEPER: Final = 0.8
"""How often a question goes one level further down from what the user holds."""

Question: TypeAlias = tuple[Subject, str, Object]
Fact: TypeAlias = tuple[str, str, str]


def model() -> Model:
    """Return a model of twenty permissions, with three roles at each level."""
    roles = []
    for level, type_ in enumerate(TYPES):
        for name, most in (("viewer", 1), ("editor", 3), ("admin", 5)):
            contained = frozenset(slug for below in TYPES[level:] for slug in PERMISSIONS[below][:most])
            roles.append(Role(f"{type_}-{name}", type_, contained))
    types = tuple(ResourceType(below, (above,)) for above, below in pairwise(TYPES))
    permissions = tuple(Permission(slug, type_) for type_, slugs in PERMISSIONS.items() for slug in slugs)
    return build_model(Catalog(types, permissions, tuple(roles)))


def tree(random: Random) -> tuple[list[list[str]], list[Fact]]:
    """Return the resources of an organization, level by level, and where they lie."""
    levels = [[name("organization", random)]]
    placed = []
    for type_, fanout in zip(TYPES[1:], _FANOUT, strict=True):
        below = [(parent, name(type_, random)) for parent in levels[-1] for _ in range(fanout)]
        placed += [(parent, "parent", child) for parent, child in below]
        levels.append([child for _, child in below])
    return levels, placed


def organization(random: Random) -> Iterator[Fact]:
    """Iterate over the facts of one organization: a fifth is the tree, an eighth the groups, the rest are roles."""
    levels, placed = tree(random)
    users = [name("user", random) for _ in range(_USERS)]
    groups = [name("group", random) for _ in range(_GROUPS)]
    facts = dict.fromkeys(placed)
    facts |= {(user, "member", group): None for user in users for group in random.sample(groups, random.choice((1, 2)))}
    facts |= {(f"{inner}#member", "member", outer): None for inner, outer in zip(groups[10:], groups, strict=False)}
    holders = users + [f"{group}#member" for group in groups]
    while len(facts) < PER_ORGANIZATION:
        level = random.choices(range(len(TYPES)), weights=(1, 10, 50, 40))[0]
        role = f"{TYPES[level]}-{random.choice(('viewer', 'viewer', 'editor', 'admin'))}"
        facts[random.choice(holders), role, random.choice(levels[level])] = None
    yield from facts


def name(type_: str, random: Random) -> str:
    """Return a reference with an id as long as those that services give."""
    return f"{type_}:{random.getrandbits(80):020x}"


def facts_of(size: int) -> Iterator[Relationship]:
    """Iterate over the relationships of as many organizations as make up about this size."""
    random = Random(size)
    for _ in range(size // PER_ORGANIZATION):
        yield from relationships(organization(random))


def relationships(facts: Iterable[Fact]) -> Iterator[Relationship]:
    """Iterate over facts as relationships."""
    for subject, relation, thing in facts:
        yield Relationship(parse_subject(subject), relation, parse_object(thing))


def questions(hand: Hand, random: Random, count: int) -> list[Question]:
    """Return questions about users, half of them about what lies on or beneath something that the user holds."""
    below: dict[str, list[str]] = {}
    for child, parent in hand.parent.items():
        below.setdefault(parent, []).append(child)
    users = [subject for subject in hand.held if subject.startswith("user:")]
    things = list(hand.parent)
    asked = []
    for number in range(count):
        user = random.choice(users)
        thing = random.choice(list(hand.held[user]) if number % 2 else things)
        while number % 2 and thing in below and random.random() < _DEEPER:
            thing = random.choice(below[thing])
        permission = random.choice(PERMISSIONS[thing.partition(":")[0]])
        asked.append((parse_subject(user), permission, parse_object(thing)))
    return asked
