"""Those who reach an object."""

import pytest

from authz_core import (
    Computed,
    Conferred,
    Direct,
    Exclusion,
    FromParent,
    Intersection,
    Model,
    Reason,
    Relationships,
    Restriction,
    Rewrite,
    Role,
    Unanswerable,
    Union,
    list_subjects,
    parse_object,
)
from tests.authz_core.documents import EVERYONE, MEMBER, SHARING, USER
from tests.authz_core.test_set_operations import folders
from tests.authz_core.worlds import facts


def reaching(stored: Relationships, relation: str, thing: str, *forms: str, model: Model = SHARING) -> tuple[str, ...]:
    """The list for an object in plain text."""
    return list_subjects(model, stored, relation, parse_object(thing), *forms).items


def test_everyone_who_is_named_anywhere_beneath_is_found() -> None:
    """Those named on the object, in its groups, on what lies above it and in the groups there are listed, each once."""
    stored = facts(
        *(
            "user:anne viewer doc:a",
            "group:g#member viewer doc:a",
            "user:bob member group:g",
            "user:anne member group:g",
        ),
        *(
            "group:h#member member group:g",
            "user:carl member group:h",
            "folder:f parent doc:a",
            "user:dora editor folder:f",
        ),
        *(
            "agent:bot member group:h",
            "user:eve viewer doc:ab",
            "team:t#crew editor folder:f",
            "user:finn owner team:t",
        ),
    )

    assert reaching(stored, "viewer", "doc:a", "user") == (
        "user:anne",
        "user:bob",
        "user:carl",
        "user:dora",
        "user:finn",
    )
    assert reaching(stored, "viewer", "doc:a", "agent", "team") == ("agent:bot",)
    assert reaching(stored, "viewer", "doc:a") == ()


def test_usersets_are_listed_by_themselves() -> None:
    """Usersets that are named, that contain nobody, that follow from a parent, and the relation itself are listed."""
    stored = facts(
        *("group:g#member viewer doc:a", "group:h#member member group:g", "folder:f parent doc:a"),
        "folder:g parent folder:f",
    )

    assert reaching(stored, "viewer", "doc:a", "group#member") == ("group:g#member", "group:h#member")
    assert reaching(stored, "viewer", "doc:a", "folder#viewer") == ("folder:f#viewer", "folder:g#viewer")
    assert reaching(stored, "viewer", "doc:a", "folder#editor") == ("folder:f#editor", "folder:g#editor")
    assert reaching(facts(), "viewer", "doc:a", "doc#viewer", "group#member") == ("doc:a#viewer",)


def test_an_excluded_member_does_not_take_the_userset_away() -> None:
    """A userset is listed although one of its members is excluded; a userset that is excluded itself is not."""
    stored = facts(
        *("group:g#member viewer doc:a", "group:h#member viewer doc:a", "user:anne member group:g"),
        *("user:anne blocked doc:a", "group:h#member blocked doc:a"),
    )

    assert reaching(stored, "reader", "doc:a", "group#member", "user") == ("group:g#member",)


def test_everyone_stands_for_those_who_are_in_by_that_alone() -> None:
    """Where everyone has a relation, only those stand beside the wildcard who would have it without any."""
    stored = facts(
        *("user:* viewer doc:a", "user:anne viewer doc:a", "user:* member group:g", "group:g#member viewer doc:a"),
        *("user:bob member group:g", "user:carl viewer doc:b", "user:dora blocked doc:a", "user:anne blocked doc:b"),
    )

    assert reaching(stored, "viewer", "doc:a", "user") == ("user:*", "user:anne", "user:bob")
    assert reaching(stored, "reader", "doc:a", "user") == ("user:*", "user:anne", "user:bob")
    assert reaching(stored, "viewer", "doc:a", "agent") == ()


def test_those_excluded_are_not_listed_beside_everyone() -> None:
    """Whoever is named and excluded is not listed, though everyone is."""
    stored = facts("user:* viewer doc:a", "user:anne viewer doc:a", "user:bob viewer doc:a", "user:anne blocked doc:a")

    assert reaching(stored, "reader", "doc:a", "user") == ("user:*", "user:bob")


def test_everyone_is_in_only_where_every_operand_is_open() -> None:
    """With an open operand and one that is not, those whom the other names are listed, and everyone is not."""
    stored = facts("user:* viewer doc:a", "user:anne approver doc:a", "user:bob viewer doc:a")

    assert reaching(stored, "publisher", "doc:a", "user") == ("user:anne",)


BOTH = Model(
    types={
        "user": {},
        "group": {"member": Direct((USER, EVERYONE))},
        "doc": {
            "left": Direct((USER, EVERYONE, MEMBER)),
            "right": Direct((USER, EVERYONE, MEMBER)),
            "both": Intersection((Computed("left"), Computed("right"))),
        },
    }
)


@pytest.mark.parametrize(
    ("stored", "listed"),
    [
        (("user:* left doc:a", "user:* right doc:a", "user:anne left doc:a"), ("user:*",)),
        (
            ("user:* left doc:a", "user:* right doc:a", "user:anne left doc:a", "user:anne right doc:a"),
            ("user:*", "user:anne"),
        ),
        (("user:* left doc:a", "user:anne right doc:a", "user:bob left doc:a"), ("user:anne",)),
        (("user:anne left doc:a", "user:* right doc:a"), ("user:anne",)),
        (("user:* left doc:a", "user:bob left doc:a"), ()),
    ],
)
def test_operands_that_are_both_open_to_everyone(stored: tuple[str, ...], listed: tuple[str, ...]) -> None:
    """Where both operands may be open, those are listed whom they name between them, and everyone if both do."""
    assert reaching(facts(*stored), "both", "doc:a", "user", model=BOTH) == listed


def test_those_excluded_from_what_is_inherited_are_not_listed() -> None:
    """Whoever has a relation from above and is excluded here is not listed, be it by name or by group."""
    model = folders(kept=Exclusion(FromParent("a", "parent"), Computed("b")))
    stored = facts(
        *("folder:up parent folder:f", "user:anne a folder:up", "user:bob a folder:up", "group:g#member a folder:up"),
        *("user:carl member group:g", "user:dora member group:g", "user:anne b folder:f", "user:carl b folder:f"),
    )

    assert reaching(stored, "kept", "folder:f", "user", model=model) == ("user:bob", "user:dora")


def test_whoever_is_met_twice_is_listed_once() -> None:
    """Those in a group that is granted a relation outright and beneath an exclusion are listed, and each once."""
    model = folders(either=Union((Computed("a"), Exclusion(Computed("b"), Computed("c")))))
    stored = facts(
        *("group:g#member a folder:f", "group:g#member b folder:f", "user:anne member group:g"),
        *("user:anne c folder:f", "user:bob b folder:f", "user:carl b folder:f", "user:carl c folder:f"),
    )

    assert reaching(stored, "either", "folder:f", "user", model=model) == ("user:anne", "user:bob")


def test_those_excused_from_a_ban_on_everyone_are_listed() -> None:
    """Whoever has a relation by being excused from what takes it from everyone else is listed, and they are not."""
    stored = facts("user:* viewer doc:a", "user:* blocked doc:a", "user:anne excused doc:a", "user:bob viewer doc:a")

    assert reaching(stored, "forgiving", "doc:a", "user") == ("user:anne",)


def test_whom_a_circle_might_shut_out_is_not_listed() -> None:
    """Where users are looked for in a circle of folders, and the wildcard is not, none of them is let in by that."""
    relations: dict[str, Rewrite] = {
        "open": Direct((EVERYONE,)),
        "named": Direct((USER,)),
        "shut": Exclusion(Computed("open"), Computed("loop")),
        "loop": Union((Computed("named"), FromParent("loop", "parent"))),
        "seen": Exclusion(Computed("open"), Computed("shut")),
    }
    stored = facts(
        "user:* open folder:f", "folder:f parent folder:f", "user:anne named folder:z", "user:anne a user:bob"
    )

    assert reaching(stored, "seen", "folder:f", "user", model=folders(**relations)) == ()


ROLES = Model(
    types={
        "user": {},
        "group": {"member": Direct((USER,))},
        "folder": {
            "parent": Direct((Restriction("folder"),)),
            "see": Union((Conferred("see"), FromParent("see", "parent"))),
        },
    },
    roles={"seer": Role("seer", "folder", frozenset({"see"})), "mute": Role("mute", "folder", frozenset())},
    holders=(USER, MEMBER),
)


def test_those_who_hold_a_role_that_contains_the_permission_are_listed() -> None:
    """Users and groups who hold a fitting role on the object or above it are listed, and so are its holders as such."""
    stored = facts(
        *(
            "user:anne seer folder:b",
            "folder:a parent folder:b",
            "group:g#member seer folder:a",
            "user:bob member group:g",
        ),
        "user:carl mute folder:b",
    )

    assert reaching(stored, "see", "folder:b", "user", model=ROLES) == ("user:anne", "user:bob")
    assert reaching(stored, "see", "folder:b", "group#member", model=ROLES) == ("group:g#member",)
    assert reaching(stored, "see", "folder:b", "folder#seer", model=ROLES) == ("folder:a#seer", "folder:b#seer")
    assert reaching(stored, "see", "folder:b", "folder#mute", model=ROLES) == ()


def test_what_does_not_fit_the_model_names_nobody() -> None:
    """Relationships that the model no longer permits lead to nobody."""
    stored = facts(
        "doc:z#viewer viewer doc:a", "user:anne viewer doc:z", "user:bob parent doc:a", "group:g#ghost viewer doc:a"
    )

    assert reaching(stored, "viewer", "doc:a", "user") == ()


@pytest.mark.parametrize(
    ("relation", "thing", "form", "reason", "detail"),
    [
        ("viewer", "ghost:a", "user", Reason.UNKNOWN_TYPE, "ghost"),
        ("ghost", "doc:a", "user", Reason.UNKNOWN_RELATION, "doc#ghost"),
        ("viewer", "doc:a", "ghost", Reason.UNKNOWN_TYPE, "ghost"),
        ("viewer", "doc:a", "user:*", Reason.UNKNOWN_TYPE, "user:*"),
        ("viewer", "doc:a", "group#ghost", Reason.UNKNOWN_RELATION, "group#ghost"),
    ],
)
def test_unknown_names_are_told(relation: str, thing: str, form: str, reason: Reason, detail: str) -> None:
    """A type, relation or form that the model does not have is told apart from an empty list."""
    with pytest.raises(Unanswerable) as told:
        reaching(facts(), relation, thing, form)

    assert (told.value.reason, told.value.detail) == (reason, detail)
