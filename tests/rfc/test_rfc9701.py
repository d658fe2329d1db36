"""RFC 9701: what introspection tells, signed for the service that asked."""

from collections.abc import Callable
from typing import Any, Final

import httpx2
import pytest

from delegation.tokens import Algorithm, usable_keys
from delegation.tokens.jws import Kind, verify
from tests.conformance import rfc
from tests.end_to_end.deployment import ACCESS_TOKEN, JSON, JWT, Agent, Service, payload
from tests.end_to_end.tenant import Tenant
from tests.rfc.answers import refusal
from tests.rfc.minting import header_of
from tests.rfc.stage import Stage, set_up

SIGNED: Final = "application/token-introspection+jwt"
PLAIN: Final = "application/json"


@pytest.fixture
def fresh(found_tenant: Callable[[], Tenant]) -> Stage:
    """A stage of its own, for what changes."""
    return set_up(found_tenant())


def asked(stage: Stage, token: str, by: Agent | Service | None = None, accept: str = SIGNED) -> httpx2.Response:
    """Ask about a token as a service does that wants the answer signed."""
    return stage.post("/introspect", {"token": token}, by=by or stage.documents, headers={"Accept": accept})


def answered(stage: Stage, token: str, by: Agent | Service | None = None) -> JSON:
    """Return the claims of a signed answer, verified with the published keys."""
    answer = asked(stage, token, by)
    assert answer.status_code == 200, answer.text
    published = usable_keys(stage.http.get("/jwks.json").json())
    claims: Any = verify(answer.text, kind=Kind.INTROSPECTION, keys=published)
    return dict(claims)


@rfc("9701", "3", "known-service")
@rfc("9701", "5", "media-type", "type", "issuer", "audience", "time", "members", "signed")
@pytest.mark.threat("39")
def test_a_signed_answer_tells_what_the_plain_one_does(stage: Stage) -> None:
    """The same members stand in one claim, beside who signed for whom and when, verified by a published key."""
    token = stage.token()
    answer = asked(stage, token)
    assert answer.headers["content-type"] == SIGNED
    assert (answer.headers["cache-control"], answer.headers["vary"]) == ("no-store", "Accept")
    assert header_of(answer.text)["typ"] == "token-introspection+jwt"
    claims = answered(stage, token)
    assert claims["iss"] == stage.issuer
    assert claims["aud"] == stage.documents.id
    assert claims["iat"] == stage.tenant.now
    assert claims["token_introspection"] == stage.introspected(token)


@rfc("9701", "5", "no-token-claims")
@rfc("9701", "8.1", "no-confusion")
@pytest.mark.threat("22")
def test_a_signed_answer_has_nothing_of_a_token(stage: Stage) -> None:
    """It names neither subject nor end nor client of its own, and its key signs nothing else."""
    token = stage.token()
    claims = answered(stage, token)
    assert claims.keys() == {"iss", "aud", "iat", "token_introspection"}
    assert header_of(asked(stage, token).text)["kid"] != header_of(token)["kid"]


@rfc("9701", "8.1", "no-confusion")
@pytest.mark.threat("22")
def test_a_signed_answer_opens_no_door(stage: Stage) -> None:
    """As a subject token of any declared type, as a token to introspect, and as a bearer token it is refused."""
    answer = asked(stage, stage.token()).text
    for declared in (ACCESS_TOKEN, JWT):
        assert refusal(stage.ask(subject_token=answer, subject_token_type=declared)) == (400, "invalid_request")
    assert stage.introspected(answer) == {"active": False}
    bearer = {"Authorization": f"Bearer {answer}"}
    assert stage.http.get(f"/delegations?organization={stage.tenant.id}", headers=bearer).status_code == 401
    assert stage.http.get(f"/organizations/{stage.tenant.id}", headers=bearer).status_code == 401


@rfc("9701", "3", "own-tokens")
@rfc("9701", "5", "inactive-is-bare")
@pytest.mark.threat("39")
@pytest.mark.parametrize("caller", ["billing", "planner", "documents"])
def test_an_inactive_token_is_bare_in_the_signed_form_too(stage: Stage, caller: str) -> None:
    """Unknown, foreign and given to an agent: inactive and nothing more, whoever asks."""
    callers: dict[str, Agent | Service] = {
        "billing": stage.billing,
        "planner": stage.planner,
        "documents": stage.documents,
    }
    by = callers[caller]
    tokens = ["x", stage.granted["receipt"], *([] if caller == "documents" else [stage.token()])]
    answers = [answered(stage, token, by) for token in tokens]
    assert [answer["token_introspection"] for answer in answers] == [{"active": False}] * len(tokens)
    assert {answer["aud"] for answer in answers} == {by.id}


@rfc("9701", "5", "inactive-is-bare")
def test_a_token_that_ended_is_inactive_in_the_signed_form(fresh: Stage) -> None:
    """The signed answer is as live as the plain one."""
    token = fresh.token()
    assert answered(fresh, token)["token_introspection"]["active"] is True
    fresh.tenant.hand(fresh.tenant.anne, "DELETE", fresh.granted["id"])
    assert answered(fresh, token)["token_introspection"] == {"active": False}


@rfc("9701", "5", "narrow-scope")
def test_only_the_scope_of_the_token_is_told(stage: Stage) -> None:
    """Scope and details are those of the one service that the token is for, with what is effective now."""
    told = answered(stage, stage.token(scope="document:view"))["token_introspection"]
    assert told["scope"] == "document:view"
    assert [entry["locations"] for entry in told["authorization_details"]] == [[stage.documents.audience]]


@rfc("9701", "4", "accept")
@pytest.mark.parametrize(
    ("accept", "form"),
    [
        (None, PLAIN),
        ("", PLAIN),
        ("*/*", PLAIN),
        ("application/*", PLAIN),
        ("application/json", PLAIN),
        ("application/jwt", PLAIN),
        ("text/html", PLAIN),
        (SIGNED, SIGNED),
        (SIGNED.upper(), SIGNED),
        (f"text/html, {SIGNED}", SIGNED),
        (f"{SIGNED}, application/json", SIGNED),
        (f"{SIGNED}, */*;q=0.5", SIGNED),
        (f"{SIGNED};q=0.5, application/json;q=0.5", SIGNED),
        (f"{SIGNED};q=0.1, application/json", PLAIN),
        (f"{SIGNED};q=0.1, */*", PLAIN),
        (f"{SIGNED};q=0.5, application/json;q=0.2, */*", SIGNED),
        (f"{SIGNED};q=0", PLAIN),
        (f"{SIGNED};q=0.000", PLAIN),
        (f"{SIGNED}; q=x", PLAIN),
        (f"{SIGNED};q=2", PLAIN),
        (f"{SIGNED};q=", PLAIN),
        (";,;;q=1,", PLAIN),
    ],
)
def test_the_signed_form_is_asked_for_by_name(stage: Stage, accept: str | None, form: str) -> None:
    """Without the header, and where it means anything, the answer is plain JSON; so it is where JSON is liked more."""
    token = stage.token()
    if accept is None:
        answer = stage.post("/introspect", {"token": token}, by=stage.documents)
    else:
        answer = asked(stage, token, accept=accept)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == form
    assert answer.headers["vary"] == "Accept"


@rfc("9701", "3", "known-service")
def test_a_refusal_is_never_signed(stage: Stage) -> None:
    """Whoever does not authenticate, or names no token, gets the error that the plain form has."""
    stranger = Agent(stage.documents.id, "wrong")
    assert refusal(asked(stage, stage.token(), by=stranger)) == (401, "invalid_client")
    answer = stage.post("/introspect", {"x": "1"}, by=stage.documents, headers={"Accept": SIGNED})
    assert refusal(answer) == (400, "invalid_request")


@rfc("9701", "7", "metadata")
def test_metadata_names_the_algorithm_that_signs(stage: Stage) -> None:
    """What is announced is what the header of an answer says, and it is asymmetric."""
    announced = stage.http.get("/.well-known/oauth-authorization-server").json()
    algorithms = announced["introspection_signing_alg_values_supported"]
    assert header_of(asked(stage, stage.token()).text)["alg"] in algorithms
    assert set(algorithms) <= {each.value for each in Algorithm}
    assert "introspection_encryption_alg_values_supported" not in announced


def test_a_signed_answer_may_be_content_with_less_fresh_facts(stage: Stage) -> None:
    """The preference is honoured in both forms; the time in the answer is that of the answer."""
    headers = {"Accept": SIGNED, "Prefer": "max-staleness=10"}
    answer = stage.post("/introspect", {"token": stage.token()}, by=stage.documents, headers=headers)
    assert answer.headers["preference-applied"] == "max-staleness=10"
    assert payload(answer.text)["iat"] == stage.tenant.now
