"""Names: given once, to one thing, for ever; and commands that may be repeated."""

from typing import Any

import pytest

from tests.directory.log import heads
from tests.directory.routes import asked
from tests.end_to_end.deployment import Deployment
from tests.end_to_end.tenant import Tenant

Given = tuple[str, dict[str, Any]]

pytestmark = pytest.mark.semantics("1")


def give(house: Deployment, given: Given) -> int:
    """Give a command as the bootstrap administrator; return the status of the answer."""
    request = asked(*given)
    return house.manage(request.method, request.path, request.body).status_code


def lives(tenant: Tenant) -> dict[str, tuple[Given, Given]]:
    """Return how each kind of thing comes to be and goes, under names that only this test uses."""
    here, name = {"organization": tenant.id}, tenant.own("x")
    service = {"id": name, "audience": f"https://{name}.example"}
    role = {"type": "project", "permissions": ["project:view"]}
    provider = {"id": "x-" + tenant.id, "issuer": f"https://x.{tenant.id}", "jwks_uri": "https://x.example/keys"}
    return {
        "organization": (("create-organization", {"id": name}), ("delete-organization", {"organization": name})),
        "user": (("create-user", {"id": name}), ("set-user-status", {"user": name, "status": "deleted"})),
        "agent": (
            ("register-agent", {"id": name, "secret": True}),
            ("set-agent-status", {"id": name, "status": "deleted"}),
        ),
        "service": (("register-service", service), ("set-service-status", {"id": name, "status": "deleted"})),
        "group": (("create-group", {**here, "id": "x"}), ("delete-group", {**here, "id": "x"})),
        "resource": (
            ("create-resource", {**here, "resource": "workspace:x"}),
            ("delete-resource", {**here, "resource": "workspace:x"}),
        ),
        "environment role": (
            ("put-role", {"slug": f"x-{tenant.id}", **role}),
            ("delete-role", {"slug": f"x-{tenant.id}"}),
        ),
        "organization role": (
            ("put-organization-role", {**here, "slug": "org-x", **role}),
            ("delete-organization-role", {**here, "slug": "org-x"}),
        ),
        "identity provider": (
            ("put-identity-provider", provider),
            ("remove-identity-provider", {"id": provider["id"]}),
        ),
    }


KINDS = (
    "organization",
    "user",
    "agent",
    "service",
    "group",
    "resource",
    "environment role",
    "organization role",
    "identity provider",
)


@pytest.mark.threat("16")
@pytest.mark.parametrize("kind", KINDS)
def test_a_name_is_never_given_again(tenant: Tenant, kind: str) -> None:
    """What was deleted cannot be made again under its name, and the attempt changes nothing."""
    begin, end = lives(tenant)[kind]
    assert give(tenant.house, begin) in {200, 201}
    assert give(tenant.house, end) == 200
    before = heads(tenant.house)
    assert give(tenant.house, begin) == 409
    assert heads(tenant.house) == before


@pytest.mark.parametrize("first", ["user", "agent", "service"])
@pytest.mark.parametrize("second", ["user", "agent", "service"])
def test_people_agents_and_services_share_one_namespace(tenant: Tenant, first: str, second: str) -> None:
    """An id names one user, agent or service, so that a subject in a token never means two; deletion frees nothing."""
    kinds = lives(tenant)
    assert give(tenant.house, kinds[first][0]) == 201
    assert give(tenant.house, kinds[second][0]) == 409
    assert give(tenant.house, kinds[first][1]) == 200
    assert give(tenant.house, kinds[second][0]) == 409


def test_the_audience_of_a_deleted_service_goes_to_no_other(tenant: Tenant) -> None:
    """Tokens for an audience never reach a service that took over its name."""
    begin, end = lives(tenant)["service"]
    assert give(tenant.house, begin) == 201
    assert give(tenant.house, end) == 200
    assert give(tenant.house, ("register-service", {**begin[1], "id": tenant.own("heir")})) == 409


def test_an_identity_is_one_user_for_ever(tenant: Tenant) -> None:
    """An identity linked to a user is linked to no other, not even when the user is deleted."""
    provider = lives(tenant)["identity provider"][0]
    link = {"issuer": provider[1]["issuer"], "subject": "s"}
    assert give(tenant.house, provider) == 200
    assert give(tenant.house, ("link-identity", {**link, "user": tenant.anne})) == 201
    assert give(tenant.house, ("link-identity", {**link, "user": tenant.bob})) == 409
    assert give(tenant.house, ("set-user-status", {"user": tenant.anne, "status": "deleted"})) == 200
    assert give(tenant.house, ("link-identity", {**link, "user": tenant.bob})) == 409


def test_two_organizations_name_their_things_alike(tenant: Tenant) -> None:
    """Resources, groups and an organization's roles are named within their organization."""
    other = tenant.own("other")
    tenant.house.must("POST", "/organizations", {"id": other})
    for kind in ("group", "resource", "organization role"):
        command, fields = lives(tenant)[kind][0]
        assert give(tenant.house, (command, fields)) in {200, 201}
        assert give(tenant.house, (command, {**fields, "organization": other})) in {200, 201}


@pytest.mark.parametrize("status", ["active", "suspended"])
@pytest.mark.parametrize("kind", ["user", "agent", "service"])
def test_deletion_is_for_ever(tenant: Tenant, kind: str, status: str) -> None:
    """A deleted user, agent or service is not brought back by any status."""
    begin, end = lives(tenant)[kind]
    assert give(tenant.house, begin) == 201
    assert give(tenant.house, end) == 200
    assert give(tenant.house, (end[0], {**end[1], "status": status})) == 404


def test_what_holds_already_is_not_changed_again(tenant: Tenant) -> None:
    """To assign, to add a member, to suspend, resume or revoke what is so already answers 200 and writes nothing."""
    here = {"organization": tenant.id}
    granted = {**here, "id": tenant.grant()["id"]}
    tenant.must("POST", "/groups", {"id": "eng"})
    repeated: list[Given] = [
        ("assign", {**here, "principal": f"user:{tenant.bob}", "role": "project-viewer", "resource": "project:zeus"}),
        ("add-group-member", {**here, "group": "eng", "member": f"user:{tenant.bob}"}),
        ("suspend-delegation", granted),
        ("resume-delegation", granted),
        ("revoke-delegation", granted),
    ]
    for given in repeated:
        assert give(tenant.house, given) == 200
        before = heads(tenant.house)
        assert give(tenant.house, given) == 200
        assert heads(tenant.house) == before


def test_a_put_again_ends_in_the_same_state(tenant: Tenant) -> None:
    """A membership, an admission, a role or a provider may be put again; what it says then holds, once."""
    house, here = tenant.house, {"organization": tenant.id}
    puts: list[Given] = [
        ("put-membership", {**here, "user": tenant.anne}),
        ("admit-agent", {**here, "agent": tenant.planner.id, "ceiling": "none"}),
        ("admit-service", {**here, "service": "documents"}),
        lives(tenant)["organization role"][0],
        lives(tenant)["identity provider"][0],
        ("appoint-administrator", {"user": tenant.bob}),
    ]
    assert [give(house, given) for given in (*puts, *puts)] == [200] * 12
    shown = tenant.must("GET", "")
    assert shown["memberships"] == {tenant.anne: True, tenant.bob: True}
    assert (shown["agents"], shown["services"]) == ([tenant.planner.id], ["documents"])
    house.must("DELETE", f"/administrators/{tenant.bob}")
