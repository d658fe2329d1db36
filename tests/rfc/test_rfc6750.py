"""RFC 6750: bearer tokens at the delegations and management APIs."""

from typing import Final

import httpx2
import pytest

from tests.conformance import rfc
from tests.end_to_end.deployment import ADMINISTRATOR
from tests.rfc.answers import problem
from tests.rfc.stage import Stage

REALM: Final = 'Bearer realm="delegation"'
APIS: Final = ("/delegations?organization={}", "/organizations/{}")


def address(stage: Stage, api: str) -> str:
    """Return the address of something in the organization that an API shows."""
    return api.format(stage.tenant.id)


def by_hand(stage: Stage) -> str:
    """Return anne's token for the delegations API."""
    return stage.login.by_hand(stage.tenant.anne)


def listed(stage: Stage, *headers: tuple[str, str], query: str = "") -> httpx2.Response:
    """Ask for anne's delegations with these headers."""
    return stage.http.get(f"/delegations?organization={stage.tenant.id}{query}", headers=list(headers))


@rfc("6750", "2.1", "header")
@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
def test_a_bearer_token_is_taken_from_the_authorization_header(stage: Stage, scheme: str) -> None:
    """The scheme is compared without case; the token is all that follows."""
    assert listed(stage, ("Authorization", f"{scheme} {by_hand(stage)}")).status_code == 200


@rfc("6750", "2.2", "body")
def test_a_bearer_token_in_a_form_is_not_read(stage: Stage) -> None:
    """A token in the body authenticates nobody."""
    answer = stage.post("/delegations", {"access_token": by_hand(stage)})
    assert problem(answer) == (401, "unauthorized")


@rfc("6750", "2.3", "query")
@rfc("6750", "5.3", "not-in-addresses")
@rfc("9700", "2.1.2", "no-implicit")
@pytest.mark.parametrize("api", APIS)
def test_a_bearer_token_in_the_address_is_not_read(stage: Stage, api: str) -> None:
    """A token in the query authenticates nobody, not even the administrator's."""
    token = by_hand(stage) if "delegations" in api else ADMINISTRATOR
    answer = stage.http.get(address(stage, api), params={"organization": stage.tenant.id, "access_token": token})
    assert problem(answer) == (401, "unauthorized")


@rfc("6750", "3", "challenge")
@rfc("6750", "3.1", "no-code-without-token")
@pytest.mark.parametrize("api", APIS)
@pytest.mark.parametrize("header", ["", "Bearer", "Basic dGVzdDp0ZXN0", "Token x", "DPoP x"])
def test_a_request_without_a_token_is_challenged_without_a_code(stage: Stage, api: str, header: str) -> None:
    """The challenge names scheme and realm, and as no token was tried it names no fault."""
    headers = {"Authorization": header} if header else {}
    answer = stage.http.get(address(stage, api), headers=headers)
    assert problem(answer) == (401, "unauthorized")
    assert answer.headers["www-authenticate"] == REALM


@rfc("6750", "3", "challenge")
@rfc("6750", "3.1", "codes")
@pytest.mark.parametrize("api", APIS)
@pytest.mark.parametrize("token", ["x", "x y", "....", "e30.e30.e30", '"', "\x00", "é", "x" * 20_000])
def test_a_token_that_is_not_valid_is_401(stage: Stage, api: str, token: str) -> None:
    """The challenge says that the token is at fault, in words of its own alone."""
    raw = [(b"Authorization", b"Bearer " + token.replace("\x00", "%00").encode("latin-1"))]
    answer = stage.http.get(address(stage, api), headers=raw)
    assert problem(answer) == (401, "invalid_token")
    assert answer.headers["www-authenticate"] == f'{REALM}, error="invalid_token"'


@rfc("6750", "3.1", "codes")
@rfc("6750", "2", "one-method")
@pytest.mark.parametrize("api", APIS)
def test_two_tokens_are_malformed(stage: Stage, api: str) -> None:
    """Which of two headers would count is not left to chance."""
    headers = [("Authorization", f"Bearer {by_hand(stage)}"), ("Authorization", f"Bearer {ADMINISTRATOR}")]
    answer = stage.http.get(address(stage, api), headers=headers)
    assert problem(answer) == (400, "invalid_request")
    assert answer.headers["www-authenticate"] == f'{REALM}, error="invalid_request"'


@rfc("6750", "3", "challenge")
@rfc("6750", "3.1", "codes")
@pytest.mark.parametrize("organization", ["own", "globex", "nobody's"])
def test_a_token_that_does_not_suffice_is_403(stage: Stage, organization: str) -> None:
    """A person who is no administrator is told so, and not whether another organization exists."""
    if organization == "globex":
        stage.tenant.house.manage("POST", "/organizations", {"id": "globex"})
    name = stage.tenant.id if organization == "own" else organization
    token = stage.login.to_manage(stage.tenant.anne)
    body = {"resource": "workspace:mine"}
    answer = stage.tenant.house.manage("POST", f"/organizations/{name}/resources", body, bearer=token)
    assert problem(answer) == (403, "forbidden")
    assert answer.headers["www-authenticate"] == f'{REALM}, error="insufficient_scope"'
    assert answer.json()["detail"] == f"this needs `organization:administer` on the organization `{name}`"
