"""User tokens: what a trusted identity provider says about a user (RFC 7519, RFC 9068 §4)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from delegation.tokens.claims import (
    MAX_URI,
    Claims,
    Lifetime,
    foreign_lifetime,
    optional_scope,
    optional_text,
    sole_audience,
    text,
)
from delegation.tokens.errors import InvalidToken, Reason
from delegation.tokens.jws import Kind, sign
from delegation.tokens.memory import Memory, Reading
from delegation.tokens.providers import Provider
from delegation.tokens.signing_keys import SigningKey
from delegation.tokens.strict_json import JSON
from delegation.tokens.verification_keys import VerificationKeys


@dataclass(frozen=True, slots=True)
class UserToken:
    """What a provider's token says of a user; None where it says nothing."""

    issuer: str
    subject: str
    audience: str
    expires_at: datetime
    organization: str | None = None
    """The organization the provider hints at, from `org_id`."""
    scope: str | None = None
    """A restriction, where present: an empty one leaves nothing."""
    details: tuple[JSON, ...] | None = None
    """`authorization_details` as they stand: a restriction that nobody has interpreted yet."""
    client_id: str | None = None
    """The client the token was issued to."""
    jti: str | None = None
    eligible_actor: Mapping[str, JSON] | None = None
    """`may_act` as it stands: who alone may act for the user with it (RFC 8693 §4.4)."""
    not_before: datetime | None = None
    issued_at: datetime | None = None


def read_user_token(
    encoded: str, *, provider: Provider, keys: VerificationKeys, memory: Memory, now: datetime
) -> UserToken:
    """Return what a token by this provider says, if it is good at `now` and for the provider's audience alone.

    Raises InvalidToken. A token of somebody who acts for the user, or one bound to a key, is refused:
    the first is no user's own, and no proof of the second can be given here.
    """
    token = memory.read(encoded, _READING, keys, provider.issuer)
    if token.audience != provider.audience:
        raise InvalidToken(Reason.AUDIENCE, "`aud` is not this audience alone")
    Lifetime(token.expires_at, token.not_before, token.issued_at).refuse_outside(now)
    return token


def _token_in(claims: Claims) -> UserToken:
    if "act" in claims or "cnf" in claims:
        raise InvalidToken(Reason.CLAIM, "a user's own token has neither `act` nor `cnf`")
    lifetime = foreign_lifetime(claims)
    return UserToken(
        issuer=text(claims, "iss", MAX_URI),
        subject=text(claims, "sub"),
        audience=sole_audience(claims),
        expires_at=lifetime.expires_at,
        organization=optional_text(claims, "org_id"),
        scope=optional_scope(claims),
        details=_details_in(claims),
        client_id=_client_in(claims),
        jti=optional_text(claims, "jti"),
        eligible_actor=_eligible_actor_in(claims),
        not_before=lifetime.not_before,
        issued_at=lifetime.issued_at,
    )


def sign_user_token(claims: Mapping[str, JSON], key: SigningKey) -> str:
    """Return the claims as a user token of an identity provider of our own."""
    return sign(claims, kind=Kind.USER_TOKEN, key=key)


def _details_in(claims: Claims) -> tuple[JSON, ...] | None:
    if "authorization_details" not in claims:
        return None
    details = claims["authorization_details"]
    if not isinstance(details, list) or not all(isinstance(entry, dict) for entry in details):
        raise InvalidToken(Reason.CLAIM, "`authorization_details` must be an array of objects")
    return tuple(details)


def _eligible_actor_in(claims: Claims) -> Mapping[str, JSON] | None:
    actor = claims.get("may_act")
    if "may_act" in claims and not isinstance(actor, dict):
        raise InvalidToken(Reason.CLAIM, "`may_act` must be an object")
    return actor if isinstance(actor, dict) else None


def _client_in(claims: Claims) -> str | None:
    named = {name for claim in ("client_id", "azp") if (name := optional_text(claims, claim))}
    if len(named) > 1:
        raise InvalidToken(Reason.CLAIM, "`client_id` and `azp` must agree")
    return named.pop() if named else None


_READING: Final = Reading(Kind.USER_TOKEN, UserToken, _token_in)
