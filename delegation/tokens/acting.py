"""The claim `act` (RFC 8693 §4.1): who acts for the user now, and who did before."""

from collections.abc import Sequence
from typing import Final

from delegation.tokens.claims import Claims, expect_issuer, members, text
from delegation.tokens.errors import InvalidToken, Reason
from delegation.tokens.strict_json import JSON

MAX_ACTORS: Final = 16

_PROFILE: Final = "ai_agent"
_MEMBERS: Final = frozenset({"iss", "sub", "sub_profile", "act"})


def act_claim(issuer: str, actors: Sequence[str]) -> JSON:
    """Return the claim for agents of this issuer, the one that acts now outermost."""
    claim: dict[str, JSON] = {}
    for agent in reversed(actors):
        earlier: dict[str, JSON] = {"act": claim} if claim else {}
        claim = {"iss": issuer, "sub": agent, "sub_profile": _PROFILE, **earlier}
    return claim


def actors_in(claims: Claims, issuer: str) -> tuple[str, ...]:
    """Return the agents of the claim, the outermost first; raises InvalidToken unless all are the issuer's.

    A chain holds an agent at most once and is never cut to fit.
    """
    actors: list[str] = []
    node = claims
    while not actors or "act" in node:
        node = members(node.get("act"), "act", _MEMBERS)
        expect_issuer(node, issuer)
        if node.get("sub_profile") != _PROFILE:
            raise InvalidToken(Reason.CLAIM, f"`sub_profile` must be `{_PROFILE}`")
        actors.append(text(node, "sub"))
    if len(actors) > MAX_ACTORS or len(set(actors)) != len(actors):
        raise InvalidToken(Reason.CLAIM, f"`act` must name 1 to {MAX_ACTORS} different agents")
    return tuple(actors)
