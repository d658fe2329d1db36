"""Every combination of a few relationships over one small model that has something of everything."""

from collections.abc import Iterable, Iterator
from itertools import combinations, islice, product

import pytest

from authz_core import (
    Computed,
    Direct,
    Exclusion,
    FromParent,
    Intersection,
    Model,
    Relationship,
    RelationshipCondition,
    Restriction,
    Union,
    parse_object,
    parse_subject,
)
from tests.authz_core.agreement import differences
from tests.authz_core.meanings import CONDITIONS
from tests.authz_core.worlds import Question, World, fact

USER = Restriction("user")
USER_NAMED = Restriction("user", condition="named")
EVERYONE = Restriction("user", wildcard=True)
EVERYONE_NAMED = Restriction("user", wildcard=True, condition="named")
MEMBER = Restriction("group", relation="member")
MEMBER_NAMED = Restriction("group", relation="member", condition="named")

MODEL = Model(
    types={
        "user": {},
        "group": {"member": Direct((USER, USER_NAMED, EVERYONE, MEMBER))},
        "doc": {
            "parent": Direct((Restriction("doc"), Restriction("doc", condition="named"))),
            "viewer": Direct((USER, USER_NAMED, EVERYONE, MEMBER, MEMBER_NAMED)),
            "blocked": Direct((USER, EVERYONE_NAMED, MEMBER_NAMED)),
            "seen": Union((Computed("viewer"), FromParent("seen", "parent"))),
            "reader": Exclusion(Computed("seen"), Computed("blocked")),
            "both": Intersection((Computed("seen"), Computed("blocked"))),
        },
    },
    delegable=frozenset({"doc"}),
    conditions={"named": CONDITIONS["named"]},
)

NAMED = RelationshipCondition("named")
FACTS = tuple(
    fact(*line.split()[:3])._replace(condition=NAMED if line.endswith("named") else None)
    for line in (
        *("user:a member group:g", "user:a member group:g named", "user:* member group:g"),
        *("group:h#member member group:g", "group:g#member member group:h"),
        *("user:a viewer doc:d", "user:a viewer doc:d named", "user:* viewer doc:d", "user:a viewer doc:e"),
        *("group:g#member viewer doc:d", "group:g#member viewer doc:d named"),
        *("user:a blocked doc:d", "user:* blocked doc:d named", "group:g#member blocked doc:d named"),
        *("doc:e parent doc:d", "doc:e parent doc:d named", "doc:d parent doc:e"),
    )
)
SUBJECTS = ("user:a", "user:b", "user:*", "group:g#member")
RELATIONS = ("seen", "reader", "both")
CONTEXTS: tuple[dict[str, object], ...] = ({}, {"name": "x"}, {"name": "y"})

PARTS = 4  # of what is looked at in one test

Placed = tuple[Relationship, bool]
"""A relationship, and whether the question brings it along."""


def worlds(chosen: Iterable[tuple[Placed, ...]]) -> Iterator[World]:
    """Every question about each choice of relationships; none stored or brought along on two conditions at once."""
    for placed in chosen:
        if len({(each.key, brought) for each, brought in placed}) < len(placed):
            continue
        stored = tuple(each for each, brought in placed if not brought)
        contextual = tuple(each for each, brought in placed if brought)
        questions = (
            Question(parse_subject(subject), relation, parse_object("doc:d"), context, contextual)
            for subject, relation, context in product(SUBJECTS, RELATIONS, CONTEXTS)
        )
        yield World(MODEL, stored, tuple(questions))


def choices(count: int, *, brought: bool) -> Iterator[tuple[Placed, ...]]:
    """Every way to choose as many relationships, with some of them brought along or all of them stored."""
    return combinations([(each, place) for each in FACTS for place in (False, True)[: 1 + brought]], count)


@pytest.mark.parametrize("count", [0, 1, 2])
def test_every_world_of_few_relationships(count: int) -> None:
    """However few relationships are combined, stored or brought along, the engine agrees with its twin."""
    assert [found for world in worlds(choices(count, brought=True)) if (found := differences(world))] == []


@pytest.mark.slow
@pytest.mark.parametrize(("count", "brought"), [(3, True), (4, False)])
@pytest.mark.parametrize("part", range(PARTS))
def test_every_world_of_some_relationships(count: int, part: int, *, brought: bool) -> None:
    """However some relationships are combined, the engine agrees with its twin."""
    chosen = islice(choices(count, brought=brought), part, None, PARTS)

    assert [found for world in worlds(chosen) if (found := differences(world))] == []
