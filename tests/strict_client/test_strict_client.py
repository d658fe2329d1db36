"""A client that we did not write completes everything that an agent and a service do, and validates our tokens."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.conformance import rfc
from tests.end_to_end.deployment import ACCESS_TOKEN, DOCUMENTS, Agent, Deployment, Service
from tests.strict_client.conftest import JSON, credentials

pytestmark = pytest.mark.slow

Strict = Callable[..., JSON]
ENTRY = {
    "type": "resource_role",
    "identifier": "project:apollo",
    "privileges": ["project-editor"],
    "organization": "acme",
}


def exchange(strict: Strict, deployment: Deployment, agent: Agent, *, post: bool = False, **changed: Any) -> JSON:
    """Let the strict client exchange Anne's token and validate what it gets; fail when it does not accept it."""
    parameters = {
        "subject_token": deployment.user_token("anne"),
        "subject_token_type": ACCESS_TOKEN,
        "resource": DOCUMENTS,
        "authorization_details": json.dumps([ENTRY]),
    }
    by = {**credentials(agent), "post": post}
    told = strict("exchange", agent=by, parameters=parameters, audience=DOCUMENTS, **changed)
    assert "failed" not in told, told
    return told


@rfc("8414", "3.3", "identical-issuer")
def test_metadata_passes_strict_validation(strict: Strict, deployment: Deployment) -> None:
    """The metadata document is found by the issuer alone, and names it."""
    metadata = strict("discover")["metadata"]

    assert metadata["issuer"] == deployment.issuer
    assert metadata["token_endpoint"] == f"{deployment.issuer}/token"


def test_an_agent_with_a_secret_exchanges(strict: Strict, acme: Deployment, by_secret: Agent) -> None:
    """Authenticated by Basic, it gets a token that validates as an access token of RFC 9068 for the service."""
    told = exchange(strict, acme, by_secret)

    assert told["token"]["token_type"] == "bearer"
    assert (told["claims"]["sub"], told["claims"]["act"]["sub"]) == ("anne", by_secret.id)


def test_an_agent_with_a_secret_in_the_form_exchanges(strict: Strict, acme: Deployment, by_secret: Agent) -> None:
    """The secret may stand in the form as well."""
    told = exchange(strict, acme, by_secret, post=True)

    assert told["claims"]["client_id"] == by_secret.id


def test_an_agent_with_a_key_exchanges(strict: Strict, acme: Deployment, by_key: Agent) -> None:
    """Authenticated by an assertion for the issuer alone, it gets a token."""
    told = exchange(strict, acme, by_key)

    assert told["claims"]["client_id"] == by_key.id


@rfc("9449", "5", "token-type")
@rfc("9449", "8", "nonce-needed")
@pytest.mark.parametrize("by", ["by_secret", "by_key"])
def test_a_token_is_bound_to_a_key_after_the_nonce_was_asked_for(
    strict: Strict, acme: Deployment, by: str, request: pytest.FixtureRequest
) -> None:
    """The client answers the demand for a nonce by one more request, and validates the proof beside the token."""
    agent: Agent = request.getfixturevalue(by)
    told = exchange(strict, acme, agent, dpop=True)

    assert told["nonce"]
    assert told["token"]["token_type"] == "dpop"
    assert told["claims"]["cnf"].keys() == {"jkt"}


@rfc("6749", "4.4.3", "no-refresh")
def test_an_agent_gets_a_token_of_its_own(strict: Strict, by_key: Agent) -> None:
    """The client credentials grant is answered as its standard says, without a refresh token."""
    told = strict("identity", agent=credentials(by_key))

    assert "failed" not in told, told
    assert "refresh_token" not in told["token"]


@rfc("7662", "2.2", "active")
def test_a_service_introspects(strict: Strict, acme: Deployment, by_secret: Agent, documents: Service) -> None:
    """The answer about a good token passes strict validation."""
    token = exchange(strict, acme, by_secret)["token"]["access_token"]
    said = strict("introspect", service=credentials(documents), token=token)["said"]

    assert (said["active"], said["sub"], said["aud"]) == (True, "anne", DOCUMENTS)


@rfc("9701", "5", "media-type", "type", "issuer", "audience", "time", "members", "signed")
@rfc("9701", "5", "inactive-is-bare")
def test_a_service_gets_a_signed_answer(strict: Strict, acme: Deployment, by_secret: Agent, documents: Service) -> None:
    """A signed answer verifies with the published keys, and so does one about a token that is unknown."""
    token = exchange(strict, acme, by_secret)["token"]["access_token"]
    good = strict("introspect", service=credentials(documents), token=token, signed="ES256")
    bad = strict("introspect", service=credentials(documents), token="unknown", signed="ES256")

    assert good["said"]["active"], good
    assert bad["said"] == {"active": False}, bad


@rfc("7009", "2.1", "at-once")
def test_an_agent_revokes(strict: Strict, acme: Deployment, by_key: Agent, documents: Service) -> None:
    """What the client revoked is inactive at the next question."""
    token = exchange(strict, acme, by_key)["token"]["access_token"]
    told = strict("revoke", agent=credentials(by_key), token=token)

    assert "failed" not in told, told
    assert strict("introspect", service=credentials(documents), token=token)["said"] == {"active": False}


def test_the_client_can_refuse(strict: Strict, by_secret: Agent) -> None:
    """A refusal of the server reaches the client as the registered error it is: the tests above could have failed."""
    told = strict("exchange", agent=credentials(by_secret), parameters={}, audience=DOCUMENTS)

    assert (told["failed"], told["error"]) == ("ResponseBodyError", "invalid_request")
