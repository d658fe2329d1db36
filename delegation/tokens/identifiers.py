"""Identifiers and secrets that this service makes up: the one place that draws on chance."""

import hmac
import secrets
from collections.abc import Sequence
from hashlib import sha256
from typing import Final

_NOBODYS: Final = "-" * 64
"""As long as a hash, and the hash of nothing."""


def new_identifier(prefix: str) -> str:
    """Return an identifier nobody has seen: the prefix, which names the kind, and 128 random bits.

    Code that needs one takes this function as an argument, so that tests know what comes.
    """
    return f"{prefix}_{secrets.token_urlsafe(16)}"


def new_secret() -> str:
    """Return a client secret of 256 random bits, recognisable by its prefix when it turns up somewhere."""
    return f"dss_{secrets.token_urlsafe(32)}"


def hash_secret(secret: str) -> str:
    """Return what is stored of a secret made of many random bits: its SHA-256, in hexadecimal.

    A fast hash suffices for these alone; what people choose needs a slow one.
    """
    return sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def is_secret(presented: str, stored: str) -> bool:
    """Tell whether a presented secret is the one whose hash is stored, in time that tells nothing."""
    return hmac.compare_digest(hash_secret(presented), stored)


def is_one_of(hashed: str, stored: Sequence[str], *, most: int) -> bool:
    """Tell whether the hash of a presented secret is one of those that are stored.

    It takes the work of `most` comparisons whatever is stored, none included, and whichever it is.
    """
    compared = (*stored, *(_NOBODYS,) * most)[:most]
    return sum([hmac.compare_digest(hashed, each) for each in compared]) > 0
