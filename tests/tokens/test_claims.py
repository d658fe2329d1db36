"""Each claim of each kind, left out and altered in turn: what is not exactly right is refused."""

import pytest

from delegation.tokens import Reason
from tests.conformance import rfc
from tests.tokens.forging import (
    ACCESS_TOKEN,
    AUDIENCE,
    CLIENT_ASSERTION,
    DROP,
    ENTRANCES,
    ISSUER,
    NOW,
    RECEIPT,
    USER_TOKEN,
    Entrance,
    Json,
    refused,
    shown,
)

NOT_TEXT: list[Json] = [
    *(None, True, False, 0, 1, 1.5, -1, [], ["anne"], {}, {"anne": 1}),
    *("", "a" * 257, "an\nne", "anne\x00", "anne\u200b", "\u202eenna", "\t", "an\x7fne"),
]
NOT_TIME: list[Json] = [
    *(None, True, False, "", str(NOW + 60), "tomorrow", [], [NOW + 60], {}, {"at": NOW}),
    *(-1, -(2**63), 253_402_300_800, 2**53, 2**64, 10**30, -0.5, 1e300, float(2**53)),
]
OPTIONAL = {USER_TOKEN.kind: {"nbf", "iat"}, CLIENT_ASSERTION.kind: {"nbf", "iat"}}
OURS = (ACCESS_TOKEN, RECEIPT)
FOREIGN = (USER_TOKEN, CLIENT_ASSERTION)


def each(names: set[str], entrances: tuple[Entrance, ...] = ENTRANCES) -> list[object]:
    """Every entrance with every claim it knows among these names."""
    return [
        pytest.param(entrance, name, id=f"{entrance.kind.name.lower()}-{name}")
        for entrance in entrances
        for name in sorted(names & entrance.claims.keys())
    ]


TEXTS = {"sub", "client_id", "jti", "org_id", "delegation_id"}
TIMES = {"iat", "nbf", "exp"}
ALL = {name for entrance in ENTRANCES for name in entrance.claims}


@pytest.mark.threat("23")
@rfc("9068", "2.2", "claims")
@pytest.mark.parametrize(("entrance", "name"), each(ALL))
def test_a_missing_claim_is_refused(entrance: Entrance, name: str) -> None:
    """Every claim of a kind is required, but for the times that RFC 7519 leaves to the issuer."""
    token = entrance.token(claims={name: DROP})
    if name in OPTIONAL.get(entrance.kind, set()):
        assert entrance.enter(token) is not None
    else:
        assert refused(entrance, token) in {Reason.CLAIM, Reason.ISSUER, Reason.AUDIENCE}


@pytest.mark.threat("23")
@pytest.mark.parametrize("value", NOT_TEXT, ids=shown)
@pytest.mark.parametrize(("entrance", "name"), each(TEXTS))
def test_a_name_is_a_short_printable_string(entrance: Entrance, name: str, value: Json) -> None:
    """Who and what a token names is a string of 1 to 256 printable characters, never a number or an array."""
    assert refused(entrance, entrance.token(claims={name: value})) is Reason.CLAIM


@pytest.mark.threat("23")
@pytest.mark.threat("24")
@pytest.mark.parametrize("value", NOT_TIME, ids=shown)
@pytest.mark.parametrize(("entrance", "name"), each(TIMES))
def test_a_time_is_a_number_of_seconds_within_bounds(entrance: Entrance, name: str, value: Json) -> None:
    """A time is a number between the epoch and the year 9999; a boolean or a string is none."""
    assert refused(entrance, entrance.token(claims={name: value})) is Reason.CLAIM


@pytest.mark.threat("23")
@pytest.mark.parametrize(("entrance", "name"), each(TIMES, OURS))
def test_our_own_times_are_whole(entrance: Entrance, name: str) -> None:
    """We write whole seconds; a fraction in a token of ours is not from us."""
    assert refused(entrance, entrance.token(claims={name: NOW + 0.5})) is Reason.CLAIM


@pytest.mark.parametrize(("entrance", "name"), each(TIMES, FOREIGN))
def test_others_may_write_fractions_of_a_second(entrance: Entrance, name: str) -> None:
    """RFC 7519 §2 lets a time have a fraction, and some issuers use it."""
    assert entrance.enter(entrance.token(claims={name: NOW + 0.5})) is not None


@pytest.mark.threat("23")
@rfc("9068", "4", "issuer")
@rfc("8725", "3.8")
@rfc("7523", "3", "issuer-and-subject")
def test_the_issuer_is_compared_character_by_character(naming: Entrance) -> None:
    """A prefix, an extension, another case or an array of the issuer is another issuer."""
    issuer = str(naming.claims["iss"])
    near = [issuer[:-1], issuer + "/", issuer + "x", issuer.upper(), f" {issuer}", f"{issuer}#", "", [issuer], None, 1]
    for value in [*near, {"iss": issuer}, True]:
        assert refused(naming, naming.token(claims={"iss": value})) is Reason.ISSUER


def near_audiences(audience: str) -> list[Json]:
    """What a careless comparison might take for the audience."""
    return [
        *(None, True, 1, "", [], [[audience]], {"0": audience}, {audience: True}, [None], [audience, 1]),
        *(audience[:-1], audience + "/", audience + "x", audience.upper(), f" {audience}", f"{audience} "),
        *([audience, audience], [audience, "https://evil.example"], ["https://evil.example", audience]),
        f"{audience} https://evil.example",
    ]


@pytest.mark.threat("23")
@pytest.mark.threat("38")
@pytest.mark.threat("L4")
@pytest.mark.threat("L10")
@pytest.mark.threat("S24")
@rfc("8725", "3.9")
@rfc("10070", "4", "sole-audience")
@pytest.mark.parametrize("entrance", [RECEIPT, *FOREIGN], ids=lambda entrance: entrance.kind.name.lower())
def test_the_audience_is_the_expected_one_alone(entrance: Entrance) -> None:
    """A token that names anybody else, or anybody beside, is refused."""
    for value in near_audiences(ISSUER):
        assert refused(entrance, entrance.token(claims={"aud": value})) is Reason.AUDIENCE


@pytest.mark.threat("S25")
@rfc("10070", "4", "sole-audience")
@pytest.mark.parametrize("path", ["/token", "/", "/introspect", "/par", "/.well-known/oauth-authorization-server"])
def test_the_address_of_an_endpoint_is_no_audience(path: str) -> None:
    """An assertion is for the issuer; one made for an endpoint may have been lured out of the client."""
    token = CLIENT_ASSERTION.token(claims={"aud": ISSUER + path})
    assert refused(CLIENT_ASSERTION, token) is Reason.AUDIENCE


@pytest.mark.parametrize("entrance", FOREIGN, ids=lambda entrance: entrance.kind.name.lower())
def test_an_array_of_the_one_audience_passes(entrance: Entrance) -> None:
    """RFC 7519 §4.1.3 lets an issuer write the sole audience as an array."""
    assert entrance.enter(entrance.token(claims={"aud": [ISSUER]})) is not None


@pytest.mark.threat("23")
@pytest.mark.parametrize("value", [None, True, 1, "", [], [AUDIENCE], {}, "x" * 2049, "a\nb"], ids=shown)
def test_our_access_tokens_have_one_audience_as_a_string(value: Json) -> None:
    """An access token of ours names one audience, as a string; an array of it is not from us."""
    assert refused(ACCESS_TOKEN, ACCESS_TOKEN.token(claims={"aud": value})) is Reason.CLAIM


@pytest.mark.parametrize("entrance", OURS, ids=lambda entrance: entrance.kind.name.lower())
@pytest.mark.parametrize("name", ["cnf", "may_act", "status", "amr", "Exp", ""])
def test_a_claim_that_is_not_known_may_restrict(entrance: Entrance, name: str) -> None:
    """A token of ours with a claim that this release does not know is refused, not read without it."""
    assert refused(entrance, entrance.token(claims={name: {}})) is Reason.CLAIM


@pytest.mark.parametrize("entrance", FOREIGN, ids=lambda entrance: entrance.kind.name.lower())
def test_others_may_add_claims(entrance: Entrance) -> None:
    """What others write beside the claims that count is ignored (RFC 7519 §4)."""
    extra = {"email": "anne@example.org", "roles": ["admin"], "deep": {"er": [1]}}
    assert entrance.enter(entrance.token(claims=extra)) == entrance.enter(entrance.token())
