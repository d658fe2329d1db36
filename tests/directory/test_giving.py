"""Nobody gives what they do not hold, and who loses the right to administer loses it at once."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from tests.directory.log import heads
from tests.end_to_end.deployment import JSON
from tests.end_to_end.identity_provider import IdentityProvider, trusted
from tests.end_to_end.tenant import Tenant

pytestmark = [pytest.mark.semantics("1"), pytest.mark.threat("17")]


@dataclass(frozen=True)
class Steward:
    """An administrator of an organization who holds nothing else in it but one sandbox."""

    tenant: Tenant
    people: IdentityProvider
    id: str

    def asks(self, method: str, path: str, body: JSON | None = None) -> int:
        """Return the status of the answer to what the steward asks."""
        token = self.people.to_manage(self.id)
        return self.tenant.manage(method, path, body, bearer=token).status_code

    def assigns(self, principal: str, role: str, resource: str) -> int:
        """Return the status of the answer to an assignment."""
        return self.asks("PUT", f"/assignments?principal={principal}&role={role}&resource={resource}")

    def gives(self, *permissions: str) -> int:
        """Return the status of the answer to a role of the organization's own."""
        return self.asks("PUT", "/roles/org-given", {"type": "workspace", "permissions": list(permissions)})


@pytest.fixture
def steward(tenant: Tenant, people: IdentityProvider) -> Steward:
    """A steward of a fresh organization, who administers the workspace sandbox too."""
    id = tenant.join("steward")
    tenant.role("org-steward", "organization", "organization:administer", "organization:view")
    tenant.assign(f"user:{id}", "org-steward", f"organization:{tenant.id}")
    tenant.resource("workspace:sandbox")
    tenant.assign(f"user:{id}", "workspace-admin", "workspace:sandbox")
    return Steward(tenant, people, id)


@pytest.mark.parametrize(
    ("role", "resource", "status"),
    [
        ("workspace-admin", "workspace:sandbox", 200),
        ("workspace-member", "workspace:sandbox", 200),
        ("workspace-member", "workspace:design", 403),
        ("project-viewer", "project:apollo", 403),
    ],
)
def test_a_role_is_assigned_only_by_who_holds_what_it_contains(
    steward: Steward, role: str, resource: str, status: int
) -> None:
    """An administrator assigns a role where all its permissions are the administrator's own, even to itself."""
    before = heads(steward.tenant.house)
    assert steward.assigns(f"user:{steward.tenant.bob}", role, resource) == status
    assert steward.assigns(f"user:{steward.id}", role, resource) == status
    assert (heads(steward.tenant.house) == before) is (status == 403)


def test_a_role_is_defined_only_by_who_holds_what_it_contains(steward: Steward) -> None:
    """An organization's role contains only what its author holds in the whole organization."""
    assert steward.gives() == 200
    assert steward.gives("project:view") == 403
    assert steward.asks("PUT", "/roles/org-view", {"type": "organization", "permissions": ["organization:view"]}) == 200


def test_a_role_somebody_holds_is_not_widened_by_who_does_not_hold_it(steward: Steward) -> None:
    """To replace a role's permissions its author needs the new ones; to take some away needs nothing."""
    steward.tenant.role("org-given", "workspace", "project:view", "document:view")
    steward.tenant.assign(f"user:{steward.id}", "org-given", "workspace:design")
    assert steward.gives("project:view", "document:view", "document:edit") == 403
    assert steward.gives() == 200


def test_membership_of_a_group_is_given_only_by_who_holds_what_the_group_holds(steward: Steward) -> None:
    """Nobody is added to a group that holds, itself or through another, what the administrator does not hold."""
    tenant = steward.tenant
    for group in ("outer", "inner", "empty"):
        assert steward.asks("POST", "/groups", {"id": group}) == 201
    tenant.must("PUT", "/groups/outer/members/group:inner#member")
    tenant.assign("group:outer#member", "project-editor", "project:apollo")
    assert steward.asks("PUT", f"/groups/outer/members/user:{steward.id}") == 403
    assert steward.asks("PUT", f"/groups/inner/members/user:{steward.id}") == 403
    assert steward.asks("PUT", "/groups/inner/members/group:empty#member") == 403
    assert steward.asks("PUT", f"/groups/empty/members/user:{steward.id}") == 200
    assert not tenant.person_may(steward.id, "project:view", "project:apollo")


def test_a_group_is_given_a_role_only_by_who_holds_it(steward: Steward) -> None:
    """To put oneself into a group first and give it a role afterwards leads nowhere."""
    assert steward.asks("POST", "/groups", {"id": "mine"}) == 201
    assert steward.asks("PUT", f"/groups/mine/members/user:{steward.id}") == 200
    assert steward.assigns("group:mine#member", "project-editor", "project:apollo") == 403


def test_a_resource_is_moved_only_by_who_holds_what_the_new_place_gives(steward: Steward) -> None:
    """A move below a place where somebody holds a role needs what that role gives, on what is moved."""
    tenant = steward.tenant
    assert steward.asks("PATCH", "/resources/project:apollo", {"parent": "workspace:sandbox"}) == 403
    assert not tenant.person_may(steward.id, "project:edit", "project:apollo")
    tenant.resource("project:own", "workspace:sandbox")
    tenant.resource("workspace:bare")
    assert steward.asks("PATCH", "/resources/project:own", {"parent": "workspace:bare"}) == 200
    assert steward.asks("PATCH", "/resources/project:apollo", {"parent": "workspace:bare"}) == 200


def test_who_holds_everything_gives_everything(tenant: Tenant, people: IdentityProvider) -> None:
    """An administrator who holds all permissions of the organization may give each of them."""
    chief = Steward(tenant, people, tenant.join("chief"))
    tenant.assign(f"user:{chief.id}", "organization-admin", f"organization:{tenant.id}")
    assert chief.assigns(f"user:{tenant.bob}", "workspace-admin", "workspace:design") == 200
    assert chief.assigns(f"user:{tenant.bob}", "organization-admin", f"organization:{tenant.id}") == 200
    assert chief.gives("project:edit", "document:delete") == 200


def test_a_provider_of_the_organization_does_not_make_its_word_the_platforms(tenant: Tenant) -> None:
    """An administrator of the platform, known by an organization's own provider, gives no more than is held there."""
    root = Steward(tenant, trusted(tenant.house, f"own-{tenant.id}", organization=tenant.id), tenant.join("root"))
    tenant.house.must("PUT", f"/administrators/{root.id}")
    tenant.role("org-steward", "organization", "organization:administer")
    tenant.assign(f"user:{root.id}", "org-steward", f"organization:{tenant.id}")
    assert root.asks("POST", "/groups", {"id": "g"}) == 201
    assert root.assigns(f"user:{root.id}", "workspace-admin", "workspace:design") == 403


ENDINGS: dict[str, tuple[Callable[[Steward], object], int]] = {
    "the role is taken away": (
        lambda s: s.tenant.unassign(f"user:{s.id}", "org-steward", f"organization:{s.tenant.id}"),
        403,
    ),
    "the role loses the permission": (lambda s: s.tenant.role("org-steward", "organization"), 403),
    "the role is deleted": (lambda s: s.tenant.must("DELETE", "/roles/org-steward"), 403),
    "the membership is switched off": (
        lambda s: s.tenant.must("PUT", f"/memberships/{s.id}", {"active": False}),
        403,
    ),
    "the membership ends": (lambda s: s.tenant.must("DELETE", f"/memberships/{s.id}"), 403),
    "the user is suspended": (lambda s: s.tenant.house.must("PATCH", f"/users/{s.id}", {"status": "suspended"}), 401),
    "the user is deleted": (lambda s: s.tenant.house.must("DELETE", f"/users/{s.id}"), 401),
    "the organization is deleted": (lambda s: s.tenant.must("DELETE", ""), 403),
}


@pytest.mark.parametrize("ending", ENDINGS)
def test_the_right_to_administer_is_lost_at_once(steward: Steward, ending: str) -> None:
    """The very next request of somebody who administers no longer is refused."""
    assert steward.asks("POST", "/groups", {"id": "before"}) == 201
    end, status = ENDINGS[ending]
    end(steward)
    assert steward.asks("POST", "/groups", {"id": "after"}) == status
    assert steward.asks("GET", "") == (401 if status == 401 else 404)


def test_an_administrator_of_the_platform_is_dismissed_at_once(tenant: Tenant, people: IdentityProvider) -> None:
    """The very next request of a dismissed administrator of the platform is refused."""
    root = Steward(tenant, people, tenant.join("root"))
    tenant.house.must("PUT", f"/administrators/{root.id}")
    assert root.asks("POST", "/groups", {"id": "before"}) == 201
    tenant.house.must("DELETE", f"/administrators/{root.id}")
    assert root.asks("POST", "/groups", {"id": "after"}) == 403


def test_a_provider_is_trusted_no_longer_at_once(tenant: Tenant) -> None:
    """The very next request of somebody known by a provider that was removed is refused."""
    provider = trusted(tenant.house, f"brief-{tenant.id}")
    root = Steward(tenant, provider, tenant.join("root"))
    tenant.house.must("PUT", f"/administrators/{root.id}")
    assert root.asks("POST", "/groups", {"id": "before"}) == 201
    tenant.house.must("DELETE", f"/identity-providers/{provider.id}")
    assert root.asks("POST", "/groups", {"id": "after"}) == 401
