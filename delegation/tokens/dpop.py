"""Proofs of possession: that whoever sends a request has a private key (RFC 9449 §4)."""

from base64 import urlsafe_b64encode
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final

from delegation.tokens.claims import SKEW, numeric_date, optional_text, text
from delegation.tokens.errors import InvalidToken, Reason
from delegation.tokens.jws import Kind, verify_with_own_key
from delegation.tokens.uris import same_target

LONGEST_AGE: Final = timedelta(seconds=60)
"""How long after it was made a proof is accepted."""
PROOF_ALGORITHMS: Final = Kind.POSSESSION_PROOF.value.algorithms


@dataclass(frozen=True, slots=True)
class Proof:
    """What a good proof shows; `jti` is good for one use, to be remembered until it is too old."""

    thumbprint: str
    """Of the key that signed it (RFC 7638)."""
    jti: str
    issued_at: datetime
    nonce: str | None

    @property
    def once(self) -> str:
        """Names the proof among all others, in a size that no sender chooses."""
        return sha256(f"{self.thumbprint} {self.jti}".encode()).hexdigest()


def read_proof(encoded: str, *, method: str, url: str, now: datetime, access_token: str | None = None) -> Proof:
    """Return what a proof shows about a request by this method to this URL; raises InvalidToken (RFC 9449 §4.3).

    With `access_token` it must be a proof for that token too. Whether its nonce is one that was given, whether its
    `jti` was used before, and whether the key is the right one is for the caller to find out.
    """
    thumbprint, claims = verify_with_own_key(encoded, kind=Kind.POSSESSION_PROOF)
    if claims.get("htm") != method:
        raise InvalidToken(Reason.CLAIM, "`htm` is not the method of the request")
    target = claims.get("htu")
    if not isinstance(target, str) or not same_target(target, url):
        raise InvalidToken(Reason.CLAIM, "`htu` is not the address of the request")
    issued_at = numeric_date(claims, "iat")
    if issued_at > now + SKEW:
        raise InvalidToken(Reason.NOT_YET_VALID, "`iat` is in the future")
    if issued_at < now - LONGEST_AGE:
        raise InvalidToken(Reason.EXPIRED, "`iat` is too long ago")
    if access_token is not None and claims.get("ath") != hash_of(access_token):
        raise InvalidToken(Reason.CLAIM, "`ath` is not the hash of the access token")
    return Proof(thumbprint, text(claims, "jti"), issued_at, optional_text(claims, "nonce"))


def hash_of(access_token: str) -> str:
    """Return the hash by which a proof names an access token (RFC 9449 §4.2)."""
    digest = sha256(access_token.encode("utf-8", "surrogatepass")).digest()
    return urlsafe_b64encode(digest).rstrip(b"=").decode()
