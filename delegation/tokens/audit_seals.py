"""Seals of the audit log: signed statements of which entries there were, kept for as long as the log is."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from delegation.tokens.claims import MAX_URI, Claims, epoch_seconds, members, text, whole_second
from delegation.tokens.errors import InvalidToken, Reason
from delegation.tokens.jws import Kind, sign, verify
from delegation.tokens.signing_keys import SigningKey
from delegation.tokens.verification_keys import VerificationKeys

_CLAIMS: Final = frozenset({"iss", "iat", "number", "previous", "size", "root"})
_HASH: Final = re.compile(r"[0-9a-f]{64}")
_LARGEST: Final = 2**63


@dataclass(frozen=True, slots=True)
class AuditSeal:
    """What one seal states. Hashes are SHA-256, in lower-case hex."""

    issuer: str
    issued_at: datetime
    """A whole second."""
    number: int
    """Its place among the seals, counted from 1."""
    previous: str
    """Hash of the log entry that holds the seal before."""
    size: int
    """How many heads it covers."""
    root: str
    """Root of the Merkle tree over these heads (RFC 6962 §2.1)."""


def sign_audit_seal(seal: AuditSeal, key: SigningKey) -> str:
    """Return the seal as a signed `audit-seal+jwt`; raises InvalidKey for a key of another purpose."""
    return sign(
        {
            "iss": seal.issuer,
            "iat": epoch_seconds(seal.issued_at),
            "number": seal.number,
            "previous": seal.previous,
            "size": seal.size,
            "root": seal.root,
        },
        kind=Kind.SEAL,
        key=key,
    )


def read_audit_seal(encoded: str, *, keys: VerificationKeys) -> AuditSeal:
    """Return what a seal that one of the keys has signed states; raises InvalidToken. A seal never expires."""
    claims = members(verify(encoded, kind=Kind.SEAL, keys=keys), "the claims", _CLAIMS)
    return AuditSeal(
        issuer=text(claims, "iss", MAX_URI),
        issued_at=whole_second(claims, "iat"),
        number=_count(claims, "number"),
        previous=_hash(claims, "previous"),
        size=_count(claims, "size"),
        root=_hash(claims, "root"),
    )


def _count(claims: Claims, name: str) -> int:
    value = claims.get(name)
    if not isinstance(value, int) or isinstance(value, bool) or not 0 < value < _LARGEST:
        raise InvalidToken(Reason.CLAIM, f"`{name}` must be a whole number above 0")
    return value


def _hash(claims: Claims, name: str) -> str:
    value = claims.get(name)
    if not isinstance(value, str) or _HASH.fullmatch(value) is None:
        raise InvalidToken(Reason.CLAIM, f"`{name}` must be SHA-256 in lower-case hex")
    return value
