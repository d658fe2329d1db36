"""Checks over relationships that count under conditions: three answers, and which one wins."""

from collections.abc import Mapping

import pytest

from authz_core import (
    Allowed,
    Computed,
    Condition,
    Conferred,
    Decision,
    Denied,
    Direct,
    Exclusion,
    FromParent,
    Intersection,
    Model,
    Parameter,
    ParameterKind,
    ParameterType,
    Reason,
    Relationship,
    RelationshipCondition,
    Relationships,
    Restriction,
    Role,
    Situation,
    Union,
    check,
    parse_object,
    parse_subject,
    permitted,
)
from tests.authz_core.worlds import fact, holding

OPEN = Condition("open", (Parameter("on", ParameterType(ParameterKind.BOOL)),), "on")
USER, ON = Restriction("user"), Restriction("user", condition="open")
GROUP, GROUP_ON = Restriction("group", relation="member"), Restriction("group", relation="member", condition="open")
ANYONE_ON = Restriction("user", wildcard=True, condition="open")

MODEL = Model(
    types={
        "user": {},
        "group": {"member": Direct((USER, ON, GROUP)), "guest": Direct((USER, GROUP_ON))},
        "folder": {
            "parent": Direct((Restriction("folder"), Restriction("folder", condition="open"))),
            "viewer": Union((Direct((USER, ON, GROUP, GROUP_ON, ANYONE_ON)), FromParent("viewer", "parent"))),
            "visitor": Direct((Restriction("group", relation="guest"),)),
            "blocked": Direct((USER, ON)),
            "owner": Direct((USER, ON)),
            "reader": Exclusion(Computed("viewer"), Computed("blocked")),
            "keeper": Intersection((Computed("viewer"), Computed("owner"))),
            "parted": Union((Computed("keeper"), FromParent("parted", "parent"))),
            "open": Union((Conferred("open"), FromParent("open", "parent"))),
        },
    },
    roles={"opener": Role("opener", "folder", frozenset({"open"}))},
    holders=(USER, ON, GROUP_ON),
    delegable=frozenset({"folder"}),
    conditions={"open": OPEN},
)

MET, UNMET, ASKING = (RelationshipCondition("open", text) for text in ('{"on":true}', '{"on":false}', "{}"))
WRONG = RelationshipCondition("open", '{"off":true}')

YES = {"on": True}
NO = {"on": False}


def on(subject: str, relation: str, thing: str, condition: RelationshipCondition = ASKING) -> Relationship:
    """A relationship that counts under the condition."""
    return fact(subject, relation, thing)._replace(condition=condition)


def answer(stored: list[Relationship], question: str, context: Mapping[str, object] | None = None) -> Decision:
    """What is answered to `subject relation object`."""
    subject, relation, thing = question.split()
    facts = Situation(Relationships(stored), context=context or {})
    return check(MODEL, facts, parse_subject(subject), relation, parse_object(thing))


def outcome(stored: list[Relationship], question: str, context: Mapping[str, object] | None = None) -> str:
    """`yes`, or why not."""
    match answer(stored, question, context):
        case Allowed():
            return "yes"
        case Denied(reason):
            return reason.value


@pytest.mark.parametrize(
    "stored",
    [
        [on("user:anne", "viewer", "folder:a")],
        [on("user:*", "viewer", "folder:a")],
        [on("user:anne", "member", "group:x"), fact("group:x#member", "viewer", "folder:a")],
        [fact("user:anne", "member", "group:x"), on("group:x#member", "viewer", "folder:a")],
        [
            on("user:anne", "member", "group:y"),
            fact("group:y#member", "member", "group:x"),
            fact("group:x#member", "viewer", "folder:a"),
        ],
        [fact("user:anne", "viewer", "folder:b"), on("folder:b", "parent", "folder:a")],
    ],
    ids=["direct", "everyone", "member", "group", "group in group", "parent"],
)
def test_a_relationship_counts_as_its_condition_says(stored: list[Relationship]) -> None:
    """Wherever a condition stands, it lets the relationship count, or not, or leaves the question open."""
    question = "user:anne viewer folder:a"

    assert outcome(stored, question, YES) == "yes"
    assert outcome(stored, question, NO) == "not_held"
    assert outcome(stored, question) == "context_missing"
    assert outcome(stored, question, {"on": "perhaps"}) == "condition_failed"
    assert outcome(stored, "user:bob owner folder:a") == "not_held"


def test_what_stands_in_the_relationship_beats_the_question() -> None:
    """The context fixed when a relationship was written cannot be overridden by whoever asks."""
    assert outcome([on("user:anne", "viewer", "folder:a", UNMET)], "user:anne viewer folder:a", YES) == "not_held"
    assert outcome([on("user:anne", "viewer", "folder:a", MET)], "user:anne viewer folder:a", NO) == "yes"


@pytest.mark.parametrize(
    "stored",
    [
        [on("user:anne", "viewer", "folder:a", WRONG)],
        [on("user:anne", "viewer", "folder:a", RelationshipCondition("gone"))],
        [on("user:anne", "visitor", "folder:a", MET)],
        [on("user:anne", "opener", "folder:a", RelationshipCondition("gone"))],
        [fact("user:*", "viewer", "folder:a")],
    ],
    ids=["undeclared key", "unknown condition", "none allowed", "role", "condition required"],
)
def test_what_no_longer_fits_is_passed_over(stored: list[Relationship]) -> None:
    """A relationship whose condition does not fit the model does not count, and raises no trouble."""
    for relation in ("viewer", "visitor", "open", "reader"):
        assert outcome(stored, f"user:anne {relation} folder:a", YES) == "not_held"


def test_an_unknown_condition_is_not_looked_up_by_its_name_alone() -> None:
    """A restriction that names a condition which the model lacks lets nothing count."""
    model = Model(types={"user": {}, "doc": {"viewer": Direct((ON,))}})
    facts = Relationships([on("user:anne", "viewer", "doc:a", MET)])

    assert check(model, facts, parse_subject("user:anne"), "viewer", parse_object("doc:a")) == Denied(Reason.NOT_HELD)


def test_one_yes_is_enough() -> None:
    """Of several ways, one that is open decides, whatever cannot be worked out about the others."""
    stored = [
        on("user:anne", "viewer", "folder:a"),
        on("group:x#member", "viewer", "folder:a"),
        fact("folder:b", "parent", "folder:a"),
        fact("user:anne", "viewer", "folder:b"),
    ]

    assert outcome(stored, "user:anne viewer folder:a") == "yes"


def test_a_grant_to_others_leaves_the_question_open_too() -> None:
    """A group's grant that cannot be worked out is trouble, even if the subject is not in the group."""
    assert outcome([on("group:x#member", "viewer", "folder:a")], "user:anne viewer folder:a") == "context_missing"
    assert outcome([on("group:x#member", "viewer", "folder:a")], "user:anne viewer folder:a", YES) == "not_held"


def test_usersets_on_a_condition_are_looked_into_from_above() -> None:
    """Where groups contain groups on a condition, the condition of each is looked at, whoever asks."""
    stored = [
        fact("group:x#guest", "visitor", "folder:a"),
        on("group:y#member", "guest", "group:x"),
        on("user:anne", "member", "group:y", MET),
    ]

    assert outcome(stored, "user:anne visitor folder:a", YES) == "yes"
    assert outcome(stored, "user:anne visitor folder:a", NO) == "not_held"
    assert outcome(stored, "user:bob visitor folder:a") == "context_missing"


@pytest.mark.parametrize(
    ("viewer", "blocked", "expected"),
    [
        (MET, UNMET, "yes"),
        (MET, MET, "not_held"),
        (MET, ASKING, "context_missing"),
        (UNMET, ASKING, "not_held"),
        (ASKING, MET, "not_held"),
        (ASKING, UNMET, "context_missing"),
        (ASKING, ASKING, "context_missing"),
    ],
)
def test_an_exclusion_of_three_answers(
    viewer: RelationshipCondition, blocked: RelationshipCondition, expected: str
) -> None:
    """A base that is false or a subtracted side that is true decides; what is open otherwise stays open."""
    stored = [on("user:anne", "viewer", "folder:a", viewer), on("user:anne", "blocked", "folder:a", blocked)]

    assert outcome(stored, "user:anne reader folder:a") == expected


@pytest.mark.parametrize(
    ("viewer", "owner", "expected"),
    [
        (MET, MET, "yes"),
        (ASKING, UNMET, "not_held"),
        (UNMET, ASKING, "not_held"),
        (MET, ASKING, "context_missing"),
        (ASKING, MET, "context_missing"),
        (ASKING, ASKING, "context_missing"),
    ],
)
def test_an_intersection_of_three_answers(
    viewer: RelationshipCondition, owner: RelationshipCondition, expected: str
) -> None:
    """One operand that is false decides; else one that is open leaves the whole open."""
    stored = [on("user:anne", "viewer", "folder:a", viewer), on("user:anne", "owner", "folder:a", owner)]

    assert outcome(stored, "user:anne keeper folder:a") == expected


def test_an_open_question_above_stays_open_below() -> None:
    """What cannot be worked out on a parent is told of the child, and a yes elsewhere overrules it."""
    stored = [
        fact("folder:b", "parent", "folder:a"),
        on("user:anne", "viewer", "folder:b"),
        fact("user:anne", "owner", "folder:b"),
    ]

    assert outcome(stored, "user:anne parted folder:a") == "context_missing"
    assert outcome(stored, "user:anne parted folder:a", YES) == "yes"
    assert outcome([*stored, *both("folder:a")], "user:anne parted folder:a") == "yes"


def both(thing: str) -> list[Relationship]:
    """Anne as viewer and owner."""
    return [fact("user:anne", relation, thing) for relation in ("viewer", "owner")]


def test_the_smallest_trouble_is_told() -> None:
    """Which of several troubles is told does not depend on the order in which facts were stored."""
    stored = [
        on("user:anne", "viewer", "folder:a"),
        on("group:x#member", "viewer", "folder:a"),
        on("group:b#member", "viewer", "folder:a"),
        on("user:anne", "member", "group:z"),
        on("user:anne", "member", "group:q"),
        fact("group:z#member", "member", "group:both"),
        fact("group:q#member", "member", "group:both"),
        fact("group:both#member", "viewer", "folder:a"),
    ]

    told = {repr(answer(stored[turn:] + stored[:turn], "user:anne viewer folder:a")) for turn in range(len(stored))}

    assert told == {repr(answer(stored, "user:anne viewer folder:a"))}
    assert "group:b#member viewer folder:a" in told.pop()


def test_an_open_answer_is_remembered_as_open() -> None:
    """Where two ways lead to one goal that stays open, both are open, within one question."""
    stored = [
        *(fact(f"folder:{above}", "parent", "folder:a") for above in "bc"),
        *(fact("folder:d", "parent", f"folder:{below}") for below in "bc"),
        on("user:anne", "viewer", "folder:d"),
        fact("user:anne", "owner", "folder:a"),
    ]

    assert outcome(stored, "user:anne keeper folder:a") == "context_missing"
    assert outcome(stored, "user:anne parted folder:a") == "context_missing"
    assert outcome(stored, "user:anne keeper folder:a", YES) == "yes"


def test_roles_may_be_held_on_a_condition() -> None:
    """An assignment on a condition counts as its condition says, for a user and for a group."""
    alone = [on("user:anne", "opener", "folder:b"), fact("folder:b", "parent", "folder:a")]
    grouped = [on("group:x#member", "opener", "folder:a"), fact("user:anne", "member", "group:x")]

    for stored in (alone, grouped):
        assert outcome(stored, "user:anne open folder:a", YES) == "yes"
        assert outcome(stored, "user:anne open folder:a", NO) == "not_held"
        assert outcome(stored, "user:anne open folder:a") == "context_missing"


def test_a_set_of_relations_counts_what_is_open_as_not_permitted() -> None:
    """Asking for several relations at once leaves out those that cannot be worked out."""
    stored = Relationships([on("user:anne", "opener", "folder:a"), fact("user:anne", "owner", "folder:a")])
    anne, folder = parse_subject("user:anne"), parse_object("folder:a")
    among = frozenset({"open", "owner", "viewer"})

    assert permitted(MODEL, stored, anne, folder, among) == {"owner"}
    assert permitted(MODEL, Situation(stored, context=YES), anne, folder, among) == {"owner", "open"}


def test_a_bound_asks_the_conditions_on_its_way() -> None:
    """A bound reaches through a condition on a parent or a userset as the question's context says."""
    stored = Relationships(
        [
            on("folder:b", "parent", "folder:a"),
            on("folder:b#owner", "viewer", "folder:c"),
            fact("user:*", "viewer", "folder:a"),
        ]
    )
    bound = (holding("folder:b", "viewer"), "viewer", parse_object("folder:a"))

    assert isinstance(check(MODEL, Situation(stored, context=YES), *bound), Allowed)
    assert check(MODEL, Situation(stored, context=NO), *bound) == Denied(Reason.NOT_HELD)
    assert check(MODEL, stored, *bound) == Denied(
        Reason.CONTEXT_MISSING, "`folder:b parent folder:a`: condition `open` wants `on`"
    )


def test_the_proof_carries_the_conditions() -> None:
    """The relationships of a proof are named with their conditions, so that they alone give the same answer."""
    stored = [
        on("user:anne", "member", "group:x", MET),
        on("group:x#member", "viewer", "folder:b"),
        on("folder:b", "parent", "folder:a"),
    ]

    decision = answer(stored, "user:anne viewer folder:a", YES)

    assert isinstance(decision, Allowed)
    assert list(decision.path) == stored


def test_all_that_is_missing_is_named() -> None:
    """Why a question is open names every parameter that has no value."""
    parameters = tuple(Parameter(name, ParameterType(ParameterKind.BOOL)) for name in ("one", "other"))
    model = Model(
        types={"user": {}, "doc": {"viewer": Direct((Restriction("user", condition="pair"),))}},
        conditions={"pair": Condition("pair", parameters, "one && other")},
    )
    held = fact("user:anne", "viewer", "doc:a")._replace(condition=RelationshipCondition("pair"))

    assert check(model, Relationships([held]), held.subject, "viewer", held.object) == Denied(
        Reason.CONTEXT_MISSING, "`user:anne viewer doc:a`: condition `pair` wants `one`, `other`"
    )
