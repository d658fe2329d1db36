"""Questions that come round to themselves through set operations."""

import pytest

from authz_core import (
    Computed,
    Direct,
    Exclusion,
    FromParent,
    Intersection,
    Model,
    Restriction,
    Union,
)
from tests.authz_core.documents import MEMBER, SHARING, USER
from tests.authz_core.test_set_operations import folders
from tests.authz_core.worlds import allows, facts

CIRCULAR = folders(
    # Whoever has `loop` on the parent is taken out, and the parent may be the folder itself.
    loop=Exclusion(Computed("a"), FromParent("loop", "parent")),
    either=Union((Computed("loop"), Computed("b"))),
    both=Intersection((Computed("a"), Union((Computed("b"), FromParent("both", "parent"))))),
    without_both=Exclusion(Computed("a"), Computed("both")),
    climbing=Union((Computed("b"), FromParent("climbing", "parent"))),
    without_climbing=Exclusion(Computed("a"), Computed("climbing")),
    doubly=Exclusion(Computed("a"), Exclusion(Computed("a"), Computed("climbing"))),
    # Nobody has `c`, so what is subtracted is false already; the circle beside it counts all the same.
    beside_false=Exclusion(Computed("a"), Intersection((Computed("c"), Computed("climbing")))),
    under_false=Exclusion(Computed("a"), Exclusion(Computed("c"), Computed("climbing"))),
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


@pytest.mark.parametrize("relation", ["without_both", "doubly", "beside_false", "under_false"])
def test_a_circle_is_still_one_when_it_has_decided_something(relation: str) -> None:
    """What a circle makes false denies where it is subtracted, however many set operations lie between."""
    assert not allows(CIRCULAR, facts(*RING), "user:anne", relation, "folder:x")


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


def test_groups_that_meet_again_on_the_subtracted_side_are_no_circle() -> None:
    """Two ways into one group are not taken for a circle."""
    stored = facts(
        *("user:anne viewer doc:a", "group:top#member blocked doc:a", "group:l#member member group:top"),
        *("group:r#member member group:top", "group:x#member member group:l", "group:x#member member group:r"),
    )

    assert allows(SHARING, stored, "user:anne", "reader", "doc:a")


def test_an_answer_that_a_circle_cut_short_is_not_used_again() -> None:
    """What was false only because the question came round to itself is worked out anew where it does not."""
    model = folders(
        on=Union((FromParent("off", "parent"), Exclusion(Computed("a"), Computed("c")))),
        off=Exclusion(FromParent("on", "parent"), Computed("c")),
        both=Intersection((FromParent("on", "parent"), Computed("c"))),
        top=Union((FromParent("both", "parent"), FromParent("off", "parent"))),
    )

    assert allows(model, facts("folder:x parent folder:x", "user:anne a folder:x"), "user:anne", "top", "folder:x")


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
