"""Nonces for proofs of possession: every process makes and knows them, and none is stored (RFC 9449 §8)."""

import hmac
from base64 import urlsafe_b64encode
from datetime import datetime, timedelta
from typing import Final

_WINDOW: Final = timedelta(minutes=2)
"""How long the same nonce is given; it is accepted for as long again."""


class Nonces:
    """What a server gives, and finds again in proofs: nobody without the key can foretell one."""

    def __init__(self, key: bytes) -> None:
        """Make nonces with a key that all processes of a deployment have."""
        self._key = key

    def given(self, now: datetime) -> str:
        """Return the nonce that is given at this time."""
        return self._of(_number(now))

    def knows(self, nonce: str | None, now: datetime) -> bool:
        """Return whether a nonce was given lately, be it by a process whose clock is a little ahead."""
        if nonce is None or not nonce.isascii():
            return False
        number = _number(now)
        return any(hmac.compare_digest(nonce, self._of(number - back)) for back in (0, 1, -1))

    def _of(self, number: int) -> str:
        digest = hmac.digest(self._key, str(number).encode(), "sha256")
        return urlsafe_b64encode(digest[:18]).decode()


def _number(now: datetime) -> int:
    return int(now.timestamp() // _WINDOW.total_seconds())
