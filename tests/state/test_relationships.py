"""Stored relationships: what counts, what is found, and what ends by the clock alone."""

import pickle
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authz_core import Object, Relationships, Userset
from delegation.state.organization import Organization
from delegation.state.relationships import Sought, StoredRelationships, name_of, relationship_of

ANNE, BOB = "user:anne", "user:bob"


def row(subject: str, relation: str = "viewer", object: str = "document:plan", **more: Any) -> dict[str, Any]:
    """Return a row of the table."""
    named = {"object": object, "relation": relation, "subject": subject}
    return {**named, "condition": None, "context": None, "until": None, **more}


def kept(*rows: dict[str, Any]) -> tuple[Relationships, StoredRelationships]:
    """Return facts, and what follows the table for them, with these rows."""
    facts = Relationships()
    stored = StoredRelationships(facts)
    for each in rows:
        stored.put(each)
    return facts, stored


def test_a_row_is_a_fact_until_its_second_comes() -> None:
    """A relationship counts before the second in which it ends, and for nothing from then on, still being a row."""
    facts, stored = kept(row(ANNE, until=100), row(BOB))
    stored.pass_time(99.9)
    assert len(facts) == 2
    stored.pass_time(100.0)
    assert [fact.subject for fact in facts] == [BOB]
    assert stored.get(name_of(row(ANNE))) is None
    assert list(stored.over) == [name_of(row(ANNE))]
    assert len(stored) == 2


def test_what_is_written_anew_counts_as_it_was_written_last() -> None:
    """An end of before does not end what was prolonged, shortened or made endless meanwhile."""
    facts, stored = kept(row(ANNE, until=100), row(BOB, until=100))
    stored.put(row(ANNE, until=200))
    stored.put(row(BOB))
    stored.pass_time(150)
    assert {fact.subject for fact in facts} == {ANNE, BOB}
    stored.put(row(ANNE, until=160))
    stored.pass_time(160)
    assert [fact.subject for fact in facts] == [BOB]
    stored.put(row(ANNE, until=300))
    assert {fact.subject for fact in facts} == {ANNE, BOB}
    assert not stored.over


def test_prolonging_for_ever_takes_no_more_room() -> None:
    """The ends of before are forgotten, however often a relationship is prolonged, and the last one counts."""
    _, stored = kept(row(BOB, until=50))
    before = len(pickle.dumps(stored))
    for until in range(100, 10_100):
        stored.put(row(ANNE, until=until))
    assert len(pickle.dumps(stored)) < before + 10_000
    stored.pass_time(10_098)
    assert list(stored.over) == [name_of(row(BOB, until=50))]
    stored.pass_time(10_099)
    assert len(stored.over) == 2


def test_another_condition_takes_the_place_of_the_one_before() -> None:
    """Of a relationship there is one, on the condition under which it was written last, with its context."""
    facts, stored = kept(row(ANNE))
    conditional = row(ANNE, condition="at_work", context={"hour": 9})
    stored.put(conditional)
    assert list(facts) == [relationship_of(conditional)]
    stored.remove({"object": "document:plan", "relation": "viewer", "subject": ANNE})
    assert (len(facts), len(stored)) == (0, 0)
    stored.remove(row(ANNE))


@pytest.mark.parametrize(
    ("sought", "found"),
    [
        (Sought(), 4),
        (Sought(object=Object("document:plan")), 2),
        (Sought(object=Object("document:plan"), relation="editor"), 1),
        (Sought(subject=Object(ANNE)), 2),
        (Sought(subject=Object(ANNE), object_type="folder"), 1),
        (Sought(object_type="folder"), 2),
        (Sought(object=Object("document:plan"), subject=Userset("group:staff#member")), 0),
    ],
)
def test_relationships_are_found_by_what_they_have_in_common(sought: Sought, found: int) -> None:
    """Each part that is given narrows, what is left open does not, and what has ended is not found."""
    rows = (
        row(ANNE),
        row(BOB, "editor"),
        row(ANNE, "editor", "folder:all"),
        row("group:staff#member", "viewer", "folder:all"),
    )
    _, stored = kept(*rows, row("user:gone", until=1))
    stored.pass_time(1)
    assert len(list(stored.found(sought))) == found
    assert all(sought.matches(each) for each in stored.found(sought))


def test_facts_of_roles_are_no_relationships() -> None:
    """Where roles say who may do what, nothing is found, though there are facts."""
    organization = Organization("o")
    organization.tables["group_members"].put({"group": "staff", "member": ANNE})
    assert list(organization.relationships.found(Sought(subject=Object(ANNE)))) == []


@given(st.integers(0, 2**32))
def test_the_facts_are_those_rows_whose_time_is_not_over(seed: int) -> None:
    """Whatever is written, deleted and left to end, in any order: the facts are the rows that count at that time."""
    random, (facts, stored), rows, now = Random(seed), kept(), dict[Any, Any](), 0.0
    for _ in range(40):
        each = row(f"user:u{random.randrange(3)}", random.choice(("viewer", "editor")))
        if random.random() < 0.6:
            each |= {"until": random.choice((None, int(now) + random.randrange(1, 9)))}
            stored.put(each)
            rows[name_of(each)] = each
        else:
            stored.remove(each)
            rows.pop(name_of(each), None)
        now += random.randrange(3)
        stored.pass_time(now)
        counting = [one for one in rows.values() if one["until"] is None or now < one["until"]]
        assert set(facts) == {relationship_of(one) for one in counting}
        assert len(stored) == len(rows)
        assert {name_of(one) for one in stored.found(Sought())} == {name_of(one) for one in counting}
        assert set(stored.over) == rows.keys() - {name_of(one) for one in counting}
