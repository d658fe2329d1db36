"""The facts: a set, indexed both ways, that changes leave exact."""

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authz_core import Relationship, Relationships, parse_object, parse_subject
from tests.authz_core.worlds import IDS, fact, facts

ANNE = parse_subject("user:anne")
ENG = parse_object("group:eng")

any_fact = st.builds(
    fact,
    st.sampled_from(["user:a", "user:ab", "user:*", "group:a#member", "group:ab#member", "doc:a"]),
    st.sampled_from(["member", "viewer", "parent", "a", "ab"]),
    st.sampled_from(["doc:a", "doc:ab", "group:a", "group:ab"]),
)


def test_a_fact_is_held_once() -> None:
    """Adding what is there and removing what is not change nothing, and say so."""
    stored = Relationships()
    viewer = fact("user:anne", "viewer", "doc:a")

    assert stored.add(viewer)
    assert not stored.add(viewer)
    assert (len(stored), viewer in stored) == (1, True)
    assert stored.remove(viewer)
    assert not stored.remove(viewer)
    assert (len(stored), viewer in stored) == (0, False)


@given(st.lists(st.tuples(st.booleans(), any_fact), max_size=40))
def test_it_is_a_set(changes: list[tuple[bool, Relationship]]) -> None:
    """After any changes exactly the facts added last are held, and every index says the same."""
    stored, expected = Relationships(), set[Relationship]()
    for added, each in changes:
        if added:
            assert stored.add(each) == (each not in expected)
            expected.add(each)
        else:
            assert stored.remove(each) == (each in expected)
            expected.discard(each)

    assert sorted(stored) == sorted(expected)
    assert len(stored) == len(expected)
    assert all(each in stored for each in expected)
    for thing in {each.object for _, each in changes}:
        on_thing = [each for each in expected if each.object == thing]
        assert sorted(stored.by_object(thing)) == sorted(on_thing)
        assert sorted(stored.relations(thing)) == sorted({each.relation for each in on_thing})
        for relation in {each.relation for _, each in changes}:
            subjects = [each.subject for each in on_thing if each.relation == relation]
            assert sorted(stored.subjects(relation, thing)) == sorted(subjects)
    for subject in {each.subject for _, each in changes}:
        assert sorted(stored.by_subject(subject)) == sorted(each for each in expected if each.subject == subject)


@given(st.lists(any_fact, max_size=30), st.randoms(use_true_random=False))
def test_an_emptied_set_keeps_nothing(stored: list[Relationship], random: Random) -> None:
    """When the last fact is gone no index holds a name of it any more."""
    worn = Relationships(stored)
    random.shuffle(stored)
    worn.apply(added=(), removed=stored)

    assert len(worn) == 0
    assert (worn.held, worn.holders, worn.grants, worn.memberships) == ({}, {}, {}, {})
    assert all(usersets == {} for usersets in worn.followed.values())


def test_what_is_added_and_removed_at_once_is_held() -> None:
    """A change removes first and adds afterwards."""
    both, old, new = (fact("user:anne", relation, "doc:a") for relation in ("both", "old", "new"))
    stored = Relationships([old])
    stored.apply(added=[both, new], removed=[both, old])

    assert set(stored) == {both, new}


@pytest.mark.parametrize("count", [1, 2, 7, 8, 9, 10, 100])
def test_many_on_one_pair_and_many_on_one_object(count: int) -> None:
    """Any number of relations on a pair, of holders on an object and of objects of a holder come and go one by one."""
    relations = [fact("user:anne", f"r{number}", "doc:a") for number in range(count)]
    holders = [fact(f"user:u{number}", "viewer", "doc:a") for number in range(count)]
    objects = [fact("user:anne", "viewer", f"doc:d{number}") for number in range(count)]
    stored = Relationships([*relations, *holders, *objects])

    assert len(list(stored.by_object(parse_object("doc:a")))) == 2 * count
    assert len(list(stored.by_subject(ANNE))) == 2 * count
    for each in [*relations, *holders, *objects]:
        assert stored.remove(each)
        assert each not in stored
    assert len(stored) == 0


def test_iterations_outlive_changes() -> None:
    """What is being iterated over may be removed meanwhile."""
    stored = facts(*(f"user:u{number} viewer doc:a" for number in range(20)))
    for each in stored.by_object(parse_object("doc:a")):
        stored.remove(each)

    assert len(stored) == 0


def test_one_name_within_another_is_another_name() -> None:
    """A relation, a holder or an object whose name is part of another one's is not taken for it."""
    stored = facts("user:ab viewers doc:ab", "workspace:ab parent project:ab")

    assert fact("user:ab", "viewer", "doc:ab") not in stored
    assert fact("user:a", "viewers", "doc:ab") not in stored
    assert stored.children(parse_object("workspace:a")) == []
    assert stored.children(parse_object("workspace:ab"), "paren") == []
    assert list(stored.subjects("viewer", parse_object("doc:ab"))) == []


def test_structure_is_read_both_ways() -> None:
    """Parents and children are what the tupleset joins, and nothing else that is held."""
    stored = facts(
        *("workspace:w parent project:p", "workspace:w parent project:q", "workspace:w editor project:r"),
        *("group:g#member parent project:p", "user:* parent project:p", "folder:f home project:p"),
    )
    project, workspace = parse_object("project:p"), parse_object("workspace:w")

    assert stored.parents(project) == ("workspace:w",)
    assert list(stored.children(workspace)) == ["project:p", "project:q"]
    assert stored.parents(project, "home") == ("folder:f",)
    assert stored.parents(workspace) == ()
    assert list(stored.children(project)) == []


def test_usersets_of_a_subject_are_known_from_the_day_they_matter() -> None:
    """The usersets that contain a subject are found whether a userset was named before or after it became a member."""
    stored = facts("user:anne member group:eng", "user:anne owner group:eng")
    assert list(stored.usersets(ANNE)) == []

    stored.add(fact("group:ops#member", "viewer", "doc:a"))
    assert list(stored.usersets(ANNE)) == ["group:eng#member"]

    stored.add(fact("user:anne", "member", "group:ops"))
    stored.add(fact("group:eng#member", "member", "group:all"))
    assert set(stored.usersets(ANNE)) == {"group:eng#member", "group:ops#member"}
    assert list(stored.usersets(parse_subject("group:eng#member"))) == ["group:all#member"]

    stored.remove(fact("user:anne", "member", "group:ops"))
    assert list(stored.usersets(ANNE)) == ["group:eng#member"]


def test_texts_are_kept_once() -> None:
    """Equal names from different places become one text, so that memory follows the number of names."""
    first, second = (fact(f"user:{'anne' * times}", "viewer", "doc:a") for times in (1, 1))
    assert first.subject is not second.subject
    stored = Relationships([first, second._replace(object=parse_object("doc:b"))])

    held = list(stored)
    assert held[0].subject is held[1].subject
    assert held[0].relation is held[1].relation


@pytest.mark.parametrize("id_", IDS)
def test_any_id_can_name_a_holder_and_an_object(id_: str) -> None:
    """Ids may contain every sign that separates something elsewhere."""
    stored = Relationships([fact(f"user:{id_}", "viewer", f"doc:{id_}")])

    assert [each.object for each in stored.by_subject(parse_subject(f"user:{id_}"))] == [f"doc:{id_}"]
    assert sum(fact(f"user:{other}", "viewer", f"doc:{other}") in stored for other in IDS) == 1


def test_facts_may_be_changed_while_they_are_iterated_over() -> None:
    """Removing whatever an iteration yields removes all, and no iteration breaks."""
    stored = facts(*(f"user:u{number} viewer doc:{number % 7}" for number in range(100)))
    for relationship in stored:
        stored.remove(relationship)
    assert len(stored) == 0

    stored = facts(*(f"user:u{number} viewer doc:{number % 7}" for number in range(100)))
    stored.apply(added=(), removed=iter(stored))
    assert len(stored) == 0
