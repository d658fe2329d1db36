"""Lists over relationships that count on conditions, or that the question brings along."""

import pytest

from authz_core import (
    Computed,
    Condition,
    Direct,
    Exclusion,
    FromParent,
    Intersection,
    Limits,
    Model,
    Parameter,
    ParameterKind,
    ParameterType,
    Reason,
    Relationship,
    RelationshipCondition,
    Relationships,
    Restriction,
    Situation,
    Unanswerable,
    Union,
    list_objects,
    list_relations,
    list_subjects,
    parse_object,
    parse_subject,
    situation,
)
from tests.authz_core.worlds import fact, holding

USER, USER_ON = Restriction("user"), Restriction("user", condition="open")
GROUP, GROUP_ON = Restriction("group", relation="member"), Restriction("group", relation="member", condition="open")
ANYONE, ANYONE_ON = Restriction("user", wildcard=True), Restriction("user", wildcard=True, condition="open")

MODEL = Model(
    types={
        "user": {},
        "agent": {},
        "group": {"member": Direct((USER, USER_ON, GROUP)), "lead": Direct((USER,))},
        "folder": {
            "parent": Direct((Restriction("folder"), Restriction("folder", condition="open"))),
            "viewer": Union(
                (Direct((USER, USER_ON, GROUP, GROUP_ON, ANYONE, ANYONE_ON)), FromParent("viewer", "parent"))
            ),
            "blocked": Direct((USER, USER_ON)),
            "owner": Direct((USER,)),
            "reader": Exclusion(Computed("viewer"), Computed("blocked")),
            "both": Intersection((Computed("viewer"), Computed("owner"))),
        },
        "doc": {
            "parent": Direct((Restriction("folder"), Restriction("folder", condition="open"))),
            "reader": FromParent("reader", "parent"),
        },
    },
    delegable=frozenset({"folder"}),
    conditions={"open": Condition("open", (Parameter("on", ParameterType(ParameterKind.BOOL)),), "on")},
)


def lines(*texts: str) -> list[Relationship]:
    """Relationships written as `subject relation object`, with `?` behind those that count if it is open."""
    return [
        fact(*text.removesuffix("?").split())._replace(
            condition=RelationshipCondition("open") if text.endswith("?") else None
        )
        for text in texts
    ]


def told(*texts: str, on: object = None, contextual: tuple[str, ...] = (), hops: int | None = None) -> Situation:
    """The relationships, with what is asked along."""
    return situation(
        MODEL,
        Relationships(lines(*texts)),
        context={} if on is None else {"on": on},
        contextual=lines(*contextual),
        limits=Limits(hops=hops),
    )


def reached(facts: Situation, subject: str, relation: str = "viewer") -> tuple[str, ...]:
    """The folders that the subject reaches."""
    return list_objects(MODEL, facts, parse_subject(subject), relation, "folder").items


def reaching(facts: Situation, thing: str, *forms: str, relation: str = "viewer") -> tuple[str, ...]:
    """Those of the forms who reach the folder."""
    return list_subjects(MODEL, facts, relation, parse_object(thing), *forms or ("user",)).items


ALL_KINDS = (
    *("user:anne viewer folder:own?", "group:g#member viewer folder:group?", "user:anne member group:g?"),
    *("user:anne viewer folder:up", "folder:up parent folder:beneath?", "user:* viewer folder:public?"),
    "user:anne viewer folder:free",
)


def test_what_counts_is_listed_and_what_does_not_is_not() -> None:
    """A list holds what relationships lead to whose conditions are met, and nothing beyond those that are not."""
    free = ("folder:free", "folder:up")

    assert reached(told(*ALL_KINDS, on=True), "user:anne") == (
        *("folder:beneath", "folder:free", "folder:group", "folder:own", "folder:public", "folder:up"),
    )
    assert reached(told(*ALL_KINDS, on=False), "user:anne") == free


@pytest.mark.parametrize(("on", "reason"), [(None, Reason.CONTEXT_MISSING), ("no", Reason.CONDITION_FAILED)])
@pytest.mark.parametrize(
    "line",
    [
        "user:anne viewer folder:z?",
        "group:g#member viewer folder:z?",
        "user:* viewer folder:z?",
        "folder:up parent folder:z?",
    ],
)
def test_what_is_reached_and_not_known_fails_the_list(on: object, reason: Reason, line: str) -> None:
    """An object on which the answer hangs on a condition that cannot be evaluated is neither listed nor left out."""
    facts = told("user:anne viewer folder:a", "user:anne member group:g", "user:anne viewer folder:up", line, on=on)

    with pytest.raises(Unanswerable, match=line.removesuffix("?").replace("*", ".")) as error:
        reached(facts, "user:anne")
    assert error.value.reason is reason


def test_what_is_reached_another_way_is_known() -> None:
    """An object that is reached without a condition is listed, whatever the condition on another way to it."""
    facts = told("user:anne viewer folder:a", "group:g#member viewer folder:a?", "user:anne member group:g")

    assert reached(facts, "user:anne") == ("folder:a",)


def test_what_is_not_reached_cannot_fail_the_list() -> None:
    """A condition on what leads others to an object is none of the subject's concern."""
    facts = told("user:anne viewer folder:a", "group:g#member viewer folder:b?", "user:bob viewer folder:c?")

    assert reached(facts, "user:anne") == ("folder:a",)


def test_of_several_reasons_the_smallest_is_told() -> None:
    """It does not matter which of two objects was reached first: the same reason is told."""
    texts = ("user:anne viewer folder:b?", "user:anne viewer folder:a?")
    details = set()
    for stored in (texts, texts[::-1]):
        with pytest.raises(Unanswerable) as error:
            reached(told(*stored), "user:anne")
        details.add(error.value.detail)

    assert len(details) == 1
    assert "user:anne viewer folder:a" in details.pop()


def test_a_bound_is_listed_by_the_conditions_on_places() -> None:
    """What lies beneath a bound's object is within it if the condition on its place is met."""
    bound = holding("folder:up", "viewer")
    stored = ("folder:up parent folder:a?", "folder:up parent folder:b")

    assert list_objects(MODEL, told(*stored, on=True), bound, "viewer", "folder").items[0] == "folder:a"
    assert "folder:a" not in list_objects(MODEL, told(*stored, on=False), bound, "viewer", "folder").items
    with pytest.raises(Unanswerable, match="context_missing"):
        list_objects(MODEL, told(*stored), bound, "viewer", "folder")


def test_those_who_count_are_listed() -> None:
    """Those are listed whom relationships name whose conditions are met, and those in usersets that are named so."""
    stored = (*ALL_KINDS, "user:bob viewer folder:group", "user:carl viewer folder:beneath?")

    assert reaching(told(*stored, on=True), "folder:group") == ("user:anne", "user:bob")
    assert reaching(told(*stored, on=True), "folder:beneath") == ("user:anne", "user:carl")
    assert reaching(told(*stored, on=True), "folder:public") == ("user:*",)
    for thing, listed in (("folder:group", ("user:bob",)), ("folder:beneath", ()), ("folder:public", ())):
        assert reaching(told(*stored, on=False), thing) == listed


@pytest.mark.parametrize(
    ("line", "form"),
    [
        ("user:anne viewer folder:z?", "user"),
        ("user:* viewer folder:z?", "user"),
        ("group:empty#member viewer folder:z?", "user"),
        ("folder:up parent folder:z?", "user"),
        ("group:g#member viewer folder:z?", "group#member"),
        ("folder:up parent folder:z?", "group#member"),
    ],
)
def test_whoever_is_not_known_fails_the_list(line: str, form: str) -> None:
    """A list fails where it is not known of somebody named whether they belong to it, or who stands beneath."""
    with pytest.raises(Unanswerable, match="context_missing"):
        reaching(told("user:bob viewer folder:z", line), "folder:z", form)


def test_what_does_not_concern_those_asked_for_cannot_fail_the_list() -> None:
    """Conditions on the way to subjects of other forms do not matter, nor does another way to one who is listed."""
    stored = ("user:anne viewer folder:a?", "user:bob viewer folder:a", "user:bob blocked folder:a?")

    assert reaching(told(*stored, "group:g#member viewer folder:a?"), "folder:a", "agent", "group#lead") == ()
    assert reaching(told("user:anne viewer folder:a?", "user:anne owner folder:a"), "folder:a", relation="owner") == (
        "user:anne",
    )


def test_everyone_beside_a_member_of_what_is_not_known() -> None:
    """Beside everyone, a list fails for those who might be in by name, and only for them."""
    everyone = "user:* viewer folder:a"

    assert reaching(told(everyone, "user:anne blocked folder:a?"), "folder:a", relation="reader") == ("user:*",)
    for line in ("group:g#member viewer folder:a?", "user:anne viewer folder:a?"):
        with pytest.raises(Unanswerable, match="context_missing"):
            reaching(told(everyone, line, "user:anne member group:g"), "folder:a")
    with pytest.raises(Unanswerable, match="context_missing"):
        reaching(
            told(everyone, "user:anne viewer folder:a", "user:anne blocked folder:a?"), "folder:a", relation="reader"
        )
    with pytest.raises(Unanswerable, match="context_missing"):
        reaching(
            told(everyone, "user:anne viewer folder:a?", "user:anne blocked folder:a?"), "folder:a", relation="reader"
        )


@pytest.mark.parametrize(
    ("stored", "when_on"),
    [
        (("user:anne viewer folder:f", "user:anne blocked folder:f?", "folder:f parent doc:a"), ()),
        (("user:anne viewer folder:f", "folder:f parent doc:a?"), ("doc:a",)),
        (("user:anne viewer folder:f?", "folder:f parent doc:a"), ("doc:a",)),
    ],
)
def test_what_lies_beneath_what_is_not_known_is_not_known(stored: tuple[str, ...], when_on: tuple[str, ...]) -> None:
    """A document is listed only if its folder is known to be read and the document to lie in it."""
    anne = parse_subject("user:anne")

    assert list_objects(MODEL, told(*stored, on=True), anne, "reader", "doc").items == when_on
    with pytest.raises(Unanswerable, match="context_missing"):
        list_objects(MODEL, told(*stored), anne, "reader", "doc")
    with pytest.raises(Unanswerable, match="context_missing"):
        list_subjects(MODEL, told(*stored), "reader", parse_object("doc:a"), "user")


def test_an_operand_that_is_not_met_decides() -> None:
    """Where one operand does not hold, it does not matter that the other is not known."""
    facts = told("user:anne viewer folder:a?", "user:bob owner folder:a", "user:bob viewer folder:a")

    assert reached(facts, "user:anne", "both") == ()
    assert reaching(facts, "folder:a", relation="both") == ("user:bob",)


def test_what_the_question_brings_along_counts() -> None:
    """Contextual relationships lead to objects and to subjects like stored ones."""
    facts = told("group:g#member viewer folder:a", contextual=("user:anne member group:g", "folder:a parent folder:b"))

    assert reached(facts, "user:anne") == ("folder:a", "folder:b")
    assert reaching(facts, "folder:b", "user", "group#member") == ("group:g#member", "user:anne")


def test_what_the_question_brings_along_takes_the_place_of_what_is_stored() -> None:
    """A contextual relationship with another condition is looked up for the subject in place of the stored one."""
    line = "user:anne viewer folder:a"

    for stored, contextual in ((line, f"{line}?"), (f"{line}?", line)):
        listed = ("folder:a",) if contextual == line else ()
        facts = told(stored, contextual=(contextual,), on=False)
        assert reached(facts, "user:anne") == listed
        assert reaching(facts, "folder:a") == (("user:anne",) if listed else ())


def test_what_is_too_far_away_is_not_left_out() -> None:
    """Where hops are limited, a list that goes beyond fails, and one that stays within is told."""
    stored = ("user:anne viewer folder:a", "folder:a parent folder:b", "folder:b parent folder:c")

    assert reached(told(*stored, hops=2), "user:anne") == ("folder:a", "folder:b", "folder:c")
    assert reaching(told(*stored, hops=2), "folder:c") == ("user:anne",)
    with pytest.raises(Unanswerable, match="too_complex: more than 1 hops"):
        reached(told(*stored, hops=1), "user:anne")
    with pytest.raises(Unanswerable, match="too_complex: more than 1 hops"):
        reaching(told(*stored, hops=1), "folder:c")


def test_relations_that_are_not_known_fail_the_list() -> None:
    """The relations on an object are told if all of them are known."""
    stored = told("user:anne viewer folder:a", "user:anne blocked folder:a?")
    anne, thing = parse_subject("user:anne"), parse_object("folder:a")

    with pytest.raises(Unanswerable, match="context_missing: `user:anne blocked folder:a`"):
        list_relations(MODEL, stored, anne, thing)
    assert list_relations(MODEL, told("user:anne viewer folder:a"), anne, thing).items == ("reader", "viewer")


def test_what_the_question_brings_along_again_hides_no_other_relation() -> None:
    """Beside a stored relationship that the question brings along too, the subject's others on that object count."""
    stored = ("user:anne viewer folder:a", "user:anne owner folder:a", "user:anne blocked folder:a")

    for again in stored:
        facts = told(*stored, contextual=(again,))
        assert [reached(facts, "user:anne", each) for each in ("viewer", "owner", "blocked")] == [("folder:a",)] * 3


def test_a_stranger_beside_everyone_may_not_be_known() -> None:
    """Where everyone has it, and it is not known whether a stranger would without the wildcard, the list fails."""
    facts = told("user:* viewer folder:a", "group:g#member viewer folder:a?")

    with pytest.raises(Unanswerable, match="context_missing: `group:g#member viewer folder:a`"):
        reaching(facts, "folder:a")


def test_a_parent_of_another_type_hides_none() -> None:
    """Beside a parent that does not fit the model, those who reach the object through the next one are listed."""
    odd, fitting = "doc:x parent folder:a", "folder:b parent folder:a"

    for stored in ((odd, fitting), (fitting, odd)):
        assert reaching(told(*stored, "user:anne viewer folder:b"), "folder:a") == ("user:anne",)
