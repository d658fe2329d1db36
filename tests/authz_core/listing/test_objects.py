"""The objects that a subject reaches."""

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
    list_objects,
    parse_subject,
)
from tests.authz_core.documents import EVERYONE, MEMBER, SHARING, USER
from tests.authz_core.worlds import facts, holding


def reached(stored: Relationships, subject: str, relation: str, *types: str, model: Model = SHARING) -> tuple[str, ...]:
    """The list for a subject in plain text."""
    return list_objects(model, stored, parse_subject(subject), relation, *types).items


def test_every_way_to_an_object_is_found() -> None:
    """What a subject holds, its groups hold, lies beneath either or is open to everyone is in the list, each once."""
    stored = facts(
        *("user:anne viewer doc:own", "user:anne member group:g", "group:g#member member group:h"),
        *("group:h#member viewer doc:group", "group:h#member viewer doc:own", "user:* viewer doc:open"),
        *("folder:f parent folder:sub", "folder:sub parent doc:beneath", "group:g#member editor folder:f"),
        *("user:bob viewer doc:other", "agent:anne viewer doc:agent", "user:ann viewer doc:near"),
    )

    assert reached(stored, "user:anne", "viewer", "doc") == ("doc:beneath", "doc:group", "doc:open", "doc:own")
    assert reached(stored, "user:anne", "viewer", "folder", "doc")[-2:] == ("folder:f", "folder:sub")
    assert reached(stored, "user:nobody", "viewer", "doc", "folder") == ("doc:open",)
    assert reached(stored, "user:anne", "viewer") == ()


def test_what_is_taken_away_is_not_listed() -> None:
    """An object that is public and from which the subject is excluded is not in the list, one beside it is."""
    stored = facts(
        *("user:* viewer doc:a", "user:anne blocked doc:a", "user:* viewer doc:ab", "user:anne viewer doc:b"),
        "group:g#member blocked doc:b",
    )

    assert reached(stored, "user:anne", "reader", "doc") == ("doc:ab", "doc:b")


def test_every_operand_wants_its_due() -> None:
    """Of an intersection only what follows from every operand is listed, were one of them open to everyone."""
    stored = facts("user:* viewer doc:a", "user:* viewer doc:b", "user:anne approver doc:b", "user:anne approver doc:c")

    assert reached(stored, "user:anne", "publisher", "doc") == ("doc:b",)


def test_an_exclusion_within_an_intersection_is_kept() -> None:
    """Public but not blocked, and a member as well: all three count for each object."""
    model = Model(
        types={
            "user": {},
            "doc": {
                "public": Direct((EVERYONE,)),
                "blocked": Direct((USER,)),
                "member": Direct((USER,)),
                "seen": Intersection((Exclusion(Computed("public"), Computed("blocked")), Computed("member"))),
                "again": Union((Computed("seen"), Direct((USER,)))),
            },
        }
    )
    stored = facts(
        *(f"user:* public doc:{each}" for each in "abc"),
        *(f"user:anne member doc:{each}" for each in "bcd"),
        *("user:anne blocked doc:c", "user:anne again doc:e"),
    )

    assert reached(stored, "user:anne", "seen", "doc", model=model) == ("doc:b",)
    assert reached(stored, "user:anne", "again", "doc", model=model) == ("doc:b", "doc:e")


def test_what_lies_beneath_an_exclusion_is_listed_by_what_lies_above() -> None:
    """Where a folder's readers read its documents, whoever is blocked from the folder does not reach them."""
    read: Rewrite = Exclusion(Direct((USER,)), Computed("blocked"))
    model = Model(
        types={
            "user": {},
            "folder": {"blocked": Direct((USER,)), "reader": read},
            "doc": {"parent": Direct((Restriction("folder"),)), "reader": FromParent("reader", "parent")},
        }
    )
    stored = facts(
        *("user:anne reader folder:f", "folder:f parent doc:a", "folder:f parent doc:b"),
        *("user:anne reader folder:g", "folder:g parent doc:b", "folder:g parent doc:c", "user:anne blocked folder:g"),
    )

    assert reached(stored, "user:anne", "reader", "doc", "folder", model=model) == ("doc:a", "doc:b", "folder:f")


def test_a_folder_that_is_shut_shuts_what_lies_in_it() -> None:
    """Where folders lie in folders, one from which a reader is blocked keeps its documents from the reader."""
    inherited: Rewrite = Union((Direct((USER,)), FromParent("reader", "parent")))
    above = Direct((Restriction("folder"),))
    model = Model(
        types={
            "user": {},
            "folder": {
                "parent": above,
                "blocked": Direct((USER,)),
                "reader": Exclusion(inherited, Computed("blocked")),
            },
            "doc": {"parent": above, "reader": FromParent("reader", "parent")},
        }
    )
    stored = facts(
        *("user:anne reader folder:top", "folder:top parent folder:in", "folder:in parent folder:deep"),
        *("folder:top parent doc:a", "folder:in parent doc:b", "folder:deep parent doc:c"),
        *("user:anne blocked folder:in", "user:anne reader folder:deep"),
    )

    assert reached(stored, "user:anne", "reader", "doc", model=model) == ("doc:a", "doc:c")
    assert reached(stored, "user:anne", "reader", "folder", model=model) == ("folder:deep", "folder:top")


def test_a_userset_reaches_what_is_granted_to_it_and_itself() -> None:
    """A userset is listed the objects that name it, through other usersets too, and the one that it is made of."""
    stored = facts("group:g#member viewer doc:a", "group:g#member member group:h", "group:h#member viewer doc:b")

    assert reached(stored, "group:g#member", "viewer", "doc") == ("doc:a", "doc:b")
    assert reached(stored, "group:g#member", "member", "group") == ("group:g", "group:h")
    assert reached(stored, "doc:z#viewer", "reader", "doc") == ("doc:z",)


def test_everyone_reaches_what_is_open_to_everyone() -> None:
    """The wildcard as a subject is listed what names it, not what names a single user."""
    stored = facts(
        "user:* viewer doc:a", "user:anne viewer doc:b", "user:* member group:g", "group:g#member viewer doc:c"
    )

    assert reached(stored, "user:*", "viewer", "doc") == ("doc:a", "doc:c")


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
    delegable=frozenset({"folder"}),
    administrative=frozenset({"rule"}),
)


def test_roles_are_followed_by_what_they_contain() -> None:
    """A role reaches the objects on which it is held and those beneath, if it contains the permission."""
    stored = facts(
        *("user:anne seer folder:a", "folder:a parent folder:b", "user:anne mute folder:c"),
        *("group:g#member seer folder:d", "user:anne member group:g", "user:bob seer folder:e"),
    )

    assert reached(stored, "user:anne", "see", "folder", model=ROLES) == ("folder:a", "folder:b", "folder:d")
    assert reached(stored, "folder:a#seer", "see", "folder", model=ROLES) == ("folder:a", "folder:b")


def test_a_bound_is_listed_what_is_within_it() -> None:
    """An imaginary holder reaches its object and what lies beneath, even where nothing is stored about it."""
    stored = facts("folder:a parent folder:b", "user:anne seer folder:c")

    assert list_objects(ROLES, stored, holding("folder:a", "seer"), "see", "folder").items == ("folder:a", "folder:b")
    assert list_objects(ROLES, facts(), holding("folder:z", "seer"), "see", "folder").items == ("folder:z",)


def test_an_exclusion_takes_nothing_from_a_bound() -> None:
    """For an imaginary holder nothing is taken away, and no wildcard counts."""
    stored = facts(
        "folder:f parent doc:a", "user:* blocked doc:a", "user:* viewer doc:b", "folder:f#viewer viewer doc:c"
    )
    bound = holding("folder:f", "editor", "viewer")

    assert list_objects(SHARING, stored, bound, "reader", "doc").items == ("doc:a",)


def test_nothing_is_within_a_bound_that_cannot_be() -> None:
    """On a type that is not delegable, or for a permission of administration, the list of a bound is empty."""
    model = Model(
        types={"user": {}, "doc": {"rule": Direct((USER,)), "see": Union((Direct((USER,)), Computed("rule")))}},
        delegable=frozenset({"doc"}),
        administrative=frozenset({"rule"}),
    )

    assert list_objects(model, facts(), holding("doc:a", "rule"), "rule", "doc").items == ()
    assert list_objects(model, facts(), holding("user:a", "rule"), "see", "doc").items == ()
    assert list_objects(model, facts(), holding("doc:a", "rule"), "see", "doc").items == ("doc:a",)


def test_what_only_administration_reaches_is_found_beneath() -> None:
    """A permission of administration that another relation looks at counts for a bound, as it does for a question."""
    rule: Rewrite = Exclusion(Direct((USER,)), Computed("none"))
    model = Model(
        types={
            "user": {},
            "folder": {"none": Direct((USER,)), "rule": rule},
            "doc": {"parent": Direct((Restriction("folder"),)), "see": FromParent("rule", "parent")},
        },
        delegable=frozenset({"folder"}),
        administrative=frozenset({"rule"}),
    )

    assert list_objects(model, facts("folder:f parent doc:a"), holding("folder:f", "rule"), "see", "doc").items == (
        "doc:a",
    )


@pytest.mark.parametrize(
    ("subject", "relation", "types", "reason", "detail"),
    [
        ("user:anne", "viewer", ("doc", "ghost"), Reason.UNKNOWN_TYPE, "ghost"),
        ("user:anne", "ghost", ("doc",), Reason.UNKNOWN_RELATION, "doc#ghost"),
        ("user:anne", "viewer", ("doc", "team"), Reason.UNKNOWN_RELATION, "team#viewer"),
        ("ghost:anne", "viewer", ("doc",), Reason.UNKNOWN_TYPE, "ghost"),
        ("ghost:*", "viewer", ("doc",), Reason.UNKNOWN_TYPE, "ghost"),
        ("group:g#ghost", "viewer", ("doc",), Reason.UNKNOWN_RELATION, "group#ghost"),
    ],
)
def test_unknown_names_are_told(
    subject: str, relation: str, types: tuple[str, ...], reason: Reason, detail: str
) -> None:
    """A type or relation that the model does not have is told apart from an empty list."""
    with pytest.raises(Unanswerable) as told:
        reached(facts(), subject, relation, *types)

    assert (told.value.reason, told.value.detail, str(told.value)) == (reason, detail, f"{reason}: {detail}")
    assert told.value.code == "unanswerable"


def test_a_role_of_another_type_makes_no_userset() -> None:
    """Those who hold a role are known as a userset on the role's own type only."""
    with pytest.raises(Unanswerable, match="unknown_relation: group#seer"):
        reached(facts(), "group:g#seer", "see", "folder", model=ROLES)
