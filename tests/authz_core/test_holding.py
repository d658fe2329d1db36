"""Holding: what follows from holding relations on an object, and from nothing else (semantics §3)."""

import pytest

from authz_core import (
    Allowed,
    Computed,
    Denied,
    Direct,
    Exclusion,
    Intersection,
    Model,
    Reason,
    Restriction,
)
from tests.authz_core.documents import EVERYONE, SHARING, USER
from tests.authz_core.test_set_operations import folders
from tests.authz_core.worlds import allows, asked, facts, holding

TREE = ("folder:root parent folder:f", "folder:f parent doc:a", "folder:f parent doc:b", "folder:g parent doc:c")


def test_it_reaches_what_lies_beneath() -> None:
    """Holding a relation reaches the object and everything the model lets it flow to, and nothing above or beside."""
    bound = holding("folder:f", "editor")
    stored = facts(*TREE)

    assert asked(SHARING, stored, bound, "viewer", "folder:f") == Allowed(())
    assert allows(SHARING, stored, bound, "viewer", "doc:a")
    for thing in ("folder:root", "folder:g", "doc:c"):
        assert asked(SHARING, stored, bound, "viewer", thing) == Denied(Reason.NOT_HELD)


def test_what_others_hold_is_not_held() -> None:
    """No person's, no agent's and no group's relationships count for the imaginary principal."""
    stored = facts(*TREE, "user:anne viewer doc:c", "agent:bot member group:g", "group:g#member viewer doc:c")

    assert not allows(SHARING, stored, holding("folder:f", "editor"), "viewer", "doc:c")


def test_no_wildcard_counts() -> None:
    """What is open to everyone is not open to the imaginary principal, wherever the wildcard stands."""
    stored = facts(
        *(*TREE, "user:* viewer doc:c", "user:* member group:g", "group:g#member viewer folder:g"),
        "user:* viewer folder:f",
    )
    bound = holding("folder:f", "editor")

    assert not allows(SHARING, stored, bound, "viewer", "doc:c")
    assert not allows(SHARING, stored, bound, "publisher", "doc:a")


def test_what_is_stored_of_all_holders_counts() -> None:
    """A relationship whose subject is everyone with the relation on the object is followed, groups included."""
    model = Model(
        types={
            "user": {},
            "group": {"member": Direct((USER, Restriction("doc", relation="owner")))},
            "doc": {
                "owner": Direct((USER,)),
                "viewer": Direct((USER, Restriction("doc", relation="owner"), Restriction("group", relation="member"))),
                "seer": Computed("viewer"),
                "via": Direct((Restriction("doc", relation="seer"),)),
            },
        },
        delegable=frozenset({"doc"}),
    )
    stored = facts(
        *("doc:a#owner viewer doc:b", "doc:a#owner member group:g", "group:g#member viewer doc:c"),
        *("doc:b#seer via doc:d", "doc:x#owner viewer doc:y"),
    )
    bound = holding("doc:a", "owner")

    assert allows(model, stored, bound, "viewer", "doc:b")
    assert allows(model, stored, bound, "viewer", "doc:c")
    assert allows(model, stored, bound, "via", "doc:d")
    assert not allows(model, stored, bound, "viewer", "doc:y")
    assert not allows(model, stored, bound, "viewer", "doc:a")


def test_the_subtracted_side_is_false() -> None:
    """Nothing is taken away from the imaginary principal, for nothing is known of it."""
    stored = facts(*TREE, "user:* blocked doc:a")

    assert allows(SHARING, stored, holding("doc:a", "viewer"), "reader", "doc:a")
    assert allows(SHARING, stored, holding("folder:f", "viewer"), "reader", "doc:a")
    assert allows(SHARING, stored, holding("doc:a", "viewer", "blocked"), "reader", "doc:a")


def test_every_operand_must_follow() -> None:
    """A relation that wants several things follows only from holding enough for all of them."""
    stored = facts(*TREE)

    assert not allows(SHARING, stored, holding("doc:a", "viewer"), "publisher", "doc:a")
    assert not allows(SHARING, stored, holding("doc:a", "approver"), "publisher", "doc:a")
    assert allows(SHARING, stored, holding("doc:a", "viewer", "approver"), "publisher", "doc:a")


def test_to_hold_is_to_be_stored_as_holder() -> None:
    """Holding a relation that takes more than being stored, or that is never stored, is worth no more than that."""
    model = folders(
        wanted=Intersection((Direct((USER,)), Computed("a"))),
        kept=Exclusion(Direct((USER, EVERYONE)), Computed("a")),
        reader=Direct((USER, Restriction("folder", relation="wanted"), Restriction("folder", relation="kept"))),
    )
    stored = facts("folder:x#wanted reader folder:y", "folder:x#kept reader folder:z")

    assert not allows(model, stored, holding("folder:x", "wanted"), "wanted", "folder:x")
    assert not allows(model, stored, holding("folder:x", "wanted"), "reader", "folder:y")
    assert allows(model, stored, holding("folder:x", "wanted", "a"), "reader", "folder:y")
    assert allows(model, stored, holding("folder:x", "kept"), "reader", "folder:z")
    assert not allows(SHARING, facts(), holding("doc:a", "reader"), "reader", "doc:a")


def test_kinds_do_not_matter_to_the_imaginary_principal() -> None:
    """A relation that is only for groups can be held in imagination too."""
    model = folders(only=Direct((Restriction("group", relation="member"),)))

    assert allows(model, facts(), holding("folder:x", "only"), "only", "folder:x")


@pytest.mark.parametrize("relations", [(), ("no-such",), ("edit",), ("parent",)])
def test_what_cannot_be_held_gives_nothing(relations: tuple[str, ...]) -> None:
    """No relation, an unknown one or one of structure imply nothing."""
    model = folders(reader=Computed("a"))

    assert not allows(model, facts("folder:x parent folder:y"), holding("folder:x", *relations), "reader", "folder:x")
    assert not allows(model, facts("folder:x parent folder:y"), holding("folder:x", *relations), "reader", "folder:y")


def test_a_bound_stands_on_delegable_types_alone() -> None:
    """Holding on a user, a group or any type that is not declared delegable is denied with its own reason."""
    decision = asked(SHARING, facts("group:g#member viewer doc:a"), holding("group:g", "member"), "viewer", "doc:a")

    assert decision == Denied(Reason.NOT_DELEGABLE, "group")


def test_administration_is_never_bounded() -> None:
    """A permission of administration follows from no holding, with its own reason, while people may have it."""
    model = Model(SHARING.types, delegable=SHARING.delegable, administrative=frozenset({"owner"}))
    stored = facts("user:anne owner doc:a")

    assert asked(model, stored, holding("doc:a", "owner"), "owner", "doc:a") == Denied(Reason.ADMINISTRATIVE, "owner")
    assert allows(model, stored, "user:anne", "owner", "doc:a")
