"""Receipts: signed proof that a delegation allows unattended use, good for one agent alone."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from delegation.tokens.claims import (
    MAX_URI,
    Claims,
    Lifetime,
    epoch_seconds,
    members,
    text,
    whole_second,
)
from delegation.tokens.errors import InvalidToken, Reason
from delegation.tokens.jws import Kind, sign
from delegation.tokens.key_ring import KeyRing
from delegation.tokens.memory import Reading
from delegation.tokens.signing_keys import Purpose, SigningKey

_CLAIMS: Final = frozenset({"iss", "aud", "sub", "client_id", "delegation_id", "org_id", "iat", "exp", "jti"})


@dataclass(frozen=True, slots=True)
class Receipt:
    """What one receipt says. Times are whole seconds; references by id, without their type."""

    issuer: str
    """Also its audience: nobody else can do anything with it."""
    user: str
    agent: str
    delegation: str
    organization: str
    issued_at: datetime
    expires_at: datetime
    jti: str


def sign_receipt(receipt: Receipt, key: SigningKey) -> str:
    """Return the receipt as a signed `delegation+jwt`; raises InvalidKey for a key of another purpose."""
    return sign(
        {
            "iss": receipt.issuer,
            "aud": receipt.issuer,
            "sub": receipt.user,
            "client_id": receipt.agent,
            "delegation_id": receipt.delegation,
            "org_id": receipt.organization,
            "iat": epoch_seconds(receipt.issued_at),
            "exp": epoch_seconds(receipt.expires_at),
            "jti": receipt.jti,
        },
        kind=Kind.RECEIPT,
        key=key,
    )


def read_receipt(encoded: str, *, ring: KeyRing, issuer: str, now: datetime) -> Receipt:
    """Return what a receipt of ours says, if it is good at `now`; raises InvalidToken.

    Whether the agent that presents it is its own, and the delegation in force, is for the caller to find out.
    """
    receipt = ring.memory.read(encoded, _READING, ring.verifying(Purpose.RECEIPT), issuer)
    Lifetime(receipt.expires_at, issued_at=receipt.issued_at).refuse_outside(now)
    return receipt


def _receipt_in(claims: Claims) -> Receipt:
    claims = members(claims, "the claims", _CLAIMS)
    if claims.get("aud") != claims.get("iss"):
        raise InvalidToken(Reason.AUDIENCE, "`aud` is not the issuer")
    return Receipt(
        issuer=text(claims, "iss", MAX_URI),
        user=text(claims, "sub"),
        agent=text(claims, "client_id"),
        delegation=text(claims, "delegation_id"),
        organization=text(claims, "org_id"),
        issued_at=whole_second(claims, "iat"),
        expires_at=whole_second(claims, "exp"),
        jti=text(claims, "jti"),
    )


_READING: Final = Reading(Kind.RECEIPT, Receipt, _receipt_in)
