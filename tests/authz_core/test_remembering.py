"""What was found out earlier within a question serves again: with the same outcome, and for less work."""

import pytest

from authz_core import (
    Allowed,
    Computed,
    Condition,
    Decision,
    Denied,
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
    Union,
    check,
    parse_object,
    parse_subject,
    situation,
)
from tests.authz_core.worlds import fact

GIVEN = Condition("given", (Parameter("on", ParameterType(ParameterKind.BOOL)),), "on")
USER, GIVEN_USER = Restriction("user"), Restriction("user", condition="given")
MEMBER, GIVEN_MEMBER = (
    Restriction("group", relation="member"),
    Restriction("group", relation="member", condition="given"),
)
GIVEN_ROBOTS = Restriction("fleet", relation="member", condition="given")

MODEL = Model(
    types={
        "user": {},
        "robot": {},
        "fleet": {"member": Direct((Restriction("robot"),))},
        "group": {"member": Direct((USER, GIVEN_USER, MEMBER))},
        "folder": {
            "parent": Direct((Restriction("folder"),)),
            "a": Union((Direct((USER, GIVEN_USER, MEMBER)), FromParent("a", "parent"))),
            "b": Direct((USER, GIVEN_USER)),
            "c": Direct((USER,)),
            "granted": Direct((GIVEN_MEMBER, MEMBER)),
            "kept": Union((Exclusion(Computed("a"), Computed("b")), FromParent("kept", "parent"))),
            "either": Union(
                (Intersection((Computed("a"), Computed("b"))), Intersection((Computed("a"), Computed("c"))))
            ),
            "both": Intersection((Computed("a"), Computed("b"))),
            "twice": Union(
                (Direct((USER,)), Intersection((FromParent("twice", "parent"), FromParent("twice", "parent"))))
            ),
            "shut": Union((Computed("c"), FromParent("shut", "way"))),
            "way": Direct((Restriction("folder"), Restriction("folder", condition="given"))),
            "open": Exclusion(Computed("a"), Computed("shut")),
            "overlap": Exclusion(Computed("a"), Intersection((Computed("shut"), Computed("a")))),
            "without": Exclusion(Computed("a"), Exclusion(Computed("shut"), Computed("b"))),
            "robots": Direct((GIVEN_ROBOTS,)),
            "shown": Union((Direct((USER,)), Computed("robots"))),
            "carried": FromParent("robots", "way"),
            "brought": FromParent("a", "parent"),
            "aboard": Union((Computed("carried"), Computed("brought"))),
            "partly": Union((Computed("a"), Intersection((Computed("b"), Computed("c"))))),
            "halves": Union(
                (
                    Intersection((Computed("partly"), Computed("granted"))),
                    Exclusion(Computed("c"), Computed("partly")),
                )
            ),
            "mixed": Union(
                (Intersection((Computed("b"), Computed("c"))), Computed("shut"), FromParent("mixed", "parent"))
            ),
            "unmixed": Exclusion(Computed("a"), Computed("mixed")),
            **{name: Direct((Restriction("folder"),)) for name in ("first", "second", "third")},
            "ring": Union(
                (
                    Intersection((FromParent("ring", "parent"), Computed("c"))),
                    Intersection((Computed("b"), Computed("c"))),
                )
            ),
            "rings": Intersection(tuple(FromParent("ring", name) for name in ("first", "second", "third"))),
            "above": Union((FromParent("both", "parent"), Intersection((Computed("a"), Computed("c"))))),
        },
    },
    conditions={"given": GIVEN},
)

ASKING, UNMET = RelationshipCondition("given"), RelationshipCondition("given", '{"on":false}')


def answer(stored: list[Relationship], relation: str, limits: Limits | None = None) -> Decision:
    """What is answered about Anne and the first folder."""
    facts = situation(MODEL, Relationships(stored), limits=limits or Limits())
    return check(MODEL, facts, parse_subject("user:anne"), relation, parse_object("folder:0"))


def given(subject: str, relation: str, thing: str, condition: RelationshipCondition = ASKING) -> Relationship:
    """A relationship on the condition."""
    return fact(subject, relation, thing)._replace(condition=condition)


def chain(length: int, *strides: int) -> list[Relationship]:
    """Folders, each beneath those so many places further on."""
    return [
        fact(f"folder:{number + stride}", "parent", f"folder:{number}")
        for number in range(length)
        for stride in strides
    ]


def test_what_is_unknown_once_is_unknown_twice() -> None:
    """What could not be worked out where it did not matter is no less unknown where it does."""
    decision = answer([given("user:anne", "a", "folder:0"), fact("user:anne", "c", "folder:0")], "either")

    assert decision == Denied(Reason.CONTEXT_MISSING, "`user:anne a folder:0`: condition `given` wants `on`")


def test_what_is_unknown_where_it_adds_is_unknown_where_it_takes_away() -> None:
    """A relation that could not be worked out in one part of a definition takes away in another one."""
    stored = [given("user:anne", "a", "folder:0"), fact("user:anne", "c", "folder:0")]

    assert answer(stored, "halves") == Denied(
        Reason.CONTEXT_MISSING, "`user:anne a folder:0`: condition `given` wants `on`"
    )


def test_what_is_unknown_above_is_unknown_below() -> None:
    """A walk that comes to where another one ended in doubt ends in doubt, too."""
    stored = [*chain(1, 1), given("user:anne", "a", "folder:1"), fact("user:anne", "c", "folder:0")]

    assert answer(stored, "above") == Denied(
        Reason.CONTEXT_MISSING, "`user:anne a folder:1`: condition `given` wants `on`"
    )


def test_many_ways_to_the_same_place_are_one() -> None:
    """Where hops are not limited, a folder is looked at once, however many ways of different lengths lead to it."""
    stored = chain(600, 1, 2)

    assert answer(stored, "kept") == Denied(Reason.NOT_HELD)
    assert answer([*stored, fact("user:anne", "a", "folder:600")], "kept").__class__ is Allowed


@pytest.mark.parametrize(("memberships", "relation"), [(14, "a"), (14, "kept")])
def test_few_holders_cost_no_more_than_one(memberships: int, relation: str) -> None:
    """Fewer than sixteen holders are looked up in the time of a single step."""
    groups = [f"group:{number}" for number in range(memberships)]
    belongs = [fact("user:anne", "member", group) for group in groups]
    holds = [fact(f"{group}#member", "a", "folder:elsewhere") for group in groups]
    alone = [fact("user:anne", "a", "folder:elsewhere")]

    assert steps(alone, relation) == steps([*belongs, *holds, *alone], relation)


def test_many_holders_cost_more() -> None:
    """Every sixteen holders are looked up in the time of one more step, at each place anew."""
    groups = [f"group:{number}" for number in range(160)]
    belongs = [fact("user:anne", "member", group) for group in groups]
    holds = [fact(f"{group}#member", "a", "folder:elsewhere") for group in groups]

    assert steps([*belongs, *holds], "a") == steps([], "a") + 10 * (LENGTH + 1)


LENGTH = 100
"""How many folders are walked through where steps are counted, more than the short cut climbs."""


def steps(stored: list[Relationship], relation: str) -> int:
    """The fewest steps within which the answer is found."""
    least, most = 0, 50_000
    while least < most:
        middle = (least + most) // 2
        decision = answer([*stored, *chain(LENGTH, 1)], relation, Limits(steps=middle))
        if isinstance(decision, Denied) and decision.reason is Reason.TOO_COMPLEX:
            least = middle + 1
        else:
            most = middle
    return least


def test_a_doubtful_holder_hides_no_other() -> None:
    """A relationship of which it is not known whether it counts does not keep the next one from counting."""
    stored = [
        given("user:anne", "a", "folder:0"),
        fact("user:anne", "member", "group:x"),
        fact("group:x#member", "a", "folder:0"),
    ]

    assert isinstance(answer(stored, "a"), Allowed)


def test_doubtful_members_of_what_does_not_count_raise_no_doubt() -> None:
    """It does not matter whether the subject is in a group, when what the group was granted does not count."""
    stored = [given("user:anne", "member", "group:x"), given("group:x#member", "granted", "folder:0", UNMET)]

    assert answer(stored, "granted") == Denied(Reason.NOT_HELD)


def test_a_shared_proof_is_put_together_once() -> None:
    """A proof in which each level needs the next one twice is told at once, and names each relationship once."""
    stored = [*chain(200, 1), fact("user:anne", "twice", "folder:200")]
    decision = answer(stored, "twice")

    assert isinstance(decision, Allowed)
    assert sorted(decision.path) == sorted(stored)


def test_doubts_in_a_circle_end() -> None:
    """Groups in a circle, of which it is not known whether the subject is in them, leave the question open."""
    stored = [
        given("user:anne", "member", "group:x"),
        fact("group:x#member", "member", "group:y"),
        fact("group:y#member", "member", "group:x"),
        fact("group:y#member", "a", "folder:0"),
    ]

    assert answer(stored, "a") == Denied(
        Reason.CONTEXT_MISSING, "`user:anne member group:x`: condition `given` wants `on`"
    )


def test_what_is_certain_ends_no_doubt() -> None:
    """A group that may contain the subject is looked at to its end, though it lies in one that certainly does."""
    stored = [
        fact("user:anne", "member", "group:certain"),
        given("user:anne", "member", "group:x"),
        fact("group:x#member", "member", "group:certain"),
        fact("group:x#member", "member", "group:y"),
        fact("group:y#member", "a", "folder:0"),
    ]

    assert answer(stored, "a") == Denied(
        Reason.CONTEXT_MISSING, "`user:anne member group:x`: condition `given` wants `on`"
    )


def test_a_circle_behind_a_doubt_is_none() -> None:
    """Where a way that takes away ends in a doubt, the question stays open, at any distance."""
    at_once = given("folder:1", "way", "folder:0")
    way = [fact("folder:1", "way", "folder:0"), given("folder:2", "way", "folder:1")]

    assert answer([fact("user:anne", "a", "folder:0"), *way], "open") == Denied(
        Reason.CONTEXT_MISSING, "`folder:2 way folder:1`: condition `given` wants `on`"
    )
    assert answer([fact("user:anne", "a", "folder:0"), at_once], "open") == Denied(
        Reason.CONTEXT_MISSING, "`folder:1 way folder:0`: condition `given` wants `on`"
    )


@pytest.mark.parametrize("relation", ["open", "overlap", "without"])
@pytest.mark.parametrize("dead_ends", [[], ["x"], ["x", "z"], ["z"]])
def test_a_circle_is_told_from_dead_ends(dead_ends: list[str], relation: str) -> None:
    """A circle among what is taken away denies, past whatever leads nowhere, and what leads nowhere alone does not."""
    into = [fact("folder:1", "way", "folder:0"), fact("folder:2", "way", "folder:1")]
    around = [fact("folder:y", "way", "folder:2"), fact("folder:2", "way", "folder:y")]
    dead = [fact(f"folder:{name}", "way", "folder:2") for name in dead_ends]
    stored = [fact("user:anne", "a", "folder:0"), *into]

    assert isinstance(answer([*stored, *dead], relation), Allowed)
    assert answer([*stored, *dead[:1], *around, *dead[1:]], relation) == Denied(Reason.NOT_HELD)


def test_what_a_circle_cut_short_is_not_remembered() -> None:
    """A goal that is false on one way only, because that way came from the goal itself, is true on the next way."""
    rings = [
        fact(f"folder:{above}", "parent", f"folder:{below}")
        for one, other in (("p", "q"), ("r", "s"))
        for below, above in ((one, other), (other, one))
    ]
    held = [fact("user:anne", "c", f"folder:{name}") for name in "pqrs"]
    own = [fact("user:anne", "b", f"folder:{name}") for name in "pr"]
    asked = [fact("folder:p", "first", "folder:0"), fact("folder:r", "second", "folder:0")]

    assert isinstance(answer([*rings, *held, *own, *asked, fact("folder:s", "third", "folder:0")], "rings"), Allowed)
    assert answer([*rings, *held, *asked, fact("folder:s", "third", "folder:0")], "rings") == Denied(Reason.NOT_HELD)


def test_set_operations_above_each_other_are_hops() -> None:
    """Where each level is one set operation, more levels than the question may take hops leave it open."""
    within = Limits(hops=24)

    assert answer(chain(24, 1), "twice", within) == Denied(Reason.NOT_HELD)
    assert answer(chain(25, 1), "twice", within) == Denied(Reason.TOO_COMPLEX, "more than 24 hops")


def test_a_circle_above_what_takes_away_denies() -> None:
    """An exclusion fails closed, too, where the circle lies behind a parent and beneath a set operation."""
    stored = [fact("user:anne", "a", "folder:0"), *chain(1, 1)]
    around = [fact("folder:y", "way", "folder:1"), fact("folder:1", "way", "folder:y")]

    assert isinstance(answer(stored, "unmixed"), Allowed)
    assert answer([*stored, *around], "unmixed") == Denied(Reason.NOT_HELD)


def test_what_others_are_granted_raises_no_doubt() -> None:
    """A grant on a condition to a kind of group that can contain no user is not looked at when a user asks."""
    assert answer([given("fleet:f#member", "robots", "folder:0")], "shown") == Denied(Reason.NOT_HELD)
    assert answer([given("folder:1", "way", "folder:0")], "aboard") == Denied(Reason.NOT_HELD)


def test_a_way_for_others_hides_no_way() -> None:
    """A tupleset that leads no user anywhere keeps none from going by the next one."""
    stored = [given("folder:2", "way", "folder:0"), *chain(1, 1), fact("user:anne", "a", "folder:1")]

    assert isinstance(answer(stored, "aboard"), Allowed)


def test_the_last_step_is_taken() -> None:
    """A question that takes as many steps as it may is answered."""
    assert answer([], "a", Limits(steps=1)) == Denied(Reason.NOT_HELD)
    assert answer(chain(1, 1), "a", Limits(steps=3)) == Denied(Reason.NOT_HELD)
    assert answer(chain(1, 1), "a", Limits(steps=2)) == Denied(Reason.TOO_COMPLEX, "more than 2 steps")


def test_principals_are_bounded_by_the_steps() -> None:
    """A subject may stand for as many principals as the question may take steps, and for no more."""
    stored = [
        fact("user:anne", "member", "group:x"),
        fact("group:x#member", "member", "group:y"),
        fact("group:y#member", "a", "folder:0"),
    ]

    assert isinstance(answer(stored, "a", Limits(steps=3)), Allowed)
    assert answer(stored, "a", Limits(steps=2)) == Denied(Reason.TOO_COMPLEX, "more than 2 steps")


def test_a_group_met_again_hides_no_other() -> None:
    """A group that is found a second time does not end the look at what else contains the one that led there."""
    stored = [
        *(fact("user:anne", "member", f"group:{name}") for name in "xy"),
        *(fact("group:y#member", "member", f"group:{name}") for name in "xz"),
        fact("group:z#member", "a", "folder:0"),
    ]

    for each in (stored, stored[::-1]):
        assert isinstance(answer(each, "a", Limits(steps=1_000)), Allowed)
