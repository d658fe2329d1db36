"""Whom a relationship may name: kinds of group, everyone of a type, neighbours of an id, and those on a condition."""

from collections.abc import Collection, Iterable
from typing import Any

from authz_core import (
    InvalidRelationship,
    Model,
    Relationship,
    Relationships,
    Restriction,
    Subject,
    Userset,
    Wildcard,
    kind_of,
    load_model,
    validate_relationship,
)
from authz_core.evaluation import climbing, principals, standing
from authz_core.evaluation.facts import View
from authz_core.listing import downward
from authz_core.listing.asking import Asking
from authz_core.relationships import index
from authz_core.relationships.bags import Bag
from authz_core.relationships.index import as_mapping
from authz_core.validation import facts as fitting
from tests.assurance.asking import NO, YES, answer, facing, is_refused, line, objects, on, stored, subjects
from tests.assurance.bugs import Breakage, Bug, Patch, broken
from tests.assurance.comparing import assert_agreement
from tests.authz_core.general_worlds import general_world

SHARED = load_model("""
model
  schema 1.1
type user
type agent
type group
  relations
    define owner: [user]
    define member: [user, agent, group#member]
type team
  relations
    define member: [user]
type doc
  relations
    define viewer: [user, user:*, group#member, team#member]
    define editor: [group#member]
    define writer: [user]
""")

CONDITIONAL = """
model
  schema 1.1
type user
type doc
  relations
    define viewer: [user:* with office]
    define editor: [user with office]
    define owner: [user]
condition office(hour: int) {
  hour >= 8 && hour < 18
}
"""


def everyone_is_everyone_of_one_type() -> None:
    """What is open to every user, and to a group beside, is open to no agent outside of the group."""
    facts = stored("user:* viewer doc:a", "group:eng#member viewer doc:a", "agent:bot member group:eng")

    assert answer(SHARED, facts, "user:anne viewer doc:a") == YES
    assert answer(SHARED, facts, "agent:bot viewer doc:a") == YES
    assert answer(SHARED, facts, "agent:spy viewer doc:a") == NO
    assert answer(SHARED, facts, "group:eng#owner viewer doc:a") == NO
    assert objects(SHARED, facts, "agent:spy viewer doc") == ()


def groups_of_two_kinds_are_two() -> None:
    """A group and a team of the same name have their own members, and each counts only where its kind is permitted."""
    facts = stored(
        *("user:anne member group:eng", "user:bob member team:eng", "user:carl owner group:eng"),
        *("group:eng#member viewer doc:a", "team:eng#member viewer doc:b", "group:eng#owner viewer doc:a"),
        *("team:eng#member editor doc:a", "group:eng#member editor doc:b"),
    )
    for question, expected in (
        ("user:anne viewer doc:a", YES),
        ("user:bob viewer doc:a", NO),
        ("user:carl viewer doc:a", NO),
        ("user:anne viewer doc:b", NO),
        ("user:bob viewer doc:b", YES),
        ("user:anne editor doc:b", YES),
        ("user:bob editor doc:a", NO),
    ):
        assert answer(SHARED, facts, question) == expected, question


def the_type_asked_for_is_the_type_listed() -> None:
    """A list of users holds no agents, and a list of agents neither users nor everyone."""
    facts = stored(
        *("user:* viewer doc:a", "group:eng#member viewer doc:b"),
        *("user:anne member group:eng", "agent:bot member group:eng"),
    )

    assert subjects(SHARED, facts, "user viewer doc:a") == ("user:*",)
    assert subjects(SHARED, facts, "agent viewer doc:a") == ()
    assert subjects(SHARED, facts, "user viewer doc:b") == ("user:anne",)
    assert subjects(SHARED, facts, "agent viewer doc:b") == ("agent:bot",)


def neighbours_are_strangers() -> None:
    """What is held on `doc:a` or by `user:a` says nothing of `doc:ab` and `user:ab`, nor the other way round."""
    facts = stored(
        "user:a writer doc:a", "user:ab writer doc:abc", "user:a member team:a", "team:a#member viewer doc:a"
    )
    for question in ("user:a writer doc:ab", "user:ab writer doc:a", "user:ab writer doc:ab", "user:ab viewer doc:a"):
        assert answer(SHARED, facts, question) == NO, question
    assert answer(SHARED, facts, "user:a writer doc:a") == YES
    assert objects(SHARED, facts, "user:a writer doc") == ("doc:a",)
    assert_agreement(general_world)


def where_a_condition_is_wanted_none_is_not_enough() -> None:
    """A relationship without a condition does not count, and is refused, where only those on a condition may be."""
    model = load_model(CONDITIONAL)
    bare = ("user:* viewer doc:a", "user:anne editor doc:a")
    strange = on("user:anne owner doc:a", "office")
    by_day = facing(model, stored(*bare, strange, on("user:* viewer doc:b", "office")), hour=9)

    for each in (*bare, strange):
        assert is_refused(InvalidRelationship, validate_relationship, model, line(each))
        assert is_refused(InvalidRelationship, facing, model, Relationships(), [each])
    for relation in ("viewer", "editor", "owner"):
        assert answer(model, by_day, f"user:anne {relation} doc:a") == NO
        assert subjects(model, by_day, f"user {relation} doc:a") == ()
    assert answer(model, by_day, "user:anne viewer doc:b") == YES
    assert objects(model, by_day, "user:anne viewer doc") == ("doc:b",)


_first = principals.first_principals


def _all_users(*arguments: Any) -> dict[Subject, Subject | None]:
    return {**_first(*arguments), Wildcard("user:*"): None}


def _by_beginning(facts: Relationships, *given: Any) -> list[tuple[Subject, str, Bag[str]]]:
    _, found, trail = given
    held = [(principal, as_mapping(facts.held.get(principal))) for principal in found]
    return [
        (principal, node, relations)
        for principal, things in held
        for thing, relations in things.items()
        for node in trail
        if node.startswith(thing)
    ]


def _form(kind: str) -> str:
    return kind.partition(" with ")[0]


_judge, _counts, _kinds = View.judge, Asking.counts, fitting._kinds


def _judge_by_form(self: View, relationship: Relationship, kinds: Iterable[str]) -> object:
    return _judge(self, relationship, {*kinds, *map(_form, kinds)})


def _count_by_form(self: Asking, layer: Relationships, key: Any, kind: str, kinds: Collection[str]) -> object:
    return _counts(self, layer, key, kind, {*kinds, *map(_form, kinds)})


def _permit_forms(model: Model, type_: str, relation: str) -> frozenset[str]:
    kinds = _kinds(model, type_, relation)
    return kinds | {_form(kind) for kind in kinds}


BUGS = (
    Bug(
        "E7",
        everyone_is_everyone_of_one_type,
        (
            Breakage(
                "everyone who asks is one of all users",
                (Patch(principals, "first_principals", _all_users), Patch(standing, "first_principals", _all_users)),
            ),
        ),
    ),
    Bug(
        "E7",
        groups_of_two_kinds_are_two,
        (
            broken(
                "groups are known by their ids, whatever their type",
                index,
                "Userset",
                lambda text: Userset(f"group:{text.partition(':')[2]}"),
            ),
            broken("the short cut does not ask who may hold what", climbing, "check_kinds", lambda *_: None),
        ),
    ),
    Bug(
        "E7",
        the_type_asked_for_is_the_type_listed,
        (
            broken(
                "a list of users is one of users and agents",
                downward,
                "kind_of",
                lambda subject: kind_of(subject).replace("agent", "user"),
            ),
        ),
    ),
    Bug(
        "E7",
        neighbours_are_strangers,
        (broken("ids are told apart by their beginnings", climbing, "met", _by_beginning),),
    ),
    Bug(
        "E8",
        where_a_condition_is_wanted_none_is_not_enough,
        (
            broken("the check permits a form with a condition or without", View, "judge", _judge_by_form),
            broken("the list permits a form with a condition or without", Asking, "counts", _count_by_form),
            broken("what is written is validated by its form", fitting, "_kinds", _permit_forms),
            broken("a restriction has forgotten its condition", Restriction, "kind", property(lambda self: self.form)),
        ),
    ),
)
