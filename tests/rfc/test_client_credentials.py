"""RFC 6749 §4.4: an agent's own token, which says who it is and carries no user's rights."""

import pytest

from tests.conformance import rfc
from tests.end_to_end.deployment import payload
from tests.rfc.answers import refusal
from tests.rfc.stage import BILLING, Stage, entry

OWN = {"grant_type": "client_credentials"}


@rfc("6749", "4.4", "client-credentials")
@rfc("6749", "4.4", "agents-own")
@rfc("6749", "4.4.3", "no-refresh")
@rfc("9068", "2.2", "client-as-subject")
def test_an_agent_gets_a_token_about_itself(stage: Stage) -> None:
    """It is for this service alone, about the agent alone, and no refresh token goes along."""
    answer = stage.say(OWN).json()
    claims = payload(answer["access_token"])
    assert answer.keys() == {"access_token", "token_type", "expires_in"}
    assert (claims["aud"], claims["sub"], claims["client_id"]) == (stage.issuer, stage.planner.id, stage.planner.id)
    assert claims.keys() == {"iss", "aud", "sub", "client_id", "iat", "nbf", "exp", "jti"}
    assert stage.introspected(answer["access_token"]) == {"active": False}


@rfc("6749", "4.4", "confidential")
def test_only_an_agent_that_authenticates_gets_one(stage: Stage) -> None:
    """Nobody gets none, and neither does a service."""
    assert refusal(stage.post("/token", OWN)) == (401, "invalid_client")
    assert refusal(stage.post("/token", OWN, by=stage.billing)) in {
        (400, "unauthorized_client"),
        (401, "invalid_client"),
    }


@rfc("6749", "4.4", "agents-own")
@pytest.mark.threat("1")
@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"scope": "project:edit"}, "invalid_scope"),
        ({"authorization_details": entry()}, "invalid_authorization_details"),
        ({"resource": BILLING}, "invalid_target"),
        ({"audience": "documents"}, "invalid_target"),
    ],
)
def test_no_wish_for_rights_goes_along(stage: Stage, asked: dict[str, str], code: str) -> None:
    """Permissions, details and services are refused and not ignored."""
    assert refusal(stage.say({**OWN, **asked})) == (400, code)


@rfc("6749", "4.4", "agents-own")
@pytest.mark.threat("22")
def test_it_opens_no_door_of_people(stage: Stage) -> None:
    """By the user's hand, or as an administrator, it is nobody's token."""
    own = {"Authorization": f"Bearer {stage.say(OWN).json()['access_token']}"}
    organization = stage.tenant.id
    assert stage.http.get(f"/delegations?organization={organization}", headers=own).status_code == 401
    assert stage.http.get(f"/organizations/{organization}", headers=own).status_code == 401
