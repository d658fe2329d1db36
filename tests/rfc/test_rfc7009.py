"""RFC 7009: an agent gives up a token, or with the receipt the delegation."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from tests.conformance import rfc
from tests.end_to_end.deployment import ASSERTION, EXCHANGE, JWT
from tests.end_to_end.tenant import Tenant
from tests.rfc.answers import problem, refusal
from tests.rfc.stage import Stage, set_up


@pytest.fixture
def fresh(found_tenant: Callable[[], Tenant]) -> Stage:
    """A stage of its own, for what ends."""
    return set_up(found_tenant())


@rfc("7009", "2", "access-tokens")
@rfc("7009", "2.1", "at-once")
def test_a_revoked_access_token_is_dead_from_the_next_request_on(stage: Stage) -> None:
    """The token is inactive at once, and no other token is touched."""
    token, other = stage.token(), stage.token()
    assert stage.introspected(token)["active"]
    answer = stage.post("/revoke", {"token": token}, by=stage.planner)
    assert (answer.status_code, answer.json()) == (200, {})
    assert answer.headers["cache-control"] == "no-store"
    assert stage.introspected(token) == {"active": False}
    assert not stage.tenant.may(token)
    assert stage.introspected(other)["active"]


@rfc("7009", "2.1", "at-once")
def test_a_receipt_that_is_given_up_ends_its_delegation(fresh: Stage) -> None:
    """With the receipt go the delegation and every token under it."""
    token = fresh.token()
    assert fresh.post("/revoke", {"token": fresh.granted["receipt"]}, by=fresh.planner).status_code == 200
    assert fresh.introspected(token) == {"active": False}
    assert refusal(fresh.redeem()) == (400, "invalid_request")
    assert fresh.tenant.status(fresh.granted) == "revoked"


@rfc("7009", "2.1", "client")
@pytest.mark.parametrize("caller", ["keyed", "stranger", "documents"])
@pytest.mark.parametrize("given", ["token", "receipt"])
def test_a_token_of_another_client_is_refused_and_stays_valid(stage: Stage, caller: str, given: str) -> None:
    """The caller is told that the token is not its own, and nothing is ended."""
    token = stage.token()
    presented = token if given == "token" else stage.granted["receipt"]
    if caller == "keyed":
        answer = stage.signed("/revoke", {"token": presented}, stage.assertion())
    else:
        by = stage.stranger if caller == "stranger" else stage.documents
        answer = stage.post("/revoke", {"token": presented}, by=by)
    assert refusal(answer) == (400, "invalid_grant")
    assert stage.introspected(token)["active"]
    assert stage.redeem().status_code == 200


@rfc("7009", "2.1", "client")
def test_a_caller_that_does_not_authenticate_revokes_nothing(stage: Stage) -> None:
    """Possession of a token is not enough to end it."""
    token = stage.token()
    assert refusal(stage.post("/revoke", {"token": token})) == (401, "invalid_client")
    assert stage.introspected(token)["active"]


@rfc("7009", "2.1", "client")
def test_an_agent_with_a_key_revokes_by_an_assertion(stage: Stage) -> None:
    """Client authentication is that of the token endpoint."""
    form = stage.form(authorization_details=None, subject_token=stage.lent["receipt"], subject_token_type=JWT)
    token = stage.signed("/token", form, stage.assertion()).json()["access_token"]
    assert stage.signed("/revoke", {"token": token}, stage.assertion()).status_code == 200
    assert stage.introspected(token) == {"active": False}


@rfc("7009", "2.1", "hint")
@pytest.mark.parametrize("hint", ["access_token", "refresh_token", "receipt", "", "x" * 200])
def test_a_hint_never_keeps_a_token_from_being_found(stage: Stage, hint: str) -> None:
    """A wrong, unknown or blank hint changes nothing."""
    token = stage.token()
    answer = stage.post("/revoke", {"token": token, "token_type_hint": hint}, by=stage.planner)
    assert answer.status_code == 200
    assert stage.introspected(token) == {"active": False}


@rfc("7009", "2.2", "unknown-token")
@pytest.mark.parametrize("token", ["x", "a.b.c", "e30.e30.e30", "é", "\x00", "x" * 16_384])
def test_a_token_that_nobody_knows_is_answered_with_200(stage: Stage, token: str) -> None:
    """There is nothing to end, and nothing changes."""
    before = stage.revision()
    assert stage.post("/revoke", {"token": token}, by=stage.planner).status_code == 200
    assert stage.revision() == before


@rfc("7009", "2.2", "unknown-token")
def test_a_token_that_ended_already_is_answered_with_200(fresh: Stage) -> None:
    """Revoking twice, or after expiry, changes nothing more."""
    revoked, late = fresh.token(), fresh.token()
    assert fresh.post("/revoke", {"token": revoked}, by=fresh.planner).status_code == 200
    before = fresh.revision()
    assert fresh.post("/revoke", {"token": revoked}, by=fresh.planner).status_code == 200
    fresh.tenant.house.clock.advance(timedelta(seconds=301))
    assert fresh.post("/revoke", {"token": late}, by=fresh.planner).status_code == 200
    assert fresh.revision() == before


@rfc("7009", "2.2", "unknown-token")
def test_a_user_token_is_nothing_that_could_be_revoked_here(stage: Stage) -> None:
    """A token of an identity provider is unknown to this endpoint, and stays what it was."""
    token = stage.user_token()
    assert stage.post("/revoke", {"token": token}, by=stage.planner).status_code == 200
    assert stage.ask(subject_token=token).status_code == 200


@rfc("7009", "2.2.1", "error-form")
def test_refusals_have_the_form_of_the_token_endpoint(stage: Stage) -> None:
    """A request without a token lacks a parameter; one with two methods has one too many."""
    assert refusal(stage.post("/revoke", {}, by=stage.planner)) == (400, "invalid_request")
    assert refusal(stage.post("/revoke", {"token": ""}, by=stage.planner)) == (400, "invalid_request")
    assert refusal(stage.post("/revoke", {"token": "x" * 16_385}, by=stage.planner)) == (400, "invalid_request")
    twice = {"token": "x", "client_assertion_type": ASSERTION, "client_assertion": stage.assertion()}
    assert refusal(stage.post("/revoke", twice, by=stage.planner)) == (400, "invalid_request")


@rfc("7009", "2.2.1", "error-form")
def test_a_grant_type_means_nothing_here(stage: Stage) -> None:
    """Parameters of the token endpoint are unknown ones, and ignored."""
    answer = stage.post("/revoke", {"token": "x", "grant_type": EXCHANGE}, by=stage.planner)
    assert answer.status_code == 200


@rfc("7009", "2.2.1", "error-form")
def test_a_body_that_is_too_big_is_413(stage: Stage) -> None:
    """A body beyond the limit is refused before it is read."""
    assert problem(stage.post("/revoke", {"token": "x" * 70_000}, by=stage.planner)) == (413, "too_large")
