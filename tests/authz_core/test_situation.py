"""What a question may bring along."""

from collections.abc import Iterator

import pytest

from authz_core import (
    CONTEXTUAL,
    Condition,
    Direct,
    InvalidReference,
    InvalidRelationship,
    InvalidSituation,
    Limits,
    Model,
    Parameter,
    ParameterKind,
    ParameterType,
    Relationship,
    RelationshipCondition,
    Relationships,
    Restriction,
    UnknownType,
    situation,
)
from tests.authz_core.documents import SHARING, USER
from tests.authz_core.worlds import allows, fact, facts

NOTHING = Relationships()
LATE = Condition("late", (Parameter("hour", ParameterType(ParameterKind.INT)),), "hour > 20")
TIMED = Model(
    types={"user": {}, "doc": {"viewer": Direct((USER, Restriction("user", condition="late")))}},
    conditions={"late": LATE},
)


def numbered(count: int) -> Iterator[Relationship]:
    """So many relationships that fit."""
    return (fact(f"user:u{number}", "viewer", "doc:a") for number in range(count))


def test_a_question_may_bring_nothing() -> None:
    """Without context and relationships of its own, a question is about the stored facts."""
    stored = facts("user:anne viewer doc:a")
    asked = situation(SHARING, stored)

    assert asked.stored is stored
    assert list(asked.contextual) == []
    assert dict(asked.context) == {}
    assert asked.limits == Limits()


def test_a_question_brings_relationships_a_context_and_limits() -> None:
    """What a question brings along is what its situation holds, and nothing of it is stored."""
    asked = situation(SHARING, NOTHING, context={"hour": 21}, contextual=numbered(2), limits=Limits(steps=7, hops=24))

    assert list(asked.contextual) == list(numbered(2))
    assert dict(asked.context) == {"hour": 21}
    assert asked.limits == Limits(steps=7, hops=24)
    assert len(NOTHING) == 0


def test_a_context_changed_afterwards_changes_nothing() -> None:
    """A situation keeps the context as it was given."""
    context: dict[str, object] = {"hour": 21}
    asked = situation(SHARING, NOTHING, context=context)
    context["hour"] = 3

    assert dict(asked.context) == {"hour": 21}


def test_a_hundred_relationships_are_enough() -> None:
    """A question brings along a hundred relationships at most, counted as they come and no further."""
    endless = iter(fact(f"user:u{number}", "viewer", "doc:a") for number in iter(lambda: 1, 0))

    assert len(situation(SHARING, NOTHING, contextual=numbered(CONTEXTUAL)).contextual) == CONTEXTUAL == 100
    for many in (numbered(CONTEXTUAL + 1), endless):
        with pytest.raises(InvalidSituation, match="at most 100 relationships") as caught:
            situation(SHARING, NOTHING, contextual=many)
        assert caught.value.code == "invalid_situation"


def test_repeated_relationships_are_harmless() -> None:
    """A relationship may be brought along twice, and be stored besides."""
    anne = fact("user:anne", "viewer", "doc:a")

    assert list(situation(SHARING, Relationships([anne]), contextual=(anne, anne)).contextual) == [anne]


def test_of_two_conditions_the_later_counts() -> None:
    """A relationship has one condition at a time, in a question as in the store."""
    anne = fact("user:anne", "viewer", "doc:a")
    timed = anne._replace(condition=RelationshipCondition.of("late", {"hour": 22}))

    assert list(situation(TIMED, NOTHING, contextual=(anne, timed)).contextual) == [timed]
    assert list(situation(TIMED, NOTHING, contextual=(timed, anne)).contextual) == [anne]


@pytest.mark.parametrize(
    ("relationship", "error"),
    [
        (fact("user:anne", "reader", "doc:a"), InvalidRelationship),
        (fact("robot:r", "viewer", "doc:a"), UnknownType),
        (Relationship("user:*#x", "viewer", "doc:a"), InvalidReference),  # type: ignore[arg-type]  # on purpose
        (fact("user:anne", "viewer", "doc:a")._replace(condition=RelationshipCondition("late")), InvalidRelationship),
    ],
)
def test_what_could_not_be_stored_cannot_be_brought_along(relationship: Relationship, error: type[Exception]) -> None:
    """Contextual relationships are validated like those that are written."""
    with pytest.raises(error):
        situation(SHARING, NOTHING, contextual=(fact("user:bob", "viewer", "doc:a"), relationship))


@pytest.mark.parametrize("context", [[], "{}", 1, [("hour", 21)], {1: "x"}, {None: "x"}, {b"hour": 1}])
def test_a_context_is_a_mapping_of_texts(context: object) -> None:
    """A context of another shape is refused before anything is asked."""
    with pytest.raises(InvalidSituation, match="context"):
        situation(SHARING, NOTHING, context=context)  # type: ignore[arg-type]  # on purpose


def test_groups_of_the_store_are_followed_in_what_is_brought_along() -> None:
    """A membership brought along counts in a group that a stored relationship names."""
    stored = Relationships([fact("group:g#member", "viewer", "doc:a")])
    asked = situation(SHARING, stored, contextual=[fact("user:anne", "member", "group:g")])

    assert asked.contextual.usersets(fact("user:anne", "member", "group:g").subject) == ("group:g#member",)
    assert not allows(SHARING, stored, "user:anne", "viewer", "doc:a")
