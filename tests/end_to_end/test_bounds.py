"""Bounds: what a delegation lets through, where and when (semantics: bounds)."""

from datetime import timedelta

import pytest

from tests.end_to_end.deployment import payload
from tests.end_to_end.tenant import APOLLO, Tenant

pytestmark = pytest.mark.semantics("3")


@pytest.fixture
def painter(tenant: Tenant) -> Tenant:
    """Anne has let the planner hold org-painter (project:view and document:edit) on apollo."""
    tenant.role("org-painter", "project", "project:view", "document:edit")
    tenant.grant(roles=["org-painter"])
    return tenant


@pytest.mark.parametrize(
    ("resource", "within"),
    [
        (APOLLO, True),
        ("app:storefront", True),
        ("workspace:design", False),
        ("project:zeus", False),
        ("app:backoffice", False),
        ("project:forecast", False),
        ("app:nowhere", False),
    ],
)
def test_a_bound_holds_on_its_resource_and_beneath(tenant: Tenant, resource: str, *, within: bool) -> None:
    """What is lent on one resource counts there and beneath, and neither above nor beside it."""
    tenant.grant()
    assert tenant.may(tenant.token(), "document:edit", resource) is within


@pytest.mark.threat("8")
def test_containment_follows_the_tree_and_not_the_text(tenant: Tenant) -> None:
    """A resource whose name begins like that of the one delegated lies in it only if the tree says so."""
    tenant.resource("project:apollo2", "workspace:design")
    tenant.resource("app:apollo", "project:apollo2")
    tenant.grant()
    token = tenant.token()
    assert not tenant.may(token, "document:edit", "project:apollo2")
    assert not tenant.may(token, "document:edit", "app:apollo")
    tenant.resource("app:zzz", APOLLO)
    assert tenant.may(token, "document:edit", "app:zzz")


def test_a_bound_lets_only_its_permissions_through(tenant: Tenant) -> None:
    """What the role does not contain is outside the bound, though the user may do it."""
    tenant.grant()
    assert tenant.person_may(tenant.anne, "document:delete", "app:storefront")
    assert not tenant.may(tenant.token(), "document:delete")


def test_a_narrower_set_was_consented_to_and_no_more(tenant: Tenant) -> None:
    """Of a role of which only some permissions were granted, only those count."""
    granted = tenant.grant(permissions=["document:view"])
    assert granted["permissions"] == ["document:view"]
    token = tenant.token()
    assert tenant.actions(token) == ["document:view"]
    assert not tenant.may(token, "document:edit")


def test_of_several_roles_each_gives_its_part(tenant: Tenant) -> None:
    """A delegation of two roles lets through what either of them contains."""
    tenant.role("org-seller", "project", "project:edit")
    tenant.grant(roles=["project-viewer", "org-seller"])
    answer = tenant.exchange(details=tenant.details(privileges=["project-viewer", "org-seller"]))
    token = answer.json()["access_token"]
    assert tenant.may(token, "project:edit", APOLLO)
    assert tenant.may(token, "document:view", APOLLO)
    assert not tenant.may(token, "document:edit", APOLLO)


@pytest.mark.threat("4")
def test_a_role_that_loses_a_permission_shrinks_the_bound(painter: Tenant) -> None:
    """What the role contains no longer is outside the bound at once, and within again when it returns."""
    token = painter.token(details=painter.details(role="org-painter"))
    assert painter.actions(token) == ["document:edit", "project:view"]
    painter.role("org-painter", "project", "project:view")
    assert painter.actions(token) == ["project:view"]
    assert painter.why(token)["failing"]["term"] == "delegation"
    painter.role("org-painter", "project", "project:view", "document:edit")
    assert painter.may(token)


@pytest.mark.semantics("4")
def test_a_role_that_grows_gives_the_agent_nothing(painter: Tenant) -> None:
    """A permission that the role gains after consent is outside the bound, of old tokens and of new ones."""
    token = painter.token(details=painter.details(role="org-painter"))
    painter.role("org-painter", "project", "project:view", "document:edit", "document:delete")
    assert painter.person_may(painter.anne, "document:delete", "app:storefront")
    assert not painter.may(token, "document:delete")
    assert not painter.may(painter.token(details=painter.details(role="org-painter")), "document:delete")
    named = painter.details(role="org-painter", actions=["document:delete"])
    assert painter.exchange(details=named).json()["error"] == "invalid_authorization_details"


@pytest.mark.threat("3")
@pytest.mark.parametrize(("offset", "expected"), [(-1, 400), (0, 200)])
def test_a_bound_begins_at_its_not_before(tenant: Tenant, offset: int, expected: int) -> None:
    """A delegation is worth nothing in the second before its `not_before`, and counts in that second."""
    tenant.grant(not_before=tenant.now + 600)
    tenant.house.clock.advance(timedelta(seconds=600 + offset))
    assert tenant.exchange().status_code == expected


@pytest.mark.threat("3")
@pytest.mark.parametrize(("offset", "expected"), [(-1, 200), (0, 400), (1, 400)])
def test_a_bound_ends_at_its_until(tenant: Tenant, offset: int, expected: int) -> None:
    """A delegation counts in the last second before its end, and in the second of its end no longer."""
    tenant.grant(expires_in=600)
    tenant.house.clock.advance(timedelta(seconds=600 + offset))
    assert tenant.exchange().status_code == expected


@pytest.mark.threat("3")
@pytest.mark.semantics("6")
def test_a_token_dies_with_the_second_its_delegation_ends(tenant: Tenant) -> None:
    """A token of a delegation that ends soon lives no longer, for introspection and evaluation alike."""
    tenant.grant(expires_in=100)
    answer = tenant.exchange().json()
    token = answer["access_token"]
    assert (answer["expires_in"], payload(token)["exp"]) == (100, tenant.now + 100)
    tenant.house.clock.advance(timedelta(seconds=99))
    assert tenant.actions(token)
    assert tenant.may(token)
    tenant.house.clock.advance(timedelta(seconds=1))
    assert not tenant.actions(token)
    assert not tenant.may(token)


@pytest.mark.semantics("1")
@pytest.mark.threat("17")
def test_administration_is_never_delegated(tenant: Tenant) -> None:
    """An administrator's delegation of the own role on the whole organization contains no permission of its own."""
    root = f"organization:{tenant.id}"
    tenant.assign(f"user:{tenant.anne}", "organization-admin", root)
    granted = tenant.grant(resource=root, roles=["organization-admin"])
    assert not [slug for slug in granted["permissions"] if slug.startswith("organization:")]
    token = tenant.token(details=tenant.details(root, "organization-admin"))
    assert tenant.person_may(tenant.anne, "organization:administer", root)
    assert tenant.why(token, "organization:administer", root)["failing"]["term"] == "delegation"
    assert tenant.why(token, "organization:view", root)["failing"]["term"] == "delegation"
    assert tenant.may(token, "workspace:manage", "workspace:design")


@pytest.mark.semantics("1")
@pytest.mark.threat("17")
@pytest.mark.parametrize("permission", ["organization:administer", "organization:view"])
def test_administration_cannot_be_asked_for(tenant: Tenant, permission: str) -> None:
    """Naming a permission of administration is refused, in a delegation and in an exchange."""
    root = f"organization:{tenant.id}"
    tenant.assign(f"user:{tenant.anne}", "organization-admin", root)
    refused = tenant.ask(tenant.anne, resource=root, roles=["organization-admin"], permissions=[permission])
    assert refused.status_code == 422
    tenant.grant(resource=root, roles=["organization-admin"])
    asked = tenant.details(root, "organization-admin", actions=[permission])
    assert tenant.exchange(details=asked).json()["error"] == "invalid_authorization_details"


@pytest.mark.semantics("1")
def test_a_permission_marked_as_administrative_leaves_every_bound(tenant: Tenant) -> None:
    """When a permission becomes one of administration, tokens lose it at once."""
    slug, role = f"vault:{tenant.id}", f"keeper-{tenant.id}"
    tenant.house.must("PUT", f"/permissions/{slug}", {"type": "project"})
    tenant.house.must("PUT", f"/roles/{role}", {"type": "project", "permissions": [slug, "project:view"]})
    tenant.assign(f"user:{tenant.anne}", role, APOLLO)
    tenant.grant(roles=[role])
    token = tenant.token(details=tenant.details(role=role))
    assert tenant.actions(token) == ["project:view", slug]
    tenant.house.must("PUT", f"/permissions/{slug}", {"type": "project", "administrative": True})
    assert tenant.actions(token) == ["project:view"]
    assert not tenant.may(token, slug, APOLLO)
    assert tenant.person_may(tenant.anne, slug, APOLLO)


@pytest.mark.parametrize("kind", ["user", "group", "agent"])
def test_people_groups_and_agents_are_no_resources_to_lend(tenant: Tenant, kind: str) -> None:
    """A delegation on a user, a group or an agent is refused."""
    tenant.must("POST", "/groups", {"id": "guild"})
    name = {"user": tenant.bob, "group": "guild", "agent": tenant.planner.id}[kind]
    assert tenant.ask(tenant.anne, resource=f"{kind}:{name}").status_code == 422


def test_a_type_that_is_not_delegable_is_in_no_bound(tenant: Tenant) -> None:
    """On a resource of a type that is not delegable nothing can be lent, and what was lent is worth nothing."""
    safe, role = f"safe-{tenant.id}", f"opener-{tenant.id}"
    tenant.house.must("PUT", f"/resource-types/{safe}", {"parents": ["project"]})
    tenant.house.must("PUT", f"/permissions/{safe}:open", {"type": safe})
    tenant.house.must("PUT", f"/roles/{role}", {"type": safe, "permissions": [f"{safe}:open"]})
    tenant.resource(f"{safe}:1", APOLLO)
    tenant.assign(f"user:{tenant.anne}", role, f"{safe}:1")
    tenant.grant(resource=f"{safe}:1", roles=[role])
    token = tenant.token(details=tenant.details(f"{safe}:1", role))
    assert tenant.may(token, f"{safe}:open", f"{safe}:1")
    tenant.house.must("PUT", f"/resource-types/{safe}", {"parents": ["project"], "delegable": False})
    assert not tenant.may(token, f"{safe}:open", f"{safe}:1")
    assert not tenant.actions(token)
    refused = tenant.ask(tenant.anne, resource=f"{safe}:1", roles=[role])
    assert (refused.status_code, refused.json()["code"]) == (422, "not_delegable")


@pytest.mark.threat("I1")
def test_an_agents_own_roles_are_in_no_bound(tenant: Tenant) -> None:
    """What the agent holds itself, or by a group, adds nothing to what it may do for a user."""
    tenant.grant()
    token = tenant.token()
    for resource in ("workspace:design", "workspace:sales"):
        tenant.assign(f"agent:{tenant.planner.id}", "workspace-admin", resource)
    assert tenant.principal_may(f"agent:{tenant.planner.id}", "document:delete", "app:storefront")
    assert not tenant.may(token, "document:delete")
    assert not tenant.may(token, "document:edit", "app:backoffice")
    assert not tenant.may(token, "document:edit", "app:ledger")


@pytest.mark.threat("I1")
def test_what_the_user_holds_elsewhere_is_in_no_bound(tenant: Tenant) -> None:
    """A stronger role that the user gains, here or elsewhere, widens no token."""
    tenant.grant()
    token = tenant.token()
    before = tenant.actions(token)
    tenant.assign(f"user:{tenant.anne}", "organization-admin", f"organization:{tenant.id}")
    assert tenant.actions(token) == before
    assert not tenant.may(token, "app:deploy")
    assert not tenant.may(token, "document:edit", "app:ledger")
