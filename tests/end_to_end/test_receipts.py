"""Receipts: unattended use, by the agent it names and nobody else (semantics: delegations, receipt)."""

import base64
import json
from datetime import timedelta

import pytest

from tests.end_to_end.deployment import ACCESS_TOKEN, JSON, JWT, payload
from tests.end_to_end.tenant import APOLLO, Tenant

pytestmark = [pytest.mark.semantics("4"), pytest.mark.threat("I10")]


@pytest.fixture
def granted(tenant: Tenant) -> JSON:
    """Anne's delegation to the planner with unattended use allowed."""
    return tenant.grant(unattended=True)


@pytest.fixture
def receipt(granted: JSON) -> str:
    """Its receipt."""
    return str(granted["receipt"])


def test_a_receipt_comes_with_unattended_use_alone(tenant: Tenant, granted: JSON) -> None:
    """The receipt is in the answer to a grant that allows unattended use, and in no other answer."""
    assert "receipt" in granted
    assert "receipt" not in tenant.grant()
    assert "receipt" not in tenant.grant(unattended=False)
    assert "receipt" not in tenant.hand(tenant.anne, "GET", granted["id"]).json()
    assert "receipt" not in tenant.must("GET", "/delegations")["delegations"][0]


def test_a_receipt_says_whose_and_for_whom_it_is(tenant: Tenant, granted: JSON, receipt: str) -> None:
    """It is typed as a receipt, meant for the issuer, and names user, agent, delegation and end."""
    segment = receipt.partition(".")[0]
    assert json.loads(base64.urlsafe_b64decode(segment + "=="))["typ"] == "delegation+jwt"
    claims = payload(receipt)
    assert (claims["iss"], claims["aud"]) == (tenant.house.issuer, tenant.house.issuer)
    assert (claims["sub"], claims["client_id"]) == (tenant.anne, tenant.planner.id)
    assert (claims["delegation_id"], claims["exp"]) == (granted["id"], granted["expires_at"])


@pytest.mark.semantics("6")
def test_a_receipt_gets_short_tokens_without_the_person(tenant: Tenant, granted: JSON, receipt: str) -> None:
    """Long after the user's own token has ended, the agent still gets tokens of the usual short life."""
    long = tenant.grant(unattended=True, expires_in=86_400)
    tenant.house.clock.advance(timedelta(hours=20))
    answer = tenant.redeem(long["receipt"]).json()
    assert answer["expires_in"] == 300
    claims = payload(answer["access_token"])
    assert (claims["sub"], claims["client_id"]) == (tenant.anne, tenant.planner.id)
    assert answer["authorization_details"][0]["delegation_id"] == long["id"]
    assert tenant.may(answer["access_token"])
    assert tenant.redeem(receipt).status_code == 400
    assert tenant.status(granted) == "expired"


@pytest.mark.semantics("6")
@pytest.mark.threat("1")
def test_a_receipt_alone_asks_for_the_delegation_itself(tenant: Tenant, receipt: str) -> None:
    """A request that names nothing gets the delegation's own roles on its own resource, and no more."""
    answer = tenant.house.exchange(tenant.planner, receipt, subject_token_type=JWT).json()
    entry = answer["authorization_details"][0]
    assert (entry["identifier"], entry["privileges"]) == (APOLLO, ["project-editor"])
    assert not tenant.may(answer["access_token"], "document:delete")
    assert not tenant.may(answer["access_token"], "document:edit", "app:backoffice")


@pytest.mark.semantics("6")
@pytest.mark.threat("1")
@pytest.mark.parametrize(
    "asked",
    [
        {"identifier": "workspace:design"},
        {"identifier": "project:zeus"},
        {"role": "workspace-member"},
        {"actions": ["document:delete"]},
    ],
)
def test_a_receipt_is_worth_its_delegation_and_no_more(tenant: Tenant, receipt: str, asked: JSON) -> None:
    """What exceeds the delegation is refused by this route as by any other."""
    tenant.grant(resource="project:zeus")
    answer = tenant.redeem(receipt, details=tenant.details(**asked))
    assert answer.json()["error"] == "invalid_authorization_details"


@pytest.mark.threat("S1")
def test_a_receipt_is_worthless_to_another_agent(tenant: Tenant, receipt: str) -> None:
    """An agent to which the same was granted cannot use a receipt that names another."""
    writer = tenant.agent("writer", keyed=True)
    tenant.grant(agent=writer.id)
    answer = tenant.redeem(receipt, writer)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")
    assert tenant.redeem(receipt, tenant.planner).status_code == 200


def test_a_receipt_is_worthless_to_who_is_no_agent(tenant: Tenant, receipt: str) -> None:
    """Without the agent's credentials, and with a service's, a receipt gets nothing."""
    form = {"grant_type": "urn:ietf:params:oauth:grant-type:token-exchange", "subject_token": receipt}
    body = {**form, "subject_token_type": JWT, "resource": tenant.documents.audience}
    service = tenant.documents
    nobody = tenant.house.http.post("/token", data=body)
    named = tenant.house.http.post("/token", data={**body, "client_id": tenant.planner.id})
    guessed = tenant.house.http.post("/token", data=body, auth=(tenant.planner.id, "guess"))
    by_service = tenant.house.http.post("/token", data=body, auth=(service.id, service.secret))
    assert [answer.json()["error"] for answer in (nobody, named, guessed)] == ["invalid_client"] * 3
    assert by_service.json()["error"] == "unauthorized_client"


@pytest.mark.threat("S8")
def test_a_receipt_is_no_access_token(tenant: Tenant, receipt: str) -> None:
    """A service that is shown a receipt is told that it is nothing."""
    assert tenant.actions(receipt) == []
    assert not tenant.may(receipt)


@pytest.mark.threat("S8")
def test_what_a_token_is_decides_the_route_and_not_what_it_is_called(tenant: Tenant, receipt: str) -> None:
    """A receipt called an access token, and a user token called a receipt, are refused."""
    assert tenant.exchange(receipt, subject_token_type=ACCESS_TOKEN).json()["error"] == "invalid_request"
    assert tenant.redeem(tenant.house.user_token(tenant.anne)).json()["error"] == "invalid_request"


def test_a_receipt_counts_for_its_own_delegation(tenant: Tenant, granted: JSON, receipt: str) -> None:
    """Beside other delegations that would do, a receipt means its own, and the request cannot name another."""
    other = tenant.grant(unattended=True)
    entry = tenant.redeem(receipt).json()["authorization_details"][0]
    assert entry["delegation_id"] == granted["id"]
    foreign = tenant.redeem(receipt, details=tenant.details(delegation_id=other["id"]))
    assert foreign.json()["error"] == "invalid_authorization_details"
    tenant.hand(tenant.anne, "DELETE", granted["id"])
    assert tenant.redeem(receipt).status_code == 400


@pytest.mark.threat("5")
@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("PATCH", "/users/{anne}", {"status": "suspended"}),
        ("DELETE", "/users/{anne}", None),
        ("PUT", "/organizations/{id}/memberships/{anne}", {"active": False}),
        ("DELETE", "/organizations/{id}/memberships/{anne}", None),
        ("PATCH", "/agents/{planner}", {"status": "suspended"}),
        ("DELETE", "/organizations/{id}/agents/{planner}", None),
        ("POST", "/organizations/{id}/delegations/{delegation}/suspend", None),
        ("DELETE", "/organizations/{id}/delegations/{delegation}", None),
        ("DELETE", "/organizations/{id}/resources/project:apollo?cascade=true", None),
        ("DELETE", "/organizations/{id}", None),
        ("DELETE", "/agents/{planner}", None),
    ],
)
def test_a_receipt_is_worth_nothing_while_its_delegation_is_not_in_force(
    tenant: Tenant, granted: JSON, receipt: str, method: str, path: str, body: JSON | None
) -> None:
    """After what ends or suspends delegation, user or agent, the receipt gets no token."""
    assert tenant.redeem(receipt).status_code == 200
    names = {"anne": tenant.anne, "planner": tenant.planner.id, "id": tenant.id, "delegation": granted["id"]}
    tenant.house.must(method, path.format(**names), body)
    assert tenant.redeem(receipt).status_code in {400, 401}


def test_a_receipt_counts_again_when_its_delegation_does(tenant: Tenant, granted: JSON, receipt: str) -> None:
    """A receipt of a delegation that was suspended works when it is resumed."""
    tenant.hand(tenant.anne, "POST", granted["id"], "/suspend")
    assert tenant.redeem(receipt).json()["error"] == "invalid_request"
    tenant.hand(tenant.anne, "POST", granted["id"], "/resume")
    assert tenant.redeem(receipt).status_code == 200


@pytest.mark.threat("3")
def test_a_receipt_lives_no_longer_than_its_delegation(tenant: Tenant) -> None:
    """In its last second a receipt gets a token of one second, and in the next nothing."""
    receipt = tenant.grant(unattended=True, expires_in=400)["receipt"]
    tenant.house.clock.advance(timedelta(seconds=399))
    assert tenant.redeem(receipt).json()["expires_in"] == 1
    tenant.house.clock.advance(timedelta(seconds=1))
    assert tenant.redeem(receipt).status_code == 400


@pytest.mark.threat("4")
def test_a_receipt_gives_no_right_that_the_user_has_lost(tenant: Tenant, receipt: str) -> None:
    """What is granted for unattended use is as live as all else."""
    tenant.unassign(f"user:{tenant.anne}", "workspace-member", "workspace:design")
    assert tenant.redeem(receipt).json()["error"] == "invalid_authorization_details"
    tenant.assign(f"user:{tenant.anne}", "project-viewer", APOLLO)
    assert tenant.redeem(receipt).json()["authorization_details"][0]["actions"] == [
        "app:view",
        "document:view",
        "project:view",
    ]
