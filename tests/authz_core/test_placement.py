"""Where a resource may lie."""

import pytest

from authz_core import (
    Catalog,
    InvalidPlacement,
    Permission,
    ResourceType,
    build_model,
    parse_object,
    place,
)
from tests.authz_core.refusals import refusal
from tests.authz_core.worlds import facts

MODEL = build_model(
    Catalog(
        types=(
            ResourceType("workspace", ("organization",)),
            ResourceType("folder", ("workspace", "folder")),
            ResourceType("page", ("folder",)),
        ),
        permissions=(Permission("page:read", "page"),),
    )
)
TREE = (
    *("organization:o parent workspace:w", "workspace:w parent folder:a", "folder:a parent folder:b"),
    *("folder:b parent page:p", "workspace:w parent folder:z"),
)


def tried(thing: str, parent: str, *lines: str, max_depth: int = 8) -> None:
    """Ask for a place in the tree."""
    place(MODEL, facts(*TREE, *lines), parse_object(thing), parse_object(parent), max_depth=max_depth)


@pytest.mark.parametrize(
    ("thing", "parent"),
    [
        ("workspace:new", "organization:new"),
        ("folder:new", "workspace:w"),
        ("folder:new", "folder:b"),
        ("page:p", "folder:z"),
        ("folder:b", "folder:z"),
        ("folder:a", "workspace:w"),
    ],
)
def test_a_fitting_place_is_accepted(thing: str, parent: str) -> None:
    """A new resource or one that moves may lie beneath any parent of an allowed type."""
    assert refusal(tried, thing, parent) is None


@pytest.mark.parametrize(
    ("thing", "parent"),
    [
        ("page:new", "workspace:w"),
        ("workspace:new", "folder:a"),
        ("organization:new", "workspace:w"),
        ("user:anne", "organization:o"),
        ("group:g", "folder:a"),
        ("ghost:x", "folder:a"),
        ("folder:new", "ghost:x"),
    ],
)
def test_a_parent_of_another_type_is_refused(thing: str, parent: str) -> None:
    """Only parents of the types that the catalog allows are accepted; people, groups and the root lie nowhere."""
    with pytest.raises(InvalidPlacement, match="lies beneath"):
        tried(thing, parent)


@pytest.mark.parametrize("parent", ["folder:a", "folder:b"])
def test_nothing_lies_beneath_itself(parent: str) -> None:
    """A resource may not come to lie beneath itself, however far below."""
    with pytest.raises(InvalidPlacement, match="itself lies beneath"):
        tried("folder:a", parent)


@pytest.mark.parametrize("max_depth", range(1, 9))
def test_the_deepest_descendant_counts(max_depth: int) -> None:
    """A move is refused when anything that moves along would lie too deep; the root lies at depth 0."""
    # Beneath folder:z (depth 2) folder:a would lie at 3, folder:b at 4 and page:p at 5.
    if max_depth >= 5:
        tried("folder:a", "folder:z", max_depth=max_depth)
    else:
        with pytest.raises(InvalidPlacement, match="deep"):
            tried("folder:a", "folder:z", max_depth=max_depth)


def test_a_parent_without_a_place_is_refused() -> None:
    """Nothing is hung onto what itself hangs nowhere, or in two places."""
    with pytest.raises(InvalidPlacement, match="`folder:loose` has no place itself"):
        tried("page:p", "folder:loose")
    with pytest.raises(InvalidPlacement, match="`folder:z` has 2 places itself"):
        tried("page:p", "folder:z", "folder:a parent folder:z")


def test_trees_that_should_not_exist_end_the_search() -> None:
    """Circles and endless depths left in the facts are refused in bounded time."""
    with pytest.raises(InvalidPlacement, match="deep"):
        tried("page:new", "folder:x", "folder:x parent folder:y", "folder:y parent folder:x")
    deep = [f"folder:d{number} parent folder:d{number + 1}" for number in range(10_000)]
    with pytest.raises(InvalidPlacement, match="deep"):
        tried("folder:d0", "folder:z", *deep)
    with pytest.raises(InvalidPlacement, match="deep"):
        tried("page:new", "folder:d9999", *deep)
