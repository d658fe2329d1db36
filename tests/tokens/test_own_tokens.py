"""An agent's own token: what is written is read back, and whatever says more, or is about another, is none."""

from datetime import timedelta
from typing import Final

import pytest

from delegation.tokens import OwnToken, Reason, read_own_token, sign_own_token
from delegation.tokens.jws import Kind
from tests.clock import NOON
from tests.conformance import rfc
from tests.tokens.forging import (
    ACCESS_KEY,
    ACCESS_TOKEN,
    AGENT,
    AUDIENCE,
    DROP,
    ISSUER,
    NOW,
    RING,
    Entrance,
    Json,
    refused,
    shown,
)

OWN: Final = Entrance(
    Kind.ACCESS_TOKEN,
    {
        "iss": ISSUER,
        "aud": ISSUER,
        "sub": AGENT,
        "client_id": AGENT,
        "iat": NOW,
        "nbf": NOW,
        "exp": NOW + 300,
        "jti": "at_1",
    },
    ACCESS_KEY,
    lambda token, now: read_own_token(token, ring=RING, issuer=ISSUER, now=now),
)


@rfc("9068", "2.2", "client-as-subject")
@pytest.mark.parametrize("key", [None, "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I"])
def test_what_is_written_is_read_back(key: str | None) -> None:
    """The token says who the agent is, until when, and which key it is bound to."""
    token = OwnToken(ISSUER, AGENT, NOON, NOON + timedelta(seconds=300), "at_1", key)
    assert OWN.enter(sign_own_token(token, ACCESS_KEY)) == token
    assert OWN.enter(OWN.token()) == OwnToken(ISSUER, AGENT, NOON, NOON + timedelta(seconds=300), "at_1")


@pytest.mark.threat("22")
@pytest.mark.parametrize("name", ["act", "authorization_details", "org_id", "scope", "asked", "ancestors", "may_act"])
def test_what_says_more_is_none(name: str) -> None:
    """With any claim of a token that stands for a user it proves no agent, whatever else it says."""
    more = ACCESS_TOKEN.claims.get(name, "x")
    assert refused(OWN, OWN.token(claims={name: more})) is Reason.CLAIM


@pytest.mark.threat("22")
@pytest.mark.threat("15")
@pytest.mark.parametrize(
    "changes",
    [
        *({"sub": value} for value in ("anne", "planner2", "", None, DROP, [AGENT])),
        *({"client_id": value} for value in ("writer", "", None, DROP)),
        *({"aud": value} for value in (AUDIENCE, [ISSUER], [ISSUER, AUDIENCE], f"{ISSUER}/", None, DROP)),
        *({"iss": value} for value in (AUDIENCE, f"{ISSUER}/", None, DROP)),
        *({"jti": value} for value in (None, "", DROP)),
        {"cnf": {}},
        {"cnf": None},
    ],
    ids=shown,
)
def test_what_is_about_anybody_else_is_none(changes: dict[str, Json]) -> None:
    """Subject and client are the one agent, and issuer and audience are this service alone."""
    assert refused(OWN, OWN.token(claims=changes)) in {Reason.CLAIM, Reason.AUDIENCE, Reason.ISSUER}


@pytest.mark.threat("23")
def test_it_is_good_in_its_time_alone() -> None:
    """It has begun, it has not ended, and without either time it is none."""
    assert refused(OWN, OWN.token(), NOON + timedelta(seconds=300)) is Reason.EXPIRED
    assert refused(OWN, OWN.token(claims={"nbf": NOW + 61})) is Reason.NOT_YET_VALID
    for name in ("exp", "nbf", "iat"):
        assert refused(OWN, OWN.token(claims={name: DROP})) is Reason.CLAIM


def test_a_token_of_a_user_is_not_the_agents_own() -> None:
    """Neither reads the other's."""
    assert refused(OWN, ACCESS_TOKEN.token()) is Reason.CLAIM
    assert refused(ACCESS_TOKEN, OWN.token()) is Reason.CLAIM
