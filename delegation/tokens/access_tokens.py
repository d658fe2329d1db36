"""Access tokens of agents (RFC 9068, RFC 8693 §4.1, RFC 9396 §9.1): written, and read back."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from delegation.tokens.acting import act_claim, actors_in
from delegation.tokens.claims import (
    MAX_URI,
    Claims,
    epoch_seconds,
    expect_issuer,
    members,
    optional_scope,
    refuse_outside,
    text,
    texts,
    whole_second,
)
from delegation.tokens.confirmation import bound_key_in, confirmation
from delegation.tokens.errors import InvalidToken, Reason
from delegation.tokens.grants import Ancestor, Grant, ancestor_in, ancestor_member
from delegation.tokens.jws import Kind, sign
from delegation.tokens.key_ring import KeyRing
from delegation.tokens.memory import Kept, Reading
from delegation.tokens.public_ring import PublicRing
from delegation.tokens.signing_keys import Purpose, SigningKey
from delegation.tokens.strict_json import JSON

MAX_ANCESTORS: Final = 4
MAX_WRITTEN: Final = 4_096
"""Characters a token of ours may have: what common servers take in one header leaves room for others."""

# A claim that this release does not know may restrict the token: such a token is refused, not read without it.
_CLAIMS: Final = frozenset(
    {"iss", "sub", "aud", "client_id", "iat", "nbf", "exp", "jti", "act", "org_id"}
    | {"authorization_details", "scope", "asked", "ancestors", "cnf", "budgeted"}
)


@dataclass(frozen=True, slots=True)
class AccessToken:
    """What one access token says. Times are whole seconds; references by id, without their type."""

    issuer: str
    subject: str
    """The user's id."""
    audience: str
    issued_at: datetime
    not_before: datetime
    expires_at: datetime
    jti: str
    organization: str
    actors: tuple[str, ...]
    """Ids of the agents, the one that acts now first, each earlier one after it."""
    details: Grant
    """The one entry of `authorization_details`."""
    asked: frozenset[str]
    """The permissions asked for: the token's own bound. What was effective of them stands in the details."""
    scope: str | None = None
    ancestors: tuple[Ancestor, ...] = ()
    key: str | None = None
    """Thumbprint (RFC 7638) of the key that whoever presents it must prove (RFC 9449 §6.1); None for a bearer token."""
    budgeted: bool = False
    """Whether a budget counts its uses: who verifies it without asking us would use it uncounted."""

    @property
    def client_id(self) -> str:
        """The id of the agent that the token was issued to: the one that acts now."""
        return self.actors[0]


def sign_access_token(token: AccessToken, key: SigningKey) -> str:
    """Return the token as a signed `at+jwt`; raises InvalidKey for a key of another purpose.

    Raises InvalidToken for one that could not be read back, or is too long for a header.
    """
    claims: dict[str, JSON] = {
        "iss": token.issuer,
        "sub": token.subject,
        "aud": token.audience,
        "client_id": token.client_id,
        "iat": epoch_seconds(token.issued_at),
        "nbf": epoch_seconds(token.not_before),
        "exp": epoch_seconds(token.expires_at),
        "jti": token.jti,
        "org_id": token.organization,
        "act": act_claim(token.issuer, token.actors),
        "authorization_details": [token.details.entry(token.audience)],
    }
    if token.scope is not None:
        claims["scope"] = token.scope
    if token.asked != token.details.actions:
        claims["asked"] = [*sorted(token.asked)]
    if token.ancestors:
        claims["ancestors"] = [ancestor_member(each) for each in token.ancestors]
    if token.key is not None:
        claims["cnf"] = confirmation(token.key)
    if token.budgeted:
        claims["budgeted"] = True
    _token_in(claims)
    encoded = sign(claims, kind=Kind.ACCESS_TOKEN, key=key)
    if len(encoded) > MAX_WRITTEN:
        raise InvalidToken(Reason.OVERSIZED, f"it would have more than {MAX_WRITTEN} characters")
    return encoded


def read_access_token(encoded: str, *, ring: KeyRing | PublicRing, issuer: str, now: datetime) -> AccessToken:
    """Return what an access token of ours says, if it is good at `now`; raises InvalidToken.

    Whether it was revoked, and whether its audience is who asks, is for the caller to find out.
    """
    token = ring.memory.read(encoded, _READING, ring.verifying(Purpose.ACCESS_TOKEN), issuer)
    refuse_outside(now, token.expires_at, token.not_before, token.issued_at)
    return token


def reread_access_token(
    known: Kept[AccessToken], *, ring: KeyRing | PublicRing, issuer: str, now: datetime
) -> AccessToken | None:
    """Return what `read_access_token` returns of a token that is remembered; None for one that is to be read anew.

    Raises InvalidToken, as that does.
    """
    if known.keys is not ring.verifying(Purpose.ACCESS_TOKEN):
        return None
    token = known.value
    expect_issuer(known.issued_by, issuer)
    refuse_outside(now, token.expires_at, token.not_before, token.issued_at)
    return token


def _token_in(claims: Claims) -> AccessToken:
    claims = members(claims, "the claims", _CLAIMS)
    issuer, audience = text(claims, "iss", MAX_URI), text(claims, "aud", MAX_URI)
    actors = actors_in(claims, issuer)
    if text(claims, "client_id") != actors[0]:
        raise InvalidToken(Reason.CLAIM, "`client_id` must be the outermost actor")
    details = _details_in(claims, audience)
    asked = frozenset(texts(claims, "asked")) if "asked" in claims else details.actions
    if not details.actions <= asked:
        raise InvalidToken(Reason.CLAIM, "`actions` must have been asked")
    return AccessToken(
        issuer=issuer,
        subject=text(claims, "sub"),
        audience=audience,
        issued_at=whole_second(claims, "iat"),
        not_before=whole_second(claims, "nbf"),
        expires_at=whole_second(claims, "exp"),
        jti=text(claims, "jti"),
        organization=text(claims, "org_id"),
        actors=actors,
        details=details,
        asked=asked,
        scope=optional_scope(claims),
        ancestors=_ancestors_in(claims),
        key=bound_key_in(claims),
        budgeted=_budgeted_in(claims),
    )


def _details_in(claims: Claims, audience: str) -> Grant:
    entries = claims.get("authorization_details")
    if not isinstance(entries, list) or len(entries) != 1:
        raise InvalidToken(Reason.CLAIM, "`authorization_details` must have exactly one entry")
    return Grant.of_entry(entries[0], audience)


def _budgeted_in(claims: Claims) -> bool:
    if "budgeted" in claims and claims["budgeted"] is not True:
        raise InvalidToken(Reason.CLAIM, "`budgeted` can only be true")
    return "budgeted" in claims


def _ancestors_in(claims: Claims) -> tuple[Ancestor, ...]:
    if "ancestors" not in claims:
        return ()
    ancestors = claims["ancestors"]
    if not isinstance(ancestors, list) or not 0 < len(ancestors) <= MAX_ANCESTORS:
        raise InvalidToken(Reason.CLAIM, f"`ancestors` must have 1 to {MAX_ANCESTORS} entries")
    return tuple(ancestor_in(ancestor) for ancestor in ancestors)


_READING: Final = Reading(Kind.ACCESS_TOKEN, AccessToken, _token_in)
