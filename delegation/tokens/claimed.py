"""What a token claims to be about, before anything is proved: good for choosing what to look at."""

from delegation.tokens.access_tokens import AccessToken
from delegation.tokens.claims import MAX_URI, Claims, text
from delegation.tokens.errors import InvalidToken
from delegation.tokens.jws import Kind, parse
from delegation.tokens.memory import Memory
from delegation.tokens.receipts import Receipt
from delegation.tokens.user_tokens import UserToken


def claimed_world(encoded: str, memory: Memory) -> tuple[str | None, str | None]:
    """Return the organization and the user an access token or a receipt claims to be about; None where it does not."""
    said = memory.said(encoded)
    if isinstance(said, AccessToken):
        return said.organization, said.subject
    if isinstance(said, Receipt):
        return said.organization, said.user
    try:
        opened = memory.opened(encoded)
    except InvalidToken:
        return None, None
    for kind in (Kind.ACCESS_TOKEN, Kind.RECEIPT):
        try:
            parse(opened, kind=kind)
        except InvalidToken:
            continue
        return _name(opened.claims, "org_id"), _name(opened.claims, "sub")
    return None, None


def claimed_issuer(encoded: str, memory: Memory) -> str:
    """Return which provider a token claims to be from, so that its keys can be found.

    Nothing is proved by it. Raises InvalidToken when it claims none.
    """
    said = memory.said(encoded)
    if isinstance(said, AccessToken | UserToken):
        return said.issuer
    return text(parse(memory.opened(encoded), kind=Kind.USER_TOKEN).opened.claims, "iss", MAX_URI)


def _name(claims: Claims, claim: str) -> str | None:
    try:
        return text(claims, claim)
    except InvalidToken:
        return None
