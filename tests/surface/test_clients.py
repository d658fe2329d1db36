"""What one client was given is worth nothing to another, and stays good for the first."""

from collections.abc import Callable, Mapping
from typing import Final

import httpx2
import pytest

from tests.end_to_end.deployment import ACCESS_TOKEN, JWT, Agent, Service
from tests.end_to_end.tenant import Tenant
from tests.rfc.answers import refusal
from tests.rfc.stage import Stage, basic

Present = Callable[[Stage, str, Agent | Service], httpx2.Response]


def exchanged(as_: str, **changed: str | None) -> Present:
    """Return a way to present something as a subject token."""

    def present(stage: Stage, text: str, by: Agent | Service) -> httpx2.Response:
        form = stage.form(subject_token=text, subject_token_type=as_, **changed)
        return stage.post("/token", form, by=by)

    return present


def revoked(stage: Stage, text: str, by: Agent | Service) -> httpx2.Response:
    """Present something for revocation."""
    return stage.post("/revoke", {"token": text}, by=by)


def authenticated(stage: Stage, text: str, by: Agent | Service) -> httpx2.Response:
    """Present something as the assertion of a client that says who it is."""
    return stage.signed("/revoke", {"token": "x", "client_id": by.id}, text)


def acted(stage: Stage, text: str, by: Agent | Service) -> httpx2.Response:
    """Present something as the proof of who acts."""
    return stage.post("/token", stage.form(actor_token=text, actor_token_type=JWT), by=by)


def asked(stage: Stage, text: str, by: Agent | Service) -> httpx2.Response:
    """Ask about a token."""
    return stage.post("/introspect", {"token": text}, by=by)


MAKES: Final[Mapping[str, Callable[[Stage], str]]] = {
    "token": lambda stage: stage.token(),
    "receipt": lambda stage: str(stage.granted["receipt"]),
    "assertion": lambda stage: stage.assertion(),
}
PRESENTED: Final[Mapping[str, tuple[str, Present]]] = {
    "a token as a subject": ("token", exchanged(ACCESS_TOKEN)),
    "a receipt as a subject": ("receipt", exchanged(JWT, authorization_details=None)),
    "a token to revoke": ("token", revoked),
    "a receipt to revoke": ("receipt", revoked),
    "an assertion to authenticate": ("assertion", authenticated),
    "an assertion to act": ("assertion", acted),
}


def _stands(stage: Stage, what: str, text: str) -> bool:
    """Return whether something is still good for whom it was given to."""
    match what:
        case "token":
            return bool(stage.introspected(text)["active"])
        case "receipt":
            return stage.redeem().status_code == 200
        case _:
            return stage.signed("/revoke", {"token": "x"}, text).status_code == 200


@pytest.fixture(scope="module")
def others(stage: Stage, found_tenant: Callable[[], Tenant]) -> Mapping[str, Agent | Service]:
    """Clients that nothing was given to: of the same organization, of another, and a service."""
    return {
        "the same organization's": stage.stranger,
        "another organization's": found_tenant().agent("other"),
        "a service": stage.billing,
    }


@pytest.mark.threat("34")
@pytest.mark.parametrize("who", ["the same organization's", "another organization's", "a service"])
@pytest.mark.parametrize("way", PRESENTED)
def test_what_another_was_given_is_refused_and_stays_good(
    stage: Stage, others: Mapping[str, Agent | Service], way: str, who: str
) -> None:
    """Who presents it is refused, by a registered code; for its owner it is as good as before."""
    what, present = PRESENTED[way]
    text = MAKES[what](stage)
    status, code = refusal(present(stage, text, others[who]))
    assert code in {"invalid_request", "invalid_client", "invalid_grant", "unauthorized_client"}, status
    assert _stands(stage, what, text)


@pytest.mark.threat("39")
@pytest.mark.parametrize("who", ["billing", "documents"])
def test_who_is_not_the_audience_learns_nothing(stage: Stage, who: str) -> None:
    """To any other service a good token is as inactive as a text that is no token."""
    service = stage.billing if who == "billing" else stage.documents
    token = stage.token() if who == "billing" else stage.user_token()
    assert asked(stage, token, service).content == asked(stage, "x", service).content == b'{"active":false}'


@pytest.mark.threat("34")
def test_an_agent_asks_nobody_about_tokens(stage: Stage) -> None:
    """Introspection is for services: an agent that proves who it is still is told that the token is not active."""
    header = {"Authorization": basic(stage.planner.id, stage.planner.secret or "")}
    answer = stage.post("/introspect", {"token": stage.token()}, headers=header)
    assert answer.content == b'{"active":false}'
