"""Intersections and exclusions: every operand counts, and whatever cannot be told does not grant."""

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


WANTED: dict[str, Rewrite] = {"wanted": Intersection((Computed("a"), Computed("b")))}


def test_every_kind_of_subject_finds_its_way_into_what_is_inherited() -> None:
    """Usersets, holders of roles and those covered by a wildcard are followed into relations with set operations."""
    model = folders(
        **WANTED,
        via=Union((Computed("wanted"), Conferred("edit"))),
        open=Direct((EVERYONE,)),
        shut=Direct((EVERYONE,)),
        visible=Exclusion(Computed("open"), Computed("shut")),
        top=Union((Computed("via"), Computed("visible"))),
    )
    stored = facts("user:* open folder:x", "user:* shut folder:y", "user:* open folder:y")

    assert allows(model, stored, "user:anne", "top", "folder:x")
    assert not allows(model, stored, "user:anne", "top", "folder:y")
    beneath = facts("folder:y parent folder:z", "folder:z parent folder:zz")
    inherited = folders(deep=Union((Computed("wanted"), Conferred("edit"), FromParent("deep", "parent"))), **WANTED)
    assert allows(inherited, beneath, "folder:y#editor", "deep", "folder:zz")
    for userset in ("folder:y#wanted", "folder:y#via", "folder:y#visible", "folder:y#editor"):
        assert allows(model, stored, userset, "top", "folder:y")
        assert not allows(model, stored, userset, "top", "folder:x")
