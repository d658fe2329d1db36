"""The tree of resources and the nesting of groups: what may lie where, and what goes with what."""

from collections.abc import Iterator

import pytest

from tests.clock import Clock
from tests.directory.log import found, heads
from tests.end_to_end.deployment import Deployment
from tests.end_to_end.sites import Sites
from tests.end_to_end.tenant import Tenant

DEPTH = 8


@pytest.fixture(scope="module")
def house(sites: Sites) -> Iterator[Deployment]:
    """A deployment in which folders lie in folders."""
    with sites() as site, site.running(Clock(), tree_depth=DEPTH) as house:
        house.must("PUT", "/resource-types/folder", {"parents": ["workspace", "folder"]})
        yield house


def nested(tenant: Tenant, name: str, number: int) -> None:
    """Create folders `name1` to `name<number>`, each in the one before, the first in the workspace design."""
    for n in range(1, number + 1):
        tenant.resource(f"folder:{name}{n}", f"folder:{name}{n - 1}" if n > 1 else "workspace:design")


def moved(tenant: Tenant, resource: str, parent: str) -> int:
    """Return the status of the answer to a move."""
    return tenant.manage("PATCH", f"/resources/{resource}", {"parent": parent}).status_code


@pytest.mark.threat("10")
@pytest.mark.parametrize("parent", ["folder:a1", "folder:a2", "folder:a3"])
def test_nothing_comes_to_lie_in_itself(tenant: Tenant, parent: str) -> None:
    """A resource is moved neither into itself nor into anything beneath it; nothing changes."""
    nested(tenant, "a", 3)
    before = heads(tenant.house)
    assert moved(tenant, "folder:a1", parent) == 422
    assert heads(tenant.house) == before


@pytest.mark.semantics("1")
def test_the_tree_is_only_so_deep(tenant: Tenant) -> None:
    """A resource lies at most so many levels below its organization, counted from there."""
    nested(tenant, "a", DEPTH - 1)
    deeper = {"resource": "folder:deeper", "parent": f"folder:a{DEPTH - 1}"}
    assert tenant.manage("POST", "/resources", deeper).status_code == 422


@pytest.mark.semantics("1")
def test_a_move_counts_the_depth_of_what_comes_along(tenant: Tenant) -> None:
    """A move is refused when the deepest resource beneath the one moved would lie too deep."""
    nested(tenant, "a", 4)
    nested(tenant, "b", 4)
    assert moved(tenant, "folder:b1", "folder:a4") == 422
    assert moved(tenant, "folder:b1", "folder:a3") == 200
    assert moved(tenant, "folder:a1", "workspace:sales") == 200


@pytest.mark.semantics("4")
def test_what_has_children_or_assignments_goes_only_by_cascade(tenant: Tenant) -> None:
    """A resource with something beneath it or somebody on it is not deleted unless cascade is asked."""
    nested(tenant, "a", 3)
    tenant.must("PUT", "/roles/org-reader", {"type": "folder", "permissions": []})
    tenant.assign(f"user:{tenant.bob}", "org-reader", "folder:a3")
    assert tenant.manage("DELETE", "/resources/folder:a1").status_code == 409
    assert tenant.manage("DELETE", "/resources/folder:a3").status_code == 409
    tenant.unassign(f"user:{tenant.bob}", "org-reader", "folder:a3")
    assert tenant.manage("DELETE", "/resources/folder:a3").status_code == 200
    assert tenant.manage("DELETE", "/resources/folder:a1?cascade=false").status_code == 409


@pytest.mark.semantics("4")
def test_cascade_takes_all_beneath_and_nothing_beside(tenant: Tenant) -> None:
    """Cascade deletes the subtree with its assignments and names it; siblings, and what is above, stay."""
    tenant.assign(f"user:{tenant.bob}", "app-viewer", "app:storefront")
    tenant.assign(f"user:{tenant.bob}", "project-viewer", "project:zeus")
    answer = tenant.must("DELETE", "/resources/project:apollo?cascade=true")
    assert answer["deleted"] == ["app:storefront", "project:apollo"]
    here = f"org:{tenant.id}"
    left = found(tenant.house, "SELECT resource FROM resources WHERE partition = :here", here=here)
    assert {"workspace:design", "project:zeus", "app:backoffice"} <= {resource for (resource,) in left}
    assert not {("project:apollo",), ("app:storefront",)} & set(left)
    held = found(tenant.house, "SELECT resource FROM assignments WHERE partition = :here", here=here)
    assert sorted(held) == [("project:zeus",), ("workspace:design",)]


def test_a_new_parent_type_is_open_at_once_and_a_closed_one_closed(tenant: Tenant) -> None:
    """Where resources of a type may lie follows the newest model."""
    slug, parents = f"shelf-{tenant.id}", ["workspace"]
    body = {"resource": f"{slug}:one", "parent": "project:zeus"}
    tenant.house.must("PUT", f"/resource-types/{slug}", {"parents": parents})
    assert tenant.manage("POST", "/resources", body).status_code == 422
    tenant.house.must("PUT", f"/resource-types/{slug}", {"parents": [*parents, "project"]})
    assert tenant.manage("POST", "/resources", body).status_code == 201
    tenant.house.must("PUT", f"/resource-types/{slug}", {"parents": parents})
    assert moved(tenant, f"{slug}:one", "project:apollo") == 422


@pytest.mark.threat("10")
def test_groups_never_contain_themselves(tenant: Tenant) -> None:
    """A group is not made a member of itself, nor of a group that it contains directly or through others."""
    for group in ("a", "b", "c"):
        tenant.must("POST", "/groups", {"id": group})
    tenant.must("PUT", "/groups/a/members/group:b#member")
    tenant.must("PUT", "/groups/b/members/group:c#member")
    before = heads(tenant.house)
    for inner, outer in (("a", "a"), ("a", "b"), ("a", "c"), ("b", "c")):
        answer = tenant.manage("PUT", f"/groups/{outer}/members/group:{inner}#member")
        assert answer.status_code in {409, 422}, f"{inner} in {outer}"
    assert heads(tenant.house) == before
    tenant.must("PUT", "/groups/a/members/group:c#member")


def test_a_group_that_is_deleted_leaves_those_that_contained_it(tenant: Tenant) -> None:
    """What a deleted group passed on to its members is lost, and the groups around it know it no longer."""
    for group in ("outer", "inner"):
        tenant.must("POST", "/groups", {"id": group})
    tenant.must("PUT", "/groups/outer/members/group:inner#member")
    tenant.must("PUT", f"/groups/inner/members/user:{tenant.bob}")
    tenant.assign("group:outer#member", "project-viewer", "project:zeus")
    assert tenant.person_may(tenant.bob, "project:view", "project:zeus")
    tenant.must("DELETE", "/groups/inner")
    assert not tenant.person_may(tenant.bob, "project:view", "project:zeus")
    assert found(tenant.house, "SELECT * FROM group_members WHERE partition = :here", here=f"org:{tenant.id}") == []
