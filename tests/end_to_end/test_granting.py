"""Delegations: what a user may grant, and what is refused (semantics: delegations, creation)."""

from collections.abc import Callable

import httpx2
import pytest

from tests.end_to_end.deployment import DOCUMENTS, JSON
from tests.end_to_end.tenant import APOLLO, EDITOR, Tenant

pytestmark = pytest.mark.semantics("4")

EDITS = ["app:edit", "app:view", "document:edit", "document:view", "project:view"]
DAY = 86_400


def refused_as(tenant: Tenant, answer: httpx2.Response) -> str:
    """Return the code of a refusal, which must have left no delegation of anne or bob behind."""
    assert 400 <= answer.status_code < 500, answer.text
    assert tenant.must("GET", "/delegations")["delegations"] == []
    return str(answer.json()["code"])


def test_a_delegation_says_all_that_was_consented_to(tenant: Tenant) -> None:
    """The record names user, agent, place, roles, permissions, limits, purpose and how it was consented."""
    granted = tenant.grant(purpose="tidy the storefront")
    assert granted["id"].startswith("dlg_")
    assert {name: granted[name] for name in ("organization", "user", "agent", "resource", "roles", "permissions")} == {
        "organization": tenant.id,
        "user": tenant.anne,
        "agent": tenant.planner.id,
        "resource": APOLLO,
        "roles": [EDITOR],
        "permissions": EDITS,
    }
    assert (granted["parent"], granted["depth"], granted["unattended"], granted["audiences"]) == (None, 0, False, None)
    assert (granted["purpose"], granted["status"]) == ("tidy the storefront", "active")
    assert (granted["created_at"], granted["created_by"]) == (tenant.now, f"user:{tenant.anne}")
    assert (granted["not_before"], granted["expires_at"]) == (0, tenant.now + 1800)
    assert granted["consent"]
    assert "receipt" not in granted


def test_a_delegation_is_shown_to_its_user_and_to_administrators(tenant: Tenant) -> None:
    """Its user sees a delegation in the list and by id, its administrators in theirs, nobody else anywhere."""
    granted = tenant.grant()
    listed = tenant.house.hand(tenant.anne, "GET", f"/delegations?organization={tenant.id}").json()["delegations"]
    assert [one["id"] for one in listed] == [granted["id"]]
    assert tenant.hand(tenant.anne, "GET", granted["id"]).json()["purpose"] == granted["purpose"]
    assert tenant.status(granted) == "active"
    others = tenant.house.hand(tenant.bob, "GET", f"/delegations?organization={tenant.id}").json()["delegations"]
    assert others == []
    assert tenant.hand(tenant.bob, "GET", granted["id"]).status_code == 404


def test_what_the_user_lacks_is_withheld_and_no_error(tenant: Tenant) -> None:
    """Permissions of the role that the user does not hold are listed, ineffective, and effective once held."""
    tenant.assign(f"user:{tenant.bob}", "project-viewer", APOLLO)
    granted = tenant.grant(tenant.bob)
    assert (granted["withheld"], granted["permissions"]) == (["app:edit", "document:edit"], EDITS)
    token = tenant.token(tenant.bob)
    assert tenant.actions(token) == ["app:view", "document:view", "project:view"]
    tenant.assign(f"user:{tenant.bob}", EDITOR, APOLLO)
    assert tenant.actions(token) == EDITS


def test_nothing_is_withheld_from_who_holds_all(tenant: Tenant) -> None:
    """Who holds the whole role withholds nothing."""
    assert tenant.grant()["withheld"] == []


@pytest.mark.threat("1")
@pytest.mark.parametrize("role", [None, ("app-viewer", "app:storefront"), ("project-editor", "project:zeus")])
def test_who_holds_nothing_there_can_lend_nothing(tenant: Tenant, role: tuple[str, str] | None) -> None:
    """A user who holds no permission of the role on the resource itself is refused, whatever is held elsewhere."""
    if role is not None:
        tenant.assign(f"user:{tenant.bob}", *role)
    assert refused_as(tenant, tenant.ask(tenant.bob)) == "nothing_held"


@pytest.mark.threat("5")
def test_an_agent_has_to_be_admitted_and_active(tenant: Tenant, found_tenant: Callable[[], Tenant]) -> None:
    """An agent that is unknown, of another organization, suspended, dismissed or deleted cannot be let act."""
    house, elsewhere = tenant.house, found_tenant().planner.id
    assert refused_as(tenant, tenant.ask(tenant.anne, agent="nobody")) == "unknown_agent"
    assert refused_as(tenant, tenant.ask(tenant.anne, agent=elsewhere)) == "unknown_agent"
    assert refused_as(tenant, tenant.ask(tenant.anne, agent=tenant.bob)) == "unknown_agent"
    assert refused_as(tenant, tenant.ask(tenant.anne, agent=tenant.documents.id)) == "unknown_agent"
    house.must("PATCH", f"/agents/{tenant.planner.id}", {"status": "suspended"})
    assert refused_as(tenant, tenant.ask(tenant.anne)) == "unknown_agent"
    house.must("PATCH", f"/agents/{tenant.planner.id}", {"status": "active"})
    tenant.must("DELETE", f"/agents/{tenant.planner.id}")
    assert refused_as(tenant, tenant.ask(tenant.anne)) == "unknown_agent"
    tenant.admit(tenant.planner)
    house.must("DELETE", f"/agents/{tenant.planner.id}")
    assert refused_as(tenant, tenant.ask(tenant.anne)) == "unknown_agent"


@pytest.mark.threat("1")
@pytest.mark.parametrize(
    ("resource", "role", "code"),
    [
        (APOLLO, "workspace-member", "unknown_role"),
        (APOLLO, "app-viewer", "unknown_role"),
        ("app:storefront", EDITOR, "unknown_role"),
        (APOLLO, "project-owner", "unknown_role"),
        (APOLLO, "project:view", "unknown_role"),
        ("project:nowhere", EDITOR, "unknown_resource"),
        ("planet:mars", EDITOR, "unknown_resource"),
        ("document:one", EDITOR, "unknown_resource"),
        ("apollo", EDITOR, "malformed"),
        ("project:*", EDITOR, "malformed"),
        (f"{APOLLO}#parent", EDITOR, "malformed"),
    ],
)
def test_the_role_has_to_fit_the_resource(settled: Tenant, resource: str, role: str, code: str) -> None:
    """A role that cannot be held on the resource's type, and a resource that is not there, are refused."""
    answer = settled.ask(settled.anne, resource=resource, roles=[role])
    assert refused_as(settled, answer) == code


@pytest.mark.threat("16")
def test_things_of_another_organization_cannot_be_lent(tenant: Tenant, found_tenant: Callable[[], Tenant]) -> None:
    """A resource and a role of another organization are as unknown as ones that do not exist."""
    other = found_tenant()
    other.resource("project:secret", "workspace:design")
    other.role("org-secret", "project", "project:view")
    foreign = tenant.ask(tenant.anne, resource="project:secret")
    missing = tenant.ask(tenant.anne, resource="project:secre7")
    assert foreign.text.replace("secret", "secre7") == missing.text
    assert refused_as(tenant, foreign) == "unknown_resource"
    assert refused_as(tenant, tenant.ask(tenant.anne, roles=["org-secret"])) == "unknown_role"


@pytest.mark.threat("16")
def test_only_a_member_grants(tenant: Tenant, found_tenant: Callable[[], Tenant]) -> None:
    """A stranger and an inactive member are refused alike, as in an organization that does not exist."""
    other = found_tenant()
    stranger = other.ask(tenant.anne, agent=other.planner.id)
    nowhere = tenant.ask(tenant.anne, organization="nowhere")
    assert (stranger.status_code, stranger.text) == (nowhere.status_code, nowhere.text)
    tenant.must("PUT", f"/memberships/{tenant.anne}", {"active": False})
    assert tenant.ask(tenant.anne).text == nowhere.text
    assert refused_as(tenant, stranger) == "not_found"


@pytest.mark.threat("3")
@pytest.mark.parametrize(
    ("times", "code"),
    [
        ({"expires_in": None}, "malformed"),
        ({"expires_in": 0}, "malformed"),
        ({"expires_in": -1}, "malformed"),
        ({"expires_in": 60.5}, "malformed"),
        ({"expires_in": "60"}, "malformed"),
        ({"expires_in": True}, "malformed"),
        ({"expires_in": 10**12}, "malformed"),
        ({"expires_in": 60, "expires_at": 10**10}, "malformed"),
        ({"expires_in": None, "expires_at": 1}, "bad_times"),
        ({"expires_in": None, "expires_at": 10**15}, "malformed"),
        ({"expires_in": None, "expires_at": -1}, "malformed"),
        ({"expires_in": 60, "not_before": 10**10}, "bad_times"),
        ({"expires_in": 90 * DAY + 1}, "too_long"),
        ({"expires_in": None, "expires_at": 10**10}, "too_long"),
    ],
)
def test_a_delegation_has_an_end_within_the_maximum(settled: Tenant, times: JSON, code: str) -> None:
    """No end, an end in the past, before the beginning or beyond the maximum is refused."""
    assert refused_as(settled, settled.ask(settled.anne, **times)) == code


@pytest.mark.threat("3")
def test_a_delegation_lasts_as_long_as_the_maximum(tenant: Tenant) -> None:
    """The longest delegation lasts exactly the maximum, and the shortest a second."""
    assert tenant.grant(expires_in=90 * DAY)["expires_at"] == tenant.now + 90 * DAY
    assert tenant.grant(expires_in=None, expires_at=tenant.now + 1)["expires_at"] == tenant.now + 1
    assert tenant.ask(tenant.anne, expires_in=None, expires_at=tenant.now).json()["code"] == "bad_times"
    at_once = tenant.ask(tenant.anne, expires_in=60, not_before=tenant.now + 60)
    assert at_once.json()["code"] == "bad_times"


@pytest.mark.threat("15")
@pytest.mark.parametrize(("depth", "status"), [(0, 201), (4, 201), (5, 422), (16, 400), (-1, 400), (True, 400)])
def test_depth_is_bounded_by_the_length_of_chains(tenant: Tenant, depth: int, status: int) -> None:
    """Of a chain of five, four hops can be left at the first; more is refused and never cut to fit."""
    answer = tenant.ask(tenant.anne, depth=depth)
    assert answer.status_code == status
    assert answer.json().get("depth", depth) == depth


@pytest.mark.threat("1")
@pytest.mark.parametrize(
    ("permissions", "code"),
    [
        (["document:delete"], "not_in_role"),
        (["document:edit", "document:delete"], "not_in_role"),
        (["document:fold"], "not_in_role"),
        ([EDITOR], "not_in_role"),
        ([], "malformed"),
        ([""], "malformed"),
        ("document:edit", "malformed"),
        ([1], "malformed"),
    ],
)
def test_only_permissions_of_the_role_can_be_granted(settled: Tenant, permissions: object, code: str) -> None:
    """A permission that the roles do not contain is refused, and an empty set is no grant of everything."""
    assert refused_as(settled, settled.ask(settled.anne, permissions=permissions)) == code


@pytest.mark.threat("2")
def test_audiences_are_services_of_the_organization(tenant: Tenant) -> None:
    """A delegation may be kept to some services; one that is not admitted here is refused."""
    foreign = tenant.ask(tenant.anne, audiences=["https://elsewhere.example"])
    assert refused_as(tenant, foreign) == "unknown_audience"
    assert refused_as(tenant, tenant.ask(tenant.anne, audiences=[])) == "malformed"
    assert tenant.grant(audiences=[DOCUMENTS])["audiences"] == [DOCUMENTS]


@pytest.mark.threat("1")
@pytest.mark.semantics("9")
@pytest.mark.parametrize(
    "changed",
    [
        {"resource": None},
        {"roles": None},
        {"roles": []},
        {"roles": [""]},
        {"agent": None},
        {"organization": None},
        {"organization": ""},
        {"user": "bob"},
        {"parent": "dlg_1"},
        {"status": "active"},
        {"unattended": "yes"},
        {"purpose": "x" * 501},
        {"roles": [EDITOR] * 51},
    ],
)
def test_a_wish_that_is_incomplete_or_says_more_is_refused(settled: Tenant, changed: JSON) -> None:
    """Nothing is defaulted to everything, and a member that is not known here is not passed over."""
    assert refused_as(settled, settled.ask(settled.anne, **changed)) == "malformed"


def test_granting_the_same_again_is_another_delegation(tenant: Tenant) -> None:
    """Two grants of the same thing are two delegations, each with an end of its own."""
    first, second = tenant.grant(), tenant.grant()
    assert first["id"] != second["id"]
    assert tenant.hand(tenant.anne, "DELETE", first["id"]).json()["status"] == "revoked"
    assert tenant.status(second) == "active"
