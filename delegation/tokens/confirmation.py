"""The claim `cnf`: the key that whoever presents a token must prove to have (RFC 7800 §3, RFC 9449 §6.1)."""

import re
from typing import Final

from delegation.tokens.claims import Claims, members
from delegation.tokens.errors import InvalidToken, Reason
from delegation.tokens.strict_json import JSON

_THUMBPRINT: Final = re.compile(r"[A-Za-z0-9_-]{43}")
"""SHA-256 in base64url (RFC 7638 §3)."""


def confirmation(thumbprint: str) -> dict[str, JSON]:
    """Return the claim that binds a token to the key with this thumbprint."""
    return {"jkt": thumbprint}


def bound_key_in(claims: Claims) -> str | None:
    """Return the thumbprint that `cnf` holds, or None where the claim is absent; raises InvalidToken for any other."""
    if "cnf" not in claims:
        return None
    thumbprint = members(claims["cnf"], "cnf", {"jkt"}).get("jkt")
    if not isinstance(thumbprint, str) or _THUMBPRINT.fullmatch(thumbprint) is None:
        raise InvalidToken(Reason.CLAIM, "`cnf` must hold the thumbprint of a key")
    return thumbprint
