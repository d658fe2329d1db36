"""Client assertions (RFC 7523 §3 as amended by RFC 10070): how an agent proves who it is."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from delegation.tokens.claims import expect_issuer, expect_sole_audience, foreign_lifetime, text
from delegation.tokens.errors import InvalidToken, Reason
from delegation.tokens.jws import Kind, claimed, parse, verify
from delegation.tokens.verification_keys import VerificationKeys

LONGEST_LIFE: Final = timedelta(hours=1)
ASSERTION_ALGORITHMS: Final = Kind.CLIENT_ASSERTION.value.algorithms


@dataclass(frozen=True, slots=True)
class ClientAssertion:
    """A client that proved who it is, once: `jti` is good for one use, to be remembered until it expires."""

    client_id: str
    jti: str
    expires_at: datetime


def claimed_client(encoded: str) -> str:
    """Return which client an assertion claims to be from, so that its keys can be found.

    Nothing is proved by it. Raises InvalidToken when it claims none.
    """
    subject = claimed(parse(encoded, kind=Kind.CLIENT_ASSERTION), "sub")
    return text({"sub": subject}, "sub")


def claimed_key(encoded: str) -> str:
    """Return the `kid` under which an assertion says it was signed; raises InvalidToken for bad form."""
    return parse(encoded, kind=Kind.CLIENT_ASSERTION).kid


def read_client_assertion(
    encoded: str, *, keys: VerificationKeys, client_id: str, issuer: str, now: datetime
) -> ClientAssertion:
    """Return the proof that the client with these registered keys asks now; raises InvalidToken.

    `issuer` must be its sole audience: a URL of an endpoint, or a second value, is refused.
    Whether its `jti` was used before is for the caller to find out.
    """
    claims = verify(encoded, kind=Kind.CLIENT_ASSERTION, keys=keys)
    expect_issuer(claims, client_id)
    if claims.get("sub") != client_id:
        raise InvalidToken(Reason.CLAIM, "`sub` must be the client")
    expect_sole_audience(claims, issuer)
    if "act" in claims:
        raise InvalidToken(Reason.CLAIM, "an agent proves itself, without `act`")
    lifetime = foreign_lifetime(claims)
    lifetime.refuse_outside(now)
    if lifetime.expires_at > now + LONGEST_LIFE:
        raise InvalidToken(Reason.CLAIM, "`exp` must be at most one hour ahead")
    return ClientAssertion(client_id, text(claims, "jti"), lifetime.expires_at)
