"""Keys that follow from the master key, one for each purpose: every process has them, and none is stored."""

import hmac
from typing import Final

_CONTEXT: Final = "delegation.derived.1"


def derived_key(master: bytes, purpose: str) -> bytes:
    """Return 32 bytes for one purpose; they tell nothing of the master key nor of those of another purpose.

    This is the expansion of HKDF (RFC 5869 §2.3) in one block; the master key is random already.
    """
    return hmac.digest(master, f"{_CONTEXT} {purpose}".encode() + b"\x01", "sha256")
