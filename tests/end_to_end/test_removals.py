"""What hangs on what: removing something revokes what depends on it (semantics: delegations, ending)."""

from collections.abc import Callable

import pytest

from tests.end_to_end.tenant import ALIVE, APOLLO, DEAD, EDITOR, Seen, Tenant

pytestmark = [pytest.mark.semantics("4"), pytest.mark.threat("P26")]

AGAIN = Seen(introspected=False, evaluated=False, exchanged=True)


def test_dismissing_an_agent_revokes_its_delegations(tenant: Tenant) -> None:
    """When an agent's admission ends, its delegations end for ever, also when it is admitted again."""
    granted = tenant.grant(unattended=True)
    token = tenant.token()
    assert tenant.must("DELETE", f"/agents/{tenant.planner.id}")["revoked"] == [granted["id"]]
    assert tenant.seen(token) == DEAD
    tenant.admit(tenant.planner)
    assert (tenant.status(granted), tenant.seen(token)) == ("revoked", DEAD)
    assert tenant.redeem(granted["receipt"]).status_code == 400


def test_dismissing_an_agent_elsewhere_ends_nothing_here(tenant: Tenant, found_tenant: Callable[[], Tenant]) -> None:
    """An admission ends in one organization alone."""
    tenant.grant()
    token, other = tenant.token(), found_tenant()
    other.admit(tenant.planner)
    other.must("DELETE", f"/agents/{tenant.planner.id}")
    assert tenant.seen(token) == ALIVE


def test_removing_a_membership_revokes_its_delegations(tenant: Tenant) -> None:
    """When a user leaves, the user's delegations end for ever, also when the user comes back with the same role."""
    granted = tenant.grant(unattended=True)
    token = tenant.token()
    assert tenant.must("DELETE", f"/memberships/{tenant.anne}")["revoked"] == [granted["id"]]
    assert tenant.seen(token) == DEAD
    tenant.must("PUT", f"/memberships/{tenant.anne}")
    tenant.assign(f"user:{tenant.anne}", "workspace-member", "workspace:design")
    assert (tenant.status(granted), tenant.seen(token)) == ("revoked", DEAD)
    assert tenant.redeem(granted["receipt"]).status_code == 400


@pytest.mark.parametrize(("path", "name"), [("/users", "anne"), ("/agents", "planner")])
def test_deleting_a_user_or_an_agent_revokes_its_delegations(tenant: Tenant, path: str, name: str) -> None:
    """When its user or its agent is deleted, a delegation is revoked and nothing brings either back."""
    granted = tenant.grant(unattended=True)
    token, by_receipt = tenant.token(), tenant.redeem(granted["receipt"]).json()["access_token"]
    where = f"{path}/{tenant.own(name)}"
    tenant.house.must("DELETE", where)
    assert tenant.status(granted) == "revoked"
    assert (tenant.seen(token), tenant.actions(by_receipt)) == (DEAD, [])
    assert tenant.redeem(granted["receipt"]).status_code in {400, 401}
    assert tenant.house.manage("PATCH", where, {"status": "active"}).status_code == 404
    tenant.manage("POST", f"/delegations/{granted['id']}/resume")
    assert (tenant.status(granted), tenant.seen(token)) == ("revoked", DEAD)


def test_deleting_an_organizations_role_revokes_what_holds_it(tenant: Tenant) -> None:
    """When a role of the organization is deleted, every delegation that holds it ends, of several roles too."""
    tenant.role("org-painter", "project", "project:view", "document:edit")
    alone = tenant.grant(roles=["org-painter"])
    among = tenant.grant(resource=APOLLO, roles=["org-painter", "project-viewer"])
    other = tenant.grant(resource="project:zeus")
    token = tenant.token(details=tenant.details(role="org-painter", delegation_id=alone["id"]))
    assert sorted(tenant.must("DELETE", "/roles/org-painter")["revoked"]) == sorted([alone["id"], among["id"]])
    assert [tenant.status(one) for one in (alone, among, other)] == ["revoked", "revoked", "active"]
    assert (tenant.actions(token), tenant.may(token)) == ([], False)


def test_deleting_an_environment_role_revokes_what_holds_it(tenant: Tenant) -> None:
    """When a role of all organizations is deleted, every delegation that holds it ends, of several roles too."""
    slug = f"painter-{tenant.id}"
    tenant.house.must("PUT", f"/roles/{slug}", {"type": "project", "permissions": ["project:view", "document:edit"]})
    alone = tenant.grant(roles=[slug], unattended=True)
    among = tenant.grant(roles=[slug, "project-viewer"])
    token = tenant.token(details=tenant.details(role=slug, delegation_id=alone["id"]))
    viewing = tenant.token(details=tenant.details(role="project-viewer", delegation_id=among["id"]))
    tenant.house.must("DELETE", f"/roles/{slug}")
    assert (tenant.actions(token), tenant.may(token)) == ([], False)
    assert (tenant.actions(viewing), tenant.may(viewing, "document:view")) == ([], False)
    assert [tenant.status(one) for one in (alone, among)] == ["revoked", "revoked"]
    assert tenant.redeem(alone["receipt"]).status_code == 400


def test_people_lose_what_a_deleted_role_gave_them(tenant: Tenant) -> None:
    """A right that came from a role is lost when the role is deleted, and resources can still be deleted."""
    slug = f"watcher-{tenant.id}"
    tenant.house.must("PUT", f"/roles/{slug}", {"type": "project", "permissions": ["project:delete"]})
    tenant.assign(f"user:{tenant.anne}", slug, "project:zeus")
    assert tenant.person_may(tenant.anne, "project:delete", "project:zeus")
    tenant.house.must("DELETE", f"/roles/{slug}")
    assert not tenant.person_may(tenant.anne, "project:delete", "project:zeus")
    tenant.must("DELETE", "/resources/app:backoffice")
    tenant.must("DELETE", "/resources/project:zeus")


def test_deleting_a_resource_revokes_what_is_rooted_there(tenant: Tenant) -> None:
    """A delegation on a resource that is deleted ends; one on a resource above it does not."""
    above = tenant.grant()
    there = tenant.grant(resource="app:storefront", roles=["app-viewer"])
    entry = tenant.details("app:storefront", "app-viewer", delegation_id=there["id"])
    token = tenant.token(details=entry)
    assert tenant.must("DELETE", "/resources/app:storefront")["revoked"] == [there["id"]]
    assert [tenant.status(one) for one in (above, there)] == ["active", "revoked"]
    assert (tenant.actions(token), tenant.may(token, "app:view")) == ([], False)
    upper = tenant.token()
    assert not tenant.may(upper, "document:edit", "app:storefront")
    assert tenant.may(upper, "document:edit", APOLLO)


@pytest.mark.parametrize("reason", ["children", "assignments"])
def test_deleting_what_others_depend_on_has_to_be_asked_for(tenant: Tenant, reason: str) -> None:
    """A resource with children or with assignments is not deleted unless cascade is asked."""
    if reason == "assignments":
        tenant.must("DELETE", "/resources/app:storefront")
        tenant.assign(f"user:{tenant.bob}", EDITOR, APOLLO)
    granted = tenant.grant()
    assert tenant.manage("DELETE", f"/resources/{APOLLO}").status_code == 409
    assert tenant.manage("DELETE", f"/resources/{APOLLO}?cascade=false").status_code == 409
    assert (tenant.status(granted), tenant.person_may(tenant.anne, "project:view", APOLLO)) == ("active", True)


def test_cascade_takes_the_subtree_with_all_that_hangs_on_it(tenant: Tenant) -> None:
    """Deletion with cascade removes what lies beneath, its assignments, and the delegations rooted anywhere in it."""
    tenant.assign(f"user:{tenant.bob}", "app-viewer", "app:storefront")
    inside = [tenant.grant(), tenant.grant(tenant.bob, resource="app:storefront", roles=["app-viewer"])]
    outside = tenant.grant(resource="project:zeus")
    token = tenant.token()
    answer = tenant.must("DELETE", f"/resources/{APOLLO}?cascade=true")
    assert answer["deleted"] == ["app:storefront", APOLLO]
    assert sorted(answer["revoked"]) == sorted(one["id"] for one in inside)
    assert [tenant.status(one) for one in (*inside, outside)] == ["revoked", "revoked", "active"]
    assert not tenant.person_may(tenant.bob, "app:view", "app:storefront")
    assert not tenant.person_may(tenant.anne, "app:view", "app:storefront")
    assert tenant.seen(token) == DEAD


def test_the_root_goes_only_with_its_organization(tenant: Tenant) -> None:
    """The root of the tree cannot be deleted, cascade or not."""
    for cascade in ("", "?cascade=true"):
        assert tenant.manage("DELETE", f"/resources/organization:{tenant.id}{cascade}").status_code == 409


@pytest.mark.threat("5")
def test_deleting_an_organization_ends_all_in_it(tenant: Tenant) -> None:
    """With an organization every delegation in it ends, and nothing in it can be granted, asked or managed again."""
    granted = tenant.grant(unattended=True)
    token = tenant.token()
    assert tenant.must("DELETE", "")["revoked"] == [granted["id"]]
    assert tenant.seen(token) == DEAD
    assert tenant.redeem(granted["receipt"]).status_code == 400
    assert not tenant.person_may(tenant.anne, "project:view", APOLLO)
    assert tenant.ask(tenant.anne).status_code == 404
    assert tenant.manage("PUT", f"/memberships/{tenant.bob}").status_code == 404
    assert tenant.manage("POST", f"/delegations/{granted['id']}/resume").status_code == 404
    assert tenant.house.manage("POST", "/organizations", {"id": tenant.id}).status_code == 409


@pytest.mark.threat("5")
def test_dismissing_a_service_ends_answers_and_tokens_for_it(tenant: Tenant) -> None:
    """A service that is not admitted gets no answer, and no token is issued for it, until it is admitted again."""
    tenant.grant()
    token = tenant.token()
    tenant.must("DELETE", f"/services/{tenant.documents.id}")
    assert tenant.seen(token) == DEAD
    assert tenant.exchange().json()["error"] == "invalid_target"
    tenant.must("PUT", f"/services/{tenant.documents.id}")
    assert tenant.seen(token) == ALIVE
