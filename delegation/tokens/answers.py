"""Kept answers at rest: they may hold secrets, so they lie under the master key, bound to their place (RFC 7516)."""

from typing import Final

from joserfc import jwe
from joserfc.errors import JoseError
from joserfc.registry import HeaderParameter

from delegation.tokens.errors import InvalidKey
from delegation.tokens.sealing import ENCRYPTION, WRAPPING, wrapping_key

_PURPOSE: Final = "idempotency"
_REGISTRY: Final = jwe.JWERegistry(
    header_registry={
        "purpose": HeaderParameter("why it was sealed", "str", required=True),
        "place": HeaderParameter("the key that the answer is kept under", "str", required=True),
    },
    algorithms=[WRAPPING, ENCRYPTION],
)


def seal_answer(answer: str, place: str, master: bytes) -> str:
    """Return an answer that opens only in its place, the key it is kept under. Raises InvalidKey for the master key."""
    header = {"alg": WRAPPING, "enc": ENCRYPTION, "purpose": _PURPOSE, "place": place}
    return jwe.encrypt_compact(header, answer.encode(), wrapping_key(master), registry=_REGISTRY)


def unseal_answer(sealed: str, place: str, master: bytes) -> str:
    """Return the answer; raises InvalidKey for another master key or for what was sealed for another place."""
    key = wrapping_key(master)
    try:
        opened = jwe.decrypt_compact(sealed, key, registry=_REGISTRY)
        text = (opened.plaintext or b"").decode()
    except (JoseError, ValueError):
        raise InvalidKey("an answer cannot be unsealed with this master key") from None
    # The header was authenticated with the rest: a seal copied to another row betrays itself.
    if opened.protected.get("purpose") != _PURPOSE or opened.protected.get("place") != place:
        raise InvalidKey("what was sealed is the answer to another request")
    return text
