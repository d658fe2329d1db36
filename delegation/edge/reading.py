"""Tokens, read by the keys that the issuer told of."""

from datetime import datetime

from delegation.tokens import AccessToken, InvalidToken, Kept, PublicRing, read_access_token, reread_access_token


def token_in(
    text: str, ring: PublicRing, issuer: str, now: datetime, known: Kept[AccessToken] | None = None
) -> AccessToken | None:
    """Return what a token of the issuer's says; None where it is not good at `now`.

    `known` is what is remembered of this very text, as far as the same keys proved it.
    """
    try:
        token = None if known is None else reread_access_token(known, ring=ring, issuer=issuer, now=now)
        return read_access_token(text, ring=ring, issuer=issuer, now=now) if token is None else token
    except InvalidToken:
        return None
