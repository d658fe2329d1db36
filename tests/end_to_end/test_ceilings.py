"""Ceilings: what an organization lets an agent do at all, for whomever (semantics: who and what, bounds)."""

from datetime import timedelta

import pytest

from tests.end_to_end.deployment import JSON
from tests.end_to_end.tenant import APOLLO, EDITOR, Tenant

pytestmark = [pytest.mark.semantics("1"), pytest.mark.semantics("5")]

ON_APOLLO: JSON = {"resource": APOLLO, "roles": [EDITOR]}
ON_ZEUS: JSON = {"resource": "project:zeus", "roles": [EDITOR]}
VIEW_ANYWHERE: JSON = {"resource": "workspace:design", "roles": ["workspace-member"], "permissions": ["document:view"]}


@pytest.fixture
def token(tenant: Tenant) -> str:
    """A token of the planner, for anne, as editor of everything in the workspace design."""
    tenant.role("org-maker", "workspace", "document:view", "document:edit")
    tenant.grant(resource="workspace:design", roles=["org-maker"])
    return tenant.token(details=tenant.details("workspace:design", "org-maker"))


@pytest.mark.parametrize(
    ("ceiling", "apollo", "zeus"),
    [
        ("none", True, True),
        ([ON_APOLLO], True, False),
        ([ON_ZEUS], False, True),
        ([ON_APOLLO, ON_ZEUS], True, True),
        ([VIEW_ANYWHERE, ON_ZEUS], False, True),
        ([VIEW_ANYWHERE], False, False),
        ([{**ON_APOLLO, "permissions": ["document:view"]}], False, False),
        ([{**ON_APOLLO, "roles": ["project-viewer", EDITOR]}], True, False),
        ([], False, False),
    ],
)
def test_any_one_bound_of_a_ceiling_suffices(
    tenant: Tenant, token: str, ceiling: str | list[JSON], *, apollo: bool, zeus: bool
) -> None:
    """An agent may do what at least one bound of its ceiling lets through; an empty ceiling lets nothing through."""
    tenant.admit(tenant.planner, ceiling)
    assert tenant.may(token, "document:edit", "app:storefront") is apollo
    assert tenant.may(token, "document:edit", "app:backoffice") is zeus


@pytest.mark.threat("I19")
def test_a_denial_by_the_ceiling_says_so(tenant: Tenant, token: str) -> None:
    """The answer names the ceiling as the term that failed."""
    tenant.admit(tenant.planner, [ON_ZEUS])
    assert tenant.why(token)["failing"]["term"] == "ceiling"


def test_a_ceiling_narrowed_later_bites_at_once(tenant: Tenant, token: str) -> None:
    """Live tokens and the next exchange follow the ceiling down, and up again."""
    entry = tenant.details("workspace:design", "org-maker")
    tenant.admit(tenant.planner, [{"resource": "workspace:design", "roles": ["org-maker"]}])
    assert tenant.actions(token) == ["document:edit", "document:view"]
    tenant.admit(tenant.planner, [VIEW_ANYWHERE])
    assert tenant.actions(token) == ["document:view"]
    assert not tenant.may(token)
    assert tenant.exchange(details=entry).json()["authorization_details"][0]["actions"] == ["document:view"]
    tenant.admit(tenant.planner, [])
    assert not tenant.actions(token)
    assert tenant.exchange(details=entry).status_code == 400
    tenant.admit(tenant.planner)
    assert tenant.may(token)


@pytest.mark.parametrize(("offset", "expected"), [(0, False), (10, True), (59, True), (60, False)])
def test_a_ceiling_may_be_limited_in_time(tenant: Tenant, token: str, offset: int, *, expected: bool) -> None:
    """A bound of a ceiling counts from its `not_before` on and up to, not at, its `until`."""
    now = tenant.now
    tenant.admit(tenant.planner, [{**ON_APOLLO, "not_before": now + 10, "until": now + 60}])
    tenant.house.clock.advance(timedelta(seconds=offset))
    assert tenant.may(token) is expected


def test_a_ceiling_that_allows_more_gives_no_more(tenant: Tenant) -> None:
    """A ceiling is one term beside the delegation: what it lets through above that is not let through."""
    tenant.grant()
    token = tenant.token()
    tenant.admit(tenant.planner, [{"resource": f"organization:{tenant.id}", "roles": ["organization-admin"]}])
    assert tenant.may(token)
    assert not tenant.may(token, "document:delete")
    assert not tenant.may(token, "document:edit", "app:backoffice")


def test_a_ceiling_is_for_one_agent_alone(tenant: Tenant, token: str) -> None:
    """Another agent's ceiling changes nothing."""
    tenant.agent("writer", ceiling=[])
    assert tenant.may(token)


@pytest.mark.threat("17")
def test_no_ceiling_lets_administration_through(tenant: Tenant) -> None:
    """A ceiling of an administrator's role on the organization lets no permission of administration through."""
    root = f"organization:{tenant.id}"
    tenant.assign(f"user:{tenant.anne}", "organization-admin", root)
    tenant.admit(tenant.planner, [{"resource": root, "roles": ["organization-admin"]}])
    tenant.grant(resource=root, roles=["organization-admin"])
    token = tenant.token(details=tenant.details(root, "organization-admin"))
    assert not tenant.may(token, "organization:administer", root)


def test_an_edited_role_moves_the_ceiling(tenant: Tenant, token: str) -> None:
    """A ceiling names roles: what they contain now is what it lets through."""
    tenant.role("org-roof", "project", "document:view")
    tenant.admit(tenant.planner, [{"resource": APOLLO, "roles": ["org-roof"]}])
    assert not tenant.may(token)
    tenant.role("org-roof", "project", "document:view", "document:edit")
    assert tenant.may(token)
    tenant.must("DELETE", "/roles/org-roof")
    assert not tenant.may(token)


def test_a_move_carries_a_resource_out_of_the_ceiling(tenant: Tenant, token: str) -> None:
    """A ceiling's reach follows the tree."""
    tenant.admit(tenant.planner, [ON_APOLLO])
    assert tenant.may(token)
    tenant.move("app:storefront", "project:zeus")
    assert not tenant.may(token)
    tenant.move("app:storefront", APOLLO)
    assert tenant.may(token)


def test_a_ceiling_ends_with_its_resource(tenant: Tenant, token: str) -> None:
    """Deleting the resource that a ceiling stands on leaves nothing of it."""
    tenant.admit(tenant.planner, [{"resource": "app:backoffice", "roles": ["app-viewer"]}])
    assert tenant.may(token, "document:view", "app:backoffice")
    tenant.must("DELETE", "/resources/app:backoffice")
    assert not tenant.may(token, "document:view", "app:backoffice")
    assert not tenant.actions(token)


@pytest.mark.threat("I3")
@pytest.mark.parametrize(
    "body",
    [
        {},
        {"ceiling": None},
        {"ceiling": "all"},
        {"ceiling": [{"resource": APOLLO, "roles": []}]},
        {"ceiling": [{"resource": APOLLO}]},
        {"ceiling": [{"resource": "project:nowhere", "roles": [EDITOR]}]},
        {"ceiling": [{"resource": APOLLO, "roles": ["workspace-member"]}]},
        {"ceiling": [{"resource": APOLLO, "roles": ["org-nothing"]}]},
        {"ceiling": [{"resource": APOLLO, "roles": [EDITOR], "permissions": []}]},
        {"ceiling": [{"resource": APOLLO, "roles": [EDITOR], "unless": "monday"}]},
    ],
)
def test_an_admission_says_its_ceiling(tenant: Tenant, token: str, body: JSON) -> None:
    """An admission without a ceiling, or with one that means nothing, is refused and leaves the old one."""
    assert tenant.manage("PUT", f"/agents/{tenant.planner.id}", body).status_code in {400, 404, 409, 422}
    assert tenant.may(token)
