"""Relationships on conditions in the index, and the memory of who is contained in what."""

from collections.abc import Iterator, Mapping

import pytest
from typing_extensions import override

from authz_core import (
    Allowed,
    Direct,
    InvalidRelationship,
    Model,
    Relationship,
    RelationshipCondition,
    Relationships,
    Subject,
    Userset,
    check,
    parse_object,
    parse_subject,
)
from authz_core.relationships.bags import Bag
from authz_core.relationships.closures import Closures
from tests.authz_core.documents import MEMBER, USER
from tests.authz_core.worlds import allows, fact

CLOSED = Model(
    types={"user": {}, "group": {"member": Direct((USER, MEMBER))}, "doc": {"viewer": Direct((USER, MEMBER))}},
)
PLAIN = fact("user:anne", "viewer", "doc:a")
SOON = PLAIN._replace(condition=RelationshipCondition.of("until", {"end": "soon"}))
LATE = PLAIN._replace(condition=RelationshipCondition.of("until", {"end": "late"}))


def test_a_condition_is_a_property_of_its_relationship() -> None:
    """Of relationships that differ in the condition only, the one added last is held."""
    stored = Relationships([PLAIN])

    assert [stored.add(each) for each in (PLAIN, SOON, SOON, LATE, PLAIN)] == [False, True, False, True, True]
    assert list(stored) == [PLAIN]
    assert len(stored) == 1


@pytest.mark.parametrize("held", [PLAIN, SOON])
def test_it_is_listed_and_found_as_it_is(held: Relationship) -> None:
    """A relationship is found under its own condition only, and every listing shows it."""
    stored = Relationships([held])

    assert [each in stored for each in (PLAIN, SOON, LATE)] == [each == held for each in (PLAIN, SOON, LATE)]
    assert list(stored) == list(stored.by_object(held.object)) == list(stored.by_subject(held.subject)) == [held]
    assert stored.stored(*held.key) == held
    assert stored.holds(held.key)


def test_removal_asks_for_no_condition() -> None:
    """A relationship is removed by what tells it apart, and its condition goes with it."""
    stored = Relationships([SOON])

    assert stored.remove(PLAIN)
    assert not stored.remove(SOON)
    assert list(stored) == []
    stored.add(PLAIN)
    assert list(stored) == [PLAIN]


def test_equal_contexts_are_equal_conditions() -> None:
    """The order of keys does not matter in a context, the type of each value does."""
    of = RelationshipCondition.of

    assert of("c", {"a": 1, "b": [2]}) == of("c", {"b": [2], "a": 1})
    assert len({of("c", {"a": each}) for each in (1, 1.0, True, "1", [1], [[1]], {"1": 1}, None)}) == 8


@pytest.mark.parametrize("value", [object(), float("nan"), {1, 2}, b"bytes"], ids=["object", "nan", "set", "bytes"])
def test_a_context_is_json(value: object) -> None:
    """What JSON cannot hold is refused, naming the condition."""
    with pytest.raises(InvalidRelationship, match="the context of condition `c` is no JSON"):
        RelationshipCondition.of("c", {"a": value})


def test_a_context_too_deep_for_json_is_refused() -> None:
    """A context nested without end is refused like any other that JSON cannot hold."""
    deep: list[object] = []
    for _ in range(100_000):
        deep = [deep]

    with pytest.raises(InvalidRelationship, match="no JSON"):
        RelationshipCondition.of("c", {"a": deep})


def test_every_change_of_a_membership_is_seen_by_the_next_question() -> None:
    """Who is contained in what is remembered between questions, and forgotten when any membership changes."""
    grants = [fact("group:eng#member", "viewer", "doc:a"), fact("group:it#member", "member", "group:eng")]
    stored = Relationships(grants)
    joined = fact("user:anne", "member", "group:it")

    for _ in range(3):
        assert not allows(CLOSED, stored, "user:anne", "viewer", "doc:a")
        stored.add(joined)
        assert allows(CLOSED, stored, "user:anne", "viewer", "doc:a")
        assert allows(CLOSED, stored, "user:anne", "viewer", "doc:a")
        stored.remove(joined)


def test_a_relation_followed_late_is_followed_for_those_known() -> None:
    """A subject asked about before any group was granted anything is found in the group afterwards."""
    stored = Relationships([fact("user:anne", "member", "group:it")])

    assert not allows(CLOSED, stored, "user:anne", "viewer", "doc:a")
    stored.add(fact("group:it#member", "viewer", "doc:a"))
    assert allows(CLOSED, stored, "user:anne", "viewer", "doc:a")


def test_what_is_remembered_of_memberships_is_bounded() -> None:
    """Asking about ever more subjects does not remember ever more of them, and loses no answer."""
    stored = Relationships([fact("group:it#member", "viewer", "doc:a"), fact("user:last", "member", "group:it")])
    doc = parse_object("doc:a")

    for number in range(70_000):
        stored.closures.of(parse_subject(f"user:{number}"))

    assert len(stored.closures) < 70_000
    assert isinstance(check(CLOSED, stored, parse_subject("user:last"), "viewer", doc), Allowed)


def test_what_a_change_overtakes_is_not_remembered() -> None:
    """What is put together while another thread changes a membership is not remembered beyond that question."""
    stored = Relationships([fact("group:it#member", "viewer", "doc:a"), fact("group:it#member", "member", "group:eng")])
    anne, joined = parse_subject("user:anne"), fact("user:anne", "member", "group:it")

    class Interrupted(Mapping[Subject, Bag[Userset]]):
        """Memberships that change just after they were read."""

        @override
        def __getitem__(self, key: Subject) -> Bag[Userset]:
            found = stored.memberships.get(key)
            if stored.add(joined):
                closures.forget()
            if found is None:
                raise KeyError(key)
            return found

        @override
        def __iter__(self) -> Iterator[Subject]:
            return iter(stored.memberships)

        @override
        def __len__(self) -> int:
            return len(stored.memberships)

    closures = Closures(Interrupted())

    assert list(closures.of(anne)) == [anne]
    assert list(closures.of(anne)) == [anne, "group:it#member", "group:eng#member"]
