"""The words of proofs of possession (RFC 9449), which agents write and services read."""

import base64
import re
from hashlib import sha256
from typing import Final

SCHEME: Final = "DPoP"
"""How a token is presented that is bound to a key, and its type at the token endpoint."""
HEADER: Final = "DPoP"
NONCE_HEADER: Final = "DPoP-Nonce"
TYPE: Final = "dpop+jwt"
NONCE_WANTED: Final = "use_dpop_nonce"

_NONCE: Final = re.compile(r"[\x21\x23-\x5b\x5d-\x7e]{1,256}")
"""RFC 9449 §8.1, and a size that nobody else decides on."""


def is_nonce(text: str) -> bool:
    """Return whether a text may be a nonce."""
    return _NONCE.fullmatch(text) is not None


def hash_of(token: str) -> str:
    """Return by which a proof names the token that it goes with (RFC 9449 §4.2)."""
    return base64.urlsafe_b64encode(sha256(token.encode()).digest()).rstrip(b"=").decode()
