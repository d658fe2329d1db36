"""Where the rights that a bound gives may flow."""

from random import Random

import pytest

from authz_core import (
    Allowed,
    Computed,
    Conferred,
    Direct,
    Exclusion,
    FromParent,
    Holding,
    Intersection,
    Model,
    Relationships,
    Restriction,
    Rewrite,
    Union,
    check,
    reached_from,
    type_of,
    warnings_of,
)
from tests.authz_core.documents import MEMBER, SHARING, USER
from tests.authz_core.general_worlds import general_world
from tests.authz_core.test_rbac import SAAS

FOLDER = Restriction("folder")
DOC = Restriction("doc")
READERS = Restriction("doc", relation="reader")
DOWN = Union((Direct((USER,)), FromParent("viewer", "parent")))
UP = FromParent("viewer", "child")
ALONG = "rights on `doc` pass to each `folder` that names it as `child`"
GIVEN = "all who have `reader` on a `doc` may be given `viewer` on any `doc`"


def model(folder: dict[str, Rewrite], doc: dict[str, Rewrite], *delegable: str) -> Model:
    """A model of folders and documents on which bounds may stand."""
    types: dict[str, dict[str, Rewrite]] = {"user": {}, "group": {"member": Direct((USER, MEMBER))}}
    return Model(types={**types, "folder": folder, "doc": doc}, delegable=frozenset(delegable or ("folder", "doc")))


TREE: dict[str, Rewrite] = {"parent": Direct((FOLDER,)), "viewer": DOWN}


def test_rights_that_flow_down_are_no_reason_to_warn() -> None:
    """Roles on a tree, and folders in folders, give nothing beside what lies beneath."""
    assert warnings_of(SAAS) == ()
    assert warnings_of(model(TREE, TREE)) == ()


@pytest.mark.parametrize(
    ("folder", "doc", "warning"),
    [
        ({"child": Direct((DOC,)), "viewer": UP}, TREE | {"parent": Direct((DOC,))}, ALONG),
        ({"child": Direct((DOC,)), "viewer": Intersection((Direct((USER,)), UP))}, {"viewer": Direct((USER,))}, ALONG),
        ({"child": Direct((DOC,)), "viewer": Exclusion(UP, Direct((USER,)))}, {"viewer": Direct((USER,))}, ALONG),
        ({}, {"reader": Direct((USER,)), "viewer": Direct((USER, READERS))}, GIVEN),
        ({}, {"reader": Computed("owner"), "owner": Direct((USER,)), "viewer": Direct((USER, READERS))}, GIVEN),
    ],
)
def test_rights_that_flow_elsewhere_are_shown(
    folder: dict[str, Rewrite], doc: dict[str, Rewrite], warning: str
) -> None:
    """Rights that pass along another relation, or to wherever a userset is stored, are named."""
    (said,) = warnings_of(model(folder, doc, "doc"))

    assert said.startswith(warning)


def test_the_author_says_what_lies_beneath() -> None:
    """Along the relations that the author names, rights flow as they should; along no others."""
    upward = model({"child": Direct((DOC,)), "viewer": UP}, TREE)

    assert warnings_of(upward, beneath=("parent", "child")) == ()
    assert len(warnings_of(upward, beneath=())) == 2


def test_only_what_a_bound_can_reach_is_shown() -> None:
    """Rights that flow up from where no bound can stand or reach are nobody's concern."""
    upward: dict[str, Rewrite] = {"child": Direct((DOC,)), "viewer": UP}

    assert warnings_of(model(upward, {"viewer": Direct((USER,))}, "folder")) == ()
    assert len(warnings_of(model(upward, {"viewer": Direct((USER,))}, "doc"))) == 1
    assert warnings_of(SHARING) == ("all who have `viewer` on a `folder` may be given `viewer` on any `folder`",)


def test_what_is_subtracted_gives_nobody_anything() -> None:
    """A right that only takes another away does not pass, for a bound counts nothing that is subtracted."""
    folder: dict[str, Rewrite] = {"child": Direct((DOC,)), "viewer": Exclusion(Direct((USER,)), UP)}

    assert warnings_of(model(folder, {"viewer": Direct((USER,))}, "doc")) == ()


def test_reached_rights_are_followed_further() -> None:
    """What passes down may pass elsewhere from there."""
    shelf: dict[str, Rewrite] = {"item": Direct((DOC,)), "viewer": FromParent("viewer", "item")}
    types = {**model({"viewer": Direct((USER,))}, TREE).types, "shelf": shelf}

    (said,) = warnings_of(Model(types=types, delegable=frozenset({"folder"})))

    assert said.startswith("rights on `doc` pass to each `shelf` that names it as `item`, which is not said to")


def test_a_bound_on_those_who_hold_roles_reaches_all_of_them() -> None:
    """Where a group may hold roles and bounds may stand on groups, each permission is shown to be within reach."""
    types: dict[str, dict[str, Rewrite]] = {
        "user": {},
        "group": {"member": Direct((USER,))},
        "doc": {"edit": Conferred("edit")},
    }
    holders = (USER, MEMBER)

    assert warnings_of(Model(types=types, holders=holders, delegable=frozenset({"doc"}))) == ()
    assert warnings_of(Model(types=types, holders=holders, delegable=frozenset({"group"}))) == (
        "all who have `member` on a `group` may be given `edit` on any `doc`",
    )


def test_what_holding_implies_is_what_can_be_reached() -> None:
    """Whatever a bound implies anywhere is among the relations that can be come to from those it holds."""
    reached = 0
    for seed in range(150):
        world = general_world(Random(seed))
        stored = Relationships(world.facts)
        things = {fact.object for fact in world.facts}
        held = [each for each in world.facts if each.relation in world.model.types.get(type_of(each.object), {})]
        for _, relation, thing, _ in held[:10]:
            bound = Holding(thing, frozenset({relation}))
            places = reached_from(world.model, [(type_of(thing), relation)])
            for place in things:
                for name in world.model.types.get(type_of(place), {}):
                    if isinstance(check(world.model, stored, bound, name, place), Allowed):
                        assert (type_of(place), name) in places
                        reached += (place, name) != (thing, relation)
    assert reached > 100


def test_an_intersection_can_be_reached_and_what_is_subtracted_cannot() -> None:
    """What wants more besides can be come to; what only takes away leads nowhere."""
    doc: dict[str, Rewrite] = {
        "editor": Direct((USER,)),
        "blocked": Direct((USER,)),
        "publisher": Intersection((Computed("editor"), Direct((USER,)))),
        "viewer": Exclusion(Computed("publisher"), Computed("blocked")),
    }
    flows = model({}, doc)
    assert reached_from(flows, [("doc", "editor")]) == {("doc", each) for each in ("editor", "publisher", "viewer")}
    assert reached_from(flows, [("doc", "blocked")]) == {("doc", "blocked")}
    assert reached_from(flows, [("doc", "nothing"), ("planet", "editor")]) == frozenset()
