"""The limit on hops, which the engine counts only where it is asked to."""

import pytest

from authz_core import (
    Allowed,
    Computed,
    Decision,
    Denied,
    Direct,
    Exclusion,
    FromParent,
    Holding,
    Intersection,
    Limits,
    Model,
    Reason,
    Relationship,
    Relationships,
    Restriction,
    Subject,
    Union,
    check,
    parse_object,
    parse_subject,
    situation,
)
from tests.authz_core.worlds import fact, holding

MODEL = Model(
    types={
        "user": {},
        "group": {
            "member": Direct((Restriction("user"), Restriction("group", relation="member"))),
            "staff": Union((Computed("member"), Direct((Restriction("group", relation="staff"),)))),
        },
        "folder": {
            "parent": Direct((Restriction("folder"),)),
            "viewer": Union(
                (
                    Direct(
                        (Restriction("user"), *(Restriction("group", relation=each) for each in ("member", "staff")))
                    ),
                    FromParent("viewer", "parent"),
                )
            ),
            "blocked": Direct((Restriction("user"), Restriction("group", relation="member"))),
            "shut": Union((Computed("blocked"), FromParent("shut", "parent"))),
            "lent": Union((Direct((Restriction("folder", relation="blocked"),)), FromParent("lent", "parent"))),
            "reader": Exclusion(Computed("viewer"), Computed("shut")),
            "kept": Union((Intersection((Computed("viewer"), Computed("reader"))), FromParent("kept", "parent"))),
        },
    },
    delegable=frozenset({"folder"}),
)

ANNE = parse_subject("user:anne")
FAR = Denied(Reason.TOO_COMPLEX, "more than 24 hops")


def within(stored: list[Relationship], relation: str, subject: Subject | Holding = ANNE, hops: int = 24) -> Decision:
    """What is answered about the folder at the bottom, within so many hops."""
    facts = situation(MODEL, Relationships(stored), limits=Limits(hops=hops))
    return check(MODEL, facts, subject, relation, parse_object("folder:0"))


def folders(length: int) -> list[Relationship]:
    """A folder, and as many above it."""
    return [fact(f"folder:{number + 1}", "parent", f"folder:{number}") for number in range(length)]


def groups(length: int, relation: str) -> list[Relationship]:
    """Anne in a group, and as many groups around it, the outermost of which views the folder."""
    nested = [fact(f"group:{number}#{relation}", relation, f"group:{number + 1}") for number in range(length)]
    return [fact("user:anne", "member", "group:0"), *nested, fact(f"group:{length}#{relation}", "viewer", "folder:0")]


@pytest.mark.parametrize("relation", ["viewer", "reader", "kept"])
def test_parents_are_hops(relation: str) -> None:
    """A proof through 24 parents is given, one through 25 is too complex, whatever is built above it."""
    assert isinstance(within([*folders(24), fact("user:anne", "viewer", "folder:24")], relation), Allowed)
    assert within([*folders(25), fact("user:anne", "viewer", "folder:25")], relation) == FAR


@pytest.mark.parametrize("relation", ["member", "staff"])
def test_groups_are_hops(relation: str) -> None:
    """Groups within groups are counted, whether they are followed from the subject or from the object."""
    assert isinstance(within(groups(23, relation), "viewer"), Allowed)
    assert within(groups(24, relation), "viewer") == FAR


def test_hops_of_both_kinds_add_up() -> None:
    """A group found above the folder is as far away as the parents and the memberships together."""

    def stored(parents: int, memberships: int) -> list[Relationship]:
        above = f"folder:{parents}"
        return [
            *folders(parents),
            *groups(memberships, "member")[:-1],
            fact(f"group:{memberships}#member", "viewer", above),
        ]

    assert isinstance(within(stored(12, 11), "viewer"), Allowed)
    assert within(stored(12, 12), "viewer") == FAR


def test_a_short_way_is_found_beside_a_long_one() -> None:
    """What is held nearby is held, however deep the rest goes."""
    stored = [*folders(40), fact("user:anne", "viewer", "folder:40"), fact("user:anne", "viewer", "folder:3")]

    assert isinstance(within(stored, "viewer"), Allowed)


def test_a_circle_is_not_deep() -> None:
    """Facts that run in a circle end with no, not with too many hops."""
    stored = [*folders(5), fact("folder:0", "parent", "folder:5")]

    assert within(stored, "viewer") == Denied(Reason.NOT_HELD)
    assert within(stored, "kept") == Denied(Reason.NOT_HELD)


def test_a_subtracted_side_too_deep_to_see_denies() -> None:
    """Where it cannot be seen within the limit whether something is taken away, the answer is no."""
    assert within([*folders(25), fact("user:anne", "viewer", "folder:0")], "reader") == FAR


def test_a_bound_counts_its_hops() -> None:
    """An imaginary holder is as far from an object as a stored one in the userset would be."""
    stored = [*folders(24), fact("folder:far#viewer", "viewer", "folder:23")]

    assert isinstance(within(stored, "viewer", holding("folder:24", "viewer")), Allowed)
    assert within(stored, "viewer", holding("folder:24", "viewer"), hops=23) == Denied(
        Reason.TOO_COMPLEX, "more than 23 hops"
    )


def test_a_limit_on_steps_is_the_questions_own() -> None:
    """A question may be given fewer steps than usual, and is denied as too complex when they are used up."""
    facts = situation(
        MODEL, Relationships([*folders(9), fact("user:anne", "viewer", "folder:9")]), limits=Limits(steps=5)
    )

    assert check(MODEL, facts, ANNE, "viewer", parse_object("folder:0")) == Denied(
        Reason.TOO_COMPLEX, "more than 5 steps"
    )


def test_an_imaginary_holder_is_one_hop_from_what_all_holders_are_granted() -> None:
    """What is granted to all who hold a relation is a hop further for a bound than what it holds itself."""
    bound = holding("folder:x", "blocked")
    stored = [*folders(3), fact("folder:x#blocked", "lent", "folder:3")]

    assert isinstance(within(stored, "lent", bound, hops=4), Allowed)
    assert within(stored, "lent", bound, hops=3) == Denied(Reason.TOO_COMPLEX, "more than 3 hops")
