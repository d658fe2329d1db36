"""RFC 9068: the access tokens that are issued, and what the service itself refuses to take for one."""

from typing import Any, Final

import pytest

from delegation.tokens import Purpose, SigningKey
from tests.conformance import rfc
from tests.end_to_end.deployment import DOCUMENTS, JSON, payload
from tests.rfc.minting import header_of, resigned, signing_keys
from tests.rfc.stage import EDITS, Stage
from tests.tokens.forging import DROP, changed, shown

INACTIVE: Final = {"active": False}
CLAIMS: Final = ("iss", "sub", "aud", "client_id", "iat", "nbf", "exp", "jti", "org_id", "act", "authorization_details")


@pytest.fixture(scope="module")
def key(stage: Stage) -> SigningKey:
    """The key that the service signs access tokens with."""
    return signing_keys(stage.tenant.house)[Purpose.ACCESS_TOKEN]


def changes(claim: str, value: object) -> JSON:
    """Return one claim as a change."""
    return {claim: value}


@rfc("9068", "2.1", "signed", "type")
@rfc("6750", "5.2", "signed")
def test_an_access_token_is_signed_and_says_what_it_is(stage: Stage) -> None:
    """The header holds type, algorithm and a key that is published, and nothing more."""
    header = header_of(stage.token())
    published = {key["kid"]: key for key in stage.http.get("/jwks.json").json()["keys"]}
    assert header == {"typ": "at+jwt", "alg": published[header["kid"]]["alg"], "kid": header["kid"]}
    assert header["alg"] == "ES256"


@rfc("9068", "2.2", "claims")
@rfc("6750", "5.2", "audience")
@rfc("6750", "5.3", "short-lived")
@rfc("8693", "6", "minimal")
def test_an_access_token_says_all_it_has_to(stage: Stage) -> None:
    """Issuer, audience, subject, client, times, id and the one grant are there, and nothing else."""
    claims = payload(stage.token())
    assert claims.keys() == set(CLAIMS)
    assert (claims["iss"], claims["aud"], claims["sub"]) == (stage.issuer, DOCUMENTS, stage.tenant.anne)
    assert claims["client_id"] == stage.planner.id
    assert claims["iat"] == claims["nbf"] == claims["exp"] - 300
    assert claims["authorization_details"][0]["actions"] == EDITS


@rfc("9068", "2.2", "claims")
def test_no_two_tokens_have_the_same_id(stage: Stage) -> None:
    """Identical requests give different tokens."""
    assert len({payload(stage.token())["jti"] for _ in range(5)}) == 5


@rfc("9068", "2.2", "claims")
def test_a_token_stays_small(stage: Stage) -> None:
    """Grants are told by reference, so that a token fits into any header."""
    assert len(stage.token()) < 1_500


@rfc("9068", "4", "signature")
def test_a_token_that_is_signed_again_unchanged_is_good(stage: Stage, key: SigningKey) -> None:
    """What the tests below change is all that is wrong with their tokens."""
    assert stage.introspected(resigned(stage.token(), key))["active"]


@rfc("9068", "4", "issuer", "audience")
@pytest.mark.threat("23")
@pytest.mark.parametrize("claim", CLAIMS)
@pytest.mark.parametrize(
    "value", [DROP, None, "", 1.5, True, [], {}, ["x"], "\x00", "x" * 300, -1, 10**30, 1e300], ids=shown
)
def test_every_claim_is_needed_in_its_one_form(stage: Stage, key: SigningKey, claim: str, value: object) -> None:
    """A token without one of its claims, or with another type or an absurd value, is inactive."""
    assert stage.introspected(resigned(stage.token(), key, **changes(claim, value))) == INACTIVE


@rfc("9068", "4", "issuer")
@pytest.mark.parametrize("near", ["{}/", "{}#", "{}.example", "{} ", "HTTP", "https://as.example"])
def test_a_token_of_another_issuer_is_inactive(stage: Stage, key: SigningKey, near: str) -> None:
    """The issuer is compared character by character."""
    other, token = near.format(stage.issuer), stage.token()
    act = {**payload(token)["act"], "iss": other}
    assert stage.introspected(resigned(token, key, iss=other)) == INACTIVE
    assert stage.introspected(resigned(token, key, iss=other, act=act)) == INACTIVE


@rfc("9068", "4", "audience")
@pytest.mark.threat("S24")
@pytest.mark.parametrize("near", [f"{DOCUMENTS}/", [DOCUMENTS], [DOCUMENTS, "https://x.example"], "documents", "*"])
def test_a_token_for_another_audience_is_inactive(stage: Stage, key: SigningKey, near: object) -> None:
    """The audience is one text, compared character by character."""
    assert stage.introspected(resigned(stage.token(), key, aud=near)) == INACTIVE


@rfc("9068", "4", "expiry")
@pytest.mark.parametrize(
    ("claim", "seconds", "active"),
    [
        ("exp", 1, True),
        ("exp", 0, False),
        ("exp", -1, False),
        ("nbf", 1, False),
        ("nbf", 11, False),
        ("iat", 11, False),
    ],
)
def test_a_token_is_good_in_its_time(stage: Stage, key: SigningKey, claim: str, seconds: int, *, active: bool) -> None:
    """Expiry has no grace, and what begins later has not begun."""
    now = int(stage.tenant.house.clock().timestamp())
    token = resigned(stage.token(), key, **changes(claim, now + seconds))
    assert stage.introspected(token)["active"] is active


@rfc("9068", "4", "other-types")
@pytest.mark.threat("22")
@pytest.mark.parametrize(
    "type_", [DROP, None, "", "JWT", "at", "jwt", "delegation+jwt", "dpop+jwt", "at+jwt\x00", 1, []]
)
def test_a_token_of_another_type_is_inactive(stage: Stage, key: SigningKey, type_: object) -> None:
    """The type is that of access tokens, or the token is none."""
    assert stage.introspected(resigned(stage.token(), key, {"typ": type_})) == INACTIVE


@rfc("9068", "4", "other-types")
@pytest.mark.parametrize("type_", ["at+jwt", "AT+JWT", "application/at+jwt"])
def test_media_types_are_compared_without_case(stage: Stage, key: SigningKey, type_: str) -> None:
    """The long form of the type and another case are the same type."""
    assert stage.introspected(resigned(stage.token(), key, {"typ": type_}))["active"]


@rfc("9068", "4", "signature")
@pytest.mark.parametrize("purpose", [Purpose.RECEIPT, Purpose.USER_TOKEN])
def test_a_key_for_another_purpose_signs_no_access_token(stage: Stage, purpose: Purpose) -> None:
    """The service's own keys are for one kind of token each."""
    key = signing_keys(stage.tenant.house)[purpose]
    for header in ({}, {"kid": key.kid}):
        assert stage.introspected(resigned(stage.token(), key, header)) == INACTIVE


@rfc("8693", "4.1", "outermost-actor")
@pytest.mark.threat("S8")
@pytest.mark.parametrize(
    "act",
    [
        {"sub": "stranger"},
        {"iss": "https://other.example"},
        {"iss": DROP},
        {"sub_profile": "user"},
        {"exp": 2**33},
        {"act": {}},
        {"act": {"iss": "https://other.example", "sub": "x", "sub_profile": "ai_agent"}},
        {"sub": DROP},
    ],
    ids=shown,
)
def test_the_actor_is_the_client_under_this_issuer(stage: Stage, key: SigningKey, act: dict[str, Any]) -> None:
    """Whoever stands in `act` must be the client, named by this issuer, with no members that nobody knows."""
    token = stage.token()
    forged = resigned(token, key, act=changed(payload(token)["act"], act))
    assert stage.introspected(forged) == INACTIVE


@rfc("9068", "4", "signature")
@pytest.mark.parametrize(
    "extra", [{"cnf": {"jkt": "x"}}, {"may_act": {}}, {"scope": 1}, {"asked": ["x"]}, {"ancestors": []}, {"x": 1}]
)
def test_a_claim_that_nobody_knows_may_restrict_and_is_refused(
    stage: Stage, key: SigningKey, extra: dict[str, Any]
) -> None:
    """A token is not read without the part that is not understood."""
    assert stage.introspected(resigned(stage.token(), key, **extra)) == INACTIVE


@rfc("9068", "4", "signature")
@pytest.mark.threat("10")
@pytest.mark.parametrize(
    "grant",
    [
        {"delegation_id": "dlg_other"},
        {"identifier": "project:zeus"},
        {"identifier": "organization:acme"},
        {"privileges": ["workspace-admin"]},
        {"privileges": []},
        {"actions": ["document:delete"]},
        {"locations": ["https://other.example"]},
        {"type": "other"},
        {"organization": "acme"},
        {"datatypes": ["x"]},
    ],
    ids=shown,
)
def test_even_the_right_key_gives_no_more_than_the_delegation(
    stage: Stage, key: SigningKey, grant: dict[str, Any]
) -> None:
    """A grant that says more than was delegated is worth nothing: the records decide, not the token."""
    token = stage.token()
    details = [changed(payload(token)["authorization_details"][0], grant)]
    assert stage.introspected(resigned(token, key, authorization_details=details)) == INACTIVE


@rfc("9068", "4", "signature")
@pytest.mark.parametrize("claim", ["sub", "client_id", "org_id"])
@pytest.mark.parametrize("value", ["bob", "stranger", "globex", "nobody"])
def test_even_the_right_key_speaks_for_nobody_else(stage: Stage, key: SigningKey, claim: str, value: str) -> None:
    """A token that names another user, agent or organization than its delegation is worth nothing."""
    own = {"bob": stage.tenant.bob, "stranger": stage.stranger.id}
    token = stage.token()
    said: dict[str, Any] = {claim: own.get(value, value)}
    if claim == "client_id":
        said["act"] = {**payload(token)["act"], "sub": said[claim]}
    assert stage.introspected(resigned(token, key, **said)) == INACTIVE
