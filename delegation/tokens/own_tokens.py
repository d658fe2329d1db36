"""An agent's own token: who it is, and no user's rights (RFC 6749 §4.4, RFC 9068 §2)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from delegation.tokens.claims import MAX_URI, Lifetime, epoch_seconds, expect_issuer, members, text, whole_second
from delegation.tokens.confirmation import bound_key_in, confirmation
from delegation.tokens.errors import InvalidToken, Reason
from delegation.tokens.jws import Kind, sign, verify
from delegation.tokens.key_ring import KeyRing
from delegation.tokens.signing_keys import Purpose, SigningKey
from delegation.tokens.strict_json import JSON

_CLAIMS: Final = frozenset({"iss", "aud", "sub", "client_id", "iat", "nbf", "exp", "jti", "cnf"})


@dataclass(frozen=True, slots=True)
class OwnToken:
    """What an agent's own token says. Times are whole seconds; its only audience is the issuer."""

    issuer: str
    agent: str
    issued_at: datetime
    expires_at: datetime
    jti: str
    key: str | None = None
    """Thumbprint of the key that whoever presents it must prove; None for a bearer token."""


def sign_own_token(token: OwnToken, key: SigningKey) -> str:
    """Return the token as a signed `at+jwt`; raises InvalidKey for a key of another purpose."""
    claims: dict[str, JSON] = {
        "iss": token.issuer,
        "aud": token.issuer,
        "sub": token.agent,  # Without a resource owner it identifies the client (RFC 9068 §2.2).
        "client_id": token.agent,
        "iat": epoch_seconds(token.issued_at),
        "nbf": epoch_seconds(token.issued_at),
        "exp": epoch_seconds(token.expires_at),
        "jti": token.jti,
    }
    if token.key is not None:
        claims["cnf"] = confirmation(token.key)
    return sign(claims, kind=Kind.ACCESS_TOKEN, key=key)


def read_own_token(encoded: str, *, ring: KeyRing, issuer: str, now: datetime) -> OwnToken:
    """Return what an agent's own token says, if it is good at `now`; raises InvalidToken.

    A token that says anything more, such as `act` or `authorization_details`, is none.
    """
    keys = ring.verifying(Purpose.ACCESS_TOKEN)
    claims = members(verify(encoded, kind=Kind.ACCESS_TOKEN, keys=keys), "the claims", _CLAIMS)
    expect_issuer(claims, issuer)
    agent = text(claims, "client_id")
    if claims.get("aud") != issuer or claims.get("sub") != agent:
        raise InvalidToken(Reason.AUDIENCE, "an agent's own token is for the issuer, about the agent itself")
    token = OwnToken(
        issuer=text(claims, "iss", MAX_URI),
        agent=agent,
        issued_at=whole_second(claims, "iat"),
        expires_at=whole_second(claims, "exp"),
        jti=text(claims, "jti"),
        key=bound_key_in(claims),
    )
    Lifetime(token.expires_at, whole_second(claims, "nbf"), token.issued_at).refuse_outside(now)
    return token
