"""What lists do not look at: ways that a single question rules out, and what is open to everyone."""

import pytest

from authz_core import (
    Computed,
    Direct,
    Exclusion,
    FromParent,
    Intersection,
    Limits,
    Listing,
    Model,
    Object,
    Relationships,
    Restriction,
    Rewrite,
    Situation,
    Unanswerable,
    Union,
    list_objects,
    parse_subject,
)
from tests.authz_core.documents import EVERYONE, USER
from tests.authz_core.worlds import fact, facts

ANNE = parse_subject("user:anne")
FOLDER = Direct((Restriction("folder"),))

TREE = Model(
    types={
        "user": {},
        "folder": {
            "parent": FOLDER,
            "viewer": Direct((USER,)),
            "blocked": Direct((USER,)),
            "reader": Exclusion(Computed("viewer"), Computed("blocked")),
            "shut": Union((Computed("blocked"), FromParent("shut", "parent"))),
            "guarded": Exclusion(Computed("viewer"), Computed("shut")),
            "deep": Union((Computed("reader"), FromParent("deep", "parent"))),
        },
        "doc": {
            "parent": FOLDER,
            "guarded": FromParent("guarded", "parent"),
            "reader": FromParent("reader", "parent"),
            "deep": FromParent("deep", "parent"),
        },
    }
)
FOLDERS, DOCS = 100, 30
STORED = [
    *(fact("user:anne", "viewer", f"folder:{folder}") for folder in range(FOLDERS)),
    *(fact(f"folder:{folder}", "parent", f"doc:{folder}-{doc}") for folder in range(FOLDERS) for doc in range(DOCS)),
]
BLOCKED = [fact("user:anne", "blocked", f"folder:{folder}") for folder in range(1, FOLDERS)]


def listed(model: Model, stored: Relationships, relation: str, steps: int) -> Listing[Object]:
    """The documents on which Anne has the relation, found in forty times these steps."""
    return list_objects(model, Situation(stored, limits=Limits(steps)), ANNE, relation, "doc")


@pytest.mark.parametrize("relation", ["reader", "deep"])
def test_what_is_ruled_out_is_not_followed(relation: str) -> None:
    """Beneath a folder that a single question rules out, nothing is looked at."""
    assert len(listed(TREE, Relationships([*STORED, *BLOCKED]), relation, 100).items) == DOCS


@pytest.mark.parametrize("relation", ["reader", "deep"])
def test_what_is_held_for_certain_is_not_asked_again(relation: str) -> None:
    """Beneath a folder that a single question allows, everything is listed without another question."""
    assert len(listed(TREE, Relationships(STORED), relation, 250).items) == FOLDERS * DOCS


PUBLIC, OWN = Computed("public"), Computed("own")


@pytest.mark.parametrize(
    "both",
    [
        Intersection((PUBLIC, OWN)),
        Intersection((OWN, PUBLIC)),
        Intersection((Union((PUBLIC, Computed("none"))), OWN)),
        Intersection((Union((Computed("none"), PUBLIC)), OWN)),
        Intersection((Exclusion(PUBLIC, Computed("none")), Exclusion(OWN, Computed("none")))),
        Intersection((Exclusion(OWN, Computed("none")), Exclusion(PUBLIC, Computed("none")))),
        Intersection((Computed("apart"), OWN)),
        Intersection((OWN, Computed("apart"))),
        Intersection((FromParent("public", "parent"), OWN)),
    ],
)
def test_what_is_open_to_everyone_is_not_walked(both: Rewrite) -> None:
    """Of an intersection that side is followed on which few are named, whichever is written first."""
    parts: dict[str, Rewrite] = {"parent": FOLDER, "own": Direct((USER,)), "none": Direct((USER,))}
    spread: dict[str, Rewrite] = {
        "public": FromParent("public", "parent"),
        "apart": Exclusion(PUBLIC, Computed("none")),
    }
    shared: dict[str, Rewrite] = {"public": Direct((USER, EVERYONE))}
    model = Model(types={"user": {}, "folder": shared, "doc": {**parts, **spread, "both": both}})
    stored = Relationships(
        [
            fact("user:anne", "own", "doc:0"),
            fact("user:*", "public", "folder:f"),
            *(fact("folder:f", "parent", f"doc:{number}") for number in range(2_000)),
        ]
    )

    assert listed(model, stored, "both", 12).items == ("doc:0",)


def test_a_list_may_take_all_its_steps() -> None:
    """Two steps for each relationship that the subject holds, and no more: twenty of them fit into forty."""
    owned = [fact("user:anne", "own", f"doc:{number}") for number in range(21)]
    model = Model(types={"user": {}, "doc": {"own": Direct((USER,))}})

    assert len(listed(model, Relationships(owned[:20]), "own", 1).items) == 20
    with pytest.raises(Unanswerable, match="more than 40 steps"):
        listed(model, Relationships(owned), "own", 1)


def test_what_is_ruled_out_from_near_is_followed_where_hops_are_limited() -> None:
    """Where a folder is ruled out by what is as far away as may be, it is not known of the documents beneath."""
    lines = ("folder:b parent folder:a", "folder:c parent folder:b", "user:anne blocked folder:c")
    stored = facts(*lines, "user:anne viewer folder:a", "folder:a parent doc:x")

    assert list_objects(TREE, Situation(stored, limits=Limits(hops=3)), ANNE, "guarded", "doc", "folder").items == ()
    assert list_objects(TREE, Situation(stored, limits=Limits(hops=2)), ANNE, "guarded", "folder").items == ()
    with pytest.raises(Unanswerable, match="more than 2 hops"):
        list_objects(TREE, Situation(stored, limits=Limits(hops=2)), ANNE, "guarded", "doc")
