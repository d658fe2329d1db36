"""Intersections and exclusions: every operand counts, and whatever cannot be told does not grant."""

import pytest

from authz_core import (
    Computed,
    Conferred,
    Direct,
    Exclusion,
    FromParent,
    Intersection,
    Model,
    Restriction,
    Rewrite,
    Role,
    Union,
)
from tests.authz_core.documents import EVERYONE, MEMBER, SHARING, USER
from tests.authz_core.worlds import allows, facts

VIEWERS = ("user:anne viewer doc:a", "group:g#member viewer doc:a", "user:mia member group:g")


def folders(**relations: Rewrite) -> Model:
    """A model of folders within folders, with these relations beside a few stored ones."""
    direct = Direct((USER, EVERYONE, MEMBER))
    return Model(
        types={
            "user": {},
            "group": {"member": Direct((USER, MEMBER))},
            "folder": {
                "parent": Direct((Restriction("folder"),)),
                **dict.fromkeys(("a", "b", "c"), direct),
                **relations,
            },
        },
        roles={"editor": Role("editor", "folder", frozenset({"edit"}))},
        holders=(USER, MEMBER),
        delegable=frozenset({"folder"}),
    )


def test_an_exclusion_takes_away() -> None:
    """Whoever is on the subtracted side is out, be it by name, by group or as one of everyone."""
    stored = (*VIEWERS, "user:* viewer doc:b")

    assert allows(SHARING, facts(*stored), "user:anne", "reader", "doc:a")
    assert allows(SHARING, facts(*stored), "user:mia", "reader", "doc:a")
    for line in ("user:anne blocked doc:a", "user:* blocked doc:a"):
        assert not allows(SHARING, facts(*stored, line), "user:anne", "reader", "doc:a")
    by_group = facts(*stored, "group:g#member blocked doc:a")
    assert not allows(SHARING, by_group, "user:mia", "reader", "doc:a")
    assert allows(SHARING, by_group, "user:anne", "reader", "doc:a")


def test_an_exclusion_beats_everyone() -> None:
    """A single person taken out stays out although everyone is in."""
    stored = facts("user:* viewer doc:a", "user:anne blocked doc:a", "user:anne viewer doc:a")

    assert not allows(SHARING, stored, "user:anne", "reader", "doc:a")
    assert allows(SHARING, stored, "user:bob", "reader", "doc:a")
    assert allows(SHARING, stored, "user:*", "reader", "doc:a")


def test_an_intersection_wants_all() -> None:
    """Each operand must hold, by whichever way."""
    stored = (*VIEWERS, "user:mia approver doc:a", "group:g#member approver doc:b", "user:* viewer doc:b")

    assert allows(SHARING, facts(*stored), "user:mia", "publisher", "doc:a")
    assert allows(SHARING, facts(*stored), "user:mia", "publisher", "doc:b")
    assert not allows(SHARING, facts(*stored), "user:anne", "publisher", "doc:a")
    assert not allows(SHARING, facts(*stored), "user:anne", "publisher", "doc:b")


def test_an_exception_from_an_exclusion() -> None:
    """What is taken out of the subtracted side is in again, and the proof says why."""
    blocked = (*VIEWERS, "user:anne blocked doc:a")

    assert not allows(SHARING, facts(*blocked), "user:anne", "forgiving", "doc:a")
    assert allows(SHARING, facts(*blocked, "user:anne excused doc:a"), "user:anne", "forgiving", "doc:a")


def test_set_operations_are_inherited() -> None:
    """A relation that wants several things, or takes some away, is worked out anew at each level it comes from."""
    model = folders(
        both=Union((Intersection((Computed("a"), Computed("b"))), FromParent("both", "parent"))),
        some=Exclusion(Union((Computed("a"), FromParent("some", "parent"))), Computed("b")),
    )
    stored = facts(
        *("folder:r parent folder:m", "folder:m parent folder:x", "user:anne a folder:r", "user:anne b folder:r"),
        *("user:bob a folder:r", "user:bob b folder:m", "user:eve a folder:r"),
    )

    assert allows(model, stored, "user:anne", "both", "folder:x")
    assert not allows(model, stored, "user:bob", "both", "folder:x")
    assert allows(model, stored, "user:eve", "some", "folder:x")
    assert allows(model, stored, "user:bob", "some", "folder:r")
    assert not allows(model, stored, "user:bob", "some", "folder:x")


def test_usersets_with_set_operations_are_asked_themselves() -> None:
    """A userset whose relation wants several things lets in only those who have them all."""
    model = folders(
        both=Intersection((Computed("a"), Computed("b"))),
        reader=Direct((USER, Restriction("folder", relation="both"))),
        via=Union((Computed("both"), Conferred("edit"))),
    )
    stored = facts(
        *("folder:x#both reader folder:y", "user:anne a folder:x", "user:anne b folder:x", "user:bob a folder:x"),
        "user:cho editor folder:x",
    )

    assert allows(model, stored, "user:anne", "reader", "folder:y")
    assert allows(model, stored, "folder:x#both", "reader", "folder:y")
    assert not allows(model, stored, "user:bob", "reader", "folder:y")
    assert [name for name in ("anne", "bob", "cho") if allows(model, stored, f"user:{name}", "via", "folder:x")] == [
        "anne",
        "cho",
    ]


def test_roles_may_be_held_by_usersets_with_set_operations() -> None:
    """A role given to a userset reaches those who are in it by all that it takes."""
    model = Model(
        types={
            "user": {},
            "team": {
                "joined": Direct((USER,)),
                "banned": Direct((USER,)),
                "member": Exclusion(Computed("joined"), Computed("banned")),
                "any": Union((Computed("joined"), Direct((USER,)))),
            },
            "doc": {"edit": Conferred("edit")},
        },
        roles={"editor": Role("editor", "doc", frozenset({"edit"})), "viewer": Role("viewer", "doc", frozenset())},
        holders=(USER, Restriction("team", relation="member"), Restriction("team", relation="any")),
    )
    stored = facts(
        *("team:t#member editor doc:a", "team:t#any editor doc:b", "team:t#any viewer doc:a"),
        *("user:anne joined team:t", "user:bob joined team:t", "user:bob banned team:t"),
    )

    assert allows(model, stored, "user:anne", "edit", "doc:a")
    assert not allows(model, stored, "user:bob", "edit", "doc:a")
    assert allows(model, stored, "user:bob", "edit", "doc:b")


CIRCULAR = folders(
    # Whoever has `loop` on the parent is taken out, and the parent may be the folder itself.
    loop=Exclusion(Computed("a"), FromParent("loop", "parent")),
    either=Union((Computed("loop"), Computed("b"))),
    both=Intersection((Computed("a"), Union((Computed("b"), FromParent("both", "parent"))))),
    without_both=Exclusion(Computed("a"), Computed("both")),
    climbing=Union((Computed("b"), FromParent("climbing", "parent"))),
    without_climbing=Exclusion(Computed("a"), Computed("climbing")),
    doubly=Exclusion(Computed("a"), Exclusion(Computed("a"), Computed("climbing"))),
)
RING = ("folder:y parent folder:x", "folder:x parent folder:y", "user:anne a folder:x", "user:anne a folder:y")


@pytest.mark.parametrize(
    ("relation", "ring"),
    [("loop", "folder:x parent folder:x"), ("both", RING[0]), ("without_climbing", RING[0])],
)
def test_a_circle_never_grants(relation: str, ring: str) -> None:
    """Where the answer hangs on itself, an intersection and either side of an exclusion fail closed."""
    assert not allows(CIRCULAR, facts(ring, *RING[1:]), "user:anne", relation, "folder:x")


@pytest.mark.parametrize("relation", ["loop", "without_climbing"])
def test_without_the_circle_they_grant(relation: str) -> None:
    """The same questions are granted as soon as nothing hangs on itself."""
    stored = facts("folder:y parent folder:x", "user:anne a folder:x")

    assert allows(CIRCULAR, stored, "user:anne", relation, "folder:x")


@pytest.mark.parametrize("relation", ["without_both", "doubly"])
def test_a_set_operation_that_a_circle_makes_false_is_plainly_false(relation: str) -> None:
    """The mark of a circle ends at the first intersection or exclusion that it decides."""
    assert allows(CIRCULAR, facts(*RING), "user:anne", relation, "folder:x")


def test_a_union_overlooks_a_circle() -> None:
    """Whoever has it by another way has it, whatever the circle would have said."""
    stored = facts(*RING, "user:anne b folder:x")

    assert allows(CIRCULAR, stored, "user:anne", "either", "folder:x")
    assert not allows(CIRCULAR, stored, "user:bob", "either", "folder:x")


def test_groups_in_a_circle_on_the_subtracted_side_deny() -> None:
    """Groups that contain each other, when subtracted, deny whoever cannot be told to be outside."""
    stored = ("user:anne viewer doc:a", "group:g#member blocked doc:a", "group:h#member member group:g")

    assert allows(SHARING, facts(*stored), "user:anne", "reader", "doc:a")
    assert not allows(SHARING, facts(*stored, "group:g#member member group:h"), "user:anne", "reader", "doc:a")


def test_a_circle_that_leads_nowhere_for_the_subject_is_not_met() -> None:
    """Where the model has no route from subjects of this kind, nothing is walked and no circle found."""
    model = Model(
        types={
            "user": {},
            "agent": {},
            "group": {"member": Direct((USER, MEMBER))},
            "doc": {
                "viewer": Direct((USER, Restriction("agent"))),
                "blocked": Direct((USER, MEMBER, Restriction("agent"))),
                "reader": Exclusion(Computed("viewer"), Computed("blocked")),
            },
        }
    )
    stored = facts(
        *("user:anne viewer doc:a", "agent:bot viewer doc:a", "group:g#member blocked doc:a"),
        *("group:g#member member group:h", "group:h#member member group:g"),
    )

    assert allows(model, stored, "agent:bot", "reader", "doc:a")
    assert not allows(model, stored, "user:anne", "reader", "doc:a")
