"""Asking for several relations at once."""

import pytest

from authz_core import (
    Conferred,
    Direct,
    FromParent,
    Holding,
    Model,
    Relationships,
    Restriction,
    Rewrite,
    Role,
    Union,
    parse_object,
    parse_subject,
    permitted,
)
from tests.authz_core.documents import SHARING, USER
from tests.authz_core.test_rbac import APOLLO, CATALOG, PEOPLE, SAAS
from tests.authz_core.worlds import facts, holding

EVERYTHING = frozenset(permission.slug for permission in CATALOG.permissions)


def those(model: Model, stored: Relationships, subject: str | Holding, thing: str, *among: str) -> set[str]:
    """The permitted relations, in plain texts."""
    who = parse_subject(subject) if isinstance(subject, str) else subject
    return set(permitted(model, stored, who, parse_object(thing), frozenset(among)))


def test_it_gives_what_the_roles_contain() -> None:
    """All permissions of all roles on the object and above it are given, as far as they were asked for."""
    stored = facts(*APOLLO, *PEOPLE)

    assert those(SAAS, stored, "user:m1", "app:shop", *EVERYTHING) == {
        *("organization:view", "project:view", "project:edit", "app:view", "app:edit"),
    }
    assert those(SAAS, stored, "user:m1", "app:shop", "app:view", "secret:read") == {"app:view"}
    assert those(SAAS, stored, "user:m3", "project:apollo", *EVERYTHING) == set()
    assert those(SAAS, stored, "user:m1", "app:shop") == set()


@pytest.mark.parametrize("thing", ["ghost:x", "group:g", "user:m1"])
def test_what_has_no_permissions_gives_none(thing: str) -> None:
    """Objects of unknown types and of types without permissions give nothing."""
    assert those(SAAS, facts(*APOLLO, *PEOPLE), "user:m1", thing, *EVERYTHING) == set()


def test_a_bound_gives_no_administration() -> None:
    """What follows from holding a role is given, without administration, and only on delegable types."""
    stored = facts(*APOLLO, "project:apollo parent secret:s")

    assert those(SAAS, stored, holding("organization:o", "viewer"), "app:shop", *EVERYTHING) == {
        "project:view",
        "app:view",
    }
    assert those(SAAS, stored, holding("secret:s", "viewer"), "secret:s", *EVERYTHING) == set()
    assert those(SAAS, stored, holding("app:shop", "app-viewer"), "project:apollo", *EVERYTHING) == set()


def test_relations_of_other_shapes_are_given_too() -> None:
    """Relations that no common walk can answer are answered all the same."""
    stored = facts("user:anne viewer doc:a", "user:anne approver doc:a", "user:anne blocked doc:a")

    assert those(SHARING, stored, "user:anne", "doc:a", *SHARING.types["doc"], "no-such") == {
        *("viewer", "approver", "blocked", "publisher"),
    }


def test_trees_that_should_not_exist_give_what_checks_give() -> None:
    """Two parents, circles and parents of a wrong type are walked as carefully as by single checks."""
    two = facts(*APOLLO, *PEOPLE, "workspace:v parent project:apollo", "user:m5 workspace-editor workspace:v")
    assert "project:edit" in those(SAAS, two, "user:m5", "app:shop", *EVERYTHING)
    assert "project:edit" in those(SAAS, two, "user:m2", "app:shop", *EVERYTHING)

    circle = facts("project:p parent app:a", "app:a parent project:p", "user:anne app-viewer app:a")
    assert those(SAAS, circle, "user:anne", "app:a", *EVERYTHING) == {"app:view"}
    assert those(SAAS, circle, "user:anne", "project:p", *EVERYTHING) == set()


def test_a_userset_is_permitted_what_it_was_given() -> None:
    """A group may be asked about as a whole, and all who hold a role as well."""
    stored = facts(*APOLLO, "group:g#member project-editor project:apollo")
    edits = {"project:view", "project:edit", "app:view", "app:edit"}

    assert those(SAAS, stored, "group:g#member", "app:shop", *EVERYTHING) == edits
    assert those(SAAS, stored, "project:apollo#project-editor", "app:shop", *EVERYTHING) == edits


def test_a_permission_that_is_defined_in_another_way_above_is_asked_by_itself() -> None:
    """Permissions that part company on the way up, and trees too high for one climb, give what checks give."""
    odd: dict[str, Rewrite] = {
        "edit": Union((Conferred("edit"), Direct((USER,)))),
        **{name: Conferred(name) for name in ("view", "read")},
    }
    inherited: dict[str, Rewrite] = {
        **{name: Union((Conferred(name), FromParent(name, "parent"))) for name in ("edit", "view")},
        "read": Union((Conferred("read"), FromParent("view", "parent"))),
    }
    model = Model(
        types={
            "user": {},
            "root": odd,
            "folder": {"parent": Direct((Restriction("folder"), Restriction("root"))), **inherited},
        },
        roles={"editor": Role("editor", "root", frozenset({"view"}))},
        holders=(USER,),
    )
    chain = [f"folder:f{number + 1} parent folder:f{number}" for number in range(100)]
    stored = facts(*chain, "root:r parent folder:f100", "user:anne edit root:r", "user:anne editor root:r")

    for thing in ("folder:f100", "folder:f99", "folder:f0"):
        assert those(model, stored, "user:anne", thing, "edit", "view", "read") == {"edit", "view", "read"}
        assert those(model, stored, "user:anne", thing, "view", "read") == {"view", "read"}
        assert those(model, stored, "user:bob", thing, "edit", "view", "read") == set()
