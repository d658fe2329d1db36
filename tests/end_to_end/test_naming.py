"""Who and what: names, organizations, and whose word counts where (semantics: who and what)."""

import unicodedata
from collections.abc import Callable

import pytest

from tests.conformance import rfc
from tests.end_to_end.deployment import JSON, Deployment, payload
from tests.end_to_end.identity_provider import trusted
from tests.end_to_end.tenant import APOLLO, Tenant

pytestmark = pytest.mark.semantics("1")


@pytest.fixture
def other(found_tenant: Callable[[], Tenant], tenant: Tenant) -> Tenant:
    """A second organization, which anne belongs to as well and in which she holds the same role."""
    other = found_tenant()
    other.must("PUT", f"/memberships/{tenant.anne}")
    other.assign(f"user:{tenant.anne}", "workspace-member", "workspace:design")
    other.admit(tenant.planner)
    return other


@pytest.mark.threat("16")
def test_the_same_name_in_two_organizations_is_two_resources(tenant: Tenant, other: Tenant) -> None:
    """A project of one organization is another thing than the project of the same name in another."""
    tenant.grant()
    token = tenant.token()
    assert tenant.may(token, "document:edit", "app:storefront")
    other.move("app:storefront", "project:zeus")
    other.unassign(f"user:{tenant.anne}", "workspace-member", "workspace:design")
    assert tenant.may(token, "document:edit", "app:storefront")
    assert not other.person_may(tenant.anne, "document:edit", "app:storefront")
    assert tenant.person_may(tenant.anne, "document:edit", "app:storefront")


@pytest.mark.threat("16")
@pytest.mark.parametrize("route", ["/roles/org-painter", "/groups/painters"])
def test_roles_and_groups_are_named_within_their_organization(tenant: Tenant, other: Tenant, route: str) -> None:
    """A group and an organization's role may have the same name in two organizations and be two things."""
    made: JSON = {"type": "project", "permissions": ["project:view"]} if "roles" in route else {}
    kind, name = route.strip("/").split("/")
    for organization in (tenant, other):
        if made:
            organization.must("PUT", route, made)
        else:
            organization.must("POST", f"/{kind}", {"id": name})
    tenant.must("DELETE", route)
    assert tenant.manage("DELETE", route).status_code == 404
    other.must("DELETE", route)


@rfc("9068", "5", "subject-collision")
@rfc("9700", "4.15.1", "influence")
@pytest.mark.parametrize("second", ["users", "agents", "services"])
@pytest.mark.parametrize("first", ["users", "agents", "services"])
@pytest.mark.threat("15")
def test_users_agents_and_services_share_one_namespace(tenant: Tenant, first: str, second: str) -> None:
    """No id is given to two of users, agents and services, so that a `sub` names one thing."""
    name = tenant.own(f"{first}-{second}")
    house = tenant.house
    body: dict[str, JSON] = {"agents": {"secret": True}, "users": {}}
    one, two = ({**body, "services": {"audience": f"https://{name}.example/{n}"}} for n in (1, 2))
    assert house.manage("POST", f"/{first}", {"id": name, **one[first]}).status_code == 201
    assert house.manage("POST", f"/{second}", {"id": name, **two[second]}).status_code == 409


@pytest.mark.usefixtures("other")
def test_a_user_of_several_organizations_is_never_guessed_into_one(tenant: Tenant) -> None:
    """A request that does not say which organization it means is refused, also when only one could be meant."""
    tenant.grant()
    answer = tenant.exchange(details=tenant.details(organization=None))
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")
    assert not tenant.person_may(tenant.anne, "project:view", APOLLO, organization=None)


def test_the_organization_may_follow_from_the_user_token(tenant: Tenant) -> None:
    """A user token that names its organization needs no other word about it."""
    tenant.grant()
    subject = tenant.house.user_token(tenant.anne, organization=tenant.id)
    answer = tenant.exchange(subject, details=tenant.details(organization=None))
    assert payload(answer.json()["access_token"])["org_id"] == tenant.id


@pytest.mark.threat("16")
def test_an_organization_that_contradicts_the_user_token_denies(tenant: Tenant, other: Tenant) -> None:
    """A user token for one organization is worth nothing in another, whatever the request names."""
    other.grant(tenant.anne, agent=tenant.planner.id)
    subject = tenant.house.user_token(tenant.anne, organization=tenant.id)
    answer = other.exchange(subject, tenant.planner)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")
    assert other.exchange(tenant.house.user_token(tenant.anne), tenant.planner).status_code == 200


@pytest.mark.threat("16")
def test_an_organization_that_contradicts_the_receipt_denies(tenant: Tenant, other: Tenant) -> None:
    """A receipt of one organization is refused where the request names another."""
    receipt = tenant.grant(unattended=True)["receipt"]
    other.grant(tenant.anne, agent=tenant.planner.id)
    answer = tenant.redeem(receipt, details=tenant.details(organization=other.id))
    assert answer.status_code == 400
    assert tenant.redeem(receipt).status_code == 200


@pytest.mark.threat("16")
def test_an_organization_that_contradicts_the_token_denies(tenant: Tenant, other: Tenant) -> None:
    """A question about a token and another organization's resource is answered no, and says so."""
    tenant.grant()
    question = {
        "subject": {"type": "token", "id": tenant.token()},
        "action": {"name": "document:edit"},
        "resource": {"type": "app", "id": "storefront", "properties": {"organization": other.id}},
    }
    documents = tenant.documents
    answer = tenant.house.http.post("/access/v1/evaluation", json=question, auth=(documents.id, documents.secret))
    assert answer.json()["decision"] is False
    assert answer.json()["context"]["reason"] == "other_organization"


def test_a_membership_is_switched_off_for_one_organization_alone(tenant: Tenant, other: Tenant) -> None:
    """Whether a membership is active is said per organization."""
    tenant.must("PUT", f"/memberships/{tenant.anne}", {"active": False})
    assert not tenant.person_may(tenant.anne, "project:view", APOLLO)
    assert other.person_may(tenant.anne, "project:view", APOLLO)


@pytest.mark.threat("16")
def test_no_name_of_the_platform_is_given_twice(tenant: Tenant) -> None:
    """The id of a deleted user, agent, service, role or organization, and an audience, are never given again."""
    house, name = tenant.house, tenant.own("once")
    audience = f"https://{name}.example"
    made: list[tuple[str, str, str, JSON]] = [
        ("POST", "/users", f"/users/u-{name}", {"id": f"u-{name}"}),
        ("POST", "/agents", f"/agents/a-{name}", {"id": f"a-{name}", "secret": True}),
        ("POST", "/services", f"/services/s-{name}", {"id": f"s-{name}", "audience": audience}),
        ("POST", "/organizations", f"/organizations/o-{name}", {"id": f"o-{name}"}),
        ("PUT", f"/roles/r-{tenant.id}", f"/roles/r-{tenant.id}", {"type": "project", "permissions": []}),
    ]
    for method, where, thing, body in made:
        assert house.manage(method, where, body).is_success
        assert house.manage("DELETE", thing).is_success
        assert house.manage(method, where, body).status_code == 409, where
    assert house.manage("POST", "/services", {"id": f"x-{name}", "audience": audience}).status_code == 409


@pytest.mark.threat("16")
def test_no_name_within_an_organization_is_given_twice(tenant: Tenant) -> None:
    """The name of a deleted resource, group or role of an organization is never given again."""
    made: list[tuple[str, str, str, JSON]] = [
        ("POST", "/resources", "/resources/app:twice", {"resource": "app:twice", "parent": APOLLO}),
        ("POST", "/groups", "/groups/twice", {"id": "twice"}),
        ("PUT", "/roles/org-twice", "/roles/org-twice", {"type": "app", "permissions": ["app:view"]}),
    ]
    for method, where, thing, body in made:
        tenant.must(method, where, body)
        tenant.must("DELETE", thing)
        assert tenant.manage(method, where, body).status_code == 409, where


@pytest.mark.threat("8")
@pytest.mark.parametrize(
    "resource",
    [
        "project",
        "project:",
        ":apollo",
        "project:*",
        "project:a b",
        "project:a:b",
        "project:a#b",
        "project:a\x00b",
        "project:a\tb",
        "project:a\u200bb",
        " project:apollo2",
        "project:apollo2 ",
        "project:" + "x" * 257,
        unicodedata.normalize("NFD", "project:\u00e9t\u00e9"),
        "user:zoe",
        "group:zoe",
        "planet:mars",
    ],
)
def test_a_malformed_reference_is_refused_and_never_repaired(settled: Tenant, resource: str) -> None:
    """What is not `type:id` of a resource type, with a clean id in NFC, is refused and creates nothing."""
    before = settled.must("GET", "")["resources"]
    answer = settled.manage("POST", "/resources", {"resource": resource, "parent": "workspace:design"})
    assert answer.status_code in {400, 422}
    assert settled.must("GET", "")["resources"] == before


@pytest.mark.threat("9")
def test_names_that_look_alike_are_different_names(tenant: Tenant) -> None:
    """Case, ligatures, look-alike letters and prefixes make other names; none is taken for another."""
    for twin in ("project:Apollo", "project:apollo-", "project:apoll", "project:\u0430pollo", "project:apol\u0142o"):
        tenant.resource(twin, "workspace:sales")
    assert tenant.person_may(tenant.anne, "project:view", APOLLO)
    shown = [one["resource"] for one in tenant.must("GET", "")["resources"] if one["parent"] == "workspace:sales"]
    assert len(shown) == 6
    assert not any(tenant.person_may(tenant.anne, "project:view", twin) for twin in shown)


def test_a_resource_has_one_parent_of_an_allowed_type_in_its_organization(tenant: Tenant) -> None:
    """A parent of another type, of no known name or of another organization is refused, and so is the root twice."""
    refused = {"app:x": "workspace:design", "workspace:x": APOLLO, "project:x": "workspace:elsewhere"}
    for resource, parent in refused.items():
        answer = tenant.manage("POST", "/resources", {"resource": resource, "parent": parent})
        assert answer.status_code in {404, 422}, resource
    assert tenant.manage("POST", "/resources", {"resource": f"organization:{tenant.id}"}).status_code == 409
    assert tenant.manage("POST", "/resources", {"resource": "organization:second"}).status_code == 422


def test_a_tree_is_eight_levels_deep_at_most(tenant: Tenant) -> None:
    """A resource may lie eight levels below its organization and no deeper, moved subtrees included."""
    folder = f"folder-{tenant.id}"
    tenant.house.must("PUT", f"/resource-types/{folder}", {"parents": ["project"]})
    tenant.house.must("PUT", f"/resource-types/{folder}", {"parents": ["project", folder]})
    above = APOLLO
    for level in range(3, 9):
        tenant.resource(f"{folder}:{level}", above)
        above = f"{folder}:{level}"
    assert tenant.manage("POST", "/resources", {"resource": f"{folder}:9", "parent": above}).status_code == 422
    tenant.resource(f"{folder}:top", "project:zeus")
    assert tenant.manage("PATCH", f"/resources/{folder}:3", {"parent": f"{folder}:top"}).status_code == 422
    assert tenant.manage("PATCH", f"/resources/{folder}:3", {"parent": f"{folder}:8"}).status_code == 422
    tenant.move(f"{folder}:8", f"{folder}:top")


@pytest.mark.threat("16")
def test_a_provider_of_an_organization_speaks_for_it_alone(tenant: Tenant, other: Tenant) -> None:
    """What an organization's own identity provider says of a user counts in that organization and nowhere else."""
    provider = trusted(tenant.house, f"idp-{tenant.id}", organization=tenant.id)
    tenant.grant()
    other.grant(tenant.anne, agent=tenant.planner.id)
    assert tenant.exchange(provider.token(tenant.anne)).status_code == 200
    assert other.exchange(provider.token(tenant.anne), tenant.planner).status_code == 400
    headers = {"Authorization": f"Bearer {provider.by_hand(tenant.anne)}"}
    seen = {
        organization.id: tenant.house.http.get(f"/delegations?organization={organization.id}", headers=headers)
        for organization in (tenant, other)
    }
    assert {id_: answer.status_code for id_, answer in seen.items()} == {tenant.id: 200, other.id: 401}


@pytest.mark.threat("16")
def test_a_provider_that_contradicts_its_own_organization_is_heard_nowhere(tenant: Tenant, other: Tenant) -> None:
    """A token of one organization's provider that names another organization counts in neither."""
    provider = trusted(tenant.house, f"idp-{tenant.id}", organization=tenant.id)
    for organization in (tenant, other):
        organization.grant(tenant.anne, agent=tenant.planner.id)
        organization.assign(f"user:{tenant.anne}", "organization-admin", f"organization:{organization.id}")
        answer = organization.exchange(provider.token(tenant.anne, org_id=other.id), tenant.planner)
        assert answer.json()["error"] == "invalid_request"
        managing = provider.to_manage(tenant.anne, org_id=other.id)
        assert organization.manage("POST", "/groups", {"id": "painters"}, bearer=managing).status_code in {401, 403}


@pytest.mark.threat("17")
def test_a_provider_of_an_organization_makes_nobody_an_administrator_elsewhere(tenant: Tenant, other: Tenant) -> None:
    """An organization's own provider can name no administrator of the platform or of another organization."""
    provider = trusted(tenant.house, f"idp-{tenant.id}", organization=tenant.id)
    for organization in (tenant, other):
        organization.assign(f"user:{tenant.anne}", "organization-admin", f"organization:{organization.id}")
    tenant.house.must("PUT", f"/administrators/{tenant.bob}")
    as_anne, as_bob = provider.to_manage(tenant.anne), provider.to_manage(tenant.bob)
    assert tenant.manage("POST", "/groups", {"id": "painters"}, bearer=as_anne).status_code == 201
    assert other.manage("POST", "/groups", {"id": "painters"}, bearer=as_anne).status_code in {401, 403}
    assert other.manage("GET", "", bearer=as_anne).status_code in {401, 403, 404}
    assert tenant.house.manage("POST", "/users", {"id": tenant.own("x")}, bearer=as_bob).status_code in {401, 403}
    assert other.manage("POST", "/groups", {"id": "cooks"}, bearer=as_bob).status_code in {401, 403}
    assert tenant.house.manage("DELETE", f"/organizations/{tenant.id}", bearer=as_bob).status_code in {401, 403}


@pytest.mark.threat("17")
def test_a_token_that_names_an_organization_administers_that_one_alone(tenant: Tenant, other: Tenant) -> None:
    """A user token with `org_id` gives no right of administration outside that organization."""
    for organization in (tenant, other):
        organization.assign(f"user:{tenant.anne}", "organization-admin", f"organization:{organization.id}")
    management = f"{tenant.house.issuer}/management"
    token = tenant.house.user_token(tenant.anne, audience=management, organization=tenant.id)
    assert tenant.manage("POST", "/groups", {"id": "painters"}, bearer=token).status_code == 201
    assert other.manage("POST", "/groups", {"id": "painters"}, bearer=token).status_code in {401, 403}


def test_a_linked_identity_is_the_user_it_was_linked_to(tenant: Tenant) -> None:
    """Of a provider whose subjects are linked, only an explicit link says which user it speaks of."""
    provider = trusted(tenant.house, f"idp-{tenant.id}", subjects="linked")
    tenant.grant()
    assert tenant.exchange(provider.token(tenant.anne)).status_code == 400
    link = {"issuer": provider.issuer, "subject": "00u1"}
    tenant.house.must("POST", f"/users/{tenant.anne}/identities", link)
    assert tenant.exchange(provider.token("00u1")).status_code == 200
    assert tenant.exchange(provider.token("00u2")).status_code == 400
    assert tenant.house.manage("POST", f"/users/{tenant.bob}/identities", link).status_code == 409


def test_a_provider_that_is_trusted_no_longer_says_nothing(tenant: Tenant) -> None:
    """A user token of a provider that was removed is refused at once."""
    provider = trusted(tenant.house, f"idp-{tenant.id}")
    tenant.grant()
    assert tenant.exchange(provider.token(tenant.anne)).status_code == 200
    tenant.house.must("DELETE", f"/identity-providers/{provider.id}")
    assert tenant.exchange(provider.token(tenant.anne)).status_code == 400


@pytest.mark.threat("17")
def test_whoever_administers_an_organization_administers_no_other(tenant: Tenant, other: Tenant) -> None:
    """`organization:administer` counts in the organization it is held in, and not on the platform."""
    tenant.assign(f"user:{tenant.anne}", "organization-admin", f"organization:{tenant.id}")
    token = tenant.house.user_token(tenant.anne, audience=f"{tenant.house.issuer}/management")
    assert tenant.manage("POST", "/groups", {"id": "g"}, bearer=token).status_code == 201
    assert other.manage("POST", "/groups", {"id": "g"}, bearer=token).status_code == 403
    assert other.manage("GET", "", bearer=token).status_code == 404
    assert tenant.house.manage("POST", "/users", {"id": tenant.own("x")}, bearer=token).status_code == 403


def test_an_answer_names_the_revision_it_is_true_of(tenant: Tenant, house: Deployment) -> None:
    """Every change raises the organization's revision, and answers after it name that revision."""
    tenant.grant()
    token = tenant.token()
    before = house.introspect(tenant.documents, token)["revision"]
    changed = tenant.must("POST", "/groups", {"id": "g"})["revision"]
    assert changed == before + 1
    assert house.introspect(tenant.documents, token)["revision"] == changed
    answer = house.evaluate(tenant.documents, token, "document:edit", "app:storefront")
    assert answer["context"]["revision"] == changed
