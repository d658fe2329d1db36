"""Checks without set operations: who has a relation, by what was stored and by what follows from it."""

from typing import cast

import pytest

from authz_core import (
    Allowed,
    Denied,
    Direct,
    FromParent,
    InvalidReference,
    Model,
    Reason,
    Restriction,
    Subject,
    Union,
    check,
    list_objects,
    parse_object,
    parse_subject,
    permitted,
)
from tests.authz_core.documents import SHARING, USER
from tests.authz_core.worlds import allows, asked, facts


def test_what_is_stored_is_held() -> None:
    """A subject has a relation that a fitting relationship gives it, on that object alone."""
    stored = facts("user:anne viewer doc:a")

    assert asked(SHARING, stored, "user:anne", "viewer", "doc:a") == Allowed(tuple(stored))
    assert asked(SHARING, stored, "user:anne", "viewer", "doc:ab") == Denied(Reason.NOT_HELD)
    assert asked(SHARING, stored, "user:ann", "viewer", "doc:a") == Denied(Reason.NOT_HELD)
    assert asked(SHARING, stored, "user:anne", "approver", "doc:a") == Denied(Reason.NOT_HELD)


@pytest.mark.parametrize(
    ("subject", "relation", "thing", "reason"),
    [
        ("user:anne", "viewer", "page:a", Reason.UNKNOWN_TYPE),
        ("user:anne", "seer", "doc:a", Reason.UNKNOWN_RELATION),
        ("robot:anne", "viewer", "doc:a", Reason.UNKNOWN_TYPE),
        ("robot:*", "viewer", "doc:a", Reason.UNKNOWN_TYPE),
        ("robot:a#member", "viewer", "doc:a", Reason.UNKNOWN_TYPE),
        ("group:a#seer", "viewer", "doc:a", Reason.UNKNOWN_RELATION),
        ("group:a#member", "viewer", "doc:a", Reason.NOT_HELD),
        ("agent:a", "viewer", "doc:a", Reason.NOT_HELD),
        ("user:*", "reader", "doc:a", Reason.NOT_HELD),
    ],
)
def test_a_refusal_says_which_kind_it_is(subject: str, relation: str, thing: str, reason: Reason) -> None:
    """What the model does not know is denied with a reason of its own, told apart from what is not held."""
    decision = asked(SHARING, facts(), subject, relation, thing)

    assert isinstance(decision, Denied)
    assert decision.reason is reason


def test_members_of_groups_within_groups_hold_what_the_outer_one_holds() -> None:
    """Membership is followed through any number of groups, and only in its own direction."""
    stored = facts(
        *("user:anne member group:a", "group:a#member member group:b", "group:b#member member group:c"),
        *("group:c#member viewer doc:x", "group:a#member viewer doc:y"),
    )

    assert allows(SHARING, stored, "user:anne", "viewer", "doc:x")
    assert allows(SHARING, stored, "group:a#member", "viewer", "doc:x")
    assert not allows(SHARING, stored, "group:c#member", "viewer", "doc:y")
    assert not allows(SHARING, stored, "group:a", "viewer", "doc:x")


def test_groups_that_contain_each_other_end_the_search() -> None:
    """A circle of groups gives each the members of all, and nobody else."""
    stored = facts(
        *("group:a#member member group:b", "group:b#member member group:c", "group:c#member member group:a"),
        *("user:anne member group:b", "group:c#member viewer doc:x"),
    )

    assert allows(SHARING, stored, "user:anne", "viewer", "doc:x")
    assert all(allows(SHARING, stored, "user:anne", "member", f"group:{name}") for name in "abc")
    assert asked(SHARING, stored, "user:bob", "viewer", "doc:x") == Denied(Reason.NOT_HELD)


@pytest.mark.parametrize(
    ("userset", "relation", "thing"),
    [
        ("group:eng#member", "viewer", "doc:a"),
        ("group:eng#member", "member", "group:eng"),
        ("doc:a#viewer", "viewer", "doc:a"),
        ("doc:a#reader", "reader", "doc:a"),
        ("folder:f#editor", "viewer", "folder:f"),
        ("folder:f#viewer", "viewer", "doc:b"),
        ("team:t#owner", "crew", "team:t"),
        ("team:t#owner", "editor", "folder:f"),
    ],
)
def test_a_userset_holds_what_it_is_and_what_it_was_given(userset: str, relation: str, thing: str) -> None:
    """All who are in a userset have its relation, whatever was given to it, and what follows from either."""
    stored = facts("group:eng#member viewer doc:a", "folder:f parent doc:b", "team:t#crew editor folder:f")

    assert allows(SHARING, stored, userset, relation, thing)


def test_a_userset_holds_nothing_of_its_members() -> None:
    """That one member holds a relation gives it to no userset."""
    stored = facts("user:anne member group:eng", "user:anne viewer doc:a", "user:* viewer doc:c")

    assert not allows(SHARING, stored, "group:eng#member", "viewer", "doc:a")
    assert not allows(SHARING, stored, "group:eng#member", "viewer", "doc:c")
    assert not allows(SHARING, stored, "doc:a#viewer", "viewer", "doc:b")


def test_everyone_of_a_type_is_everyone_of_that_type() -> None:
    """A wildcard covers each object of its type, known or unknown, and nothing else."""
    stored = facts("user:* viewer doc:a", "user:* member group:all", "group:all#member viewer doc:b")

    assert allows(SHARING, stored, "user:nobody-knows", "viewer", "doc:a")
    assert allows(SHARING, stored, "user:nobody-knows", "viewer", "doc:b")
    assert allows(SHARING, stored, "user:*", "viewer", "doc:a")
    assert not allows(SHARING, stored, "agent:a", "viewer", "doc:a")
    assert not allows(SHARING, stored, "group:all#member", "viewer", "doc:a")


def test_everyone_is_not_each() -> None:
    """Asking about everyone is answered by wildcards alone, not by what single members hold."""
    stored = facts("user:anne viewer doc:a")

    assert not allows(SHARING, stored, "user:*", "viewer", "doc:a")


def test_relations_computed_from_others_and_from_parents() -> None:
    """Relations follow from others on the object and on whatever lies above it, over several levels."""
    stored = facts(
        *("folder:root parent folder:f", "folder:f parent doc:a", "user:anne editor folder:root"),
        "user:bob editor doc:a",
    )

    assert allows(SHARING, stored, "user:anne", "viewer", "doc:a")
    assert not allows(SHARING, stored, "user:anne", "viewer", "folder:other")
    assert not allows(SHARING, stored, "user:bob", "viewer", "doc:a")


def test_usersets_that_are_computed_are_asked_themselves() -> None:
    """Membership in a userset whose relation follows from others counts as any other does, group within group."""
    stored = facts(
        *("user:olga owner team:t", "team:t#crew crew team:u", "team:u#crew editor folder:f"),
        *("user:mia member group:g", "group:g#member crew team:t", "folder:root#viewer viewer folder:h"),
        "user:root editor folder:root",
    )

    assert allows(SHARING, stored, "user:olga", "viewer", "folder:f")
    assert allows(SHARING, stored, "user:mia", "viewer", "folder:f")
    assert allows(SHARING, stored, "user:root", "viewer", "folder:h")
    assert not allows(SHARING, stored, "user:olga", "viewer", "folder:h")


def test_two_ways_to_one_object_are_no_circle() -> None:
    """Several parents and groups that meet again answer like one."""
    stored = facts(
        *("folder:top parent folder:l", "folder:top parent folder:r", "folder:l parent folder:x"),
        *("folder:r parent folder:x", "user:anne viewer folder:top", "user:bob viewer folder:r"),
    )

    assert allows(SHARING, stored, "user:anne", "viewer", "folder:x")
    assert allows(SHARING, stored, "user:bob", "viewer", "folder:x")
    assert not allows(SHARING, stored, "user:bob", "viewer", "folder:l")


def test_two_relations_may_come_from_one_parent() -> None:
    """A relation that follows from either of two on the parent follows from each, over several levels."""
    either = Union((FromParent("viewer", "parent"), FromParent("editor", "parent")))
    model = Model(
        types={
            "user": {},
            "root": {"viewer": Direct((USER,)), "editor": Direct((USER,))},
            "folder": {"parent": Direct((Restriction("root"),)), "viewer": either},
            "doc": {"parent": Direct((Restriction("folder"),)), "viewer": FromParent("viewer", "parent")},
            "page": {"parent": Direct((Restriction("doc"),)), "viewer": FromParent("viewer", "parent")},
        }
    )
    stored = facts(
        *("root:r parent folder:f", "folder:f parent doc:d", "doc:d parent page:p"),
        *("user:anne editor root:r", "user:bob viewer root:r"),
    )

    for user in ("user:anne", "user:bob"):
        assert all(allows(model, stored, user, "viewer", thing) for thing in ("folder:f", "doc:d", "page:p"))


def test_folders_beneath_each_other_end_the_search() -> None:
    """A circle of parents, which no honest writer stores, is walked once."""
    stored = facts("folder:a parent folder:b", "folder:b parent folder:a", "user:anne viewer folder:a")

    assert allows(SHARING, stored, "user:anne", "viewer", "folder:b")
    assert asked(SHARING, stored, "user:bob", "viewer", "folder:b") == Denied(Reason.NOT_HELD)


def test_nothing_is_remembered_between_questions() -> None:
    """An answer follows the facts as they are at that moment."""
    stored = facts()
    question = (parse_subject("user:anne"), "viewer", parse_object("doc:a"))
    for present in (True, False, True):
        stored.apply(added=facts("user:anne viewer doc:a") if present else (), removed=list(stored))
        assert isinstance(check(SHARING, stored, *question), Allowed) is present


@pytest.mark.parametrize("odd", ["user:eve ", "user:eve\u200b", "user:", "user", "user:\x00", "user:e\u0301ve"])
def test_nobody_is_everyone_by_being_misspelt(odd: str) -> None:
    """A subject in no canonical form is refused where it would count as one of everyone, past what blocks it."""
    stored = facts("user:* viewer doc:a")
    subject, doc = cast("Subject", odd), parse_object("doc:a")

    with pytest.raises(InvalidReference):
        check(SHARING, stored, subject, "viewer", doc)
    with pytest.raises(InvalidReference):
        permitted(SHARING, stored, subject, doc, frozenset({"viewer"}))
    with pytest.raises(InvalidReference):
        list_objects(SHARING, stored, subject, "viewer", "doc")
