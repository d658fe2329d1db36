"""The chain of actors in a token: who acts now, and who did before."""

from dataclasses import replace

import pytest

from delegation.tokens import AccessToken, Purpose, Reason, sign_access_token
from delegation.tokens.jws import Kind, verify
from tests.conformance import rfc
from tests.tokens.forging import ACCESS_KEY, ACCESS_TOKEN, AGENT, ISSUER, NOW, RING, Json, changed, refused, shown


@rfc("8693", "4.1", "actor")
@rfc("8693", "4.1", "outermost-actor")
def test_the_outermost_actor_is_the_one_that_acts_now() -> None:
    """Earlier actors lie inside the later ones, each with the issuer that names it and its profile."""
    plain = ACCESS_TOKEN.enter(ACCESS_TOKEN.token())
    assert isinstance(plain, AccessToken)
    token = replace(plain, actors=("reviewer", "planner", "scout"))
    encoded = sign_access_token(token, ACCESS_KEY)
    claims = verify(encoded, kind=Kind.ACCESS_TOKEN, keys=RING.verifying(Purpose.ACCESS_TOKEN))
    assert claims["client_id"] == "reviewer"
    assert claims["act"] == actor("reviewer", act=actor("planner", act=actor("scout")))
    assert ACCESS_TOKEN.enter(encoded) == token


def actor(sub: str, **more: Json) -> dict[str, Json]:
    """One member of the chain, as it is written."""
    return {"iss": ISSUER, "sub": sub, "sub_profile": "ai_agent", **more}


def chain(length: int) -> dict[str, Json]:
    """A chain of different agents, the outermost of which is the client."""
    claim = actor("agent-1")
    for number in range(2, length):
        claim = actor(f"agent-{number}", act=claim)
    return actor(AGENT, act=claim)


@pytest.mark.threat("15")
@pytest.mark.threat("23")
@pytest.mark.parametrize(
    "act",
    [
        *(None, True, 1, "planner", [], [actor(AGENT)], {}),
        changed(actor(AGENT), {"iss": "https://evil.example"}),
        changed(actor(AGENT), {"iss": [ISSUER]}),
        changed(actor(AGENT), {"sub": "somebody-else"}),
        changed(actor(AGENT), {"sub": 7}),
        changed(actor(AGENT), {"sub_profile": "user"}),
        changed(actor(AGENT), {"sub_profile": ["ai_agent"]}),
        {"sub": AGENT, "sub_profile": "ai_agent"},
        {"iss": ISSUER, "sub": AGENT},
        actor(AGENT, cnf={"jkt": "x"}),
        actor(AGENT, exp=NOW),
        actor(AGENT, act=None),
        actor(AGENT, act={}),
        actor(AGENT, act="scout"),
        actor(AGENT, act=actor(AGENT)),
        actor(AGENT, act=actor("scout", act=actor("scout"))),
        actor(AGENT, act=changed(actor("scout"), {"iss": "https://evil.example"})),
        chain(17),
    ],
    ids=shown,
)
def test_a_chain_that_we_would_not_write_is_refused(act: Json) -> None:
    """Actors are different agents of this issuer, the outermost one the client, and never too many."""
    assert refused(ACCESS_TOKEN, ACCESS_TOKEN.token(claims={"act": act})) in {Reason.CLAIM, Reason.ISSUER}


@pytest.mark.threat("15")
def test_the_longest_chain_is_read_whole() -> None:
    """Sixteen actors are read; a chain is never cut to fit."""
    token = ACCESS_TOKEN.enter(ACCESS_TOKEN.token(claims={"act": chain(16)}))
    assert isinstance(token, AccessToken)
    assert len(token.actors) == 16
