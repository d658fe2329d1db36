"""Client assertions (RFC 7523 §3 as amended by RFC 10070): how an agent proves who it is."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from delegation.tokens.claims import expect_issuer, expect_sole_audience, foreign_lifetime, text
from delegation.tokens.errors import InvalidToken, Reason
from delegation.tokens.jws import Kind, Unverified, open_token, parse, verified
from delegation.tokens.verification_keys import VerificationKeys

LONGEST_LIFE: Final = timedelta(hours=1)
ASSERTION_ALGORITHMS: Final = Kind.CLIENT_ASSERTION.value.algorithms


@dataclass(frozen=True, slots=True)
class ClientAssertion:
    """A client that proved who it is, once: `jti` is good for one use, to be remembered until it expires."""

    client_id: str
    jti: str
    expires_at: datetime
    issued_at: datetime | None = None
    """None where it does not say."""


@dataclass(frozen=True, slots=True)
class ClaimedAssertion:
    """An assertion before anything is proved: good for finding the keys it is to be read with."""

    client_id: str
    """The client it claims to be from."""
    unverified: Unverified

    @property
    def kid(self) -> str:
        """The key under which it says it was signed."""
        return self.unverified.kid


def claimed_assertion(encoded: str) -> ClaimedAssertion:
    """Return what an assertion claims; raises InvalidToken for bad form, and when it claims no client."""
    unverified = parse(open_token(encoded), kind=Kind.CLIENT_ASSERTION)
    return ClaimedAssertion(text(unverified.opened.claims, "sub"), unverified)


def read_client_assertion(
    claimed: ClaimedAssertion, *, keys: VerificationKeys, client_id: str, issuer: str, now: datetime
) -> ClientAssertion:
    """Return the proof that the client with these registered keys asks now; raises InvalidToken.

    `issuer` must be its sole audience: a URL of an endpoint, or a second value, is refused.
    Whether its `jti` was used before is for the caller to find out.
    """
    claims = verified(claimed.unverified, keys)
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
    return ClientAssertion(client_id, text(claims, "jti"), lifetime.expires_at, lifetime.issued_at)
