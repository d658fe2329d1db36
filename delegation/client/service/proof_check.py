"""The proofs that a service asks for beside tokens bound to a key (RFC 9449 §7, §9)."""

import base64
import hmac
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from delegation.client.issuer.addresses import is_protected
from delegation.client.service.proof_reading import BadProof, Presented, Proof, read_proof
from delegation.client.service.replays import Replays, ReplaysInMemory

_SHORTEST_KEY: Final = 32
_WINDOW: Final = timedelta(minutes=2)
"""How long the same nonce is given; it is accepted for as long again."""


class NonceWanted(Exception):
    """The proof is good but for a nonce of this service; `nonce` is one."""

    def __init__(self, nonce: str) -> None:
        super().__init__("the proof needs a nonce of this service")
        self.nonce = nonce


class ProofCheck:
    """Checks the proofs that come with tokens.

    `public_url` is where agents reach the service, up to what the application sees of a path: behind a proxy neither
    the socket nor a header tells that. `replays` remembers used proofs: the default serves one process, `ReplaysInFile`
    all processes on a machine, and whatever they share and that sets a key only once serves several machines.
    With `nonce_key`, at least 32 random bytes that all processes of the service have, a proof must hold a nonce of this
    service, and so cannot have been made long before it is used.
    """

    def __init__(self, public_url: str, *, replays: Replays | None = None, nonce_key: bytes | None = None) -> None:
        """Raise ValueError for an address or a nonce key that cannot be used."""
        if not is_protected(public_url) or "?" in public_url or "#" in public_url:
            raise ValueError("`public_url` is an https address without query and fragment (http for this machine)")
        if nonce_key is not None and len(nonce_key) < _SHORTEST_KEY:
            raise ValueError(f"`nonce_key` has at least {_SHORTEST_KEY} bytes")
        self._public_url = public_url.rstrip("/")
        self._replays = ReplaysInMemory() if replays is None else replays
        self._nonce_key = nonce_key

    def read(self, proofs: Sequence[str], method: str, path: str, token: str, *, now: datetime) -> Proof:
        """Return what the proof in a request's one DPoP header shows about it; `path` is as it was sent, query aside.

        Raises BadProof, and NonceWanted. The token is good if introspection says that it is bound to the proof's `key`,
        and the request then if the proof `is_first`.
        """
        if len(proofs) != 1:
            raise BadProof("there must be one DPoP header with a proof")
        if not path.startswith("/") or "#" in path:  # Some servers take a fragment for a part of it.
            raise BadProof("the request has no path")
        proof = read_proof(proofs[0], Presented(method, f"{self._public_url}{path}", token), now)
        if self._nonce_key is not None and not _is_known(self._nonce_key, proof.nonce, now):
            raise NonceWanted(_nonce(self._nonce_key, _number(now)))
        return proof

    async def is_first(self, proof: Proof, now: datetime) -> bool:
        """Use a proof up; return whether it was not used before. Raises Unavailable where that cannot be found out."""
        return await self._replays.is_first(proof.id, now)


def _is_known(key: bytes, nonce: str | None, now: datetime) -> bool:
    """Return whether a nonce was given lately, be it by a process whose clock is a little ahead."""
    if nonce is None or not nonce.isascii():
        return False
    return any(hmac.compare_digest(nonce, _nonce(key, _number(now) - back)) for back in (0, 1, -1))


def _nonce(key: bytes, number: int) -> str:
    digest = hmac.digest(key, f"dpop-nonce {number}".encode(), "sha256")
    return base64.urlsafe_b64encode(digest[:18]).decode()


def _number(now: datetime) -> int:
    return int(now.timestamp() // _WINDOW.total_seconds())
