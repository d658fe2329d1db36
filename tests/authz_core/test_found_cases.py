"""Where the engine and its twin once differed, each case cut down to what it takes."""

import pytest

from authz_core import (
    Allowed,
    Computed,
    Conferred,
    Decision,
    Denied,
    Direct,
    FromParent,
    Model,
    Reason,
    Relationship,
    RelationshipCondition,
    Relationships,
    Restriction,
    Role,
    Union,
    check,
    list_relations,
    list_subjects,
    parse_object,
    parse_subject,
    situation,
)
from tests.authz_core.meanings import CONDITIONS
from tests.authz_core.worlds import fact

USER = Restriction("user")
NAMED = RelationshipCondition("named")


def named(*entries: Restriction) -> tuple[Restriction, ...]:
    """Restrictions that permit each entry without a condition and with one."""
    return tuple(each for one in entries for each in (one, Restriction(one.type, one.relation, one.wildcard, "named")))


MODEL = Model(
    types={
        "user": {},
        "robot": {},
        "group": {"member": Direct((USER, Restriction("group", relation="member")))},
        "doc": {
            "parent": Direct((Restriction("doc"),)),
            "shared": Direct(named(Restriction("user", wildcard=True), Restriction("group", relation="member"))),
            "edit": Union((Conferred("edit"), FromParent("edit", "parent"))),
            "seen": Union((Direct((Restriction("robot"),)), Computed("edit"))),
        },
    },
    roles={"editor": Role("editor", "doc", frozenset({"edit"}))},
    holders=(USER, *named(Restriction("group", relation="member"))),
    conditions={"named": CONDITIONS["named"]},
)


def asked(question: str, stored: tuple[str, ...], contextual: tuple[str, ...] = ()) -> Decision:
    """The answer to `subject relation object`; relationships that end with the word `named` are on that condition."""
    facts = situation(MODEL, Relationships(map(told, stored)), contextual=map(told, contextual))
    subject, relation, thing = question.split()
    return check(MODEL, facts, parse_subject(subject), relation, parse_object(thing))


def told(line: str) -> Relationship:
    """A relationship from its texts."""
    return fact(*line.split()[:3])._replace(condition=NAMED if line.endswith(" named") else None)


@pytest.mark.parametrize("subject", ["doc:b", "robot:r", "user:*", "doc:b#parent"])
def test_conditions_are_not_looked_at_where_no_route_leads(subject: str) -> None:
    """Where the model leads from no subject of this kind to the relation, the answer is no whatever cannot be told."""
    assert asked(f"{subject} edit doc:a", ("group:g#member editor doc:a named",)) == Denied(Reason.NOT_HELD)


def test_conditions_are_not_looked_at_in_a_computed_relation_without_a_route() -> None:
    """A route is wanted to each relation that another one is computed from, and not to their union alone."""
    assert asked("robot:r seen doc:a", ("group:g#member editor doc:a named",)) == Denied(Reason.NOT_HELD)


@pytest.mark.parametrize("subject", ["user:*", "user:a", "group:g#member", "user:b"])
def test_everyone_and_usersets_are_not_taken_the_place_of(subject: str) -> None:
    """A relationship of a userset or wildcard counts beside the same one that the question brings on a condition."""
    stored = ("user:* shared doc:a", "group:g#member shared doc:a", "user:b member group:g")
    contextual = ("user:* shared doc:a named", "group:g#member shared doc:a named")

    assert isinstance(asked(f"{subject} shared doc:a", stored, contextual), Allowed)


def test_everyone_is_listed_where_a_single_question_allows_it() -> None:
    """A wildcard that the question brings again on a condition is still listed, and so is the relation for it."""
    stored, again = Relationships([told("user:* shared doc:a")]), told("user:* shared doc:a named")
    facts = situation(MODEL, stored, contextual=[again])
    thing = parse_object("doc:a")

    assert list_subjects(MODEL, facts, "shared", thing, "user").items == ("user:*",)
    assert list_relations(MODEL, facts, parse_subject("user:*"), thing).items == ("shared",)
