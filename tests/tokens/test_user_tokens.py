"""User tokens: what a provider may say, and what it may not."""

from datetime import timedelta
from typing import Final

import pytest
from joserfc.jwk import RSAKey

from delegation.tokens import (
    InvalidKey,
    InvalidToken,
    Memory,
    Reason,
    UserToken,
    claimed_issuer,
    read_user_token,
    sign_user_token,
    usable_keys,
)
from tests.clock import NOON
from tests.conformance import rfc
from tests.tokens.forging import (
    ACCESS_KEY,
    DROP,
    ISSUER,
    LOGIN,
    PROVIDER,
    PROVIDER_KEY,
    USER_TOKEN,
    Json,
    changed,
    refused,
    sealed,
    shown,
)

RSA: Final = RSAKey.generate_key(2048)
PLAIN: Final = UserToken(PROVIDER, "anne", ISSUER, NOON + timedelta(seconds=300), not_before=NOON, issued_at=NOON)


def test_a_plain_token_says_who_the_user_is() -> None:
    """Subject, audience and expiry are all that a provider must say; nothing else is made up."""
    assert USER_TOKEN.enter(USER_TOKEN.token()) == PLAIN


def test_hints_and_restrictions_are_handed_on() -> None:
    """Organization, client, scope, details and `may_act` arrive as they stand, for others to judge."""
    details: list[Json] = [{"type": "resource_role", "identifier": "project:apollo", "unknown": [1]}, {}]
    claims = {
        "org_id": "acme",
        "scope": "",
        "client_id": "portal",
        "azp": "portal",
        "jti": "ut_1",
        "authorization_details": details,
        "may_act": {"sub": "planner"},
    }
    assert USER_TOKEN.enter(USER_TOKEN.token(claims=claims)) == UserToken(
        issuer=PROVIDER,
        subject="anne",
        audience=ISSUER,
        expires_at=NOON + timedelta(seconds=300),
        organization="acme",
        scope="",
        details=tuple(details),
        client_id="portal",
        jti="ut_1",
        eligible_actor={"sub": "planner"},
        not_before=NOON,
        issued_at=NOON,
    )


@pytest.mark.threat("1")
def test_an_empty_restriction_is_not_an_absent_one() -> None:
    """No details and empty details differ: the second leave nothing."""
    token = USER_TOKEN.enter(USER_TOKEN.token(claims={"authorization_details": []}))
    assert isinstance(token, UserToken)
    assert token.details == ()
    assert PLAIN.details is None


@pytest.mark.threat("S8")
@pytest.mark.semantics("6")
@pytest.mark.parametrize("act", [None, {}, {"sub": "planner"}, "planner", [], False], ids=shown)
def test_a_token_of_somebody_who_acts_is_no_user_token(act: Json) -> None:
    """`act` in any shape, even an empty one, shows that the token is not the user's own."""
    assert refused(USER_TOKEN, USER_TOKEN.token(claims={"act": act})) is Reason.CLAIM


@pytest.mark.threat("29")
@pytest.mark.semantics("6")
@pytest.mark.parametrize("cnf", [None, {}, {"jkt": "x"}, {"x5t#S256": "x"}], ids=shown)
def test_a_token_bound_to_a_key_is_refused(cnf: Json) -> None:
    """A key-bound token needs a proof by its key, which cannot be given here: it is never read without."""
    assert refused(USER_TOKEN, USER_TOKEN.token(claims={"cnf": cnf})) is Reason.CLAIM


NO_NAME: Final[list[Json]] = [None, 1, "", ["x"], "x\n", "x" * 257]
WRONG: Final[dict[str, list[Json]]] = {
    "sub": NO_NAME,
    "org_id": NO_NAME,
    "jti": NO_NAME,
    "client_id": NO_NAME,
    "azp": NO_NAME,
    "scope": [None, 1, ["document:edit"], {}],
    "authorization_details": [None, {}, "[]", [None], [[]], ["resource_role"]],
    "may_act": [None, "planner", [], True],
}


@pytest.mark.threat("23")
@pytest.mark.parametrize(
    "claims",
    [
        *({name: value} for name, values in WRONG.items() for value in values),
        {"client_id": "portal", "azp": "other"},
    ],
    ids=shown,
)
def test_an_optional_claim_of_a_wrong_shape_is_refused(claims: dict[str, Json]) -> None:
    """What a provider does say must have the right shape: null, or another type, is no absence."""
    assert refused(USER_TOKEN, USER_TOKEN.token(claims=claims)) is Reason.CLAIM


def test_a_subject_has_up_to_256_characters() -> None:
    """The longest subject is read as it stands."""
    token = USER_TOKEN.enter(USER_TOKEN.token(claims={"sub": "a" * 256}))
    assert isinstance(token, UserToken)
    assert token.subject == "a" * 256


def test_azp_names_the_client_where_client_id_is_absent() -> None:
    """OpenID providers name the client in `azp`."""
    token = USER_TOKEN.enter(USER_TOKEN.token(claims={"azp": "portal"}))
    assert isinstance(token, UserToken)
    assert token.client_id == "portal"


def test_a_foreign_provider_may_sign_with_rs256() -> None:
    """RS256 is what most providers use; it is accepted from them, with keys of 2048 bits or more."""
    keys = usable_keys({"keys": [RSA.as_dict(private=False)]})
    header = {"typ": "JWT", "alg": "RS256", "kid": RSA.thumbprint()}
    token = sealed(header, dict(USER_TOKEN.claims), RSA, "RS256")
    assert read_user_token(token, provider=LOGIN, keys=keys, memory=Memory(), now=NOON) == PLAIN


@pytest.mark.threat("S12")
@pytest.mark.threat("K3")
def test_an_rsa_key_signs_with_no_other_algorithm() -> None:
    """A key published without `alg` has one all the same."""
    keys = usable_keys({"keys": [changed(RSA.as_dict(private=False), {"alg": DROP})]})
    for algorithm in ("RS512", "PS256"):
        header = {"alg": algorithm, "kid": RSA.thumbprint()}
        token = sealed(header, dict(USER_TOKEN.claims), RSA, algorithm)
        with pytest.raises(InvalidToken) as caught:
            read_user_token(token, provider=LOGIN, keys=keys, memory=Memory(), now=NOON)
        assert caught.value.reason is Reason.ALGORITHM


def test_a_foreign_header_may_be_long() -> None:
    """What a provider writes into its header beside what counts is ignored, up to the length of a token."""
    header = {"typ": "JWT", "nonce": "a" * 4_000, "x5t": "a" * 27, "cty": "JSON", "ver": 2}
    assert USER_TOKEN.enter(USER_TOKEN.token(header=header)) == PLAIN


@pytest.mark.threat("S24")
@rfc("8725", "3.8")
def test_the_keys_of_one_provider_do_not_speak_for_another() -> None:
    """A provider's signature under the name of another provider is refused."""
    assert refused(USER_TOKEN, USER_TOKEN.token(claims={"iss": "https://login2.example"})) is Reason.ISSUER


def test_the_claimed_issuer_tells_whose_keys_to_try() -> None:
    """The issuer can be read before anything is proved, and nothing else can."""
    assert claimed_issuer(USER_TOKEN.token(), Memory()) == PROVIDER
    for claims in ({"iss": DROP}, {"iss": None}, {"iss": ["x"]}, {"iss": ""}, {"iss": "x" * 2049}):
        with pytest.raises(InvalidToken):
            claimed_issuer(USER_TOKEN.token(claims=claims), Memory())


def test_our_own_provider_writes_tokens_that_are_read() -> None:
    """What our own identity provider signs is a user token like any other, and only its own keys sign it."""
    token = sign_user_token(dict(USER_TOKEN.claims), PROVIDER_KEY)
    assert USER_TOKEN.enter(token) == PLAIN
    with pytest.raises(InvalidKey):
        sign_user_token({}, ACCESS_KEY)
