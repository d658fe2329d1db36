"""The closest miss of what is denied: what somebody could change, and how the question would then be allowed."""

import pytest

from authz_core import (
    ChangeKind,
    Conferred,
    Denied,
    Explanation,
    Limits,
    Miss,
    MissKind,
    Model,
    Reason,
    Relationship,
    RelationshipCondition,
    Relationships,
    Restriction,
    Role,
    StepKind,
    explain,
    load_model,
    parse_object,
    parse_subject,
    situation,
)
from tests.authz_core.explanation.documents import OFFICE, lines, until, why
from tests.authz_core.test_rbac import APOLLO, SAAS
from tests.authz_core.worlds import fact, holding


def missed(explanation: Explanation) -> Miss:
    """The miss of what is denied."""
    assert isinstance(explanation.decision, Denied)
    assert isinstance(explanation.reason, Miss)
    return explanation.reason


def advice(explanation: Explanation) -> list[str]:
    """The changes, as lines."""
    return [
        f"{change.kind} " + (" ".join(change.relationship.key) if change.relationship else change.relation)
        for change in missed(explanation).changes
    ]


def test_a_condition_that_is_not_met_comes_first() -> None:
    """A relationship that is there, whose condition is not met, is closer at hand than one that is missing."""
    explanation = why([until(17, "user:ann viewer doc:a")], "user:ann", "viewer", hour=19)

    assert missed(explanation).kind is MissKind.CONDITION
    assert advice(explanation) == ["meet user:ann viewer doc:a"]
    assert missed(explanation).changes[0].detail == "condition `in_office` is not met with hour = 19, until = 17"


def test_a_condition_without_its_values_names_them() -> None:
    """Where a parameter has no value, the miss names the relationship and the parameter."""
    explanation = why([until(17, "user:ann viewer doc:a")], "user:ann", "viewer")

    assert explanation.decision.reason is Reason.CONTEXT_MISSING  # type: ignore[union-attr]  # it is denied
    assert advice(explanation) == ["meet user:ann viewer doc:a"]
    assert missed(explanation).changes[0].detail == "condition `in_office` wants `hour`"


def test_a_condition_on_the_way_counts_like_one_at_the_end() -> None:
    """The condition of a parent or of a group may be the one that is missed."""
    parent = [until(12, "folder:f parent doc:a"), *lines("user:ann viewer folder:f")]
    group = [until(12, "group:g#member viewer doc:a"), *lines("user:ann member group:g")]

    assert advice(why(parent, "user:ann", "viewer", hour=13)) == ["meet folder:f parent doc:a"]
    assert advice(why(group, "user:ann", "viewer", hour=13)) == ["meet group:g#member viewer doc:a"]


def test_what_takes_away_is_named() -> None:
    """Who is granted something and excluded again learns which relationship excludes."""
    stored = lines("user:ann viewer doc:a", "user:ann blocked doc:a")
    explanation = why(stored, "user:ann", "reader")

    assert missed(explanation).kind is MissKind.EXCLUDED
    assert advice(explanation) == ["remove user:ann blocked doc:a"]


def test_what_takes_away_is_looked_for_nearest_first() -> None:
    """Of a group that is blocked and a membership in it, the one on the object itself is named."""
    stored = lines("user:ann viewer doc:a", "group:g#member blocked doc:a", "user:ann member group:g")

    assert advice(why(stored, "user:ann", "reader")) == ["remove group:g#member blocked doc:a"]


def test_several_reasons_to_take_away_are_named_together() -> None:
    """Where no single relationship is to blame, one of each reason is named, and all would have to go."""
    stored = lines(
        *("user:ann viewer doc:a", "user:ann blocked doc:a", "group:g#member blocked doc:a", "user:ann member group:g"),
    )

    assert advice(why(stored, "user:ann", "reader")) == [
        "remove user:ann blocked doc:a",
        "remove group:g#member blocked doc:a",
    ]


def test_more_reasons_than_are_named_give_no_advice() -> None:
    """Beyond a few reasons the miss says what excludes, and no more."""
    groups = [f"group:g{number}" for number in range(9)]
    stored = lines(
        "user:ann viewer doc:a",
        *(f"{group}#member blocked doc:a" for group in groups),
        *(f"user:ann member {group}" for group in groups),
    )
    explanation = why(stored, "user:ann", "reader")

    assert missed(explanation) == Miss(MissKind.EXCLUDED, steps=missed(explanation).steps, known=("blocked",))
    assert missed(explanation).steps


def test_what_may_take_away_must_be_known_not_to() -> None:
    """A subtracted relationship whose condition cannot be evaluated would have to be evaluated."""
    explanation = why([*lines("user:ann viewer doc:a"), until(9, "user:ann blocked doc:a")], "user:ann", "reader")

    assert missed(explanation).kind is MissKind.CONDITION
    assert advice(explanation) == ["fail user:ann blocked doc:a"]


def test_what_may_take_away_is_found_behind_a_group() -> None:
    """The relationship that cannot be evaluated may lie anywhere beneath the subtracted side."""
    stored = [*lines("user:ann viewer doc:a", "group:g#member blocked doc:a"), until(9, "user:ann member group:g")]

    assert advice(why(stored, "user:ann", "reader")) == ["fail user:ann member group:g"]


def test_a_role_that_lacks_the_permission_is_named_with_those_that_contain_it() -> None:
    """Who holds a role learns that it lacks the permission, and which roles would do in its place."""
    stored = lines(*APOLLO, "user:ann project-viewer project:apollo")
    explanation = why(stored, "user:ann", "project:edit", "project:apollo", model=SAAS)
    change = missed(explanation).changes[0]

    assert missed(explanation).kind is MissKind.ROLE
    assert (change.kind, change.relation, change.detail) == (ChangeKind.CONTAIN, "project-viewer", "project:edit")
    assert change.relationship == fact("user:ann", "project-viewer", "project:apollo")
    assert change.instead == ("project-editor",)


def test_the_holders_of_a_role_as_such_hold_no_other() -> None:
    """Asked about all who hold a role, what the role lacks is told, and no other role in its place."""
    roles = (Role("opener", "folder", frozenset({"open"})), Role("guest", "folder", frozenset()))
    model = Model(
        types={"user": {}, "folder": {"open": Conferred("open")}},
        roles={role.slug: role for role in roles},
        holders=(Restriction("user"),),
    )
    change = missed(why(lines("user:ann guest folder:a"), "folder:a#guest", "open", "folder:a", model=model)).changes[0]

    assert (change.kind, change.relation, change.detail) == (ChangeKind.CONTAIN, "guest", "open")
    assert (change.relationship, change.instead) == (None, ())


def test_a_role_is_missed_on_what_lies_above() -> None:
    """A role held above the object that lacks the permission is as close as one held on it."""
    stored = lines(*APOLLO, "group:g#member project-viewer project:apollo", "user:ann member group:g")
    explanation = why(stored, "user:ann", "app:edit", "app:shop", model=SAAS)

    assert advice(explanation) == ["contain group:g#member project-viewer project:apollo"]
    assert missed(explanation).changes[0].instead == ("project-editor",)


def test_a_bound_learns_which_roles_would_do() -> None:
    """For an imaginary holder of a role that lacks the permission, other roles are tried in the same place."""
    explanation = why(lines(*APOLLO), holding("project:apollo", "project-viewer"), "app:edit", "app:shop", model=SAAS)

    assert advice(explanation) == ["contain project-viewer"]
    assert missed(explanation).changes[0].instead == ("project-editor",)


def test_one_missing_relationship_is_named_on_the_object_itself() -> None:
    """Where nothing is held, the nearest relationship that would do is named: on the object before its parents."""
    stored = lines("folder:f parent doc:a", "group:g#member viewer doc:a")

    assert advice(why(stored, "user:ann", "viewer")) == ["add user:ann viewer doc:a"]


def test_the_smallest_role_that_would_do_is_missing() -> None:
    """Where no role is held, the one that contains the least is advised."""
    stored = lines(*APOLLO)

    assert advice(why(stored, "user:ann", "project:view", "project:apollo", model=SAAS)) == [
        "add user:ann project-viewer project:apollo"
    ]


def test_a_role_that_does_not_help_is_not_advised() -> None:
    """Where no role contains what is asked for, none that somebody else holds is advised."""
    stored = lines(*APOLLO, "user:bob project-viewer project:apollo")

    assert why(stored, "user:ann", "secret:read", "project:apollo", model=SAAS).reason == Miss(MissKind.NOTHING)


def test_membership_is_missing_where_only_groups_are_named() -> None:
    """Where the subject itself may not be named, membership in a group that is named would do."""
    assert advice(why(lines("group:g#member crew doc:a"), "user:ann", "crew")) == ["add user:ann member group:g"]


def test_the_group_of_the_subject_may_be_named() -> None:
    """Where only groups may be named and none is, one that the subject is in already would do."""
    stored = lines("user:ann member group:g", "group:h#member crew doc:b")

    assert advice(why(stored, "user:ann", "crew")) == ["add group:g#member crew doc:a"]


def test_what_may_be_held_on_a_condition_only_is_advised_with_it() -> None:
    """The relationship that is missing carries the condition without which it could not be stored."""
    model = load_model("""
model
  schema 1.1
type user
type doc
  relations
    define viewer: [user with in_office]
condition in_office(hour: int) {
  hour < 17
}
""")
    explanation = why([], "user:ann", "viewer", model=model)

    assert missed(explanation).changes[0].relationship == fact("user:ann", "viewer", "doc:a")._replace(
        condition=RelationshipCondition("in_office")
    )


def test_the_operand_that_fails_is_named() -> None:
    """Of an intersection the operand that fails is named, with what would make it hold."""
    explanation = why(lines("user:ann viewer doc:a"), "user:ann", "publisher")

    assert missed(explanation).kind is MissKind.OPERAND
    assert missed(explanation).known == ("approver",)
    assert advice(explanation) == ["add user:ann approver doc:a"]


def test_all_operands_that_fail_want_something() -> None:
    """Where every operand fails, what each lacks is named, and no operand is blamed more than another."""
    explanation = why([], "user:ann", "publisher")

    assert missed(explanation).kind is MissKind.MISSING
    assert advice(explanation) == ["add user:ann viewer doc:a", "add user:ann approver doc:a"]


def test_one_change_that_serves_two_operands_is_preferred() -> None:
    """A single relationship that makes both operands hold is advised before two that make one hold each."""
    model = load_model("""
model
  schema 1.1
type user
type group
  relations
    define member: [user]
type doc
  relations
    define viewer: [group#member]
    define approver: [group#member]
    define publisher: viewer and approver
""")
    stored = lines(
        *("group:g#member viewer doc:a", "group:h#member approver doc:a"),
        *("group:z#member viewer doc:a", "group:z#member approver doc:a"),
    )

    assert advice(why(stored, "user:ann", "publisher", model=model)) == ["add user:ann member group:z"]


def test_a_bound_lacks_what_it_does_not_hold() -> None:
    """For an imaginary holder, what it would have to hold besides is named."""
    model = Model(OFFICE.types, delegable=frozenset({"doc"}), conditions=OFFICE.conditions)
    explanation = why([], holding("doc:a", "viewer"), "publisher", model=model)

    assert missed(explanation).kind is MissKind.OPERAND
    assert advice(explanation) == ["hold approver"]


def test_what_the_advice_would_bring_about_is_shown() -> None:
    """The miss carries the proof that there would be; what rests on a change is supposed."""
    steps = missed(why(lines("user:ann viewer doc:a"), "user:ann", "publisher")).steps

    assert [step.supposed for step in steps if step.kind is StepKind.DIRECT] == [False, True]


@pytest.mark.parametrize(
    ("subject", "relation", "thing", "known"),
    [
        ("user:ann", "viewer", "ghost:a", ("agent", "doc", "folder", "group", "user")),
        ("user:ann", "ghost", "group:a", ("member",)),
        ("ghost:ann", "viewer", "doc:a", ("agent", "doc", "folder", "group", "user")),
        ("group:g#ghost", "viewer", "doc:a", ("member",)),
    ],
)
def test_an_unknown_name_is_answered_with_the_known_ones(
    subject: str, relation: str, thing: str, known: tuple[str, ...]
) -> None:
    """Who asks for what the model does not have learns what it has in its place."""
    assert missed(why([], subject, relation, thing)) == Miss(MissKind.UNKNOWN, known=known)


def test_what_no_bound_lets_through_is_said_to_be_so() -> None:
    """A type that is not delegable and a permission of administration are named as such."""
    assert missed(why([], holding("group:g", "member"), "viewer")).kind is MissKind.NOT_DELEGABLE
    administrative = why(
        lines(*APOLLO), holding("organization:o", "viewer"), "billing:view", "organization:o", model=SAAS
    )
    assert missed(administrative).kind is MissKind.ADMINISTRATIVE


def test_what_nobody_of_the_kind_may_hold_has_no_remedy() -> None:
    """Where no change would do, none is named."""
    assert missed(why([], "agent:a", "viewer")) == Miss(MissKind.NOTHING)


def test_advice_that_would_not_help_is_not_given() -> None:
    """A change that is taken away again by what it brings about is passed over for one that does help."""
    model = load_model("""
model
  schema 1.1
type user
type doc
  relations
    define viewer: [user]
    define excused: [user]
    define reader: viewer but not (viewer but not excused)
""")

    assert missed(why([], "user:ann", "reader", model=model)) == Miss(MissKind.NOTHING)


def test_a_circle_is_told_from_what_is_missing() -> None:
    """What is denied because the answer hangs on itself is said to be circular, and nothing is advised."""
    model = load_model("""
model
  schema 1.1
type user
type folder
  relations
    define parent: [folder]
    define viewer: [user]
    define hidden: [user] or hidden from parent
    define reader: viewer but not hidden
""")
    stored = lines("user:ann viewer folder:f", "folder:g parent folder:f", "folder:f parent folder:g")
    explanation = why(stored, "user:ann", "reader", "folder:f", model=model)

    assert missed(explanation).kind is MissKind.CIRCULAR
    assert not missed(explanation).changes


def test_a_contextual_relationship_is_judged_in_place_of_the_stored_one() -> None:
    """What the question brings along takes the place of what is stored, and is what the miss names."""
    brought: Relationship = until(7, "user:ann viewer doc:a")
    facts = situation(
        OFFICE, Relationships([until(17, "user:ann viewer doc:a")]), context={"hour": 9}, contextual=[brought]
    )
    explanation = explain(OFFICE, facts, parse_subject("user:ann"), "viewer", parse_object("doc:a"))

    assert missed(explanation).changes[0].relationship == brought


def test_a_question_that_is_too_complex_is_said_to_be() -> None:
    """Where the limit denies, nothing else is claimed."""
    facts = situation(OFFICE, Relationships(lines("group:g#member viewer doc:a")), limits=Limits(steps=0))
    explanation = explain(OFFICE, facts, parse_subject("user:ann"), "publisher", parse_object("doc:a"))

    assert missed(explanation) == Miss(MissKind.TOO_COMPLEX)


def test_to_ask_what_would_help_changes_nothing() -> None:
    """The facts are the same afterwards, in the same order, whatever was tried."""
    told = [until(7, "user:ann viewer doc:a"), *lines("user:ann blocked doc:a", "user:ann member group:g")]
    stored = Relationships(told)
    facts = situation(OFFICE, stored, context={"hour": 9})
    explain(OFFICE, facts, parse_subject("user:ann"), "reader", parse_object("doc:a"))

    assert list(stored) == list(Relationships(told))
    assert len(facts.contextual) == 0
