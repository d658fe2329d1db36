"""What a token of ours claims to be about, before anything is proved: good for choosing what to look at."""

from delegation.tokens.claims import text
from delegation.tokens.errors import InvalidToken
from delegation.tokens.jws import Kind, Unverified, claimed, parse


def claimed_world(encoded: str) -> tuple[str | None, str | None]:
    """Return the organization and the user an access token or a receipt claims to be about; None where it does not."""
    for kind in (Kind.ACCESS_TOKEN, Kind.RECEIPT):
        try:
            unverified = parse(encoded, kind=kind)
        except InvalidToken:
            continue
        return _name(unverified, "org_id"), _name(unverified, "sub")
    return None, None


def _name(unverified: Unverified, claim: str) -> str | None:
    try:
        return text({claim: claimed(unverified, claim)}, claim)
    except InvalidToken:
        return None
